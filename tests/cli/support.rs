//! Running the program, and what it is given.

// Each test file uses some of this.
#![allow(dead_code)]

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, SigningKey};

pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

pub fn run_with(arguments: &[&str], stdin: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jwtward"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut pipe, stdin) = (child.stdin.take().unwrap(), stdin.to_vec());
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs the program with those arguments, split at spaces.
pub fn run(arguments: &str, stdin: &[u8]) -> Ran {
    run_with(&arguments.split(' ').collect::<Vec<_>>(), stdin)
}

impl Ran {
    pub fn ok(self) -> String {
        assert_eq!(self.status, 0, "{}", self.err);
        self.out
    }

    /// Asserts a refusal with that status and that one line, and nothing on standard output.
    pub fn fails(self, status: i32, error: &str) {
        assert_eq!(
            (self.status, self.out.as_str(), self.err.as_str()),
            (status, "", format!("error: {error}\n").as_str())
        );
    }
}

/// A file that no other test writes: the name says which test.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", module_path!().replace("::", "-")));
    fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// An RSA key smaller than `keygen` makes, which would take too long here.
static RSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate_rsa(Algorithm::RS256, 2048).unwrap());

pub fn private_pem(algorithm: Algorithm) -> String {
    match algorithm.as_str().get(..2) {
        Some("RS" | "PS") => RSA.danger_export_private_pem().unwrap().expose().to_owned(),
        _ => run(&format!("keygen --alg {algorithm}"), b"").ok(),
    }
}

pub fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64ct::Base64::decode_vec(&body).unwrap()
}

pub fn base64(octets: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(octets.as_ref())
}

pub fn header(token: &str) -> String {
    String::from_utf8(Base64UrlUnpadded::decode_vec(token.split('.').next().unwrap()).unwrap()).unwrap()
}

/// A token that no key signed.
pub fn unsigned(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    format!("{}.{}.AAAA", base64(header), base64(payload))
}

pub const CLAIMS: &[u8] =
    br#"{"aud":["a","b"],"iss":"i","exp":4102444800,"n":18446744073709551615,"f":1.0,"t":"Zo\u00eb"}"#;
pub const NOTES: &str = "note: the issuer was not checked (no --iss)\nnote: the audience was not checked (no --aud)\n";

/// An ES256 key's file and a token of `CLAIMS` under it.
pub fn key_and_token(name: &str) -> (String, String) {
    let key = file(name, private_pem(Algorithm::ES256));
    let token = run(&format!("sign --alg ES256 --key {key} -"), CLAIMS).ok();
    (key, token.trim_end().to_owned())
}
