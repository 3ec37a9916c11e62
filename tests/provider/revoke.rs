//! Revoking a token: by itself, by id, by its refresh token.

use jwtward::{AuthError, ClaimError, RevokeError, Revoked, VerifyError, store::RevokedEntry};
use serde_json::json;

use crate::support::{START, World, assert_matches, config, foreign, forge, secs, tracked, untracked};

#[tokio::test]
async fn revoking_a_tracked_token_ends_its_session() {
    let (_, provider) = tracked();
    let (one, other) = (provider.issue("alice", &()).await.unwrap(), provider.issue("alice", &()).await.unwrap());
    provider.revoke(one.expose()).await.unwrap();
    assert_matches!(provider.authenticate::<()>(one.expose()).await.unwrap_err(), AuthError::Revoked(Revoked::Session));
    assert!(provider.is_token_revoked(one.id()).await.unwrap());
    assert!(!provider.is_token_revoked(other.id()).await.unwrap());
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
    let left: Vec<_> = provider.sessions("alice").await.unwrap().iter().map(|session| session.id).collect();
    assert_eq!(left, [other.session_id().unwrap()]);
    provider.authenticate::<()>(other.expose()).await.unwrap();
}

#[tokio::test]
async fn revoking_a_tracked_token_by_its_id_ends_its_session() {
    let (_, provider) = tracked();
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke_by_id(token.id()).await.unwrap();
    assert_matches!(
        provider.authenticate::<()>(token.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::Session)
    );
    assert!(provider.is_token_revoked(token.id()).await.unwrap());
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    assert_eq!(provider.sessions("alice").await.unwrap(), []);
}

#[tokio::test]
async fn revoking_an_untracked_token_denies_its_id() {
    let (_, provider) = untracked();
    let (one, other) = (provider.issue("alice", &()).await.unwrap(), provider.issue("alice", &()).await.unwrap());
    provider.revoke(one.expose()).await.unwrap();
    provider.revoke_by_id(other.id()).await.unwrap();
    for token in [one, other] {
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Revoked(Revoked::Token)
        );
        assert!(provider.is_token_revoked(token.id()).await.unwrap());
    }
}

#[tokio::test]
async fn a_second_revocation_says_already_revoked() {
    for tracking in [true, false] {
        let (_, provider) = if tracking { tracked() } else { untracked() };
        let token = provider.issue("alice", &()).await.unwrap();
        provider.revoke(token.expose()).await.unwrap();
        for _ in 0..2 {
            assert_matches!(provider.revoke(token.expose()).await.unwrap_err(), RevokeError::AlreadyRevoked);
            assert_matches!(provider.revoke_by_id(token.id()).await.unwrap_err(), RevokeError::AlreadyRevoked);
        }
        let token = provider.issue("alice", &()).await.unwrap();
        provider.revoke_by_id(token.id()).await.unwrap();
        assert_matches!(provider.revoke(token.expose()).await.unwrap_err(), RevokeError::AlreadyRevoked);
        let token = provider.issue("alice", &()).await.unwrap();
        provider.revoke_all("alice").await.unwrap();
        assert_matches!(provider.revoke(token.expose()).await.unwrap_err(), RevokeError::AlreadyRevoked);
        let token = provider.issue("bob", &()).await.unwrap();
        provider.refresh(token.expose()).await.unwrap();
        assert_matches!(provider.revoke(token.expose()).await.unwrap_err(), RevokeError::AlreadyRevoked);
        assert_matches!(provider.revoke_by_id(token.id()).await.unwrap_err(), RevokeError::AlreadyRevoked);
    }
}

#[tokio::test]
async fn an_empty_or_overlong_id_is_invalid() {
    let (_, provider) = tracked();
    for id in [String::new(), "x".repeat(257)] {
        assert_matches!(provider.revoke_by_id(&id).await.unwrap_err(), RevokeError::InvalidTokenId);
        assert_matches!(provider.is_token_revoked(&id).await.unwrap_err(), RevokeError::InvalidTokenId);
    }
    provider.revoke_by_id(&"x".repeat(256)).await.unwrap();
    assert!(provider.is_token_revoked(&"x".repeat(256)).await.unwrap());
}

