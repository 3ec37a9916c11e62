//! Public and private parts that do not belong together.

use jwtward::{Algorithm, KeyError, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::support::*;

const SEED: [u8; 32] = [7; 32];

/// The public point of a seed, by way of a PKCS#8 file that does not hold it.
fn ed25519_public(seed: [u8; 32]) -> Vec<u8> {
    let der = [&[0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32][..], &seed].concat();
    let key = SigningKey::from_der(Algorithm::EdDSA, &der).unwrap().verifying_key();
    octets(&serde_json::from_str(&key.to_jwk().unwrap().to_string()).unwrap(), "x")
}

/// RFC 5958: version 2 holds the public key as well.
fn ed25519_version_2(seed: [u8; 32], public: &[u8]) -> Vec<u8> {
    let head = [0x30, 48 + 33, 2, 1, 1, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32];
    [&head[..], &seed, &[0x81, 33, 0], public].concat()
}

#[test]
fn ed25519_pkcs8_version_2() {
    let public = ed25519_public(SEED);
    let der = ed25519_version_2(SEED, &public);
    let key = SigningKey::from_der(Algorithm::EdDSA, &der).unwrap();
    assert_eq!(signing(Algorithm::Ed25519, &block("PRIVATE KEY", &der)), Ok(()));
    assert_eq!(octets(&serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap(), "x"), public);

    let other = ed25519_version_2(SEED, &ed25519_public([8; 32]));
    assert_eq!(SigningKey::from_der(Algorithm::EdDSA, &other).err(), Some(KeyError::Mismatch));
    assert_eq!(signing(Algorithm::EdDSA, &block("PRIVATE KEY", &other)), Err(KeyError::Mismatch));
}

#[test]
fn sec1_and_pkcs8_of_elliptic_curves() {
    // The public point stands at the end of either file; another key's stands there too.
    for (algorithm, this, other) in [
        (Algorithm::ES256, der!("p256.sec1.der"), "p256"),
        (Algorithm::ES256, der!("p256.pkcs8.der"), "p256"),
        (Algorithm::ES384, der!("p384.sec1.der"), "p384"),
        (Algorithm::ES512, der!("p521.sec1.der"), "p521"),
    ] {
        let point = SigningKey::generate(algorithm).unwrap().verifying_key().to_jwk().unwrap().to_string();
        let point: Value = serde_json::from_str(&point).unwrap();
        let point = [octets(&point, "x"), octets(&point, "y")].concat();
        let mut mixed = this.to_vec();
        let end = mixed.len();
        mixed[end - point.len()..].copy_from_slice(&point);
        assert_eq!(SigningKey::from_der(algorithm, &mixed).err(), Some(KeyError::Mismatch), "{other}");
        // A point that is on no curve.
        mixed[end - 1] ^= 1;
        assert_eq!(SigningKey::from_der(algorithm, &mixed).err(), Some(KeyError::Point), "{other}");
    }
}

#[test]
fn elliptic_curve_pkcs8_version_2() {
    let mut der = der!("p256.pkcs8.der").to_vec();
    let other = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key().to_jwk().unwrap().to_string();
    let other: Value = serde_json::from_str(&other).unwrap();
    // 30 81 len, 02 01 version.
    assert_eq!(der[..2], [0x30, 0x81]);
    der[2] += 2 + 66;
    der[5] = 1;
    der.extend([0x81, 66, 0, 4]);
    der.extend(octets(&other, "x"));
    der.extend(octets(&other, "y"));
    assert_eq!(SigningKey::from_der(Algorithm::ES256, &der).err(), Some(KeyError::Mismatch));
}

#[test]
fn elliptic_curve_jwk() {
    for (algorithm, pem) in [
        (Algorithm::ES256, P256),
        (Algorithm::ES384, key_file!("p384.pkcs8.pem")),
        (Algorithm::ES512, key_file!("p521.pkcs8.pem")),
    ] {
        let jwk = private_jwk(algorithm, pem);
        let other = SigningKey::generate(algorithm).unwrap();
        let other: Value = serde_json::from_str(other.danger_export_private_jwk().unwrap().expose()).unwrap();
        assert_eq!(from_jwk(&jwk.to_string()), Ok(()));
        assert_eq!(from_jwk(&with(&jwk, &[("d", other["d"].clone())])), Err(KeyError::Mismatch));
        let point = [("x", other["x"].clone()), ("y", other["y"].clone())];
        assert_eq!(from_jwk(&with(&jwk, &point)), Err(KeyError::Mismatch));
        assert_eq!(from_jwk(&with(&jwk, &point[..1])), Err(KeyError::Point));
        assert_eq!(from_public_jwk(&with(&public_jwk(algorithm, pem), &point[1..])), Err(KeyError::Point));
        for name in ["x", "y"] {
            assert_eq!(from_jwk(&without(&jwk, &[name])), Err(KeyError::Member(name)));
            assert_eq!(from_public_jwk(&without(&public_jwk(algorithm, pem), &[name])), Err(KeyError::Member(name)));
            // A coordinate has the field's length, with leading zeros if need be and without any beyond.
            let long = b64u(&[&[0][..], &octets(&jwk, name)].concat());
            assert_eq!(from_jwk(&with(&jwk, &[(name, long.into())])), Err(KeyError::Point));
            let short = b64u(&octets(&jwk, name)[1..]);
            assert_eq!(from_jwk(&with(&jwk, &[(name, short.clone().into())])), Err(KeyError::Point));
            // The public half is read first.
            assert_eq!(from_jwk(&with(&jwk, &[(name, short.into()), ("d", "AA".into())])), Err(KeyError::Point));
        }
        let length = octets(&jwk, "d").len();
        for d in [
            vec![0; length],
            vec![0xff; length],
            octets(&jwk, "d")[1..].to_vec(),
            [&[0][..], &octets(&jwk, "d")].concat(),
        ] {
            assert_eq!(from_jwk(&with(&jwk, &[("d", b64u(&d).into())])), Err(KeyError::PrivateValue));
        }
        let zero = b64u(&vec![0; length]);
        assert_eq!(from_jwk(&with(&jwk, &[("x", zero.clone().into()), ("y", zero.into())])), Err(KeyError::Point));
    }
}

#[test]
fn octet_key_pair_jwk() {
    let jwk = private_jwk(Algorithm::EdDSA, ED25519);
    assert_eq!(from_jwk(&jwk.to_string()), Ok(()));
    assert_eq!(from_jwk(&with(&jwk, &[("x", b64u(&ed25519_public(SEED)).into())])), Err(KeyError::Mismatch));
    assert_eq!(from_jwk(&with(&jwk, &[("d", b64u(&SEED).into())])), Err(KeyError::Mismatch));
    assert_eq!(from_jwk(&with(&jwk, &[("d", b64u(&SEED[1..]).into())])), Err(KeyError::PrivateValue));
    assert_eq!(from_jwk(&without(&jwk, &["x"])), Err(KeyError::Member("x")));
    let public = public_jwk(Algorithm::EdDSA, ED25519);
    let p = "ed-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-ff-7f";
    let p: Vec<u8> = p.split('-').map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect();
    let mut one = [0; 32];
    one[0] = 1;
    // Small orders; not canonical; no point; the wrong length.
    for x in [&[0; 32][..], &one, &p, &[0xff; 32], &[2; 32][..31], &[2; 33]] {
        assert_eq!(from_public_jwk(&with(&public, &[("x", b64u(x).into())])), Err(KeyError::Point), "{x:?}");
    }
}

#[test]
fn rsa_jwk() {
    let jwk = private_jwk(Algorithm::RS256, RSA);
    assert_eq!(from_jwk(&jwk.to_string()), Ok(()));
    for name in ["d", "p", "q", "dp", "dq", "qi", "n"] {
        assert_eq!(from_jwk(&with(&jwk, &[(name, flipped(&jwk, name))])), Err(KeyError::PrivateValue), "{name}");
    }
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        for wrong in [vec![], vec![0], vec![1], vec![0xff; 256], vec![0xff; 257]] {
            assert_eq!(from_jwk(&with(&jwk, &[(name, b64u(&wrong).into())])), Err(KeyError::PrivateValue), "{name}");
        }
    }
    // The factors exchanged: then dp, dq and qi are wrong.
    let exchanged = [("p", jwk["q"].clone()), ("q", jwk["p"].clone())];
    assert_eq!(from_jwk(&with(&jwk, &exchanged)), Err(KeyError::PrivateValue));
    // Factors that are none.
    let trivial = [("p", jwk["n"].clone()), ("q", "AQ".into())];
    assert_eq!(from_jwk(&with(&jwk, &trivial)), Err(KeyError::PrivateValue));
}

