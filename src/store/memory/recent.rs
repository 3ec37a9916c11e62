//! The answers to what removed something, for whoever asks again because a reply was lost.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::{
    id::SessionId,
    store::types::{OperationId, SessionKey, StoreTime},
};

/// How long an answer is remembered: longer than a client with a deadline of seconds asks again.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Which operation. An opening goes by its session, whose id alone may be another user's too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Id(OperationId),
    Open(SessionKey),
}

#[derive(Clone)]
pub(super) enum Answer {
    /// The session was opened, and has ended since.
    Opened {
        created: StoreTime,
        evicted: Box<[SessionId]>,
    },
    Ended,
    Revoked {
        ended: u64,
    },
    Reused,
}

#[derive(Default)]
pub(super) struct Recent {
    answers: HashMap<Operation, Answer>,
    order: VecDeque<(StoreTime, Operation)>,
}

impl Recent {
    pub(super) fn get(&self, operation: Operation) -> Option<&Answer> {
        self.answers.get(&operation)
    }

    pub(super) fn insert(&mut self, now: StoreTime, operation: Operation, answer: Answer) {
        // Two for one: it does not grow for longer than it must.
        self.forget(now, 2);
        self.answers.insert(operation, answer);
        self.order.push_back((now, operation));
    }

    /// Drops what is old enough, no more than `most`, so that whoever comes after a crowd does not pay for all of it. Gives how many.
    pub(super) fn forget(&mut self, now: StoreTime, most: usize) -> usize {
        let mut forgotten = 0;
        while let Some((at, operation)) = self.order.front().copied() {
            if forgotten == most || now <= at.plus(REMEMBERED) {
                return forgotten;
            }
            self.order.pop_front();
            self.answers.remove(&operation);
            forgotten += 1;
        }
        // Nothing is left: a burst gives its memory back.
        *self = Self::default();
        forgotten
    }

    /// Gives memory back after most has been forgotten.
    pub(super) fn shrink(&mut self) {
        if self.order.len() < self.order.capacity() / 8 {
            self.order.shrink_to_fit();
            self.answers.shrink_to_fit();
        }
    }
}
