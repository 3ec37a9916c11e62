//! Where secrets come from: order, line ends, base64url, and what cannot be fetched.

use std::{error::Error, fs, io::ErrorKind, path::PathBuf, process::Command};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{
    Algorithm, ConfigError, CredentialError, JwtVerifier, KeyError, ProviderConfig, SecretSource, SigningKey,
    TokenProvider,
};
use serde_json::{Value, json};

/// A secret of 32 octets and more, that says where it is from.
fn secret(from: &str) -> String {
    format!("a secret that comes from the {from}, and is long enough")
}

fn file(name: &str, octets: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("credentials-{}-{name}", std::process::id()));
    fs::write(&path, octets).unwrap();
    path.to_str().unwrap().to_owned()
}

fn base64(octets: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(octets.as_ref())
}

fn provider(source: &Value) -> Result<TokenProvider, ConfigError> {
    let json = json!({ "signingKey": source });
    TokenProvider::without_store(ProviderConfig::from_json(&json.to_string()).unwrap())
}

/// Whether the source gives exactly these octets: a token signed with them is accepted by a verifier that has them.
async fn gives(source: &Value, octets: impl AsRef<[u8]>) -> bool {
    let token = provider(source).unwrap().issue("alice", &()).await.unwrap();
    let key = SigningKey::from_secret(Algorithm::HS256, octets.as_ref()).unwrap();
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer("blueprint").audience("api").build();
    verifier.verify::<()>(token.expose()).is_ok()
}

fn refusal(source: Value) -> CredentialError {
    match provider(&source).unwrap_err() {
        ConfigError::Credential { name: "signingKey", reason } => reason,
        other => panic!("{other:?}"),
    }
}

/// Runs a test of this file again, with these variables.
fn child(test: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("credentials::{test}"), "--ignored"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn the_first_of_inline_environment_and_file_counts() {
    child(
        "order",
        &[("JWTWARD_TEXT", &secret("environment")), ("JWTWARD_TWIN", &base64(secret("environment's twin")))],
    );
}

#[tokio::test]
#[ignore = "run by the test before it, with its variables"]
async fn order() {
    let members = [
        ("password", secret("configuration"), secret("configuration")),
        ("passwordBase64", base64(secret("configuration's twin")), secret("configuration's twin")),
        ("passwordEnvVar", "JWTWARD_TEXT".to_owned(), secret("environment")),
        ("passwordEnvVarBase64", "JWTWARD_TWIN".to_owned(), secret("environment's twin")),
        ("passwordFile", file("order", secret("file")), secret("file")),
        ("passwordFileBase64", file("twin", base64(secret("file's twin"))), secret("file's twin")),
    ];
    // All of them, then without the first, then without the first two.
    for first in 0..members.len() {
        let mut source = json!({});
        for (at, (name, value, _)) in members.iter().enumerate() {
            // What is empty does not count.
            source[name] = if at < first { json!("") } else { json!(value) };
        }
        assert!(gives(&source, &members[first].2).await, "{}", members[first].0);
    }
}

#[test]
fn one_line_end_is_dropped_from_a_variable_and_nothing_else() {
    let text = secret("environment");
    child(
        "line_ends_of_a_variable",
        &[
            ("JWTWARD_LF", &format!("{text}\n")),
            ("JWTWARD_CRLF", &format!("{text}\r\n")),
            ("JWTWARD_TWO", &format!("{text}\n\n")),
            ("JWTWARD_CR", &format!("{text}\r")),
            ("JWTWARD_SPACE", &format!(" {text} ")),
            ("JWTWARD_EMPTY", ""),
            ("JWTWARD_LINE", "\n"),
        ],
    );
}

#[tokio::test]
#[ignore = "run by the test before it, with its variables"]
async fn line_ends_of_a_variable() {
    let text = secret("environment");
    for (variable, octets) in [
        ("JWTWARD_LF", text.clone()),
        ("JWTWARD_CRLF", text.clone()),
        ("JWTWARD_TWO", format!("{text}\n")),
        ("JWTWARD_CR", format!("{text}\r")),
        ("JWTWARD_SPACE", format!(" {text} ")),
    ] {
        assert!(gives(&json!({ "passwordEnvVar": variable }), octets).await, "{variable}");
    }
    for variable in ["JWTWARD_EMPTY", "JWTWARD_LINE"] {
        assert_eq!(refusal(json!({ "passwordEnvVar": variable })), CredentialError::Empty);
    }
}

#[tokio::test]
async fn one_line_end_is_dropped_from_a_file_and_from_an_inline_value_alike() {
    let text = secret("file");
    for (number, (written, octets)) in [
        (format!("{text}\n"), text.clone()),
        (format!("{text}\r\n"), text.clone()),
        (format!("{text}\n\n"), format!("{text}\n")),
        (format!("{text}\r"), format!("{text}\r")),
        (format!("\t{text} "), format!("\t{text} ")),
        (format!("\u{feff}{text}"), format!("\u{feff}{text}")),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(gives(&json!({ "passwordFile": file(&number.to_string(), &written) }), &octets).await, "{written:?}");
        assert!(gives(&json!({ "password": written }), &octets).await, "{written:?}");
    }
}

#[tokio::test]
async fn a_binary_secret_comes_as_base64url_from_each_place() {
    let octets: Vec<u8> = (0..=255).collect();
    let text = base64(&octets);
    assert!(gives(&json!({ "passwordBase64": text }), &octets).await);
    assert!(gives(&json!({ "passwordBase64": format!("{text}\r\n") }), &octets).await);
    assert!(gives(&json!({ "passwordFileBase64": file("binary", format!("{text}\n")) }), &octets).await);
    // A file of raw octets is the secret as it is, its last line end aside.
    assert!(gives(&json!({ "passwordFile": file("raw", &octets) }), &octets).await);
    child("a_binary_variable", &[("JWTWARD_BINARY", &text)]);
}

#[tokio::test]
#[ignore = "run by the test before it, with its variables"]
async fn a_binary_variable() {
    let octets: Vec<u8> = (0..=255).collect();
    assert!(gives(&json!({ "passwordEnvVarBase64": "JWTWARD_BINARY" }), &octets).await);
}

#[test]
fn what_is_not_canonical_base64url_is_refused() {
    let text = base64([0xff; 32]);
    for bad in [format!("{text}="), text.replace('_', "/"), format!(" {text}"), format!("{text}\n\n"), "A".into()] {
        assert_eq!(refusal(json!({ "passwordBase64": bad })), CredentialError::Base64, "{bad:?}");
    }
    assert_eq!(refusal(json!({ "passwordBase64": "\n" })), CredentialError::Empty);
}

#[test]
fn what_cannot_be_fetched_says_why_and_not_what() {
    let unset = || json!({ "passwordEnvVar": "JWTWARD_THIS_IS_NOT_SET" });
    assert_eq!(refusal(unset()), CredentialError::Environment);
    // No variable can have such a name.
    for name in ["A=B", "A\0B"] {
        assert_eq!(refusal(json!({ "passwordEnvVar": name })), CredentialError::Environment);
    }
    let absent = json!({ "passwordFile": "/no/such/file" });
    assert_eq!(refusal(absent.clone()), CredentialError::File(ErrorKind::NotFound));
    let folder = json!({ "passwordFile": env!("CARGO_TARGET_TMPDIR") });
    assert_eq!(refusal(folder), CredentialError::File(ErrorKind::IsADirectory));
    assert_eq!(refusal(json!({ "passwordFile": file("empty", "") })), CredentialError::Empty);
    assert_eq!(refusal(json!({ "passwordFile": file("line", "\r\n") })), CredentialError::Empty);
    assert_eq!(refusal(json!({ "passwordFile": file("large", [b'x'; 65_537]) })), CredentialError::TooLarge);
    assert_eq!(
        refusal(json!({ "passwordFileBase64": file("larger", base64([1; 65_537])) })),
        CredentialError::TooLarge
    );
    assert_eq!(refusal(json!({ "passwordFile": file("huge", vec![b'x'; 1 << 20]) })), CredentialError::TooLarge);

    let error = provider(&unset()).unwrap_err();
    assert_eq!(error.to_string(), "signingKey could not be fetched");
    assert_eq!(error.source().unwrap().to_string(), "the environment variable is not set");
    let error = provider(&absent).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "the file could not be read: entity not found");
    for (reason, text) in [
        (CredentialError::Base64, "not canonical base64url"),
        (CredentialError::Empty, "it is empty"),
        (CredentialError::TooLarge, "it is too large"),
        (CredentialError::NotText, "it is not text"),
    ] {
        assert_eq!(reason.to_string(), text);
    }
}

