//! `refresh_pair`: rotation, reuse, and what the session grants.

use jwtward::{
    AuthError, DataError, IssueError, RefreshError, RefreshToken, RevokeError, Revoked, SecretSource,
    store::{Begin, IssuedTimes, OpenSession, Opening, SessionKey, SessionKind, SessionMetadata, Store as _, WhenFull},
};
use serde_json::{Value, json};

use crate::{
    faulty::{Fault, Faulty},
    support::{START, World, assert_matches, config, limit, payload, secs, tracked, untracked},
};

#[tokio::test]
async fn a_refresh_gives_a_new_pair_of_the_same_session_and_grants_the_same() {
    let (world, provider) = untracked();
    let data = json!({ "role": "admin", "n": i64::MIN });
    let mut pair = provider.issue_pair("alice", &data).await.unwrap();
    for round in 1..5_u32 {
        world.clock.advance(600);
        let next = provider.refresh_pair(&pair.refresh).await.unwrap();
        assert_eq!(next.access.session_id(), pair.access.session_id());
        assert_ne!(next.access.id(), pair.access.id());
        assert_ne!(next.refresh.expose(), pair.refresh.expose());
        let jwt = provider.authenticate::<Value>(next.access.expose()).await.unwrap();
        assert_eq!((jwt.subject(), jwt.custom()), (Some("alice"), &data));
        let now = START + i64::from(round) * 600;
        assert_eq!(payload(next.access.expose())["iat"], now);
        assert_eq!(payload(next.access.expose())["exp"], now + 900);
        let session = &provider.sessions("alice").await.unwrap()[0];
        assert_eq!((session.rotation_count, &*session.token_id), (round, next.access.id()));
        pair = next;
    }
}

#[tokio::test]
async fn an_access_token_of_a_pair_stays_good_until_it_expires() {
    let (world, provider) = untracked();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    world.clock.advance(899);
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    provider.authenticate::<()>(first.access.expose()).await.unwrap();
    provider.authenticate::<()>(second.access.expose()).await.unwrap();
    assert!(!provider.is_token_revoked(first.access.id()).await.unwrap());
    world.clock.advance(1);
    assert_matches!(provider.authenticate::<()>(first.access.expose()).await.unwrap_err(), AuthError::Token(_));
    // An expired access token's session is refreshed by the refresh token all the same.
    world.clock.advance(10_000);
    provider.refresh_pair(&second.refresh).await.unwrap();
}

#[tokio::test]
async fn other_data_is_granted_from_then_on_when_it_is_given() {
    let (_, provider) = untracked();
    let custom = async |token: &jwtward::AccessToken| {
        provider.authenticate::<Value>(token.expose()).await.unwrap().into_claims().into_custom()
    };
    let pair = provider.issue_pair("alice", &json!({ "role": "admin" })).await.unwrap();
    let pair = provider.refresh_pair_with(&pair.refresh, &json!({ "role": "user" })).await.unwrap();
    assert_eq!(custom(&pair.access).await, json!({ "role": "user" }));
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(custom(&pair.access).await, json!({ "role": "user" }));
    let pair = provider.refresh_pair_with(&pair.refresh, &()).await.unwrap();
    assert_eq!(payload(pair.access.expose()).get("data"), None);
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(payload(pair.access.expose()).get("data"), None);
    assert_eq!(payload(pair.access.expose())["sub"], "alice");
    let pair = provider.refresh_pair_with(&pair.refresh, &json!({ "role": "again" })).await.unwrap();
    assert_eq!(custom(&pair.access).await, json!({ "role": "again" }));
}

#[tokio::test]
async fn other_data_that_cannot_be_granted_uses_nothing_up() {
    let (_, provider) = untracked();
    let pair = provider.issue_pair("alice", &json!({ "role": "admin" })).await.unwrap();
    let large = json!({ "fill": "x".repeat(4096) });
    assert_matches!(
        provider.refresh_pair_with(&pair.refresh, &large).await.unwrap_err(),
        RefreshError::Issue(IssueError::TooLarge { size: 4107, limit: 4096 })
    );
    assert_matches!(
        provider.refresh_pair_with(&pair.refresh, &7).await.unwrap_err(),
        RefreshError::Issue(IssueError::Data(DataError::NotAnObject))
    );
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(payload(pair.access.expose())["data"], json!({ "role": "admin" }));
}

