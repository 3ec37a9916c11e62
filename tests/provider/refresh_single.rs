//! `refresh` on single sessions: the current token wins once.

use jwtward::{AuthError, ClaimError, IssueError, RefreshError, Revoked, VerifyError, store::WhenFull};
use serde_json::{Value, json};

use crate::support::{START, World, assert_matches, config, limit, payload, secs, tracked};

#[tokio::test]
async fn a_refreshed_token_takes_the_place_of_the_old_one_in_the_same_session() {
    let (world, provider) = tracked();
    let data = json!({ "role": "admin", "n": u64::MAX });
    let old = provider.issue("alice", &data).await.unwrap();
    world.clock.advance(100);
    let new = provider.refresh(old.expose()).await.unwrap();
    assert_eq!(new.session_id(), old.session_id());
    assert_ne!(new.id(), old.id());
    assert_matches!(
        provider.authenticate::<()>(old.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::Superseded)
    );
    let jwt = provider.authenticate::<Value>(new.expose()).await.unwrap();
    assert_eq!(*jwt.custom(), data);
    assert_eq!(jwt.subject(), Some("alice"));
    let claims = payload(new.expose());
    assert_eq!([&claims["iat"], &claims["nbf"]], [&json!(START + 100); 2]);
    assert_eq!(claims["exp"], START + 100 + 86_400);
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
}

#[tokio::test]
async fn the_current_token_wins_once_and_the_session_survives_the_losers() {
    let (world, provider) = tracked();
    let first = provider.issue("alice", &()).await.unwrap();
    let second = provider.refresh(first.expose()).await.unwrap();
    world.log.take();
    for _ in 0..3 {
        assert_matches!(
            provider.refresh(first.expose()).await.unwrap_err(),
            RefreshError::Revoked(Revoked::Superseded)
        );
    }
    assert_eq!(world.log.take(), ["RefreshRefused user sid jti of alice"; 3]);
    provider.authenticate::<()>(second.expose()).await.unwrap();
    let third = provider.refresh(second.expose()).await.unwrap();
    assert_matches!(provider.refresh(first.expose()).await.unwrap_err(), RefreshError::Revoked(Revoked::Superseded));
    provider.authenticate::<()>(third.expose()).await.unwrap();
    assert_eq!(world.log.take(), ["Refreshed user sid jti of alice", "RefreshRefused user sid jti of alice"]);
}

#[tokio::test]
async fn there_is_no_grace() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().refresh_grace(secs(300)));
    let token = provider.issue("alice", &()).await.unwrap();
    provider.refresh(token.expose()).await.unwrap();
    assert_matches!(provider.refresh(token.expose()).await.unwrap_err(), RefreshError::Revoked(Revoked::Superseded));
}

#[tokio::test]
async fn empty_data_is_refreshed_as_empty() {
    let (_, provider) = tracked();
    let mut token = provider.issue("alice", &()).await.unwrap();
    for _ in 0..3 {
        token = provider.refresh(token.expose()).await.unwrap();
        assert_eq!(payload(token.expose()).get("data"), None);
    }
    let session = &provider.sessions("alice").await.unwrap()[0];
    assert_eq!(session.rotation_count, 3);
    assert_eq!(*session.token_id, *token.id());
}

#[tokio::test]
async fn the_access_token_of_a_pair_is_refused_and_nothing_changes() {
    let (world, provider) = tracked();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let before = provider.sessions("alice").await.unwrap();
    world.clock.advance(1);
    assert_matches!(provider.refresh(pair.access.expose()).await.unwrap_err(), RefreshError::WrongCredential);
    assert_eq!(provider.sessions("alice").await.unwrap(), before);
    provider.authenticate::<()>(pair.access.expose()).await.unwrap();
    let next = provider.refresh_pair(&pair.refresh).await.unwrap();
    // One of an earlier generation too.
    for access in [&pair.access, &next.access] {
        assert_matches!(provider.refresh(access.expose()).await.unwrap_err(), RefreshError::WrongCredential);
    }
    provider.authenticate::<()>(next.access.expose()).await.unwrap();
    assert_eq!(provider.sessions("alice").await.unwrap()[0].rotation_count, 1);
}

