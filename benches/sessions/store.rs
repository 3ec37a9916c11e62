//! The memory store at several sizes.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use jwtward::{
    Clock, NumericDate, SessionId, TokenProvider, UserKey,
    store::{
        Begin, CheckToken, EndSession, IssuedTimes, Limit, MemoryStore, OnReuse, OpenSession, Opening, OperationId,
        Rotate, Rotation, SessionKey, SessionKind, SessionMetadata, Store, StoreTime, WhenFull,
    },
};

use crate::{
    counting::{allocated, lock_taken, longest_lock},
    figures::{Times, head, micros, mixed, now, row},
};

/// What the clean-up of a provider looks at under one lock.
pub(crate) const SLICE: usize = 1024;
const START: i64 = 1_800_000_000;
const LIFETIME: Duration = Duration::from_secs(3600);
/// Calls that are timed.
const CALLS: usize = 100_000;

#[derive(Clone, Debug)]
pub(crate) struct Turned(Arc<AtomicU64>);

impl Turned {
    pub(crate) fn turn(&self, seconds: u64) {
        self.0.fetch_add(seconds, Relaxed);
    }
}

impl Clock for Turned {
    fn now(&self) -> NumericDate {
        lock_taken();
        NumericDate::from_secs(START + self.0.load(Relaxed).cast_signed())
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Single,
    Pair,
    PairWithData,
}

/// Sessions by number: no memory of ours beside the store's.
pub(crate) struct Population {
    pub(crate) store: MemoryStore,
    pub(crate) clock: Turned,
    kind: Kind,
    per_user: u64,
}

impl Population {
    pub(crate) fn new(kind: Kind, per_user: u64) -> Self {
        let clock = Turned(Arc::default());
        Self { store: MemoryStore::builder().clock(clock.clone()).build(), clock, kind, per_user }
    }

    pub(crate) fn key(&self, number: u64) -> SessionKey {
        let octets = |number: u64| (u128::from(mixed(number)) << 64 | u128::from(mixed(!number))).to_le_bytes();
        SessionKey {
            user: UserKey::from_octets(octets(number / self.per_user)),
            session: SessionId::from_octets(octets(number + (1 << 40))),
        }
    }

    fn opening(&self, number: u64, begun: StoreTime, limit: Option<Limit>) -> OpenSession {
        let data = r#"{"sub":"user-1234567890","data":{"role":"administrator"}}"#;
        OpenSession {
            key: self.key(number),
            kind: match self.kind {
                Kind::Single => SessionKind::Single,
                Kind::Pair | Kind::PairWithData => SessionKind::Pair { seed: number },
            },
            begun,
            limit,
            lifetime: LIFETIME,
            absolute: Some(LIFETIME * 24),
            issued: IssuedTimes { issued_at: START, expires_at: START + 900 },
            metadata: SessionMetadata::new(),
            data: matches!(self.kind, Kind::PairWithData).then(|| data.into()),
        }
    }

    fn begun(&self, number: u64, limit: Option<Limit>) -> StoreTime {
        now(self.store.begin(&Begin { user: self.key(number).user, limit })).expect("the store is open").begun
    }

    pub(crate) fn open(&self, number: u64, times: &mut Times) {
        let request = self.opening(number, self.begun(number, None), None);
        let opening = times.time(|| now(self.store.open(&request)));
        assert!(matches!(opening, Ok(Opening::Opened { .. })));
    }

    fn open_own(&self, number: u64, times: &mut Times) {
        let request = self.opening(number, self.begun(number, None), None);
        let opening = times.time_own(|| now(self.store.open(&request)));
        assert!(matches!(opening, Ok(Opening::Opened { .. })));
    }

    pub(crate) fn login(&self, number: u64, limit: u32, times: &mut Times) {
        let limit = NonZeroU32::new(limit).map(|max| Limit { max, when_full: WhenFull::Reject });
        let opening = times.time(|| {
            let request = self.opening(number, self.begun(number, limit), limit);
            now(self.store.open(&request))
        });
        assert!(matches!(opening, Ok(Opening::Opened { .. })));
    }

    pub(crate) fn end(&self, number: u64, times: &mut Times) {
        let end = EndSession { key: self.key(number), operation: OperationId::from_u64(mixed(number)) };
        times.time(|| now(self.store.end(&end))).expect("the store is open");
    }

    fn rotate(&self, number: u64, times: &mut Times) {
        let rotate = Rotate {
            key: self.key(number),
            operation: OperationId::from_u64(mixed(number)),
            presented: 0,
            lifetime: LIFETIME,
            issued: IssuedTimes { issued_at: START, expires_at: START + 900 },
            grace: Duration::from_secs(30),
            on_reuse: OnReuse::EndSession,
            data: None,
        };
        let rotation = times.time(|| now(self.store.rotate(&rotate)));
        assert!(matches!(rotation, Ok(Rotation::Rotated { generation: 1 })));
    }

    /// A whole pass, each slice timed.
    pub(crate) fn purge(&self, slices: &mut Times) {
        while !slices.time_own(|| now(self.store.purge(SLICE, Duration::ZERO))).expect("the store is open").done {}
    }

