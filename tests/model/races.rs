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

use crate::{support::now, turned::TurnedClock};

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

/// What is told of a session's token once the session is over.
fn is_dead(provider: &TokenProvider, token: &AccessToken) -> bool {
    !is_good(provider, token)
}

#[test]
fn a_refresh_beside_a_revocation_revives_nothing() {
    let provider = provider(config());
    race(
        "refresh of a single token against its revocation",
        |round| (user(round), now(provider.issue(&user(round), &())).unwrap()),
        |(_, token), racer| match racer % 2 {
            0 => Ok(now(provider.refresh(token.expose()))),
            _ => Err(now(provider.revoke(token.expose()))),
        },
        |(user, old), outcomes| {
            let (refreshes, revocations): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            let refreshes = refreshes.into_iter().filter_map(Result::ok);
            let (new, refused): (Vec<_>, Vec<_>) = refreshes.partition(Result::is_ok);
            let new: Vec<_> = new.into_iter().flatten().collect();
            for error in refused.into_iter().filter_map(Result::err) {
                let superseded_or_gone = matches!(error, RefreshError::Revoked(Revoked::Superseded | Revoked::Session));
                assert!(superseded_or_gone || matches!(error, RefreshError::SessionEnded), "{error:?}");
            }
            let (first, late): (Vec<_>, Vec<_>) =
                revocations.into_iter().filter_map(Result::err).partition(Result::is_ok);
            for error in late.into_iter().filter_map(Result::err) {
                assert!(matches!(error, RevokeError::AlreadyRevoked), "{error:?}");
            }
            assert!(new.len() <= 1 && first.len() <= 1);
            // Revoked, nothing of the session is left; else the one that refreshed has it.
            let live = first.is_empty();
            assert!(!live || new.len() == 1);
            assert!(new.iter().all(|token| is_good(&provider, token) == live));
            assert!(matches!(now(provider.authenticate::<()>(old.expose())), Err(jwtward::AuthError::Revoked(_))));
            assert_eq!(now(provider.session_count(&user)).unwrap(), u64::from(live));
        },
    );
}

#[test]
fn a_refresh_of_a_pair_beside_the_end_of_its_session_revives_nothing() {
    let provider = provider(config());
    race(
        "refresh of a pair against the end of its session",
        |round| pair(&provider, round),
        |(user, pair), racer| match racer % 4 {
            0 => Err(now(provider.end_session(user, pair.access.session_id().unwrap())).unwrap()),
            1 => Err(now(provider.revoke_refresh_token(&pair.refresh)).is_ok()),
            _ => Ok(now(provider.refresh_pair(&pair.refresh))),
        },
        |(user, first), outcomes| {
            let ended = outcomes.iter().filter(|outcome| matches!(outcome, Err(true))).count();
            assert_eq!(ended, 1);
            let mut successors = BTreeSet::new();
            for refresh in outcomes.into_iter().flatten() {
                match refresh {
                    Ok(pair) => {
                        assert!(is_dead(&provider, &pair.access));
                        let refused = now(provider.refresh_pair(&pair.refresh));
                        assert!(matches!(refused, Err(RefreshError::SessionEnded)), "{refused:?}");
                        successors.insert(pair.refresh.expose().to_owned());
                    }
                    Err(RefreshError::SessionEnded) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            assert!(successors.len() <= 1);
            assert!(is_dead(&provider, &first.access));
            assert_eq!(now(provider.session_count(&user)).unwrap(), 0);
        },
    );
}

#[test]
fn logins_beside_ends_take_each_place_once() {
    let provider = provider(config().limit(limit(WhenFull::Reject)));
    race(
        "logins against ends at the limit",
        |round| {
            let full: Vec<_> = (0..MAX).map(|_| now(provider.issue(&user(round), &())).unwrap()).collect();
            (user(round), full)
        },
        |(user, full), racer| match racer % 2 {
            0 => Err(now(provider.end_session(user, full[racer / 2 % full.len()].session_id().unwrap())).unwrap()),
            _ => Ok(now(provider.issue(user, &()))),
        },
        |(user, full), outcomes| {
            assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(true))).count(), full.len());
            assert!(full.iter().all(|token| is_dead(&provider, token)));
            let logins: Vec<_> = outcomes.into_iter().flatten().collect();
            for error in logins.iter().filter_map(|login| login.as_ref().err()) {
                assert!(matches!(error, IssueError::TooManySessions { active: 3, limit: 3 }), "{error:?}");
            }
            let opened: Vec<_> = logins.iter().flatten().collect();
            assert!(opened.len() <= MAX as usize, "{} opened", opened.len());
            assert!(opened.iter().all(|token| is_good(&provider, token)));
            assert_eq!(now(provider.session_count(&user)).unwrap(), opened.len() as u64);
        },
    );
}

