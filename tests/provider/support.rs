//! What the tests share: a clock that they set, a world of one store, a log of events, tokens made by hand, and a store that fails.

use std::{
    fmt::Write as _,
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jwtward::{
    Algorithm, Clock, Event, EventKind, JwsSigner, KeyId, NumericDate, ProviderConfig, SigningKey, TokenProvider,
    TokenProviderBuilder, UnverifiedJws,
    store::{Limit, MemoryStore, Store, WhenFull},
};
use serde_json::Value;

/// When the tests begin, in seconds.
pub(crate) const START: i64 = 1_800_000_000;

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn at(secs: i64) -> Self {
        Self(Arc::new(AtomicI64::new(secs * 1000)))
    }

    pub(crate) fn set_millis(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub(crate) fn millis(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, secs: i64) {
        self.advance_millis(secs * 1000);
    }
}

impl Clock for TestClock {
    fn now(&self) -> NumericDate {
        let millis = self.millis();
        let below = u64::try_from(millis.rem_euclid(1000)).unwrap();
        NumericDate::from_secs(millis.div_euclid(1000)).plus(Duration::from_millis(below))
    }
}

/// What happened, a line each: kind, subject, and whether session and token id were told.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn write(&self, event: &Event<'_>) {
        let mut line = format!("{:?}", event.kind);
        for (name, given) in
            [("user", event.user.is_some()), ("sid", event.session.is_some()), ("jti", event.token_id.is_some())]
        {
            if given {
                let _ = write!(line, " {name}");
            }
        }
        if let Some(subject) = event.subject {
            let _ = write!(line, " of {subject}");
        }
        self.0.lock().unwrap().push(line);
    }

    /// What happened since this was last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// One memory store and one clock, for any number of providers.
pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) store: MemoryStore,
    pub(crate) log: Log,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::at(START)
    }

    pub(crate) fn at(secs: i64) -> Self {
        Self::on(TestClock::at(secs))
    }

    /// A new store on a clock that runs already.
    pub(crate) fn on(clock: TestClock) -> Self {
        let store = MemoryStore::builder().clock(clock.clone()).build();
        Self { clock, store, log: Log::default() }
    }

    pub(crate) fn builder(&self, config: ProviderConfig) -> TokenProviderBuilder {
        self.over(self.store.clone(), config)
    }

    /// The same over another store.
    pub(crate) fn over(&self, store: impl Store, config: ProviderConfig) -> TokenProviderBuilder {
        let log = self.log.clone();
        TokenProvider::builder(config)
            .store(store)
            .clock(self.clock.clone())
            .events(move |event: &Event<'_>| log.write(event))
    }

    pub(crate) fn provider(&self, config: ProviderConfig) -> TokenProvider {
        self.builder(config).build().unwrap()
    }

    pub(crate) fn without_store(&self, config: ProviderConfig) -> TokenProvider {
        TokenProvider::builder(config).clock(self.clock.clone()).build().unwrap()
    }
}

/// A world and a provider that tracks.
pub(crate) fn tracked() -> (World, TokenProvider) {
    let world = World::new();
    let provider = world.provider(config().track_sessions());
    (world, provider)
}

/// A world and a provider that does not track single tokens; pairs are sessions all the same.
pub(crate) fn untracked() -> (World, TokenProvider) {
    let world = World::new();
    let provider = world.provider(config());
    (world, provider)
}

pub(crate) const SECRET: &[u8] = b"the test secret, known to everyone";

/// The key of most tests; its `kid` is the default one.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap()
}

pub(crate) fn config() -> ProviderConfig {
    ProviderConfig::new(key())
}

pub(crate) fn limit(max: u32, when_full: WhenFull) -> Limit {
    Limit { max: NonZeroU32::new(max).unwrap(), when_full }
}

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A token of that payload, signed with the test key.
pub(crate) fn forge(payload: &str) -> String {
    forge_typed(payload, "JWT")
}

pub(crate) fn forge_typed(payload: &str, typ: &str) -> String {
    let key = key().with_key_id(KeyId::new("default").unwrap());
    JwsSigner::with_token_type(key, typ).sign(payload.as_bytes()).unwrap()
}

/// A payload in the Go provider's layout, issued now.
pub(crate) fn foreign(clock: &TestClock, jti: &str) -> Value {
    let now = clock.millis().div_euclid(1000);
    serde_json::json!({
        "iss": "blueprint", "sub": "alice", "aud": ["api"], "exp": now + 3600, "nbf": now, "iat": now, "jti": jti,
    })
}

/// A token's payload, its signature checked and nothing else.
pub(crate) fn payload(token: &str) -> Value {
    serde_json::from_str(&payload_text(token)).unwrap()
}

pub(crate) fn payload_text(token: &str) -> String {
    let jws = UnverifiedJws::parse(token, 1 << 20).unwrap();
    String::from_utf8(jws.verify(&key().verifying_key()).unwrap().payload().to_vec()).unwrap()
}

/// The kinds of events that tests count.
pub(crate) fn count(log: &[String], kind: EventKind) -> usize {
    let kind = format!("{kind:?}");
    log.iter().filter(|line| line.split(' ').next() == Some(&kind)).count()
}

/// Fails unless the value matches; shows what it is.
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)? $(,)?) => {
        match $value {
            $pattern $(if $guard)? => {}
            other => panic!("{other:?} is not {}", stringify!($pattern $(if $guard)?)),
        }
    };
}
pub(crate) use assert_matches;
