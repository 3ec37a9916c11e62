//! Why a store could not be connected to its database.

use std::{error::Error, fmt};

/// The database cannot be used, or must not be. Shows no password.
#[derive(Debug)]
#[non_exhaustive]
pub enum PostgresConnectError {
    /// The schema's name is not 1 to 63 of `a` to `z`, `0` to `9` and `_`, or begins with a digit or `pg_`.
    SchemaName,
    /// The connection would leave this machine without encryption.
    Plaintext,
    /// There was no connection within the time.
    TimedOut,
    /// There was no connection, or what was asked on it failed.
    Failed(tokio_postgres::Error),
    /// The random source failed.
    NoRandomness,
    /// The server is older than PostgreSQL 13.
    ServerTooOld {
        /// What it calls itself.
        found: String,
    },
    /// The server cannot be written to: a standby, or set to read only.
    ReadOnly,
    /// The server would not keep everything that it acknowledges.
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A newer version of this crate has changed the schema.
    SchemaTooNew {
        /// The schema's version.
        found: i32,
        /// The latest version that is known here.
        known: i32,
    },
    /// The server gave an answer that makes no sense here.
    Unexpected(&'static str),
}

impl fmt::Display for PostgresConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SchemaName => f.write_str(
                "a schema's name must be 1 to 63 of a-z, 0-9 and _, and must not begin with a digit or with pg_",
            ),
            Self::Plaintext => f.write_str(
                "without TLS only a unix socket or a loopback address may be connected to; use connect() with a TLS \
                 connector, or danger_allow_plaintext()",
            ),
            Self::TimedOut => f.write_str("the database did not answer in time"),
            Self::Failed(_) => f.write_str("the database could not be connected to or set up"),
            Self::NoRandomness => f.write_str("the random source failed"),
            Self::ServerTooOld { found } => write!(f, "PostgreSQL {found} is too old: 13 or later is needed"),
            Self::ReadOnly => f.write_str(
                "the database is read only: it is a standby, or default_transaction_read_only is on; connect to the \
                 primary",
            ),
            Self::NotDurable { setting, found, remedy } => {
                write!(f, "the database may lose revocations that it has acknowledged: {setting} is {found}; {remedy}")
            }
            Self::SchemaTooNew { found, known } => {
                write!(f, "the schema is of version {found}, and this program knows versions up to {known}: update it")
            }
            Self::Unexpected(what) => write!(f, "the database gave an unexpected answer: {what}"),
        }
    }
}

impl Error for PostgresConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl From<tokio_postgres::Error> for PostgresConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(error)
    }
}
