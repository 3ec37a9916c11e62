//! What is done on several shards: in one go where there is one server, in parallel in a cluster, where each shard has its place.

use std::{ops::Range, sync::Arc};

use redis::{Pipeline, Value};
use tokio::task::JoinSet;

use super::{
    codec::{clock, time},
    error::unexpected,
    keys::SHARDS,
    store::Inner,
};
use crate::store::{StoreError, types::StoreTime};

impl Inner {
    /// Sends commands to each of the shards, and gives all answers in the order of shards.
    pub(super) async fn on_shards(
        self: &Arc<Self>,
        shards: Range<usize>,
        commands_of: impl Fn(&Self, usize, &mut Pipeline) + Clone + Send + Sync + 'static,
    ) -> Result<Vec<Value>, StoreError> {
        if !self.connector.is_cluster() {
            let mut commands = redis::pipe();
            shards.for_each(|shard| commands_of(self, shard, &mut commands));
            return self.connector.exchange(commands).await;
        }
        let answers = self.in_parallel(shards, move |inner, shard| {
            let mut commands = redis::pipe();
            commands_of(&inner, shard, &mut commands);
            async move { inner.connector.exchange(commands).await }
        });
        Ok(answers.await?.into_iter().flatten().collect())
    }

    /// Does something for each of the shards at once.
    async fn in_parallel<T: Send + 'static, F: Future<Output = Result<T, StoreError>> + Send + 'static>(
        self: &Arc<Self>,
        shards: Range<usize>,
        work: impl Fn(Arc<Self>, usize) -> F,
    ) -> Result<Vec<T>, StoreError> {
        let mut running = JoinSet::new();
        for shard in shards {
            let work = work(Arc::clone(self), shard);
            running.spawn(async move { (shard, work.await) });
        }
        let mut done = running.join_all().await;
        done.sort_by_key(|(shard, _)| *shard);
        done.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Two reads of a token's shard and a user's: one pipeline where there is one server.
    pub(super) async fn exchange_both(
        self: &Arc<Self>,
        one: Pipeline,
        other: Pipeline,
    ) -> Result<Vec<Value>, StoreError> {
        if self.connector.is_cluster() {
            let inner = Arc::clone(self);
            let other = tokio::spawn(async move { inner.connector.exchange(other).await });
            let one = self.connector.exchange(one).await?;
            let other = other.await.map_err(StoreError::new)??;
            return Ok(one.into_iter().chain(other).collect());
        }
        let mut both = one;
        for command in other.cmd_iter() {
            both.add_command(command.clone());
        }
        self.connector.exchange(both).await
    }

    /// Raises the floor in every shard. A call that fails has raised it in some; asked again, it does the rest.
    pub(super) async fn raise_floor(self: &Arc<Self>, instant: StoreTime) -> Result<StoreTime, StoreError> {
        let mut read = redis::pipe();
        read.cmd("TIME").cmd("EXISTS").arg(self.keys.root());
        let now = clock(self.connector.exchange(read).await?.first().ok_or_else(unexpected)?)?;
        let floor = instant.min(now).as_millis().to_string();
        let step = &self.scripts.raise_floor;
        let mut answers = if self.connector.is_cluster() {
            let raise = |inner: Arc<Self>, shard| {
                let floor = floor.clone();
                async move {
                    let keys = [inner.keys.shard(shard)];
                    inner.scripts.raise_floor.run(&inner.connector, &keys, &[floor.as_bytes()], inner.replicas).await
                }
            };
            self.in_parallel(0..SHARDS, raise).await?
        } else {
            // The first alone brings the script along.
            let first = [self.keys.shard(0)];
            step.run(&self.connector, &first, &[floor.as_bytes()], 0).await?;
            let text = floor.clone();
            let raise = move |inner: &Self, shard, commands: &mut Pipeline| {
                let keys = [inner.keys.shard(shard)];
                commands.add_command(inner.scripts.raise_floor.command(&keys, &[text.as_bytes()]));
            };
            let mut answers = self.on_shards(1..SHARDS, raise).await?;
            // Once more, now for the replicas too: what they are waited for to have is written after the others.
            answers.push(step.run(&self.connector, &first, &[floor.as_bytes()], self.replicas).await?);
            answers
        };
        if answers.contains(&Value::Nil) {
            // A shard that was lost begins anew, with an epoch that is later than this floor; what it held is gone.
            self.establish().await.map_err(StoreError::new)?;
            answers.retain(|answer| *answer != Value::Nil);
        }
        let floors: Result<Vec<_>, _> = answers.iter().map(time).collect();
        // The least is what holds in all of them, if another raise is under way.
        Ok(floors?.into_iter().min().unwrap_or_else(|| instant.min(now)))
    }
}
