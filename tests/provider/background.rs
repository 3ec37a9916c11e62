//! What runs on tokio's clock, which is paused: it moves on at once to what is waited for next.

use std::time::Duration;

use jwtward::{AuthError, store::StoreError};
use tokio::time::{Instant, sleep};

use crate::{
    faulty::{Fault, Faulty},
    support::{World, assert_matches, config, secs},
};

async fn pass(seconds: u64) {
    sleep(secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_removed_in_the_background_after_each_interval() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)).cleanup_interval(secs(10)));
    for _ in 0..3 {
        provider.issue("alice", &()).await.unwrap();
        world.clock.advance(60);
        pass(9).await;
        assert_eq!(world.store.stats().sessions, 1);
        pass(1).await;
        tokio::task::yield_now().await;
        assert_eq!(world.store.stats().sessions, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_default_interval_is_a_minute() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let _provider = world.over(store.clone(), config()).build().unwrap();
    pass(59).await;
    assert_eq!(store.calls(), Vec::<&str>::new());
    pass(2).await;
    assert!(store.calls().contains(&"purge"));
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_does_not_end_the_background_clean_up_and_closing_does() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    for fault in [Fault::Fails("purge"), Fault::Hangs("purge"), Fault::None] {
        store.set(fault);
        pass(70).await;
        assert!(store.calls().contains(&"purge"), "{fault:?}");
    }
    provider.close().await;
    store.calls();
    pass(1000).await;
    assert_eq!(store.calls(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_clone_ends_the_background_clean_up() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config()).build().unwrap();
    let clone = provider.clone();
    drop(provider);
    pass(70).await;
    assert!(store.calls().contains(&"purge"));
    drop(clone);
    pass(1000).await;
    assert_eq!(store.calls(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_refused_at_the_deadline() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    for (config, deadline) in [
        (config(), Duration::from_secs(1)),
        (config().store_timeout(Duration::from_millis(20)), Duration::from_millis(20)),
    ] {
        let provider = world.over(store.clone(), config).build().unwrap();
        let token = provider.issue("alice", &()).await.unwrap();
        store.set(Fault::Hangs("check"));
        let asked = Instant::now();
        assert_matches!(
            provider.authenticate::<()>(token.expose()).await.unwrap_err(),
            AuthError::Store(error) if error.is_timeout()
        );
        assert_eq!(asked.elapsed(), deadline);
        store.set(Fault::None);
        provider.authenticate::<()>(token.expose()).await.unwrap();
    }
    assert_eq!(StoreError::timeout().to_string(), "the store did not answer in time");
}
