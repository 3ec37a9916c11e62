//! Row 16: Ed25519 signatures.

use ed25519_dalek::Signer as _;
use jwtward::{Algorithm, KeyError, VerifyError, VerifyingKey};
use rsa::BoxedUint;
use serde_json::json;
use sha2::{Digest, Sha512};

use crate::support::{CLAIMS, ED25519, L, SMALL_ORDER, encode, jwk, member, public, token, verify_with};

const HEADER: &str = r#"{"alg":"EdDSA"}"#;

fn point(hex: &str) -> [u8; 32] {
    std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
}

fn key() -> VerifyingKey {
    VerifyingKey::from_jwk(&public(ED25519)).unwrap()
}

fn seed() -> [u8; 32] {
    member(ED25519, "d").try_into().unwrap()
}

fn sign(input: &[u8]) -> [u8; 64] {
    ed25519_dalek::SigningKey::from_bytes(&seed()).sign(input).to_bytes()
}

/// A little-endian number.
fn number(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_le_slice(octets, 512).unwrap()
}

/// A number below 2^256, little-endian.
fn octets(number: &BoxedUint) -> [u8; 32] {
    number.to_le_bytes()[..32].try_into().unwrap()
}

/// A number modulo L.
fn reduced(octets: &[u8]) -> BoxedUint {
    number(octets).rem(&rsa_non_zero(number(&L)))
}

fn rsa_non_zero(number: BoxedUint) -> p256::elliptic_curve::bigint::NonZero<BoxedUint> {
    p256::elliptic_curve::bigint::NonZero::new(number).unwrap()
}

#[test]
fn a16_ed25519_s_at_or_above_the_order() {
    let valid = token(HEADER, CLAIMS, |input| sign(input).to_vec());
    assert_eq!(verify_with(key(), &valid), Ok(()));
    // S + L fits into 253 bits and satisfies the equation: the twin that a lax verifier accepts.
    let twin = token(HEADER, CLAIMS, |input| {
        let mut signature = sign(input);
        let sum = number(&signature[32..]).wrapping_add(number(&L));
        signature[32..].copy_from_slice(&octets(&sum));
        signature.to_vec()
    });
    assert_eq!(verify_with(key(), &twin), Err(VerifyError::BadSignature));
    for s in [L, [0xff; 32], [0; 32]] {
        let token = token(HEADER, CLAIMS, |input| [&sign(input)[..32], &s].concat());
        assert_eq!(verify_with(key(), &token), Err(VerifyError::BadSignature));
    }
    // A bit above the 253 that a canonical S has.
    for bit in [0x20, 0x40, 0x80] {
        let token = token(HEADER, CLAIMS, |input| {
            let mut signature = sign(input);
            signature[63] |= bit;
            signature.to_vec()
        });
        assert_eq!(verify_with(key(), &token), Err(VerifyError::BadSignature), "{bit:#x}");
    }
}

#[test]
fn a16_ed25519_small_order_r() {
    // The holder of the key can satisfy S·B = R + k·A for R = 0 with S = k·a, so such a signature would say nothing about r.
    let identity = point(SMALL_ORDER[0]);
    let hash = Sha512::digest(seed());
    let mut a: [u8; 32] = hash[..32].try_into().unwrap();
    a[0] &= 248;
    a[31] = a[31] & 127 | 64;
    let crafted = token(HEADER, CLAIMS, |input| {
        let k = Sha512::digest([&identity[..], &member(ED25519, "x"), input].concat());
        let s = reduced(&k).mul_mod(&reduced(&a), &rsa_non_zero(number(&L)));
        let signature = [identity, octets(&s)].concat();
        // The equation holds: verification without the strict rules accepts it.
        let public = ed25519_dalek::SigningKey::from_bytes(&seed()).verifying_key();
        let parsed = ed25519_dalek::Signature::from_slice(&signature).unwrap();
        ed25519_dalek::Verifier::verify(&public, input, &parsed).unwrap();
        signature
    });
    assert_eq!(verify_with(key(), &crafted), Err(VerifyError::BadSignature));
    for r in SMALL_ORDER {
        for s in [[0; 32], sign(b"")[32..].try_into().unwrap()] {
            let token = token(HEADER, CLAIMS, |_| [point(r), s].concat());
            assert_eq!(verify_with(key(), &token), Err(VerifyError::BadSignature), "{r}");
        }
    }
}

#[test]
fn a16_ed25519_small_order_or_non_canonical_public_key() {
    // Under the point 0 as public key, R = 0 and S = 0 sign every message.
    for hex in SMALL_ORDER {
        let octets = point(hex);
        let weak = jwk(&public(ED25519), &[("x", json!(encode(octets)))]);
        assert_eq!(VerifyingKey::from_jwk(&weak).unwrap_err(), KeyError::Point, "{hex}");
        let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], &octets[..]].concat();
        for algorithm in [Algorithm::EdDSA, Algorithm::Ed25519] {
            assert_eq!(VerifyingKey::from_der(algorithm, &der).unwrap_err(), KeyError::Point, "{hex}");
        }
    }
    // y ≥ p with a point of full order: p + 3 … p + 18 stand for 3 … 18, of which some are on the curve.
    for low in 0xf0..=0xff_u8 {
        let mut y = [0xff; 32];
        (y[0], y[31]) = (low, 0x7f);
        let other = jwk(&public(ED25519), &[("x", json!(encode(y)))]);
        assert_eq!(VerifyingKey::from_jwk(&other).unwrap_err(), KeyError::Point, "{low:#x}");
    }
}

#[test]
fn a16_ed25519_length_one_off() {
    let signature = |input: &[u8], change: fn(Vec<u8>) -> Vec<u8>| change(sign(input).to_vec());
    let changes: [fn(Vec<u8>) -> Vec<u8>; 5] = [
        |mut octets| {
            octets.pop();
            octets
        },
        |mut octets| {
            octets.push(0);
            octets
        },
        |octets| octets[1..].to_vec(),
        |octets| octets[..32].to_vec(),
        |octets| [octets[32..].to_vec(), octets[..32].to_vec()].concat(),
    ];
    for change in changes {
        let token = token(HEADER, CLAIMS, |input| signature(input, change));
        assert_eq!(verify_with(key(), &token), Err(VerifyError::BadSignature));
    }
}
