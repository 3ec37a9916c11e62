//! Why a store could not be opened.

use std::{error::Error, fmt, io, time::Duration};

/// Why a [`RedbStore`](super::RedbStore) could not be opened. Nothing was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RedbOpenError {
    /// Another process, or another store of this one, has the file open.
    InUse,
    /// The file could not be read or written.
    Io(io::Error),
    /// The file is no store of this crate.
    NotAStore,
    /// The file was written by another version of this crate, which this one cannot read.
    Schema {
        /// The version of the tables in the file.
        found: u64,
        /// The version that is known here.
        known: u64,
    },
    /// The file is damaged. Restore a backup, or remove the file: then all sessions are logged out.
    Damaged(Box<dyn Error + Send + Sync>),
    /// The clock is behind the time in the file by more than a day. Set it right. If it had been ahead when the file
    /// was written, remove the file: then all sessions are logged out.
    ClockBehind {
        /// By how much.
        by: Duration,
    },
    /// The operating system's random source failed.
    Random,
}

impl fmt::Display for RedbOpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("the store's file is in use by another process"),
            Self::Io(_) => f.write_str("the store's file could not be read or written"),
            Self::NotAStore => f.write_str("the file is not a store"),
            Self::Schema { found, known } => {
                write!(f, "the store's file has version {found} and this is for version {known}")
            }
            Self::Damaged(_) => f.write_str("the store's file is damaged"),
            Self::ClockBehind { by } => {
                write!(f, "the clock is {} s behind the time in the store's file", by.as_secs())
            }
            Self::Random => f.write_str("the random source failed"),
        }
    }
}

impl Error for RedbOpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Damaged(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<io::Error> for RedbOpenError {
    fn from(error: io::Error) -> Self {
        // What redb says of a file that does not begin as one of its own.
        if error.kind() == io::ErrorKind::InvalidData { Self::NotAStore } else { Self::Io(error) }
    }
}

impl From<redb::Error> for RedbOpenError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(error) => error.into(),
            // Tables of other types under our names.
            redb::Error::TableTypeMismatch { .. } | redb::Error::TableIsMultimap(_) => Self::NotAStore,
            error => Self::Damaged(error.into()),
        }
    }
}

macro_rules! from_redb {
    ($($error:ident)*) => {
        $(impl From<redb::$error> for RedbOpenError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        })*
    };
}

from_redb! { DatabaseError StorageError TableError TransactionError CommitError }
