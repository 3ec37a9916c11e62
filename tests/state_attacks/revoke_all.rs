//! Revoke-all and a login that overlaps it, step by step: row 56.

use std::{sync::Arc, time::Duration};

use jwtward::{
    AccessToken, AuthError, IssueError, NumericDate, RefreshError, Revoked, TokenProvider, store::MemoryStore,
};

use crate::{
    probe::{Fault, Probe},
    support::{NOW, Time, World, assert_matches, over, run, tracked, untracked, world},
};

/// A provider whose calls can be interrupted, and another on the same store to interrupt with.
fn interrupted() -> (TokenProvider, Probe, TokenProvider, Time) {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let probe = Probe::new(&store);
    let provider = over(tracked(), probe.clone(), &time).build().unwrap();
    (provider, probe, over(tracked(), store, &time).build().unwrap(), time)
}

/// Revokes all of Alice's, or everything, in mid-operation.
fn revocations() -> [fn(&TokenProvider) -> Fault; 2] {
    fn meanwhile(act: impl Fn() + Send + Sync + 'static) -> Fault {
        Fault::Meanwhile(Arc::new(act))
    }
    let one = |other: &TokenProvider| {
        let other = other.clone();
        meanwhile(move || {
            run(other.revoke_all("alice")).unwrap();
        })
    };
    let all = |other: &TokenProvider| {
        let other = other.clone();
        meanwhile(move || run(other.revoke_everything_before(NumericDate::from_secs(NOW + 1000))).unwrap())
    };
    [one, all]
}

fn is_dead(provider: &TokenProvider, token: &AccessToken) {
    assert_matches!(run(provider.authenticate::<()>(token.expose())), Err(AuthError::Revoked(Revoked::Session)));
}

#[test]
fn a56_a_login_in_flight_is_revoked() {
    for revocation in revocations() {
        for pair in [false, true] {
            let (provider, probe, other, _) = interrupted();
            let login = || match pair {
                true => run(provider.issue_pair("alice", &())).map(|pair| pair.access),
                false => run(provider.issue("alice", &())),
            };
            // Between the store's time and the opening.
            probe.after(1, revocation(&other));
            assert_matches!(login(), Err(IssueError::RevokedMeanwhile));
            assert_eq!(run(provider.session_count("alice")).unwrap(), 0);
            // Before it asked for anything, the revocation came first.
            probe.after(0, revocation(&other));
            let token = login().unwrap();
            assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
            assert_eq!(run(other.revoke_all("alice")).unwrap(), 1);
            is_dead(&provider, &token);
        }
    }
}

#[test]
fn a56_a_refresh_in_flight_is_revoked() {
    // After the token was found good, and signed anew, but before the step that decides.
    for revocation in revocations() {
        let (provider, probe, other, _) = interrupted();
        let single = run(provider.issue("alice", &())).unwrap();
        probe.after(1, revocation(&other));
        assert_matches!(run(provider.refresh(single.expose())), Err(RefreshError::Revoked(Revoked::Session)));
        is_dead(&provider, &single);

        let (provider, probe, other, _) = interrupted();
        let pair = run(provider.issue_pair("alice", &())).unwrap();
        probe.after(1, revocation(&other));
        assert_matches!(run(provider.refresh_pair(&pair.refresh)), Err(RefreshError::SessionEnded));
        is_dead(&provider, &pair.access);
        assert_eq!(run(provider.session_count("alice")).unwrap(), 0);
    }
}

#[test]
fn a56_a_login_in_the_same_second_after_it_lives() {
    // The clock stands still: not the second, not even the millisecond changes.
    let World { time, provider, .. } = world(tracked());
    let mut before = run(provider.issue("alice", &())).unwrap();
    for _ in 0..100 {
        assert_eq!(run(provider.revoke_all("alice")).unwrap(), 1);
        is_dead(&provider, &before);
        let after = run(provider.issue_pair("alice", &())).unwrap();
        assert!(run(provider.authenticate::<()>(after.access.expose())).is_ok());
        let after = run(provider.refresh_pair(&after.refresh)).unwrap();
        assert!(run(provider.authenticate::<()>(after.access.expose())).is_ok());
        before = after.access;
    }
    // The user's floor has run ahead of the clock by as many milliseconds.
    time.pass_secs(1);
    run(provider.revoke_everything_before(NumericDate::from_secs(NOW + 1))).unwrap();
    is_dead(&provider, &before);
    // Both floors, one after the other: neither hides behind the other.
    assert_eq!(run(provider.revoke_all("alice")).unwrap(), 0);
    let after = run(provider.issue("alice", &())).unwrap();
    assert!(run(provider.authenticate::<()>(after.expose())).is_ok());
    assert_eq!(run(provider.revoke_all("alice")).unwrap(), 1);
    is_dead(&provider, &after);
    assert!(run(provider.issue("alice", &())).is_ok());
}

#[test]
fn a56_revoking_everything_does_not_reach_past_the_present() {
    let World { provider, .. } = world(tracked());
    let before = run(provider.issue("alice", &())).unwrap();
    run(provider.revoke_everything_before(NumericDate::from_secs(i64::MAX))).unwrap();
    is_dead(&provider, &before);
    let after = run(provider.issue("alice", &())).unwrap();
    assert!(run(provider.authenticate::<()>(after.expose())).is_ok());
    // Nor is it taken back by an earlier one.
    run(provider.revoke_everything_before(NumericDate::from_secs(i64::MIN))).unwrap();
    is_dead(&provider, &before);
}

#[test]
fn a56_an_untracked_token_that_could_be_from_before() {
    // It has no session to compare, only a second of another clock: what could be from before is refused.
    let World { time, provider, .. } = world(untracked());
    let before = run(provider.issue("alice", &())).unwrap();
    let bystander = run(provider.issue("bob", &())).unwrap();
    assert_eq!(run(provider.revoke_all("alice")).unwrap(), 0);
    let refused = |token: &AccessToken| {
        assert_matches!(run(provider.authenticate::<()>(token.expose())), Err(AuthError::Revoked(Revoked::User)));
        assert_matches!(run(provider.refresh(token.expose())), Err(RefreshError::Revoked(Revoked::User)));
    };
    refused(&before);
    for _ in 0..=5 {
        refused(&run(provider.issue("alice", &())).unwrap());
        time.pass(Duration::from_secs(1));
    }
    let after = run(provider.issue("alice", &())).unwrap();
    assert!(run(provider.authenticate::<()>(after.expose())).is_ok());
    assert!(run(provider.authenticate::<()>(bystander.expose())).is_ok());
    refused(&before);
}

#[test]
fn a56_what_was_issued_before_stays_dead_for_as_long_as_it_could_live() {
    let World { time, provider, .. } = world(untracked().expiration(Duration::from_secs(3600)));
    let before = run(provider.issue("alice", &())).unwrap();
    run(provider.revoke_all("alice")).unwrap();
    for _ in 0..36 {
        run(provider.clean_up()).unwrap();
        assert_matches!(run(provider.authenticate::<()>(before.expose())), Err(AuthError::Revoked(Revoked::User)));
        time.pass_secs(100);
    }
    assert_matches!(run(provider.authenticate::<()>(before.expose())), Err(AuthError::Token(_)));
}
