//! Providers over a memory store, a clock that steps, tokens over any payload, and threads that race.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Barrier, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{
    Algorithm, Clock, Event, EventKind, JwsSigner, NumericDate, ProviderConfig, RefreshToken, SecretSource, SigningKey,
    TokenProvider, TokenProviderBuilder,
    store::{Limit, MemoryStore, Store, WhenFull},
};

/// What clocks show at the beginning.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const SECRET: &[u8] = b"sixty-four octets that are as good as random for what is tested!";
pub(crate) const REFRESH: &str = "a refresh key of more than thirty-two octets";
/// How many threads race.
pub(crate) const RACERS: usize = 64;

/// A clock that is set by hand, shared by its clones.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<Mutex<NumericDate>>);

impl Time {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(NumericDate::from_secs(NOW))))
    }

    pub(crate) fn set(&self, secs: i64) {
        *self.0.lock().unwrap() = NumericDate::from_secs(secs);
    }

    pub(crate) fn pass(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(duration);
    }

    pub(crate) fn pass_secs(&self, secs: u64) {
        self.pass(Duration::from_secs(secs));
    }
}

impl Clock for Time {
    fn now(&self) -> NumericDate {
        *self.0.lock().unwrap()
    }
}

/// Runs a future whose store answers at once: no runtime is needed.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::yield_now(),
        }
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap()
}

/// Does not track.
pub(crate) fn untracked() -> ProviderConfig {
    ProviderConfig::new(key()).issuer("issuer").audience("api").refresh_key(SecretSource::inline(REFRESH))
}

/// Tracks, without a limit.
pub(crate) fn tracked() -> ProviderConfig {
    untracked().track_sessions()
}

pub(crate) fn limit(max: u32, when_full: WhenFull) -> Limit {
    Limit { max: max.try_into().unwrap(), when_full }
}

/// What a provider told of.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<EventKind>>>);

impl Events {
    pub(crate) fn sink(&self) -> impl Fn(&Event<'_>) + Send + Sync + 'static {
        let Self(events) = self.clone();
        move |event| events.lock().unwrap().push(event.kind)
    }

    pub(crate) fn count(&self, kind: EventKind) -> usize {
        self.0.lock().unwrap().iter().filter(|told| **told == kind).count()
    }
}

/// A provider over a memory store, both by one clock.
pub(crate) struct World {
    pub(crate) time: Time,
    pub(crate) store: MemoryStore,
    pub(crate) events: Events,
    pub(crate) provider: TokenProvider,
}

pub(crate) fn world(config: ProviderConfig) -> World {
    world_with(config, |builder| builder)
}

pub(crate) fn world_with(
    config: ProviderConfig,
    set: impl FnOnce(TokenProviderBuilder) -> TokenProviderBuilder,
) -> World {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let events = Events::default();
    let builder = over(config, store.clone(), &time).events(events.sink());
    World { provider: set(builder).build().unwrap(), time, store, events }
}

/// Begins a provider over any store.
pub(crate) fn over(config: ProviderConfig, store: impl Store, time: &Time) -> TokenProviderBuilder {
    TokenProvider::builder(config).store(store).clock(time.clone())
}

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(octets.as_ref())
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// A token of that payload, whatever it is, signed with the provider's key.
pub(crate) fn signed(payload: &str) -> String {
    JwsSigner::with_token_type(key(), "JWT").sign(payload.as_bytes()).unwrap()
}

/// A token's payload.
pub(crate) fn payload(token: &str) -> String {
    String::from_utf8(decode(token.split('.').nth(1).unwrap())).unwrap()
}

/// An untracked token, valid at [`NOW`] + 10, with that subject and id as JSON values.
pub(crate) fn foreign(subject: &str, id: &str) -> String {
    let (iat, exp) = (NOW + 10, NOW + 3610);
    signed(&format!(r#"{{"iss":"issuer","sub":{subject},"aud":["api"],"exp":{exp},"iat":{iat},"jti":{id}}}"#))
}

pub(crate) fn refresh_token(text: impl Into<String>) -> RefreshToken {
    RefreshToken::new(text.into())
}

/// Lets [`RACERS`] threads begin each round together. Gives each round's outcomes.
pub(crate) fn race<T: Send>(rounds: usize, act: impl Fn(usize, usize) -> T + Sync) -> Vec<Vec<T>> {
    let barrier = Barrier::new(RACERS);
    let (barrier, act) = (&barrier, &act);
    let mut by_racer: Vec<_> = thread::scope(|scope| {
        let racers = (0..RACERS).map(|racer| {
            scope.spawn(move || {
                let round = |round| {
                    barrier.wait();
                    act(round, racer)
                };
                (0..rounds).map(round).collect::<Vec<_>>()
            })
        });
        let racers: Vec<_> = racers.collect();
        racers.into_iter().map(|racer| racer.join().unwrap().into_iter()).collect()
    });
    (0..rounds).map(|_| by_racer.iter_mut().map(|outcomes| outcomes.next().unwrap()).collect()).collect()
}

/// How many of the outcomes are so.
pub(crate) fn count<T>(outcomes: &[T], is: impl Fn(&T) -> bool) -> usize {
    outcomes.iter().filter(|outcome| is(outcome)).count()
}

/// Matches an expression against a pattern, or shows what it was.
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)? $(, $($what:tt)+)?) => {
        match $value {
            $pattern $(if $guard)? => {}
            other => panic!("{other:?} is not {} {}", stringify!($pattern), format_args!("{}", String::new() $(+ &format!($($what)+))?)),
        }
    };
}
pub(crate) use assert_matches;
