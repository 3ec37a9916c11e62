//! Why an operation of the provider was refused: one enum each.

use std::{error::Error, fmt};

use crate::{
    jwt::{ClaimError, SignError, VerifyError},
    store::StoreError,
};

/// Why a token that verified and validated is refused all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoked {
    /// Its id is on the denylist.
    Token,
    /// Its session has ended, has expired, or was never known to the store.
    Session,
    /// Its session has been refreshed since: only the newest token of a single session is good.
    Superseded,
    /// All of its user's tokens were revoked.
    User,
    /// Everything up to a point in time was revoked.
    Everything,
    /// It was issued before the store began to remember, so whether it was revoked is not known.
    BeforeStore,
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "the token has been revoked",
            Self::Session => "the token's session has ended",
            Self::Superseded => "the token has been refreshed",
            Self::User => "the user's tokens have been revoked",
            Self::Everything => "all tokens up to a point in time have been revoked",
            Self::BeforeStore => "the token was issued before the store began",
        })
    }
}

impl Error for Revoked {}

/// Why [`authenticate`](crate::TokenProvider::authenticate) refuses a token. To the client all but [`AuthError::Store`] are one
/// (RFC 6750 section 3.1: `invalid_token`); which it was is for logs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// The token itself is not acceptable.
    Token(VerifyError),
    /// The token was good once.
    Revoked(Revoked),
    /// The provider tracks sessions and the token belongs to none.
    Untracked,
    /// The store did not answer. This says nothing of the token, which is refused.
    Store(StoreError),
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Revoked(reason) => reason.fmt(f),
            Self::Untracked => f.write_str("the token belongs to no session"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Token(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<VerifyError> for AuthError {
    fn from(error: VerifyError) -> Self {
        Self::Token(error)
    }
}

impl From<ClaimError> for AuthError {
    fn from(error: ClaimError) -> Self {
        Self::Token(VerifyError::Claim(error))
    }
}

impl From<Revoked> for AuthError {
    fn from(reason: Revoked) -> Self {
        Self::Revoked(reason)
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why the caller's `data` cannot be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataError {
    /// Its own `Serialize` failed.
    Serialize,
    /// It is not a JSON object, nor null.
    NotAnObject,
    /// It contains a member named like a registered claim, in whatever letter case; the claim.
    Reserved(&'static str),
    /// It makes JSON that no verifier here would read.
    Json(crate::encoding::json::JsonError),
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serialize => f.write_str("the data could not be serialised"),
            Self::NotAnObject => f.write_str("the data is not a json object"),
            Self::Reserved(claim) => write!(f, "the data contains a member named like the registered claim {claim}"),
            Self::Json(_) => f.write_str("the data could not be read back"),
        }
    }
}

impl Error for DataError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

/// Why no token was issued. But for [`IssueError::Store`], no session was opened, and no other was ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum IssueError {
    /// The subject is empty.
    EmptySubject,
    /// The data cannot be granted.
    Data(DataError),
    /// The user has `active` sessions, and may have `limit`.
    TooManySessions {
        /// How many are live.
        active: u64,
        /// How many may be.
        limit: u64,
    },
    /// The token would have `size` octets, more than `limit`, which verifiers would refuse; or the data of a pair has, more than a
    /// session keeps.
    TooLarge {
        /// The length in octets.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The session's bounds leave the token no second to live.
    Lifetime,
    /// The user's sessions were revoked while this one was being opened.
    RevokedMeanwhile,
    /// Signing failed.
    Sign(SignError),
    /// A pair needs a store.
    StoreRequired,
    /// A pair on a store that is shared, or outlives the process, needs `refreshKey`.
    RefreshKeyRequired,
    /// The store did not answer. A session that it may have opened is known to nobody; it counts until it expires or is ended.
    Store(StoreError),
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptySubject => f.write_str("the subject is empty"),
            Self::Data(error) => error.fmt(f),
            Self::TooManySessions { active, limit } => {
                write!(f, "the user has {active} sessions, and may have {limit}")
            }
            Self::TooLarge { size, limit } => {
                write!(f, "the token or its data would have {size} octets, more than the limit of {limit}")
            }
            Self::Lifetime => f.write_str("the token would have no time to live"),
            Self::RevokedMeanwhile => f.write_str("the user's sessions were revoked meanwhile"),
            Self::Sign(error) => error.fmt(f),
            Self::StoreRequired => f.write_str("this needs a store"),
            Self::RefreshKeyRequired => f.write_str("refresh tokens on this store need a refresh key"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for IssueError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Data(error) => error.source(),
            Self::Sign(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

/// Why nothing was refreshed. But for [`RefreshError::Reused`] and [`RefreshError::Store`], nothing has changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RefreshError {
    /// The access token is refused, for the reason [`authenticate`](crate::TokenProvider::authenticate) gives.
    Auth(AuthError),
    /// The access token was good once. Of any number of refreshes of one token one succeeds and the others get this.
    Revoked(Revoked),
    /// An access token of a pair: its refresh token is what refreshes it.
    WrongCredential,
    /// Not a refresh token of this provider.
    Invalid,
    /// The refresh token's session has ended or expired.
    SessionEnded,
    /// The refresh token was used before, longer ago than the grace: it was stolen, from the client or by it. The session has
    /// been ended.
    Reused,
    /// The new token could not be made.
    Issue(IssueError),
    /// A refresh needs a store.
    StoreRequired,
    /// The store did not answer, and may have refreshed. The client may try again with the same refresh token within the grace; a token of
    /// a single session may be used up.
    Store(StoreError),
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Revoked(reason) => reason.fmt(f),
            Self::WrongCredential => f.write_str("an access token of a pair is not refreshed by itself"),
            Self::Invalid => f.write_str("not a valid refresh token"),
            Self::SessionEnded => f.write_str("the session has ended"),
            Self::Reused => f.write_str("the refresh token was used before: the session has been ended"),
            Self::Issue(error) => error.fmt(f),
            Self::StoreRequired => f.write_str("this needs a store"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for RefreshError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Auth(error) => error.source(),
            Self::Issue(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<AuthError> for RefreshError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Revoked(reason) => Self::Revoked(reason),
            AuthError::Store(error) => Self::Store(error),
            error => Self::Auth(error),
        }
    }
}

impl From<VerifyError> for RefreshError {
    fn from(error: VerifyError) -> Self {
        Self::Auth(error.into())
    }
}

impl From<StoreError> for RefreshError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<IssueError> for RefreshError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::StoreRequired => Self::StoreRequired,
            IssueError::Store(error) => Self::Store(error),
            error => Self::Issue(error),
        }
    }
}

/// Why nothing was revoked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RevokeError {
    /// The token is refused, so there is nothing to revoke.
    Auth(AuthError),
    /// Not a refresh token of this provider.
    InvalidRefreshToken,
    /// A token id is empty or longer than 256 octets.
    InvalidTokenId,
    /// It is revoked already, or its session has ended.
    AlreadyRevoked,
    /// Revoking needs a store.
    StoreRequired,
    /// The store did not answer: **the token may still be good**.
    Store(StoreError),
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::InvalidRefreshToken => f.write_str("not a valid refresh token"),
            Self::InvalidTokenId => f.write_str("a token id must have 1 to 256 octets"),
            Self::AlreadyRevoked => f.write_str("the token is already revoked"),
            Self::StoreRequired => f.write_str("this needs a store"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for RevokeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Auth(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<AuthError> for RevokeError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Revoked(_) => Self::AlreadyRevoked,
            AuthError::Store(error) => Self::Store(error),
            error => Self::Auth(error),
        }
    }
}

impl From<StoreError> for RevokeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryError> for RevokeError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::StoreRequired => Self::StoreRequired,
            QueryError::Store(error) => Self::Store(error),
        }
    }
}

/// Why the store could not be asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum QueryError {
    /// The provider has no store.
    StoreRequired,
    /// The store did not answer.
    Store(StoreError),
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StoreRequired => f.write_str("this needs a store"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for QueryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::StoreRequired => None,
            Self::Store(error) => error.source(),
        }
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
