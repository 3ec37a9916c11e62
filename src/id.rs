//! Identifiers.

use std::fmt;

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
}
