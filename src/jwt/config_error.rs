//! Why a signer, a verifier or a provider cannot be made as asked.

use std::{error::Error, fmt, io};

use crate::{
    encoding::json::JsonError,
    key::{KeyError, KeySetError},
};

/// Why a signer, a verifier or a token provider cannot be made as asked. What is configured is enforced, so what cannot be enforced
/// is refused here and not found out later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A leeway of more than 600 seconds.
    Leeway,
    /// A token size limit of 0 or above 1 MiB.
    MaxTokenSize,
    /// A lifetime of less than a second or more than 100 years.
    Lifetime,
    /// Not the name of a supported signature algorithm. `none` is among those that are not.
    UnknownAlgorithm,
    /// The configuration's text is not acceptable JSON.
    Json(JsonError),
    /// A member of the configuration is unknown, or not of its type; its name.
    Member(Box<str>),
    /// A member that must not be left out or empty; its name.
    Required(&'static str),
    /// A member that does not go with the algorithm; its name.
    Unexpected(&'static str),
    /// A number out of its range: its name, the least and the most.
    Range {
        /// The member's name.
        name: &'static str,
        /// The least accepted.
        least: u64,
        /// The most accepted.
        most: u64,
    },
    /// A secret or key could not be fetched.
    Credential {
        /// The member's name.
        name: &'static str,
        /// Why.
        reason: CredentialError,
    },
    /// A secret or key cannot be used.
    Key {
        /// The member's name.
        name: &'static str,
        /// Why.
        reason: KeyError,
    },
    /// The refresh key is the signing key: whoever may verify could make refresh tokens.
    SharedSecret,
    /// The keys of the ring do not go together.
    KeyRing(KeySetError),
    /// A key is in the ring twice.
    SameKey,
    /// Tracking needs a store.
    StoreRequired,
    /// A limit on sessions needs tracking.
    TrackingRequired,
    /// The store only revokes, so it cannot track sessions.
    SessionsUnsupported,
    /// The operating system's random source failed.
    Random,
}

/// Why a secret or key could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialError {
    /// The environment variable is not set, or not Unicode.
    Environment,
    /// The file could not be read.
    File(io::ErrorKind),
    /// Not canonical base64url.
    Base64,
    /// Nothing in it.
    Empty,
    /// More than 64 KiB.
    TooLarge,
    /// A key that is not text, outside the member named for that.
    NotText,
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "the environment variable is not set",
            Self::File(_) => "the file could not be read",
            Self::Base64 => "not canonical base64url",
            Self::Empty => "it is empty",
            Self::TooLarge => "it is too large",
            Self::NotText => "it is not text",
        })?;
        if let Self::File(kind) = self { write!(f, ": {kind}") } else { Ok(()) }
    }
}

impl Error for CredentialError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leeway => f.write_str("the leeway must not exceed 600 seconds"),
            Self::MaxTokenSize => f.write_str("the token size limit must be 1 octet to 1 MiB"),
            Self::Lifetime => f.write_str("the lifetime must be 1 second to 100 years"),
            Self::UnknownAlgorithm => f.write_str("not the name of a supported signature algorithm"),
            Self::Json(_) => f.write_str("the configuration is not acceptable json"),
            Self::Member(name) => write!(f, "the configuration's member {name:?} is unknown or not of its type"),
            Self::Required(name) => write!(f, "{name} is required"),
            Self::Unexpected(name) => write!(f, "{name} does not go with the algorithm"),
            Self::Range { name, least, most } => write!(f, "{name} must be {least} to {most}"),
            Self::Credential { name, .. } => write!(f, "{name} could not be fetched"),
            Self::Key { name, .. } => write!(f, "{name} cannot be used"),
            Self::SharedSecret => f.write_str("the refresh key must not be the signing key"),
            Self::KeyRing(_) => f.write_str("the keys of the ring do not go together"),
            Self::SameKey => f.write_str("a key is in the ring twice"),
            Self::StoreRequired => f.write_str("tracking sessions needs a store"),
            Self::TrackingRequired => f.write_str("a limit on sessions needs tracking"),
            Self::SessionsUnsupported => f.write_str("the store cannot track sessions"),
            Self::Random => f.write_str("the operating system's random source failed"),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Credential { reason, .. } => Some(reason),
            Self::Key { reason, .. } => Some(reason),
            Self::KeyRing(reason) => Some(reason),
            _ => None,
        }
    }
}
