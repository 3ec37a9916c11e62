//! Row 57, to the end: a clock that jumps between any two readings, to the ends of its range too, and another such clock for the
//! store.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jwtward::{
    AccessToken, AuthError, Clock, NumericDate, RefreshError, RefreshToken, TokenProvider, store::MemoryStore,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::TestCaseResult,
};

use crate::support::{NOW, run, tracked};

#[derive(Clone, Copy, Debug)]
enum Jump {
    To(i64),
    By(i64),
}

/// Jumps whenever it is read, and knows the latest time that it has shown.
#[derive(Clone, Debug)]
struct Jumping(Arc<Mutex<Jumped>>);

#[derive(Debug)]
struct Jumped {
    jumps: Vec<Jump>,
    reads: usize,
    now: i64,
    latest: i64,
}

impl Jumping {
    fn new(jumps: Vec<Jump>) -> Self {
        Self(Arc::new(Mutex::new(Jumped { jumps, reads: 0, now: NOW, latest: i64::MIN })))
    }

    fn latest(&self) -> NumericDate {
        NumericDate::from_secs(self.0.lock().unwrap().latest)
    }
}

impl Clock for Jumping {
    fn now(&self) -> NumericDate {
        let mut clock = self.0.lock().unwrap();
        clock.now = match clock.jumps.get(clock.reads % clock.jumps.len()) {
            Some(Jump::To(secs)) => *secs,
            Some(Jump::By(secs)) => clock.now.saturating_add(*secs),
            None => clock.now,
        };
        clock.reads += 1;
        clock.latest = clock.latest.max(clock.now);
        NumericDate::from_secs(clock.now)
    }
}

/// Mostly within the lifetimes below, sometimes far away; to where nothing is left to issue only rarely, for it is for good.
fn jumps() -> impl Strategy<Value = Vec<Jump>> {
    let near = prop_oneof![-10_i64..10, -200_i64..200].prop_map(Jump::By);
    let past = select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, NOW - 86_400, NOW]).prop_map(Jump::To);
    let ahead = select(vec![NOW + 60, NOW + 86_400, 9_223_372_036, 9_223_372_037, 253_402_300_799]).prop_map(Jump::To);
    let end = select(vec![i64::MAX - 60, i64::MAX - 1, i64::MAX]).prop_map(Jump::To);
    vec(prop_oneof![40 => near, 8 => past, 3 => ahead, 1 => end], 1..200)
}

#[derive(Clone, Debug)]
enum Op {
    Issue,
    IssuePair,
    Refresh(Index),
    RefreshPair(Index),
    Revoke(Index),
    RevokeRefreshToken(Index),
    RevokeAll,
    CleanUp,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => Just(Op::Issue),
        3 => Just(Op::IssuePair),
        3 => any::<Index>().prop_map(Op::Refresh),
        4 => any::<Index>().prop_map(Op::RefreshPair),
        2 => any::<Index>().prop_map(Op::Revoke),
        1 => any::<Index>().prop_map(Op::RevokeRefreshToken),
        1 => Just(Op::RevokeAll),
        2 => Just(Op::CleanUp),
    ]
}

/// A token, with whether it was refused for good or revoked.
struct Seen<T> {
    token: T,
    over: bool,
}

struct History {
    provider: TokenProvider,
    node: Jumping,
    access: Vec<Seen<AccessToken>>,
    refresh: Vec<Seen<RefreshToken>>,
}

impl History {
    fn new(node: Vec<Jump>, store: Vec<Jump>, cache: bool) -> Self {
        let node = Jumping::new(node);
        let store = MemoryStore::builder().clock(Jumping::new(store)).build();
        let seconds = Duration::from_secs;
        let config = tracked().expiration(seconds(60)).access_expiration(seconds(30)).refresh_grace(seconds(10));
        let mut builder = TokenProvider::builder(config).store(store).clock(node.clone());
        if cache {
            builder = builder.cache_verified_tokens(1 << 16);
        }
        Self { provider: builder.build().unwrap(), node, access: Vec::new(), refresh: Vec::new() }
    }

