//! Unencoded payloads: RFC 7797 section 4, and what its section 6 forbids.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{
    Algorithm, JsonError, JwsError, JwsSigner, JwtVerifier, Malformed, SigningKey, UnverifiedJws, VerifyError,
};
use support::{
    signing_key, valid_jws,
    vectors::{self, Vector, vector_tests},
};

const SIZE: usize = UnverifiedJws::DEFAULT_MAX_SIZE;

/// What a JWT verifier, and JWS parsing without the call for RFC 7797, say of the token.
fn refused_elsewhere(vector: &Vector, expected: Malformed) {
    let token = vector.text("compact");
    let payload = b"$.02";
    assert_eq!(UnverifiedJws::parse(token, SIZE).unwrap_err(), expected);
    assert_eq!(UnverifiedJws::parse_detached(token, payload, SIZE).unwrap_err(), expected);
    assert_eq!(as_jwt(vector), VerifyError::Malformed(expected));
}

fn as_jwt(vector: &Vector) -> VerifyError {
    let key = signing_key(vector).verifying_key();
    let verifier = JwtVerifier::builder(key).ignore_issuer().ignore_audience().danger_allow_missing_expiry().build();
    verifier.verify::<()>(vector.text("compact")).unwrap_err()
}

/// What RFC 7797 parsing says, with the payload in the token and with the payload beside it.
fn refused(vector: &Vector, in_the_token: Malformed, beside_it: Malformed) {
    let token = vector.text("compact");
    assert_eq!(UnverifiedJws::parse_rfc7797(token, None, SIZE).unwrap_err(), in_the_token);
    assert_eq!(UnverifiedJws::parse_rfc7797(token, Some(b"$.02"), SIZE).unwrap_err(), beside_it);
}

/// Section 4.1: no `b64`, so nothing special. Its payload is no JSON object, so it is no JWT.
fn encoded(vector: &Vector) {
    valid_jws(vector);
    let key = signing_key(vector).verifying_key();
    let token = vector.text("compact");
    let jws = UnverifiedJws::parse_rfc7797(token, None, SIZE).unwrap().verify(&key).unwrap();
    assert_eq!(jws.payload(), b"$.02");
    assert_eq!(as_jwt(vector), VerifyError::Malformed(Malformed::Payload(JsonError::NotAnObject)));
    assert!(UnverifiedJws::parse(&vector.json("json_flattened"), SIZE).is_err());
}

/// Section 4.2: valid with the payload from elsewhere, by the call for it and by no other.
fn unencoded(vector: &Vector) {
    refused_elsewhere(vector, Malformed::CriticalNotUnderstood);
    let (token, payload) = (vector.text("compact"), vector.text("detached_payload_text").as_bytes());
    let key = signing_key(vector);
    let public = key.verifying_key();
    let parse = |payload| UnverifiedJws::parse_rfc7797(token, payload, SIZE);
    assert_eq!(parse(None).unwrap_err(), Malformed::UnencodedPayload);
    assert_eq!(parse(Some(payload)).unwrap().verify(&public).unwrap().payload(), payload);
    for another in [&b"$.03"[..], b"", b"JC4wMg"] {
        assert_eq!(parse(Some(another)).unwrap().verify(&public).unwrap_err(), JwsError::BadSignature);
    }
    assert_eq!(JwsSigner::new(key).sign_detached_unencoded(payload).unwrap(), token);
}

fn not_critical(vector: &Vector) {
    vector.assert_expected("reject: b64 present but");
    refused_elsewhere(vector, Malformed::UnencodedPayload);
    refused(vector, Malformed::Critical, Malformed::Critical);
}

fn unencoded_in_the_token(vector: &Vector) {
    refused_elsewhere(vector, Malformed::CriticalNotUnderstood);
    refused(vector, Malformed::UnencodedPayload, Malformed::NotDetached);
}

fn encoded_and_critical(vector: &Vector) {
    refused_elsewhere(vector, Malformed::CriticalNotUnderstood);
    let (token, key) = (vector.text("compact"), signing_key(vector).verifying_key());
    let jws = UnverifiedJws::parse_rfc7797(token, None, SIZE).unwrap().verify(&key).unwrap();
    assert_eq!(jws.payload(), b"$.02");
    // Detached as well, the payload still being signed as base64url.
    let [header, _, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let detached = format!("{header}..{signature}");
    let jws = UnverifiedJws::parse_rfc7797(&detached, Some(b"$.02"), SIZE).unwrap().verify(&key).unwrap();
    assert_eq!(jws.payload(), b"$.02");
}

fn not_a_boolean(vector: &Vector) {
    vector.assert_expected("reject: b64 is not a boolean");
    refused_elsewhere(vector, Malformed::HeaderParameter("b64"));
    refused(vector, Malformed::HeaderParameter("b64"), Malformed::HeaderParameter("b64"));
}

vector_tests! { "rfc7797.json";
    rfc7797_4_1: "rfc7797-4.1" => encoded;
    rfc7797_4_2: "rfc7797-4.2" => unencoded;
    rfc7797_d1: "rfc7797-d1" => not_critical;
    rfc7797_d2: "rfc7797-d2" => unencoded_in_the_token;
    rfc7797_d3: "rfc7797-d3" => encoded_and_critical;
    rfc7797_d4: "rfc7797-d4" => not_critical;
    rfc7797_d5: "rfc7797-d5" => not_a_boolean;
}

/// Every algorithm, with octets that would break a token: dots, and what is not text.
#[test]
fn what_is_signed_unencoded_verifies_with_its_payload_only() {
    for &algorithm in Algorithm::ALL {
        let key = match algorithm.as_str().get(..2) {
            Some("RS" | "PS") => SigningKey::generate_rsa(algorithm, 2048).unwrap(),
            _ => SigningKey::generate(algorithm).unwrap(),
        };
        let signer = JwsSigner::with_token_type(key.clone(), "statement");
        for payload in [&b"a.b.c"[..], b"", &[0, 0xff, b'.', b'\n'], "naïve".as_bytes()] {
            let token = signer.sign_detached_unencoded(payload).unwrap();
            let parse = |payload| UnverifiedJws::parse_rfc7797(&token, Some(payload), SIZE).unwrap();
            let jws = parse(payload).verify(&key.verifying_key()).unwrap();
            assert_eq!((jws.payload(), jws.header().token_type()), (payload, Some("statement")), "{algorithm}");
            let other = parse(b"another").verify(&key.verifying_key());
            assert_eq!(other.unwrap_err(), JwsError::BadSignature, "{algorithm}");
            let plain = UnverifiedJws::parse_detached(&token, payload, SIZE);
            assert_eq!(plain.unwrap_err(), Malformed::CriticalNotUnderstood, "{algorithm}");
        }
    }
}
