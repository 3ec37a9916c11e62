//! Encrypted tokens, which this library does not read: where a signed one is due, each is refused before anything is done
//! with it.

use jwtward::{Algorithm, Malformed, VerifyError};
use serde_json::{Value, json};

use crate::support::{encode, hs256, rsa_key, verify_with, with_header};

/// Shows a JWE with that header to a verifier of HMAC and one of RSA tokens, then a signed token with the same header.
fn refused(header: &Value) {
    let segments = Err(VerifyError::Malformed(Malformed::Segments));
    for key in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let jwe = format!("{}.{key}.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", encode(header.to_string()));
        assert_eq!(verify_with(hs256(), &jwe), segments, "{header}");
        assert_eq!(verify_with(rsa_key(Algorithm::RS256).verifying_key(), &jwe), segments, "{header}");
    }
    let expected = match header.get("zip") {
        Some(_) => VerifyError::Malformed(Malformed::Compressed),
        None => VerifyError::AlgorithmMismatch,
    };
    assert_eq!(verify_with(hs256(), &with_header(header.to_string())), Err(expected), "{header}");
}

/// A password is stretched as often as the header says.
fn stretched(algorithm: &str, encryption: &str, count: u64) {
    refused(&json!({"alg": algorithm, "enc": encryption, "p2s": "AAAAAAAAAAAAAAAAAAAAAA", "p2c": count}));
}

#[test]
fn cve_2023_6681_p2c_of_two_to_the_31() {
    stretched("PBES2-HS256+A128KW", "A128CBC-HS256", 2_147_483_647);
}

#[test]
fn cve_2023_49290_p2c_of_two_billion() {
    stretched("PBES2-HS256+A128KW", "A256GCM", 2_000_000_000);
}

#[test]
fn cve_2023_50658_p2c_under_hs512() {
    stretched("PBES2-HS512+A256KW", "A256CBC-HS512", 4_294_967_295);
}

#[test]
fn cve_2023_50967_p2c_under_hs384() {
    stretched("PBES2-HS384+A192KW", "A192GCM", 2_147_483_647);
}

#[test]
fn cve_2023_51775_p2c_beyond_32_bits() {
    stretched("PBES2-HS256+A128KW", "A128GCM", 9_223_372_036_854_775_807);
}

#[test]
fn cve_2023_52428_p2c_beyond_63_bits() {
    stretched("PBES2-HS512+A256KW", "A256GCM", 18_446_744_073_709_551_615);
}

/// A little that unpacks to much.
fn compressed(algorithm: &str, encryption: &str) {
    refused(&json!({"alg": algorithm, "enc": encryption, "zip": "DEF"}));
}

#[test]
fn cve_2024_21319_zip_under_a_wrapped_key() {
    compressed("A256KW", "A256CBC-HS512");
}

#[test]
fn cve_2024_28102_zip_under_a_short_wrapped_key() {
    compressed("A128KW", "A128GCM");
}

#[test]
fn cve_2024_28122_zip_under_rsa_oaep_256() {
    compressed("RSA-OAEP-256", "A256GCM");
}

#[test]
fn cve_2024_28176_zip_under_ecdh() {
    compressed("ECDH-ES", "A128CBC-HS256");
}

#[test]
fn cve_2024_28180_zip_under_rsa_oaep() {
    compressed("RSA-OAEP", "A128GCM");
}

#[test]
fn cve_2024_29371_zip_under_a_shared_key() {
    compressed("dir", "A256GCM");
}

#[test]
fn cve_2024_33664_zip_under_a_shared_key_and_cbc() {
    compressed("dir", "A128CBC-HS256");
}

#[test]
fn cve_2025_62706_zip_under_ecdh_and_a_wrapped_key() {
    compressed("ECDH-ES+A256KW", "A256GCM");
}

#[test]
fn cve_2023_51774_encrypted_for_the_public_key_that_should_have_verified() {
    refused(&json!({"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "typ": "JWT"}));
    refused(&json!({"alg": "RSA1_5", "enc": "A128CBC-HS256", "typ": "JWT"}));
}

#[test]
fn cve_2026_29000_an_unsigned_token_within_an_encrypted_one() {
    refused(&json!({"alg": "RSA-OAEP-256", "enc": "A256GCM"}));
    let nested = with_header(r#"{"alg":"HS256","cty":"JWT"}"#);
    assert_eq!(verify_with(hs256(), &nested), Err(VerifyError::Malformed(Malformed::Nested)));
    let plain = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(r#"{"sub":"admin","exp":1000900}"#));
    assert_eq!(verify_with(hs256(), &plain), Err(VerifyError::Malformed(Malformed::Segments)));
}
