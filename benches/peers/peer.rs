//! What each library is asked to do, and how it is measured.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::allocations::allocations;

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Operation {
    Verify,
    Sign,
}

/// What some calls took in all.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) struct Measured {
    /// The thread's own time.
    pub(crate) nanos: u64,
    pub(crate) allocations: u64,
}

/// A library with the keys of one algorithm loaded.
pub(crate) trait Peer {
    /// A new token with the claims of [`crate::token`].
    fn token(&mut self) -> String;

    /// Whether the token is accepted: signature, issuer, audience and times; and its data read.
    fn verify(&mut self, token: &str) -> bool;

    /// What is measured of signing.
    fn sign(&mut self) {
        black_box(self.token());
    }

    /// Whether claims are checked, too: a primitive knows none.
    fn checks_claims(&self) -> bool {
        true
    }

    fn measure(&mut self, operation: Operation, token: &str, calls: u64) -> Measured {
        let mut call = || match operation {
            Operation::Verify => assert!(self.verify(black_box(token))),
            Operation::Sign => self.sign(),
        };
        // The others have used the processor's caches meanwhile.
        (0..calls.div_ceil(10)).for_each(|_| call());
        let (allocated, from) = (allocations(), own_nanos());
        (0..calls).for_each(|_| call());
        Measured { nanos: own_nanos() - from, allocations: allocations() - allocated }
    }
}

/// The thread's own time so far.
pub(crate) fn own_nanos() -> u64 {
    let own = std::time::Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default();
    u64::try_from(own.as_nanos()).unwrap_or(u64::MAX)
}
