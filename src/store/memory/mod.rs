//! The memory store: everything in this process, gone with it.
//!
//! Users are spread over shards, each behind a lock that is held for one step and never across an await. Within a shard a
//! session is a slot of fixed size, found by its id through one index and from its user through another.

mod builder;
mod lock;
mod packed;
mod paging;
mod purge;
mod recent;
mod revoked;
mod sessions;
mod shard;
mod slots;
mod store;

pub use builder::MemoryStoreBuilder;
pub use store::{MemoryStore, MemoryStoreStats};
