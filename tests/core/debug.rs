//! `Debug` and `Display`, exactly: enough to find a fault by, and no claim, key or token.

use std::fmt::{self, Write};

use jwtward::*;
use serde_json::Value;

use crate::support::{ED25519, NOW, SECRET, at, signed};

const PAYLOAD: &str =
    r#"{"iss":"canary","sub":"canary","jti":"canary","exp":1000900,"nbf":999999,"iat":999998.5,"x":"canary"}"#;

fn key() -> VerifyingKey {
    VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap().with_key_id(KeyId::new("k").unwrap())
}

#[test]
fn claims_show_their_times() {
    let claims = "Claims { exp: Some(NumericDate(1000900)), nbf: Some(NumericDate(999999)), \
                  iat: Some(NumericDate(999998.5)), .. }";
    let verifier = JwtVerifier::builder(key()).ignore_issuer().ignore_audience().clock(at(NOW)).build();
    let jwt = verifier.verify::<Value>(&signed(r#"{"alg":"HS256","kid":"k"}"#, PAYLOAD)).unwrap();
    assert_eq!(format!("{:?}", jwt.claims()), claims);
    assert_eq!(format!("{jwt:?}"), format!("ValidatedJwt {{ claims: {claims}, .. }}"));
    assert_eq!(jwt.payload(), PAYLOAD);
}

#[test]
fn keys_and_verifiers_show_algorithm_and_kid() {
    let shown = r#"VerifyingKey { algorithm: HS256, kid: Some("k"), .. }"#;
    assert_eq!(format!("{:?}", key()), shown);
    let set = format!("KeySet {{ keys: [{shown}], skipped: [] }}");
    assert_eq!(format!("{:?}", KeySet::from(key())), set);
    let builder = JwtVerifier::builder(key()).issuer("canary").audience("canary").subject("canary");
    assert_eq!(format!("{builder:?}"), format!("JwtVerifierBuilder {{ keys: {set}, .. }}"));
    assert_eq!(format!("{:?}", builder.build()), format!("JwtVerifier {{ keys: {set}, .. }}"));
}

#[test]
fn exported_secrets_are_shown_by_one_call_only() {
    let key = SigningKey::from_jwk(ED25519).unwrap();
    assert_eq!(format!("{:?}", key.danger_export_private_jwk().unwrap()), "SecretString(..)");
    assert_eq!(format!("{:?}", key.danger_export_private_pem().unwrap()), "SecretString(..)");
}

#[test]
fn a_writer_that_fails_is_heard() {
    /// Takes that many octets and no more.
    struct Full(usize);
    impl Write for Full {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let key = SigningKey::from_jwk(ED25519).unwrap().verifying_key().with_key_id(KeyId::new("k").unwrap());
    let jwk = key.to_jwk().unwrap();
    let set = PublicJwkSet::new([&key, &key]).unwrap();
    let credential = CredentialError::File(std::io::ErrorKind::NotFound);
    let date = NumericDate::from_secs(-5).plus(std::time::Duration::from_millis(250));
    for shown in [&jwk as &dyn fmt::Display, &set, &credential, &date] {
        let text = shown.to_string();
        for room in 0..text.len() {
            assert!(write!(Full(room), "{shown}").is_err(), "{text}: {room}");
        }
        assert!(write!(Full(text.len()), "{shown}").is_ok());
    }
    assert_eq!(date.to_string(), "-4.75");
}
