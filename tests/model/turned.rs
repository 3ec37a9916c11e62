//! A clock to turn, and how many histories there are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use jwtward::{Clock, NumericDate};
use proptest::prelude::ProptestConfig;

/// When histories begin, in milliseconds: not on a whole second.
pub(crate) const START: u64 = 1_800_000_000_123;

#[derive(Clone, Debug)]
pub(crate) struct TurnedClock(Arc<AtomicU64>);

impl TurnedClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    pub(crate) fn turn(&self, millis: i64) -> u64 {
        let to = self.0.load(Ordering::SeqCst).saturating_add_signed(millis);
        self.0.store(to, Ordering::SeqCst);
        to
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> NumericDate {
        (SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))).into()
    }
}

/// That many cases, unless `PROPTEST_CASES` says how many.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let given = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: given.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}
