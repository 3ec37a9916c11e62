//! Keys made from a number, always the same for the same one, and the files of the tests.

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, KeyLoader, SigningKey};

/// One of each kind of signer, and all hashes of those that take a secret or a curve.
pub const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::RS256,
    Algorithm::PS256,
];

/// Octets that look random (splitmix64).
#[must_use]
pub fn octets(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    (0..length.div_ceil(8)).flat_map(|_| next().to_be_bytes()).take(length).collect()
}

/// The secret octets of an algorithm's key: an HMAC's secret, a curve's scalar, Ed25519's seed.
///
/// # Panics
/// For RSA, whose keys are in a file.
#[must_use]
pub fn secret(algorithm: Algorithm, seed: u64) -> Vec<u8> {
    match algorithm {
        Algorithm::HS256 | Algorithm::ES256 | Algorithm::EdDSA | Algorithm::Ed25519 => octets(seed, 32),
        Algorithm::HS384 | Algorithm::ES384 => octets(seed, 48),
        Algorithm::HS512 => octets(seed, 64),
        Algorithm::ES512 => {
            let mut scalar = octets(seed, 66);
            scalar[0] &= 1;
            scalar
        }
        other => panic!("{other} has keys of its own"),
    }
}

/// The smallest DER around a secret: SEC1 without a public key, or PKCS#8.
#[must_use]
pub fn der(algorithm: Algorithm, secret: &[u8]) -> Vec<u8> {
    let length = secret.len() as u8;
    match algorithm {
        Algorithm::EdDSA | Algorithm::Ed25519 => {
            [b"\x30\x2e\x02\x01\0\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(), secret].concat()
        }
        _ => [&[0x30, length + 5, 2, 1, 1, 4, length], secret].concat(),
    }
}

/// A key from its secret octets.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn key(algorithm: Algorithm, secret: &[u8]) -> SigningKey {
    let loader = KeyLoader::new(algorithm);
    if algorithm.is_symmetric() { loader.signing_secret(secret) } else { loader.signing_der(&der(algorithm, secret)) }
        .expect("a key")
}

/// A private key of the tests, as PEM.
///
/// # Panics
/// For HMAC, which has no PEM.
#[must_use]
pub fn pem(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => include_str!("../../tests/keys/files/p256.pkcs8.pem"),
        Algorithm::ES384 => include_str!("../../tests/keys/files/p384.pkcs8.pem"),
        Algorithm::ES512 => include_str!("../../tests/keys/files/p521.pkcs8.pem"),
        Algorithm::EdDSA | Algorithm::Ed25519 => include_str!("../../tests/keys/files/ed25519.pkcs8.pem"),
        other if other.is_symmetric() => panic!("{other} has no PEM"),
        _ => include_str!("../../tests/keys/files/rsa.pkcs8.pem"),
    }
}

/// The octets of a private key's secret members (RFC 7518 section 6): `k`; `d`; and of RSA the primes and what derives from them.
///
/// # Panics
/// If the key is not what this crate exports.
#[must_use]
pub fn secret_members(key: &SigningKey) -> Vec<(&'static str, Vec<u8>)> {
    let jwk = key.danger_export_private_jwk().expect("an export");
    let jwk: serde_json::Value = serde_json::from_str(jwk.expose()).expect("JSON");
    ["k", "d", "p", "q", "dp", "dq", "qi"]
        .into_iter()
        .filter_map(|name| Some((name, Base64UrlUnpadded::decode_vec(jwk[name].as_str()?).expect("base64url"))))
        .collect()
}

/// The ranges of `der` in which those octets stand.
pub fn places<'a>(der: &'a [u8], members: &'a [(&str, Vec<u8>)]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
    members.iter().filter_map(|(_, octets)| {
        let start = der.windows(octets.len()).position(|window| window == octets)?;
        Some(start..start + octets.len())
    })
}