#[test]
fn rsa_jwk_with_all_or_none_of_the_factors() {
    let jwk = private_jwk(Algorithm::PS384, RSA);
    let factors = ["p", "q", "dp", "dq", "qi"];
    let bare = without(&jwk, &factors);
    let key = SigningKey::from_jwk(&bare).unwrap();
    assert_eq!(key.verifying_key().thumbprint().as_deref(), Ok(FIXTURES[0].thumbprint));
    let again: Value = serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap();
    let found = |name: &str| [&jwk["p"], &jwk["q"]].contains(&&again[name]);
    assert!(found("p") && found("q"));
    for name in factors {
        assert_eq!(from_jwk(&without(&jwk, &[name])), Err(KeyError::Member(name)));
        let alone = with(&serde_json::from_str(&bare).unwrap(), &[(name, jwk[name].clone())]);
        assert!(matches!(from_jwk(&alone), Err(KeyError::Member(_))), "{name}");
    }
    let bare: Value = serde_json::from_str(&bare).unwrap();
    for d in [flipped(&jwk, "d"), "AQ".into(), "AQAB".into(), jwk["n"].clone()] {
        assert_eq!(from_jwk(&with(&bare, &[("d", d)])), Err(KeyError::PrivateValue));
    }
    assert_eq!(from_jwk(&with(&jwk, &[("oth", json!([]))])), Err(KeyError::UnsupportedFormat));
}

