//! The store as callers have it.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    builder::RedbStoreBuilder,
    error::RedbOpenError,
    failed, paging,
    purge::PurgeCursor,
    record::Record,
    schema::Identity,
    snapshot::Snapshot,
    step::Step,
    view::{count, live, live_hot, moment, sessions_of},
    writer::{Call, Message, Shared, not_open},
};
use crate::{
    id::UserKey,
    store::{
        Store, StoreError,
        types::{
            Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
            OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey, SessionRecord,
            Standing, StoreTime,
        },
    },
};

/// Keeps sessions and revocations in one file: durable on one machine, of one process at a time. Cloning shares it.
///
/// A change is answered when it is on the disk. After a crash, `kill -9` or a loss of power everything answered is
/// there: no revocation is lost and no session revives. The refresh key must outlive the process too: configure one.
///
/// A file put back from a backup knows nothing of what was revoked since. After that, and before anything is let in,
/// call [`raise_floor`](Store::raise_floor) with the present time, through
/// [`TokenProvider::revoke_everything_before`](crate::TokenProvider::revoke_everything_before).
///
/// The time is the wall clock's and never goes back, not even across a restart behind the last change or clean-up:
/// while the clock is behind the file, time stands still, and sessions live for as much longer. By more than a day, the
/// store does not open ([`RedbOpenError::ClockBehind`]).
///
/// When the disk fails or is full, everything is refused until the file could be opened again and was found whole,
/// which each change and clean-up tries.
///
/// | | |
/// |---|---|
/// | check, load | O(log n), where it is called |
/// | begin, open without a limit, rotate, deny, end | O(log n), on the writer's thread |
/// | what changes something | two `fsync`s, shared by all who wait |
/// | count, list, open with a limit, revoke all of a user | O(k) in the user's sessions |
/// | file | O(most ever active): room that gets free is used again, not given back to the disk |
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use jwtward::{ProviderConfig, SecretSource, TokenProvider, store::RedbStore};
///
/// let config = ProviderConfig::from_json(&std::fs::read_to_string("/etc/example/tokens.json")?)?
///     .track_sessions()
///     .refresh_key(SecretSource::file("/run/secrets/refresh-key"));
/// let provider = TokenProvider::new(config, RedbStore::open("/var/lib/example/sessions.redb")?)?;
/// # let _ = provider;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedbStore(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    /// The writer ends when this is dropped.
    queue: mpsc::Sender<Message>,
    identity: Identity,
}

impl RedbStore {
    /// Opens the file, or makes it; see [`RedbStoreBuilder::open`].
    ///
    /// # Errors
    /// [`RedbOpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RedbOpenError> {
        Self::builder(path).open()
    }

    /// Begins with the system's clock and a cache of [`RedbStoreBuilder::DEFAULT_CACHE_SIZE`].
    #[must_use]
    pub fn builder(path: impl AsRef<Path>) -> RedbStoreBuilder {
        RedbStoreBuilder::new(path.as_ref())
    }

    pub(super) fn new(shared: Arc<Shared>, queue: mpsc::Sender<Message>, identity: Identity) -> Self {
        Self(Arc::new(Inner { shared, queue, identity }))
    }
}

impl Inner {
    /// Reads the last committed state, here: some microseconds, and a page of the file for each that is not cached.
    fn read<T>(&self, read: impl FnOnce(&Snapshot, StoreTime) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.shared.check_open()?;
        let snapshot = self.shared.snapshot.read().map_err(|_| StoreError::new("a reader was broken off"))?;
        let Some(snapshot) = snapshot.as_ref() else {
            self.shared.check_open()?;
            return Err(not_open());
        };
        let now = self.shared.now();
        // On some damage redb panics; that is a failure like any other.
        catch_unwind(AssertUnwindSafe(|| read(snapshot, now)))
            .unwrap_or_else(|_| Err(StoreError::new("reading the file failed")))
    }

    /// Asks the writer for a step, and waits until it is durable.
    async fn change<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Step<'_>, &mut PurgeCursor) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.check_open()?;
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.send(Message::Call(Box::new(Call::new(step, reply)))).await;
        if sent.is_ok()
            && let Ok(answer) = answer.await
        {
            return answer;
        }
        // The writer is gone: after a close, or because redb panicked.
        self.shared.check_open()?;
        Err(StoreError::new("the store's writer has stopped"))
    }
}

impl Store for RedbStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true, process_local: false }
    }

    /// On the writer's thread although it only reads: in order with the revocations, so that none under way is
    /// overlooked.
    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        let begin = *begin;
        let (begun, full) = self.0.change(move |step, _| step.begin(&begin)).await?;
        Ok(Beginning { begun, full, incarnation: self.0.identity.incarnation })
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        let open = open.clone();
        self.0.change(move |step, _| step.open(&open)).await
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        self.0.read(|snapshot, now| {
            let user = match token {
                CheckToken::Tracked(key) => key.user,
                CheckToken::Untracked { user, .. } => user,
            };
            let at = moment(&snapshot.users, user, now, snapshot.floor)?;
            let (session, denied) = match token {
                CheckToken::Tracked(key) => (live_hot(&snapshot.sessions, key, at)?, false),
                CheckToken::Untracked { token_id, .. } => (None, snapshot.is_denied(token_id)?),
            };
            Ok(Standing {
                session: session.map(|hot| hot.standing(now)),
                denied,
                user_floor: at.user_floor,
                floor: at.floor,
                epoch: self.0.identity.epoch,
                incarnation: self.0.identity.incarnation,
            })
        })
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        self.0.read(|snapshot, now| {
            let at = moment(&snapshot.users, session.user, now, snapshot.floor)?;
            Ok(live(&snapshot.sessions, session, at)?.map(|record| record.loaded(now)))
        })
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let rotate = rotate.clone();
        self.0.change(move |step, _| step.rotate(&rotate)).await
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        let deny = deny.clone();
        self.0.change(move |step, _| step.deny(&deny)).await
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        self.0.read(|snapshot, _| snapshot.is_denied(token_id))
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        let end = *end;
        self.0.change(move |step, _| step.end(&end)).await
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let revoke = *revoke;
        self.0.change(move |step, _| step.revoke_user(&revoke)).await
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        self.0.change(move |step, _| step.raise_floor(instant)).await
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.0
            .read(|snapshot, now| count(&snapshot.sessions, user, moment(&snapshot.users, user, now, snapshot.floor)?))
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.0.read(|snapshot, now| {
            let at = moment(&snapshot.users, user, now, snapshot.floor)?;
            let all = sessions_of(&snapshot.sessions, user, Record::read)?;
            let mut live: Vec<_> = all.into_iter().filter(|(_, record)| at.live(&record.hot)).collect();
            live.sort_by_key(|(_, record)| record.hot.order());
            Ok(live.into_iter().map(|(id, record)| record.listed(id)).collect())
        })
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        self.0.read(|snapshot, _| paging::page(snapshot, after, most))
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        self.0.change(move |step, cursor| step.purge(cursor, slice, margin)).await
    }

    /// Returns when the file is free. Without it that is soon after the last clone is dropped.
    async fn close(&self) {
        self.0.shared.closed.store(true, Ordering::SeqCst);
        let (reply, closed) = oneshot::channel();
        if self.0.queue.send(Message::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
        // As the writer does, unless it broke off.
        let _ = self.0.shared.publish(None);
    }
}

impl Snapshot {
    fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        Ok(self.denied.get(token_id).map_err(failed)?.is_some())
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}
