//! A provider, and access tokens of usual size that it accepts.

use jwtward::{Algorithm, ProviderConfig, SigningKey, TokenProvider, store::MemoryStore};
use serde::{Deserialize, Serialize};

use crate::figures::{mixed, now};

#[derive(Deserialize, Serialize)]
pub(crate) struct Data {
    role: String,
    tenant: String,
    level: u64,
    scopes: Vec<String>,
}

/// Without a heap, so that what is counted is the library's.
#[derive(Deserialize)]
pub(crate) struct Level {
    level: u64,
}

/// What stands behind the provider.
#[derive(Clone, Copy)]
pub(crate) enum Behind {
    Nothing,
    /// The memory store, and each token has a session in it.
    Store,
}

pub(crate) struct Service {
    pub(crate) provider: TokenProvider,
    pub(crate) tokens: Vec<String>,
}

impl Service {
    pub(crate) fn new(algorithm: Algorithm, behind: Behind, cache: Option<u64>, tokens: u64) -> Self {
        let key = match algorithm.as_str().get(..2) {
            Some("RS" | "PS") => SigningKey::generate_rsa(algorithm, 2048),
            _ => SigningKey::generate(algorithm),
        };
        let config =
            ProviderConfig::new(key.expect("the system has randomness")).issuer("https://auth.example").audience("api");
        let mut builder = match behind {
            Behind::Nothing => TokenProvider::builder(config),
            Behind::Store => TokenProvider::builder(config.track_sessions()).store(MemoryStore::default()),
        };
        if let Some(octets) = cache {
            builder = builder.cache_verified_tokens(octets);
        }
        let provider = builder.build().expect("the configuration is good");
        let mut service = Self { provider, tokens: Vec::new() };
        service.tokens = (0..tokens).map(|user| service.fresh(user)).collect();
        service
    }

    /// A token that was never seen before.
    pub(crate) fn fresh(&self, user: u64) -> String {
        let data = Data {
            role: "administrator".into(),
            tenant: "example".into(),
            level: 7,
            scopes: ["read", "write", "audit"].map(str::to_owned).to_vec(),
        };
        let token = now(self.provider.issue(&format!("user-{user:010}"), &data)).expect("there is room");
        token.expose().to_owned()
    }

    pub(crate) fn accept(&self, token: &str) {
        let jwt = now(self.provider.authenticate::<Level>(token)).expect("the token is good");
        assert_eq!(jwt.custom().level, 7);
    }

    /// One of the tokens, at random.
    pub(crate) fn accept_any(&self, call: u64) {
        let place = usize::try_from(mixed(call) % self.tokens.len() as u64).expect("a place");
        self.accept(&self.tokens[place]);
    }
}
