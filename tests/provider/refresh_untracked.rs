//! `refresh` without sessions: revoke-if-absent on the old id decides.

use jwtward::{AuthError, IssueError, RefreshError, Revoked};
use serde_json::{Value, json};

use crate::{
    faulty::{Fault, Faulty},
    support::{START, World, assert_matches, config, foreign, forge, payload, secs, untracked},
};

#[tokio::test]
async fn a_refreshed_token_takes_the_place_of_the_old_one() {
    let (world, provider) = untracked();
    let data = json!({ "role": "admin" });
    let old = provider.issue("alice", &data).await.unwrap();
    world.clock.advance(100);
    let new = provider.refresh(old.expose()).await.unwrap();
    assert_eq!(new.session_id(), None);
    let claims = payload(new.expose());
    assert_eq!(claims["exp"], START + 100 + 86_400);
    assert_eq!(claims["iat"], START + 100);
    assert_eq!(*provider.authenticate::<Value>(new.expose()).await.unwrap().custom(), data);
    assert_matches!(provider.authenticate::<()>(old.expose()).await.unwrap_err(), AuthError::Revoked(Revoked::Token));
    assert!(provider.is_token_revoked(old.id()).await.unwrap());
    assert!(!provider.is_token_revoked(new.id()).await.unwrap());
    assert_matches!(provider.refresh(old.expose()).await.unwrap_err(), RefreshError::Revoked(Revoked::Token));
    provider.refresh(new.expose()).await.unwrap();
    assert_eq!(
        world.log.take(),
        [
            "Issued user jti of alice",
            "Refreshed user jti of alice",
            "RefreshRefused user jti of alice",
            "Refreshed user jti of alice",
        ]
    );
}

#[tokio::test]
async fn a_foreign_token_is_refreshed_into_one_of_ours() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let old = forge(&foreign(&world.clock, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6").to_string());
    let new = provider.refresh(&old).await.unwrap();
    assert_matches!(provider.authenticate::<()>(&old).await.unwrap_err(), AuthError::Revoked(Revoked::Token));
    // This one the store knows, so that the migration flag is not needed for it.
    world.provider(config()).authenticate::<()>(new.expose()).await.unwrap();
}

#[tokio::test]
async fn of_two_refreshes_that_both_saw_the_token_good_one_wins() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let slow = world.over(store.clone(), config()).build().unwrap();
    let fast = world.provider(config());
    let token = slow.issue("alice", &()).await.unwrap();
    // The slow one's denial takes effect, but its reply is lost; it is the winner all the same.
    store.set(Fault::LosesReply("deny"));
    assert_matches!(slow.refresh(token.expose()).await.unwrap_err(), RefreshError::Store(_));
    assert_matches!(fast.refresh(token.expose()).await.unwrap_err(), RefreshError::Revoked(Revoked::Token));
}

#[tokio::test]
async fn a_token_refreshed_while_all_of_its_user_are_being_revoked_is_revoked_too() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    store.set(Fault::RevokedBefore("deny", provider.user_key("alice")));
    let result = provider.refresh(token.expose()).await;
    store.set(Fault::None);
    if let Ok(token) = result {
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Revoked(Revoked::User)
        );
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_new_token_would_be_too_large() {
    let world = World::at(999_999_850);
    let larger = world.provider(config().expiration(secs(100)));
    let token = larger.issue("alice", &()).await.unwrap();
    let limit = token.expose().len();
    let provider = world.provider(config().expiration(secs(100)).max_token_size(limit));
    world.clock.advance(90);
    assert_matches!(
        provider.refresh(token.expose()).await.unwrap_err(),
        RefreshError::Issue(IssueError::TooLarge { .. })
    );
    provider.authenticate::<()>(token.expose()).await.unwrap();
    larger.refresh(token.expose()).await.unwrap();
}
