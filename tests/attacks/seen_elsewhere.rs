//! What other libraries were seen to do with a valid signature. Here each of it is refused, or cannot be written.

use std::{error::Error, time::Duration};

use jwtward::{
    Algorithm, Claim, ClaimError, Clock, FixedClock, JsonError, JwtSigner, JwtVerifier, KeyError, KeySet, KeySetError,
    Malformed, NumericDate, SignError, SigningKey, SystemClock, UnverifiedJws, VerifyError, VerifyingKey,
};
use serde::Deserialize;
use serde_json::json;

use crate::support::{CLAIMS, NOW, SECRET, at, encode, hs256, verify, with_header, with_payload};

fn strict() -> JwtVerifier {
    JwtVerifier::builder(hs256()).issuer("https://auth.example").audience("api").clock(at(NOW)).build()
}

fn claim(error: ClaimError) -> Result<(), VerifyError> {
    Err(VerifyError::Claim(error))
}

#[test]
fn seen_elsewhere_issuer_and_audience_configured_but_absent() {
    let verify = |payload: &str| strict().verify::<()>(&with_payload(payload)).map(|_| ());
    assert_eq!(verify(CLAIMS), claim(ClaimError::Missing(Claim::Issuer)));
    let with_issuer = r#"{"exp":1000900,"iss":"https://auth.example"}"#;
    assert_eq!(verify(with_issuer), claim(ClaimError::Missing(Claim::Audience)));
}

#[test]
fn seen_elsewhere_issuer_and_audience_of_another_type() {
    let verify = |payload: &str| strict().verify::<()>(&with_payload(payload)).map(|_| ());
    assert_eq!(verify(r#"{"exp":1000900,"iss":42,"aud":7}"#), claim(ClaimError::Type(Claim::Issuer)));
    let audience = r#"{"exp":1000900,"iss":"https://auth.example","aud":7}"#;
    assert_eq!(verify(audience), claim(ClaimError::Type(Claim::Audience)));
}

#[test]
fn seen_elsewhere_nbf_is_not_checked_by_default() {
    let error = ClaimError::NotYetValid { nbf: NumericDate::from_secs(9_999_999), now: NumericDate::from_secs(NOW) };
    assert_eq!(verify(&with_payload(r#"{"exp":99999999,"nbf":9999999}"#)), claim(error));
}

#[test]
fn seen_elsewhere_exp_is_not_required_by_default() {
    assert_eq!(verify(&with_payload(r#"{"sub":"alice"}"#)), claim(ClaimError::Missing(Claim::ExpiresAt)));
}

#[test]
fn seen_elsewhere_fifteen_minutes_of_leeway_by_default() {
    for ago in [0, 1, 59, 60, 899] {
        let exp = NumericDate::from_secs(NOW - ago);
        let error = ClaimError::Expired { exp, now: NumericDate::from_secs(NOW) };
        assert_eq!(verify(&with_payload(format!(r#"{{"exp":{}}}"#, NOW - ago))), claim(error), "{ago}");
    }
}

#[test]
fn seen_elsewhere_an_unknown_crit_is_ignored() {
    let token = with_header(r#"{"alg":"HS256","crit":["must-understand"],"must-understand":true}"#);
    assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::CriticalNotUnderstood)));
}

#[test]
fn seen_elsewhere_the_last_of_a_repeated_claim_wins() {
    let token = with_payload(r#"{"exp":1,"sub":"alice","exp":1000900}"#);
    assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::Payload(JsonError::DuplicateMember))));
}

#[test]
fn seen_elsewhere_an_empty_hmac_key() {
    let error = KeyError::TooShort { got: 0, need: 32 };
    assert_eq!(VerifyingKey::from_secret(Algorithm::HS256, b"").unwrap_err(), error);
    assert_eq!(SigningKey::from_secret(Algorithm::HS256, b"").unwrap_err(), error);
}

#[test]
fn seen_elsewhere_the_signer_writes_a_second_exp() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let signer = JwtSigner::new(key, "https://auth.example", "api", Duration::from_secs(900)).unwrap();
    let error = signer.sign("alice", &json!({"exp": 99_999_999_999_u64})).unwrap_err();
    assert_eq!(error, SignError::ReservedClaim(Claim::ExpiresAt));
}

#[test]
fn seen_elsewhere_an_expired_token_comes_back_as_a_token() {
    // There is no call to forget: what `verify` gives is either valid or an error without the claims in it.
    let token = with_payload(r#"{"exp":1,"sub":"alice"}"#);
    let error = ClaimError::Expired { exp: NumericDate::from_secs(1), now: NumericDate::from_secs(NOW) };
    assert_eq!(verify(&token), claim(error));
    // The layer below has no claims to misread; its payload is octets.
    let verified = UnverifiedJws::parse(&token, 8192).unwrap().verify(&hs256()).unwrap();
    let _: &[u8] = verified.payload();
}

#[test]
fn seen_elsewhere_a_feature_that_is_missing_panics() {
    // Every algorithm is built in here; one that is not is an error with a name.
    for &algorithm in Algorithm::ALL {
        let text = KeyError::AlgorithmDisabled(algorithm).to_string();
        assert_eq!(text, format!("the feature for {algorithm} is not built in"));
    }
}

#[test]
fn seen_elsewhere_the_crypto_provider_is_global() {
    // Two verifiers with different keys, clocks and policies side by side, from threads: nothing is shared or installed.
    let early = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW)).build();
    let late = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW + 900)).build();
    let token = with_payload(CLAIMS);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(early.verify::<()>(&token).is_ok()));
            scope.spawn(|| assert!(late.verify::<()>(&token).is_err()));
        }
    });
}

