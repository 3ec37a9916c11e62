//! The store: shards, the clock, the floor of all, and the contract.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use super::{
    MemoryStoreBuilder,
    lock::lock,
    paging,
    purge::PurgeCursor,
    shard::{Moment, Shard},
};
use crate::{
    id::UserKey,
    store::{
        Store, StoreError,
        types::{
            Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
            OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey, SessionRecord,
            Standing, StoreTime, WhenFull,
        },
    },
    sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering},
    time::{Clock, MonotonicClock},
};

/// Keeps sessions and revocations in this process: fast, and gone with it. Cloning shares it.
///
/// After a restart every session is logged out, and untracked tokens issued before are refused. Nothing is shared between
/// processes: with several, use a store that they all reach.
///
/// | | |
/// |---|---|
/// | check, open without a limit, rotate, deny, end | O(1) in sessions, O(log n) in denied ids and users revoked |
/// | count, list, open with a limit, revoke all of a user | O(k) in the user's sessions |
/// | memory | O(active): an ended session's is used again, and given back when most have ended |
#[derive(Clone)]
pub struct MemoryStore(Arc<Inner>);

pub(super) struct Inner {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    clock: MonotonicClock,
    epoch: StoreTime,
    incarnation: u64,
    /// The floor of all, in milliseconds.
    floor: AtomicU64,
    sessions: AtomicU64,
    max_sessions: u64,
    closed: AtomicBool,
    purge_at: Mutex<PurgeCursor>,
}

/// Enough that two threads seldom meet, and that growing one shard takes under a millisecond in a store of a million, and some five in
/// one of ten million.
#[cfg(not(shuttle))]
const SHARDS: usize = 256;
#[cfg(shuttle)]
const SHARDS: usize = 2;

/// How full a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryStoreStats {
    /// Sessions, also those that have expired and await the next purge.
    pub sessions: u64,
    /// Places for sessions, used and free.
    pub slots: u64,
    /// Denied token ids and users' floors.
    pub revoked: u64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl MemoryStore {
    /// Begins with the system's clock and no limit.
    #[must_use]
    pub fn builder() -> MemoryStoreBuilder {
        MemoryStoreBuilder::default()
    }

    pub(super) fn new(builder: MemoryStoreBuilder) -> Self {
        let hasher = RandomState::new();
        let clock = builder.clock;
        let epoch = clock.now().into();
        Self(Arc::new(Inner {
            shards: (0..SHARDS).map(|_| Mutex::new(Shard::new(hasher.clone()))).collect(),
            // Random, as its keys are.
            incarnation: hasher.hash_one("incarnation"),
            hasher,
            clock,
            epoch,
            floor: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
            max_sessions: builder.max_sessions,
            closed: AtomicBool::new(false),
            purge_at: Mutex::new(PurgeCursor::default()),
        }))
    }

    /// How full it is. Looks at each shard in turn.
    #[must_use]
    pub fn stats(&self) -> MemoryStoreStats {
        let mut stats = MemoryStoreStats { sessions: 0, slots: 0, revoked: 0 };
        for shard in self.0.shards.iter().filter_map(|shard| lock(shard).ok()) {
            stats.sessions += shard.sessions.len() as u64;
            stats.slots += shard.sessions.capacity() as u64;
            stats.revoked += (shard.revoked.tokens.len() + shard.revoked.users.len()) as u64;
        }
        stats
    }
}

impl Inner {
    /// Runs one step in the shard of a user or token id. The clock is read under the lock, so that steps on one user have the
    /// order of their times.
    fn step<T>(&self, hash: u64, step: impl FnOnce(&mut Shard, Moment) -> T) -> Result<T, StoreError> {
        // The upper bits: the indexes within the shard go by the lower ones.
        let shard = self.shards.get((hash >> 32) as usize % SHARDS).ok_or_else(StoreError::closed)?;
        let mut shard = lock(shard)?;
        if self.closed.load(Ordering::SeqCst) {
            return Err(StoreError::closed());
        }
        let before = shard.sessions.len() as u64;
        let answer = step(&mut shard, self.moment());
        let after = shard.sessions.len() as u64;
        if after != before {
            self.count(before, after);
        }
        Ok(answer)
    }

