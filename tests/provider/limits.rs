//! How many sessions a user may have.

use jwtward::{AuthError, IssueError, Revoked, store::WhenFull};

use crate::{
    faulty::Faulty,
    support::{World, assert_matches, config, limit, secs},
};

#[tokio::test]
async fn a_login_beyond_the_limit_is_refused_with_both_numbers() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(3, WhenFull::Reject)));
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(provider.issue("alice", &()).await.unwrap());
    }
    world.log.take();
    for _ in 0..2 {
        assert_matches!(
            provider.issue("alice", &()).await.unwrap_err(),
            IssueError::TooManySessions { active: 3, limit: 3 }
        );
    }
    assert_matches!(
        provider.issue_pair("alice", &()).await.unwrap_err(),
        IssueError::TooManySessions { active: 3, limit: 3 }
    );
    assert_eq!(world.log.take().len(), 3);
    provider.issue("bob", &()).await.unwrap();
    for token in &tokens {
        provider.authenticate::<()>(token.expose()).await.unwrap();
    }
    provider.revoke(tokens[1].expose()).await.unwrap();
    provider.issue("alice", &()).await.unwrap();
    assert!(provider.issue("alice", &()).await.is_err());
}

#[tokio::test]
async fn a_full_limit_is_found_out_before_a_token_is_signed() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config().limit(limit(1, WhenFull::Reject))).build().unwrap();
    provider.issue("alice", &()).await.unwrap();
    assert_eq!(store.calls(), ["begin", "open"]);
    // Signing would fail.
    let data = serde_json::json!({ "fill": "x".repeat(10_000) });
    assert_matches!(provider.issue("alice", &data).await.unwrap_err(), IssueError::TooManySessions { .. });
    assert_eq!(store.calls(), ["begin"]);
}

#[tokio::test]
async fn the_oldest_session_makes_room_when_configured() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(2, WhenFull::EvictOldest)));
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(provider.issue("alice", &()).await.unwrap());
    }
    for token in &tokens[..2] {
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Revoked(Revoked::Session)
        );
    }
    for token in &tokens[2..] {
        provider.authenticate::<()>(token.expose()).await.unwrap();
    }
    assert_eq!(provider.session_count("alice").await.unwrap(), 2);
}

#[tokio::test]
async fn a_lower_limit_evicts_as_many_as_it_takes() {
    let world = World::new();
    let provider = world.provider(config().track_sessions());
    for _ in 0..5 {
        provider.issue("alice", &()).await.unwrap();
    }
    let reject = world.provider(config().limit(limit(2, WhenFull::Reject)));
    assert_matches!(reject.issue("alice", &()).await.unwrap_err(), IssueError::TooManySessions { active: 5, limit: 2 });
    let evict = world.provider(config().limit(limit(2, WhenFull::EvictOldest)));
    world.log.take();
    let token = evict.issue("alice", &()).await.unwrap();
    assert_eq!(evict.session_count("alice").await.unwrap(), 2);
    evict.authenticate::<()>(token.expose()).await.unwrap();
    let evicted = world.log.take().iter().filter(|line| line.starts_with("SessionEvicted")).count();
    assert_eq!(evicted, 4);
}

#[tokio::test]
async fn expired_sessions_do_not_count() {
    let world = World::new();
    let provider = world.provider(config().expiration(secs(60)).limit(limit(3, WhenFull::Reject)));
    for round in 0..3 {
        for _ in 0..3 {
            provider.issue("alice", &()).await.unwrap();
        }
        assert!(provider.issue("alice", &()).await.is_err(), "{round}");
        world.clock.advance(60);
        assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    }
}

#[tokio::test]
async fn sessions_below_a_floor_do_not_count() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(1, WhenFull::Reject)));
    provider.issue("alice", &()).await.unwrap();
    world.clock.advance(10);
    provider.revoke_everything_before(jwtward::NumericDate::from_secs(crate::support::START + 5)).await.unwrap();
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    provider.issue("alice", &()).await.unwrap();
    assert!(provider.issue("alice", &()).await.is_err());
}

#[tokio::test]
async fn singles_and_pairs_count_alike() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(2, WhenFull::Reject)));
    provider.issue("alice", &()).await.unwrap();
    provider.issue_pair("alice", &()).await.unwrap();
    assert!(provider.issue("alice", &()).await.is_err());
    assert!(provider.issue_pair("alice", &()).await.is_err());
}

#[tokio::test]
async fn without_a_limit_there_is_none() {
    let world = World::new();
    let json = r#"{"trackUserTokens":true,"maxUserSessions":0,"signingKey":{"password":"the test secret, known to everyone"}}"#;
    let provider = world.provider(jwtward::ProviderConfig::from_json(json).unwrap());
    for _ in 0..1000 {
        provider.issue("alice", &()).await.unwrap();
    }
    assert_eq!(provider.session_count("alice").await.unwrap(), 1000);
}

#[tokio::test]
async fn a_store_that_is_full_says_so() {
    let world = World::new();
    let store = jwtward::store::MemoryStore::builder().clock(world.clock.clone()).max_sessions(2).build();
    let provider = world.over(store, config().track_sessions()).build().unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    provider.issue("bob", &()).await.unwrap();
    assert_matches!(provider.issue("carol", &()).await.unwrap_err(), IssueError::Store(error) if error.is_full());
    provider.authenticate::<()>(token.expose()).await.unwrap();
    let token = provider.refresh(token.expose()).await.unwrap();
    provider.revoke(token.expose()).await.unwrap();
    provider.issue("carol", &()).await.unwrap();
}
