//! A simulated day of logins, refreshes and logouts: memory follows what is live, and is given back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use jwtward::{
    Clock, NumericDate, SessionId, UserKey,
    store::{
        Begin, DenyToken, EndSession, IssuedTimes, Limit, MemoryStore, MemoryStoreStats, OnReuse, OpenSession, Opening,
        OperationId, RevokeUser, Rotate, Rotation, SessionKey, SessionKind, SessionMetadata, Store, WhenFull,
    },
};

const START: u64 = 1_800_000_000;
const DAY: u64 = 86_400;
const MARGIN: Duration = Duration::from_secs(600);
const KEEP: Duration = Duration::from_secs(1800);

/// In seconds.
#[derive(Clone, Debug)]
struct Turned(Arc<AtomicU64>);

impl Clock for Turned {
    fn now(&self) -> NumericDate {
        NumericDate::from_secs(self.0.load(Ordering::Relaxed).cast_signed())
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store does not wait"),
    }
}

/// SplitMix64: the same day each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

struct Day {
    store: MemoryStore,
    clock: Turned,
    dice: Dice,
    /// The newest sessions with their generations, as clients know them.
    known: Vec<(SessionKey, u32)>,
}

impl Day {
    fn operation(&mut self) -> OperationId {
        OperationId::from_u64(self.dice.roll())
    }

    fn session(&mut self) -> Option<(usize, SessionKey, u32)> {
        let number = usize::try_from(self.dice.below(self.known.len() as u64 + 1)).unwrap();
        self.known.get(number).map(|(key, generation)| (number, *key, *generation))
    }

