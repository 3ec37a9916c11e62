//! Revoking all of a user's tokens.

use jwtward::{AuthError, Revoked, store::WhenFull};

use crate::support::{World, assert_matches, config, limit, secs, tracked};

#[tokio::test]
async fn all_sessions_of_the_user_end_and_nobody_elses() {
    let (_, provider) = tracked();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(provider.issue("alice", &()).await.unwrap());
        tokens.push(provider.issue_pair("alice", &()).await.unwrap().access);
    }
    let bob = provider.issue("bob", &()).await.unwrap();
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 6);
    for token in &tokens {
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Revoked(Revoked::Session)
        );
        assert!(provider.is_token_revoked(token.id()).await.unwrap());
    }
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    assert_eq!(provider.sessions("alice").await.unwrap(), []);
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 0);
    assert_eq!(provider.revoke_all("nobody").await.unwrap(), 0);
    provider.authenticate::<()>(bob.expose()).await.unwrap();
}

#[tokio::test]
async fn a_login_after_it_is_good_within_the_same_millisecond() {
    let (_, provider) = tracked();
    for _ in 0..5 {
        let before = provider.issue("alice", &()).await.unwrap();
        let pair_before = provider.issue_pair("alice", &()).await.unwrap();
        assert_eq!(provider.revoke_all("alice").await.unwrap(), 2);
        let after = provider.issue("alice", &()).await.unwrap();
        let pair_after = provider.issue_pair("alice", &()).await.unwrap();
        for token in [&before, &pair_before.access] {
            assert!(provider.authenticate::<()>(token.expose()).await.is_err());
        }
        for token in [&after, &pair_after.access] {
            provider.authenticate::<()>(token.expose()).await.unwrap();
        }
        provider.refresh(after.expose()).await.unwrap();
        provider.refresh_pair(&pair_after.refresh).await.unwrap();
        assert_eq!(provider.session_count("alice").await.unwrap(), 2);
        provider.revoke_all("alice").await.unwrap();
    }
}

#[tokio::test]
async fn it_makes_room_at_the_limit() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(1, WhenFull::Reject)));
    provider.issue("alice", &()).await.unwrap();
    assert!(provider.issue("alice", &()).await.is_err());
    provider.revoke_all("alice").await.unwrap();
    provider.issue("alice", &()).await.unwrap();
}

#[tokio::test]
async fn it_holds_for_every_provider_on_the_store() {
    let (world, one) = tracked();
    let other = world.provider(config().track_sessions());
    let token = one.issue("alice", &()).await.unwrap();
    other.revoke_all("alice").await.unwrap();
    assert!(one.authenticate::<()>(token.expose()).await.is_err());
}

#[tokio::test]
async fn a_floor_is_kept_for_as_long_as_any_token_accepted_can_live() {
    let world = World::new();
    let provider = world
        .builder(config().leeway(secs(600)))
        .accept_tokens_issued_before_store()
        .clock_step_margin(secs(0))
        .build()
        .unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke_all("alice").await.unwrap();
    // The last millisecond of the token's life.
    world.clock.advance_millis((86_400 + 600) * 1000 - 1);
    provider.clean_up().await.unwrap();
    assert_matches!(provider.authenticate::<()>(token.expose()).await.unwrap_err(), AuthError::Revoked(Revoked::User));
    world.clock.advance(606);
    assert_eq!(provider.clean_up().await.unwrap(), 1);
    assert_eq!(provider.list_revoked(None, 10).await.unwrap().entries, []);
}
