//! Claims that were taken for absent, for a part of something, or not looked at.

use jwtward::{Claim, ClaimError, ConfigError, JsonError, JwtVerifier, Malformed, VerifyError};

use crate::support::{NOW, at, encode, hs256, verify, with_header, with_payload};

const ISSUER: &str = "https://auth.example";

fn strict(payload: &str) -> Result<(), VerifyError> {
    let verifier = JwtVerifier::builder(hs256()).issuer(ISSUER).audience("api").clock(at(NOW)).build();
    verifier.verify::<()>(&with_payload(payload)).map(|_| ())
}

fn claim(error: ClaimError) -> Result<(), VerifyError> {
    Err(VerifyError::Claim(error))
}

#[test]
fn cve_2020_26160_an_audience_of_a_type_that_was_taken_for_none() {
    let aud = |aud: &str| strict(&format!(r#"{{"exp":1000900,"iss":"{ISSUER}","aud":{aud}}}"#));
    assert_eq!(aud("[]"), claim(ClaimError::Mismatch(Claim::Audience)));
    assert_eq!(aud(r#"["other"]"#), claim(ClaimError::Mismatch(Claim::Audience)));
    assert_eq!(aud("[1]"), claim(ClaimError::Type(Claim::Audience)));
    assert_eq!(aud("null"), claim(ClaimError::Type(Claim::Audience)));
}

#[test]
fn cve_2024_5798_an_audience_that_is_bound_and_absent() {
    let absent = format!(r#"{{"exp":1000900,"iss":"{ISSUER}"}}"#);
    assert_eq!(strict(&absent), claim(ClaimError::Missing(Claim::Audience)));
    let other = format!(r#"{{"exp":1000900,"iss":"{ISSUER}","aud":"vault"}}"#);
    assert_eq!(strict(&other), claim(ClaimError::Mismatch(Claim::Audience)));
}

#[test]
fn cve_2024_53861_an_issuer_that_is_a_part_of_the_expected_one() {
    for part in ["", "h", "https://", "auth", "https://auth.exampl", "ttps://auth.example"] {
        let payload = format!(r#"{{"exp":1000900,"aud":"api","iss":"{part}"}}"#);
        assert_eq!(strict(&payload), claim(ClaimError::Mismatch(Claim::Issuer)), "{part}");
    }
}

#[test]
fn cve_2025_30144_an_array_of_issuers() {
    for iss in [r#"["https://attacker.example","https://auth.example"]"#, r#"["https://auth.example"]"#] {
        let payload = format!(r#"{{"exp":1000900,"aud":"api","iss":{iss}}}"#);
        assert_eq!(strict(&payload), claim(ClaimError::Type(Claim::Issuer)), "{iss}");
    }
}

#[test]
fn cve_2025_27370_an_audience_that_another_server_chose() {
    // The draft let a malicious server have assertions made for it that an honest one takes: `aud` with both of them, or
    // another URL of the honest server.
    let assertion = |aud: &str| {
        let verifier =
            JwtVerifier::builder(hs256()).issuer("client").audience("https://as.example").clock(at(NOW)).build();
        let payload = format!(r#"{{"exp":1000900,"iss":"client","sub":"client","aud":{aud}}}"#);
        verifier.verify::<()>(&with_payload(payload)).map(|_| ())
    };
    assert_eq!(assertion(r#""https://as.example""#), Ok(()));
    for other in [r#""https://as.example/token""#, r#"["https://attacker.example"]"#, r#""https://attacker.example""#] {
        assert_eq!(assertion(other), claim(ClaimError::Mismatch(Claim::Audience)), "{other}");
    }
}

#[test]
fn cve_2026_25537_a_time_of_another_type() {
    for value in [r#""99999999999""#, "true", "[1000900]", "{}", "null"] {
        for (name, kind) in [("exp", Claim::ExpiresAt), ("nbf", Claim::NotBefore)] {
            let others = if kind == Claim::ExpiresAt { "" } else { r#""exp":1000900,"# };
            let answer = verify(&with_payload(format!(r#"{{{others}"{name}":{value}}}"#)));
            assert_eq!(answer, claim(ClaimError::Type(kind)), "{name} {value}");
        }
    }
}

#[test]
fn cve_2026_107721_a_tolerance_without_end() {
    use std::time::Duration;
    for tolerance in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(601)] {
        let builder = JwtVerifier::builder(hs256()).leeway(tolerance).map(|_| ());
        assert_eq!(builder, Err(ConfigError::Leeway));
    }
    assert!(Duration::try_from_secs_f64(f64::INFINITY).is_err());
}

#[test]
fn cve_2026_107723_an_array_for_a_payload() {
    for payload in [format!(r#"[{{"exp":1,"iss":"{ISSUER}"}}]"#), "[]".into(), r#"["exp",1000900]"#.into()] {
        let error = VerifyError::Malformed(Malformed::Payload(JsonError::NotAnObject));
        assert_eq!(strict(&payload), Err(error), "{payload}");
    }
}

#[test]
fn cve_2024_51744_an_expired_token_whose_signature_is_wrong() {
    // The callers asked for the wrong one of two errors. Here there is one, of the signature, and no claims.
    let forged = format!("{}.{}.{}", encode(r#"{"alg":"HS256"}"#), encode(r#"{"exp":1}"#), encode([0; 32]));
    assert_eq!(verify(&forged), Err(VerifyError::BadSignature));
}

#[test]
fn cve_2025_59420_a_critical_extension_that_nobody_knows() {
    let token = with_header(r#"{"alg":"HS256","crit":["cnf"],"cnf":{"jkt":"thumb-42"}}"#);
    assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::CriticalNotUnderstood)));
    let token = with_header(r#"{"alg":"HS256","crit":["bork"],"bork":"x"}"#);
    assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::CriticalNotUnderstood)));
}

#[test]
fn cve_2026_32597_crit_is_not_looked_at() {
    let token = with_header(r#"{"alg":"HS256","crit":["x-custom-policy"],"x-custom-policy":"require-mfa"}"#);
    assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::CriticalNotUnderstood)));
    for crit in ["[]", r#"["absent"]"#, r#""x""#, r#"["alg"]"#] {
        let token = with_header(format!(r#"{{"alg":"HS256","crit":{crit}}}"#));
        assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::Critical)), "{crit}");
    }
}
