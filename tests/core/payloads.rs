//! Payloads: registered claims that are no JSON, or numbers that nothing can hold.

use jwtward::{Claim, ClaimError, JsonError, Malformed, VerifyError};

use crate::support::{verify, with_payload};

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
