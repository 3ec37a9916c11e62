//! The axum extractor.

use std::ops::Deref;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{auth::BearerAuth, rejection::Rejection, verifier::TokenVerifier};
use crate::jwt::ValidatedJwt;

/// A request's token, verified and validated, as an argument of an axum handler; `Option<Bearer<C>>` where logging in is
/// optional: without a token `None`, with a bad one an error.
///
/// It takes what a [`BearerLayer`](super::BearerLayer) has left. Without a layer it authenticates by itself, with the
/// [`BearerAuth`] that the router's state holds (`FromRef`). Without either, as with the state `()`, the answer is 500.
#[derive(Clone, Debug)]
pub struct Bearer<C>(pub ValidatedJwt<C>);

impl<C> Deref for Bearer<C> {
    type Target = ValidatedJwt<C>;

    fn deref(&self) -> &ValidatedJwt<C> {
        &self.0
    }
}

/// No state, nothing to decide by: a layer must be there.
impl FromRef<()> for BearerAuth {
    fn from_ref(_: &()) -> Self {
        Self::new(TokenVerifier::absent())
    }
}

/// What the layer has left; or else, by what to authenticate.
fn left_by_layer<S, C>(parts: &Parts, state: &S) -> Result<ValidatedJwt<C>, BearerAuth>
where
    BearerAuth: FromRef<S>,
    C: Clone + Send + Sync + 'static,
{
    let found = parts.extensions.get::<ValidatedJwt<C>>().cloned();
    found.ok_or_else(|| parts.extensions.get().cloned().unwrap_or_else(|| BearerAuth::from_ref(state)))
}

impl<S, C> FromRequestParts<S> for Bearer<C>
where
    S: Send + Sync,
    BearerAuth: FromRef<S>,
    C: DeserializeOwned + Clone + Send + Sync + 'static,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        match left_by_layer(parts, state) {
            Ok(jwt) => Ok(Self(jwt)),
            Err(auth) => auth.authenticate(parts).await.map(Self),
        }
    }
}

impl<S, C> OptionalFromRequestParts<S> for Bearer<C>
where
    S: Send + Sync,
    BearerAuth: FromRef<S>,
    C: DeserializeOwned + Clone + Send + Sync + 'static,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match left_by_layer(parts, state) {
            Ok(jwt) => Ok(Some(Self(jwt))),
            Err(auth) => Ok(auth.authenticate_optional(parts).await?.map(Self)),
        }
    }
}
