//! Tokens that PyJWT, jwcrypto, joserfc and npm's jose signed, with every form of their keys. `tests/interop/run` makes fresh
//! ones, and has the four libraries verify ours.

#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, JwtVerifier, KeyError, KeySet, SigningKey, VerifyError, VerifyingKey};
use serde_json::Value;

fn octets(value: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(value.as_str().unwrap()).unwrap()
}

/// The verifying key or keys of a corpus line; a private key stands for its public half.
fn keys(algorithm: Algorithm, key: &Value) -> KeySet {
    let or_private = |public: Result<VerifyingKey, KeyError>, private: &dyn Fn() -> Result<SigningKey, KeyError>| {
        public.or_else(|_| private().map(|key| key.verifying_key())).unwrap()
    };
    let key = match key {
        Value::String(pem) => {
            or_private(VerifyingKey::from_pem(algorithm, pem), &|| SigningKey::from_pem(algorithm, pem))
        }
        Value::Object(object) if object.contains_key("keys") => {
            return KeySet::from_jwks_as(algorithm, &key.to_string()).unwrap();
        }
        Value::Object(object) if object.contains_key("secret_b64u") => {
            VerifyingKey::from_secret(algorithm, &octets(&object["secret_b64u"])).unwrap()
        }
        Value::Object(object) if object.contains_key("der_b64u") => {
            let der = octets(&object["der_b64u"]);
            or_private(VerifyingKey::from_der(algorithm, &der), &|| SigningKey::from_der(algorithm, &der))
        }
        jwk => {
            let jwk = jwk.to_string();
            or_private(VerifyingKey::from_jwk_as(algorithm, &jwk), &|| SigningKey::from_jwk_as(algorithm, &jwk))
        }
    };
    key.into()
}

#[test]
fn every_line_of_the_corpus_is_answered_as_expected() {
    let corpus = include_str!("interop/corpus.jsonl");
    let (mut valid, mut invalid) = (0, 0);
    for line in corpus.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = line["id"].as_str().unwrap();
        let algorithm: Algorithm = line["alg"].as_str().unwrap().parse().unwrap();
        let verifier = JwtVerifier::builder(keys(algorithm, &line["key"]))
            .issuer("https://issuer.example")
            .ignore_audience()
            .build();
        let answer = verifier.verify::<Value>(line["token"].as_str().unwrap());
        match line["expect"].as_str().unwrap() {
            "valid" => {
                let jwt = answer.unwrap_or_else(|error| panic!("{id}: {error}"));
                let payload: Value = serde_json::from_str(jwt.payload()).unwrap();
                assert_eq!(payload, line["payload"], "{id}");
                assert_eq!(jwt.subject(), line["payload"]["sub"].as_str(), "{id}");
                assert_eq!(jwt.custom()["data"], line["payload"]["data"], "{id}");
                valid += 1;
            }
            "invalid" => {
                assert_eq!(answer.unwrap_err(), VerifyError::BadSignature, "{id}");
                invalid += 1;
            }
            other => panic!("{id}: {other}"),
        }
    }
    // Four libraries, fourteen algorithms each but for one, three forgeries for each.
    assert_eq!(invalid, (4 * 14 - 1) * 3);
    assert!(valid >= 150, "{valid}");
}
