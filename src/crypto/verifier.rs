//! The verifying joint, and what its families refuse.

/// The signature does not hold. There is no detail, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidSignature;

/// Why numbers or octets are no key. The key layer gives each its public error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadKey {
    /// An HMAC secret has fewer octets than the hash.
    #[cfg(feature = "hs")]
    Short { got: usize, need: usize },
    /// An RSA modulus has the wrong size, or is even.
    #[cfg(feature = "rsa")]
    Modulus { bits: usize },
    /// An RSA public exponent is even or out of bounds.
    #[cfg(feature = "rsa")]
    Exponent,
    /// A public point is not on its curve, is the point at infinity, has a small order, or has the wrong length.
    #[cfg(any(feature = "es", feature = "eddsa"))]
    Point,
    /// A private value has the wrong length, is out of range, or contradicts the others.
    #[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
    Private,
    /// The public and the private part do not belong together.
    #[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
    Mismatch,
    /// The operating system's random source failed.
    #[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
    Random,
}

/// What verifies: public numbers, or a shared secret's keyed state. Bound to one algorithm.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "each stands behind an `Arc`, once for a key; which is the largest depends on the features"
)]
pub(crate) enum Verifier {
    #[cfg(feature = "hs")]
    Hmac(super::hmac::HmacKey),
    #[cfg(feature = "rsa")]
    Rsa(super::rsa::RsaVerifier),
    #[cfg(feature = "es")]
    Ecdsa(super::ecdsa::EcVerifier),
    #[cfg(feature = "eddsa")]
    EdDsa(super::eddsa::EdVerifier),
}

impl Verifier {
    /// Checks `signature` over `message`, both as received.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        match *self {
            #[cfg(feature = "hs")]
            Self::Hmac(ref key) => key.verify(message, signature),
            #[cfg(feature = "rsa")]
            Self::Rsa(ref key) => key.verify(message, signature),
            #[cfg(feature = "es")]
            Self::Ecdsa(ref key) => key.verify(message, signature),
            #[cfg(feature = "eddsa")]
            Self::EdDsa(ref key) => key.verify(message, signature),
        }
    }
}
