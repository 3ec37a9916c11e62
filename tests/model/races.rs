//! 64 threads at once, and exact counts of what comes of it.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Barrier, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    thread,
    time::Duration,
};

use jwtward::{
    AccessToken, Algorithm, IssueError, ProviderConfig, RefreshError, RevokeError, Revoked, SigningKey, TokenPair,
    TokenProvider,
    store::{Limit, MemoryStore, WhenFull},
};

use crate::support::now;

const RACERS: usize = 64;
const MAX: u32 = 3;

fn rounds() -> usize {
    std::env::var("JWTWARD_RACE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(100)
}

/// One race at a time: each has threads enough.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: OnceLock<Mutex<()>> = OnceLock::new();
    ALONE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// In each round every thread does `act` on what `setup` made, all at once; `check` sees what came of it. The threads live on
/// from round to round.
fn race<S: Send + Sync, R: Send>(
    name: &str,
    setup: impl Fn(usize) -> S,
    act: impl Fn(&S, usize) -> R + Sync,
    check: impl Fn(S, Vec<R>),
) {
    let _alone = alone();
    let rounds = rounds();
    let (begin, end) = (Barrier::new(RACERS + 1), Barrier::new(RACERS + 1));
    let arena: RwLock<Option<S>> = RwLock::new(None);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for racer in 0..RACERS {
            let (begin, end, arena, results, act) = (&begin, &end, &arena, &results, &act);
            scope.spawn(move || {
                loop {
                    begin.wait();
                    {
                        let arena = arena.read().unwrap();
                        let Some(arena) = &*arena else { return };
                        // A panic here would leave the others waiting for ever.
                        let outcome = catch_unwind(AssertUnwindSafe(|| act(arena, racer)));
                        results.lock().unwrap().push(outcome);
                    }
                    end.wait();
                }
            });
        }
        let played = catch_unwind(AssertUnwindSafe(|| {
            for round in 0..rounds {
                *arena.write().unwrap() = Some(setup(round));
                begin.wait();
                end.wait();
                let outcomes = std::mem::take(&mut *results.lock().unwrap());
                let outcomes: Vec<R> = outcomes.into_iter().map(Result::unwrap).collect();
                assert_eq!(outcomes.len(), RACERS);
                check(arena.write().unwrap().take().unwrap(), outcomes);
            }
        }));
        *arena.write().unwrap_or_else(PoisonError::into_inner) = None;
        begin.wait();
        if let Err(panic) = played {
            resume_unwind(panic);
        }
    });
    println!("{name}: {rounds} rounds of {RACERS} threads");
}

fn config() -> ProviderConfig {
    ProviderConfig::new(SigningKey::generate(Algorithm::HS256).unwrap()).track_sessions()
}

fn provider(config: ProviderConfig) -> TokenProvider {
    TokenProvider::new(config, MemoryStore::default()).unwrap()
}

fn limit(when_full: WhenFull) -> Limit {
    Limit { max: NonZeroU32::new(MAX).unwrap(), when_full }
}

