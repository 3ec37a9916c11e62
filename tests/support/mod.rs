//! What the test files of the RFCs share.
// Each test file uses some of this.
#![allow(dead_code)]

pub(crate) mod vectors;

use jwtward::{Algorithm, JwsError, JwsSigner, KeySet, Malformed, SigningKey, UnverifiedJws, VerifyingKey};
use serde_json::Value;
use vectors::{Vector, base64url, octets};

const SIZE: usize = UnverifiedJws::DEFAULT_MAX_SIZE;

pub(crate) fn algorithm(vector: &Vector) -> Algorithm {
    vector.text("alg").parse().unwrap()
}

pub(crate) fn signing_key(vector: &Vector) -> SigningKey {
    SigningKey::from_jwk_as(algorithm(vector), &vector.json("key")).unwrap()
}

/// The entry's public key in both ways: the private key's half, and the public JWK.
fn verifying_keys(vector: &Vector) -> Vec<VerifyingKey> {
    let mut keys = vec![signing_key(vector).verifying_key()];
    if !vector.value("public_key").is_null() {
        keys.push(VerifyingKey::from_jwk_as(algorithm(vector), &vector.json("public_key")).unwrap());
    }
    keys
}

/// A valid compact JWS: verifies by every form of its key, gives its payload, and does not verify once damaged. Signed again,
/// it is the same token where the signature is deterministic and the header one that is written here.
pub(crate) fn valid_jws(vector: &Vector) {
    vector.assert_expected("valid");
    let (token, payload) = (vector.text("compact"), vector.octets("payload_b64u"));
    assert_eq!(payload, vector.text("payload_text").as_bytes());
    for key in verifying_keys(vector) {
        verifies(token, &key, &payload);
    }

    let signer = JwsSigner::new(signing_key(vector));
    let ours = signer.sign(&payload).unwrap();
    let (our_header, _) = ours.split_once('.').unwrap();
    let same_header = octets(our_header) == vector.text("header_text").as_bytes();
    if same_header && (vector.is_deterministic() || algorithm(vector).is_symmetric()) {
        assert_eq!(ours, token);
    }
    for key in verifying_keys(vector) {
        verifies(&ours, &key, &payload);
    }
}

/// The token verifies with the key and carries the payload; with any octet of its signature changed it does not verify.
pub(crate) fn verifies(token: &str, key: &VerifyingKey, payload: &[u8]) {
    let jws = UnverifiedJws::parse(token, SIZE).unwrap().verify(key).unwrap();
    assert_eq!(jws.payload(), payload);
    assert_eq!(jws.header().algorithm(), Some(key.algorithm()));
    let set = KeySet::from(key.clone());
    assert_eq!(UnverifiedJws::parse(token, SIZE).unwrap().verify_with_set(&set).unwrap().payload(), payload);

    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = octets(signature);
    for at in [0, signature.len() / 2, signature.len() - 1] {
        let mut damaged = signature.clone();
        damaged[at] ^= 1;
        let damaged = format!("{input}.{}", base64url(&damaged));
        assert_eq!(UnverifiedJws::parse(&damaged, SIZE).unwrap().verify(key).unwrap_err(), JwsError::BadSignature);
    }
}

/// An unsecured JWS: without a signature it is no token, and with one it has no algorithm that a key accepts.
pub(crate) fn unsecured(vector: &Vector) {
    vector.assert_expected("reject: alg 'none'");
    let token = vector.text("compact");
    assert_eq!(malformed(token), Malformed::Segments);
    for algorithm in Algorithm::ALL {
        let jws = format!("{token}AA");
        let jws = UnverifiedJws::parse(&jws, SIZE).unwrap();
        assert_eq!(jws.header().algorithm(), None);
        let key = match algorithm.as_str().get(..2) {
            // Making an RSA key takes seconds, and the key is not reached.
            Some("RS" | "PS") => continue,
            _ => SigningKey::generate(*algorithm).unwrap().verifying_key(),
        };
        assert_eq!(jws.verify(&key).unwrap_err(), JwsError::AlgorithmMismatch);
    }
}

/// The compact form of one signature of a JSON serialization.
pub(crate) fn compact_of(json: &Value, signature: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{}.{}.{}", text(&signature["protected"]), text(&json["payload"]), text(&signature["signature"]))
}

/// Why a token is not well formed.
pub(crate) fn malformed(token: &str) -> Malformed {
    UnverifiedJws::parse(token, SIZE).unwrap_err()
}

/// A detached token verifies with its payload, and neither without one nor with another.
pub(crate) fn verifies_with_its_payload_only(token: &str, key: &VerifyingKey, payload: &[u8], another: &[u8]) {
    let attached = UnverifiedJws::parse(token, SIZE).unwrap();
    assert_eq!(attached.verify(key).unwrap_err(), JwsError::BadSignature);
    let detached = |payload| UnverifiedJws::parse_detached(token, payload, SIZE).unwrap().verify(key);
    assert_eq!(detached(payload).unwrap().payload(), payload);
    assert_eq!(detached(another).unwrap_err(), JwsError::BadSignature);
}
