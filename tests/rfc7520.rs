//! The cookbook of RFC 7520: its signature keys (section 3), signatures (section 4) and nested token (section 6).
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{
    Algorithm, Claim, ClaimError, FixedClock, JwsSigner, JwtVerifier, KeyError, KeyId, Malformed, NumericDate,
    SigningKey, VerifyError, VerifyingKey,
};
use serde_json::Value;
use support::{
    compact_of, malformed, signing_key, valid_jws,
    vectors::{self, Vector, octets, vector_tests},
    verifies, verifies_with_its_payload_only,
};

/// What a key written out again must be: all its members, and the algorithm it was loaded for.
fn with_alg(vector: &Vector, algorithm: Algorithm) -> Value {
    let mut jwk = vector.value("key").clone();
    jwk["alg"] = algorithm.as_str().into();
    jwk
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Section 3's two asymmetric keys; only a caller can say what an RSA key is for.
fn key_algorithm(vector: &Vector) -> Algorithm {
    match vector.value("key")["kty"].as_str().unwrap() {
        "EC" => Algorithm::ES512,
        _ => Algorithm::PS384,
    }
}

fn public_key(vector: &Vector) {
    vector.assert_expected("valid");
    let (json, algorithm) = (vector.json("key"), key_algorithm(vector));
    match algorithm {
        Algorithm::ES512 => assert_eq!(VerifyingKey::from_jwk(&json).unwrap().algorithm(), algorithm),
        _ => assert_eq!(VerifyingKey::from_jwk(&json).unwrap_err(), KeyError::AlgorithmRequired),
    }
    let key = VerifyingKey::from_jwk_as(algorithm, &json).unwrap();
    assert_eq!(key.key_id().map(KeyId::as_str), Some("bilbo.baggins@hobbiton.example"));
    assert_eq!(parsed(&key.to_jwk().unwrap().to_string()), with_alg(vector, algorithm));
    let from_pem = VerifyingKey::from_pem(algorithm, &key.to_pem().unwrap()).unwrap();
    assert_eq!(from_pem.thumbprint(), key.thumbprint());
    assert_eq!(SigningKey::from_jwk_as(algorithm, &json).unwrap_err(), KeyError::PublicKey);
}

fn private_key(vector: &Vector) {
    vector.assert_expected("valid");
    let (json, algorithm) = (vector.json("key"), key_algorithm(vector));
    let key = SigningKey::from_jwk_as(algorithm, &json).unwrap();
    assert_eq!(parsed(key.danger_export_private_jwk().unwrap().expose()), with_alg(vector, algorithm));
    let from_pem = SigningKey::from_pem(algorithm, key.danger_export_private_pem().unwrap().expose()).unwrap();
    assert_eq!(from_pem.verifying_key().thumbprint(), key.verifying_key().thumbprint());
    assert_eq!(VerifyingKey::from_jwk_as(algorithm, &json).unwrap_err(), KeyError::PrivateKey);

    // It is the private half of the public key printed before it.
    let before = if algorithm == Algorithm::ES512 { "rfc7520-3.1" } else { "rfc7520-3.3" };
    let public = VerifyingKey::from_jwk_as(algorithm, &Vector::load(FILE, before).json("key")).unwrap();
    assert_eq!(key.check_public(&public), Ok(()));
}

fn secret_key(vector: &Vector) {
    vector.assert_expected("valid");
    let json = vector.json("key");
    let key = SigningKey::from_jwk(&json).unwrap();
    assert_eq!(key.algorithm(), Algorithm::HS256);
    assert_eq!(parsed(key.danger_export_private_jwk().unwrap().expose()), *vector.value("key"));
    assert_eq!(VerifyingKey::from_jwk(&json).unwrap().algorithm(), Algorithm::HS256);
    assert_eq!(key.verifying_key().to_jwk().unwrap_err(), KeyError::Symmetric);
    for other in [Algorithm::HS384, Algorithm::HS512, Algorithm::RS256] {
        assert_eq!(SigningKey::from_jwk_as(other, &json).unwrap_err(), KeyError::AlgorithmMismatch);
    }
}

/// For its `alg`, which is no signature's; and for its `use` alone.
fn encryption_key(vector: &Vector) {
    vector.assert_expected("valid JWK but use=enc/alg=A256GCM: refuse for JWS");
    let json = vector.json("key");
    assert_eq!(SigningKey::from_jwk(&json).unwrap_err(), KeyError::AlgorithmMismatch);
    assert_eq!(VerifyingKey::from_jwk(&json).unwrap_err(), KeyError::AlgorithmMismatch);
    assert_eq!(SigningKey::from_jwk_as(Algorithm::HS256, &json).unwrap_err(), KeyError::AlgorithmMismatch);
    for alg in [None, Some("HS256")] {
        let mut jwk = vector.value("key").clone();
        jwk.as_object_mut().unwrap().remove("alg");
        if let Some(alg) = alg {
            jwk["alg"] = alg.into();
        }
        let jwk = jwk.to_string();
        assert_eq!(SigningKey::from_jwk_as(Algorithm::HS256, &jwk).unwrap_err(), KeyError::UseForbidden);
        assert_eq!(VerifyingKey::from_jwk_as(Algorithm::HS256, &jwk).unwrap_err(), KeyError::UseForbidden);
    }
}

/// A JSON serialization is no token, however its dots fall.
fn json_is_refused(json: &Value) {
    let text = json.to_string();
    let expected = if text.matches('.').count() == 2 { Malformed::Base64 } else { Malformed::Segments };
    assert_eq!(malformed(&text), expected);
}

/// Sections 4.1 to 4.4: valid as a token; the two JSON serializations hold the same signature and are refused.
fn signature(vector: &Vector) {
    valid_jws(vector);
    for form in ["json_general", "json_flattened"] {
        let json = vector.value(form);
        let signature = json["signatures"].get(0).unwrap_or(json);
        assert_eq!(compact_of(json, signature), vector.text("compact"));
        json_is_refused(json);
    }
}

/// Section 4.5.
fn detached(vector: &Vector) {
    vector.assert_expected("reject: detached content");
    let (token, payload) = (vector.text("compact"), vector.octets("detached_payload_b64u"));
    let key = signing_key(vector);
    verifies_with_its_payload_only(token, &key.verifying_key(), &payload, &payload[1..]);
    assert_eq!(JwsSigner::new(key).sign_detached(&payload).unwrap(), token);
    for form in ["json_general", "json_flattened"] {
        json_is_refused(vector.value(form));
    }
}

/// Section 4.6: the `kid` is not protected, so the compact form is without it.
fn unprotected_kid(vector: &Vector) {
    vector.assert_expected("valid as JSON serialization with unprotected header");
    for form in ["json_general", "json_flattened"] {
        let json = vector.value(form);
        let signature = json["signatures"].get(0).unwrap_or(json);
        assert_eq!(compact_of(json, signature), vector.text("compact_equivalent"));
        json_is_refused(json);
    }
    let payload = octets(vector.value("json_flattened")["payload"].as_str().unwrap());
    let token = vector.text("compact_equivalent");
    verifies(token, &signing_key(vector).verifying_key(), &payload);
    let mut jwk = vector.value("key").clone();
    jwk.as_object_mut().unwrap().remove("kid");
    let nameless = SigningKey::from_jwk(&jwk.to_string()).unwrap();
    assert_eq!(JwsSigner::new(nameless).sign(&payload).unwrap(), token);
}

/// Section 4.7: without a protected header there is nothing that a token could begin with.
fn no_protected_header(vector: &Vector) {
    vector.assert_expected("valid per RFC as JSON serialization");
    for form in ["json_general", "json_flattened"] {
        let json = vector.value(form);
        json_is_refused(json);
        let signature = json["signatures"].get(0).unwrap_or(json);
        assert_eq!(malformed(&compact_of(json, signature)), Malformed::Segments);
    }
}

/// Section 4.8: of the three signatures, two have a protected `alg` and hold on their own.
fn three_signatures(vector: &Vector) {
    vector.assert_expected("valid per RFC as General JSON; reject: not compact");
    let json = vector.value("json_general");
    json_is_refused(json);
    let payload = octets(json["payload"].as_str().unwrap());
    let signatures = json["signatures"].as_array().unwrap();
    let keys = vector.value("key").as_array().unwrap();
    assert_eq!((signatures.len(), keys.len()), (3, 3));
    let algorithms = [Algorithm::RS256, Algorithm::ES512, Algorithm::HS256];
    for ((signature, key), algorithm) in signatures.iter().zip(keys).zip(algorithms) {
        let token = compact_of(json, signature);
        if signature["protected"].is_null() {
            assert_eq!(malformed(&token), Malformed::Segments);
            assert_eq!(algorithm, Algorithm::ES512);
            continue;
        }
        let key = SigningKey::from_jwk_as(algorithm, &key.to_string()).unwrap();
        verifies(&token, &key.verifying_key(), &payload);
    }
}

/// Section 6: the token within.
fn inner_token(vector: &Vector) {
    valid_jws(vector);
    let token = vector.text("compact");
    let key = signing_key(vector).verifying_key();
    let exp = NumericDate::from_secs(1_300_819_380);
    let verify = |issuer: &str, now| {
        let policy = JwtVerifier::builder(key.clone()).issuer(issuer).ignore_audience().clock(FixedClock(now));
        policy.build().verify::<()>(token).map(|jwt| jwt.expires_at())
    };
    let before = NumericDate::from_secs(1_300_819_379);
    assert_eq!(verify("hobbiton.example", before), Ok(Some(exp)));
    let wrong = VerifyError::Claim(ClaimError::Mismatch(Claim::Issuer));
    assert_eq!(verify("mordor.example", before), Err(wrong));
    let expired = VerifyError::Claim(ClaimError::Expired { exp, now: exp });
    assert_eq!(verify("hobbiton.example", exp), Err(expired));
}

/// Section 6: around it, an encrypted token.
fn outer_token(vector: &Vector) {
    vector.assert_expected("reject: five segments");
    assert_eq!(malformed(vector.text("compact")), Malformed::Segments);
}

vector_tests! { "rfc7520.json";
    rfc7520_3_1: "rfc7520-3.1" => public_key;
    rfc7520_3_2: "rfc7520-3.2" => private_key;
    rfc7520_3_3: "rfc7520-3.3" => public_key;
    rfc7520_3_4: "rfc7520-3.4" => private_key;
    rfc7520_3_5: "rfc7520-3.5" => secret_key;
    rfc7520_3_6: "rfc7520-3.6" => encryption_key;
    rfc7520_4_1: "rfc7520-4.1" => signature;
    rfc7520_4_2: "rfc7520-4.2" => signature;
    rfc7520_4_3: "rfc7520-4.3" => signature;
    rfc7520_4_4: "rfc7520-4.4" => signature;
    rfc7520_4_5: "rfc7520-4.5" => detached;
    rfc7520_4_6: "rfc7520-4.6" => unprotected_kid;
    rfc7520_4_7: "rfc7520-4.7" => no_protected_header;
    rfc7520_4_8: "rfc7520-4.8" => three_signatures;
    rfc7520_6_jws: "rfc7520-6-jws" => inner_token;
    rfc7520_6_jwe: "rfc7520-6-jwe" => outer_token;
}