/// What a round of the purge is about: two sessions that have expired, and two that live.
struct Mixed {
    user: String,
    expired: [AccessToken; 2],
    single: AccessToken,
    pair: TokenPair,
}

#[test]
fn a_purge_beside_anything_takes_what_is_over_and_nothing_else() {
    let clock = TurnedClock::new();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let provider = TokenProvider::builder(config().expiration(Duration::from_secs(100)))
        .store(store.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    race(
        "purges against everything",
        |round| {
            let issue = || now(provider.issue(&user(round), &())).unwrap();
            let expired = [issue(), issue()];
            clock.turn(100_000);
            let pair = now(provider.issue_pair(&user(round), &())).unwrap();
            Mixed { user: user(round), expired, single: issue(), pair }
        },
        |mixed, racer| {
            let Mixed { user, expired, single, pair } = mixed;
            let mut done = (None, None, false);
            match racer % 8 {
                0 | 1 => drop(now(provider.clean_up()).unwrap()),
                2 => done.0 = Some(now(provider.refresh_pair(&pair.refresh)).unwrap()),
                3 => done.1 = Some(now(provider.issue(user, &())).unwrap()),
                4 => done.2 = now(provider.end_session(user, single.session_id().unwrap())).unwrap(),
                5 => done.2 = now(provider.revoke_by_id(&format!("foreign of {user}"))).is_ok(),
                6 => assert!(is_good(&provider, &pair.access)),
                _ => {
                    for token in expired {
                        let refused = now(provider.authenticate::<()>(token.expose()));
                        assert!(matches!(refused, Err(jwtward::AuthError::Token(_))), "{refused:?}");
                        assert!(!now(provider.end_session(user, token.session_id().unwrap())).unwrap());
                    }
                }
            }
            done
        },
        |mixed, outcomes| {
            let firsts = outcomes.iter().filter(|(_, _, first)| *first).count();
            assert_eq!(firsts, 2, "one ended the session, one denied the id");
            let refreshed: BTreeSet<_> =
                outcomes.iter().filter_map(|(pair, _, _)| Some(pair.as_ref()?.refresh.expose())).collect();
            assert_eq!(refreshed.len(), 1);
            let issued: Vec<_> = outcomes.iter().filter_map(|(_, token, _)| token.as_ref()).collect();
            assert!(issued.iter().all(|token| is_good(&provider, token)) && is_dead(&provider, &mixed.single));
            assert_eq!(now(provider.session_count(&mixed.user)).unwrap(), issued.len() as u64 + 1);
            assert!(now(provider.is_token_revoked(&format!("foreign of {}", mixed.user))).unwrap());
            // The first pass may have gone by what expired only then: none of the rounds before is left.
            for _ in 0..2 {
                now(provider.clean_up()).unwrap();
            }
            assert_eq!(store.stats().sessions, issued.len() as u64 + 1);
            now(provider.revoke_all(&mixed.user)).unwrap();
        },
    );
}
