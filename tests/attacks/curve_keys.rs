//! Row 19: elliptic-curve keys that are refused while loading.

use der::{
    Encode,
    asn1::{BitStringRef, ObjectIdentifier, OctetStringRef},
};
use jwtward::{Algorithm, KeyError, SigningKey, VerifyingKey};
use pkcs8::PrivateKeyInfoRef;
use serde_json::json;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::support::{ED25519, P256, P521, encode, jwk, member, public};

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

fn spki(point: &[u8]) -> Vec<u8> {
    let algorithm = AlgorithmIdentifierRef { oid: EC, parameters: Some((&P256_OID).into()) };
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(point).unwrap() }
        .to_der()
        .unwrap()
}

/// The P-256 key's point under that first octet.
fn tagged(tag: u8) -> Vec<u8> {
    [&[tag], member(P256, "x").as_slice(), &member(P256, "y")].concat()
}

#[test]
fn a19_a_point_off_the_curve() {
    for base in [P256, P521] {
        for name in ["x", "y"] {
            let mut octets = member(base, name);
            *octets.last_mut().unwrap() ^= 1;
            let off = [(name, json!(encode(octets)))];
            assert_eq!(VerifyingKey::from_jwk(&jwk(&public(base), &off)).unwrap_err(), KeyError::Point);
            assert_eq!(SigningKey::from_jwk(&jwk(base, &off)).unwrap_err(), KeyError::Point);
        }
        let swapped = [("x", json!(encode(member(base, "y")))), ("y", json!(encode(member(base, "x"))))];
        assert_eq!(VerifyingKey::from_jwk(&jwk(&public(base), &swapped)).unwrap_err(), KeyError::Point);
        let zeros = json!(encode(vec![0; member(base, "x").len()]));
        let origin = [("x", zeros.clone()), ("y", zeros)];
        assert_eq!(VerifyingKey::from_jwk(&jwk(&public(base), &origin)).unwrap_err(), KeyError::Point);
    }
}

#[test]
fn a19_the_point_at_infinity() {
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &spki(&[0])).unwrap_err(), KeyError::Point);
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &spki(&[])).unwrap_err(), KeyError::Point);
    let zeros = [&[0][..], &[0; 64]].concat();
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &spki(&zeros)).unwrap_err(), KeyError::Point);
}

#[test]
fn a19_a_point_in_another_form() {
    // Uncompressed and compressed are RFC 5480's two forms; the hybrid and the compact form are not among them.
    assert!(VerifyingKey::from_der(Algorithm::ES256, &spki(&tagged(4))).is_ok());
    for tag in [0, 1, 2, 3, 5, 6, 7, 0xff] {
        assert_eq!(
            VerifyingKey::from_der(Algorithm::ES256, &spki(&tagged(tag))).unwrap_err(),
            KeyError::Point,
            "{tag}"
        );
    }
    let sign = 2 + (member(P256, "y")[31] & 1);
    let compressed = [&[sign], member(P256, "x").as_slice()].concat();
    let loaded = VerifyingKey::from_der(Algorithm::ES256, &spki(&compressed)).unwrap();
    assert_eq!(loaded.thumbprint(), VerifyingKey::from_jwk(&public(P256)).unwrap().thumbprint());
}

/// An octet 5 and x, as in a draft that never became a standard: not one of RFC 5480's forms.
#[test]
fn a19_a_point_in_the_compact_form() {
    let compact = [&[5], member(P256, "x").as_slice()].concat();
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &spki(&compact)).unwrap_err(), KeyError::Point);
}

