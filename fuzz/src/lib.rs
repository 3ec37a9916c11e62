//! The fixed keys that several targets share. They are the test keys of the crate's own tests.

use std::sync::LazyLock;

use jwtward::{Algorithm, KeyError, KeyId, SigningKey, VerifyingKey};

macro_rules! test_key {
    ($name:literal) => {
        include_str!(concat!("../../tests/keys/files/", $name))
    };
}

/// A secret long enough for every HMAC.
pub const SECRET: &[u8] = b"a fixed secret of sixty-four octets for fuzzing, of no other use";

/// A signing key for each algorithm; its `kid` is the algorithm's name.
static SIGNING_KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let key = |&algorithm: &Algorithm| {
        let kid = KeyId::new(algorithm.as_str()).expect("a short kid");
        load(algorithm).expect("a test key").with_key_id(kid)
    };
    Algorithm::ALL.iter().map(key).collect()
});

fn load(algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    match algorithm.as_str() {
        "HS256" | "HS384" | "HS512" => SigningKey::from_secret(algorithm, SECRET),
        "ES256" => SigningKey::from_pem(algorithm, test_key!("p256.pkcs8.pem")),
        "ES384" => SigningKey::from_pem(algorithm, test_key!("p384.pkcs8.pem")),
        "ES512" => SigningKey::from_pem(algorithm, test_key!("p521.pkcs8.pem")),
        "EdDSA" | "Ed25519" => SigningKey::from_pem(algorithm, test_key!("ed25519.pkcs8.pem")),
        _ => SigningKey::from_pem(algorithm, test_key!("rsa.pkcs8.pem")),
    }
}

/// The algorithm that an octet of the input chooses. The HMACs are the most frequent, since the rest takes a hundred times as
/// long.
pub fn algorithm(choice: u8) -> Algorithm {
    let index = usize::from(choice);
    Algorithm::ALL[if index < Algorithm::ALL.len() { index } else { index % 3 }]
}

/// Every algorithm's key.
pub fn signing_keys() -> &'static [SigningKey] {
    &SIGNING_KEYS
}

/// The key of an algorithm.
pub fn signing_key(algorithm: Algorithm) -> &'static SigningKey {
    SIGNING_KEYS.iter().find(|key| key.algorithm() == algorithm).expect("one of each")
}

/// The verifying keys of the HMACs, or of all others.
pub fn verifying_keys(symmetric: bool) -> impl Iterator<Item = VerifyingKey> {
    SIGNING_KEYS.iter().filter(move |key| key.algorithm().is_symmetric() == symmetric).map(SigningKey::verifying_key)
}

/// The same key without a `kid`, so that it takes any.
pub fn unnamed_key(algorithm: Algorithm) -> VerifyingKey {
    load(algorithm).expect("a test key").verifying_key()
}