    /// The same, and for how long a lock was held at most.
    pub(crate) fn purge_locked(&self, longest: &mut Times) {
        let step = || now(self.store.purge(SLICE, Duration::ZERO)).expect("the store is open").done;
        longest.record_nanos(longest_lock(step));
    }
}

pub(crate) fn table(sizes: &[usize]) {
    println!("\nThe memory store. Times in ns; the longest are the thread's own time; octets are those a session.\n");
    head(&[
        "sessions, kind, sessions a user",
        "octets",
        "check",
        "check p99",
        "open",
        "rotate",
        "begin + open with a limit",
        "end",
        "count",
        "list",
        "octets after churn",
        "longest open, µs",
        "longest slice, µs",
        "longest lock, µs",
        "octets left in all",
    ]);
    for size in sizes {
        for (kind, name) in
            [(Kind::Single, "single"), (Kind::Pair, "pair"), (Kind::PairWithData, "pair with 57 octets of data")]
        {
            for per_user in [1, 3] {
                measure(*size as u64, kind, per_user, &format!("{size}, {name}, {per_user}"));
            }
        }
    }
}

fn measure(size: u64, kind: Kind, per_user: u64, name: &str) {
    let mut all = std::array::from_fn::<_, 11, _>(|_| Times::new(CALLS.max(usize::try_from(size).unwrap_or(0))));
    let [opens, checks, rotations, logins, ends, counts, lists, longest, slices, locked, rest] = &mut all;
    let before = allocated();
    let population = Population::new(kind, per_user);
    let empty = allocated();
    for number in 0..size {
        population.open(number, opens);
    }
    let each = |octets: usize| octets as f64 / size as f64;
    let octets = each(allocated() - empty);

    let calls = CALLS as u64;
    let random = |call: u64| mixed(call) % size;
    for call in 0..calls {
        let key = population.key(random(call));
        let standing = checks.time(|| now(population.store.check(CheckToken::Tracked(key))));
        assert!(standing.is_ok_and(|standing| standing.session.is_some()));
    }
    for call in 0..calls {
        let user = population.key(random(call)).user;
        counts.time(|| now(population.store.count(user))).expect("the store is open");
        lists.time(|| now(population.store.list(user))).expect("the store is open");
    }
    // Each session once: the stride has no factor in common with the sizes.
    for call in 0..calls.min(size) {
        population.rotate(call * 7919 % size, rotations);
    }
    // New sessions of users who have others already; then they end.
    for call in 0..calls.min(size) / 10 {
        let number = call * 7919 % size;
        population.end(number, ends);
        population.clock.turn(if call % 100 == 0 { 1 } else { 0 });
    }
    population.clock.turn(61);
    population.purge(rest);
    for call in 0..calls.min(size) / 10 {
        population.login(call * 7919 % size, 5, logins);
    }

    // Half of them end and are opened again, in ten parts, a minute apart.
    for part in 0..10 {
        for number in (part..size).step_by(20) {
            population.end(number, rest);
        }
        population.clock.turn(61);
        population.purge(rest);
        for number in (part..size).step_by(20) {
            population.open(number, rest);
        }
    }
    let churned = each(allocated() - empty);

    population.clock.turn(LIFETIME.as_secs());
    population.purge(slices);
    assert_eq!(population.store.stats().sessions, 0);
    let left = allocated().saturating_sub(empty);
    // All over again, three times: and the median of the longest is shown: other work of the machine comes between.
    for _ in 0..3 {
        longest.record_longest(|own| (0..size).for_each(|number| population.open_own(number, own)));
        population.clock.turn(LIFETIME.as_secs());
        population.purge_locked(locked);
    }
    drop(population);
    assert_eq!(allocated(), before);
    row(&[
        name.to_owned(),
        format!("{octets:.1}"),
        checks.median().to_string(),
        checks.p99().to_string(),
        opens.median().to_string(),
        rotations.median().to_string(),
        logins.median().to_string(),
        ends.median().to_string(),
        counts.median().to_string(),
        lists.median().to_string(),
        format!("{churned:.1}"),
        micros(longest.median()),
        micros(slices.longest()),
        micros(locked.median()),
        left.to_string(),
    ]);
}

/// A session of a user of its own, which no token is asked about.
pub(crate) fn open_other(store: &MemoryStore, provider: &TokenProvider, number: u64) {
    let user = provider.user_key(&format!("other-{number}"));
    let begun = now(store.begin(&Begin { user, limit: None })).expect("the store is open").begun;
    let session = SessionId::from_octets(u128::from(mixed(number)).to_le_bytes());
    let opening = now(store.open(&OpenSession {
        key: SessionKey { user, session },
        kind: SessionKind::Single,
        begun,
        limit: None,
        lifetime: Duration::from_secs(86_400),
        absolute: None,
        issued: IssuedTimes { issued_at: 0, expires_at: 1 },
        metadata: SessionMetadata::new(),
        data: None,
    }));
    opening.expect("there is room");
}