#[test]
fn a19_a_coordinate_of_the_wrong_length_or_too_large() {
    for base in [P256, P521] {
        for name in ["x", "y"] {
            let honest = member(base, name);
            for wrong in [
                Vec::new(),
                honest[1..].to_vec(),
                [&[0], honest.as_slice()].concat(),
                [honest.as_slice(), &[0]].concat(),
                vec![0xff; honest.len()],
                vec![1; 4096],
            ] {
                let changed = jwk(&public(base), &[(name, json!(encode(&wrong)))]);
                assert_eq!(VerifyingKey::from_jwk(&changed).unwrap_err(), KeyError::Point, "{name} {}", wrong.len());
            }
            let missing = jwk(&public(base), &[(name, json!(null))]);
            assert_eq!(VerifyingKey::from_jwk(&missing).unwrap_err(), KeyError::Member(name));
        }
    }
    // p itself and p + 1 for P-256's x: the numbers 0 and 1, written as no one should.
    let p = "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF";
    let mut octets: Vec<u8> = (0..64).step_by(2).map(|i| u8::from_str_radix(&p[i..i + 2], 16).unwrap()).collect();
    let at_p = jwk(&public(P256), &[("x", json!(encode(&octets)))]);
    assert_eq!(VerifyingKey::from_jwk(&at_p).unwrap_err(), KeyError::Point);
    // 2^256 − 1 ≥ p in both coordinates, by DER.
    octets = [&[4][..], &[0xff; 64]].concat();
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &spki(&octets)).unwrap_err(), KeyError::Point);
    for length in [0, 31, 33, 64] {
        let wrong = jwk(&public(ED25519), &[("x", json!(encode(vec![9; length])))]);
        assert_eq!(VerifyingKey::from_jwk(&wrong).unwrap_err(), KeyError::Point, "{length}");
    }
}

#[test]
fn a19_a_public_point_that_does_not_belong_to_the_private_value() {
    for base in [P256, P521, ED25519] {
        let algorithm = SigningKey::from_jwk(base).unwrap().algorithm();
        let other = SigningKey::generate(algorithm).unwrap().verifying_key().to_jwk().unwrap().to_string();
        let mut changes = vec![("x", json!(encode(member(&other, "x"))))];
        if base != ED25519 {
            changes.push(("y", json!(encode(member(&other, "y")))));
        }
        assert_eq!(SigningKey::from_jwk(&jwk(base, &changes)).unwrap_err(), KeyError::Mismatch);
    }
    // The same x with the other y: the negated point.
    let p =
        rsa::BoxedUint::from_be_hex("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF", 256).unwrap();
    let y = rsa::BoxedUint::from_be_slice(&member(P256, "y"), 256).unwrap();
    let negated = jwk(P256, &[("y", json!(encode(p.wrapping_sub(y).to_be_bytes())))]);
    assert_eq!(SigningKey::from_jwk(&negated).unwrap_err(), KeyError::Mismatch);
    assert!(VerifyingKey::from_jwk(&public(&negated)).is_ok());
}

#[test]
fn a19_a_private_scalar_out_of_range_or_of_the_wrong_length() {
    let n = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    let n: Vec<u8> = (0..64).step_by(2).map(|i| u8::from_str_radix(&n[i..i + 2], 16).unwrap()).collect();
    for d in [vec![], vec![0; 32], n, vec![0xff; 32], vec![1; 31], vec![1; 33], [vec![0], member(P256, "d")].concat()] {
        let wrong = jwk(P256, &[("d", json!(encode(&d)))]);
        assert_eq!(SigningKey::from_jwk(&wrong).unwrap_err(), KeyError::PrivateValue, "{d:02x?}");
    }
    for length in [0, 31, 33, 64] {
        let wrong = jwk(ED25519, &[("d", json!(encode(vec![1; length])))]);
        assert_eq!(SigningKey::from_jwk(&wrong).unwrap_err(), KeyError::PrivateValue, "{length}");
    }
}

/// PKCS#8 version 2 has a place for the public key beside the algorithm's own structure.
fn pkcs8(algorithm: AlgorithmIdentifierRef<'_>, private: &[u8], public: &[u8]) -> Vec<u8> {
    let info = PrivateKeyInfoRef {
        algorithm,
        private_key: OctetStringRef::new(private).unwrap(),
        public_key: Some(BitStringRef::from_bytes(public).unwrap()),
    };
    info.to_der().unwrap()
}

