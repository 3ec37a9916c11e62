//! What is remembered, and until when it counts.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use quick_cache::{UnitWeighter, sync::Cache};
use tokio::time::Instant;

use crate::{
    id::UserKey,
    store::types::{CheckToken, SessionKey, Standing},
    sync::{AtomicU64, Ordering},
};

/// Which check. Token ids are compared whole.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Tracked(SessionKey),
    Untracked(UserKey, Box<str>),
}

impl Key {
    fn new(token: CheckToken<'_>) -> Self {
        match token {
            CheckToken::Tracked(key) => Self::Tracked(key),
            CheckToken::Untracked { user, token_id } => Self::Untracked(user, token_id.into()),
        }
    }
}

#[derive(Clone, Copy)]
struct Entry {
    asked: Asked,
    standing: Standing,
}

/// When a fetch began, and how many changes there had been by then.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    at: Instant,
    changes: Changes,
}

/// The counters that an answer depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Changes {
    of_all: u64,
    of_user: u64,
    of_token: u64,
}

/// Enough that of a thousand changes in the lifetime of an answer few fall on its counter.
#[cfg(not(any(loom, shuttle)))]
const COUNTERS: usize = 1 << 16;
#[cfg(any(loom, shuttle))]
const COUNTERS: usize = 1;
/// The longest token id that is remembered, so that the number of entries bounds their octets.
const MAX_TOKEN_ID: usize = 256;

pub(super) struct Entries {
    entries: Cache<Key, Entry, UnitWeighter, RandomState>,
    /// How long an answer counts.
    bound: Duration,
    all: AtomicU64,
    /// By the hash of a user or token id. Keyed, so that nobody can choose who shares one.
    counters: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Entries {
    pub(super) fn new(capacity: usize, bound: Duration) -> Self {
        Self {
            // Its own hasher is keyed too.
            entries: Cache::with(
                capacity,
                capacity as u64,
                UnitWeighter,
                RandomState::new(),
                quick_cache::sync::DefaultLifecycle::default(),
            ),
            bound,
            all: AtomicU64::new(0),
            counters: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    fn counter(&self, hash: u64) -> &AtomicU64 {
        self.counters.get(hash as usize % COUNTERS).unwrap_or(&self.all)
    }

    pub(super) fn of_user(&self, user: UserKey) -> &AtomicU64 {
        self.counter(self.hasher.hash_one(user.octets()))
    }

    pub(super) fn of_token(&self, token_id: &str) -> &AtomicU64 {
        self.counter(self.hasher.hash_one(token_id))
    }

    pub(super) fn of_all(&self) -> &AtomicU64 {
        &self.all
    }

    /// Before a check is asked for or answered.
    pub(super) fn ask(&self, token: CheckToken<'_>) -> Asked {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let (user, of_token) = match token {
            CheckToken::Tracked(key) => (key.user, 0),
            CheckToken::Untracked { user, token_id } => (user, count(self.of_token(token_id))),
        };
        let changes = Changes { of_all: count(&self.all), of_user: count(self.of_user(user)), of_token };
        Asked { at: Instant::now(), changes }
    }

    /// What was answered before, if it still counts, by what is asked now.
    pub(super) fn find(&self, token: CheckToken<'_>, now: Asked) -> Option<Standing> {
        let Entry { asked, mut standing } = self.entries.get(&Key::new(token))?;
        let age = now.at.saturating_duration_since(asked.at);
        if age >= self.bound || now.changes != asked.changes {
            return None;
        }
        if let Some(remaining) = standing.session.as_mut().and_then(|session| session.remaining.as_mut()) {
            // From the start of the fetch, so rather too short than too long.
            *remaining = remaining.checked_sub(age).filter(|remaining| !remaining.is_zero())?;
        }
        Some(standing)
    }

    /// Whether an answer came so late that it no longer counts.
    pub(super) fn is_late(&self, asked: Asked) -> bool {
        asked.at.elapsed() >= self.bound
    }

    pub(super) fn insert(&self, token: CheckToken<'_>, asked: Asked, standing: Standing) {
        // If something changed meanwhile it would never count.
        let is_long = matches!(token, CheckToken::Untracked { token_id, .. } if token_id.len() > MAX_TOKEN_ID);
        if !is_long && self.ask(token).changes == asked.changes {
            self.entries.insert(Key::new(token), Entry { asked, standing });
        }
    }

    pub(super) fn forget(&self, session: SessionKey) {
        self.entries.remove(&Key::Tracked(session));
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(all(test, loom))]
mod schedules {
    use std::sync::Arc;

    use loom::thread;

    use super::*;
    use crate::{
        id::SessionId,
        store::types::{SessionStanding, StoreTime},
        sync::{AtomicBool, explore},
    };

    const USER: UserKey = UserKey::from_octets([7; 16]);

    fn token() -> CheckToken<'static> {
        CheckToken::Tracked(SessionKey { user: USER, session: SessionId::from_octets([1; 16]) })
    }

    /// A store of one session, and the answers remembered of it.
    struct Node {
        entries: Entries,
        ended: AtomicBool,
    }

    impl Node {
        /// As the node cache does it: whether the session lives.
        fn check(&self) -> bool {
            let asked = self.entries.ask(token());
            if self.entries.find(token(), asked).is_some() {
                return true;
            }
            let live = !self.ended.load(Ordering::Acquire);
            if live {
                let session = SessionStanding { generation: 0, pair: false, remaining: None };
                let standing = Standing {
                    session: Some(session),
                    denied: false,
                    user_floor: StoreTime::default(),
                    floor: StoreTime::default(),
                    epoch: StoreTime::default(),
                    incarnation: 0,
                };
                self.entries.insert(token(), asked, standing);
            }
            live
        }

        fn end(&self) {
            self.ended.store(true, Ordering::Release);
            self.entries.of_user(USER).fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Two threads check, one ends: what any of them sees after that is the end.
    fn what_ended_is_not_let_in(end: fn(&Node)) {
        let entries = Entries::new(16, Duration::from_secs(86_400));
        let node = Arc::new(Node { entries, ended: AtomicBool::new(false) });
        let threads = [Node::check, |node: &Node| node.check() && node.check()].map(|check: fn(&Node) -> bool| {
            let node = node.clone();
            thread::spawn(move || check(&node))
        });
        end(&node);
        assert!(!node.check(), "let in");
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(!node.check(), "let in");
    }

    #[test]
    fn loom_what_ended_is_not_let_in_by_an_answer_from_before() {
        explore("node cache: check and end", || what_ended_is_not_let_in(Node::end));
    }

    #[test]
    #[should_panic(expected = "let in")]
    fn loom_finds_out_a_change_that_is_counted_before_it_is_made() {
        loom::model(|| {
            what_ended_is_not_let_in(|node| {
                node.entries.of_user(USER).fetch_add(1, Ordering::SeqCst);
                node.ended.store(true, Ordering::Release);
            });
        });
    }
}