#[tokio::test]
async fn a_refresh_token_used_again_after_the_grace_ends_the_session_and_tells() {
    let (world, provider) = untracked();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    world.clock.advance_millis(30_001);
    world.log.take();
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
    assert_eq!(world.log.take(), ["ReuseDetected user sid of alice"]);
    for access in [&first.access, &second.access] {
        assert_matches!(
            provider.authenticate::<()>(access.expose()).await.unwrap_err(),
            AuthError::Revoked(Revoked::Session)
        );
        assert!(provider.is_token_revoked(access.id()).await.unwrap());
    }
    for refresh in [&first.refresh, &second.refresh] {
        assert_matches!(provider.refresh_pair(refresh).await.unwrap_err(), RefreshError::SessionEnded);
    }
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
}

#[tokio::test]
async fn a_refresh_token_older_than_the_one_before_is_reuse_within_the_grace_too() {
    let (_, provider) = untracked();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    let third = provider.refresh_pair(&second.refresh).await.unwrap();
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
    assert_matches!(provider.refresh_pair(&third.refresh).await.unwrap_err(), RefreshError::SessionEnded);
}

#[tokio::test]
async fn reuse_ends_no_other_session() {
    let (_, provider) = tracked();
    let other = provider.issue_pair("alice", &()).await.unwrap();
    let single = provider.issue("alice", &()).await.unwrap();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    provider.refresh_pair(&second.refresh).await.unwrap();
    assert_matches!(provider.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Reused);
    assert_eq!(provider.session_count("alice").await.unwrap(), 2);
    provider.authenticate::<()>(single.expose()).await.unwrap();
    provider.refresh_pair(&other.refresh).await.unwrap();
}

#[tokio::test]
async fn a_forged_refresh_token_is_invalid_asks_no_store_and_harms_no_session() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    store.calls();
    let text = pair.refresh.expose();
    let mut forged = vec![String::new(), "x".repeat(92), "A".repeat(92), format!("{text}A"), text[..91].to_owned()];
    // Every character of all but the proof counts before the store is asked.
    for at in 0..text.len() {
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        forged.push(format!("{}{other}{}", &text[..at], &text[at + 1..]));
    }
    for (number, text) in forged.into_iter().enumerate() {
        let error = provider.refresh_pair(&RefreshToken::new(text.clone())).await.unwrap_err();
        assert_matches!(error, RefreshError::Invalid);
        let asked = store.calls();
        assert!(asked.is_empty() || number >= 75 && asked == ["load"], "{number} {asked:?}");
        assert_matches!(
            provider.revoke_refresh_token(&RefreshToken::new(text)).await.unwrap_err(),
            RevokeError::InvalidRefreshToken
        );
        store.calls();
    }
    provider.refresh_pair(&pair.refresh).await.unwrap();
}

/// A session as the first store has it, in another store: as a backup that was restored has it, but for the seed if it is another.
async fn restored(world: &World, from: &World, key: SessionKey, seed_of: impl FnOnce(u64) -> u64) {
    let session = from.store.load(key).await.unwrap().unwrap();
    let SessionKind::Pair { seed } = session.kind else { panic!("a pair") };
    let begun = world.store.begin(&Begin { user: key.user, limit: None }).await.unwrap().begun;
    let open = OpenSession {
        key,
        kind: SessionKind::Pair { seed: seed_of(seed) },
        begun,
        limit: None,
        lifetime: secs(1000),
        absolute: session.remaining,
        issued: IssuedTimes { issued_at: START, expires_at: START + 900 },
        metadata: SessionMetadata::new(),
        data: session.data,
    };
    assert_matches!(world.store.open(&open).await.unwrap(), Opening::Opened { .. });
}

#[tokio::test]
async fn a_refresh_token_that_is_newer_than_its_session_is_invalid_and_ends_nothing() {
    let keyed = || config().refresh_key(SecretSource::inline(&"r".repeat(32)));
    let (world, after) = (World::new(), World::new());
    let (provider, restored_provider) = (world.provider(keyed()), after.provider(keyed()));
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let key = SessionKey { user: provider.user_key("alice"), session: first.access.session_id().unwrap() };
    restored(&after, &world, key, |seed| seed).await;
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    assert_matches!(restored_provider.refresh_pair(&second.refresh).await.unwrap_err(), RefreshError::Invalid);
    assert_eq!(after.log.take(), ["RefreshRefused user sid of alice"]);
    restored_provider.refresh_pair(&first.refresh).await.unwrap();
}

