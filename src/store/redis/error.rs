//! Why a Redis store could not be connected, and how the client's errors become the store's.

use std::{error::Error, fmt};

use redis::{RedisError, ServerError};

use crate::store::StoreError;

/// A Redis store could not be connected, or must not be used as its server is set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum RedisConnectError {
    /// A URL is not one of Redis, or needs TLS, which the application has not turned on in the crate `redis`. The URL is not
    /// repeated: it may hold a password.
    InvalidUrl,
    /// The prefix is longer than 32 octets, or has others than letters, digits, `:`, `.`, `_` and `-`.
    InvalidPrefix,
    /// The server cannot be reached, or did not answer.
    Unreachable(StoreError),
    /// The server is a replica, or a primary that was made one: its data may be old, and what was revoked since is not in them.
    NotPrimary {
        /// Its role, as the server names it.
        role: String,
    },
    /// The server is set up so that what was revoked can come back.
    Unsafe {
        /// The setting, as the server names it.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it must be, and the override.
        remedy: &'static str,
    },
    /// The server does not tell its settings (`CONFIG GET`), as some managed services do.
    SettingsUnknown(StoreError),
    /// The keys under this prefix were written by another version of this crate.
    OtherVersion {
        /// That version of the keys.
        found: String,
    },
}

impl fmt::Display for RedisConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl => f.write_str("not a URL of a redis server, or one that needs TLS, which is not turned on"),
            Self::InvalidPrefix => f.write_str("a prefix has at most 32 letters, digits, ':', '.', '_' and '-'"),
            Self::Unreachable(_) => f.write_str("the redis server cannot be reached"),
            Self::NotPrimary { role } => write!(f, "the redis server is no primary: its role is {role:?}"),
            Self::Unsafe { setting, found, remedy } => {
                write!(f, "the redis server may lose what was revoked: {setting} is {found:?}; {remedy}")
            }
            Self::SettingsUnknown(_) => f.write_str(
                "the redis server does not tell its settings (CONFIG GET): check that appendonly is yes, appendfsync is always, \
                 no-appendfsync-on-rewrite is no, and maxmemory-policy is noeviction, then vouch for it with danger_vouch_for_durability()",
            ),
            Self::OtherVersion { found } => write!(f, "the keys were written by another version: {found:?}"),
        }
    }
}

impl Error for RedisConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(error) | Self::SettingsUnknown(error) => Some(error),
            _ => None,
        }
    }
}

/// The client's error as the store's.
pub(super) fn store_error(error: RedisError) -> StoreError {
    if error.is_timeout() {
        return StoreError::timeout();
    }
    // Before version 7 an error within a script is told as the script's.
    let is_full =
        error.code() == Some("OOM") || error.detail().is_some_and(|text| text.contains("OOM command not allowed"));
    if is_full {
        return StoreError::full();
    }
    StoreError::new(error)
}

/// The same of an error within an answer.
pub(super) fn server_error(error: ServerError) -> StoreError {
    store_error(error.into())
}

/// Why there is no connection, to a call that needs one.
pub(super) fn as_store_error(error: RedisConnectError) -> StoreError {
    match error {
        RedisConnectError::Unreachable(error) => error,
        error => StoreError::new(error),
    }
}

/// An answer of another form than the step gives.
pub(super) fn unexpected() -> StoreError {
    StoreError::new("the redis server answered in an unexpected form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_setting_value_and_remedy() {
        let refusal = RedisConnectError::Unsafe {
            setting: "appendonly",
            found: "no".into(),
            remedy: "set it to yes, or allow it with danger_allow_without_appendonly()",
        };
        assert_eq!(
            refusal.to_string(),
            "the redis server may lose what was revoked: appendonly is \"no\"; set it to yes, or allow it with \
             danger_allow_without_appendonly()"
        );
        assert!(refusal.source().is_none());
        assert!(RedisConnectError::Unreachable(StoreError::timeout()).source().is_some());
    }
}