#[tokio::test]
async fn every_check_of_authenticate_is_made_first() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)));
    let token = provider.issue("alice", &()).await.unwrap();
    let bad = format!("{}AA", &token.expose()[..token.expose().len() - 2]);
    assert_matches!(
        provider.refresh(&bad).await.unwrap_err(),
        RefreshError::Auth(AuthError::Token(VerifyError::BadSignature))
    );
    assert_matches!(
        provider.refresh("").await.unwrap_err(),
        RefreshError::Auth(AuthError::Token(VerifyError::Malformed(_)))
    );
    let other = world.provider(config().track_sessions().audience("other"));
    assert_matches!(
        other.refresh(token.expose()).await.unwrap_err(),
        RefreshError::Auth(AuthError::Token(VerifyError::Claim(ClaimError::Mismatch(_))))
    );
    world.clock.advance(60);
    assert_matches!(
        provider.refresh(token.expose()).await.unwrap_err(),
        RefreshError::Auth(AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. })))
    );
}

#[tokio::test]
async fn a_revoked_token_is_not_refreshed() {
    let (world, provider) = tracked();
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke(token.expose()).await.unwrap();
    world.log.take();
    assert_matches!(provider.refresh(token.expose()).await.unwrap_err(), RefreshError::Revoked(Revoked::Session));
    assert_eq!(world.log.take(), ["RefreshRefused user sid jti of alice"]);
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke_all("alice").await.unwrap();
    assert_matches!(provider.refresh(token.expose()).await.unwrap_err(), RefreshError::Revoked(Revoked::Session));
}

#[tokio::test]
async fn a_session_is_refreshed_at_the_limit_and_keeps_its_place() {
    for when_full in [WhenFull::Reject, WhenFull::EvictOldest] {
        let world = World::new();
        let provider = world.provider(config().limit(limit(2, when_full)));
        let first = provider.issue("alice", &()).await.unwrap();
        world.clock.advance(1);
        let second = provider.issue("alice", &()).await.unwrap();
        let mut token = provider.refresh(first.expose()).await.unwrap();
        for _ in 0..5 {
            token = provider.refresh(token.expose()).await.unwrap();
        }
        provider.authenticate::<()>(second.expose()).await.unwrap();
        assert_eq!(provider.session_count("alice").await.unwrap(), 2);
        let sessions = provider.sessions("alice").await.unwrap();
        assert_eq!(
            sessions.iter().map(|session| Some(session.id)).collect::<Vec<_>>(),
            [first.session_id(), second.session_id()]
        );
    }
}

/// The token grows by a digit in `exp`, past the limit.
#[tokio::test]
async fn nothing_is_lost_when_the_new_token_would_be_too_large() {
    let world = World::at(999_999_850);
    let larger = world.provider(config().track_sessions().expiration(secs(100)));
    let token = larger.issue("alice", &()).await.unwrap();
    let limit = token.expose().len();
    let provider = world.provider(config().track_sessions().expiration(secs(100)).max_token_size(limit));
    world.clock.set_millis(999_999_940 * 1000);
    assert_matches!(
        provider.refresh(token.expose()).await.unwrap_err(),
        RefreshError::Issue(IssueError::TooLarge { size, limit: at }) if size > at && at == limit
    );
    provider.authenticate::<()>(token.expose()).await.unwrap();
    assert_eq!(provider.sessions("alice").await.unwrap()[0].rotation_count, 0);
    larger.refresh(token.expose()).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_tracks_only_pairs_refreshes_a_tracked_token_in_its_session() {
    let (world, tracking) = tracked();
    let token = tracking.issue("alice", &()).await.unwrap();
    let other = world.provider(config());
    let token = other.refresh(token.expose()).await.unwrap();
    assert!(token.session_id().is_some());
    tracking.authenticate::<()>(token.expose()).await.unwrap();
}
