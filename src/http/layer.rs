//! The tower layer.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, request::Parts};
use serde::de::DeserializeOwned;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    auth::BearerAuth,
    body::GuardedBody,
    error::HttpConfigError,
    rejection::Rejection,
    scope::{checked, has_scope},
};
use crate::jwt::ValidatedJwt;

/// Lets requests through to a service when they are authenticated. The service finds a [`ValidatedJwt<C>`](ValidatedJwt) among
/// the request's extensions; `C` is the type of the custom claims, or of the provider's `data`.
///
/// ```
/// # use jwtward::{Algorithm, JwtVerifier, SigningKey, http::{BearerAuth, BearerLayer}};
/// #[derive(Clone, serde::Deserialize)]
/// struct Grant { scope: String }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = SigningKey::generate(Algorithm::ES256)?;
/// # let verifier = JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").build();
/// let auth = BearerAuth::new(verifier);
/// let layer = BearerLayer::<Grant>::new(auth).require_scope("orders:read", |jwt| &jwt.custom().scope)?;
/// # Ok(())
/// # }
/// ```
pub struct BearerLayer<C> {
    auth: BearerAuth,
    optional: bool,
    scope: Option<Required<C>>,
}

/// A scope, and where a token says what it grants.
struct Required<C> {
    scope: Arc<str>,
    granted: Arc<Granted<C>>,
}

type Granted<C> = dyn Fn(&ValidatedJwt<C>) -> &str + Send + Sync;

impl<C> BearerLayer<C> {
    /// Requires a good token.
    #[must_use]
    pub const fn new(auth: BearerAuth) -> Self {
        Self { auth, optional: false, scope: None }
    }

    /// Lets requests without a token through too, and the service finds none. A bad token is refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Requires the token to grant all words of `scope`; `granted` says what it grants, words with one space between them.
    /// Without it the answer is 403. Where logging in is optional, this is asked of the tokens that there are.
    ///
    /// # Errors
    /// [`HttpConfigError::Scope`].
    pub fn require_scope(
        mut self,
        scope: &str,
        granted: impl Fn(&ValidatedJwt<C>) -> &str + Send + Sync + 'static,
    ) -> Result<Self, HttpConfigError> {
        self.scope = Some(Required { scope: checked(scope)?, granted: Arc::new(granted) });
        Ok(self)
    }

    /// Authenticates a request, and leaves for the service what was found.
    async fn admit(&self, parts: &mut Parts) -> Result<(), Rejection>
    where
        C: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        // What another layer has found is not what this one was asked to find.
        parts.extensions.remove::<ValidatedJwt<C>>();
        let found = if self.optional {
            self.auth.authenticate_optional::<C>(parts).await?
        } else {
            Some(self.auth.authenticate::<C>(parts).await?)
        };
        if let Some(jwt) = found {
            if let Some(required) = &self.scope
                && !has_scope((required.granted)(&jwt), &required.scope)
            {
                return Err(self.auth.reject_scope(Arc::clone(&required.scope)));
            }
            parts.extensions.insert(jwt);
        }
        // For extractors that ask for other claims, or for a token where none was needed so far.
        parts.extensions.insert(self.auth.clone());
        Ok(())
    }
}

impl<C> Clone for BearerLayer<C> {
    fn clone(&self) -> Self {
        let scope = self.scope.as_ref();
        let scope =
            scope.map(|Required { scope, granted }| Required { scope: scope.clone(), granted: granted.clone() });
        Self { auth: self.auth.clone(), optional: self.optional, scope }
    }
}

impl<C> fmt::Debug for BearerLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerLayer")
            .field("auth", &self.auth)
            .field("optional", &self.optional)
            .field("scope", &self.scope.as_ref().map(|required| &required.scope))
            .finish()
    }
}

impl<S, C> Layer<S> for BearerLayer<C> {
    type Service = BearerService<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        BearerService { inner, layer: self.clone() }
    }
}

/// A service behind a [`BearerLayer`].
pub struct BearerService<S, C> {
    inner: S,
    layer: BearerLayer<C>,
}

impl<S: Clone, C> Clone for BearerService<S, C> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S, C> fmt::Debug for BearerService<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerService").field("layer", &self.layer).finish_non_exhaustive()
    }
}

impl<S, C, ReqBody, ResBody> Service<Request<ReqBody>> for BearerService<S, C>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    C: DeserializeOwned + Clone + Send + Sync + 'static,
    ReqBody: Send + 'static,
{
    type Response = Response<GuardedBody<ResBody>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // The one that was polled ready is the one to call; the clone takes its place, and is polled first.
        let next = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, next);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.admit(&mut parts).await {
                Ok(()) => Ok(ready.call(Request::from_parts(parts, body)).await?.map(GuardedBody::inner)),
                Err(rejection) => Ok(rejection.answer(&parts.headers).map(GuardedBody::rejected)),
            }
        })
    }
}