#[test]
fn a19_pkcs8_with_a_foreign_ed25519_public_key() {
    let algorithm = AlgorithmIdentifierRef { oid: ED25519_OID, parameters: None };
    let seed = [&[4, 32], member(ED25519, "d").as_slice()].concat();
    let other = SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key().to_jwk().unwrap().to_string();
    let load = |public: &[u8]| SigningKey::from_der(Algorithm::EdDSA, &pkcs8(algorithm, &seed, public)).map(|_| ());
    assert_eq!(load(&member(ED25519, "x")), Ok(()));
    assert_eq!(load(&member(&other, "x")), Err(KeyError::Mismatch));
    assert_eq!(load(&[1]), Err(KeyError::Point));
}

#[test]
fn a19_pkcs8_with_a_foreign_p256_public_key() {
    let algorithm = AlgorithmIdentifierRef { oid: EC, parameters: Some((&P256_OID).into()) };
    let scalar = member(P256, "d");
    let sec1 = sec1::EcPrivateKey { private_key: &scalar, parameters: None, public_key: None }.to_der().unwrap();
    let load = |public: &[u8]| SigningKey::from_der(Algorithm::ES256, &pkcs8(algorithm, &sec1, public)).map(|_| ());
    assert_eq!(load(&tagged(4)), Ok(()));
    let other = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key().to_jwk().unwrap().to_string();
    let foreign = [&[4], member(&other, "x").as_slice(), &member(&other, "y")].concat();
    assert_eq!(load(&foreign), Err(KeyError::Mismatch));
}

#[test]
fn a19_sec1_with_a_foreign_public_key_or_curve() {
    let scalar = member(P256, "d");
    let other = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key().to_jwk().unwrap().to_string();
    let foreign = [&[4], member(&other, "x").as_slice(), &member(&other, "y")].concat();
    let load =
        |sec1: sec1::EcPrivateKey<'_>| SigningKey::from_der(Algorithm::ES256, &sec1.to_der().unwrap()).map(|_| ());
    let key = |public_key, parameters| sec1::EcPrivateKey { private_key: &scalar, parameters, public_key };
    assert_eq!(load(key(Some(&foreign), None)), Err(KeyError::Mismatch));
    let p384 = sec1::EcParameters::NamedCurve(ObjectIdentifier::new_unwrap("1.3.132.0.34"));
    assert_eq!(load(key(None, Some(p384))), Err(KeyError::WrongKeyType));
    let p256 = sec1::EcParameters::NamedCurve(P256_OID);
    assert_eq!(load(key(Some(&tagged(4)), Some(p256))), Ok(()));
}

#[test]
fn a19_explicit_curve_parameters() {
    // CVE-2020-0601's way: the file brings its own generator. Only named curves are read.
    let explicit = [0x30, 0x03, 0x02, 0x01, 0x01];
    let parameters = der::asn1::AnyRef::new(der::Tag::Sequence, &explicit[2..]).unwrap();
    let point = tagged(4);
    for parameters in [parameters, der::asn1::AnyRef::NULL] {
        let info = with_parameters(Some(parameters), &point);
        assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &info).unwrap_err(), KeyError::WrongKeyType);
    }
}

/// RFC 5480 section 2.1.1: the curve's name is not optional.
#[test]
fn a19_no_curve_parameters() {
    let info = with_parameters(None, &tagged(4));
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &info).map(|_| ()), Err(KeyError::WrongKeyType));
}

fn with_parameters(parameters: Option<der::asn1::AnyRef<'_>>, point: &[u8]) -> Vec<u8> {
    let algorithm = AlgorithmIdentifierRef { oid: EC, parameters };
    let subject_public_key = BitStringRef::from_bytes(point).unwrap();
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().unwrap()
}