    /// Keeps the number of all sessions, given a shard's before and after a step.
    pub(super) fn count(&self, before: u64, after: u64) {
        self.sessions.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.clock.now().into(), floor: StoreTime::from_millis(self.floor.load(Ordering::SeqCst)) }
    }

    fn of_user<T>(&self, user: UserKey, step: impl FnOnce(&mut Shard, Moment) -> T) -> Result<T, StoreError> {
        self.step(self.hasher.hash_one(user.octets()), step)
    }

    fn of_token<T>(&self, token_id: &str, step: impl FnOnce(&mut Shard, Moment) -> T) -> Result<T, StoreError> {
        self.step(self.hasher.hash_one(token_id), step)
    }

    pub(super) fn open_shards(&self) -> Result<&[Mutex<Shard>], StoreError> {
        if self.closed.load(Ordering::SeqCst) { Err(StoreError::closed()) } else { Ok(&self.shards) }
    }

    pub(super) fn purge_at(&self) -> Result<MutexGuard<'_, PurgeCursor>, StoreError> {
        lock(&self.purge_at)
    }
}

impl Store for MemoryStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true, process_local: true }
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        self.0.of_user(begin.user, |shard, at| {
            let reject = begin.limit.filter(|limit| limit.when_full == WhenFull::Reject);
            let full = reject.and_then(|limit| {
                let active = shard.count(begin.user, at);
                (active >= limit.max.get().into()).then_some(active)
            });
            Beginning { begun: shard.time_of(begin.user, at), full, incarnation: self.0.incarnation }
        })
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        self.0.of_user(open.key.user, |shard, at| {
            if let Some(opened) = shard.opened(open) {
                return Ok(opened);
            }
            if self.0.sessions.load(Ordering::Relaxed) >= self.0.max_sessions {
                return Err(StoreError::full());
            }
            shard.open(open, at).ok_or_else(StoreError::full)
        })?
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        let (user, session, denied) = match token {
            CheckToken::Tracked(key) => (key.user, Some(key), false),
            // Denied once stays denied, and a floor once raised stays raised, so the order of the two reads does not matter.
            CheckToken::Untracked { user, token_id } => (user, None, self.is_denied(token_id).await?),
        };
        self.0.of_user(user, |shard, at| Standing {
            session: session.and_then(|key| shard.standing(key, at)),
            denied,
            user_floor: shard.revoked.user_floor(user),
            floor: at.floor,
            epoch: self.0.epoch,
            incarnation: self.0.incarnation,
        })
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        self.0.of_user(session.user, |shard, at| shard.load(session, at))
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        self.0.of_user(rotate.key.user, |shard, at| shard.rotate(rotate, at))
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        self.0.of_token(&deny.token_id, |shard, at| shard.revoked.deny(deny, at.now))
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        self.0.of_token(token_id, |shard, _| shard.revoked.tokens.contains_key(token_id))
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        self.0.of_user(end.key.user, |shard, at| shard.end(end, at))
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        self.0.of_user(revoke.user, |shard, at| shard.revoke_user(revoke, at))
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        self.0.open_shards()?;
        let floor = instant.min(self.0.moment().now).as_millis();
        let earlier = self.0.floor.fetch_max(floor, Ordering::SeqCst);
        Ok(StoreTime::from_millis(floor.max(earlier)))
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.0.of_user(user, |shard, at| shard.count(user, at))
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.0.of_user(user, |shard, at| shard.list(user, at))
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        self.0.open_shards().and_then(|shards| paging::page(shards, after, most))
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        self.0.purge(slice, margin)
    }

    async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
