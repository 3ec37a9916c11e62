//! The token provider: issues, authenticates, refreshes and revokes, over a store.

mod authenticate;
mod builder;
mod cache;
mod cleanup;
mod config;
mod credentials;
mod data;
mod deadline;
mod error;
mod event;
mod issue;
mod key_ring;
mod keys;
mod refresh;
mod refresh_token;
mod revoke;
mod sessions;
mod token_id;
mod token_provider;
mod tokens;

pub use builder::TokenProviderBuilder;
pub use config::ProviderConfig;
pub use credentials::{KeySource, SecretSource};
pub use error::{AuthError, DataError, IssueError, QueryError, RefreshError, RevokeError, Revoked};
pub use event::{Event, EventKind, EventSink};
pub use key_ring::{KeyRing, KeyRingError, KeyStatus, RingKey};
pub use sessions::Session;
pub use token_provider::TokenProvider;
pub use tokens::{AccessToken, RefreshToken, TokenPair};