fn is_good(provider: &TokenProvider, token: &AccessToken) -> bool {
    match now(provider.authenticate::<()>(token.expose())) {
        Ok(_) => true,
        Err(jwtward::AuthError::Revoked(Revoked::Session)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// A user of each round's own.
fn user(round: usize) -> String {
    format!("user {round}")
}

#[test]
fn with_reject_exactly_max_logins_succeed() {
    let provider = provider(config().limit(limit(WhenFull::Reject)));
    race(
        "limit, reject",
        user,
        // Singles and pairs share the limit.
        |user, racer| match racer % 2 {
            0 => now(provider.issue(user, &())),
            _ => now(provider.issue_pair(user, &())).map(|pair| pair.access),
        },
        |user, outcomes| {
            let (opened, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!((opened.len(), refused.len()), (MAX as usize, RACERS - MAX as usize));
            for error in refused.into_iter().filter_map(Result::err) {
                assert!(matches!(error, IssueError::TooManySessions { active: 3, limit: 3 }), "{error:?}");
            }
            assert!(opened.iter().flatten().all(|token| is_good(&provider, token)));
            assert_eq!(now(provider.session_count(&user)).unwrap(), u64::from(MAX));
        },
    );
}

#[test]
fn with_evict_oldest_exactly_max_are_live_at_the_end() {
    let provider = provider(config().limit(limit(WhenFull::EvictOldest)));
    race(
        "limit, evict the oldest",
        user,
        |user, _| now(provider.issue(user, &())).unwrap(),
        |user, tokens| {
            let listed = now(provider.sessions(&user)).unwrap();
            assert_eq!(now(provider.session_count(&user)).unwrap(), u64::from(MAX));
            let good: BTreeSet<_> = tokens
                .iter()
                .filter(|token| is_good(&provider, token))
                .map(|token| token.session_id().unwrap())
                .collect();
            assert_eq!(good.len(), MAX as usize);
            assert_eq!(good, listed.iter().map(|session| session.id).collect());
        },
    );
}

#[test]
fn of_64_refreshes_of_a_single_token_exactly_one_succeeds() {
    let provider = provider(config());
    race(
        "refresh of a single token",
        |round| (user(round), now(provider.issue(&user(round), &())).unwrap()),
        |(_, token), _| now(provider.refresh(token.expose())),
        |(user, old), outcomes| {
            let (mut refreshed, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!((refreshed.len(), refused.len()), (1, RACERS - 1));
            for error in refused.into_iter().filter_map(Result::err) {
                assert!(matches!(error, RefreshError::Revoked(Revoked::Superseded)), "{error:?}");
            }
            let new = refreshed.remove(0).unwrap();
            assert!(is_good(&provider, &new));
            assert_eq!(new.session_id(), old.session_id());
            let sessions = now(provider.sessions(&user)).unwrap();
            assert_eq!((sessions.len(), sessions[0].rotation_count), (1, 1));
        },
    );
}

#[test]
fn of_64_refreshes_of_an_untracked_token_exactly_one_succeeds() {
    let config = ProviderConfig::new(SigningKey::generate(Algorithm::HS256).unwrap());
    let provider = provider(config);
    race(
        "refresh of an untracked token",
        |round| now(provider.issue(&user(round), &())).unwrap(),
        |token, _| now(provider.refresh(token.expose())),
        |old, outcomes| {
            let (mut refreshed, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!((refreshed.len(), refused.len()), (1, RACERS - 1));
            for error in refused.into_iter().filter_map(Result::err) {
                assert!(matches!(error, RefreshError::Revoked(Revoked::Token)), "{error:?}");
            }
            assert!(is_good(&provider, &refreshed.remove(0).unwrap()));
            assert!(now(provider.is_token_revoked(old.id())).unwrap());
        },
    );
}

fn pair(provider: &TokenProvider, round: usize) -> (String, TokenPair) {
    (user(round), now(provider.issue_pair(&user(round), &())).unwrap())
}

#[test]
fn within_the_grace_64_refreshes_of_a_pair_get_one_successor() {
    let provider = provider(config().refresh_grace(Duration::from_secs(30)));
    race(
        "refresh of a pair, grace 30 s",
        |round| pair(&provider, round),
        |(_, pair), _| now(provider.refresh_pair(&pair.refresh)).unwrap(),
        |(user, _), successors| {
            let octets = |pair: &TokenPair| (pair.access.expose().to_owned(), pair.refresh.expose().to_owned());
            let different: BTreeSet<_> = successors.iter().map(octets).collect();
            assert_eq!(different.len(), 1);
            assert!(is_good(&provider, &successors[0].access));
            let sessions = now(provider.sessions(&user)).unwrap();
            assert_eq!((sessions.len(), sessions[0].rotation_count), (1, 1));
            assert_eq!(&*sessions[0].token_id, successors[0].access.id());
        },
    );
}

#[test]
fn without_grace_at_most_one_refresh_of_a_pair_succeeds_and_reuse_ends_the_session() {
    let provider = provider(config().refresh_grace(Duration::ZERO));
    race(
        "refresh of a pair, no grace",
        |round| pair(&provider, round),
        |(_, pair), _| now(provider.refresh_pair(&pair.refresh)),
        |(user, first), outcomes| {
            let count = |which: fn(&RefreshError) -> bool| {
                outcomes.iter().filter(|outcome| outcome.as_ref().is_err_and(which)).count()
            };
            let refreshed: Vec<_> = outcomes.iter().flatten().collect();
            let reused = count(|error| matches!(error, RefreshError::Reused));
            let ended = count(|error| matches!(error, RefreshError::SessionEnded));
            assert_eq!((refreshed.len(), reused, ended), (1, 1, RACERS - 2));
            assert!(!is_good(&provider, &refreshed[0].access) && !is_good(&provider, &first.access));
            assert_eq!(now(provider.session_count(&user)).unwrap(), 0);
        },
    );
}

#[test]
fn of_64_revocations_exactly_one_is_the_first() {
    let tracked = provider(config());
    let untracked = provider(ProviderConfig::new(SigningKey::generate(Algorithm::HS256).unwrap()));
    for (name, provider) in [("revoke, tracked", &tracked), ("revoke, untracked", &untracked)] {
        race(
            name,
            |round| now(provider.issue(&user(round), &())).unwrap(),
            // By the token and by its id.
            |token, racer| match racer % 2 {
                0 => now(provider.revoke(token.expose())),
                _ => now(provider.revoke_by_id(token.id())),
            },
            |token, outcomes| {
                assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
                for error in outcomes.into_iter().filter_map(Result::err) {
                    assert!(matches!(error, RevokeError::AlreadyRevoked), "{error:?}");
                }
                assert!(now(provider.authenticate::<()>(token.expose())).is_err());
                assert!(now(provider.is_token_revoked(token.id())).unwrap());
            },
        );
    }
}

#[test]
fn nothing_opened_before_a_revoke_all_survives_it() {
    let provider = provider(config());
    race(
        "revoke all against logins",
        |round| {
            let before: Vec<_> = (0..4).map(|_| now(provider.issue(&user(round), &())).unwrap()).collect();
            (user(round), before)
        },
        |(user, _), racer| {
            if racer % 8 == 0 {
                now(provider.revoke_all(user)).unwrap();
                return None;
            }
            Some(now(provider.issue(user, &())))
        },
        |(user, before), outcomes| {
            assert!(before.iter().all(|token| !is_good(&provider, token)));
            let mut good = BTreeSet::new();
            for outcome in outcomes.into_iter().flatten() {
                match outcome {
                    Ok(token) if is_good(&provider, &token) => drop(good.insert(token.session_id().unwrap())),
                    Ok(_) | Err(IssueError::RevokedMeanwhile) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            let listed: BTreeSet<_> = now(provider.sessions(&user)).unwrap().iter().map(|session| session.id).collect();
            assert_eq!(good, listed);
            // After all of them: nothing is left, and the next login stands, within the same millisecond too.
            now(provider.revoke_all(&user)).unwrap();
            assert_eq!(now(provider.session_count(&user)).unwrap(), 0);
            assert!(is_good(&provider, &now(provider.issue(&user, &())).unwrap()));
        },
    );
}
