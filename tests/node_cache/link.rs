//! A node's way to a store that it shares with others: it can be cut, be slow, and lose replies.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, IssuedTimes,
        LoadedSession, MemoryStore, OnReuse, OpenSession, Opening, OperationId, Purged, RevokeUser, RevokedPage,
        Rotate, Rotation, SessionKey, SessionKind, SessionMetadata, SessionRecord, Standing, Store, StoreError,
        StoreTime,
    },
};
use tokio::sync::oneshot;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

#[derive(Clone)]
pub(crate) struct Link {
    store: MemoryStore,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    down: AtomicBool,
    loses_replies: AtomicBool,
    checks: AtomicU64,
    held: Mutex<VecDeque<oneshot::Receiver<()>>>,
    held_end: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Link {
    pub(crate) fn to(store: &MemoryStore) -> Self {
        Self { store: store.clone(), state: Arc::default() }
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.state.down.store(down, Ordering::SeqCst);
    }

    pub(crate) fn lose_replies(&self, lose: bool) {
        self.state.loses_replies.store(lose, Ordering::SeqCst);
    }

    /// How many checks reached this link since this was last asked.
    pub(crate) fn checks(&self) -> u64 {
        self.state.checks.swap(0, Ordering::SeqCst)
    }

    /// The next check has its answer now, and gives it when this is sent or dropped.
    pub(crate) fn hold_next(&self) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        self.state.held.lock().unwrap().push_back(held);
        release
    }

    /// The next `end` takes effect when this is sent or dropped.
    pub(crate) fn hold_next_end(&self) -> oneshot::Sender<()> {
        let (release, held) = oneshot::channel();
        *self.state.held_end.lock().unwrap() = Some(held);
        release
    }

    /// It was answered without a check.
    pub(crate) fn unhold(&self) {
        self.state.held.lock().unwrap().clear();
    }

    async fn change<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        if self.state.down.load(Ordering::SeqCst) {
            return Err(StoreError::new("connection refused"));
        }
        let answer = call.await;
        if self.state.loses_replies.load(Ordering::SeqCst) { Err(StoreError::new("connection reset")) } else { answer }
    }
}

impl Store for Link {
    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        self.change(self.store.begin(begin)).await
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        self.change(self.store.open(open)).await
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        self.state.checks.fetch_add(1, Ordering::SeqCst);
        let answer = self.change(self.store.check(token)).await;
        let held = self.state.held.lock().unwrap().pop_front();
        if let Some(held) = held {
            let _ = held.await;
        }
        answer
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        self.change(self.store.load(session)).await
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        self.change(self.store.rotate(rotate)).await
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        self.change(self.store.deny(deny)).await
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        self.change(self.store.is_denied(token_id)).await
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        let held = self.state.held_end.lock().unwrap().take();
        if let Some(held) = held {
            let _ = held.await;
        }
        self.change(self.store.end(end)).await
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        self.change(self.store.revoke_user(revoke)).await
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        self.change(self.store.raise_floor(instant)).await
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.change(self.store.count(user)).await
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.change(self.store.list(user)).await
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        self.change(self.store.list_revoked(after, most)).await
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        self.change(self.store.purge(slice, margin)).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

pub(crate) fn user(number: u64) -> UserKey {
    UserKey::from_octets(u128::from(number).to_be_bytes())
}

pub(crate) fn key(user_number: u64, session: u64) -> SessionKey {
    SessionKey { user: user(user_number), session: SessionId::from_octets(u128::from(session).to_be_bytes()) }
}

pub(crate) fn operation() -> OperationId {
    OperationId::from_u64(getrandom::u64().unwrap())
}

pub(crate) fn opening(key: SessionKey, begun: StoreTime) -> OpenSession {
    OpenSession {
        key,
        kind: SessionKind::Pair { seed: 7 },
        begun,
        limit: None,
        lifetime: HOUR,
        absolute: None,
        issued: IssuedTimes { issued_at: 1, expires_at: 901 },
        metadata: SessionMetadata::new(),
        data: None,
    }
}

pub(crate) async fn login(store: &impl Store, key: SessionKey) -> OpenSession {
    let begun = store.begin(&Begin { user: key.user, limit: None }).await.unwrap().begun;
    let open = opening(key, begun);
    assert!(matches!(store.open(&open).await.unwrap(), Opening::Opened { .. }));
    open
}

pub(crate) fn ending(key: SessionKey) -> EndSession {
    EndSession { key, operation: operation() }
}

pub(crate) fn revoking(user: UserKey) -> RevokeUser {
    RevokeUser { user, operation: operation(), keep: HOUR }
}

pub(crate) fn denying(token_id: &str) -> DenyToken {
    DenyToken { token_id: token_id.into(), operation: operation(), keep: HOUR }
}

pub(crate) fn rotation(key: SessionKey, presented: u32) -> Rotate {
    Rotate {
        key,
        operation: operation(),
        presented,
        lifetime: HOUR,
        issued: IssuedTimes { issued_at: 2, expires_at: 902 },
        grace: Duration::ZERO,
        on_reuse: OnReuse::EndSession,
        data: None,
    }
}
