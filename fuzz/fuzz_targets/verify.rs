//! The verifier on hostile tokens, with keys of every family: no input panics, and no token is accepted but those that were signed
//! here, whatever is changed in header, payload or signature. Payloads under a good signature are checked against serde_json.
#![no_main]

use std::{collections::HashSet, sync::LazyLock};

use fixed::{algorithm, signing_key, signing_keys, unnamed_key, verifying_keys};
use jwtward::{Algorithm, FixedClock, JwsSigner, JwtVerifier, KeySet, NumericDate, fuzzing};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

const NOW: i64 = 1_800_000_000;
const PAYLOAD: &[u8] = br#"{"iss":"issuer","sub":"alice","aud":["api"],"exp":1800000900,"admin":false}"#;

/// Trusts all public keys; all secrets; each algorithm's key alone.
static VERIFIERS: LazyLock<(JwtVerifier, JwtVerifier, Vec<JwtVerifier>)> = LazyLock::new(|| {
    let verifier = |keys: KeySet| {
        let clock = FixedClock(NumericDate::from_secs(NOW));
        JwtVerifier::builder(keys).issuer("issuer").audience("api").ignore_token_type().clock(clock).build()
    };
    (
        verifier(KeySet::new(verifying_keys(false)).expect("public keys")),
        verifier(KeySet::of_secrets(verifying_keys(true)).expect("secrets")),
        Algorithm::ALL.iter().map(|&algorithm| verifier(unnamed_key(algorithm).into())).collect(),
    )
});

/// One good token of each algorithm.
static SIGNED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let sign =
        |key: &_| JwsSigner::with_token_type(Clone::clone(key), "JWT").sign(PAYLOAD).expect("a working random source");
    signing_keys().iter().map(sign).collect()
});

/// What the good tokens sign.
static INPUTS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| SIGNED.iter().map(|token| split(token).0).collect());

fuzz_target!(|data: &[u8]| {
    // The first octet says how to read the rest, the second names an algorithm.
    let [mode, choice, rest @ ..] = data else { return };
    let algorithm = algorithm(*choice);
    let mut parts = rest.splitn(3, |octet| *octet == 0xff).map(fuzzing::base64url_encode);
    let mut part = || parts.next().unwrap_or_default();
    match mode % 4 {
        // A token as it is.
        0 => {
            if let Ok(token) = std::str::from_utf8(rest) {
                check(token, algorithm);
            }
        }
        // Header, payload and signature.
        1 => check(&format!("{}.{}.{}", part(), part(), part()), algorithm),
        // Header and payload under a signature over something else.
        2 => {
            let signed = SIGNED.iter().zip(signing_keys()).find(|(_, key)| key.algorithm() == algorithm);
            let signature = split(signed.expect("one of each").0).1;
            check(&format!("{}.{}.{signature}", part(), part()), algorithm);
        }
        // A payload under a good signature.
        _ => check_payload(rest),
    }
});

fn split(token: &str) -> (&str, &str) {
    token.rsplit_once('.').expect("a token")
}

fn check(token: &str, algorithm: Algorithm) {
    let (public, secret, each) = &*VERIFIERS;
    let single = each.iter().zip(Algorithm::ALL).find(|(_, one)| **one == algorithm).expect("one of each").0;
    for verifier in [public, secret, single] {
        if let Ok(jwt) = verifier.verify::<Map<String, Value>>(token) {
            assert!(INPUTS.contains(split(token).0), "accepted a token that was never signed: {token}");
            assert_eq!(jwt.payload().as_bytes(), PAYLOAD);
            assert_eq!(jwt.custom().get("admin"), Some(&Value::Bool(false)));
        }
    }
}

fn check_payload(payload: &[u8]) {
    let token = JwsSigner::new(signing_key(Algorithm::HS256).clone()).sign(payload).expect("HMAC needs no randomness");
    let untyped = VERIFIERS.1.verify::<()>(&token);
    let Ok(jwt) = VERIFIERS.1.verify::<Map<String, Value>>(&token) else {
        return assert!(untyped.is_err(), "whether a payload is good does not depend on the custom type");
    };
    assert!(untyped.is_ok());

    let mut claims: Map<String, Value> = serde_json::from_slice(payload).expect("a payload is one JSON object");
    let mut claim = |name| claims.remove(name);
    assert_eq!(claim("iss"), Some("issuer".into()));
    match claim("aud").expect("an audience is required") {
        Value::Array(audience) => {
            assert!(audience.iter().all(Value::is_string) && audience.contains(&"api".into()));
            assert!(jwt.audience().eq(audience.iter().filter_map(Value::as_str)));
        }
        audience => assert_eq!(audience, "api"),
    }
    let exp = claim("exp").expect("an expiry is required").as_f64().expect("a number");
    // A float may round to the second below.
    assert!(exp >= NOW as f64);
    for (name, value) in [("sub", jwt.subject()), ("jti", jwt.token_id())] {
        assert_eq!(claim(name), value.map(Value::from));
    }
    for name in ["nbf", "iat"] {
        assert!(claim(name).is_none_or(|time| time.as_f64().is_some_and(|time| time <= NOW as f64)));
    }
    assert_eq!(jwt.custom(), &claims);
}
