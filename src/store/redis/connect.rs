//! The connection: one for all calls, made when it is needed, replaced when it fails or hangs.
//!
//! Nothing is sent twice here: a call whose connection failed is an error, and the provider asks again under the same operation. (The
//! client of a cluster sends a command again that a node has moved away, or whose connection broke; then too it is the same
//! operation, and gets the first answer.) The client's own `ConnectionManager` is not used: it keeps a connection that hangs.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::{ClusterClient, ClusterClientBuilder},
    cluster_async::ClusterConnection,
};

use super::{
    builder::RedisStoreBuilder,
    error::{RedisConnectError, as_store_error, store_error},
    preflight::{Waived, preflight, primary},
};
use crate::store::StoreError;

/// A caller who waited for so long and went away had no answer from a server that is well.
const SUSPICIOUS: Duration = Duration::from_millis(250);

/// A connection that is ready; cloning shares it.
#[derive(Clone)]
pub(super) enum Link {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

enum Target {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// Makes connections and keeps the present one.
pub(super) struct Connector {
    target: Target,
    waived: Waived,
    connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    present: Mutex<Present>,
    /// Held by whoever connects, so that others wait for the same connection.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Present {
    /// Counts the connections, so that none is given up for the faults of the one before.
    number: u64,
    link: Option<(Link, Instant)>,
}

impl Connector {
    pub(super) fn new(builder: &RedisStoreBuilder) -> Result<Self, RedisConnectError> {
        let invalid = |_: RedisError| RedisConnectError::InvalidUrl;
        let (connect_timeout, response_timeout) = (builder.connect_timeout, builder.response_timeout);
        let target = if builder.cluster {
            let client = ClusterClientBuilder::new(builder.urls.iter().map(String::as_str))
                .connection_timeout(connect_timeout)
                .response_timeout(response_timeout)
                .overall_response_timeout(Some(response_timeout))
                // For what a node has moved away, or a fail-over that is under way.
                .retries(4)
                .build();
            Target::Cluster(Box::new(client.map_err(invalid)?))
        } else {
            let url = builder.urls.first().ok_or(RedisConnectError::InvalidUrl)?;
            Target::Single(Box::new(Client::open(url.as_str()).map_err(invalid)?))
        };
        Ok(Self {
            target,
            waived: builder.waived,
            connect_timeout,
            response_timeout,
            present: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        })
    }

    pub(super) const fn is_cluster(&self) -> bool {
        matches!(self.target, Target::Cluster(_))
    }

    /// Connects, if there is no connection.
    pub(super) async fn link(&self) -> Result<(u64, Link), RedisConnectError> {
        if let Some(link) = self.present() {
            return Ok(link);
        }
        let connect = async {
            let _connecting = self.connecting.lock().await;
            if let Some(link) = self.present() {
                return Ok(link);
            }
            let mut link = self.connect().await.map_err(store_error).map_err(RedisConnectError::Unreachable)?;
            // A cluster is looked at once: one primary that is away must not keep the calls from the others.
            let again = self.present.lock().unwrap_or_else(PoisonError::into_inner).number > 0;
            if !(again && self.is_cluster()) {
                preflight(&mut link, self.waived).await?;
            }
            let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            present.number += 1;
            present.link = Some((link.clone(), Instant::now()));
            Ok((present.number, link))
        };
        let limit = self.connect_timeout.saturating_add(self.response_timeout);
        let late = |_| Err(RedisConnectError::Unreachable(StoreError::timeout()));
        tokio::time::timeout(limit, connect).await.unwrap_or_else(late)
    }

    fn present(&self) -> Option<(u64, Link)> {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.link.as_ref().map(|(link, _)| (present.number, link.clone()))
    }

    async fn connect(&self) -> Result<Link, RedisError> {
        match &self.target {
            Target::Single(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(self.connect_timeout))
                    .set_response_timeout(Some(self.response_timeout));
                client.get_multiplexed_async_connection_with_config(&config).await.map(Link::Single)
            }
            Target::Cluster(client) => client.get_async_connection().await.map(Link::Cluster),
        }
    }

    /// Gives that connection up: the next call makes a new one. Calls that wait on it get their answers or errors.
    fn give_up(&self, number: u64) {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        // A cluster's connections are many, and one node that hangs must not end them all again and again.
        let old_enough = |since: &Instant| !self.is_cluster() || since.elapsed() > self.response_timeout * 4;
        if present.number == number && present.link.as_ref().is_some_and(|(_, since)| old_enough(since)) {
            present.link = None;
        }
    }

    /// Lets the connection go, for good: of a store that is closed.
    pub(super) fn close(&self) {
        self.present.lock().unwrap_or_else(PoisonError::into_inner).link = None;
    }

    /// Sends commands in one go and gives their answers, errors of the server among them.
    pub(super) async fn exchange(&self, mut commands: Pipeline) -> Result<Vec<Value>, StoreError> {
        if !self.is_cluster() {
            // A replica answers reads, however old its data are; so would a primary that was made one under this connection. In a
            // cluster it sends the client elsewhere.
            commands.cmd("ROLE");
        }
        let (number, mut link) = self.link().await.map_err(as_store_error)?;
        let mut waiting = Waiting { connector: self, number, since: Instant::now(), answered: false };
        let answers = match &mut link {
            Link::Single(connection) => connection.req_packed_commands(&commands, 0, commands.len()).await,
            Link::Cluster(connection) => connection.req_packed_commands(&commands, 0, commands.len()).await,
        };
        waiting.answered = true;
        drop(waiting);
        match answers {
            Ok(mut answers) if answers.len() == commands.len() => {
                if answers.iter().any(is_not_for_us) {
                    self.give_up(number);
                }
                if let Some(role) = answers.pop_if(|_| !self.is_cluster()) {
                    primary(role).map_err(|error| {
                        self.give_up(number);
                        as_store_error(error)
                    })?;
                }
                Ok(answers)
            }
            Ok(_) => {
                self.give_up(number);
                Err(super::error::unexpected())
            }
            Err(error) => {
                if error.is_io_error() || error.kind() == ErrorKind::Parse || error.is_unrecoverable_error() {
                    self.give_up(number);
                }
                Err(store_error(error))
            }
        }
    }
}

/// The server has become a replica, or is not what it was: another may be reached at the same address.
fn is_not_for_us(answer: &Value) -> bool {
    match answer {
        Value::ServerError(error) => {
            matches!(error.kind(), Some(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
        }
        _ => false,
    }
}

/// A call that is dropped while it waits, because its caller's deadline was the shorter one, says about the connection what a
/// timeout of ours would. One that is dropped soon says nothing.
struct Waiting<'a> {
    connector: &'a Connector,
    number: u64,
    since: Instant,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.answered && self.since.elapsed() > SUSPICIOUS.min(self.connector.response_timeout) {
            self.connector.give_up(self.number);
        }
    }
}
