//! What the provider hands out. Each is a credential: wiped on drop, redacted in `Debug`, without `Display`.

use std::fmt;

use crate::{id::SessionId, secret::SecretString, time::NumericDate};

/// An access token, as issued.
#[derive(Clone)]
pub struct AccessToken {
    pub(super) token: SecretString,
    pub(super) id: Box<str>,
    pub(super) session: Option<SessionId>,
    pub(super) expires_at: NumericDate,
}

impl AccessToken {
    /// The token itself, for the client alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.token.expose()
    }

    /// Its `jti`: not a secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its session, `sid`, if it is tracked.
    #[must_use]
    pub const fn session_id(&self) -> Option<SessionId> {
        self.session
    }

    /// Its `exp`.
    #[must_use]
    pub const fn expires_at(&self) -> NumericDate {
        self.expires_at
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A refresh token: 92 characters, opaque to clients.
#[derive(Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// From a client's text. What it is worth is found out when it is used.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::new(text))
    }

    /// The token itself, for the client alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

/// An access token and the refresh token that gets the next pair.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenPair {
    /// For requests.
    pub access: AccessToken,
    /// For [`refresh_pair`](crate::TokenProvider::refresh_pair), once.
    pub refresh: RefreshToken,
}