#[test]
fn seen_elsewhere_the_key_is_parsed_again_on_every_call() {
    // Loading takes the text by reference and keeps none of it; verifying takes the loaded key.
    let keys = {
        let jwks = format!(r#"{{"keys":[{}]}}"#, crate::support::public(crate::support::P256));
        KeySet::from_jwks(&jwks).unwrap()
    };
    let key = SigningKey::from_jwk(crate::support::P256).unwrap();
    let token = jwtward::JwsSigner::new(key).sign(CLAIMS.as_bytes()).unwrap();
    for _ in 0..2 {
        assert!(UnverifiedJws::parse(&token, 8192).unwrap().verify_with_set(&keys).is_ok());
    }
}

#[test]
fn seen_elsewhere_claims_are_read_twice_into_types_that_disagree() {
    // One pass fills both halves, so the custom type cannot see another exp or sub than the checks saw.
    #[derive(Debug, Deserialize)]
    struct Greedy {
        exp: Option<u64>,
        sub: Option<String>,
        admin: bool,
    }
    let token = with_payload(r#"{"exp":1000900,"sub":"alice","admin":false}"#);
    let verifier = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW)).build();
    let jwt = verifier.verify::<Greedy>(&token).unwrap();
    assert_eq!((jwt.custom().exp, jwt.custom().sub.as_deref(), jwt.custom().admin), (None, None, false));
    assert_eq!((jwt.expires_at(), jwt.subject()), (Some(NumericDate::from_secs(1_000_900)), Some("alice")));
}

