//! Every event, and that a sink may be any function.

use std::sync::{Arc, Mutex};

use jwtward::{Event, EventKind, EventSink, NumericDate, RefreshToken, TokenProvider, store::WhenFull};

use crate::support::{START, World, config, count, limit, untracked};

#[tokio::test]
async fn everything_that_happens_is_told() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(1, WhenFull::EvictOldest)));
    provider.issue("alice", &()).await.unwrap();
    assert_eq!(world.log.take(), ["SessionOpened user sid jti of alice"]);
    let token = provider.issue("alice", &()).await.unwrap();
    assert_eq!(world.log.take(), ["SessionEvicted user sid of alice", "SessionOpened user sid jti of alice"]);
    let token = provider.refresh(token.expose()).await.unwrap();
    assert_eq!(world.log.take(), ["Refreshed user sid jti of alice"]);
    provider.revoke(token.expose()).await.unwrap();
    assert_eq!(world.log.take(), ["SessionEnded user sid"]);

    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let next = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(world.log.take(), ["SessionOpened user sid jti of alice", "Refreshed user sid jti of alice"]);
    provider.revoke_refresh_token(&next.refresh).await.unwrap();
    assert_eq!(world.log.take(), ["SessionEnded user sid"]);
    assert!(provider.refresh_pair(&next.refresh).await.is_err());
    assert_eq!(world.log.take(), ["RefreshRefused user sid"]);

    let forged = RefreshToken::new("A".repeat(92));
    assert!(provider.refresh_pair(&forged).await.is_err());
    assert_eq!(world.log.take(), ["RefreshRefused"], "whom it names is anybody's guess");

    provider.revoke_all("alice").await.unwrap();
    provider.revoke_everything_before(NumericDate::from_secs(START)).await.unwrap();
    assert_eq!(world.log.take(), ["UserRevoked { sessions: 0 } user of alice", "EverythingRevoked"]);
    assert_eq!(count(&world.log.take(), EventKind::EverythingRevoked), 0);
}

#[tokio::test]
async fn a_limit_that_is_reached_is_told_with_its_numbers() {
    let world = World::new();
    let provider = world.provider(config().limit(limit(1, WhenFull::Reject)));
    provider.issue("alice", &()).await.unwrap();
    world.log.take();
    assert!(provider.issue("alice", &()).await.is_err());
    assert_eq!(world.log.take(), ["LimitReached { active: 1, limit: 1 } user of alice"]);
}

#[tokio::test]
async fn untracked_tokens_have_events_too() {
    let (world, provider) = untracked();
    let token = provider.issue("alice", &()).await.unwrap();
    let token = provider.refresh(token.expose()).await.unwrap();
    provider.revoke(token.expose()).await.unwrap();
    assert_eq!(world.log.take(), ["Issued user jti of alice", "Refreshed user jti of alice", "TokenRevoked jti"]);
}

#[tokio::test]
async fn what_fails_is_no_event() {
    let (world, provider) = untracked();
    assert!(provider.issue("", &()).await.is_err());
    assert!(provider.issue("alice", &7).await.is_err());
    assert!(provider.authenticate::<()>("x").await.is_err());
    assert!(provider.refresh("x").await.is_err());
    assert!(provider.revoke("x").await.is_err());
    assert!(provider.revoke_by_id("").await.is_err());
    provider.revoke_by_id("id").await.unwrap();
    world.log.take();
    assert!(provider.revoke_by_id("id").await.is_err());
    assert_eq!(world.log.take(), Vec::<String>::new());
}

#[tokio::test]
async fn an_event_says_to_whom_it_happened() {
    #[derive(Clone, Default)]
    struct Last(Arc<Mutex<Vec<(EventKind, String, String)>>>);
    impl EventSink for Last {
        fn event(&self, event: &Event<'_>) {
            let user = event.user.unwrap().to_string();
            self.0.lock().unwrap().push((event.kind, user, event.token_id.unwrap().to_owned()));
        }
    }
    let last = Last::default();
    let world = World::new();
    let provider = TokenProvider::builder(config().track_sessions())
        .store(world.store.clone())
        .clock(world.clock.clone())
        .events(last.clone())
        .build()
        .unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    let expected = (EventKind::SessionOpened, provider.user_key("alice").to_string(), token.id().to_owned());
    assert_eq!(*last.0.lock().unwrap(), [expected]);
}
