//! The application: its state and its routes.

use std::{error::Error, num::NonZeroU32};

use axum::{
    Router,
    extract::FromRef,
    http::StatusCode,
    middleware::{from_fn, map_response},
    routing::{delete, get, post},
};
use jwtward::{
    TokenProvider,
    http::{BearerAuth, BearerLayer, HttpConfigError, JwksService},
};

use crate::{
    answer::error,
    body_limit::body_limit,
    page,
    routes::{self, Grant},
    security_headers::security_headers,
};

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) provider: TokenProvider,
    pub(crate) auth: BearerAuth,
    pub(crate) limit: NonZeroU32,
    pub(crate) trusted_proxy: bool,
}

impl App {
    pub(crate) fn new(
        provider: TokenProvider,
        limit: NonZeroU32,
        trusted_proxy: bool,
    ) -> Result<Self, HttpConfigError> {
        let auth = BearerAuth::new(provider.clone()).realm("api")?;
        Ok(Self { provider, auth, limit, trusted_proxy })
    }
}

/// For the extractor.
impl FromRef<App> for BearerAuth {
    fn from_ref(app: &App) -> Self {
        app.auth.clone()
    }
}

pub(crate) fn router(app: App) -> Result<Router, Box<dyn Error>> {
    let protected = Router::new()
        .route("/logout", post(routes::logout))
        .route("/refresh", post(routes::refresh))
        .route("/api/profile", get(routes::profile))
        .route("/api/sessions", get(routes::sessions).delete(routes::end_all))
        .route("/api/sessions/{id}", delete(routes::end_one))
        .route_layer(BearerLayer::<Grant>::new(app.auth.clone()));
    let policy = page::policy()?;
    let router = Router::new()
        .route("/", get(async move || routes::page(policy)))
        .route("/health", get(routes::health))
        .route("/login", post(routes::login))
        .route_service("/.well-known/jwks.json", JwksService::of(app.provider.clone()))
        .merge(protected)
        .fallback(async || error(StatusCode::NOT_FOUND, "Not found"))
        .method_not_allowed_fallback(async || error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"))
        .layer(from_fn(body_limit))
        .layer(map_response(security_headers));
    Ok(router.with_state(app))
}
