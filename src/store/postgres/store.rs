//! The store: its connections, its deadline, its end.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use deadpool::managed::{Object, Pool, PoolError, Timeouts};
use tokio_postgres::{Config, Row, error::SqlState, types::ToSql};

use super::{
    PostgresConnectError, PostgresStoreBuilder,
    connection::{Connector, Lease},
    schema,
    statements::Call,
};
use crate::store::StoreError;

/// Keeps sessions and revocations in PostgreSQL 13 or later, for any number of processes. Cloning shares its
/// connections.
///
/// What has been acknowledged survives a crash of the server, as far as the server keeps what it commits; connecting
/// checks that. Time is the server's clock. Nothing is cached here: once a revocation has returned, no process accepts
/// what it revoked.
///
/// | | |
/// |---|---|
/// | check, open without a limit, rotate, deny, end | O(log n), one round trip |
/// | count, list, open with a limit, revoke all of a user | O(k) in the user's sessions, one round trip |
/// | storage | O(active): what has ended is removed by the provider's clean-up |
///
/// An error is followed by nothing that could let someone in: a connection that was lost, timed out, or was left in the
/// middle of a call is closed, and the next call makes another.
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    pool: Pool<Connector>,
    call_timeout: Duration,
    /// The latest time that the server has told, in milliseconds.
    told: AtomicI64,
    closed: AtomicBool,
}

/// How long making the schema may take, with waiting for others who do.
const SET_UP: Duration = Duration::from_secs(30);

impl PostgresStore {
    /// Begins. `config` says which server, database and user; a password in it is shown nowhere.
    #[must_use]
    pub fn builder(config: Config) -> PostgresStoreBuilder {
        PostgresStoreBuilder::new(config)
    }

    pub(super) async fn connect(
        connector: Connector,
        builder: &PostgresStoreBuilder,
    ) -> Result<Self, PostgresConnectError> {
        let name = connector.schema.clone();
        let pool = Pool::builder(connector)
            .max_size(builder.pool_size)
            // Calls have a deadline of their own.
            .timeouts(Timeouts::new())
            .build()
            .map_err(|_| PostgresConnectError::Unexpected("no pool"))?;
        let set_up = async {
            let mut connection: Object<Connector> = pool.get().await.map_err(|error| match error {
                PoolError::Backend(error) => error,
                _ => PostgresConnectError::Unexpected("no connection"),
            })?;
            schema::ensure(&mut connection.client, &name).await
        };
        tokio::time::timeout(SET_UP, set_up).await.map_err(|_| PostgresConnectError::TimedOut)??;
        Ok(Self(Arc::new(Inner {
            pool,
            call_timeout: builder.call_timeout,
            told: AtomicI64::new(0),
            closed: AtomicBool::new(false),
        })))
    }

    /// Runs one statement, within the time that a call may take.
    pub(super) async fn rows(&self, call: Call, with: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        if self.is_closed() {
            return Err(StoreError::closed());
        }
        let answer = tokio::time::timeout(self.0.call_timeout, self.ask(call, with)).await;
        match answer.unwrap_or_else(|_| Err(StoreError::timeout())) {
            // Whatever it was that failed after the end.
            Err(_) if self.is_closed() => Err(StoreError::closed()),
            answer => answer,
        }
    }

    /// The same of a statement that answers with one row.
    pub(super) async fn row(&self, call: Call, with: &[&(dyn ToSql + Sync)]) -> Result<Row, StoreError> {
        let rows = self.rows(call, with).await?;
        rows.into_iter().next().ok_or_else(|| StoreError::new("the database gave no answer"))
    }

    async fn ask(&self, call: Call, with: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        let connection = self.0.pool.get().await.map_err(|error| match error {
            PoolError::Closed => StoreError::closed(),
            PoolError::Backend(error) => StoreError::new(error),
            error => StoreError::new(error.to_string()),
        })?;
        let answer = Lease::new(connection).ask(call, with).await.ok_or_else(|| StoreError::new("no connection"))?;
        answer.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: tokio_postgres::Error) -> StoreError {
        match error.code() {
            // The server stopped it at `statement_timeout`, and undid it.
            Some(&SqlState::QUERY_CANCELED) => return StoreError::timeout(),
            Some(code) if !code.code().starts_with("57P") => {}
            // The server is gone, or going: so are the other connections. Whoever asks again is to get a new one.
            _ => drop(self.0.pool.retain(|_, _| false)),
        }
        StoreError::new(error)
    }

    /// The latest time told: the server's time is not to go back behind it.
    pub(super) fn told(&self) -> i64 {
        self.0.told.load(Ordering::Relaxed)
    }

    pub(super) fn was_told(&self, now: i64) {
        self.0.told.fetch_max(now, Ordering::Relaxed);
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::SeqCst)
    }

    pub(super) fn shut(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        self.0.pool.close();
    }
}

/// Without where it is connected to.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