#[tokio::test]
async fn a_foreign_id_is_denied_before_its_token_is_seen_and_for_no_other_user_matters() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    for id in ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "a:b", "*", "\0", "é", "0", "user:alice"] {
        assert!(!provider.is_token_revoked(id).await.unwrap());
        provider.revoke_by_id(id).await.unwrap();
        assert!(provider.is_token_revoked(id).await.unwrap());
        for subject in ["alice", "bob"] {
            let mut claims = foreign(&world.clock, id);
            claims["sub"] = json!(subject);
            assert_matches!(
                provider.authenticate::<()>(&forge(&claims.to_string())).await.unwrap_err(),
                AuthError::Revoked(Revoked::Token)
            );
        }
    }
    provider.authenticate::<()>(&forge(&foreign(&world.clock, "F81D4FAE").to_string())).await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_good_has_nothing_to_revoke() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)));
    let token = provider.issue("alice", &()).await.unwrap();
    let bad = format!("{}AA", &token.expose()[..token.expose().len() - 2]);
    assert_matches!(
        provider.revoke(&bad).await.unwrap_err(),
        RevokeError::Auth(AuthError::Token(VerifyError::BadSignature))
    );
    provider.authenticate::<()>(token.expose()).await.unwrap();
    world.clock.advance(60);
    assert_matches!(
        provider.revoke(token.expose()).await.unwrap_err(),
        RevokeError::Auth(AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. })))
    );
    assert_matches!(provider.revoke_by_id(token.id()).await.unwrap_err(), RevokeError::AlreadyRevoked);
    let plain = World::new().provider(config()).issue("alice", &()).await.unwrap();
    let elsewhere = world.builder(config().track_sessions()).build().unwrap();
    assert_matches!(elsewhere.revoke(plain.expose()).await.unwrap_err(), RevokeError::Auth(AuthError::Untracked));
}

#[tokio::test]
async fn an_id_of_a_session_that_never_was_is_already_revoked() {
    let (_, provider) = tracked();
    let elsewhere = tracked().1.issue("alice", &()).await.unwrap();
    assert!(provider.is_token_revoked(elsewhere.id()).await.unwrap());
    assert_matches!(provider.revoke_by_id(elsewhere.id()).await.unwrap_err(), RevokeError::AlreadyRevoked);
}

#[tokio::test]
async fn any_access_token_of_a_pair_ends_its_session() {
    let (_, provider) = untracked();
    for which in 0..2 {
        let first = provider.issue_pair("alice", &()).await.unwrap();
        let second = provider.refresh_pair(&first.refresh).await.unwrap();
        let pairs = [first, second];
        if which == 0 {
            provider.revoke(pairs[0].access.expose()).await.unwrap();
        } else {
            provider.revoke_by_id(pairs[0].access.id()).await.unwrap();
        }
        for pair in pairs {
            assert_matches!(
                provider.authenticate::<()>(pair.access.expose()).await.unwrap_err(),
                AuthError::Revoked(Revoked::Session)
            );
        }
        assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_refresh_token_ends_its_session_used_up_or_not() {
    let (world, provider) = untracked();
    let first = provider.issue_pair("alice", &()).await.unwrap();
    let second = provider.refresh_pair(&first.refresh).await.unwrap();
    world.clock.advance(3600);
    provider.revoke_refresh_token(&first.refresh).await.unwrap();
    for refresh in [&first.refresh, &second.refresh] {
        assert_matches!(provider.revoke_refresh_token(refresh).await.unwrap_err(), RevokeError::AlreadyRevoked);
    }
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    provider.revoke_refresh_token(&pair.refresh).await.unwrap();
    assert_matches!(
        provider.authenticate::<()>(pair.access.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::Session)
    );
}

#[tokio::test]
async fn denied_ids_and_users_floors_are_listed_page_by_page() {
    let (_, provider) = untracked();
    let mut expected = std::collections::BTreeSet::new();
    for number in 0..25 {
        let id = format!("id:{number}:token:user");
        provider.revoke_by_id(&id).await.unwrap();
        expected.insert(id);
        let subject = format!("user {number}");
        provider.revoke_all(&subject).await.unwrap();
        expected.insert(provider.user_key(&subject).to_string());
    }
    // Sessions are not: they are known by not being there.
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    provider.revoke(pair.access.expose()).await.unwrap();
    let keep = 86_400_000 + 5_000;
    for most in [1, 7, 1000] {
        let (mut seen, mut after) = (std::collections::BTreeSet::new(), None);
        loop {
            let page = provider.list_revoked(after.as_ref(), most).await.unwrap();
            assert!(page.entries.len() <= most);
            for entry in page.entries {
                let (name, until) = match entry {
                    RevokedEntry::Token { token_id, until } => (token_id.into_string(), until),
                    RevokedEntry::User { user, floor, until } => {
                        assert_eq!(i64::try_from(floor.as_millis()).unwrap(), START * 1000);
                        (user.to_string(), until)
                    }
                    other => panic!("{other:?}"),
                };
                assert!(i64::try_from(until.as_millis()).unwrap() >= START * 1000 + keep);
                assert!(seen.insert(name), "twice");
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
    let foreign_cursor = jwtward::store::Cursor::new("nonsense");
    assert!(provider.list_revoked(Some(&foreign_cursor), 10).await.is_err());
}

#[tokio::test]
async fn refreshing_an_untracked_token_lists_the_old_one_as_revoked() {
    let (_, provider) = untracked();
    let old = provider.issue("alice", &()).await.unwrap();
    provider.refresh(old.expose()).await.unwrap();
    let page = provider.list_revoked(None, 10).await.unwrap();
    assert_matches!(&page.entries[..], [RevokedEntry::Token { token_id, .. }] if **token_id == *old.id());
    assert_eq!(page.next, None);
}
