//! Many at once: rows 51, 54 and 56. The counts are exact, whatever the threads do.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use jwtward::{
    AccessToken, AuthError, EventKind, IssueError, RefreshError, RevokeError, Revoked, SystemClock, TokenProvider,
    store::{MemoryStore, WhenFull},
};

use crate::support::{RACERS, assert_matches, count, foreign, limit, race, run, tracked, untracked, world};

const ROUNDS: usize = 40;

fn user(round: usize) -> String {
    format!("user {round}")
}

#[test]
fn a51_one_refresh_token_redeemed_in_parallel_without_grace() {
    let world = world(untracked().refresh_grace(Duration::ZERO));
    let provider = &world.provider;
    let pairs: Vec<_> = (0..ROUNDS).map(|round| run(provider.issue_pair(&user(round), &())).unwrap()).collect();
    let rounds = race(ROUNDS, |round, _| run(provider.refresh_pair(&pairs[round].refresh)));
    for (round, outcomes) in rounds.iter().enumerate() {
        // The first use wins, the second is a reuse, and then there is no session.
        assert_eq!(count(outcomes, Result::is_ok), 1);
        assert_eq!(count(outcomes, |outcome| matches!(outcome, Err(RefreshError::Reused))), 1);
        assert_eq!(count(outcomes, |outcome| matches!(outcome, Err(RefreshError::SessionEnded))), RACERS - 2);
        let winner = outcomes.iter().flatten().next().unwrap();
        assert_matches!(
            run(provider.authenticate::<()>(winner.access.expose())),
            Err(AuthError::Revoked(Revoked::Session))
        );
        assert_matches!(run(provider.refresh_pair(&winner.refresh)), Err(RefreshError::SessionEnded));
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), 0);
    }
    assert_eq!(world.events.count(EventKind::Refreshed), ROUNDS);
    assert_eq!(world.events.count(EventKind::ReuseDetected), ROUNDS);
}

#[test]
fn a51_one_refresh_token_redeemed_in_parallel_within_the_grace() {
    let world = world(untracked());
    let provider = &world.provider;
    let pairs: Vec<_> = (0..ROUNDS).map(|round| run(provider.issue_pair(&user(round), &())).unwrap()).collect();
    let rounds = race(ROUNDS, |round, _| run(provider.refresh_pair(&pairs[round].refresh)));
    for (round, outcomes) in rounds.iter().enumerate() {
        assert_eq!(count(outcomes, Result::is_ok), RACERS);
        let successors: BTreeSet<_> = outcomes
            .iter()
            .flatten()
            .map(|pair| (pair.refresh.expose(), pair.access.id(), pair.access.expires_at(), pair.access.expose()))
            .collect();
        assert_eq!(successors.len(), 1, "one new pair, told {RACERS} times");
        assert_eq!(run(provider.sessions(&user(round))).unwrap()[0].rotation_count, 1);
    }
    assert_eq!(world.events.count(EventKind::Refreshed), ROUNDS);
    assert_eq!(world.events.count(EventKind::ReuseDetected), 0);
}

#[test]
fn a51_the_token_of_a_single_session_refreshed_in_parallel() {
    let world = world(tracked());
    let provider = &world.provider;
    let tokens: Vec<_> = (0..ROUNDS).map(|round| run(provider.issue(&user(round), &())).unwrap()).collect();
    let rounds = race(ROUNDS, |round, _| run(provider.refresh(tokens[round].expose())));
    for (round, outcomes) in rounds.iter().enumerate() {
        assert_eq!(count(outcomes, Result::is_ok), 1);
        let superseded = |outcome: &_| matches!(outcome, Err(RefreshError::Revoked(Revoked::Superseded)));
        assert_eq!(count(outcomes, superseded), RACERS - 1);
        let winner = outcomes.iter().flatten().next().unwrap();
        assert!(run(provider.authenticate::<()>(winner.expose())).is_ok(), "the session survives");
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), 1);
    }
}

