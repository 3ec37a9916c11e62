//! Untracked tokens against the store's epoch and floors: what could be from before is from before.

use jwtward::{AuthError, NumericDate, Revoked};
use serde_json::json;

use crate::support::{START, World, assert_matches, config, foreign, forge, secs, untracked};

fn issued_at(world: &World, secs: i64, jti: &str) -> String {
    let mut claims = foreign(&world.clock, jti);
    claims["iat"] = json!(secs);
    claims["nbf"] = json!(secs);
    forge(&claims.to_string())
}

#[tokio::test]
async fn a_foreign_token_is_accepted_only_if_it_was_issued_after_the_store_began_and_the_skew() {
    let (world, provider) = untracked();
    world.clock.advance(60);
    for (iat, good) in [(-3600, false), (-1, false), (0, false), (5, false), (6, true), (60, true)] {
        let token = issued_at(&world, START + iat, "id");
        match provider.authenticate::<()>(&token).await {
            Ok(_) => assert!(good, "{iat}"),
            Err(error) => assert_matches!(error, AuthError::Revoked(Revoked::BeforeStore) if !good),
        }
    }
    let exact = world.builder(config()).max_clock_skew(secs(0)).build().unwrap();
    exact.authenticate::<()>(&issued_at(&world, START + 1, "id")).await.unwrap();
    assert_matches!(
        exact.authenticate::<()>(&issued_at(&world, START, "id")).await.unwrap_err(),
        AuthError::Revoked(Revoked::BeforeStore)
    );
}

#[tokio::test]
async fn a_token_issued_with_the_store_is_accepted_at_once() {
    let (_, provider) = untracked();
    let token = provider.issue("alice", &()).await.unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
}

#[tokio::test]
async fn a_store_that_lost_its_data_refuses_the_tokens_issued_with_it() {
    let (world, before) = untracked();
    let single = before.issue("alice", &()).await.unwrap();
    let tracked = world.provider(config().track_sessions()).issue("alice", &()).await.unwrap();
    world.clock.advance(60);
    let again = World::on(world.clock.clone());
    let provider = again.provider(config());
    assert_matches!(
        provider.authenticate::<()>(single.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::BeforeStore)
    );
    assert_matches!(
        provider.authenticate::<()>(tracked.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::Session)
    );
    // The migration flag accepts the first, and never a session.
    let lax = again.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    lax.authenticate::<()>(single.expose()).await.unwrap();
    assert_matches!(lax.authenticate::<()>(tracked.expose()).await.unwrap_err(), AuthError::Revoked(Revoked::Session));
}

#[tokio::test]
async fn revoking_all_of_a_user_stops_untracked_tokens_up_to_the_skew_after_it() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let own = provider.issue("alice", &()).await.unwrap();
    let bob = provider.issue("bob", &()).await.unwrap();
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 0);
    assert_matches!(provider.authenticate::<()>(own.expose()).await.unwrap_err(), AuthError::Revoked(Revoked::User));
    assert_matches!(provider.refresh(own.expose()).await.unwrap_err(), jwtward::RefreshError::Revoked(Revoked::User));
    provider.authenticate::<()>(bob.expose()).await.unwrap();
    world.clock.advance(60);
    for (iat, good) in [(-60, false), (0, false), (5, false), (6, true)] {
        let result = provider.authenticate::<()>(&issued_at(&world, START + iat, "id")).await;
        match result {
            Ok(_) => assert!(good, "{iat}"),
            Err(error) => assert_matches!(error, AuthError::Revoked(Revoked::User) if !good),
        }
    }
}

#[tokio::test]
async fn revoking_everything_stops_tracked_and_untracked_tokens_of_all_users() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let single = world.provider(config().track_sessions()).issue("bob", &()).await.unwrap();
    let plain = provider.issue("carol", &()).await.unwrap();
    world.clock.advance(60);
    let later = provider.issue_pair("alice", &()).await.unwrap();
    provider.revoke_everything_before(NumericDate::from_secs(START)).await.unwrap();
    for token in [pair.access.expose(), single.expose()] {
        assert_matches!(provider.authenticate::<()>(token).await.unwrap_err(), AuthError::Revoked(Revoked::Session));
    }
    assert_matches!(
        provider.authenticate::<()>(plain.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::Everything)
    );
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), jwtward::RefreshError::SessionEnded);
    provider.authenticate::<()>(later.access.expose()).await.unwrap();
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
    assert_eq!(provider.session_count("bob").await.unwrap(), 0);
    assert_eq!(provider.sessions("bob").await.unwrap(), []);
    assert!(provider.is_token_revoked(pair.access.id()).await.unwrap());
    assert!(!provider.is_token_revoked(later.access.id()).await.unwrap());
}

#[tokio::test]
async fn everything_is_revoked_up_to_the_present_at_most_and_the_floor_never_sinks() {
    let (world, provider) = untracked();
    let old = provider.issue_pair("alice", &()).await.unwrap();
    provider.revoke_everything_before(NumericDate::from_secs(START + 1_000_000)).await.unwrap();
    provider.revoke_everything_before(NumericDate::from_secs(START - 1_000_000)).await.unwrap();
    assert!(provider.authenticate::<()>(old.access.expose()).await.is_err());
    // In the same millisecond.
    let new = provider.issue_pair("alice", &()).await.unwrap();
    provider.authenticate::<()>(new.access.expose()).await.unwrap();
    world.clock.advance(60);
    let plain = provider.issue("alice", &()).await.unwrap();
    provider.authenticate::<()>(plain.expose()).await.unwrap();
}
