//! A store that fails, hangs, loses replies, or has something happen in between.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use jwtward::{
    UserKey,
    store::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
        MemoryStore, OpenSession, Opening, OperationId, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey,
        SessionRecord, Standing, Store, StoreError, StoreTime,
    },
};

/// What goes wrong, at which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Fails(&'static str),
    Hangs(&'static str),
    /// The call takes effect, and its reply is lost.
    LosesReply(&'static str),
    /// The same, once.
    LosesOneReply(&'static str),
    /// All of the user's tokens are revoked just before it.
    RevokedBefore(&'static str, UserKey),
}

#[derive(Clone)]
pub(crate) struct Faulty {
    inner: MemoryStore,
    fault: Arc<Mutex<Fault>>,
    calls: Arc<Mutex<Vec<&'static str>>>,
    capabilities: Capabilities,
}

impl Faulty {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        let capabilities = inner.capabilities();
        Self { inner, fault: Arc::new(Mutex::new(Fault::None)), calls: Arc::default(), capabilities }
    }

    /// With other capabilities than the memory store has.
    pub(crate) fn with(inner: MemoryStore, capabilities: Capabilities) -> Self {
        Self { capabilities, ..Self::new(inner) }
    }

    pub(crate) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    /// The calls made since this was last asked.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    async fn pass<T>(
        &self,
        call: &'static str,
        inner: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.calls.lock().unwrap().push(call);
        let fault = *self.fault.lock().unwrap();
        match fault {
            Fault::Fails(at) if at == call => Err(StoreError::new("connection refused")),
            Fault::Hangs(at) if at == call => pending().await,
            Fault::LosesReply(at) if at == call => {
                inner.await?;
                Err(StoreError::new("connection reset"))
            }
            Fault::LosesOneReply(at) if at == call => {
                self.set(Fault::None);
                inner.await?;
                Err(StoreError::new("connection reset"))
            }
            Fault::RevokedBefore(at, user) if at == call => {
                let keep = Duration::from_secs(1 << 20);
                let operation = OperationId::from_u64(1);
                self.inner.revoke_user(&RevokeUser { user, operation, keep }).await?;
                inner.await
            }
            _ => inner.await,
        }
    }
}

impl Store for Faulty {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        self.pass("begin", self.inner.begin(begin)).await
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        self.pass("open", self.inner.open(open)).await
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        self.pass("check", self.inner.check(token)).await
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        self.pass("load", self.inner.load(session)).await
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        self.pass("rotate", self.inner.rotate(rotate)).await
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        self.pass("deny", self.inner.deny(deny)).await
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        self.pass("is_denied", self.inner.is_denied(token_id)).await
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        self.pass("end", self.inner.end(end)).await
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        self.pass("revoke_user", self.inner.revoke_user(revoke)).await
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        self.pass("raise_floor", self.inner.raise_floor(instant)).await
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.pass("count", self.inner.count(user)).await
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.pass("list", self.inner.list(user)).await
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        self.pass("list_revoked", self.inner.list_revoked(after, most)).await
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        self.pass("purge", self.inner.purge(slice, margin)).await
    }

    async fn close(&self) {
        self.calls.lock().unwrap().push("close");
        self.inner.close().await;
    }
}
