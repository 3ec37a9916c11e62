//! Making a memory store.

use std::sync::Arc;

use super::store::MemoryStore;
use crate::time::{Clock, MonotonicClock};

/// Builds a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryStoreBuilder {
    pub(super) clock: MonotonicClock,
    pub(super) max_sessions: u64,
}

impl Default for MemoryStoreBuilder {
    fn default() -> Self {
        Self { clock: MonotonicClock::system(), max_sessions: u64::MAX }
    }
}

impl MemoryStoreBuilder {
    /// Takes the time from there: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = MonotonicClock::new(Arc::new(clock));
        self
    }

    /// Holds no more than about that many sessions of all users together; one more is refused with
    /// [`StoreError::full`](crate::store::StoreError::full). By default memory is the limit. A session takes some 120 octets,
    /// and what metadata and data it has.
    #[must_use]
    pub const fn max_sessions(mut self, sessions: u64) -> Self {
        self.max_sessions = sessions;
        self
    }

    /// The store.
    #[must_use]
    pub fn build(self) -> MemoryStore {
        MemoryStore::new(self)
    }
}
