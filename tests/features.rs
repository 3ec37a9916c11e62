//! What is left out of a build is refused by name, and nothing else changes.

#![allow(clippy::unwrap_used)]

use jwtward::{Algorithm, KeyError, SigningKey, VerifyingKey};

fn built_in(algorithm: Algorithm) -> bool {
    match algorithm.as_str().get(..2).unwrap() {
        "HS" => cfg!(feature = "hs"),
        "RS" | "PS" => cfg!(feature = "rsa"),
        "ES" => cfg!(feature = "es"),
        _ => cfg!(feature = "eddsa"),
    }
}

/// A public key, or for HMAC a secret, of the algorithm's type.
fn jwk(algorithm: Algorithm) -> String {
    let members = match algorithm.as_str() {
        "HS256" | "HS384" | "HS512" => format!(r#""kty":"oct","k":"{}""#, "A".repeat(86)),
        "ES256" => r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#.to_owned(),
        "ES384" => r#""kty":"EC","crv":"P-384","x":"AA","y":"AA""#.to_owned(),
        "ES512" => r#""kty":"EC","crv":"P-521","x":"AA","y":"AA""#.to_owned(),
        "EdDSA" | "Ed25519" => r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#.to_owned(),
        _ => format!(r#""kty":"RSA","e":"AQAB","n":"{}B""#, "_".repeat(342)),
    };
    format!("{{{members}}}")
}

#[test]
fn an_algorithm_that_is_not_built_in_is_refused_when_its_key_is_made_or_loaded() {
    for &algorithm in Algorithm::ALL {
        let disabled = Some(KeyError::AlgorithmDisabled(algorithm));
        let (made, loaded) =
            (SigningKey::generate(algorithm).err(), VerifyingKey::from_jwk_as(algorithm, &jwk(algorithm)).err());
        if built_in(algorithm) {
            assert_eq!(made, None, "{algorithm}");
            assert_ne!(loaded, disabled, "{algorithm}");
        } else {
            assert_eq!(made, disabled, "{algorithm}");
            assert_eq!(loaded, disabled, "{algorithm}");
        }
    }
}

#[test]
#[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
fn an_algorithm_that_is_not_built_in_is_refused_when_its_key_is_read_from_pem() {
    for &algorithm in Algorithm::ALL {
        let (public, private) = match algorithm.as_str() {
            "HS256" | "HS384" | "HS512" => continue,
            "ES256" => (include_str!("keys/files/p256.spki.pem"), include_str!("keys/files/p256.pkcs8.pem")),
            "ES384" => (include_str!("keys/files/p384.spki.pem"), include_str!("keys/files/p384.pkcs8.pem")),
            "ES512" => (include_str!("keys/files/p521.spki.pem"), include_str!("keys/files/p521.pkcs8.pem")),
            "EdDSA" | "Ed25519" => {
                (include_str!("keys/files/ed25519.spki.pem"), include_str!("keys/files/ed25519.pkcs8.pem"))
            }
            _ => (include_str!("keys/files/rsa.spki.pem"), include_str!("keys/files/rsa.pkcs8.pem")),
        };
        let expected = (!built_in(algorithm)).then_some(KeyError::AlgorithmDisabled(algorithm));
        assert_eq!(VerifyingKey::from_pem(algorithm, public).err(), expected);
        assert_eq!(SigningKey::from_pem(algorithm, private).err(), expected);
    }
}
