//! Loading keys: what has no name, no type or no JSON where one is due.

use jwtward::{Algorithm, JsonError, KeyError, KeyId, KeyLoader, KeySet, SigningKey, VerifyingKey};

use crate::support::{ED25519, P256, RSA, SECRET, der, encode, jwk, member, public, rsa_key, rsa_pem};

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

#[test]
fn a_secret_that_only_begins_like_der_is_a_secret() {
    // A SEQUENCE of one element, which no key is.
    let one = [&[0x30, 30, 4, 28][..], &[7; 28]].concat();
    // A SEQUENCE of two, and octets after it.
    let followed = [&[0x30, 6, 2, 1, 5, 2, 1, 5][..], &[0xab; 24]].concat();
    for secret in [one, followed] {
        assert!(VerifyingKey::from_secret(Algorithm::HS256, &secret).is_ok(), "{secret:x?}");
    }
    // The same two with white space and NUL alone after them.
    let padded = [&[0x30, 6, 2, 1, 5, 2, 1, 5][..], &[0; 12], &[b'\n'; 12]].concat();
    assert_eq!(VerifyingKey::from_secret(Algorithm::HS256, &padded).unwrap_err(), KeyError::SecretIsKey);
}

#[test]
fn in_a_set_each_key_keeps_its_own_kid_whatever_the_loader_names() {
    let loader = KeyLoader::for_jwk().key_id("named").unwrap();
    let [first, second] = [(ED25519, "first"), (P256, "second")].map(|(base, kid)| jwk(base, &[("kid", kid.into())]));
    let set = loader.verifying_jwks(&format!(r#"{{"keys":[{},{}]}}"#, public(&first), public(&second))).unwrap();
    assert_eq!(kids(&set), ["first", "second"]);

    let oct = |kid: &str| format!(r#"{{"kty":"oct","alg":"HS256","kid":"{kid}","k":"{}"}}"#, encode(SECRET));
    let secrets = format!(r#"{{"keys":[{},{}]}}"#, oct("first"), oct("second"));
    assert_eq!(kids(&loader.verifying_secret_jwks(&secrets).unwrap()), ["first", "second"]);

    let (keys, skipped) = loader.signing_jwks(&format!(r#"{{"keys":[{first},{second},{}]}}"#, oct("third"))).unwrap();
    let kids: Vec<_> = keys.iter().map(|key| key.key_id().unwrap().as_str()).collect();
    assert_eq!((kids.as_slice(), skipped.as_slice()), (&["first", "second", "third"][..], &[][..]));
}

/// The kids in a set's `Debug`.
fn kids(set: &KeySet) -> Vec<String> {
    let shown = format!("{set:?}");
    shown.split("kid: Some(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn a_secrets_kid_is_that_of_its_jwk_or_of_the_loader() {
    let oct = format!(r#"{{"kty":"oct","alg":"HS256","kid":"in the jwk","k":"{}"}}"#, encode(SECRET));
    for (loader, kid) in
        [(KeyLoader::for_jwk(), "in the jwk"), (KeyLoader::for_jwk().key_id("named").unwrap(), "named")]
    {
        assert_eq!(loader.verifying_jwk(&oct).unwrap().key_id().map(KeyId::as_str), Some(kid));
        assert_eq!(loader.signing_jwk(&oct).unwrap().key_id().map(KeyId::as_str), Some(kid));
    }
}

#[test]
fn a_long_exponent_that_ends_in_a_usual_one_is_refused() {
    for length in [6, 8, 9, 12, 64] {
        let mut exponent = vec![0; length];
        exponent[0] = 1;
        exponent[length - 3..].copy_from_slice(&[1, 0, 1]);
        let json = jwk(&public(RSA), &[("e", encode(&exponent).into())]);
        assert_eq!(VerifyingKey::from_jwk_as(Algorithm::RS256, &json).unwrap_err(), KeyError::Exponent, "{length}");
    }
}

#[test]
fn the_largest_exponent_is_below_2_to_the_33() {
    let load = |exponent: u64| {
        let octets = exponent.to_be_bytes();
        let octets = &octets[octets.iter().position(|octet| *octet != 0).unwrap()..];
        VerifyingKey::from_jwk_as(Algorithm::RS256, &jwk(&public(RSA), &[("e", encode(octets).into())])).err()
    };
    for (exponent, error) in
        [((1 << 33) - 1, None), ((1 << 33) + 1, Some(KeyError::Exponent)), ((1 << 34) - 1, Some(KeyError::Exponent))]
    {
        assert_eq!(load(exponent), error, "{exponent}");
    }
}

#[test]
fn a_set_of_256_kib_and_a_key_of_64_kib_are_read() {
    let padded = |json: &str, length| format!("{json}{}", " ".repeat(length - json.len()));
    let set = format!(r#"{{"keys":[{}]}}"#, public(ED25519));
    assert_eq!(KeySet::from_jwks(&padded(&set, 256 * 1024)).unwrap().len(), 1);
    assert_eq!(VerifyingKey::from_jwk(&padded(&public(ED25519), 64 * 1024)).err(), None);
    let too_large = KeyError::TooLarge { size: 65_537, limit: 65_536 };
    assert_eq!(VerifyingKey::from_jwk(&padded(&public(ED25519), 64 * 1024 + 1)).err(), Some(too_large));
    assert!(KeySet::from_jwks(&padded(&set, 256 * 1024 + 1)).is_err());
}

#[test]
fn an_ed25519_key_with_parameters_is_of_another_type() {
    let point = member(ED25519, "x");
    let with = |identifier: &[u8]| {
        let algorithm = [&[0x30, identifier.len() as u8][..], identifier].concat();
        let content = [&algorithm[..], &[3, 33, 0], &point].concat();
        [&[0x30, content.len() as u8][..], &content].concat()
    };
    let load = |identifier: &[u8]| VerifyingKey::from_der(Algorithm::EdDSA, &with(identifier)).err();
    // RFC 8410 section 3: the parameters must be absent, not even NULL.
    assert_eq!(load(&[6, 3, 0x2b, 0x65, 0x70]), None);
    assert_eq!(load(&[6, 3, 0x2b, 0x65, 0x70, 5, 0]), Some(KeyError::WrongKeyType));
    // The identifier of elliptic curves, without its curve.
    assert_eq!(load(&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), Some(KeyError::WrongKeyType));
}

#[test]
fn an_rsa_key_in_pkcs8_beside_a_public_key_is_not_read() {
    let plain = include_bytes!("../keys/files/rsa.pkcs8.der");
    let content = [&[2, 1, 1][..], &plain[7..], &[0x81, 2, 0, 7]].concat();
    let [.., high, low] = content.len().to_be_bytes();
    let with_public = [&[0x30, 0x82, high, low][..], &content].concat();
    assert!(SigningKey::from_der(Algorithm::RS256, plain).is_ok());
    assert_eq!(SigningKey::from_der(Algorithm::RS256, &with_public).unwrap_err(), KeyError::UnsupportedFormat);
}