    fn hand_out(&mut self, access: AccessToken, refresh: Option<RefreshToken>) {
        self.access.push(Seen { token: access, over: false });
        self.refresh.extend(refresh.map(|token| Seen { token, over: false }));
    }

    fn step(&mut self, op: &Op) -> TestCaseResult {
        let Self { provider, access, refresh, .. } = self;
        match op {
            Op::Issue => {
                if let Ok(token) = run(provider.issue("alice", &())) {
                    self.hand_out(token, None);
                }
            }
            Op::IssuePair => {
                if let Ok(pair) = run(provider.issue_pair("alice", &())) {
                    self.hand_out(pair.access, Some(pair.refresh));
                }
            }
            Op::Refresh(which) if !access.is_empty() => {
                let of = which.index(access.len());
                if let Ok(token) = run(provider.refresh(access[of].token.expose())) {
                    prop_assert!(!access[of].over, "what was over was refreshed");
                    access[of].over = true;
                    self.hand_out(token, None);
                }
            }
            Op::RefreshPair(which) if !refresh.is_empty() => {
                let of = which.index(refresh.len());
                match run(provider.refresh_pair(&refresh[of].token)) {
                    Ok(pair) => {
                        prop_assert!(!refresh[of].over, "what was over was refreshed");
                        self.hand_out(pair.access, Some(pair.refresh));
                    }
                    Err(RefreshError::SessionEnded | RefreshError::Reused) => refresh[of].over = true,
                    Err(_) => {}
                }
            }
            Op::Revoke(which) if !access.is_empty() => {
                let of = which.index(access.len());
                let seen = &mut access[of];
                seen.over |= run(provider.revoke(seen.token.expose())).is_ok();
            }
            Op::RevokeRefreshToken(which) if !refresh.is_empty() => {
                let of = which.index(refresh.len());
                let seen = &mut refresh[of];
                seen.over |= run(provider.revoke_refresh_token(&seen.token)).is_ok();
            }
            Op::RevokeAll => {
                run(provider.revoke_all("alice")).unwrap();
                access.iter_mut().for_each(|seen| seen.over = true);
                refresh.iter_mut().for_each(|seen| seen.over = true);
            }
            Op::CleanUp => drop(run(provider.clean_up()).unwrap()),
            _ => {}
        }
        self.try_all()
    }

    /// Nothing is let in that is over, whatever the clock shows now.
    fn try_all(&mut self) -> TestCaseResult {
        for seen in &mut self.access {
            let latest = self.node.latest();
            match run(self.provider.authenticate::<()>(seen.token.expose())) {
                Ok(_) => {
                    prop_assert!(!seen.over, "revived");
                    prop_assert!(seen.token.expires_at() > latest, "let in past its end");
                }
                Err(AuthError::Token(_) | AuthError::Revoked(_)) => seen.over = true,
                Err(error) => prop_assert!(false, "{:?}", error),
            }
        }
        let count = run(self.provider.session_count("alice")).unwrap();
        prop_assert!(count <= self.access.len() as u64);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a57_a_clock_that_jumps_between_any_two_readings_lets_in_nothing_that_is_over(
        node in jumps(),
        store in jumps(),
        cache in any::<bool>(),
        ops in vec(op(), 1..40),
    ) {
        let mut history = History::new(node, store, cache);
        for op in &ops {
            history.step(op)?;
        }
    }
}

#[test]
fn a57_the_ends_of_the_range_between_any_two_readings() {
    // From one end to the other and back, each a whole number of readings after the last, so that each falls between each two.
    for period in 1..12 {
        for end in [i64::MIN, i64::MAX] {
            let mut node = vec![Jump::To(NOW); period];
            node.push(Jump::To(end));
            let mut history = History::new(node.clone(), node, false);
            for op in [Op::Issue, Op::IssuePair, Op::CleanUp, Op::RevokeAll, Op::Issue, Op::IssuePair, Op::CleanUp] {
                history.step(&op).unwrap();
            }
        }
    }
}
