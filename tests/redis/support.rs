//! Providers over Redis stores.

use std::time::{Duration, Instant};

use jwtward::{
    Algorithm, ProviderConfig, SecretSource, SigningKey, TokenProvider,
    store::{Limit, RedisStore, RedisStoreBuilder, Store, WhenFull},
};

pub(crate) const SECRET: &[u8] = b"sixty-four octets that are as good as random for what is tested!";
pub(crate) const REFRESH: &str = "a refresh key of more than thirty-two octets";
/// For what must be answered, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// The provider's deadline where refusals are timed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);
/// What a slow machine may add to it.
pub(crate) const SLACK: Duration = Duration::from_secs(5);

/// Does not track.
pub(crate) fn untracked() -> ProviderConfig {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    ProviderConfig::new(key)
        .issuer("issuer")
        .audience("api")
        .refresh_key(SecretSource::inline(REFRESH))
        .store_timeout(PATIENCE * 2)
}

pub(crate) fn tracked() -> ProviderConfig {
    untracked().track_sessions()
}

pub(crate) fn limited(max: u32) -> ProviderConfig {
    tracked().limit(Limit { max: max.try_into().unwrap(), when_full: WhenFull::Reject })
}

pub(crate) fn over(config: ProviderConfig, store: impl Store) -> TokenProvider {
    TokenProvider::new(config, store).unwrap()
}

/// A provider with a connection of its own.
pub(crate) async fn node(config: ProviderConfig, url: &str) -> TokenProvider {
    over(config, patient(url).connect().await.unwrap())
}

/// A store that waits for long.
pub(crate) fn patient(url: &str) -> RedisStoreBuilder {
    RedisStore::builder(url).response_timeout(PATIENCE).connect_timeout(PATIENCE)
}

/// A store that does not wait for long, once it is connected.
pub(crate) async fn connected(builder: RedisStoreBuilder) -> RedisStore {
    let mut store = None;
    eventually("a connection", async || {
        store = builder.clone().connect().await.ok();
        store.is_some()
    })
    .await;
    store.unwrap()
}

/// Waits for a condition that must come.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An error with what it comes from.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source} {source:?}");
        next = source.source();
    }
    text
}
