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

/// Puts the provider over that store.
pub(crate) async fn open_store(
    builder: TokenProviderBuilder,
    argument: &str,
) -> Result<TokenProviderBuilder, Box<dyn Error>> {
    match feature(argument)? {
        None => Ok(builder.store(MemoryStore::default())),
        // Each store that the build has is an arm here, behind its feature.
        Some(feature) => {
            let text = format!("this build has no such store: build it with --features axum,provider,{feature}");
            Err(Usage(text).into())
        }
    }
}
