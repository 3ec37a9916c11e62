//! Why a change to the key ring is refused.

use std::{error::Error, fmt};

use crate::{jwt::ConfigError, key::KeySetError, time::NumericDate};

/// Why a change to the key ring is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRingError {
    /// The key has no `kid`: verifiers could not tell it from the others.
    KeyIdRequired,
    /// The same key is in the ring already, under this `kid` or another. One that has retired never signs again.
    SameKey,
    /// The keys do not go together: a `kid` is taken, or HMAC keys would stand beside public keys.
    Keys(KeySetError),
    /// The secret is a refresh key.
    SharedSecret,
    /// The key does not sign.
    SigningFailed,
    /// No key of that `kid` is in the ring.
    UnknownKey,
    /// The key signs already, or has retired.
    NotNext,
    /// Verifiers may not know the key yet: they keep the published keys for as long as
    /// [`KeyRing::PUBLISHED_AHEAD`](super::KeyRing::PUBLISHED_AHEAD).
    TooSoon {
        /// When it may sign.
        earliest: NumericDate,
    },
    /// It is the key that signs, and there is none to follow it: publish one first.
    LastKey,
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyIdRequired => "a key of a ring needs a kid",
            Self::SameKey => "the key is in the ring already",
            Self::Keys(_) => "the key does not go with the others of the ring",
            Self::SharedSecret => "the signing key must not be a refresh key",
            Self::SigningFailed => "the key does not sign",
            Self::UnknownKey => "no key of that kid is in the ring",
            Self::NotNext => "the key signs already or has retired",
            Self::TooSoon { earliest } => return write!(f, "the key may not sign before {earliest}"),
            Self::LastKey => "there is no key to follow the one that signs",
        })
    }
}

impl Error for KeyRingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Keys(error) => Some(error),
            _ => None,
        }
    }
}

/// Keys that a provider is built with.
impl From<KeyRingError> for ConfigError {
    fn from(error: KeyRingError) -> Self {
        match error {
            KeyRingError::KeyIdRequired => Self::Required("keyID"),
            KeyRingError::SharedSecret => Self::SharedSecret,
            KeyRingError::Keys(error) => Self::KeyRing(error),
            // Nothing else keeps a key from signing.
            KeyRingError::SigningFailed => Self::Random,
            _ => Self::SameKey,
        }
    }
}