#[test]
fn a51_an_untracked_token_refreshed_in_parallel() {
    let world = world(untracked());
    world.time.pass_secs(10);
    let provider = &world.provider;
    let tokens: Vec<_> = (0..ROUNDS).map(|round| foreign("\"alice\"", &format!("\"{}\"", user(round)))).collect();
    let rounds = race(ROUNDS, |round, _| run(provider.refresh(&tokens[round])));
    for outcomes in &rounds {
        assert_eq!(count(outcomes, Result::is_ok), 1);
        let revoked = |outcome: &_| matches!(outcome, Err(RefreshError::Revoked(Revoked::Token)));
        assert_eq!(count(outcomes, revoked), RACERS - 1);
    }
    assert_eq!(world.store.stats().revoked, ROUNDS as u64);
}

#[test]
fn a51_a_refresh_races_with_a_logout() {
    // Whichever comes first, nothing of the session is left after both.
    let world = world(untracked());
    let provider = &world.provider;
    let pairs: Vec<_> = (0..ROUNDS).map(|round| run(provider.issue_pair(&user(round), &())).unwrap()).collect();
    let rounds = race(ROUNDS, |round, racer| match racer % 2 {
        0 => run(provider.refresh_pair(&pairs[round].refresh)).map(Some).map_err(drop),
        _ => run(provider.revoke_refresh_token(&pairs[round].refresh)).map(|()| None).map_err(|error| {
            assert_matches!(error, RevokeError::AlreadyRevoked);
        }),
    });
    for (round, outcomes) in rounds.iter().enumerate() {
        assert_eq!(count(outcomes, |outcome| matches!(outcome, Ok(None))), 1, "one logout");
        for pair in outcomes.iter().flatten().flatten() {
            assert_matches!(
                run(provider.authenticate::<()>(pair.access.expose())),
                Err(AuthError::Revoked(Revoked::Session))
            );
            assert_matches!(run(provider.refresh_pair(&pair.refresh)), Err(RefreshError::SessionEnded));
        }
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), 0);
    }
}

/// Opens a session of either kind.
fn login(provider: &TokenProvider, user: &str, pair: bool) -> Result<AccessToken, IssueError> {
    if pair { run(provider.issue_pair(user, &())).map(|pair| pair.access) } else { run(provider.issue(user, &())) }
}

#[test]
fn a54_parallel_logins_at_a_limit_that_refuses() {
    let world = world(tracked().limit(limit(3, WhenFull::Reject)));
    let provider = &world.provider;
    let rounds = race(ROUNDS, |round, racer| login(provider, &user(round), racer % 2 == 0));
    for (round, outcomes) in rounds.iter().enumerate() {
        assert_eq!(count(outcomes, Result::is_ok), 3);
        let refused = |outcome: &_| matches!(outcome, Err(IssueError::TooManySessions { active: 3, limit: 3 }));
        assert_eq!(count(outcomes, refused), RACERS - 3);
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), 3);
    }
    assert_eq!(world.store.stats().sessions, 3 * ROUNDS as u64);
    assert_eq!(world.events.count(EventKind::SessionOpened), 3 * ROUNDS);
}

#[test]
fn a54_parallel_logins_at_a_limit_that_evicts() {
    let world = world(tracked().limit(limit(3, WhenFull::EvictOldest)));
    let provider = &world.provider;
    let rounds = race(ROUNDS, |round, racer| {
        let token = login(provider, &user(round), racer % 2 == 0);
        // At no time are there more.
        let seen = run(provider.session_count(&user(round))).unwrap();
        assert!((1..=3).contains(&seen), "{seen} sessions");
        token
    });
    for outcomes in &rounds {
        assert_eq!(count(outcomes, Result::is_ok), RACERS);
        let alive = |outcome: &Result<AccessToken, _>| {
            run(provider.authenticate::<()>(outcome.as_ref().unwrap().expose())).is_ok()
        };
        assert_eq!(count(outcomes, alive), 3);
    }
    assert_eq!(world.events.count(EventKind::SessionEvicted), (RACERS - 3) * ROUNDS);
    assert_eq!(world.store.stats().sessions, 3 * ROUNDS as u64);
}

