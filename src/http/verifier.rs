//! What decides about a token.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::rejection::Refusal;
#[cfg(feature = "jwks-client")]
use crate::jwks_client::{RemoteVerifier, RemoteVerifyError};
use crate::jwt::{JwtVerifier, ValidatedJwt};
#[cfg(feature = "provider")]
use crate::provider::TokenProvider;

/// What decides about a token: a [`JwtVerifier`]; a `RemoteVerifier`, which fetches its keys; or a `TokenProvider`, which also asks
/// its store.
#[derive(Clone, Debug)]
pub struct TokenVerifier(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Jwt(Arc<JwtVerifier>),
    #[cfg(feature = "jwks-client")]
    Remote(Arc<RemoteVerifier>),
    #[cfg(feature = "provider")]
    Provider(TokenProvider),
    /// Nothing does, so nothing is accepted.
    #[cfg(feature = "axum")]
    Absent,
}

impl TokenVerifier {
    #[cfg(feature = "axum")]
    pub(super) const fn absent() -> Self {
        Self(Kind::Absent)
    }

    pub(super) async fn authenticate<C: DeserializeOwned>(&self, token: &str) -> Result<ValidatedJwt<C>, Refusal> {
        match &self.0 {
            Kind::Jwt(verifier) => verifier.verify(token).map_err(Refusal::Token),
            #[cfg(feature = "jwks-client")]
            Kind::Remote(verifier) => verifier.verify(token).await.map_err(|error| match error {
                RemoteVerifyError::Token(error) => Refusal::Token(error),
                RemoteVerifyError::Unavailable(error) => Refusal::Keys(error),
            }),
            #[cfg(feature = "provider")]
            Kind::Provider(provider) => provider.authenticate(token).await.map_err(Refusal::Auth),
            #[cfg(feature = "axum")]
            Kind::Absent => Err(Refusal::NotSetUp),
        }
    }

    /// The longest token that could be acceptable.
    pub(super) fn max_token_size(&self) -> usize {
        match &self.0 {
            Kind::Jwt(verifier) => verifier.max_token_size(),
            #[cfg(feature = "jwks-client")]
            Kind::Remote(verifier) => verifier.max_token_size(),
            #[cfg(feature = "provider")]
            Kind::Provider(provider) => provider.max_token_size(),
            #[cfg(feature = "axum")]
            Kind::Absent => 0,
        }
    }

    #[cfg(feature = "axum")]
    pub(super) const fn is_absent(&self) -> bool {
        matches!(self.0, Kind::Absent)
    }
}

impl From<JwtVerifier> for TokenVerifier {
    fn from(verifier: JwtVerifier) -> Self {
        Self(Kind::Jwt(Arc::new(verifier)))
    }
}

#[cfg(feature = "jwks-client")]
impl From<RemoteVerifier> for TokenVerifier {
    fn from(verifier: RemoteVerifier) -> Self {
        Self(Kind::Remote(Arc::new(verifier)))
    }
}

#[cfg(feature = "provider")]
impl From<TokenProvider> for TokenVerifier {
    fn from(provider: TokenProvider) -> Self {
        Self(Kind::Provider(provider))
    }
}
