//! Random histories of a redb store with restarts in them, every answer compared with the model's, which has none.

use std::{future::Future, time::Duration};

use jwtward::store::{RedbStore, Store};
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::runtime::{Builder, Runtime};

use crate::{
    history::{History, Subject},
    ops::op,
    support::Folder,
    turned::{TurnedClock, cases},
};

struct Redb {
    store: RedbStore,
    clock: TurnedClock,
    folder: Folder,
}

impl Redb {
    /// Closes the store and opens it again.
    fn restart(&mut self) {
        Self::wait(self.store.close());
        self.store = RedbStore::builder(self.folder.file()).clock(self.clock.clone()).open().unwrap();
    }
}

impl Subject for Redb {
    type Store = RedbStore;

    fn store(&self) -> &RedbStore {
        &self.store
    }

    /// On this thread.
    fn wait<T>(future: impl Future<Output = T>) -> T {
        thread_local!(static RUNTIME: Runtime = Builder::new_current_thread().build().unwrap());
        RUNTIME.with(|runtime| runtime.block_on(future))
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn the_redb_store_answers_as_the_model_does_across_restarts(
        margin in select(vec![Duration::ZERO, Duration::from_secs(3600), Duration::from_secs(20)]),
        ops in vec((op(), prop::bool::weighted(0.05)), 1..60),
    ) {
        let (clock, folder) = (TurnedClock::new(), Folder::without_disk());
        let store = RedbStore::builder(folder.file()).clock(clock.clone()).open().unwrap();
        let mut history = History::new(Redb { store, clock: clock.clone(), folder }, clock, margin);
        for (op, restarts) in &ops {
            history.step(op)?;
            if *restarts {
                history.subject.restart();
                history.compare()?;
            }
        }
        history.subject.restart();
        history.compare()?;
        history.compare_revoked(3)?;
    }
}
