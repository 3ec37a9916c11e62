//! Octets and text that must not be seen: wiped on drop, redacted in `Debug`, without `Display`.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// Secret octets.
#[derive(Clone)]
pub(crate) struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    pub(crate) fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// The octets, under a name that stands out in a review.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// Secret text: an exported private key. Wiped on drop, redacted in `Debug`, without `Display`.
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. From here on, keeping it secret is the caller's part.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(..)")
    }
}

/// How much of the stack is wiped: several times what loading a key takes.
const STACK: usize = 16 * 1024;

/// Does something with a secret, then overwrites the stack that this used. Moving a value leaves a copy of it there, and a later
/// value with unused octets can carry those into the heap.
pub(crate) fn wiping_stack<T>(action: impl FnOnce() -> T) -> T {
    // Neither may become a part of this function, or they would not use the same stack.
    #[inline(never)]
    fn act<T>(action: impl FnOnce() -> T) -> T {
        action()
    }
    #[inline(never)]
    fn wipe() {
        let mut room = [0_u8; STACK];
        room.zeroize();
    }
    let result = act(action);
    wipe();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        assert_eq!(format!("{:?}", SecretBytes::new(b"canary".to_vec())), "SecretBytes(..)");
        assert_eq!(format!("{:?}", SecretString::new("canary".into())), "SecretString(..)");
    }

    #[test]
    #[cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
    fn an_exported_key_is_written_without_growth_which_would_leave_parts_behind() {
        use crate::{algorithm::Algorithm, id::KeyId, key::SigningKey};

        for algorithm in [Algorithm::HS512, Algorithm::ES256, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256] {
            let key = match algorithm {
                Algorithm::RS256 => SigningKey::generate_rsa(algorithm, 2048).unwrap(),
                _ => SigningKey::generate(algorithm).unwrap(),
            };
            for key in [key.clone(), key.with_key_id(KeyId::new("k").unwrap())] {
                let SecretString(text) = key.danger_export_private_jwk().unwrap();
                // Two octets to spare for each of up to six members; a string that has grown has doubled.
                assert!(text.capacity() - text.len() <= 12, "{algorithm}: {} of {}", text.len(), text.capacity());
            }
        }
    }
}