#[test]
fn seen_elsewhere_claims_are_parsed_before_the_signature_is_checked() {
    for payload in ["not json", r#"{"exp":1}"#, r#"{"exp":1,"exp":2}"#, "{}", ""] {
        let forged = format!("{}.{}.{}", encode(r#"{"alg":"HS256"}"#), encode(payload), encode([0; 32]));
        assert_eq!(verify(&forged), Err(VerifyError::BadSignature), "{payload}");
    }
}

#[test]
fn seen_elsewhere_errors_lose_their_source() {
    fn root<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a JsonError> {
        error.source()?.downcast_ref()
    }
    let error = verify(&with_payload(r#"{"a":1,"a":1}"#)).unwrap_err();
    assert_eq!(root(&error), Some(&JsonError::DuplicateMember));
    assert_eq!(root(&Malformed::Header(JsonError::Utf8)), Some(&JsonError::Utf8));
    let error = jwtward::JwsError::Malformed(Malformed::Header(JsonError::TooDeep));
    assert_eq!(root(&error), Some(&JsonError::TooDeep));
    assert_eq!(root(&VerifyingKey::from_jwk("{").unwrap_err()), Some(&JsonError::Syntax));
    assert_eq!(root(&KeySet::from_jwks("[]").unwrap_err()), Some(&JsonError::NotAnObject));
    assert_eq!(root(&SignError::Json(JsonError::TooDeep)), Some(&JsonError::TooDeep));
    // A key that was left out is the reason why nothing is left.
    let error = KeySet::from_jwks(r#"{"keys":[{}]}"#).unwrap_err();
    assert!(matches!(&error, KeySetError::NothingUsable(skipped) if skipped[0].reason == KeyError::Member("kty")));
}

#[test]
fn seen_elsewhere_opaque_errors_in_the_public_interface() {
    // Every error is a type of this crate that can be matched, compared, cloned and sent.
    fn matchable<E: Error + Clone + PartialEq + Send + Sync + 'static>() {}
    matchable::<VerifyError>();
    matchable::<ClaimError>();
    matchable::<SignError>();
    matchable::<jwtward::ConfigError>();
    matchable::<jwtward::JwsError>();
    matchable::<Malformed>();
    matchable::<JsonError>();
    matchable::<KeyError>();
    matchable::<KeySetError>();
    matchable::<jwtward::SigningFailed>();
    matchable::<jwtward::UnknownAlgorithm>();
    matchable::<jwtward::InvalidKeyId>();
}

#[test]
fn seen_elsewhere_algorithms_that_differ_by_more_than_a_number() {
    // One code path for all: each algorithm refuses each other's name in the same way.
    let key = |algorithm: Algorithm| match algorithm.as_str().get(..2) {
        Some("RS" | "PS") => crate::support::rsa_key(algorithm),
        _ => SigningKey::generate(algorithm).unwrap(),
    };
    for &signed_by in Algorithm::ALL {
        let token = jwtward::JwsSigner::new(key(signed_by)).sign(CLAIMS.as_bytes()).unwrap();
        for &other in Algorithm::ALL.iter().filter(|other| **other != signed_by) {
            let error = crate::support::verify_with(key(other).verifying_key(), &token);
            assert_eq!(error, Err(VerifyError::AlgorithmMismatch), "{signed_by} {other}");
        }
    }
}

#[test]
fn seen_elsewhere_option_structs_with_validate_flags() {
    // Every policy is expected or waived by a call of its own name; what is not said stays checked.
    let silent = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW)).build();
    for (payload, error) in [
        ("{}", ClaimError::Missing(Claim::ExpiresAt)),
        (r#"{"exp":1000900,"iss":1}"#, ClaimError::Type(Claim::Issuer)),
        (r#"{"exp":1000900,"aud":1}"#, ClaimError::Type(Claim::Audience)),
    ] {
        assert_eq!(silent.verify::<()>(&with_payload(payload)).map(|_| ()), claim(error));
    }
}

#[test]
fn seen_elsewhere_a_test_hook_in_production_options() {
    // Time comes from a clock, and without one from the system's.
    let system = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().build();
    let now = SystemClock.now().as_secs();
    let token = |exp: i64| with_payload(format!(r#"{{"exp":{exp}}}"#));
    assert!(system.verify::<()>(&token(now + 1000)).is_ok());
    assert!(matches!(
        system.verify::<()>(&token(now - 1)).unwrap_err(),
        VerifyError::Claim(ClaimError::Expired { .. })
    ));
    let fixed: &dyn Clock = &FixedClock(NumericDate::from_secs(5));
    assert_eq!(fixed.now(), NumericDate::from_secs(5));
}
