//! The store under test, and what the cases have in common.

use std::{
    fmt::Debug,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Barrier;

use crate::{
    id::{SessionId, UserKey},
    store::{
        Begin, Beginning, CheckToken, DenyToken, EndSession, IssuedTimes, Limit, OnReuse, OpenSession, Opening,
        OperationId, RevokeUser, Rotate, SessionKey, SessionKind, SessionMetadata, SessionRecord, Standing, Store,
        StoreError, StoreTime, WhenFull,
    },
};

/// For what is not to end during a case.
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// For what is to end soon. It may end before the next call: a case only ever waits for its end.
pub(super) const SHORT: Duration = Duration::from_millis(40);
/// How long a case waits for what must come. Reached by broken stores only.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many tasks race.
pub(super) const RACERS: usize = 64;
/// How many times each race is run.
pub(super) const ROUNDS: usize = 6;

/// What a case finds wrong.
#[derive(Debug)]
pub(super) struct Reason(pub(super) String);

pub(super) type Outcome = Result<(), Reason>;

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        let mut text = format!("a call was answered with an error: {error}");
        let mut next = std::error::Error::source(&error);
        while let Some(source) = next {
            text = format!("{text}: {source}");
            next = source.source();
        }
        Self(text)
    }
}

impl From<tokio::task::JoinError> for Reason {
    fn from(error: tokio::task::JoinError) -> Self {
        Self(format!("a call panicked: {error}"))
    }
}

/// Ends the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($why:tt)+) => {
        if !$condition {
            return Err($crate::store::conformance::subject::Reason(format!($($why)+)));
        }
    };
}
pub(super) use ensure;

/// Fails unless the two are equal.
pub(super) fn same<T: PartialEq + Debug>(what: &str, got: T, want: T) -> Outcome {
    ensure!(got == want, "{what}: {got:?} instead of {want:?}");
    Ok(())
}

/// A limit that refuses.
pub(super) fn reject(max: u32) -> Option<Limit> {
    limit(max, WhenFull::Reject)
}

/// A limit that evicts.
pub(super) fn evict(max: u32) -> Option<Limit> {
    limit(max, WhenFull::EvictOldest)
}

fn limit(max: u32, when_full: WhenFull) -> Option<Limit> {
    std::num::NonZeroU32::new(max).map(|max| Limit { max, when_full })
}

/// Times that can be told from others'.
pub(super) fn issued(number: i64) -> IssuedTimes {
    IssuedTimes { issued_at: 1_700_000_000 + number, expires_at: 1_700_000_900 + number }
}

/// When a session was opened, and which made room; anything but "opened" fails.
pub(super) fn opened(opening: Opening) -> Result<(StoreTime, Vec<SessionId>), Reason> {
    match opening {
        Opening::Opened { created, evicted } => Ok((created, evicted)),
        other => Err(Reason(format!("a session that must open got {other:?}"))),
    }
}

/// The store under test, with a source of names that are new to it.
pub(super) struct Subject<S> {
    pub(super) store: Arc<S>,
    names: Arc<AtomicU64>,
}

impl<S> Clone for Subject<S> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), names: Arc::clone(&self.names) }
    }
}

impl<S: Store> Subject<S> {
    pub(super) fn new(store: S) -> Self {
        Self { store: Arc::new(store), names: Arc::new(AtomicU64::new(1)) }
    }

