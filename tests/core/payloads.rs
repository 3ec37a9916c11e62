//! Payloads: registered claims that are no JSON, or numbers that nothing can hold.

use std::time::Duration;

use jwtward::{
    Algorithm, Claim, ClaimError, JsonError, JwtSigner, Malformed, NumericDate, SignError, SigningKey, VerifyError,
};

use crate::support::{SECRET, verify, with_payload};

#[test]
fn a_registered_claim_that_is_no_json_makes_the_payload_none() {
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] {
        for (value, error) in [
            ("tru", JsonError::Syntax),
            ("[1,", JsonError::Syntax),
            ("\"\\ud800\"", JsonError::LoneSurrogate),
            ("1e999", JsonError::NumberOutOfRange),
            ("", JsonError::Syntax),
        ] {
            let payload = format!(r#"{{"{name}":{value}}}"#);
            assert_eq!(
                verify(&with_payload(&payload)),
                Err(VerifyError::Malformed(Malformed::Payload(error))),
                "{payload}"
            );
        }
    }
}

#[test]
fn a_time_whose_exponent_nothing_can_hold_is_none() {
    let wrong = |claim| Err(VerifyError::Claim(ClaimError::Type(claim)));
    for time in ["1.5e-2147483648", "1e-2147483649", "0.0001e-2147483646"] {
        assert_eq!(verify(&with_payload(format!(r#"{{"exp":{time}}}"#))), wrong(Claim::ExpiresAt), "{time}");
        assert_eq!(
            verify(&with_payload(format!(r#"{{"exp":1000900,"nbf":{time}}}"#))),
            wrong(Claim::NotBefore),
            "{time}"
        );
    }
    for time in ["1e-2147483648", "0.1e-2147483647"] {
        assert_eq!(verify(&with_payload(format!(r#"{{"exp":1000900,"nbf":{time}}}"#))), Ok(()), "{time}");
    }
}

#[test]
fn a_claim_of_64_kib_as_written_is_signed_and_a_longer_one_is_not() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let signer = JwtSigner::new(key, "https://auth.example", "api", Duration::from_secs(60)).unwrap();
    let signer = signer.max_token_size(1 << 20).unwrap();
    let too_long = SignError::Json(JsonError::StringTooLong);
    for (character, length) in [("s", 65_536), ("\n", 32_768)] {
        let token = signer.sign(&character.repeat(length), &()).unwrap();
        let jwt = jwtward::JwtVerifier::builder(signer.key().verifying_key())
            .issuer("https://auth.example")
            .audience("api")
            .max_token_size(1 << 20)
            .unwrap()
            .build()
            .verify::<()>(&token)
            .unwrap();
        assert_eq!(jwt.subject().map(str::len), Some(length));
        assert_eq!(signer.sign(&character.repeat(length + 1), &()), Err(too_long));
    }
}

#[test]
fn zeros_at_the_end_of_a_time_change_nothing() {
    // At 1000000 this has expired, and what is later by the least that can be written has not.
    for exp in ["1000000", "1000000.0", "1000000.000000000000", "10000000000000e-7", "1000000000000000000e-12"] {
        let expired = verify(&with_payload(format!(r#"{{"exp":{exp}}}"#)));
        assert!(matches!(expired, Err(VerifyError::Claim(ClaimError::Expired { .. }))), "{exp}");
    }
    for exp in ["1000000.000000000001", "1000000000000000001e-12"] {
        assert_eq!(verify(&with_payload(format!(r#"{{"exp":{exp}}}"#))), Ok(()), "{exp}");
    }
    assert_eq!(NumericDate::from_secs(0).to_string(), "0");
}

#[test]
fn a_lifetime_is_one_second_to_a_hundred_years() {
    let signer = |lifetime| {
        let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
        JwtSigner::new(key, "https://auth.example", "api", lifetime).err()
    };
    let century = Duration::from_secs(100 * 365 * 86_400);
    for lifetime in [Duration::from_secs(1), century] {
        assert_eq!(signer(lifetime), None);
    }
    for lifetime in [Duration::from_nanos(999_999_999), century + Duration::from_nanos(1), Duration::MAX] {
        assert_eq!(signer(lifetime), Some(jwtward::ConfigError::Lifetime));
    }
}

#[test]
fn a_token_of_the_size_that_is_allowed_is_signed_and_with_as_many_claims_as_a_verifier_reads() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let signer = JwtSigner::new(key, "https://auth.example", "api", Duration::from_secs(60)).unwrap();
    let signer = signer.clock(crate::support::at(1000));
    let size = signer.sign("alice", &()).unwrap().len();
    assert_eq!(signer.clone().max_token_size(size).unwrap().sign("alice", &()).unwrap().len(), size);
    let small = signer.clone().max_token_size(size - 1).unwrap();
    assert_eq!(small.sign("alice", &()), Err(SignError::TooLarge { size, limit: size - 1 }));

    // 256 members, of which seven are for the registered claims.
    let claims = |count| (0..count).map(|i| (format!("c{i}"), i)).collect::<std::collections::BTreeMap<_, _>>();
    let token = signer.sign("alice", &claims(249)).unwrap();
    let verifier = jwtward::JwtVerifier::builder(signer.key().verifying_key()).issuer("https://auth.example");
    let verifier = verifier.audience("api").clock(crate::support::at(1000)).build();
    let jwt = verifier.verify::<std::collections::BTreeMap<String, u32>>(&token).unwrap();
    assert_eq!(jwt.custom(), &claims(249));
    assert_eq!(signer.sign("alice", &claims(250)), Err(SignError::Json(JsonError::TooManyMembers)));
}
