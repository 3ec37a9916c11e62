//! Why there are no keys, and why a token is not accepted.

use std::{error::Error, fmt, sync::Arc};

use super::{fetcher::FetchError, location::JwksUrlError};
use crate::{encoding::json::JsonError, jwt::VerifyError, key::KeySetError};

/// Why an issuer's keys could not be fetched. It says nothing of any token, and its text nothing of the URL.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JwksError {
    /// The set or the metadata did not arrive.
    Fetch(Arc<FetchError>),
    /// Not everything arrived before the deadline.
    Deadline,
    /// The issuer's metadata are not acceptable JSON.
    Metadata(JsonError),
    /// The issuer's metadata lack this member, or it is not a string.
    MetadataMember(&'static str),
    /// The metadata are those of another issuer: the identifiers differ, if only by a slash at the end.
    OtherIssuer,
    /// The metadata name a URL that keys are not fetched from.
    JwksUri(JwksUrlError),
    /// What arrived is not an acceptable set.
    Keys(KeySetError),
    /// The fetcher panicked, or its runtime was shut down.
    Aborted,
    /// Not called on a tokio runtime.
    NoRuntime,
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(_) => f.write_str("the issuer's keys could not be fetched"),
            Self::Deadline => f.write_str("the issuer's keys did not arrive in time"),
            Self::Metadata(_) => f.write_str("the issuer's metadata are not acceptable"),
            Self::MetadataMember(name) => write!(f, "the issuer's metadata lack a string {name}"),
            Self::OtherIssuer => f.write_str("the metadata are of another issuer"),
            Self::JwksUri(_) => f.write_str("the issuer's metadata name an unacceptable url"),
            Self::Keys(_) => f.write_str("the issuer's keys are not acceptable"),
            Self::Aborted => f.write_str("the fetch of the issuer's keys was aborted"),
            Self::NoRuntime => f.write_str("fetching keys needs a tokio runtime"),
        }
    }
}

impl Error for JwksError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fetch(error) => Some(&**error),
            Self::Metadata(error) => Some(error),
            Self::JwksUri(error) => Some(error),
            Self::Keys(error) => Some(error),
            Self::Deadline | Self::MetadataMember(_) | Self::OtherIssuer | Self::Aborted | Self::NoRuntime => None,
        }
    }
}

/// Why [`RemoteVerifier`](super::RemoteVerifier) does not accept a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RemoteVerifyError {
    /// The token is not acceptable.
    Token(VerifyError),
    /// The issuer's keys could not be fetched, or not the one this token names. The token may be good: over HTTP this is 503, and
    /// not 401.
    Unavailable(JwksError),
}

impl fmt::Display for RemoteVerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Unavailable(error) => error.fmt(f),
        }
    }
}

impl Error for RemoteVerifyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Token(error) => error.source(),
            Self::Unavailable(error) => error.source(),
        }
    }
}

impl From<VerifyError> for RemoteVerifyError {
    fn from(error: VerifyError) -> Self {
        Self::Token(error)
    }
}

impl From<JwksError> for RemoteVerifyError {
    fn from(error: JwksError) -> Self {
        Self::Unavailable(error)
    }
}
