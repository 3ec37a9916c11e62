//! Whether a token is good: what every request asks.

use std::sync::Arc;

use redis::Value;

use super::{
    codec::{Session, Shard, User, array, clock, octets},
    error::unexpected,
    keys::{shard_of_token, shard_of_user},
    store::Inner,
};
use crate::store::{
    StoreError,
    types::{CheckToken, SessionStanding, Standing},
};

impl Inner {
    /// Reads in one round trip and without a script. A step in between does no harm. Of a session: it is read with the user's
    /// floor in one command, and the floor of all after it. What is denied and the floors only grow, so what is found to be let in
    /// was let in when the first of the reads was made.
    pub(super) async fn check(self: &Arc<Self>, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        match self.read_standing(token).await? {
            Some(standing) => Ok(standing),
            None => {
                self.begin_anew().await?;
                let lost = || StoreError::new("the redis server lost its data");
                self.read_standing(token).await?.ok_or_else(lost)
            }
        }
    }

    /// `None` if a shard is missing.
    async fn read_standing(self: &Arc<Self>, token: CheckToken<'_>) -> Result<Option<Standing>, StoreError> {
        match token {
            CheckToken::Tracked(key) => {
                let mut read = redis::pipe();
                read.cmd("TIME");
                let session: &[u8] = key.session.octets();
                read.cmd("HMGET").arg(self.keys.sessions(key.user)).arg(session).arg("u");
                read.cmd("GET").arg(self.keys.shard(shard_of_user(key.user)));
                let answers = self.connector.exchange(read).await?;
                let [now, of_user, shard] = answers.as_slice() else { return Err(unexpected()) };
                let [record, user] = array(of_user)? else { return Err(unexpected()) };
                let (Some(shard), user) = (octets(shard)?, User::read(octets(user)?)?) else { return Ok(None) };
                let (shard, now) = (Shard::read(shard)?, clock(now)?.max(user.told));
                let session = octets(record)?.map(Session::read).transpose()?;
                let session = session.filter(|session| {
                    session.expires > now && session.created > user.floor && session.created > shard.floor
                });
                Ok(Some(Standing {
                    session: session.map(|session| SessionStanding {
                        generation: session.generation,
                        pair: session.pair,
                        remaining: session.end.map(|end| end.since(now)),
                    }),
                    denied: false,
                    user_floor: user.floor,
                    floor: shard.floor,
                    epoch: shard.epoch,
                    incarnation: shard.incarnation,
                }))
            }
            CheckToken::Untracked { user, token_id } => {
                let (of_user, of_token) = (shard_of_user(user), shard_of_token(token_id));
                let mut read = redis::pipe();
                read.cmd("HGET").arg(self.keys.denied(of_token)).arg(token_id);
                read.cmd("GET").arg(self.keys.shard(of_token));
                let mut read_user = redis::pipe();
                read_user.cmd("HGET").arg(self.keys.sessions(user)).arg("u");
                read_user.cmd("GET").arg(self.keys.shard(of_user));
                let answers = self.exchange_both(read, read_user).await?;
                let [denied, token_shard, user, user_shard] = answers.as_slice() else { return Err(unexpected()) };
                let (Some(token_shard), Some(user_shard)) = (octets(token_shard)?, octets(user_shard)?) else {
                    return Ok(None);
                };
                let (token_shard, user_shard) = (Shard::read(token_shard)?, Shard::read(user_shard)?);
                Ok(Some(Standing {
                    session: None,
                    denied: is_denied(token_id, denied)?,
                    user_floor: User::read(octets(user)?)?.floor,
                    floor: token_shard.floor.max(user_shard.floor),
                    epoch: token_shard.epoch.max(user_shard.epoch),
                    // One of the two began anew: no token names them both, so that the later epoch decides.
                    incarnation: if token_shard.incarnation == user_shard.incarnation {
                        user_shard.incarnation
                    } else {
                        token_shard.incarnation ^ user_shard.incarnation
                    },
                }))
            }
        }
    }

    pub(super) async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        let mut read = redis::pipe();
        read.cmd("HGET").arg(self.keys.denied(shard_of_token(token_id))).arg(token_id);
        let answers = self.connector.exchange(read).await?;
        is_denied(token_id, answers.first().ok_or_else(unexpected)?)
    }
}

/// Whether the denylist has the id: also past its time, until it is removed.
fn is_denied(token_id: &str, answer: &Value) -> Result<bool, StoreError> {
    // The field without a name is the sweep's.
    Ok(octets(answer)?.is_some() && !token_id.is_empty())
}
