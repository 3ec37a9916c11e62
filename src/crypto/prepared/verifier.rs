//! The joint: a prepared key of any family.

use crate::crypto::{InvalidSignature, Verifier};

/// A public key's tables, bound to its algorithm.
///
/// Each family's type has `new` and `cost` from the family's verifier, `verify` and `octets`.
#[derive(Debug)]
pub(crate) enum Prepared {
    #[cfg(feature = "es")]
    Ecdsa(super::ecdsa::PreparedEc),
}

impl Prepared {
    /// Makes the tables: some milliseconds of work. `None` for an HMAC, which has nothing to prepare.
    pub(crate) fn new(verifier: &Verifier) -> Option<Self> {
        match *verifier {
            #[cfg(feature = "es")]
            Verifier::Ecdsa(ref key) => Some(Self::Ecdsa(super::ecdsa::PreparedEc::new(key))),
            #[cfg(any(feature = "hs", feature = "rsa", feature = "eddsa"))]
            _ => None,
        }
    }

    /// How many octets [`octets`](Self::octets) would be, without making anything; 0 if there is nothing to prepare.
    pub(crate) fn cost(verifier: &Verifier) -> usize {
        match *verifier {
            #[cfg(feature = "es")]
            Verifier::Ecdsa(ref key) => super::ecdsa::PreparedEc::cost(key),
            #[cfg(any(feature = "hs", feature = "rsa", feature = "eddsa"))]
            _ => 0,
        }
    }

    /// As [`Verifier::verify`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        match *self {
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => key.verify(message, signature),
        }
    }

    /// The tables' size on the heap.
    pub(crate) fn octets(&self) -> usize {
        match *self {
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => key.octets(),
        }
    }
}
