//! The PostgreSQL store: sessions and revocations in a database, shared by any number of processes (feature
//! `postgres`).
//!
//! ```no_run
//! # async fn start(tls: impl Tls) -> Result<(), Box<dyn std::error::Error>> {
//! use jwtward::store::{PostgresStore, tokio_postgres};
//!
//! let config: tokio_postgres::Config = "host=db.example user=app dbname=app".parse()?;
//! // `tls`: for instance `tokio_postgres_rustls::MakeRustlsConnect`. On this machine, `.connect_local()`.
//! let store = PostgresStore::builder(config).connect(tls).await?;
//! # Ok(())
//! # }
//! # trait Tls: tokio_postgres::tls::MakeTlsConnect<
//! #     tokio_postgres::Socket, Stream: Send + 'static,
//! #     TlsConnect: tokio_postgres::tls::TlsConnect<tokio_postgres::Socket, Future: Send> + Send,
//! # > + Clone + Send + Sync + 'static {}
//! # use jwtward::store::tokio_postgres;
//! ```
//!
//! Each step is one round trip: a function in the database, or a single statement. The schema is made at the first
//! connection, and each connection is checked before it is used: that the server keeps what it has acknowledged, and
//! may be written to. `docs/stores/postgres.md` is for those who operate the database: rights, sizes, poolers,
//! fail-over.

mod builder;
mod calls;
mod codec;
mod connection;
mod error;
mod preflight;
mod schema;
mod statements;
mod store;

pub use builder::PostgresStoreBuilder;
pub use error::PostgresConnectError;
pub use store::PostgresStore;
/// The driver, in the version whose types stand in this interface.
pub use tokio_postgres;
