//! Random histories of a memory store.

use std::{future::Future, time::Duration};

use jwtward::store::MemoryStore;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    history::{History, Subject},
    ops::op,
    support::now,
    turned::{TurnedClock, cases},
};

struct Memory {
    store: MemoryStore,
    max_sessions: u64,
}

impl Subject for Memory {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        now(future)
    }

    fn is_full(&self) -> bool {
        self.store.stats().sessions >= self.max_sessions
    }

    fn records(&self) -> Option<[u64; 2]> {
        let stats = self.store.stats();
        Some([stats.sessions, stats.revoked])
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn the_memory_store_answers_as_the_model_does(
        max_sessions in prop_oneof![3 => Just(u64::MAX), 1 => 3_u64..8],
        margin in select(vec![Duration::ZERO, Duration::from_secs(3600), Duration::from_secs(20)]),
        ops in vec(op(), 1..80),
    ) {
        let clock = TurnedClock::new();
        let store = MemoryStore::builder().clock(clock.clone()).max_sessions(max_sessions).build();
        let mut history = History::new(Memory { store, max_sessions }, clock, margin);
        for op in &ops {
            history.step(op)?;
        }
        history.compare_revoked(3)?;
    }
}
