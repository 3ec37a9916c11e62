//! The explorer, a clock that stands still, and logins to the store.

use std::{
    future::Future,
    num::NonZeroU32,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use jwtward::{
    Clock, NumericDate, SessionId, UserKey,
    store::{
        Begin, IssuedTimes, Limit, MemoryStore, OpenSession, Opening, SessionKey, SessionKind, SessionMetadata, Store,
        StoreError, WhenFull,
    },
};
use shuttle::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    thread,
};

pub(crate) const START: u64 = 1_800_000_000_000;
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const USER: UserKey = UserKey::from_octets([7; 16]);
/// The depth of bugs that PCT looks for.
pub(crate) const DEPTH: usize = 3;

/// Tries the schedules.
pub(crate) fn explore(name: &str, model: fn()) {
    let iterations =
        std::env::var("JWTWARD_SHUTTLE_ITERATIONS").ok().and_then(|number| number.parse().ok()).unwrap_or(1000);
    shuttle::check_random(model, iterations);
    shuttle::check_pct(model, iterations, DEPTH);
    println!("{name}: {iterations} random schedules, {iterations} by priority");
}

/// Stands still unless turned, so that everything happens within one millisecond.
#[derive(Clone, Debug)]
pub(crate) struct Turned(pub(crate) Arc<AtomicU64>);

impl Turned {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }
}

impl Clock for Turned {
    fn now(&self) -> NumericDate {
        (SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.load(SeqCst))).into()
    }
}

pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store does not wait"),
    }
}

pub(crate) fn store() -> MemoryStore {
    MemoryStore::builder().clock(Turned::new()).build()
}

pub(crate) fn key(number: u8) -> SessionKey {
    SessionKey { user: USER, session: SessionId::from_octets([number; 16]) }
}

pub(crate) fn limit(max: u32, when_full: WhenFull) -> Option<Limit> {
    Some(Limit { max: NonZeroU32::new(max).unwrap(), when_full })
}

pub(crate) fn issued(number: i64) -> IssuedTimes {
    IssuedTimes { issued_at: 1_800_000_000, expires_at: 1_800_000_900 + number }
}

/// A whole login: both calls, as the provider makes them.
pub(crate) fn login(
    store: &impl Store,
    number: u8,
    limit: Option<Limit>,
    lifetime: Duration,
) -> Result<Opening, StoreError> {
    let beginning = now(store.begin(&Begin { user: USER, limit }))?;
    if let Some(active) = beginning.full {
        return Ok(Opening::Full { active });
    }
    now(store.open(&OpenSession {
        key: key(number),
        kind: SessionKind::Pair { seed: 1 },
        begun: beginning.begun,
        limit,
        lifetime,
        absolute: None,
        issued: issued(0),
        metadata: SessionMetadata::new(),
        data: Some("{}".into()),
    }))
}

/// Runs both at once.
pub(crate) fn both<A: Send + 'static, B: Send + 'static>(
    store: &MemoryStore,
    a: impl FnOnce(&MemoryStore) -> A + Send + 'static,
    b: impl FnOnce(&MemoryStore) -> B + Send + 'static,
) -> (A, B) {
    let of_a = store.clone();
    let a = thread::spawn(move || a(&of_a));
    let b = b(store);
    (a.join().unwrap(), b)
}