#[tokio::test]
async fn the_refresh_key_alone_makes_no_refresh_token_of_a_session() {
    let keyed = || config().refresh_key(SecretSource::inline(&"r".repeat(32)));
    let (world, other) = (World::new(), World::new());
    let (provider, other_provider) = (world.provider(keyed()), other.provider(keyed()));
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let key = SessionKey { user: provider.user_key("alice"), session: pair.access.session_id().unwrap() };
    // The same session, but for the seed, which only its store has.
    restored(&other, &world, key, |seed| seed ^ 1).await;
    assert_matches!(other_provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::Invalid);
    assert_matches!(
        other_provider.revoke_refresh_token(&pair.refresh).await.unwrap_err(),
        RevokeError::InvalidRefreshToken
    );
    assert_eq!(other_provider.session_count("alice").await.unwrap(), 1);
    provider.refresh_pair(&pair.refresh).await.unwrap();
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token_and_the_other_way_round() {
    let (_, provider) = tracked();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let access = RefreshToken::new(pair.access.expose().to_owned());
    assert_matches!(provider.refresh_pair(&access).await.unwrap_err(), RefreshError::Invalid);
    assert_matches!(provider.refresh(pair.refresh.expose()).await.unwrap_err(), RefreshError::Auth(_));
    assert_matches!(provider.authenticate::<()>(pair.refresh.expose()).await.unwrap_err(), AuthError::Token(_));
}

#[tokio::test]
async fn a_pair_is_refreshed_at_the_limit_and_keeps_its_place() {
    for when_full in [WhenFull::Reject, WhenFull::EvictOldest] {
        let world = World::new();
        let provider = world.provider(config().limit(limit(1, when_full)));
        let mut pair = provider.issue_pair("alice", &()).await.unwrap();
        for _ in 0..5 {
            pair = provider.refresh_pair(&pair.refresh).await.unwrap();
        }
        provider.authenticate::<()>(pair.access.expose()).await.unwrap();
        assert_eq!(provider.session_count("alice").await.unwrap(), 1);
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_new_token_would_be_too_large() {
    let world = World::at(999_999_050);
    let larger = world.provider(config());
    let pair = larger.issue_pair("alice", &()).await.unwrap();
    let key = jwtward::SecretSource::inline(&"r".repeat(32));
    let larger = world.provider(config().refresh_key(key.clone()));
    let size = pair.access.expose().len();
    let pair = larger.issue_pair("alice", &()).await.unwrap();
    let provider = world.provider(config().refresh_key(key).max_token_size(size));
    world.clock.advance(100);
    for _ in 0..2 {
        assert_matches!(
            provider.refresh_pair(&pair.refresh).await.unwrap_err(),
            RefreshError::Issue(IssueError::TooLarge { .. })
        );
        let grant = json!({ "fill": "x".repeat(100) });
        assert_matches!(
            provider.refresh_pair_with(&pair.refresh, &grant).await.unwrap_err(),
            RefreshError::Issue(IssueError::TooLarge { .. })
        );
    }
    let next = larger.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(payload(next.access.expose()).get("data"), None);
    assert_eq!(larger.sessions("alice").await.unwrap().last().unwrap().rotation_count, 1);
}

#[tokio::test]
async fn a_refresh_checks_that_the_users_tokens_were_not_all_revoked() {
    let (world, provider) = untracked();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 1);
    world.log.take();
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    assert_eq!(world.log.take(), ["RefreshRefused user sid"]);
}

#[tokio::test]
async fn a_session_that_is_revoked_while_it_is_refreshed_stays_revoked() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    store.set(Fault::RevokedBefore("rotate", provider.user_key("alice")));
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
}

#[tokio::test]
async fn a_pair_opened_with_metadata_is_a_session_whether_or_not_singles_are_tracked() {
    let (_, provider) = untracked();
    let metadata = SessionMetadata::new().with_label("phone");
    provider.issue_pair_with("alice", &(), metadata).await.unwrap();
    provider.issue("alice", &()).await.unwrap();
    let sessions = provider.sessions("alice").await.unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].metadata.label(), Some("phone"));
    assert!(sessions[0].pair);
}
