//! Connections: how they are made, checked, and kept for the next call.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{
    Client, Config, Row, Socket,
    tls::{MakeTlsConnect, TlsConnect},
    types::ToSql,
};

use super::{
    PostgresConnectError,
    preflight::{self, Allowed},
    schema::SchemaName,
    statements::Call,
};

type Dialing<'a> = Pin<Box<dyn Future<Output = Result<(Client, Task<()>), tokio_postgres::Error>> + Send + 'a>>;

/// The driver with a TLS connector, whose type is forgotten.
pub(super) trait Dial: Send + Sync {
    fn dial<'a>(&'a self, config: &'a Config) -> Dialing<'a>;
}

pub(super) struct Driver<T>(pub(super) T);

impl<T> Dial for Driver<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn dial<'a>(&'a self, config: &'a Config) -> Dialing<'a> {
        let tls = self.0.clone();
        Box::pin(async move {
            let (client, connection) = config.connect(tls).await?;
            // Its error is told to whoever is asking at that time.
            let task = tokio::spawn(async move { drop(connection.await) });
            Ok((client, Task(task)))
        })
    }
}

/// A task that ends when nobody needs it any more. What reads and writes the socket, left alone, would wait for the
/// answer to what was last asked, for ever if none comes.
pub(super) struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes connections.
pub(super) struct Connector {
    /// Where sockets are polled: the provider's clean-up may run where there is no such thing.
    runtime: Handle,
    config: Config,
    dial: Arc<dyn Dial>,
    pub(super) schema: SchemaName,
    allowed: Allowed,
    statement_timeout: Duration,
}

impl Connector {
    pub(super) fn new(
        config: Config,
        dial: Arc<dyn Dial>,
        schema: SchemaName,
        allowed: Allowed,
        statement_timeout: Duration,
    ) -> Self {
        Self { runtime: Handle::current(), config, dial, schema, allowed, statement_timeout }
    }
}

impl Manager for Connector {
    type Type = Connection;
    type Error = PostgresConnectError;

    /// Checks each connection, not the first alone: after a fail-over the server is another one.
    async fn create(&self) -> Result<Connection, PostgresConnectError> {
        let (dial, config) = (Arc::clone(&self.dial), self.config.clone());
        let mut dialing = Task(self.runtime.spawn(async move { dial.dial(&config).await }));
        let dialed = (&mut dialing.0).await.map_err(|_| PostgresConnectError::Unexpected("the runtime is gone"))?;
        let (client, task) = dialed?;
        preflight::prepare(&client, self.allowed, self.statement_timeout).await?;
        Ok(Connection { client, _task: task, schema: self.schema.clone(), statements: HashMap::new() })
    }

    /// Without a round trip: a connection comes back only when its last answer was good.
    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<PostgresConnectError> {
        if connection.client.is_closed() { Err(RecycleError::message("closed")) } else { Ok(()) }
    }
}

pub(super) struct Connection {
    pub(super) client: Client,
    _task: Task<()>,
    schema: SchemaName,
    statements: HashMap<Call, tokio_postgres::Statement>,
}

impl Connection {
    /// Asks, with a statement that the server has prepared at the first time.
    async fn ask(&mut self, call: Call, with: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = match self.statements.get(&call) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(&self.schema.fill(call.text())).await?;
                self.statements.insert(call, statement.clone());
                statement
            }
        };
        self.client.query(&statement, with).await
    }
}

/// A connection in use. It goes back to the pool when its answer was good. Otherwise, also when the call is dropped on
/// the way, it is closed: what the server still does on it would keep the next call waiting.
pub(super) struct Lease(Option<Object<Connector>>);

impl Lease {
    pub(super) const fn new(connection: Object<Connector>) -> Self {
        Self(Some(connection))
    }

    /// `None` is never seen: the connection is there until the lease ends.
    pub(super) async fn ask(
        mut self,
        call: Call,
        with: &[&(dyn ToSql + Sync)],
    ) -> Option<Result<Vec<Row>, tokio_postgres::Error>> {
        let answer = self.0.as_mut()?.ask(call, with).await;
        if answer.is_ok() {
            drop(self.0.take());
        }
        Some(answer)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}
