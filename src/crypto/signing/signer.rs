//! The signing joint.

use crate::crypto::Verifier;

/// The operating system's random source failed, or the primitive refused. There is no detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SigningFailed;

/// What signs. Bound to one algorithm; the public half it signs with is always its own, never a caller's.
#[derive(Debug)]
pub(crate) enum Signer {
    #[cfg(feature = "hs")]
    Hmac(crate::crypto::hmac::HmacKey),
    #[cfg(feature = "rsa")]
    Rsa(Box<super::rsa::RsaSigner>),
    #[cfg(feature = "es")]
    Ecdsa(super::ecdsa::EcSigner),
    #[cfg(feature = "eddsa")]
    EdDsa(super::eddsa::EdSigner),
}

impl Signer {
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        match self {
            #[cfg(feature = "hs")]
            Self::Hmac(key) => Ok(key.sign(message)),
            #[cfg(feature = "rsa")]
            Self::Rsa(key) => key.sign(message),
            #[cfg(feature = "es")]
            Self::Ecdsa(key) => key.sign(message),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(key) => Ok(key.sign(message)),
            #[cfg(not(any(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa")))]
            _ => Err(SigningFailed),
        }
    }

    /// The half that verifies.
    pub(crate) fn verifier(&self) -> Verifier {
        match self {
            #[cfg(feature = "hs")]
            Self::Hmac(key) => Verifier::Hmac(key.clone()),
            #[cfg(feature = "rsa")]
            Self::Rsa(key) => Verifier::Rsa(key.verifier()),
            #[cfg(feature = "es")]
            Self::Ecdsa(key) => Verifier::Ecdsa(key.verifier()),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(key) => Verifier::EdDsa(key.verifier()),
            #[cfg(not(any(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa")))]
            _ => unreachable!("without an algorithm there is no signer"),
        }
    }
}