#[test]
fn a54_parallel_logins_and_logouts() {
    // A place is given on as often as it was given up, and never twice.
    let world = world(tracked().limit(limit(3, WhenFull::Reject)));
    let provider = &world.provider;
    let rounds = race(ROUNDS, |round, racer| {
        let token = login(provider, &user(round), false).ok()?;
        let seen = run(provider.session_count(&user(round))).unwrap();
        assert!(seen <= 3, "{seen} sessions");
        if racer % 2 == 0 {
            run(provider.revoke(token.expose())).unwrap();
            return None;
        }
        Some(token)
    });
    for (round, outcomes) in rounds.iter().enumerate() {
        let kept = count(outcomes, Option::is_some);
        assert!(kept <= 3);
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), kept as u64);
        for token in outcomes.iter().flatten() {
            assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
        }
    }
}

#[test]
fn a54_parallel_refreshes_at_the_limit_take_no_place() {
    let world = world(tracked().limit(limit(3, WhenFull::Reject)));
    let provider = &world.provider;
    let tokens: Vec<Vec<_>> =
        (0..ROUNDS).map(|round| (0..3).map(|_| login(provider, &user(round), false).unwrap()).collect()).collect();
    let rounds = race(ROUNDS, |round, racer| run(provider.refresh(tokens[round][racer % 3].expose())));
    for (round, outcomes) in rounds.iter().enumerate() {
        assert_eq!(count(outcomes, Result::is_ok), 3, "one of each session's");
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), 3);
    }
}

/// What a racer knows of a login: whether revoke-all had begun before it ended, and whether it had returned before it began.
struct Login {
    result: Result<AccessToken, IssueError>,
    ended_before: bool,
    began_after: bool,
}

#[test]
fn a56_revoke_all_amid_parallel_logins() {
    // The system's clock, so that most rounds fall within one millisecond, as in life.
    let provider = TokenProvider::builder(tracked()).store(MemoryStore::default()).clock(SystemClock).build().unwrap();
    let flags: Vec<_> = (0..ROUNDS).map(|_| [const { AtomicBool::new(false) }; 2]).collect();
    let rounds = race(ROUNDS, |round, racer| {
        let (user, [begun, done]) = (user(round), &flags[round]);
        if racer == RACERS / 2 {
            begun.store(true, Ordering::SeqCst);
            let ended = run(provider.revoke_all(&user)).unwrap();
            done.store(true, Ordering::SeqCst);
            return Err(ended);
        }
        let began_after = done.load(Ordering::SeqCst);
        let result = login(&provider, &user, racer % 2 == 0);
        Ok(Login { result, ended_before: !begun.load(Ordering::SeqCst), began_after })
    });
    for (round, outcomes) in rounds.iter().enumerate() {
        let (mut alive, mut dead, mut ended) = (0, 0, 0);
        for outcome in outcomes {
            let login = match outcome {
                Ok(login) => login,
                Err(sessions) => {
                    ended += *sessions;
                    continue;
                }
            };
            let token = match &login.result {
                Ok(token) => token,
                // In flight: it began before and would have ended after.
                Err(IssueError::RevokedMeanwhile) => {
                    assert!(!login.began_after && !login.ended_before);
                    continue;
                }
                Err(error) => panic!("{error:?}"),
            };
            match run(provider.authenticate::<()>(token.expose())) {
                Ok(_) => {
                    assert!(!login.ended_before, "a login from before lives");
                    alive += 1;
                }
                Err(AuthError::Revoked(Revoked::Session)) => {
                    assert!(!login.began_after, "a login from after is dead");
                    dead += 1;
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(ended, dead, "what revoke-all says it ended is dead, and nothing else");
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), alive);
    }
}

#[test]
fn a56_parallel_revoke_alls_end_each_session_once() {
    let world = world(tracked());
    let provider = &world.provider;
    for round in 0..ROUNDS {
        for _ in 0..5 {
            login(provider, &user(round), false).unwrap();
        }
    }
    let rounds = race(ROUNDS, |round, _| run(provider.revoke_all(&user(round))).unwrap());
    for (round, ended) in rounds.iter().enumerate() {
        assert_eq!(ended.iter().sum::<u64>(), 5);
        assert_eq!(run(provider.session_count(&user(round))).unwrap(), 0);
        // The clock stands still, and yet the next login is after all of them.
        let token = login(provider, &user(round), false).unwrap();
        assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
    }
}
