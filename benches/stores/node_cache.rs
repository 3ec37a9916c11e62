//! What a check costs through a node cache, a hit and a miss, next to the memory store's own.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench node_cache` prints Markdown. Each call is timed alone, so about 30 ns of
//! each figure are the clock's.

#[path = "../sessions/figures.rs"]
#[allow(dead_code)]
mod figures;

use std::time::Duration;

use figures::{Times, head, mixed, now, row};
use jwtward::{
    SessionId, UserKey,
    store::{
        CheckToken, Consistency, IssuedTimes, MemoryStore, NodeCache, OpenSession, SessionKey, SessionKind,
        SessionMetadata, Store, StoreTime,
    },
};

const SESSIONS: u64 = 50_000;
const CALLS: u64 = 500_000;
const HOUR: Duration = Duration::from_secs(3600);

fn key(number: u64) -> SessionKey {
    let octets = |number: u64| (u128::from(mixed(number)) << 64 | u128::from(mixed(!number))).to_le_bytes();
    SessionKey {
        user: UserKey::from_octets(octets(number)),
        session: SessionId::from_octets(octets(number + (1 << 40))),
    }
}

fn main() {
    let store = MemoryStore::default();
    for number in 0..SESSIONS {
        let opening = OpenSession {
            key: key(number),
            kind: SessionKind::Single,
            begun: StoreTime::from_millis(u64::MAX / 2),
            limit: None,
            lifetime: HOUR,
            absolute: None,
            issued: IssuedTimes { issued_at: 0, expires_at: 900 },
            metadata: SessionMetadata::new(),
            data: None,
        };
        now(store.open(&opening)).expect("there is room");
    }
    println!("\n{SESSIONS} sessions. Times in ns.\n");
    head(&["check", "median", "p99"]);
    let strong = NodeCache::new(store.clone(), Consistency::Strong);
    let hits = NodeCache::new(store.clone(), Consistency::Bounded(HOUR));
    let misses = NodeCache::new(store.clone(), Consistency::Bounded(Duration::from_nanos(1)));
    print("the memory store's own", |token| now(store.check(token)).expect("an answer").session.is_some());
    print("through a strong cache", |token| now(strong.check(token)).expect("an answer").session.is_some());
    print("a hit", |token| now(hits.check(token)).expect("an answer").session.is_some());
    // So short a bound refuses every answer as late; what that costs is what a miss does.
    print("a miss, but for putting the answer in", |token| now(misses.check(token)).is_err());
}

fn print(name: &str, check: impl Fn(CheckToken<'_>) -> bool) {
    let mut times = Times::new(CALLS as usize);
    for number in 0..SESSIONS {
        assert!(check(CheckToken::Tracked(key(number))));
    }
    for call in 0..CALLS {
        let key = key(mixed(call) % SESSIONS);
        assert!(times.time(|| check(CheckToken::Tracked(key))));
    }
    row(&[name.to_owned(), times.median().to_string(), times.p99().to_string()]);
}
