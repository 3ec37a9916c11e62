//! Loading keys: what has no name, no type or no JSON where one is due.

use jwtward::{Algorithm, JsonError, KeyError, KeyId, KeyLoader, SigningKey, VerifyingKey};

use crate::support::{ED25519, P256, RSA, der, jwk, public, rsa_key, rsa_pem};

#[test]
fn a_key_without_a_jwk_needs_an_algorithm() {
    let loader = KeyLoader::for_jwk();
    let (public, private) = (rsa_pem(), rsa_key(Algorithm::RS256).danger_export_private_pem().unwrap());
    let required = Some(KeyError::AlgorithmRequired);
    assert_eq!(loader.verifying_pem(&public).err(), required);
    assert_eq!(loader.verifying_der(&der(&public)).err(), required);
    assert_eq!(loader.verifying_secret(&[7; 32]).err(), required);
    assert_eq!(loader.signing_pem(private.expose()).err(), required);
    assert_eq!(loader.signing_der(&der(private.expose())).err(), required);
    assert_eq!(loader.signing_secret(&[7; 32]).err(), required);
}

#[test]
fn a_jwks_kid_counts_unless_the_loader_names_another() {
    let json = jwk(ED25519, &[("kid", "in the jwk".into())]);
    let loader = KeyLoader::for_jwk();
    let kid = |key: &SigningKey| key.key_id().map(|kid| kid.as_str().to_owned());
    assert_eq!(kid(&loader.signing_jwk(&json).unwrap()).as_deref(), Some("in the jwk"));
    let named = loader.key_id("named").unwrap();
    assert_eq!(kid(&named.signing_jwk(&json).unwrap()).as_deref(), Some("named"));
    let public = named.verifying_jwk(&public(&json)).unwrap();
    assert_eq!(public.key_id().map(KeyId::as_str), Some("named"));
    let empty = jwk(ED25519, &[("kid", "".into())]);
    assert_eq!(SigningKey::from_jwk(&empty).unwrap_err(), KeyError::KeyId);
}

#[test]
fn every_member_of_a_jwk_has_one_type_and_must_be_json() {
    for name in ["kty", "crv", "alg", "kid", "use", "key_ops", "x", "y", "n", "e", "k", "d", "p", "q", "dp", "dq", "qi"]
    {
        let read = |value: &str| VerifyingKey::from_jwk(&format!(r#"{{"{name}":{value}}}"#)).unwrap_err();
        for value in ["7", "null", "{}", "true", "[1]", "[[]]"] {
            assert_eq!(read(value), KeyError::Member(name), "{name} {value}");
        }
        for value in ["", "tru", "'x'", "[", "\"", "-"] {
            assert_eq!(read(value), KeyError::Json(JsonError::Syntax), "{name} {value}");
        }
    }
}

#[test]
fn a_private_member_that_is_no_base64url_is_named() {
    for (base, algorithm, names) in [
        (RSA, Algorithm::RS256, &["n", "e", "d", "p", "q", "dp", "dq", "qi"][..]),
        (P256, Algorithm::ES256, &["x", "y", "d"]),
        (ED25519, Algorithm::EdDSA, &["x", "d"]),
    ] {
        for &name in names {
            let json = jwk(base, &[(name, "=".into())]);
            assert_eq!(SigningKey::from_jwk_as(algorithm, &json).unwrap_err(), KeyError::Member(name), "{name}");
        }
    }
}
