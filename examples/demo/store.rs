//! The store that the argument names.

use std::error::Error;

use jwtward::{TokenProviderBuilder, store::MemoryStore};

use crate::args::Usage;

/// The feature that the store needs; none for memory.
pub(crate) fn feature(argument: &str) -> Result<Option<&'static str>, Usage> {
    match argument.split_once(':') {
        None if argument == "memory" => Ok(None),
        Some(("redb", _)) => Ok(Some("redb")),
        Some(("redis" | "rediss" | "valkey" | "valkeys", _)) => Ok(Some("redis")),
        Some(("postgres" | "postgresql", _)) => Ok(Some("postgres")),
        _ => Err(Usage("--store is one of memory, redb:FILE, redis://…, postgres://…".into())),
    }
}

#[cfg(feature = "postgres")]
const POSTGRES: &str = "not the URL of a PostgreSQL database: postgres://USER@HOST/DATABASE";

/// Puts the provider over that store.
pub(crate) async fn open_store(
    builder: TokenProviderBuilder,
    argument: &str,
) -> Result<TokenProviderBuilder, Box<dyn Error>> {
    match feature(argument)? {
        None => Ok(builder.store(MemoryStore::default())),
        #[cfg(feature = "redb")]
        Some("redb") => Ok(builder.store(jwtward::store::RedbStore::open(argument.trim_start_matches("redb:"))?)),
        #[cfg(feature = "redis")]
        Some("redis") => {
            // The client knows Valkey by the name of Redis.
            let url = argument.strip_prefix("valkey").map(|rest| format!("redis{rest}"));
            Ok(builder.store(jwtward::store::RedisStore::connect(url.as_deref().unwrap_or(argument)).await?))
        }
        #[cfg(feature = "postgres")]
        Some("postgres") => {
            let config: jwtward::store::tokio_postgres::Config =
                argument.parse().map_err(|_| Usage(POSTGRES.into()))?;
            Ok(builder.store(jwtward::store::PostgresStore::builder(config).connect_local().await?))
        }
        Some(feature) => {
            let text = format!("this build has no such store: build it with --features axum,provider,{feature}");
            Err(Usage(text).into())
        }
    }
}
