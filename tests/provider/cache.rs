//! The verified-token cache saves signatures and nothing else: every answer is as without it.

use jwtward::{AuthError, Claim, ClaimError, Malformed, NumericDate, ProviderConfig, TokenProvider, VerifyError};
use serde_json::{Value, json};

use crate::support::{World, assert_matches, config, foreign, forge, secs};

fn cached(world: &World, config: ProviderConfig) -> TokenProvider {
    world.builder(config).cache_verified_tokens(1 << 20).accept_tokens_issued_before_store().build().unwrap()
}

#[tokio::test]
async fn a_hit_gives_the_same_claims() {
    let world = World::new();
    let provider = cached(&world, config().track_sessions());
    let data = json!({ "role": "admin", "n": u64::MAX });
    let token = provider.issue("alice", &data).await.unwrap();
    for _ in 0..3 {
        let jwt = provider.authenticate::<Value>(token.expose()).await.unwrap();
        assert_eq!((jwt.subject(), jwt.custom(), jwt.session_id()), (Some("alice"), &data, token.session_id()));
        assert_eq!(jwt.header().key_id().unwrap(), "default");
    }
    // The type asked for is the caller's each time.
    provider.authenticate::<()>(token.expose()).await.unwrap();
    assert_matches!(
        provider.authenticate::<u64>(token.expose()).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(ClaimError::CustomType))
    );
    provider.authenticate::<Value>(token.expose()).await.unwrap();
}

#[tokio::test]
async fn a_hit_does_not_outlive_exp() {
    let world = World::new();
    let provider = cached(&world, config().track_sessions().expiration(secs(60)));
    let token = provider.issue("alice", &()).await.unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
    world.clock.advance_millis(59_999);
    provider.authenticate::<()>(token.expose()).await.unwrap();
    world.clock.advance_millis(1);
    for _ in 0..2 {
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. }))
        );
    }
}

#[tokio::test]
async fn a_hit_does_not_outlive_any_revocation() {
    let world = World::new();
    let tracking = cached(&world, config().track_sessions());
    let plain = cached(&world, config());
    for how in 0..6 {
        let (provider, token) = match how {
            0..=3 => (&tracking, tracking.issue("alice", &()).await.unwrap()),
            _ => (&plain, plain.issue("alice", &()).await.unwrap()),
        };
        provider.authenticate::<()>(token.expose()).await.unwrap();
        match how {
            0 | 4 => provider.revoke(token.expose()).await.unwrap(),
            1 => drop(provider.end_session("alice", token.session_id().unwrap()).await.unwrap()),
            2 => drop(provider.refresh(token.expose()).await.unwrap()),
            3 => drop(provider.revoke_all("alice").await.unwrap()),
            _ => {
                let now = NumericDate::from_secs(world.clock.millis() / 1000);
                provider.revoke_everything_before(now).await.unwrap();
            }
        }
        for _ in 0..2 {
            assert_matches!(provider.authenticate::<()>(token.expose()).await.unwrap_err(), AuthError::Revoked(_));
        }
        world.clock.advance(60);
    }
}

#[tokio::test]
async fn what_differs_by_one_octet_is_another_token() {
    let world = World::new();
    let provider = cached(&world, config());
    let token = provider.issue("alice", &()).await.unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
    let text = token.expose();
    for at in 0..text.len() {
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        for _ in 0..2 {
            assert!(provider.authenticate::<()>(&changed).await.is_err(), "{at}");
        }
    }
    provider.authenticate::<()>(text).await.unwrap();
}

#[tokio::test]
async fn failures_are_not_remembered() {
    let world = World::new();
    let provider = cached(&world, config());
    let early = {
        let mut claims = foreign(&world.clock, "id");
        claims["nbf"] = json!(crate::support::START + 10);
        forge(&claims.to_string())
    };
    assert_matches!(
        provider.authenticate::<()>(&early).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(ClaimError::NotYetValid { .. }))
    );
    world.clock.advance(10);
    provider.authenticate::<()>(&early).await.unwrap();
    let other = {
        let mut claims = foreign(&world.clock, "other");
        claims["iss"] = json!("other");
        forge(&claims.to_string())
    };
    for _ in 0..2 {
        assert_matches!(
            provider.authenticate::<()>(&other).await.unwrap_err(),
            AuthError::Token(VerifyError::Claim(ClaimError::Mismatch(Claim::Issuer)))
        );
    }
}

#[tokio::test]
async fn a_cache_of_any_size_works() {
    let world = World::new();
    for octets in [0, 1, 1000, 1 << 20, 1 << 30, u64::MAX] {
        let provider = world.builder(config()).cache_verified_tokens(octets).build().unwrap();
        for _ in 0..3 {
            let token = provider.issue("alice", &()).await.unwrap();
            provider.authenticate::<()>(token.expose()).await.unwrap();
            provider.authenticate::<()>(token.expose()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_size_over_the_limit_is_refused_before_anything_else() {
    let world = World::new();
    let provider = cached(&world, config().max_token_size(100));
    assert_matches!(
        provider.authenticate::<()>(&"x".repeat(101)).await.unwrap_err(),
        AuthError::Token(VerifyError::Malformed(Malformed::TooLarge { size: 101, limit: 100 }))
    );
}

#[tokio::test]
async fn the_limit_of_a_size_is_as_without_the_cache() {
    let world = World::new();
    let token = cached(&world, config()).issue("alice", &()).await.unwrap();
    let size = token.expose().len();
    let exact = cached(&world, config().max_token_size(size));
    let less = cached(&world, config().max_token_size(size - 1));
    for _ in 0..2 {
        exact.authenticate::<()>(token.expose()).await.unwrap();
        assert_matches!(
            less.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Token(VerifyError::Malformed(Malformed::TooLarge { size: got, limit })) if got == size && limit == size - 1
        );
    }
}
