//! The signing joint.

use crate::crypto::Verifier;

/// The operating system's random source failed, or the primitive refused. There is no detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SigningFailed;

/// What signs. Bound to one algorithm; the public half it signs with is always its own, never a caller's.
#[derive(Debug)]
// Each lives once, behind the key that shares it; its size is of no account.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Signer {
    #[cfg(feature = "hs")]
    Hmac(crate::crypto::hmac::HmacKey),
    #[cfg(feature = "rsa")]
    Rsa(super::rsa::RsaSigner),
    #[cfg(feature = "es")]
    Ecdsa(super::ecdsa::EcSigner),
    #[cfg(feature = "eddsa")]
    EdDsa(super::eddsa::EdSigner),
}

impl Signer {
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        match *self {
            #[cfg(feature = "hs")]
            Self::Hmac(ref key) => Ok(key.sign(message)),
            #[cfg(feature = "rsa")]
            Self::Rsa(ref key) => key.sign(message),
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => key.sign(message),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(ref key) => Ok(key.sign(message)),
        }
    }

    /// The half that verifies.
    pub(crate) fn verifier(&self) -> Verifier {
        match *self {
            #[cfg(feature = "hs")]
            Self::Hmac(ref key) => Verifier::Hmac(key.clone()),
            #[cfg(feature = "rsa")]
            Self::Rsa(ref key) => Verifier::Rsa(key.verifier()),
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => Verifier::Ecdsa(key.verifier()),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(ref key) => Verifier::EdDsa(key.verifier()),
        }
    }
}

#[cfg(all(test, feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
mod tests {
    use super::*;
    use crate::{
        algorithm::{Curve, Hash, Padding},
        crypto::{
            hmac::HmacKey,
            signing::{ecdsa::EcSigner, eddsa::EdSigner, rsa::RsaSigner},
        },
    };

    #[test]
    fn debug_shows_no_private_key_of_any_family() {
        let hmac = Signer::Hmac(HmacKey::new(Hash::Sha256, &[7; 32], false).unwrap());
        let rsa = Signer::Rsa(RsaSigner::generate(Padding::Pss, Hash::Sha256, 2048).unwrap());
        let ecdsa = Signer::Ecdsa(EcSigner::generate(Curve::P256).unwrap());
        let eddsa = Signer::EdDsa(EdSigner::generate().unwrap());
        assert_eq!(format!("{hmac:?}"), "Hmac(HmacKey(..))");
        assert_eq!(format!("{:?}", hmac.verifier()), "Hmac(HmacKey(..))");
        assert_eq!(format!("{rsa:?}"), "Rsa(RsaSigner(..))");
        assert_eq!(format!("{ecdsa:?}"), "Ecdsa(EcSigner(..))");
        assert_eq!(format!("{eddsa:?}"), "EdDsa(EdSigner(..))");
    }
}