#[tokio::test]
async fn the_largest_secret_is_64_kib_from_each_place() {
    let octets = vec![b'x'; 65_536];
    assert!(gives(&json!({ "passwordFile": file("most", &octets) }), &octets).await);
    assert!(gives(&json!({ "passwordFileBase64": file("most64", base64(&octets) + "\r\n") }), &octets).await);
}

#[test]
fn a_private_key_in_der_comes_as_base64url() {
    let der = include_bytes!("../keys/files/p256.pkcs8.der");
    let json = json!({
        "signingAlgorithm": "ES256",
        "privateKey": { "keyBase64": base64(der) },
        "publicKey": { "keyFileBase64": file("spki", base64(include_bytes!("../keys/files/p256.spki.der"))) },
    });
    TokenProvider::without_store(ProviderConfig::from_json(&json.to_string()).unwrap()).unwrap();
    let json = json!({ "signingAlgorithm": "ES256", "privateKey": { "keyBase64": base64(b"{\"kty\":\"EC\"}") } });
    let config = ProviderConfig::from_json(&json.to_string()).unwrap();
    assert_eq!(
        TokenProvider::without_store(config).unwrap_err(),
        ConfigError::Key { name: "privateKey", reason: KeyError::Der }
    );
}

#[test]
fn a_secret_source_is_built_by_calls_too() {
    for (source, json) in [
        (SecretSource::env_var("A"), json!({ "passwordEnvVar": "A" })),
        (SecretSource::file("A"), json!({ "passwordFile": "A" })),
        (SecretSource::inline("A"), json!({})),
        (SecretSource::inline_base64("A"), json!({})),
    ] {
        assert_eq!(serde_json::to_value(&source).unwrap(), json);
    }
}
