//! Providers over stores, as an application has them.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use jwtward::{
    Algorithm, ProviderConfig, SecretSource, SigningKey, TokenProvider,
    store::{Limit, PostgresStore, PostgresStoreBuilder, WhenFull},
};

pub(crate) use crate::server::PATIENCE;

const SECRET: &[u8] = b"sixty-four octets that are as good as random for what is tested!";
/// One that tracks, as every node of an application is set.
pub(crate) fn tracked() -> ProviderConfig {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    ProviderConfig::new(key)
        .issuer("issuer")
        .audience("api")
        .track_sessions()
        .refresh_key(SecretSource::inline("a refresh key of more than thirty-two octets"))
        .store_timeout(Duration::from_secs(30))
}

pub(crate) fn limit(max: u32, when_full: WhenFull) -> Limit {
    Limit { max: max.try_into().unwrap(), when_full }
}

pub(crate) async fn connect(builder: PostgresStoreBuilder) -> PostgresStore {
    builder.connect_local().await.unwrap()
}

/// A node: a provider with connections of its own.
pub(crate) async fn node(config: ProviderConfig, builder: PostgresStoreBuilder) -> TokenProvider {
    TokenProvider::new(config, connect(builder).await).unwrap()
}

/// Waits until that succeeds.
pub(crate) async fn at_last<T, E: Error>(what: &str, attempt: impl AsyncFn() -> Result<T, E>) -> T {
    let start = Instant::now();
    loop {
        match attempt().await {
            Ok(answer) => return answer,
            Err(error) => assert!(start.elapsed() < PATIENCE, "{what}: {}", chain(&error)),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// An error with all its sources.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

/// Shows a figure whether or not the test's output is captured.
pub(crate) fn report(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}