    /// A number not given before, spread over all 64 bits as random ones are (the finisher of SplitMix64, which is one to one).
    fn number(&self) -> u64 {
        let mut number = self.names.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    fn octets(&self) -> [u8; 16] {
        (u128::from(self.number()) << 64 | u128::from(self.number())).to_be_bytes()
    }

    pub(super) fn user(&self) -> UserKey {
        UserKey::from_octets(self.octets())
    }

    pub(super) fn key(&self, user: UserKey) -> SessionKey {
        SessionKey { user, session: SessionId::from_octets(self.octets()) }
    }

    pub(super) fn operation(&self) -> OperationId {
        OperationId::from_u64(self.number())
    }

    pub(super) fn token_id(&self) -> Box<str> {
        format!("{:032x}", u128::from_be_bytes(self.octets())).into()
    }

    /// An ordinary request for a pair that lives for an hour.
    pub(super) fn opening(&self, user: UserKey, begun: StoreTime) -> OpenSession {
        OpenSession {
            key: self.key(user),
            kind: SessionKind::Pair { seed: self.number() },
            begun,
            limit: None,
            lifetime: HOUR,
            absolute: None,
            issued: issued(0),
            metadata: SessionMetadata::new(),
            data: None,
        }
    }

    /// An ordinary refresh: no grace, and reuse ends the session.
    pub(super) fn rotation(&self, key: SessionKey, presented: u32) -> Rotate {
        Rotate {
            key,
            operation: self.operation(),
            presented,
            lifetime: HOUR,
            issued: issued(i64::from(presented) + 1),
            grace: Duration::ZERO,
            on_reuse: OnReuse::EndSession,
            data: None,
        }
    }

    pub(super) fn denying(&self, token_id: &str, keep: Duration) -> DenyToken {
        DenyToken { token_id: token_id.into(), operation: self.operation(), keep }
    }

    pub(super) fn ending(&self, key: SessionKey) -> EndSession {
        EndSession { key, operation: self.operation() }
    }

    pub(super) fn revoking(&self, user: UserKey) -> RevokeUser {
        RevokeUser { user, operation: self.operation(), keep: HOUR }
    }

    pub(super) async fn begin(&self, user: UserKey, limit: Option<Limit>) -> Result<Beginning, Reason> {
        Ok(self.store.begin(&Begin { user, limit }).await?)
    }

    /// A whole login under a limit.
    pub(super) async fn login(&self, user: UserKey, limit: Option<Limit>) -> Result<(SessionKey, Opening), Reason> {
        let begun = self.begin(user, limit).await?.begun;
        let open = OpenSession { limit, ..self.opening(user, begun) };
        Ok((open.key, self.store.open(&open).await?))
    }

    /// A new session without a limit.
    pub(super) async fn session(&self, user: UserKey) -> Result<SessionKey, Reason> {
        let (key, opening) = self.login(user, None).await?;
        opened(opening)?;
        Ok(key)
    }

    /// New sessions, each in a later millisecond than the one before, so that which is older is beyond doubt.
    pub(super) async fn sessions(
        &self,
        user: UserKey,
        how_many: usize,
    ) -> Result<Vec<(SessionKey, StoreTime)>, Reason> {
        let mut sessions = Vec::new();
        for _ in 0..how_many {
            let (key, opening) = self.login(user, None).await?;
            let (created, _) = opened(opening)?;
            self.past(created).await?;
            sessions.push((key, created));
        }
        Ok(sessions)
    }

    /// The store's time, asked for a user who has no floor.
    pub(super) async fn now(&self) -> Result<StoreTime, Reason> {
        Ok(self.begin(UserKey::from_octets(*b"who asks as time"), None).await?.begun)
    }

    /// Waits until the store's own clock is past `time`.
    pub(super) async fn past(&self, time: StoreTime) -> Outcome {
        let start = Instant::now();
        while self.now().await? <= time {
            ensure!(start.elapsed() < PATIENCE, "the store's time does not get past {}", time.as_millis());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Purges until nothing is left to look at.
    pub(super) async fn purge(&self, slice: usize, margin: Duration) -> Result<u64, Reason> {
        let mut removed = 0;
        // No case stores nearly as many records.
        for _ in 0..20_000 {
            let purged = self.store.purge(slice, margin).await?;
            removed += purged.removed;
            if purged.done {
                return Ok(removed);
            }
        }
        Err(Reason("purge never says that it is done".into()))
    }

    pub(super) async fn standing(&self, key: SessionKey) -> Result<Standing, Reason> {
        Ok(self.store.check(CheckToken::Tracked(key)).await?)
    }

    pub(super) async fn untracked(&self, user: UserKey, token_id: &str) -> Result<Standing, Reason> {
        Ok(self.store.check(CheckToken::Untracked { user, token_id }).await?)
    }

    pub(super) async fn user_floor(&self, user: UserKey) -> Result<StoreTime, Reason> {
        Ok(self.untracked(user, "any").await?.user_floor)
    }

    /// The session's line in the user's list.
    pub(super) async fn record(&self, key: SessionKey) -> Result<Option<SessionRecord>, Reason> {
        let list = self.store.list(key.user).await?;
        let mut found = list.into_iter().filter(|record| record.id == key.session);
        let first = found.next();
        ensure!(found.next().is_none(), "a session is listed twice");
        Ok(first)
    }

    /// As `record`, for a session that must be there.
    pub(super) async fn live(&self, key: SessionKey) -> Result<SessionRecord, Reason> {
        self.is_live(key, "it").await?;
        self.record(key).await?.ok_or_else(|| Reason("a session that must live is not listed".into()))
    }

    /// Fails unless every call that reads finds the session.
    pub(super) async fn is_live(&self, key: SessionKey, which: &str) -> Outcome {
        ensure!(self.standing(key).await?.session.is_some(), "{which} must live, and check does not find it");
        ensure!(self.store.load(key).await?.is_some(), "{which} must live, and load does not find it");
        ensure!(self.record(key).await?.is_some(), "{which} must live, and is not listed");
        Ok(())
    }

    /// Fails if any call that reads finds the session.
    pub(super) async fn is_gone(&self, key: SessionKey, which: &str) -> Outcome {
        ensure!(self.standing(key).await?.session.is_none(), "{which} must be gone, and check finds it");
        ensure!(self.store.load(key).await?.is_none(), "{which} must be gone, and load finds it");
        ensure!(self.record(key).await?.is_none(), "{which} must be gone, and is listed");
        Ok(())
    }

    /// Fails unless count and list both say so.
    pub(super) async fn has(&self, user: UserKey, sessions: u64, when: &str) -> Outcome {
        same(&format!("the count {when}"), self.store.count(user).await?, sessions)?;
        same(&format!("the length of the list {when}"), self.store.list(user).await?.len() as u64, sessions)
    }

    /// Runs `task` as that many tasks that start together, and gives their answers in the order of their numbers.
    pub(super) async fn at_once<T, R>(&self, tasks: usize, task: impl Fn(usize, Self) -> R) -> Result<Vec<T>, Reason>
    where
        T: Send + 'static,
        R: Future<Output = Result<T, Reason>> + Send + 'static,
    {
        let start = Arc::new(Barrier::new(tasks));
        let mut running = Vec::new();
        for number in 0..tasks {
            let (start, work) = (Arc::clone(&start), task(number, self.clone()));
            running.push(tokio::spawn(async move {
                start.wait().await;
                work.await
            }));
        }
        let mut answers = Vec::new();
        for task in running {
            answers.push(task.await??);
        }
        Ok(answers)
    }
}
