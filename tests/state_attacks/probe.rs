//! A memory store with a probe in front: it records every call, and can make any of them fail, hang, or find the store closed.

use std::{
    future::{Future, pending},
    sync::{Arc, Mutex},
    time::Duration,
};

use jwtward::{
    UserKey,
    store::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
        MemoryStore, OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey,
        SessionRecord, Standing, Store, StoreError, StoreTime,
    },
};

pub(crate) type Act = Arc<dyn Fn() + Send + Sync>;

/// What becomes of a call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It fails with that error, and so do all after it, until the store is [healed](Probe::heal).
    Error(StoreError),
    /// The step is done, and its answer lost: this often.
    Lost(usize),
    /// It is never answered.
    Hang,
    /// The store closes just before.
    Close,
    /// Something else happens just before.
    Meanwhile(Act),
    /// Something else happens after the step, before its answer arrives.
    Afterwards(Act),
}

#[derive(Default)]
struct State {
    calls: Vec<&'static str>,
    /// After how many more calls, and what.
    fault: Option<(usize, Fault)>,
}

#[derive(Clone)]
pub(crate) struct Probe {
    store: MemoryStore,
    state: Arc<Mutex<State>>,
}

impl Probe {
    pub(crate) fn new(store: &MemoryStore) -> Self {
        Self { store: store.clone(), state: Arc::default() }
    }

    /// The calls since this was last asked.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }

    /// Lets so many calls through and then brings about the fault.
    pub(crate) fn after(&self, calls: usize, fault: Fault) {
        self.state.lock().unwrap().fault = Some((calls, fault));
    }

    /// No more faults.
    pub(crate) fn heal(&self) {
        self.state.lock().unwrap().fault = None;
    }

    /// Records a call and says what becomes of it.
    fn fault(&self, call: &'static str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        state.calls.push(call);
        match &mut state.fault {
            Some((0, fault @ Fault::Error(_))) => Some(fault.clone()),
            Some((0, Fault::Lost(times))) if *times > 1 => {
                *times -= 1;
                Some(Fault::Lost(1))
            }
            Some((0, _)) => state.fault.take().map(|(_, fault)| fault),
            Some((calls, _)) => {
                *calls -= 1;
                None
            }
            None => None,
        }
    }

    /// Makes a call with its fault.
    async fn call<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.fault(name) {
            None => call.await,
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Lost(_)) => call.await.and(Err(StoreError::new("connection reset"))),
            Some(Fault::Hang) => pending().await,
            Some(Fault::Close) => {
                self.store.close().await;
                call.await
            }
            Some(Fault::Meanwhile(act)) => {
                act();
                call.await
            }
            Some(Fault::Afterwards(act)) => {
                let answer = call.await;
                act();
                answer
            }
        }
    }
}

macro_rules! forward {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Store for Probe {
            fn capabilities(&self) -> Capabilities {
                self.store.capabilities()
            }
            $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, StoreError> {
                self.call(stringify!($name), self.store.$name($($arg),*)).await
            })*
            async fn close(&self) {
                self.store.close().await;
            }
        }
    };
}

forward! {
    begin(begin: &Begin) -> Beginning;
    open(open: &OpenSession) -> Opening;
    check(token: CheckToken<'_>) -> Standing;
    load(session: SessionKey) -> Option<LoadedSession>;
    rotate(rotate: &Rotate) -> Rotation;
    deny(deny: &DenyToken) -> Denial;
    is_denied(token_id: &str) -> bool;
    end(end: &EndSession) -> Ending;
    revoke_user(revoke: &RevokeUser) -> u64;
    raise_floor(instant: StoreTime) -> StoreTime;
    count(user: UserKey) -> u64;
    list(user: UserKey) -> Vec<SessionRecord>;
    list_revoked(after: Option<&Cursor>, most: usize) -> RevokedPage;
    purge(slice: usize, margin: Duration) -> Purged;
}
