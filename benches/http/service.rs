//! The routes: the same handler, behind different layers.

use std::time::Duration;

use axum::{Router, routing::get};
use jwtward::{
    Algorithm, JwtSigner, JwtVerifier, ProviderConfig, SigningKey, TokenProvider,
    http::{BearerAuth, BearerLayer, TokenVerifier},
    store::MemoryStore,
};
use serde::{Deserialize, Serialize};

use crate::load::Failure;

/// How many users call in turn.
const USERS: usize = 1000;

#[derive(Clone, Serialize, Deserialize)]
struct Grant {
    role: String,
}

pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) path: &'static str,
    pub(crate) router: Router,
    /// What its callers show. The unprotected one is shown tokens too, and does not look.
    pub(crate) tokens: Vec<String>,
}

pub(crate) async fn routes() -> Result<Vec<Route>, Failure> {
    let grant = Grant { role: "administrator".into() };
    let mut routes = Vec::new();

    let key = SigningKey::generate(Algorithm::HS256)?;
    let signer = JwtSigner::new(key.clone(), "bench", "api", Duration::from_secs(3600))?;
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer("bench").audience("api").build();
    let tokens = (0..USERS).map(|user| signer.sign(&format!("user-{user}"), &grant)).collect::<Result<Vec<_>, _>>()?;
    routes.push(Route {
        name: "unprotected".into(),
        path: "/unprotected",
        router: Router::new().route("/unprotected", get(hello)),
        tokens: tokens.clone(),
    });
    routes.push(protected("`JwtVerifier`, HS256", "/verifier", verifier, tokens));

    for (algorithm, octets, path) in [
        (Algorithm::HS256, None, "/hs256"),
        (Algorithm::HS256, Some(8 << 20), "/hs256-cached"),
        (Algorithm::ES256, None, "/es256"),
        (Algorithm::ES256, Some(8 << 20), "/es256-cached"),
    ] {
        let config = ProviderConfig::new(SigningKey::generate(algorithm)?).track_sessions();
        let mut builder = TokenProvider::builder(config).store(MemoryStore::default());
        if let Some(octets) = octets {
            builder = builder.cache_verified_tokens(octets);
        }
        let provider = builder.build()?;
        let mut tokens = Vec::new();
        for user in 0..USERS {
            tokens.push(provider.issue(&format!("user-{user}"), &grant).await?.expose().to_owned());
        }
        let cached = if octets.is_some() { ", verified tokens cached" } else { "" };
        let name = format!("`TokenProvider`, {algorithm}, memory store{cached}");
        routes.push(protected(&name, path, provider, tokens));
    }
    Ok(routes)
}

fn protected(name: &str, path: &'static str, verifier: impl Into<TokenVerifier>, tokens: Vec<String>) -> Route {
    let layer = BearerLayer::<Grant>::new(BearerAuth::new(verifier));
    Route { name: name.to_owned(), path, router: Router::new().route(path, get(hello)).route_layer(layer), tokens }
}

async fn hello() -> &'static str {
    "hello"
}