#[test]
fn rsa_jwk_with_a_private_exponent_of_zero() {
    let jwk = private_jwk(Algorithm::RS256, RSA);
    let bare: Value = serde_json::from_str(&without(&jwk, &["p", "q", "dp", "dq", "qi"])).unwrap();
    for d in ["", "AA", "AAAA"] {
        assert!(from_jwk(&with(&bare, &[("d", d.into())])).is_err());
    }
}

#[test]
fn a_public_half_that_is_given_beside_the_private_one() {
    for fixture in &FIXTURES {
        let key = SigningKey::from_pem(fixture.algorithms[0], fixture.private[0]).unwrap();
        for other in &FIXTURES {
            let public = VerifyingKey::from_pem(other.algorithms[0], other.public[0]).unwrap();
            let expected = if fixture.thumbprint == other.thumbprint { Ok(()) } else { Err(KeyError::Mismatch) };
            assert_eq!(key.check_public(&public), expected);
        }
    }
    let other = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key();
    assert_eq!(SigningKey::from_pem(Algorithm::ES256, P256).unwrap().check_public(&other), Err(KeyError::Mismatch));
    // The same numbers under another algorithm are another key.
    let ps = VerifyingKey::from_pem(Algorithm::PS256, key_file!("rsa.spki.pem")).unwrap();
    assert_eq!(SigningKey::from_pem(Algorithm::RS256, RSA).unwrap().check_public(&ps), Err(KeyError::Mismatch));
}
