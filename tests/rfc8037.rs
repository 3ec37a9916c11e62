//! Ed25519 in JOSE (RFC 8037) under both of its names (RFC 9864), and the keys of RFC 8032 section 7.1, whose messages are met
//! by the unit tests of `src/crypto/vector_tests.rs`.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{Algorithm, JwsError, JwsSigner, KeyError, SigningKey, UnverifiedJws, VerifyingKey};
use serde_json::Value;
use support::{
    algorithm, signing_key, valid_jws,
    vectors::{self, Vector, base64url, octets, vector_tests},
    verifies,
};

const SIZE: usize = UnverifiedJws::DEFAULT_MAX_SIZE;

/// The signature holds under the name the key is bound to; under the other one only by the call that says so.
fn signed_under_one_name(vector: &Vector) {
    valid_jws(vector);
    let (token, named) = (vector.text("compact"), algorithm(vector));
    let other = if named == Algorithm::EdDSA { Algorithm::Ed25519 } else { Algorithm::EdDSA };
    let public = vector.json("public_key");
    // Without `alg`, the JWK is EdDSA's.
    assert_eq!(VerifyingKey::from_jwk(&public).unwrap().algorithm(), Algorithm::EdDSA);
    let parse = || UnverifiedJws::parse(token, SIZE).unwrap();
    let key = VerifyingKey::from_jwk_as(other, &public).unwrap();
    assert_eq!(parse().verify(&key).unwrap_err(), JwsError::AlgorithmMismatch);
    let both = key.accept_both_ed25519_names().unwrap();
    assert_eq!(parse().verify(&both).unwrap().payload(), vector.octets("payload_b64u"));
}

fn thumbprint(vector: &Vector) {
    vector.assert_expected("valid");
    let key = VerifyingKey::from_jwk(&vector.json("key")).unwrap();
    assert_eq!(key.thumbprint().as_deref(), Ok(vector.text("thumbprint")));
    assert_eq!(octets(vector.text("thumbprint")), vector.hex("digest_hex"));
    let private = signing_key(&Vector::load(FILE, "rfc8037-a4")).with_thumbprint_key_id().unwrap();
    assert_eq!(private.key_id().map(jwtward::KeyId::as_str), Some(vector.text("thumbprint")));
}

/// The seed gives the public key that is printed beside it, and no other is taken for it.
fn key_pair(vector: &Vector) {
    vector.assert_expected("valid");
    let jwk = vector.value("key");
    assert_eq!(jwk["d"], base64url(&vector.hex("secret_hex")));
    assert_eq!(jwk["x"], base64url(&vector.hex("public_hex")));
    let key = signing_key(vector);
    let written: Value = serde_json::from_str(&key.verifying_key().to_jwk().unwrap().to_string()).unwrap();
    assert_eq!(written["x"], jwk["x"]);
    let exported: Value = serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap();
    assert_eq!(exported["d"], jwk["d"]);

    let others = ["rfc8032-7.1-1", "rfc8032-7.1-2"].map(|id| Vector::load(FILE, id).value("key")["x"].clone());
    let mut foreign = jwk.clone();
    foreign["x"] = others.into_iter().find(|x| *x != jwk["x"]).unwrap();
    assert_eq!(SigningKey::from_jwk(&foreign.to_string()).unwrap_err(), KeyError::Mismatch);

    // The printed signature has the right length for a token, over another message.
    let message = vector.hex("message_hex");
    let token = JwsSigner::new(key.clone()).sign(&message).unwrap();
    verifies(&token, &key.verifying_key(), &message);
    let (input, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", base64url(&vector.hex("signature_hex")));
    let jws = UnverifiedJws::parse(&forged, SIZE).unwrap();
    assert_eq!(jws.verify(&key.verifying_key()).unwrap_err(), JwsError::BadSignature);
}

vector_tests! { "rfc8037.json";
    rfc8037_a4: "rfc8037-a4" => signed_under_one_name;
    rfc8037_a3: "rfc8037-a3" => thumbprint;
    rfc9864_derived: "rfc9864-derived" => signed_under_one_name;
    rfc8032_7_1_1: "rfc8032-7.1-1" => key_pair;
    rfc8032_7_1_2: "rfc8032-7.1-2" => key_pair;
    rfc8032_7_1_3: "rfc8032-7.1-3" => key_pair;
    rfc8032_7_1_1024: "rfc8032-7.1-1024" => key_pair;
    rfc8032_7_1_shaabc: "rfc8032-7.1-shaabc" => key_pair;
}
