//! Row 9 with headers that were seen before: what is remembered is what the parser said, and of verified tokens alone.

use jwtward::{Algorithm, JwtVerifier, VerifyError, VerifyingKey};

use crate::support::{CLAIMS, NOW, at, encode, hs256, signed, verifier};

/// The same header, bad each time after a good one, and the other way round.
#[test]
fn a09_a_known_header_changes_no_answer() {
    let verifier = verifier(hs256());
    let good = signed(r#"{"alg":"HS256","typ":"JWT"}"#, CLAIMS);
    let forged = {
        let (input, _) = good.rsplit_once('.').unwrap();
        format!("{input}.{}", encode([7; 32]))
    };
    let cases = [
        (forged, VerifyError::BadSignature),
        (signed(r#"{"alg":"HS256","typ":"at+jwt"}"#, CLAIMS), VerifyError::TokenType),
        (signed(r#"{"alg":"HS512","typ":"JWT"}"#, CLAIMS), VerifyError::AlgorithmMismatch),
    ];
    for _ in 0..3 {
        for (bad, error) in &cases {
            assert_eq!(verifier.verify::<()>(bad).unwrap_err(), *error);
        }
        verifier.verify::<()>(&good).unwrap();
    }
}

/// A verifier of another key or policy remembers its own, and sharing what is known between clones changes nothing.
#[test]
fn a09_what_one_verifier_knows_says_nothing_to_another() {
    let other = VerifyingKey::from_secret(Algorithm::HS256, &[8; 32]).unwrap();
    let strict = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().token_type("at+jwt").clock(at(NOW));
    let (ours, theirs, strict) = (verifier(hs256()), verifier(other), strict.build());
    let token = signed(r#"{"alg":"HS256","typ":"JWT"}"#, CLAIMS);
    for _ in 0..3 {
        ours.verify::<()>(&token).unwrap();
        ours.clone().verify::<()>(&token).unwrap();
        assert_eq!(theirs.verify::<()>(&token).unwrap_err(), VerifyError::BadSignature);
        assert_eq!(strict.verify::<()>(&token).unwrap_err(), VerifyError::TokenType);
    }
}
