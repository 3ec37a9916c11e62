//! ECDSA (FIPS 186-5, RFC 7518 section 3.4). Signatures are r ‖ s of fixed length; high and low s are both accepted, as RFC 7518
//! allows.

use p256::ecdsa::signature::Verifier as _;

use super::{BadKey, InvalidSignature};
use crate::algorithm::Algorithm;

/// A public point on its algorithm's curve: never the point at infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EcVerifier {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

impl EcVerifier {
    /// From a SEC1 point, compressed or not. The compact form, which leaves out a bit of the point, is not accepted.
    ///
    /// # Errors
    /// `Point` when the octets are no point of the algorithm's curve, or the point at infinity.
    pub(crate) fn from_sec1(algorithm: Algorithm, point: &[u8]) -> Result<Self, BadKey> {
        if !matches!(point.first(), Some(2..=4)) {
            return Err(BadKey::Point);
        }
        match algorithm {
            Algorithm::ES384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P384),
            Algorithm::ES512 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P521),
            _ => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P256),
        }
        .map_err(|_| BadKey::Point)
    }

    /// The uncompressed SEC1 point: 4, x, y.
    pub(crate) fn to_sec1(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Self::P384(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Self::P521(key) => key.to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        // `from_slice` wants the exact length and r and s in 1 … n−1.
        match self {
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature).and_then(|s| key.verify(message, &s)),
            Self::P384(key) => p384::ecdsa::Signature::from_slice(signature).and_then(|s| key.verify(message, &s)),
            Self::P521(key) => p521::ecdsa::Signature::from_slice(signature).and_then(|s| key.verify(message, &s)),
        }
        .map_err(|_| InvalidSignature)
    }
}

/// The length in octets of a coordinate and of the private scalar.
pub(crate) fn field_len(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::ES384 => 48,
        Algorithm::ES512 => 66,
        _ => 32,
    }
}
