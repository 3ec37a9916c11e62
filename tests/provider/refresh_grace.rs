//! The grace: the same successor again, for a client whose reply was lost.

use jwtward::{RefreshError, TokenPair};
use serde_json::{Value, json};

use crate::{
    faulty::{Fault, Faulty},
    support::{START, World, assert_matches, config, payload, secs, untracked},
};

/// Equal as far as a successor must be: the refresh token to the octet, and the access token's claims.
fn assert_same(one: &TokenPair, other: &TokenPair) {
    assert_eq!(one.refresh.expose(), other.refresh.expose());
    assert_eq!(one.access.id(), other.access.id());
    assert_eq!(one.access.expires_at(), other.access.expires_at());
    assert_eq!(one.access.session_id(), other.access.session_id());
    assert_eq!(payload(one.access.expose()), payload(other.access.expose()));
}

#[tokio::test]
async fn the_token_before_gets_the_same_successor_within_the_grace() {
    let (world, provider) = untracked();
    let first = provider.issue_pair("alice", &json!({ "n": u64::MAX })).await.unwrap();
    world.clock.advance_millis(1_234);
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    for millis in [0, 1, 29_998, 1] {
        world.clock.advance_millis(millis);
        let again = provider.refresh_pair(&first.refresh).await.unwrap();
        assert_same(&second, &again);
    }
    // 30 seconds to the millisecond; the window did not slide.
    world.clock.advance_millis(1);
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
}

#[tokio::test]
async fn nothing_moves_when_the_successor_is_given_again() {
    let (world, provider) = untracked();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    provider.refresh_pair(&first.refresh).await.unwrap();
    let before = provider.sessions("alice").await.unwrap();
    world.clock.advance(20);
    world.log.take();
    let again = provider.refresh_pair(&first.refresh).await.unwrap();
    assert_eq!(provider.sessions("alice").await.unwrap(), before);
    assert_eq!(world.log.take(), Vec::<String>::new());
    // And the successor is good.
    provider.authenticate::<()>(again.access.expose()).await.unwrap();
    provider.refresh_pair(&again.refresh).await.unwrap();
}

#[tokio::test]
async fn the_successor_has_the_times_and_data_of_the_rotation() {
    let (world, provider) = untracked();
    let first = provider.issue_pair("alice", &json!({ "v": 1 })).await.unwrap();
    world.clock.advance(100);
    let second = provider.refresh_pair_with(&first.refresh, &json!({ "v": 2 })).await.unwrap();
    world.clock.advance(10);
    let again = provider.refresh_pair(&first.refresh).await.unwrap();
    assert_same(&second, &again);
    assert_eq!(payload(again.access.expose())["iat"], START + 100);
    // Data of its own does not count: the successor exists.
    let other = provider.refresh_pair_with(&first.refresh, &json!({ "v": 3 })).await.unwrap();
    assert_same(&second, &other);
    let third = provider.refresh_pair(&second.refresh).await.unwrap();
    let jwt = provider.authenticate::<Value>(third.access.expose()).await.unwrap();
    assert_eq!(*jwt.custom(), json!({ "v": 2 }));
}

#[tokio::test]
async fn without_grace_a_second_use_ends_the_session() {
    let world = World::new();
    let provider = world.provider(config().refresh_grace(secs(0)));
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
    assert_matches!(provider.refresh_pair(&second.refresh).await.unwrap_err(), RefreshError::SessionEnded);
}

#[tokio::test]
async fn a_client_whose_reply_was_lost_recovers() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    store.set(Fault::LosesReply("rotate"));
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Store(_));
    store.set(Fault::None);
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    assert_eq!(provider.sessions("alice").await.unwrap()[0].rotation_count, 1);
    provider.authenticate::<()>(second.access.expose()).await.unwrap();
    provider.refresh_pair(&second.refresh).await.unwrap();
}

#[tokio::test]
async fn no_successor_is_given_again_once_the_session_has_ended_or_all_were_revoked() {
    for end in ["session", "user", "everything"] {
        let (world, provider) = untracked();
        let first = provider.issue_pair("alice", &()).await.unwrap();
        provider.refresh_pair(&first.refresh).await.unwrap();
        match end {
            "session" => {
                assert!(provider.end_session("alice", first.access.session_id().unwrap()).await.unwrap());
            }
            "user" => drop(provider.revoke_all("alice").await.unwrap()),
            _ => {
                world.clock.advance(1);
                provider.revoke_everything_before(jwtward::NumericDate::from_secs(START + 1)).await.unwrap();
            }
        }
        assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    }
}

#[tokio::test]
async fn a_grace_of_up_to_300_seconds_is_held() {
    let world = World::new();
    let provider = world.provider(config().refresh_grace(secs(300)));
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    world.clock.advance(300);
    assert_same(&second, &provider.refresh_pair(&first.refresh).await.unwrap());
    world.clock.advance_millis(1);
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
}

/// A thief who comes when no token can be made any more is found out all the same.
#[tokio::test]
async fn reuse_is_detected_to_the_end_of_the_session() {
    let world = World::new();
    let provider = world.provider(config().session_absolute(secs(100)));
    world.clock.advance_millis(500);
    let first = provider.issue_pair("alice", &()).await.unwrap();
    world.clock.advance(10);
    provider.refresh_pair(&first.refresh).await.unwrap();
    world.clock.advance_millis(89_700);
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
}
