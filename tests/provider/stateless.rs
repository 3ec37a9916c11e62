//! A provider without a store.

use jwtward::{
    AuthError, IssueError, NumericDate, QueryError, RefreshError, RefreshToken, RevokeError, SessionId, VerifyError,
};
use serde_json::{Value, json};

use crate::support::{World, assert_matches, config, foreign, forge, payload, secs};

#[tokio::test]
async fn it_issues_and_authenticates() {
    let world = World::new();
    let provider = world.without_store(config());
    let token = provider.issue("alice", &json!({ "role": "admin" })).await.unwrap();
    assert_eq!(token.session_id(), None);
    assert_eq!(payload(token.expose()).get("sid"), None);
    let jwt = provider.authenticate::<Value>(token.expose()).await.unwrap();
    assert_eq!(*jwt.custom(), json!({ "role": "admin" }));
    world.clock.advance(86_400);
    assert_matches!(
        provider.authenticate::<()>(token.expose()).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(_))
    );
}

#[tokio::test]
async fn what_needs_a_store_says_so() {
    let provider = World::new().without_store(config());
    let token = provider.issue("alice", &()).await.unwrap();
    let refresh = RefreshToken::new("x".repeat(92));
    let session = SessionId::from_octets([0; 16]);

    assert_matches!(provider.issue_pair("alice", &()).await, Err(IssueError::StoreRequired));
    assert_matches!(provider.refresh(token.expose()).await, Err(RefreshError::StoreRequired));
    assert_matches!(provider.refresh_pair(&refresh).await, Err(RefreshError::StoreRequired));
    assert_matches!(provider.refresh_pair_with(&refresh, &()).await, Err(RefreshError::StoreRequired));
    assert_matches!(provider.revoke(token.expose()).await, Err(RevokeError::StoreRequired));
    assert_matches!(provider.revoke_by_id("id").await, Err(RevokeError::StoreRequired));
    assert_matches!(provider.revoke_by_id("").await, Err(RevokeError::StoreRequired));
    assert_matches!(provider.revoke_refresh_token(&refresh).await, Err(RevokeError::StoreRequired));
    assert_matches!(provider.is_token_revoked("id").await, Err(RevokeError::StoreRequired));
    assert_matches!(provider.end_session("alice", session).await, Err(QueryError::StoreRequired));
    assert_matches!(provider.revoke_all("alice").await, Err(QueryError::StoreRequired));
    let now = NumericDate::from_secs(0);
    assert_matches!(provider.revoke_everything_before(now).await, Err(QueryError::StoreRequired));
    assert_matches!(provider.list_revoked(None, 10).await, Err(QueryError::StoreRequired));
    assert_matches!(provider.sessions("alice").await, Err(QueryError::StoreRequired));
    assert_matches!(provider.session_count("alice").await, Err(QueryError::StoreRequired));
    assert_matches!(provider.clean_up().await, Err(QueryError::StoreRequired));
    provider.authenticate::<()>(token.expose()).await.unwrap();
}

#[tokio::test]
async fn it_is_refused_everything_after_close() {
    let provider = World::new().without_store(config());
    let token = provider.issue("alice", &()).await.unwrap();
    let clone = provider.clone();
    provider.close().await;
    assert_matches!(
        clone.authenticate::<()>(token.expose()).await.unwrap_err(),
        AuthError::Store(error) if error.is_closed()
    );
    assert_matches!(clone.issue("alice", &()).await.unwrap_err(), IssueError::Store(error) if error.is_closed());
}

#[tokio::test]
async fn it_accepts_what_a_store_would_have_to_know() {
    let world = World::new();
    let provider = world.without_store(config());
    let mut claims = foreign(&world.clock, "");
    claims["exp"] = json!(world.clock.millis() / 1000 + 100_000_000);
    provider.authenticate::<()>(&forge(&claims.to_string())).await.unwrap();
    // A session's token too: whether the session lives is not known here.
    let tracked = world.provider(config().track_sessions().expiration(secs(60)));
    let token = tracked.issue("alice", &()).await.unwrap();
    tracked.revoke(token.expose()).await.unwrap();
    let jwt = provider.authenticate::<()>(token.expose()).await.unwrap();
    assert_eq!(jwt.session_id(), token.session_id());
}

#[test]
fn it_needs_no_runtime() {
    let provider = World::new().without_store(config());
    // A runtime without timer and I/O, made here only to poll.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let token = runtime.block_on(provider.issue("alice", &())).unwrap();
    runtime.block_on(provider.authenticate::<()>(token.expose())).unwrap();
}
