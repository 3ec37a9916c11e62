//! Keys with tables that make their verification faster.

use std::{ops::Deref, sync::Arc};

use super::{KeySet, VerifyingKey};
use crate::crypto::prepared::Prepared;

/// A public key with tables of its multiples or the like, which make its verification several times faster. It goes wherever a
/// [`VerifyingKey`] goes, and accepts exactly the same signatures. Cloning shares it, and so do the keys and sets made from it.
///
/// Making it takes some milliseconds, so it pays for a key that verifies more than a few dozen signatures.
///
/// The time that its verification takes depends on the key, the signature and the message's hash: on nothing secret. Signing
/// never uses it.
#[derive(Clone, Debug)]
pub struct PreparedKey(VerifyingKey);

impl PreparedKey {
    /// Makes the tables, unless `key` has them already. An HMAC key has nothing to prepare and stays as it is.
    #[must_use]
    pub fn new(key: &VerifyingKey) -> Self {
        let mut key = key.clone();
        if key.prepared.is_none() {
            key.prepared = Prepared::new(key.verifier()).map(Arc::new);
        }
        Self(key)
    }

    /// The size of its tables, in octets; 0 if there are none.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.0.prepared_octets()
    }
}

/// What is asked of a key can be asked of a prepared one.
impl Deref for PreparedKey {
    type Target = VerifyingKey;

    fn deref(&self) -> &VerifyingKey {
        &self.0
    }
}

/// The same key, tables included.
impl From<PreparedKey> for VerifyingKey {
    fn from(key: PreparedKey) -> Self {
        key.0
    }
}

/// A set of one key.
impl From<PreparedKey> for KeySet {
    fn from(key: PreparedKey) -> Self {
        key.0.into()
    }
}

impl VerifyingKey {
    /// The size of its tables, in octets; 0 if there are none.
    pub(crate) fn prepared_octets(&self) -> usize {
        self.prepared.as_ref().map_or(0, |prepared| prepared.octets())
    }
}

impl KeySet {
    /// Prepares the set's keys, in the order of their `kid`, with tables of `max_octets` in all: see [`PreparedKey`]. Those that would go
    /// beyond it are used without. Takes some milliseconds for each key.
    #[must_use]
    pub fn prepare(mut self, max_octets: usize) -> Self {
        let mut left = max_octets.saturating_sub(self.prepared_octets());
        for key in self.keys.iter_mut().filter(|key| key.prepared.is_none()) {
            if Prepared::cost(key.verifier()) <= left {
                *key = PreparedKey::new(key).into();
                left = left.saturating_sub(key.prepared_octets());
            }
        }
        self
    }

    /// The size of all its tables, in octets.
    #[must_use]
    pub fn prepared_octets(&self) -> usize {
        self.keys.iter().map(VerifyingKey::prepared_octets).sum()
    }
}
