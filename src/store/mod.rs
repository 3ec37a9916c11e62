//! What the provider remembers: the contract of a store, the stores, and a cache in front of one ([`NodeCache`]).
//!
//! A store keeps **sessions**, found by *presence*: a session that is not there is logged out, so a store that loses its data
//! logs people out and never lets anyone back in. Beside them it keeps a **denylist** of single token ids, a **floor** for each
//! user (what was issued at or before it is revoked) and one for all, and the **epoch** at which it began to remember.
//!
//! To write one, implement [`Store`] and run the conformance suite (feature `conformance`) on it; `examples/custom_store.rs` is
//! a complete one.

mod cached;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod erased;
mod error;
mod memory;
mod metadata;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "redis")]
mod redis;
mod rules;
mod store_time;
mod types;

#[cfg(feature = "redb")]
pub use self::redb::{RedbOpenError, RedbStore, RedbStoreBuilder};
pub use cached::{Consistency, NodeCache};
pub use contract::Store;
pub use error::StoreError;
pub use memory::{MemoryStore, MemoryStoreBuilder, MemoryStoreStats};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresConnectError, PostgresStore, PostgresStoreBuilder, tokio_postgres};
#[cfg(feature = "redis")]
pub use redis::{RedisConnectError, RedisStore, RedisStoreBuilder};
pub use rules::{RotationState, Turn, decide_rotation};
pub use types::{
    Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, IssuedTimes, Limit,
    LoadedSession, OnReuse, OpenSession, Opening, OperationId, Purged, RevokeUser, RevokedEntry, RevokedPage, Rotate,
    Rotation, SessionKey, SessionKind, SessionMetadata, SessionRecord, SessionStanding, Standing, StoreTime, WhenFull,
};

pub(crate) use erased::{Answer, ErasedStore};
