//! How requests are authenticated: by what, from where, and what is said of a refusal.

use std::{sync::Arc, time::Duration};

use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{
    error::HttpConfigError,
    rejection::{Refusal, Rejection, Wire},
    source::{self, TokenSource},
    verifier::TokenVerifier,
};
use crate::jwt::ValidatedJwt;

/// How requests are authenticated. Cloning shares it.
///
/// ```
/// # use std::time::Duration;
/// use jwtward::{Algorithm, JwtVerifier, SigningKey, http::BearerAuth};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = SigningKey::generate(Algorithm::ES256)?;
/// let verifier = JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").build();
/// let auth = BearerAuth::new(verifier).realm("api")?.retry_after(Duration::from_secs(5));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct BearerAuth(Arc<Settings>);

#[derive(Clone, Debug)]
struct Settings {
    verifier: TokenVerifier,
    sources: Vec<TokenSource>,
    wire: Wire,
}

impl BearerAuth {
    /// By that verifier or provider, from the Authorization header.
    #[must_use]
    pub fn new(verifier: impl Into<TokenVerifier>) -> Self {
        let sources = vec![TokenSource::authorization()];
        Self(Arc::new(Settings { verifier: verifier.into(), sources, wire: Wire::default() }))
    }

    /// Looks for tokens there as well.
    #[must_use]
    pub fn also_from(mut self, source: TokenSource) -> Self {
        Arc::make_mut(&mut self.0).sources.push(source);
        self
    }

    /// Looks for tokens there alone, from here on.
    #[must_use]
    pub fn only_from(mut self, source: TokenSource) -> Self {
        Arc::make_mut(&mut self.0).sources = vec![source];
        self
    }

    /// The protection space that challenges name (RFC 9110 section 11.5); `api` by default.
    ///
    /// # Errors
    /// [`HttpConfigError::Realm`].
    pub fn realm(mut self, realm: &str) -> Result<Self, HttpConfigError> {
        let fine = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        if !matches!(realm.len(), 1..=128) || !realm.chars().all(fine) {
            return Err(HttpConfigError::Realm);
        }
        Arc::make_mut(&mut self.0).wire.realm = realm.into();
        Ok(self)
    }

    /// When a client may come back after the store, or an issuer of keys, did not answer, in whole seconds, rounded up; 5 s by default.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        let seconds = pause.as_secs().saturating_add(u64::from(pause.subsec_nanos() > 0));
        Arc::make_mut(&mut self.0).wire.retry_after = seconds;
        self
    }

    /// Authenticates a request: what the layer and the extractors do, for services that are neither.
    ///
    /// # Errors
    /// [`Rejection`].
    pub async fn authenticate<C: DeserializeOwned>(&self, parts: &Parts) -> Result<ValidatedJwt<C>, Rejection> {
        self.authenticate_optional(parts).await?.ok_or_else(|| self.reject(&Refusal::Missing))
    }

    /// The same where logging in is optional: `None` for a request that carries no token. One that carries a bad one, or
    /// credentials of another scheme, is refused and not taken for anonymous.
    ///
    /// # Errors
    /// [`Rejection`].
    pub async fn authenticate_optional<C: DeserializeOwned>(
        &self,
        parts: &Parts,
    ) -> Result<Option<ValidatedJwt<C>>, Rejection> {
        let Settings { verifier, sources, .. } = &*self.0;
        #[cfg(feature = "axum")]
        if verifier.is_absent() {
            return Err(self.reject(&Refusal::NotSetUp));
        }
        let found = source::find(parts, sources, verifier.max_token_size());
        match found.map_err(|error| self.reject(&Refusal::Source(error)))? {
            Some(token) => verifier.authenticate(token).await.map(Some).map_err(|refusal| self.reject(&refusal)),
            None => Ok(None),
        }
    }

    /// Refuses a request whose token is good and does not grant what it takes, which the challenge names.
    ///
    /// # Errors
    /// [`HttpConfigError::Scope`].
    pub fn insufficient_scope(&self, scope: &str) -> Result<Rejection, HttpConfigError> {
        Ok(self.reject_scope(super::scope::checked(scope)?))
    }

    pub(super) fn reject(&self, refusal: &Refusal) -> Rejection {
        Rejection::new(refusal, &self.0.wire)
    }

    pub(super) fn reject_scope(&self, scope: Arc<str>) -> Rejection {
        self.reject(&Refusal::Scope).scope(scope)
    }
}
