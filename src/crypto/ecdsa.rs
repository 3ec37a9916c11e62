//! ECDSA (FIPS 186-5, RFC 7518 section 3.4). Signatures are r ‖ s of fixed length; high and low s are both accepted, as RFC 7518
//! allows.

use p256::ecdsa::signature::Verifier as _;

use super::{BadKey, InvalidSignature};
use crate::algorithm::Curve;

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
    /// `Point` when the octets are no point of the curve, or the point at infinity.
    pub(crate) fn from_sec1(curve: Curve, point: &[u8]) -> Result<Self, BadKey> {
        if !matches!(point.first(), Some(2..=4)) {
            return Err(BadKey::Point);
        }
        match curve {
            Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P256),
            Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P384),
            Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P521),
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

    pub(crate) const fn curve(&self) -> Curve {
        match self {
            Self::P256(_) => Curve::P256,
            Self::P384(_) => Curve::P384,
            Self::P521(_) => Curve::P521,
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
