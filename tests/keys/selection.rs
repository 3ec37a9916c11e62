//! Which key of a set a token is verified with.

use jwtward::{Algorithm, JwtSigner, JwtVerifier, KeyError, KeyId, KeySet, SigningKey, VerifyError, VerifyingKey};
use std::time::Duration;

use crate::support::*;

fn token(key: &SigningKey, kid: Option<&str>) -> String {
    let key = match kid {
        Some(kid) => key.clone().with_key_id(KeyId::new(kid).unwrap()),
        None => key.clone(),
    };
    JwtSigner::new(key, "issuer", "api", Duration::from_secs(60)).unwrap().sign("alice", &()).unwrap()
}

fn verify(keys: impl Into<KeySet>, token: &str) -> Result<(), VerifyError> {
    JwtVerifier::builder(keys).issuer("issuer").audience("api").build().verify::<()>(token).map(|_| ())
}

fn named(key: &SigningKey, kid: &str) -> VerifyingKey {
    key.verifying_key().with_key_id(KeyId::new(kid).unwrap())
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

const NONE: Result<(), VerifyError> = Err(VerifyError::NoMatchingKey);

#[test]
fn a_key_without_a_kid_alone_takes_any_or_none() {
    for algorithm in [Algorithm::ES256, Algorithm::HS256, Algorithm::EdDSA] {
        let key = key(algorithm);
        for kid in [None, Some("a"), Some("b")] {
            assert_eq!(verify(key.verifying_key(), &token(&key, kid)), Ok(()));
        }
    }
}

#[test]
fn a_key_with_a_kid_takes_its_own_or_none() {
    let key = key(Algorithm::ES256);
    assert_eq!(verify(named(&key, "a"), &token(&key, Some("a"))), Ok(()));
    assert_eq!(verify(named(&key, "a"), &token(&key, None)), Ok(()));
    for other in ["A", "b", "a ", "aa"] {
        assert_eq!(verify(named(&key, "a"), &token(&key, Some(other))), NONE, "{other}");
    }
}

#[test]
fn in_a_set_the_kid_decides() {
    let (a, b) = (key(Algorithm::ES256), key(Algorithm::ES256));
    let keys = || KeySet::new([named(&b, "b"), named(&a, "a")]).unwrap();
    assert_eq!(verify(keys(), &token(&a, Some("a"))), Ok(()));
    assert_eq!(verify(keys(), &token(&b, Some("b"))), Ok(()));
    // The other's name, an unknown one, none.
    assert_eq!(verify(keys(), &token(&a, Some("b"))), Err(VerifyError::BadSignature));
    assert_eq!(verify(keys(), &token(&a, Some("c"))), NONE);
    assert_eq!(verify(keys(), &token(&a, None)), NONE);
}

#[test]
fn without_a_kid_the_only_key_for_the_algorithm_is_taken() {
    let (es, ed, other) = (key(Algorithm::ES256), key(Algorithm::EdDSA), key(Algorithm::ES384));
    let keys = || KeySet::new([named(&es, "a"), named(&ed, "b")]).unwrap();
    assert_eq!(verify(keys(), &token(&es, None)), Ok(()));
    assert_eq!(verify(keys(), &token(&ed, None)), Ok(()));
    assert_eq!(verify(keys(), &token(&other, None)), NONE);
    // Named after a key of another algorithm.
    assert_eq!(verify(keys(), &token(&es, Some("b"))), Err(VerifyError::AlgorithmMismatch));
}

#[test]
fn in_a_set_a_key_without_a_kid_is_found_by_its_algorithm_only() {
    let (bare, other) = (key(Algorithm::ES256), key(Algorithm::EdDSA));
    let keys = || KeySet::new([bare.verifying_key(), named(&other, "b")]).unwrap();
    assert_eq!(verify(keys(), &token(&bare, None)), Ok(()));
    assert_eq!(verify(keys(), &token(&bare, Some("a"))), NONE);
    assert_eq!(verify(keys(), &token(&other, Some("b"))), Ok(()));
}

#[test]
fn the_key_decides_the_algorithm() {
    let (ed, rsa) = (SigningKey::from_pem(Algorithm::EdDSA, ED25519).unwrap(), key_file!("rsa.spki.pem"));
    let as_ed25519 = VerifyingKey::from_pem(Algorithm::Ed25519, key_file!("ed25519.spki.pem")).unwrap();
    assert_eq!(verify(as_ed25519.clone(), &token(&ed, None)), Err(VerifyError::AlgorithmMismatch));
    assert_eq!(verify(as_ed25519.accept_both_ed25519_names().unwrap(), &token(&ed, None)), Ok(()));
    let rs256 = SigningKey::from_pem(Algorithm::RS256, RSA).unwrap();
    for algorithm in [Algorithm::RS384, Algorithm::PS256] {
        let key = VerifyingKey::from_pem(algorithm, rsa).unwrap();
        assert_eq!(verify(key.clone(), &token(&rs256, None)), Err(VerifyError::AlgorithmMismatch));
        assert_eq!(key.accept_both_ed25519_names().err(), Some(KeyError::WrongKeyType));
    }
}
