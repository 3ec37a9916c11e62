//! Prepared keys beside plain ones, and beside aws-lc-rs in the same run: µs a signature, µs to make the tables, and their octets.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench prepared` prints Markdown; an argument picks, as in `-- ES256`. Times are
//! the thread's own. All contestants of a row take turns, and of each the median is shown.

#[path = "shared/own_time.rs"]
mod own_time;

use std::hint::black_box;

use aws_lc_rs::signature::{self as aws, ParsedPublicKey, VerificationAlgorithm};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use jwtward::{Algorithm, JwsSigner, PreparedKey, SigningKey, UnverifiedJws, VerifyingKey};
use own_time::{median, own_nanos};

/// As many keys take turns as a set holds at most.
const KEYS: usize = 64;
const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];
/// 2048 bits. Its tables are next to nothing, so one key will do for all.
const RSA: &str = include_str!("../tests/keys/files/rsa.pkcs8.pem");
const ROUNDS: usize = 41;

/// A key with a token of its own.
struct Case {
    plain: VerifyingKey,
    prepared: PreparedKey,
    token: String,
    signature: Vec<u8>,
    aws: ParsedPublicKey,
}

impl Case {
    fn new(algorithm: Algorithm) -> Self {
        let key = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => SigningKey::from_pem(algorithm, RSA).expect("a test key"),
            _ => SigningKey::generate(algorithm).expect("the system has randomness"),
        };
        let token = JwsSigner::new(key.clone()).sign(PAYLOAD).expect("the key signs");
        let (input, _) = token.rsplit_once('.').expect("three segments");
        let signature = segment(token.rsplit('.').next().unwrap_or_default());
        let plain = key.verifying_key();
        let spki = spki(&plain.to_pem().expect("a public key"));
        let aws = ParsedPublicKey::new(rival(algorithm), spki).expect("a public key");
        aws.verify_sig(input.as_bytes(), &signature).expect("what was signed verifies");
        Self { prepared: PreparedKey::new(&plain), plain, token, signature, aws }
    }

    fn plain(&self) {
        self.verify(&self.plain);
    }

    fn prepared(&self) {
        self.verify(&self.prepared);
    }

    fn verify(&self, key: &VerifyingKey) {
        let jws = UnverifiedJws::parse(black_box(&self.token), 8192).expect("it is a token");
        black_box(jws.verify(key).expect("the signature holds"));
    }

    fn rival(&self) {
        let (input, _) = black_box(&self.token).rsplit_once('.').expect("three segments");
        self.aws.verify_sig(input.as_bytes(), black_box(&self.signature)).expect("the signature holds");
    }
}

const PAYLOAD: &[u8] = br#"{"iss":"https://auth.example","sub":"user-1234567890","aud":"api","exp":1800000900}"#;

fn segment(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// The octets of a PEM file.
fn spki(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64_STANDARD.decode(body).expect("base64")
}

/// Under which name aws-lc-rs has the algorithm.
fn rival(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::ES256 => &aws::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &aws::ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDSA => &aws::ED25519,
        Algorithm::RS256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::PS256 => &aws::RSA_PSS_2048_8192_SHA256,
        _ => &aws::ECDSA_P521_SHA512_FIXED,
    }
}

/// The median time of each, of rounds in which all take turns.
fn race<const N: usize>(contestants: [(usize, &dyn Fn(usize)); N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((count, run), times) in contestants.iter().zip(&mut times) {
            let begin = own_nanos();
            for turn in 0..*count {
                run(turn);
            }
            times.push((own_nanos() - begin) as f64 / 1e3 / *count as f64);
        }
    }
    times.map(|times| median(&times))
}

fn row(algorithm: Algorithm) {
    let cases: Vec<_> = (0..KEYS).map(|_| Case::new(algorithm)).collect();
    let one = &cases[0];
    let [plain, prepared, in_turn, rival, rival_in_turn, making] = race([
        (16, &|_| one.plain()),
        (64, &|_| one.prepared()),
        (KEYS, &|turn| cases[turn].prepared()),
        (64, &|_| one.rival()),
        (KEYS, &|turn| cases[turn].rival()),
        (1, &|_| drop(black_box(PreparedKey::new(&one.plain)))),
    ]);
    println!(
        "| {algorithm} | {plain:.0} | {prepared:.1} | {in_turn:.1} | {rival:.1} | {rival_in_turn:.1} | {:.1} | {making:.0} | {} |",
        rival / prepared,
        one.prepared.octets()
    );
}

fn main() {
    println!(
        "| | plain | prepared | {KEYS} prepared in turn | aws-lc-rs | {KEYS} in turn | times as fast | making | octets |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let picked: Vec<_> = std::env::args().skip(1).collect();
    for algorithm in ALGORITHMS {
        let named = picked.iter().any(|name| name.parse::<Algorithm>().is_ok());
        if !named || picked.iter().any(|name| name.as_str() == algorithm.as_str()) {
            row(algorithm);
        }
    }
}
