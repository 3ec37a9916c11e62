//! One curve or another.

use crate::crypto::{InvalidSignature, ecdsa::EcVerifier};

/// A public point and its multiples.
#[derive(Debug)]
pub(crate) struct PreparedEc {
    plain: EcVerifier,
}

impl PreparedEc {
    pub(crate) fn new(key: &EcVerifier) -> Self {
        Self { plain: key.clone() }
    }

    pub(crate) const fn cost(_key: &EcVerifier) -> usize {
        0
    }

    pub(crate) const fn octets(&self) -> usize {
        0
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.plain.verify(message, signature)
    }
}
