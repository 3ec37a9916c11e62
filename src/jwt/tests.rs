//! What is seen from inside only.

use super::JwtVerifier;
use crate::{algorithm::Algorithm, key::VerifyingKey};

#[test]
fn debug_of_the_rules_shows_none_of_what_they_expect() {
    let key = VerifyingKey::from_secret(Algorithm::HS256, &[7; 32]).unwrap();
    let verifier = JwtVerifier::builder(key).issuer("canary").audience("canary").subject("canary").build();
    assert_eq!(format!("{:?}", verifier.rules), "TokenRules { .. }");
}
