//! JSON Web Signature: the examples of RFC 7515, and base64url as its section 2 and RFC 4648 have it.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{Algorithm, JwsSigner, KeyError, KeyLoader, Malformed, SigningKey, UnverifiedJws};
use support::{
    compact_of, malformed, signing_key, unsecured, valid_jws,
    vectors::{self, Vector, base64url, vector_tests},
    verifies, verifies_with_its_payload_only,
};

const SIZE: usize = UnverifiedJws::DEFAULT_MAX_SIZE;

/// A.6 and A.7: a JSON serialization is no token. Its signatures are sound, as their compact forms show.
fn json_serialization(vector: &Vector) {
    let json = vector.value("json");
    assert_eq!(malformed(&json.to_string()), Malformed::Segments);
    let payload = vectors::octets(json["payload"].as_str().unwrap());
    // One key and one signature, or arrays of as many.
    let signatures = json["signatures"].as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
    let keys = vector.value("key").as_array().cloned().unwrap_or_else(|| vec![vector.value("key").clone()]);
    let algorithms: Vec<Algorithm> = vector.text("alg").split('+').map(|name| name.parse().unwrap()).collect();
    assert!(signatures.len() == keys.len() && keys.len() == algorithms.len());
    for ((signature, key), algorithm) in signatures.iter().zip(&keys).zip(algorithms) {
        let key = SigningKey::from_jwk_as(algorithm, &key.to_string()).unwrap().verifying_key();
        verifies(&compact_of(json, signature), &key, &payload);
    }
}

/// Appendix E: an extension that nobody defined, marked critical.
fn unknown_critical_extension(vector: &Vector) {
    vector.assert_expected("reject: unknown critical extension");
    let token = vector.text("compact");
    assert_eq!(malformed(token), Malformed::Segments);
    assert_eq!(malformed(&format!("{token}AA")), Malformed::CriticalNotUnderstood);
}

/// Appendix F: the payload comes from elsewhere.
fn detached(vector: &Vector) {
    vector.assert_expected("reject: signature does not match the empty payload");
    let (token, payload) = (vector.text("compact"), vector.octets("detached_payload_b64u"));
    let key = signing_key(vector);
    let public = key.verifying_key();
    verifies_with_its_payload_only(token, &public, &payload, b"another");
    let whole = JwsSigner::new(key.clone()).sign(&payload).unwrap();
    let refused = UnverifiedJws::parse_detached(&whole, &payload, SIZE).unwrap_err();
    assert_eq!(refused, Malformed::NotDetached);
    let ours = JwsSigner::new(key).sign_detached(&payload).unwrap();
    let (header, rest) = whole.split_once('.').unwrap();
    assert_eq!(ours, format!("{header}..{}", rest.split_once('.').unwrap().1));
    UnverifiedJws::parse_detached(&ours, &payload, SIZE).unwrap().verify(&public).unwrap();
}

/// Encoding: as a payload on its way out and in again, and as an HMAC secret.
fn encodes_and_decodes(vector: &Vector) {
    vector.assert_expected("valid");
    let (octets, encoded) = (vector.hex("octets_hex"), vector.text("encoded"));
    let listed: Vec<u8> = serde_json::from_value(vector.value("octets").clone()).unwrap();
    assert_eq!(octets, listed);

    let key = SigningKey::generate(Algorithm::HS256).unwrap();
    let token = JwsSigner::new(key.clone()).sign(&octets).unwrap();
    assert_eq!(token.split('.').nth(1), Some(encoded));
    let jws = UnverifiedJws::parse(&token, SIZE).unwrap().verify(&key.verifying_key()).unwrap();
    assert_eq!(jws.payload(), octets);

    let secret = KeyLoader::new(Algorithm::HS256).danger_allow_short_hmac_key().signing_jwk(&oct(encoded));
    if octets.is_empty() {
        assert_eq!(secret.unwrap_err(), KeyError::TooShort { got: 0, need: 32 });
        return;
    }
    let jwk = secret.unwrap().danger_export_private_jwk().unwrap();
    let jwk: serde_json::Value = serde_json::from_str(jwk.expose()).unwrap();
    assert_eq!(jwk["k"], encoded);
}

/// What is not canonical base64url is refused in every segment and in a key.
fn not_base64url(vector: &Vector) {
    vector.assert_expected("reject");
    let text = vector.text("encoded");
    let header = base64url(br#"{"alg":"HS256"}"#);
    // One of them is nothing but dots, so it makes more segments instead.
    let expected = if text.contains('.') { Malformed::Segments } else { Malformed::Base64 };
    assert_eq!(malformed(&format!("{text}.AAAA.AAAA")), expected);
    assert_eq!(malformed(&format!("{header}.{text}.AAAA")), expected);
    assert_eq!(malformed(&format!("{header}.AAAA.{text}")), expected);
    let loader = KeyLoader::new(Algorithm::HS256).danger_allow_short_hmac_key();
    assert_eq!(loader.signing_jwk(&oct(text)).unwrap_err(), KeyError::Member("k"));
    assert_eq!(loader.verifying_jwk(&oct(text)).unwrap_err(), KeyError::Member("k"));
}

fn oct(k: &str) -> String {
    serde_json::json!({"kty": "oct", "k": k}).to_string()
}

vector_tests! { "rfc7515.json";
    rfc7515_a1: "rfc7515-a1" => valid_jws;
    rfc7515_a2: "rfc7515-a2" => valid_jws;
    rfc7515_a3: "rfc7515-a3" => valid_jws;
    rfc7515_a4: "rfc7515-a4" => valid_jws;
    rfc7515_a5: "rfc7515-a5" => unsecured;
    rfc7515_a6: "rfc7515-a6" => json_serialization;
    rfc7515_a7: "rfc7515-a7" => json_serialization;
    rfc7515_e: "rfc7515-e" => unknown_critical_extension;
    rfc7515_c: "rfc7515-c" => encodes_and_decodes;
    rfc4648_10_0: "rfc4648-10-0" => encodes_and_decodes;
    rfc4648_10_1: "rfc4648-10-1" => encodes_and_decodes;
    rfc4648_10_2: "rfc4648-10-2" => encodes_and_decodes;
    rfc4648_10_3: "rfc4648-10-3" => encodes_and_decodes;
    rfc4648_10_4: "rfc4648-10-4" => encodes_and_decodes;
    rfc4648_10_5: "rfc4648-10-5" => encodes_and_decodes;
    rfc4648_10_6: "rfc4648-10-6" => encodes_and_decodes;
    padding: "b64u-neg-0" => not_base64url;
    trailing_bits_of_two: "b64u-neg-1" => not_base64url;
    trailing_bits_of_three: "b64u-neg-2" => not_base64url;
    one_character: "b64u-neg-3" => not_base64url;
    one_character_over: "b64u-neg-4" => not_base64url;
    plus_sign: "b64u-neg-5" => not_base64url;
    slash: "b64u-neg-6" => not_base64url;
    space: "b64u-neg-7" => not_base64url;
    newline: "b64u-neg-8" => not_base64url;
    nul: "b64u-neg-9" => not_base64url;
    non_ascii: "b64u-neg-10" => not_base64url;
    stray_padding: "b64u-neg-11" => not_base64url;
    only_padding: "b64u-neg-12" => not_base64url;
    dots: "b64u-neg-13" => not_base64url;
    percent_encoding: "b64u-neg-14" => not_base64url;
    rfc7515_f_derived: "rfc7515-f-derived" => detached;
}
