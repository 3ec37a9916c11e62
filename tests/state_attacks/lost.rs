//! A store that lost its data: row 60.

use jwtward::{AuthError, ProviderConfig, RefreshError, RevokeError, Revoked, TokenProvider, store::MemoryStore};

use crate::support::{NOW, Time, assert_matches, foreign, over, run, tracked, untracked};

/// The same provider with an empty store: after a restart.
fn restarted(config: ProviderConfig, time: &Time) -> (TokenProvider, MemoryStore) {
    let store = MemoryStore::builder().clock(time.clone()).build();
    (over(config, store.clone(), time).build().unwrap(), store)
}

#[test]
fn a60_sessions_are_logged_out() {
    let time = Time::new();
    let (before, _) = restarted(tracked(), &time);
    let token = run(before.issue("alice", &())).unwrap();
    let pair = run(before.issue_pair("alice", &())).unwrap();
    let ended = run(before.issue("alice", &())).unwrap();
    run(before.revoke(ended.expose())).unwrap();
    for passed in [0, 1, 60] {
        time.set(NOW + passed);
        let (after, _) = restarted(tracked(), &time);
        for token in [&token, &ended, &pair.access] {
            assert_matches!(run(after.authenticate::<()>(token.expose())), Err(AuthError::Revoked(Revoked::Session)));
            assert_matches!(run(after.refresh(token.expose())), Err(RefreshError::Revoked(Revoked::Session)));
            assert_matches!(run(after.revoke(token.expose())), Err(RevokeError::AlreadyRevoked));
            assert!(run(after.is_token_revoked(token.id())).unwrap());
        }
        assert_matches!(run(after.refresh_pair(&pair.refresh)), Err(RefreshError::SessionEnded));
        assert_matches!(run(after.revoke_refresh_token(&pair.refresh)), Err(RevokeError::AlreadyRevoked));
        assert_eq!(run(after.session_count("alice")).unwrap(), 0);
        // And whoever logs in again is in.
        let again = run(after.issue_pair("alice", &())).unwrap();
        assert!(run(after.authenticate::<()>(again.access.expose())).is_ok());
        assert!(run(after.refresh_pair(&again.refresh)).is_ok());
    }
}

#[test]
fn a60_without_a_refresh_key_of_its_own_refresh_tokens_end_with_the_process() {
    let time = Time::new();
    let config = || ProviderConfig::new(crate::support::key()).issuer("issuer").audience("api");
    let pair = run(restarted(config(), &time).0.issue_pair("alice", &())).unwrap();
    let (after, _) = restarted(config(), &time);
    assert_matches!(run(after.refresh_pair(&pair.refresh)), Err(RefreshError::Invalid));
    assert_matches!(run(after.revoke_refresh_token(&pair.refresh)), Err(RevokeError::InvalidRefreshToken));
}

#[test]
fn a60_untracked_tokens_from_before_are_refused() {
    let time = Time::new();
    let (before, _) = restarted(untracked(), &time);
    let [revoked, good] = [(); 2].map(|()| run(before.issue("alice", &())).unwrap());
    run(before.revoke(revoked.expose())).unwrap();
    // Which of them were revoked is not known any more, so none is accepted: not at once, not later.
    for passed in [0, 1, 3600] {
        time.set(NOW + passed);
        let (after, _) = restarted(untracked(), &time);
        for token in [&revoked, &good] {
            assert_matches!(
                run(after.authenticate::<()>(token.expose())),
                Err(AuthError::Revoked(Revoked::BeforeStore))
            );
            assert_matches!(run(after.refresh(token.expose())), Err(RefreshError::Revoked(Revoked::BeforeStore)));
            assert_matches!(run(after.revoke(token.expose())), Err(RevokeError::AlreadyRevoked));
        }
        let again = run(after.issue("alice", &())).unwrap();
        assert!(run(after.authenticate::<()>(again.expose())).is_ok(), "issued by this store, in the same second");
    }
}

#[test]
fn a60_tokens_from_elsewhere_are_accepted_from_the_skew_after_the_start_on() {
    // Issued 10 s after NOW, shown to stores that began then, at most the skew before, and earlier.
    let token = foreign("\"alice\"", "\"one\"");
    for (began, accepted) in [(NOW + 10, false), (NOW + 9, false), (NOW + 5, false), (NOW + 4, true)] {
        let time = Time::new();
        time.set(began);
        let (provider, _) = restarted(untracked(), &time);
        time.set(NOW + 10);
        let result = run(provider.authenticate::<()>(&token));
        if accepted {
            assert!(result.is_ok());
        } else {
            assert_matches!(result, Err(AuthError::Revoked(Revoked::BeforeStore)), "began at {began}");
        }
    }
}

#[test]
fn a60_only_who_says_so_accepts_tokens_from_before() {
    let time = Time::new();
    let token = foreign("\"alice\"", "\"one\"");
    time.set(NOW + 60);
    let store = MemoryStore::builder().clock(time.clone()).build();
    let provider = over(untracked(), store, &time).accept_tokens_issued_before_store().build().unwrap();
    assert!(run(provider.authenticate::<()>(&token)).is_ok());
    // From here on it can be revoked as any other.
    run(provider.revoke(&token)).unwrap();
    assert_matches!(run(provider.authenticate::<()>(&token)), Err(AuthError::Revoked(Revoked::Token)));
    // A session is not brought back by that.
    let tracked_before = run(restarted(tracked(), &Time::new()).0.issue("alice", &())).unwrap();
    assert_matches!(
        run(provider.authenticate::<()>(tracked_before.expose())),
        Err(AuthError::Revoked(Revoked::Session))
    );
}
