//! Identifiers.

use std::{fmt, str::FromStr};

use crate::encoding::base64url;

/// A key's identifier, the header's `kid` (RFC 7515 section 4.1.4): 1 to 256 octets of text, compared octet by octet.
///
/// It is a name, not a secret, and never a path or a query: the only thing done with it is an exact look-up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Box<str>);

impl KeyId {
    /// The longest identifier accepted, in octets. Thumbprints take 43, UUIDs 36; this leaves room for URLs.
    pub const MAX_LEN: usize = 256;

    /// An identifier of that text.
    ///
    /// # Errors
    /// [`InvalidKeyId`] when it is empty or longer than [`KeyId::MAX_LEN`] octets.
    pub fn new(text: &str) -> Result<Self, InvalidKeyId> {
        if text.is_empty() || text.len() > Self::MAX_LEN {
            return Err(InvalidKeyId);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A key identifier must have 1 to 256 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidKeyId;

impl fmt::Display for InvalidKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key identifier must have 1 to 256 octets")
    }
}

impl std::error::Error for InvalidKeyId {}

/// A session's identifier, the claim `sid`: 128 random bits, as text 22 characters of base64url. A name, not a secret: nobody
/// gets in by knowing it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; Self::LEN]);

/// The name under which a store keeps a user: 128 bits of a hash of issuer and subject. So no subject, whatever its octets or
/// length, can reach another key of a store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey([u8; Self::LEN]);

macro_rules! sixteen_octets {
    ($type:ident) => {
        impl $type {
            /// Its length in octets.
            pub const LEN: usize = 16;

            /// From its octets.
            #[must_use]
            pub const fn from_octets(octets: [u8; Self::LEN]) -> Self {
                Self(octets)
            }

            /// Its octets.
            #[must_use]
            pub const fn octets(&self) -> &[u8; Self::LEN] {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base64url::encode(&self.0))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($type))
            }
        }

        impl FromStr for $type {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // 22 characters hold 16 octets; the length is checked before anything is decoded.
                let octets = if text.len() == 22 { base64url::decode(text.as_bytes()).ok() } else { None };
                octets.and_then(|octets| octets.try_into().ok()).map(Self).ok_or(InvalidId)
            }
        }
    };
}

sixteen_octets!(SessionId);
sixteen_octets!(UserKey);

/// An identifier's text must be 22 characters of canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier must be 22 characters of base64url")
    }
}

impl std::error::Error for InvalidId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_has_1_to_256_octets() {
        assert_eq!(KeyId::new(""), Err(InvalidKeyId));
        assert_eq!(KeyId::new(&"k".repeat(256)).unwrap().as_str().len(), 256);
        assert_eq!(KeyId::new(&"k".repeat(257)), Err(InvalidKeyId));
        assert_eq!(InvalidKeyId.to_string(), "a key identifier must have 1 to 256 octets");
    }

    #[test]
    fn a_session_id_has_one_text() {
        let id = SessionId::from_octets([0xff; 16]);
        assert_eq!(id.to_string(), "_____________________w");
        assert_eq!(format!("{id:?}"), "SessionId(_____________________w)");
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "_____________________",
            "______________________",
            "_____________________w==",
            "+/+/+/+/+/+/+/+/+/+/+w",
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(InvalidId), "{text}");
        }
        assert_eq!(InvalidId.to_string(), "an identifier must be 22 characters of base64url");
    }
}
