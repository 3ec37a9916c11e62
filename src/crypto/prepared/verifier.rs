//! The joint: a prepared key of any family.

use crate::crypto::{InvalidSignature, Verifier};

/// A public key's tables, bound to its algorithm.
///
/// Each family's type has `new` and `cost` from the family's verifier, `verify` and `octets`.
#[derive(Debug)]
pub(crate) enum Prepared {
    #[cfg(feature = "es")]
    Ecdsa(super::ecdsa::PreparedEc),
    #[cfg(feature = "eddsa")]
    EdDsa(super::ed25519::PreparedEd),
    #[cfg(feature = "rsa")]
    Rsa(super::rsa::PreparedRsa),
}

impl Prepared {
    /// Makes the tables: a millisecond or so of work, for RSA some microseconds. `None` for an HMAC, which has nothing to prepare.
    pub(crate) fn new(verifier: &Verifier) -> Option<Self> {
        match *verifier {
            #[cfg(feature = "es")]
            Verifier::Ecdsa(ref key) => Some(Self::Ecdsa(super::ecdsa::PreparedEc::new(key))),
            #[cfg(feature = "eddsa")]
            Verifier::EdDsa(ref key) => Some(Self::EdDsa(super::ed25519::PreparedEd::new(key))),
            #[cfg(feature = "rsa")]
            Verifier::Rsa(ref key) => Some(Self::Rsa(super::rsa::PreparedRsa::new(key))),
            #[cfg(feature = "hs")]
            Verifier::Hmac(_) => None,
        }
    }

    /// How many octets [`octets`](Self::octets) would be, without making anything; 0 if there is nothing to prepare.
    pub(crate) fn cost(verifier: &Verifier) -> usize {
        match *verifier {
            #[cfg(feature = "es")]
            Verifier::Ecdsa(ref key) => super::ecdsa::PreparedEc::cost(key),
            #[cfg(feature = "eddsa")]
            Verifier::EdDsa(_) => super::ed25519::PreparedEd::OCTETS,
            #[cfg(feature = "rsa")]
            Verifier::Rsa(ref key) => super::rsa::PreparedRsa::cost(key),
            #[cfg(feature = "hs")]
            Verifier::Hmac(_) => 0,
        }
    }

    /// As [`Verifier::verify`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        match *self {
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => key.verify(message, signature),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(ref key) => key.verify(message, signature),
            #[cfg(feature = "rsa")]
            Self::Rsa(ref key) => key.verify(message, signature),
        }
    }

    /// The tables' size on the heap.
    pub(crate) fn octets(&self) -> usize {
        match *self {
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => key.octets(),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(_) => super::ed25519::PreparedEd::OCTETS,
            #[cfg(feature = "rsa")]
            Self::Rsa(ref key) => key.octets(),
        }
    }
}
