//! Ed25519 (RFC 8032, RFC 8037), verified strictly: S below the group's order, no small-order point, no cofactor.

use ed25519_dalek::{Signature, VerifyingKey};

use super::{BadKey, InvalidSignature};

/// A public point, in its canonical encoding and not of small order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EdVerifier(pub(super) VerifyingKey);

impl EdVerifier {
    /// # Errors
    /// `Point` when the octets are not 32, decode to no point, encode it in a non-canonical way, or the point's order is small.
    pub(crate) fn new(point: &[u8]) -> Result<Self, BadKey> {
        let octets: &[u8; 32] = point.try_into().map_err(|_| BadKey::Point)?;
        let key = VerifyingKey::from_bytes(octets).map_err(|_| BadKey::Point)?;
        if key.is_weak() || key.to_edwards().compress().as_bytes() != octets {
            return Err(BadKey::Point);
        }
        Ok(Self(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let signature = Signature::from_slice(signature).map_err(|_| InvalidSignature)?;
        self.0.verify_strict(message, &signature).map_err(|_| InvalidSignature)
    }
}
