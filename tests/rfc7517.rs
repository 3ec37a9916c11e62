//! JSON Web Key: the example sets and keys of RFC 7517.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{
    Algorithm, JwsError, JwsSigner, KeyError, KeyId, KeyLoader, KeySet, KeySetError, SigningKey, UnverifiedJws,
    VerifyingKey,
};
use serde_json::Value;
use support::vectors::{self, Vector, vector_tests};

const SIZE: usize = UnverifiedJws::DEFAULT_MAX_SIZE;

fn skipped(set: &KeySet) -> Vec<(usize, KeyError)> {
    set.skipped().iter().map(|skipped| (skipped.index, skipped.reason)).collect()
}

/// The reasons of a set that has no usable key, in the order of the keys.
fn nothing_usable<T: std::fmt::Debug>(result: Result<T, KeySetError>) -> Vec<KeyError> {
    match result.unwrap_err() {
        KeySetError::NothingUsable(skipped) => {
            assert!(skipped.iter().enumerate().all(|(at, skipped)| skipped.index == at));
            skipped.into_iter().map(|skipped| skipped.reason).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn members(vector: &Vector) -> Vec<String> {
    vector.value("jwks")["keys"].as_array().unwrap().iter().map(Value::to_string).collect()
}

fn public_set(vector: &Vector) {
    vector.assert_expected("valid: 2 keys");
    let json = vector.json("jwks");
    let set = KeySet::from_jwks(&json).unwrap();
    assert_eq!(set.len(), 1);
    assert_eq!(skipped(&set), [(0, KeyError::UseForbidden)]);
    assert_eq!(skipped(&KeySet::from_jwks_as(Algorithm::RS256, &json).unwrap()), [(0, KeyError::WrongKeyType)]);
    // The key is bound to RS256, so that no other algorithm finds one.
    let reasons = nothing_usable(KeySet::from_jwks_as(Algorithm::PS256, &json));
    assert_eq!(reasons, [KeyError::WrongKeyType, KeyError::AlgorithmMismatch]);

    let [encryption, signature] = members(vector).try_into().unwrap();
    assert_eq!(VerifyingKey::from_jwk(&encryption).unwrap_err(), KeyError::UseForbidden);
    let key = VerifyingKey::from_jwk(&signature).unwrap();
    assert_eq!(key.algorithm(), Algorithm::RS256);
    assert_eq!(key.key_id().map(KeyId::as_str), Some("2011-04-29"));
}

/// Appendix A.2 holds the private halves of A.1: what they sign verifies by that set, and nowhere do they pass as public.
fn private_set(vector: &Vector) {
    vector.assert_expected("valid: private keys");
    let json = vector.json("jwks");
    let reasons = nothing_usable(KeySet::from_jwks(&json));
    assert_eq!(reasons, [KeyError::UseForbidden, KeyError::PrivateKey]);
    let [encryption, signature] = members(vector).try_into().unwrap();
    assert_eq!(SigningKey::from_jwk(&encryption).unwrap_err(), KeyError::UseForbidden);
    assert_eq!(VerifyingKey::from_jwk(&signature).unwrap_err(), KeyError::PrivateKey);

    let (mut keys, skipped) = KeyLoader::new(Algorithm::RS256).signing_jwks(&json).unwrap();
    assert_eq!(
        skipped.iter().map(|skipped| (skipped.index, skipped.reason)).collect::<Vec<_>>(),
        [(0, KeyError::WrongKeyType)]
    );
    let key = keys.pop().unwrap();
    assert!(keys.is_empty());
    assert_eq!(key.key_id().map(KeyId::as_str), Some("2011-04-29"));

    let public = Vector::load(FILE, "rfc7517-a1").json("jwks");
    let token = JwsSigner::new(key.clone()).sign(b"signed").unwrap();
    let verify = |set: &KeySet, token: &str| -> Result<Vec<u8>, JwsError> {
        UnverifiedJws::parse(token, SIZE)?.verify_with_set(set).map(|jws| jws.payload().to_vec())
    };
    let set = KeySet::from_jwks(&public).unwrap();
    assert_eq!(verify(&set, &token), Ok(b"signed".to_vec()));
    let other = JwsSigner::new(key.with_key_id(KeyId::new("1").unwrap())).sign(b"signed").unwrap();
    assert_eq!(verify(&set, &other), Err(JwsError::NoMatchingKey));
}

fn secret_set(vector: &Vector) {
    vector.assert_expected("valid: the A128KW key must be ignored");
    let json = vector.json("jwks");
    assert_eq!(nothing_usable(KeySet::from_jwks(&json)), [KeyError::AlgorithmMismatch, KeyError::AlgorithmRequired]);
    assert_eq!(KeySet::from_jwks_as(Algorithm::HS256, &json).unwrap_err(), KeySetError::Secrets);
    let set = KeySet::from_secret_jwks(Algorithm::HS256, &json).unwrap();
    assert_eq!(set.len(), 1);
    assert_eq!(skipped(&set), [(0, KeyError::AlgorithmMismatch)]);
    let token = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/rfc7515.json"));
    let token = Vector::load(token, "rfc7515-a1");
    let jws = UnverifiedJws::parse(token.text("compact"), SIZE).unwrap().verify_with_set(&set).unwrap();
    assert_eq!(jws.payload(), token.octets("payload_b64u"));
}

/// Appendix B: a certificate chain beside the key is neither used nor carried on.
fn key_with_certificates(vector: &Vector) {
    vector.assert_expected("valid: RSA key, x5c ignored");
    let json = vector.json("key");
    assert_eq!(VerifyingKey::from_jwk(&json).unwrap_err(), KeyError::AlgorithmRequired);
    assert_eq!(SigningKey::from_jwk_as(Algorithm::RS256, &json).unwrap_err(), KeyError::PublicKey);
    for algorithm in [Algorithm::RS256, Algorithm::PS512] {
        let key = VerifyingKey::from_jwk_as(algorithm, &json).unwrap();
        let written: Value = serde_json::from_str(&key.to_jwk().unwrap().to_string()).unwrap();
        let mut expected = vector.value("key").clone();
        expected.as_object_mut().unwrap().remove("x5c");
        expected["alg"] = algorithm.as_str().into();
        assert_eq!(written, expected);
    }
}

vector_tests! { "rfc7517.json";
    rfc7517_a1: "rfc7517-a1" => public_set;
    rfc7517_a2: "rfc7517-a2" => private_set;
    rfc7517_a3: "rfc7517-a3" => secret_set;
    rfc7517_b: "rfc7517-b" => key_with_certificates;
}
