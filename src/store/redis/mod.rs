//! The Redis store: sessions and revocations in Redis or Valkey, shared by all that reach it.
//!
//! Each call is one step on one server: a script, or for [`check`](super::Store::check) a pipeline of reads. Keys are spread over
//! 256 shards, by the hash of a user or of a token id; all of a shard's keys have one hash tag and so one slot of a cluster. Each
//! shard holds a copy of what belongs to all (the epoch, the incarnation, the floor of all), so that every step finds what it needs
//! where it runs. `docs/stores/redis.md` tells operators what is kept, what is promised, and how much room it takes.
//!
//! # The floor of all
//!
//! It is raised shard by shard, so a login may be opened in one shard while another has the new floor already. That login is dead
//! all the same if it began at or below the floor: a session's `created` is the time that [`begin`](super::Store::begin) told it,
//! which every check compares with the floor. When the raise returns, every shard has the floor. It only rises; it is never cached.

mod builder;
mod codec;
mod connect;
mod error;
mod establish;
mod keys;
mod listing;
mod preflight;
mod scripts;
mod shards;
mod standing;
mod store;

pub use builder::RedisStoreBuilder;
pub use error::RedisConnectError;
pub use store::RedisStore;
