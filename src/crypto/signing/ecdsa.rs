//! ECDSA with deterministic nonces (RFC 6979).

use p256::{ecdsa::signature::Signer as _, elliptic_curve::Generate};
use zeroize::Zeroizing;

use super::SigningFailed;
use crate::{
    algorithm::Curve,
    crypto::{BadKey, ecdsa::EcVerifier},
};

/// A private scalar with its public point, wiped on drop.
pub(crate) enum EcSigner {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

impl std::fmt::Debug for EcSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EcSigner(..)")
    }
}

impl EcSigner {
    /// From the private scalar, big-endian, of exactly the field's length, and the public point if the file has one.
    ///
    /// # Errors
    /// `Private` when the scalar is out of range or of another length, `Point` when the point is none, `Mismatch` when the
    /// two do not belong together.
    pub(crate) fn from_scalar(curve: Curve, scalar: &[u8], public: Option<&[u8]>) -> Result<Self, BadKey> {
        if scalar.len() != curve.field_len() {
            return Err(BadKey::Private);
        }
        let signer = match curve {
            Curve::P256 => p256::ecdsa::SigningKey::from_slice(scalar).map(Self::P256),
            Curve::P384 => p384::ecdsa::SigningKey::from_slice(scalar).map(Self::P384),
            Curve::P521 => p521::ecdsa::SigningKey::from_slice(scalar).map(Self::P521),
        }
        .map_err(|_| BadKey::Private)?;
        match public {
            Some(point) if EcVerifier::from_sec1(curve, point)? != signer.verifier() => Err(BadKey::Mismatch),
            _ => Ok(signer),
        }
    }

    pub(crate) fn generate(curve: Curve) -> Result<Self, BadKey> {
        let rng = &mut getrandom::SysRng;
        match curve {
            Curve::P256 => p256::ecdsa::SigningKey::try_generate_from_rng(rng).map(Self::P256),
            Curve::P384 => p384::ecdsa::SigningKey::try_generate_from_rng(rng).map(Self::P384),
            Curve::P521 => p521::ecdsa::SigningKey::try_generate_from_rng(rng).map(Self::P521),
        }
        .map_err(|_| BadKey::Random)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        match self {
            Self::P256(key) => key.try_sign(message).map(|s: p256::ecdsa::Signature| s.to_bytes().to_vec()),
            Self::P384(key) => key.try_sign(message).map(|s: p384::ecdsa::Signature| s.to_bytes().to_vec()),
            Self::P521(key) => key.try_sign(message).map(|s: p521::ecdsa::Signature| s.to_bytes().to_vec()),
        }
        .map_err(|_| SigningFailed)
    }

    pub(crate) fn verifier(&self) -> EcVerifier {
        match self {
            Self::P256(key) => EcVerifier::P256(*key.verifying_key()),
            Self::P384(key) => EcVerifier::P384(*key.verifying_key()),
            Self::P521(key) => EcVerifier::P521(*key.verifying_key()),
        }
    }

    /// The private scalar, big-endian, of the field's length.
    pub(crate) fn scalar(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::P256(key) => Zeroizing::new(Zeroizing::new(key.to_bytes()).to_vec()),
            Self::P384(key) => Zeroizing::new(Zeroizing::new(key.to_bytes()).to_vec()),
            Self::P521(key) => Zeroizing::new(Zeroizing::new(key.to_bytes()).to_vec()),
        }
    }
}
