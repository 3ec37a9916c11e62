//! The beginning of a store: its epoch and incarnation, in the root and in every shard.
//!
//! A shard without them is new, or has lost its data. Which of the two, the root tells: it is marked once every shard has been made.
//! After a loss the shards that are missing begin anew, with a later epoch and another incarnation, so that untracked tokens from
//! before are refused there; sessions are logged out by being gone.

use std::sync::Arc;

use redis::Value;

use super::{
    codec::{Shard, array, number, some_octets, text, time, unsigned},
    error::{RedisConnectError, server_error, unexpected},
    keys::SHARDS,
    store::Inner,
};
use crate::store::StoreError;

/// The version of the keys and records.
const VERSION: &str = "1";

impl Inner {
    /// Makes what is missing.
    pub(super) async fn establish(self: &Arc<Self>) -> Result<(), RedisConnectError> {
        let failed = RedisConnectError::Unreachable;
        let fresh = getrandom::u64().map_err(|_| failed(StoreError::new("the random source failed")))?;
        let root = [self.keys.root()];
        let arguments: [&[u8]; 2] = [VERSION.as_bytes(), &fresh.to_be_bytes()];
        let answer = self.scripts.root.run(&self.connector, &root, &arguments, 0).await.map_err(failed)?;
        let [version, epoch, incarnation, ready, now] = array(&answer).map_err(failed)? else {
            return Err(failed(unexpected()));
        };
        let version = text(version).map_err(failed)?.unwrap_or_default();
        if *version != *VERSION {
            return Err(RedisConnectError::OtherVersion { found: version.into() });
        }
        let shard = if number(ready).map_err(failed)? == 0 {
            let incarnation = some_octets(incarnation)
                .and_then(|octets| octets.try_into().map(u64::from_be_bytes).map_err(|_| unexpected()));
            Shard::write(time(epoch).map_err(failed)?, incarnation.map_err(failed)?)
        } else {
            Shard::write(time(now).map_err(failed)?, fresh)
        };
        let made = self
            .on_shards(0..SHARDS, move |inner, shard_number, commands| {
                commands.cmd("SETNX").arg(inner.keys.shard(shard_number)).arg(shard.as_slice());
            })
            .await
            .map_err(failed)?;
        for answer in made {
            if let Value::ServerError(error) = answer {
                return Err(failed(server_error(error)));
            }
            unsigned(&answer).map_err(failed)?;
        }
        let mut mark = redis::pipe();
        mark.cmd("HSET").arg(self.keys.root()).arg("ready").arg(1);
        let marked = self.connector.exchange(mark).await.map_err(failed)?;
        marked.first().ok_or_else(unexpected).and_then(number).map(drop).map_err(failed)
    }
}
