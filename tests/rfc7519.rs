//! JSON Web Token: the examples of RFC 7519.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::time::Duration;

use jwtward::{
    Algorithm, Claim, ClaimError, FixedClock, JwtVerifier, JwtVerifierBuilder, Malformed, NumericDate, SigningKey,
    Undecided, VerifyError,
};
use serde::Deserialize;
use support::{
    malformed, signing_key, unsecured, valid_jws,
    vectors::{self, Vector, vector_tests},
};

/// What section 3.1's token says of itself.
const EXP: i64 = 1_300_819_380;

#[derive(Debug, PartialEq, Deserialize)]
struct Root {
    #[serde(rename = "http://example.com/is_root")]
    is_root: bool,
}

fn at(vector: &Vector, secs: i64) -> JwtVerifierBuilder<Undecided, Undecided> {
    JwtVerifier::builder(signing_key(vector).verifying_key()).clock(FixedClock(NumericDate::from_secs(secs)))
}

fn the_first_token(vector: &Vector) {
    valid_jws(vector);
    let token = vector.text("compact");
    let verifier = |secs| at(vector, secs).issuer("joe").ignore_audience();
    let exp = NumericDate::from_secs(EXP);
    for now in [0, EXP - 1] {
        let jwt = verifier(now).build().verify::<Root>(token).unwrap();
        assert_eq!(jwt.issuer(), Some("joe"));
        assert_eq!(jwt.expires_at(), Some(exp));
        assert_eq!(jwt.custom(), &Root { is_root: true });
        assert_eq!(jwt.payload(), vector.text("payload_text"));
        assert_eq!(jwt.header().token_type(), Some("JWT"));
        assert_eq!((jwt.subject(), jwt.token_id(), jwt.not_before(), jwt.issued_at()), (None, None, None, None));
        assert_eq!(jwt.audience().count(), 0);
    }
    let expired = |now| {
        let now = NumericDate::from_secs(now);
        VerifyError::Claim(ClaimError::Expired { exp, now })
    };
    for now in [EXP, EXP + 1, EXP + 1_000_000_000, i64::MAX] {
        assert_eq!(verifier(now).build().verify::<Root>(token).unwrap_err(), expired(now));
    }
    // The leeway is not part of the lifetime either.
    let lenient = |now| verifier(now).leeway(Duration::from_secs(60)).unwrap().build();
    assert!(lenient(EXP + 59).verify::<Root>(token).is_ok());
    assert_eq!(lenient(EXP + 60).verify::<Root>(token).unwrap_err(), expired(EXP + 60));
    // Expired is said before anything else that is wrong with the claims.
    let other = |now| at(vector, now).issuer("jane").audience("api").build().verify::<Root>(token).unwrap_err();
    assert_eq!(other(EXP), expired(EXP));
    assert_eq!(other(EXP - 1), VerifyError::Claim(ClaimError::Mismatch(Claim::Issuer)));
    let audience = at(vector, 0).issuer("joe").audience("api").build().verify::<Root>(token).unwrap_err();
    assert_eq!(audience, VerifyError::Claim(ClaimError::Missing(Claim::Audience)));
    // By the real clock it expired in 2011.
    let key = signing_key(vector).verifying_key();
    let today = JwtVerifier::builder(key).issuer("joe").ignore_audience().build().verify::<Root>(token).unwrap_err();
    assert!(matches!(today, VerifyError::Claim(ClaimError::Expired { .. })), "{today:?}");
}

fn refused_as_a_jwt(token: &str, expected: VerifyError) {
    let key = SigningKey::generate(Algorithm::HS256).unwrap().verifying_key();
    let verifier = JwtVerifier::builder(key).ignore_issuer().ignore_audience().build();
    assert_eq!(verifier.verify::<()>(token).unwrap_err(), expected);
}

fn unsecured_jwt(vector: &Vector) {
    unsecured(vector);
    let token = vector.text("compact");
    refused_as_a_jwt(token, VerifyError::Malformed(Malformed::Segments));
    refused_as_a_jwt(&format!("{token}AA"), VerifyError::AlgorithmMismatch);
}

fn encrypted(vector: &Vector) {
    vector.assert_expected("reject: five segments");
    let token = vector.text("compact");
    assert_eq!(token.split('.').count(), 5);
    assert_eq!(malformed(token), Malformed::Segments);
    refused_as_a_jwt(token, VerifyError::Malformed(Malformed::Segments));
}

vector_tests! { "rfc7519.json";
    rfc7519_3_1: "rfc7519-3.1" => the_first_token;
    rfc7519_6_1: "rfc7519-6.1" => unsecured_jwt;
    rfc7519_a1: "rfc7519-a1" => encrypted;
    rfc7519_a2: "rfc7519-a2" => encrypted;
}
