//! Why a key was not loaded, made or exported.

use std::fmt;

use crate::{algorithm::Algorithm, crypto::BadKey, encoding::json::JsonError, id::InvalidKeyId};

/// Why a key was not loaded, made or exported. Holds sizes and names of members, never key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The crate was built without the feature for this algorithm.
    AlgorithmDisabled(Algorithm),
    /// The JWK does not say its algorithm, and its type does not settle it (RSA, oct): name it.
    AlgorithmRequired,
    /// The JWK says another algorithm than the one asked for, or one that is not supported.
    AlgorithmMismatch,
    /// The key is of another type or on another curve than the algorithm takes.
    WrongKeyType,
    /// An HMAC secret of `got` octets, shorter than its hash of `need` octets (RFC 7518 section 3.2).
    TooShort {
        /// The secret's length in octets.
        got: usize,
        /// The hash's length in octets.
        need: usize,
    },
    /// An HMAC secret that is itself a key file, a certificate or a JWK: text that others may know.
    SecretIsKey,
    /// An RSA modulus of other than 2048 to 8192 bits, or an even one.
    Modulus {
        /// Its length in bits.
        bits: usize,
    },
    /// An RSA public exponent that is even, below 65537 or above 2^33.
    Exponent,
    /// A public point that is not on the curve, is the point at infinity, has a small order, or has the wrong length.
    Point,
    /// A private value of the wrong length, out of range, or in contradiction to the others.
    PrivateValue,
    /// A public and a private part that do not belong together.
    Mismatch,
    /// `use` or `key_ops` forbid what the key is loaded for (RFC 7517 sections 4.2 and 4.3).
    UseForbidden,
    /// Not JSON as [`JsonError`] tells.
    Json(JsonError),
    /// A JWK member is absent, of another type, or not canonical base64url.
    Member(&'static str),
    /// Not one PEM block of RFC 7468.
    Pem,
    /// Not the DER structure its label or use calls for.
    Der,
    /// A certificate, which is not a key.
    Certificate,
    /// An encrypted private key.
    Encrypted,
    /// A PEM block or DER key type that is not supported.
    UnsupportedFormat,
    /// A private key where a public one is wanted.
    PrivateKey,
    /// A public key where a private one is wanted.
    PublicKey,
    /// An HMAC key, which has no public form.
    Symmetric,
    /// A `kid` that is empty or longer than 256 octets.
    KeyId,
    /// A key of more octets than `limit`.
    TooLarge {
        /// The input's length in octets.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The operating system's random source failed.
    Random,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmDisabled(algorithm) => write!(f, "the feature for {algorithm} is not built in"),
            Self::AlgorithmRequired => f.write_str("the jwk does not name its algorithm: name it when loading"),
            Self::AlgorithmMismatch => f.write_str("the jwk is bound to another algorithm"),
            Self::WrongKeyType => f.write_str("the key's type or curve does not fit the algorithm"),
            Self::TooShort { got, need } => write!(
                f,
                "the hmac secret has {got} octets, its hash {need}: use a longer one (or, for old keys only, \
                 KeyLoader::danger_allow_short_hmac_key)"
            ),
            Self::SecretIsKey => {
                f.write_str("the hmac secret is itself a key, certificate or jwk, which others may know")
            }
            Self::Modulus { bits } => {
                write!(f, "the rsa modulus has {bits} bits or is even: 2048 to 8192 and odd is accepted")
            }
            Self::Exponent => f.write_str(
                "the rsa public exponent is even, below 65537 or above 2^33 (small ones, for old keys only: \
                 KeyLoader::danger_allow_small_rsa_exponent)",
            ),
            Self::Point => f.write_str("the public point is not a valid point of the curve"),
            Self::PrivateValue => f.write_str("the private values are out of range or contradict each other"),
            Self::Mismatch => f.write_str("the public and the private part do not belong together"),
            Self::UseForbidden => f.write_str("the jwk's use or key_ops forbid this use"),
            Self::Json(_) => f.write_str("not an acceptable jwk"),
            Self::Member(name) => write!(f, "the jwk member {name} is missing or malformed"),
            Self::Pem => f.write_str("not a pem block"),
            Self::Der => f.write_str("not the expected der structure"),
            Self::Certificate => f.write_str(
                "a certificate is not a key: check it first, then take its public key (openssl x509 -pubkey -noout)",
            ),
            Self::Encrypted => f.write_str("the private key is encrypted: decrypt it first (openssl pkey)"),
            Self::UnsupportedFormat => f.write_str("this kind of key is not supported"),
            Self::PrivateKey => f.write_str("a private key stands where a public one is expected"),
            Self::PublicKey => f.write_str("a public key stands where a private one is expected"),
            Self::Symmetric => f.write_str("an hmac key has no public form"),
            Self::KeyId => f.write_str("the kid must have 1 to 256 octets"),
            Self::TooLarge { size, limit } => write!(f, "the key has {size} octets, more than the limit of {limit}"),
            Self::Random => f.write_str("the operating system's random source failed"),
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl From<InvalidKeyId> for KeyError {
    fn from(_: InvalidKeyId) -> Self {
        Self::KeyId
    }
}

impl From<BadKey> for KeyError {
    fn from(bad: BadKey) -> Self {
        match bad {
            #[cfg(feature = "hs")]
            BadKey::Short { got, need } => Self::TooShort { got, need },
            #[cfg(feature = "rsa")]
            BadKey::Modulus { bits } => Self::Modulus { bits },
            #[cfg(feature = "rsa")]
            BadKey::Exponent => Self::Exponent,
            #[cfg(any(feature = "es", feature = "eddsa"))]
            BadKey::Point => Self::Point,
            #[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
            BadKey::Private => Self::PrivateValue,
            #[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
            BadKey::Mismatch => Self::Mismatch,
            #[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
            BadKey::Random => Self::Random,
        }
    }
}

#[cfg(all(test, feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_keys_numbers_keeps_its_name() {
        for (bad, error) in [
            (BadKey::Short { got: 1, need: 2 }, KeyError::TooShort { got: 1, need: 2 }),
            (BadKey::Modulus { bits: 3 }, KeyError::Modulus { bits: 3 }),
            (BadKey::Exponent, KeyError::Exponent),
            (BadKey::Point, KeyError::Point),
            (BadKey::Private, KeyError::PrivateValue),
            (BadKey::Mismatch, KeyError::Mismatch),
            (BadKey::Random, KeyError::Random),
        ] {
            assert_eq!(KeyError::from(bad), error);
        }
    }
}