    /// Lifetimes from minutes to an hour, single and pair, with and without a limit.
    fn login(&mut self) {
        let (user, session) = (u128::from(self.dice.below(20_000)), u128::from(self.dice.roll()));
        let key = SessionKey {
            user: UserKey::from_octets(user.to_le_bytes()),
            session: SessionId::from_octets(session.to_le_bytes()),
        };
        let limit = (user % 2 == 0).then_some(Limit { max: 3.try_into().unwrap(), when_full: WhenFull::EvictOldest });
        let begun = now(self.store.begin(&Begin { user: key.user, limit })).unwrap().begun;
        let pair = self.dice.below(2) == 0;
        let opening = now(self.store.open(&OpenSession {
            key,
            kind: if pair { SessionKind::Pair { seed: self.dice.roll() } } else { SessionKind::Single },
            begun,
            limit,
            lifetime: Duration::from_secs(120 + self.dice.below(3480)),
            absolute: pair.then_some(Duration::from_secs(3600)),
            issued: IssuedTimes { issued_at: 0, expires_at: 900 },
            metadata: SessionMetadata::new(),
            data: pair.then(|| r#"{"sub":"somebody","data":{}}"#.into()),
        }));
        assert!(matches!(opening, Ok(Opening::Opened { .. })));
        if self.known.len() < 3000 {
            self.known.push((key, 0));
        } else {
            let number = usize::try_from(self.dice.below(3000)).unwrap();
            self.known[number] = (key, 0);
        }
    }

    fn refresh(&mut self) {
        let Some((number, key, presented)) = self.session() else { return };
        let operation = self.operation();
        let rotation = now(self.store.rotate(&Rotate {
            key,
            operation,
            presented,
            lifetime: Duration::from_secs(900),
            issued: IssuedTimes { issued_at: 0, expires_at: 900 },
            grace: Duration::from_secs(30),
            on_reuse: OnReuse::EndSession,
            data: None,
        }));
        match rotation.unwrap() {
            Rotation::Rotated { generation } => self.known[number].1 = generation,
            Rotation::Gone => {}
            other => panic!("{other:?}"),
        }
    }

    fn second(&mut self) {
        self.clock.0.fetch_add(1, Ordering::Relaxed);
        for _ in 0..2 {
            self.login();
            self.refresh();
        }
        if let (Some((_, key, _)), true) = (self.session(), self.dice.below(2) == 0) {
            let operation = self.operation();
            now(self.store.end(&EndSession { key, operation })).unwrap();
        }
        if self.dice.below(10) == 0 {
            let (token_id, operation) = (self.dice.roll().to_string().into(), self.operation());
            now(self.store.deny(&DenyToken { token_id, operation, keep: KEEP })).unwrap();
            let user = UserKey::from_octets(u128::from(self.dice.below(20_000)).to_le_bytes());
            let operation = self.operation();
            now(self.store.revoke_user(&RevokeUser { user, operation, keep: KEEP })).unwrap();
        }
    }

    fn clean_up(&self) {
        while !now(self.store.purge(1024, MARGIN)).unwrap().done {}
    }
}

#[test]
fn memory_follows_what_is_live_through_a_day_and_is_given_back() {
    let clock = Turned(Arc::new(AtomicU64::new(START)));
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let mut day = Day { store, clock, dice: Dice(1), known: Vec::new() };
    let none = day.store.stats();
    assert_eq!((none.sessions, none.slots, none.revoked), (0, 0, 0));

    // The most of each, by quarter.
    let mut quarters = [(0, 0, 0); 4];
    for second in 0..DAY {
        day.second();
        if second % 60 == 59 {
            let most = &mut quarters[usize::try_from(second / (DAY / 4)).unwrap()];
            let MemoryStoreStats { sessions, slots, revoked, .. } = day.store.stats();
            *most = (most.0.max(sessions), most.1.max(slots), most.2.max(revoked));
            day.clean_up();
        }
    }
    println!("sessions, slots and revoked, at most, by quarter: {quarters:?}");
    let [_, second, _, last] = quarters;
    let is_flat = |last: u64, second: u64| last <= second + second / 10;
    assert!(is_flat(last.0, second.0) && is_flat(last.1, second.1) && is_flat(last.2, second.2), "{quarters:?}");
    assert!(last.0 > 1000 && last.2 > 100, "nothing happened: {quarters:?}");
    // Spread over the shards, places are no more than some times the sessions.
    assert!(last.1 <= last.0 * 2, "{quarters:?}");

    // Every session has expired; what was revoked is kept for the margin.
    day.clock.0.fetch_add(3600, Ordering::Relaxed);
    day.clean_up();
    let after = day.store.stats();
    assert_eq!((after.sessions, after.slots, after.revoked), (0, 0, 0), "after the margin");
}

#[test]
fn what_a_crowd_took_is_given_back_while_a_few_stay() {
    let clock = Turned(Arc::new(AtomicU64::new(START)));
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let open = |user: u32, number: u32, lifetime| {
        let user = UserKey::from_octets(u128::from(user).to_le_bytes());
        let key = SessionKey { user, session: SessionId::from_octets(u128::from(number).to_le_bytes()) };
        let begun = now(store.begin(&Begin { user, limit: None })).unwrap().begun;
        let opening = now(store.open(&OpenSession {
            key,
            kind: SessionKind::Single,
            begun,
            limit: None,
            lifetime: Duration::from_secs(lifetime),
            absolute: None,
            issued: IssuedTimes { issued_at: 0, expires_at: 900 },
            metadata: SessionMetadata::new().with_label("kept"),
            data: None,
        }));
        assert!(matches!(opening, Ok(Opening::Opened { .. })));
    };
    // A crowd of users, and one user with a crowd of sessions; each with a few among them that stay.
    for number in 0..40_000 {
        open(number % 20_000 + 1, number, if number % 100 == 0 { 7200 } else { 60 });
        if number < 20_000 {
            open(0, number, if number % 1000 == 0 { 7200 } else { 60 });
        }
    }
    assert_eq!(store.stats().sessions, 60_000);
    clock.0.fetch_add(60, Ordering::Relaxed);
    while !now(store.purge(1024, MARGIN)).unwrap().done {}
    let stats = store.stats();
    assert_eq!(stats.sessions, 420);
    assert!(stats.slots <= 420 * 8, "{stats:?}");
    // Oldest first still, and each with what it had.
    let kept = now(store.list(UserKey::from_octets([0; 16]))).unwrap();
    let numbers: Vec<_> = kept.iter().map(|session| session.id).collect();
    let expected = (0..20_u128).map(|number| SessionId::from_octets((number * 1000).to_le_bytes()));
    assert_eq!(numbers, expected.collect::<Vec<_>>());
    assert!(kept.iter().all(|session| session.metadata.label() == Some("kept")));
}
