//! JWK thumbprints: RFC 7638 section 3.1, and those of other RFCs' keys.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{Algorithm, KeyError, KeyId, SigningKey, VerifyingKey};
use support::vectors::{self, Vector, octets, vector_tests};

/// The entry's thumbprint, by the key alone: neither `alg` nor `kid` has a part in it.
fn thumbprint_of(vector: &Vector, key: &VerifyingKey) {
    vector.assert_expected("valid");
    let expected = vector.text("thumbprint");
    if vector.optional("digest_hex").is_some() {
        assert_eq!(octets(expected), vector.hex("digest_hex"));
    }
    let renamed = key.clone().with_key_id(KeyId::new("another").unwrap());
    for key in [key, &renamed] {
        assert_eq!(key.thumbprint().as_deref(), Ok(expected));
        assert_eq!(key.to_jwk().unwrap().thumbprint(), expected);
    }
}

fn rsa(vector: &Vector) {
    let json = vector.json("key");
    thumbprint_of(vector, &VerifyingKey::from_jwk(&json).unwrap());
    let without_alg = json.replace(r#""alg":"RS256","#, "");
    assert_ne!(without_alg, json);
    thumbprint_of(vector, &VerifyingKey::from_jwk_as(Algorithm::PS256, &without_alg).unwrap());
}

fn ed25519(vector: &Vector) {
    let json = vector.json("key");
    thumbprint_of(vector, &VerifyingKey::from_jwk(&json).unwrap());
    thumbprint_of(vector, &VerifyingKey::from_jwk_as(Algorithm::Ed25519, &json).unwrap());
}

/// The key is for encryption, so it is not loaded; the same numbers without that word have the thumbprint.
fn for_encryption(vector: &Vector) {
    assert_eq!(VerifyingKey::from_jwk(&vector.json("key")).unwrap_err(), KeyError::UseForbidden);
    let mut jwk = vector.value("key").clone();
    jwk.as_object_mut().unwrap().remove("use");
    thumbprint_of(vector, &VerifyingKey::from_jwk(&jwk.to_string()).unwrap());
}

/// RFC 7638 section 7: the thumbprint of a secret is a hash of the secret, so it is not given.
fn secret(vector: &Vector) {
    let key = SigningKey::from_jwk_as(Algorithm::HS256, &vector.json("key")).unwrap();
    assert_eq!(key.verifying_key().thumbprint(), Err(KeyError::Symmetric));
    assert_eq!(key.verifying_key().to_jwk().unwrap_err(), KeyError::Symmetric);
    assert_eq!(key.with_thumbprint_key_id().unwrap_err(), KeyError::Symmetric);
}

vector_tests! { "rfc7638.json";
    rfc7638_3_1: "rfc7638-3.1" => rsa;
    rfc8037_a3: "rfc8037-a3" => ed25519;
    rfc7517_a1_thumb: "rfc7517-a1-thumb" => for_encryption;
    rfc7515_a1_thumb: "rfc7515-a1-thumb" => secret;
}
