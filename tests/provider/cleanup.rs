//! Clean-up, and close.

use jwtward::{
    AuthError, IssueError, NumericDate, ProviderConfig, QueryError, RefreshError, RevokeError, Revoked, SecretSource,
};
use serde_json::json;

use crate::{
    faulty::Faulty,
    support::{START, World, assert_matches, config, foreign, forge, secs, tracked},
};

/// Tokens of either kind live for a minute.
fn minutes() -> ProviderConfig {
    config().expiration(secs(60)).access_expiration(secs(60))
}

#[tokio::test]
async fn expired_sessions_are_removed_and_live_ones_stay() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)));
    for _ in 0..5000 {
        provider.issue("alice", &()).await.unwrap();
    }
    world.clock.advance(30);
    let live = provider.issue("alice", &()).await.unwrap();
    assert_eq!(provider.clean_up().await.unwrap(), 0);
    assert_eq!(world.store.stats().sessions, 5001);
    world.clock.advance(30);
    assert_eq!(provider.clean_up().await.unwrap(), 5000);
    assert_eq!(world.store.stats().sessions, 1);
    assert!(world.store.stats().slots < 100, "memory is given back");
    provider.authenticate::<()>(live.expose()).await.unwrap();
    assert_eq!(provider.clean_up().await.unwrap(), 0);
}

#[tokio::test]
async fn a_revocation_is_kept_for_a_margin_past_its_end_in_case_the_clock_is_set_back() {
    let world = World::new();
    for (margin, seconds) in [(None, 3600), (Some(10), 10), (Some(0), 0)] {
        let mut builder = world.builder(minutes()).max_clock_skew(secs(5));
        if let Some(margin) = margin {
            builder = builder.clock_step_margin(secs(margin));
        }
        let provider = builder.build().unwrap();
        provider.revoke_by_id("id").await.unwrap();
        provider.revoke_all("alice").await.unwrap();
        world.clock.advance_millis((65 + seconds) * 1000 - 1);
        assert_eq!(provider.clean_up().await.unwrap(), 0);
        assert_eq!(world.store.stats().revoked, 2);
        world.clock.advance_millis(1);
        assert_eq!(provider.clean_up().await.unwrap(), 2);
        assert_eq!(world.store.stats().revoked, 0);
    }
}

/// Its `iat` may be in the future by the leeway, and it is accepted past its `exp` by the leeway: both count.
#[tokio::test]
async fn no_revoked_token_revives_whatever_its_times() {
    for leeway in [0, 600] {
        let world = World::new();
        let provider = world
            .builder(minutes().leeway(secs(leeway)))
            .accept_tokens_issued_before_store()
            .max_clock_skew(secs(0))
            .clock_step_margin(secs(0))
            .build()
            .unwrap();
        let leeway = i64::try_from(leeway).unwrap();
        let mut claims = foreign(&world.clock, "id");
        claims["iat"] = json!(START + leeway);
        claims["exp"] = json!(START + leeway + 60);
        let token = forge(&claims.to_string());
        provider.authenticate::<()>(&token).await.unwrap();
        provider.revoke(&token).await.unwrap();
        for _ in 0..2 * leeway + 59 {
            world.clock.advance(1);
            provider.clean_up().await.unwrap();
            assert_matches!(provider.authenticate::<()>(&token).await.unwrap_err(), AuthError::Revoked(Revoked::Token));
        }
        world.clock.advance(1);
        provider.clean_up().await.unwrap();
        assert_matches!(provider.authenticate::<()>(&token).await.unwrap_err(), AuthError::Token(_));
    }
}

#[tokio::test]
async fn a_longer_accepted_lifetime_keeps_revocations_for_longer() {
    let world = World::new();
    let provider = world.builder(minutes()).accept_lifetime(secs(7200)).clock_step_margin(secs(0)).build().unwrap();
    provider.revoke_by_id("id").await.unwrap();
    world.clock.advance(7200);
    assert_eq!(provider.clean_up().await.unwrap(), 0);
    assert!(provider.is_token_revoked("id").await.unwrap());
}

#[tokio::test]
async fn a_session_that_is_cleaned_up_stays_logged_out() {
    let world = World::new();
    let provider = world.provider(config().refresh_idle(secs(60)));
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    world.clock.advance(60);
    provider.clean_up().await.unwrap();
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
}

#[tokio::test]
async fn after_close_everything_is_refused_and_nothing_is_un_revoked() {
    let world = World::new();
    let config = config().track_sessions().refresh_key(SecretSource::inline(&"r".repeat(32)));
    let provider = world.provider(config.clone());
    let single = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let (clone, other) = (provider.clone(), world.provider(config));
    provider.close().await;
    provider.close().await;
    for provider in [provider, clone, other] {
        macro_rules! closed {
            ($($call:ident($($arg:expr),*) $error:path;)*) => {
                $(assert_matches!(provider.$call($($arg),*).await.unwrap_err(), $error(error) if error.is_closed());)*
            };
        }
        closed! {
            issue("alice", &()) IssueError::Store;
            issue_pair("alice", &()) IssueError::Store;
            refresh(single.expose()) RefreshError::Store;
            refresh_pair(&pair.refresh) RefreshError::Store;
            revoke(single.expose()) RevokeError::Store;
            revoke_by_id(single.id()) RevokeError::Store;
            revoke_by_id("id") RevokeError::Store;
            is_token_revoked(single.id()) RevokeError::Store;
            is_token_revoked("id") RevokeError::Store;
            end_session("alice", single.session_id().unwrap()) QueryError::Store;
            revoke_all("alice") QueryError::Store;
            revoke_everything_before(NumericDate::from_secs(0)) QueryError::Store;
            list_revoked(None, 10) QueryError::Store;
            sessions("alice") QueryError::Store;
            session_count("alice") QueryError::Store;
            clean_up() QueryError::Store;
        }
        assert_matches!(
            provider.authenticate::<()>(single.expose()).await.unwrap_err(),
            AuthError::Store(error) if error.is_closed()
        );
    }
    assert_eq!(world.store.stats().sessions, 2, "nothing is removed by closing");
}

#[tokio::test]
async fn closing_closes_the_store_once_asked() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    provider.close().await;
    assert_eq!(store.calls(), ["close"]);
    assert!(provider.issue("alice", &()).await.is_err());
    assert_eq!(store.calls(), Vec::<&str>::new(), "nothing more is asked of it");
}

#[test]
fn a_provider_is_made_and_dropped_without_a_runtime() {
    let (_, provider) = tracked();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let token = runtime.block_on(provider.issue("alice", &())).unwrap();
    runtime.block_on(provider.authenticate::<()>(token.expose())).unwrap();
}

#[tokio::test]
async fn the_longest_lifetime_of_all_can_be_accepted() {
    let world = World::new();
    let forever = std::time::Duration::MAX;
    let provider = world.builder(config()).accept_lifetime(forever).clock_step_margin(forever).build().unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke(token.expose()).await.unwrap();
    provider.revoke_all("alice").await.unwrap();
    provider.clean_up().await.unwrap();
    assert!(provider.is_token_revoked(token.id()).await.unwrap());
}
