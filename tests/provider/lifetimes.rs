//! Idle and absolute lifetimes: neither outlives the other's bound.

use jwtward::{AuthError, ClaimError, RefreshError, VerifyError};

use crate::support::{START, World, assert_matches, config, payload, secs, untracked};

#[tokio::test]
async fn a_pair_that_is_not_refreshed_ends_after_its_idle_time() {
    let world = World::new();
    let provider = world.provider(config().refresh_idle(secs(1000)));
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    world.clock.advance_millis(999_000);
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    world.clock.advance_millis(999_000);
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    world.clock.advance(1000);
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
}

#[tokio::test]
async fn a_pair_ends_at_its_absolute_time_however_often_it_is_refreshed() {
    let world = World::new();
    let provider = world.provider(config().access_expiration(secs(60)).session_absolute(secs(100)));
    let mut pair = provider.issue_pair("alice", &()).await.unwrap();
    for seconds in [30, 60, 90] {
        world.clock.set_millis((START + seconds) * 1000);
        pair = provider.refresh_pair(&pair.refresh).await.unwrap();
        let exp = payload(pair.access.expose())["exp"].as_i64().unwrap();
        assert_eq!(exp, START + (seconds + 60).min(100));
        let session = &provider.sessions("alice").await.unwrap()[0];
        assert_eq!(i64::try_from(session.expires.as_millis()).unwrap(), (START + 100) * 1000);
    }
    world.clock.set_millis((START + 100) * 1000 - 1);
    provider.authenticate::<()>(pair.access.expose()).await.unwrap();
    world.clock.advance_millis(1);
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    assert_matches!(provider.authenticate::<()>(pair.access.expose()).await.unwrap_err(), AuthError::Token(_));
}

#[tokio::test]
async fn the_default_bounds_of_a_pair_are_two_weeks_idle_and_30_days_in_all() {
    let (world, provider) = untracked();
    let idle = provider.issue_pair("idle", &()).await.unwrap();
    world.clock.advance(1_209_600);
    assert_matches!(provider.refresh_pair(&idle.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    let mut pair = provider.issue_pair("alice", &()).await.unwrap();
    for _ in 0..2 {
        world.clock.advance(1_209_599);
        pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    }
    world.clock.advance(2_592_000 - 2 * 1_209_599);
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
}

#[tokio::test]
async fn the_access_token_of_a_pair_does_not_outlive_its_session() {
    for config in [
        config().access_expiration(secs(900)).refresh_idle(secs(100)),
        config().access_expiration(secs(900)).session_absolute(secs(100)),
        config().access_expiration(secs(900)).refresh_idle(secs(100)).leeway(secs(60)),
    ] {
        let world = World::new();
        let provider = world.provider(config);
        world.clock.advance_millis(500);
        let pair = provider.issue_pair("alice", &()).await.unwrap();
        assert_eq!(payload(pair.access.expose())["exp"], START + 100);
        world.clock.set_millis((START + 100) * 1000 + 500);
        assert!(provider.authenticate::<()>(pair.access.expose()).await.is_err());
    }
}

#[tokio::test]
async fn a_single_session_lives_as_long_as_its_token_is_accepted() {
    for leeway in [0, 60] {
        let world = World::new();
        let provider = world.provider(config().track_sessions().expiration(secs(100)).leeway(secs(leeway)));
        world.clock.advance_millis(999);
        let token = provider.issue("alice", &()).await.unwrap();
        let end = (START + 100 + i64::try_from(leeway).unwrap()) * 1000;
        world.clock.set_millis(end - 1);
        provider.authenticate::<()>(token.expose()).await.unwrap();
        assert_eq!(provider.session_count("alice").await.unwrap(), 1);
        let last = provider.refresh(token.expose()).await.unwrap();
        provider.authenticate::<()>(last.expose()).await.unwrap();
        world.clock.set_millis(end);
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. }))
        );
    }
}

#[tokio::test]
async fn a_single_session_has_no_absolute_end_unless_one_is_configured() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(86_400)));
    let mut token = provider.issue("alice", &()).await.unwrap();
    for _ in 0..100 {
        world.clock.advance(86_399);
        token = provider.refresh(token.expose()).await.unwrap();
    }
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)).session_absolute(secs(100)));
    world.clock.advance_millis(500);
    let token = provider.issue("alice", &()).await.unwrap();
    world.clock.advance(50);
    let token = provider.refresh(token.expose()).await.unwrap();
    assert_eq!(payload(token.expose())["exp"], START + 100);
    world.clock.set_millis((START + 100) * 1000 - 1);
    let token = provider.refresh(token.expose()).await.unwrap();
    assert_eq!(payload(token.expose())["exp"], START + 100);
    provider.authenticate::<()>(token.expose()).await.unwrap();
    world.clock.advance_millis(1);
    assert!(provider.authenticate::<()>(token.expose()).await.is_err());
}

/// Less than a second of the session is left, which no token can have.
#[tokio::test]
async fn a_session_with_no_whole_second_left_is_not_refreshed() {
    let world = World::new();
    let lenient = config().track_sessions().expiration(secs(60)).session_absolute(secs(100)).leeway(secs(60));
    let provider = world.provider(lenient);
    world.clock.advance_millis(500);
    let single = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    world.clock.advance(50);
    let single = provider.refresh(single.expose()).await.unwrap();
    world.clock.set_millis((START + 100) * 1000 + 200);
    assert_matches!(provider.refresh(single.expose()).await.unwrap_err(), RefreshError::SessionEnded);
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::SessionEnded);
    provider.authenticate::<()>(single.expose()).await.unwrap();
    world.clock.advance_millis(300);
    assert_matches!(provider.authenticate::<()>(single.expose()).await.unwrap_err(), AuthError::Revoked(_));
}

#[tokio::test]
async fn a_first_token_does_not_outlive_the_absolute_end_either() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(86_400)).session_absolute(secs(100)));
    let token = provider.issue("alice", &()).await.unwrap();
    assert_eq!(payload(token.expose())["exp"], START + 100);
}

#[tokio::test]
async fn a_century_is_no_problem_at_all() {
    const CENTURY: u64 = 3_153_600_000;
    let world = World::new();
    let all = config()
        .track_sessions()
        .expiration(secs(CENTURY))
        .access_expiration(secs(CENTURY))
        .refresh_idle(secs(CENTURY))
        .session_absolute(secs(CENTURY));
    let provider = world.provider(all);
    let single = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    world.clock.advance(1_000_000_000);
    let single = provider.refresh(single.expose()).await.unwrap();
    let again = provider.refresh_pair(&pair.refresh).await.unwrap();
    let same = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(payload(again.access.expose()), payload(same.access.expose()));
    provider.authenticate::<()>(single.expose()).await.unwrap();
    provider.authenticate::<()>(again.access.expose()).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_goes_back_revives_nothing() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)));
    let token = provider.issue("alice", &()).await.unwrap();
    world.clock.advance(60);
    assert!(provider.authenticate::<()>(token.expose()).await.is_err());
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    world.clock.advance(-59);
    assert_matches!(
        provider.authenticate::<()>(token.expose()).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. }))
    );
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    // And what is issued meanwhile is good.
    let token = provider.issue("alice", &()).await.unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
}
