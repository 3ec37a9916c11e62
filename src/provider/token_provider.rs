//! The provider itself.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::{
    builder::TokenProviderBuilder,
    cache::TokenCache,
    cleanup,
    config::{ProviderConfig, Timing},
    deadline::within,
    error::QueryError,
    event::{self, Event, EventSink},
    key_ring::{Keys, RotatingKeys},
    refresh_token::RefreshKeys,
};
use crate::{
    id::UserKey,
    jwt::{ConfigError, TokenRules},
    key::PublicJwkSet,
    store::{Answer, ErasedStore, Limit, OperationId, Store, StoreError},
    sync::Guard,
    time::{Clock, MonotonicClock, NumericDate},
};

/// Issues, authenticates, refreshes and revokes tokens of one issuer. Cloning shares it.
///
/// ```
/// # use std::time::Duration;
/// use jwtward::{Algorithm, ProviderConfig, SigningKey, TokenProvider, store::MemoryStore};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Role { admin: bool }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = ProviderConfig::new(SigningKey::generate(Algorithm::ES256)?)
///     .issuer("https://auth.example").audience("api").track_sessions();
/// let provider = TokenProvider::new(config, MemoryStore::default())?;
///
/// let pair = provider.issue_pair("alice", &Role { admin: false }).await?;
/// let who = provider.authenticate::<Role>(pair.access.expose()).await?;
/// assert_eq!(who.subject(), Some("alice"));
///
/// let pair = provider.refresh_pair(&pair.refresh).await?;
/// provider.revoke_all("alice").await?;
/// assert!(provider.authenticate::<Role>(pair.access.expose()).await.is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Sessions
///
/// With tracking, or as a pair, a token belongs to a session, which the store knows by presence. Without, the store only
/// remembers what was revoked.
///
/// - [`issue`](Self::issue) opens a *single* session: one access token, which [`refresh`](Self::refresh) replaces by the next. Of
///   any number of parallel refreshes one succeeds, and the token before it is then refused.
/// - [`issue_pair`](Self::issue_pair) opens a session with a refresh token, which [`refresh_pair`](Self::refresh_pair) uses up
///   (RFC 9700 section 4.14.2). An access token of a pair stays good until it expires or its session ends: keep it short.
///
/// # The store
///
/// A store that fails or is late means refusal: [`StoreError`], never "not revoked". A change that failed is asked for once more
/// within the deadline, as the same operation, so that a lost reply neither costs a session nor opens two. Calls that wait need a tokio runtime with
/// its timer on; the memory store's never wait. RSA signing takes milliseconds and is done in place.
#[derive(Clone)]
pub struct TokenProvider(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) keys: RotatingKeys,
    pub(super) rules: TokenRules,
    pub(super) clock: MonotonicClock,
    pub(super) settings: Settings,
    pub(super) store: Option<Arc<dyn ErasedStore>>,
    pub(super) refresh_keys: Option<RefreshKeys>,
    pub(super) cache: Option<TokenCache>,
    pub(super) events: Option<Box<dyn EventSink>>,
    pub(super) closed: AtomicBool,
    pub(super) stop: Arc<Notify>,
}

/// What the steps go by.
pub(super) struct Settings {
    pub(super) issuer: Box<str>,
    pub(super) audience: Box<str>,
    pub(super) timing: Timing,
    pub(super) tracking: bool,
    pub(super) limit: Option<Limit>,
    pub(super) accept_untracked: bool,
    pub(super) accept_before_store: bool,
    pub(super) max_data_size: usize,
    pub(super) max_lifetime: Duration,
    pub(super) max_clock_skew: Duration,
    pub(super) clock_step_margin: Duration,
}

impl Settings {
    /// How long a revocation must be kept so that no token outlives it. The leeway counts twice: it lets a token in before its
    /// `iat`, and for as long after its `exp`.
    pub(super) fn keep(&self) -> Duration {
        let slack = self.timing.leeway * 2 + self.max_clock_skew;
        self.max_lifetime.saturating_add(slack)
    }
}

impl TokenProvider {
    /// A provider over a store.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn new(config: ProviderConfig, store: impl Store) -> Result<Self, ConfigError> {
        Self::builder(config).store(store).build()
    }

    /// A provider without a store: it issues and authenticates, and cannot revoke. A token is good until it expires. What needs
    /// a store is refused with an error of that name.
    ///
    /// # Errors
    /// [`ConfigError`]; [`ConfigError::StoreRequired`] if sessions are to be tracked.
    pub fn without_store(config: ProviderConfig) -> Result<Self, ConfigError> {
        Self::builder(config).build()
    }

    /// Begins with a configuration, to set what is not in it.
    #[must_use]
    pub fn builder(config: ProviderConfig) -> TokenProviderBuilder {
        TokenProviderBuilder::new(config)
    }

    /// The name under which the store keeps a user: what events and lists show instead of the subject. Another issuer's user of
    /// the same subject has another.
    #[must_use]
    pub fn user_key(&self, subject: &str) -> UserKey {
        let issuer = self.0.settings.issuer.as_bytes();
        let digest = Sha256::new()
            .chain_update((issuer.len() as u64).to_be_bytes())
            .chain_update(issuer)
            .chain_update(subject)
            .finalize();
        UserKey::from_octets(std::array::from_fn(|i| digest.get(i).copied().unwrap_or_default()))
    }

    /// Removes what has expired from the store, now, beside what is done in the background. Gives how many records were
    /// removed.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn clean_up(&self) -> Result<u64, QueryError> {
        let settings = &self.0.settings;
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        self.check_open()?;
        Ok(cleanup::pass(store, settings.timing.store_timeout, settings.clock_step_margin).await?)
    }

    /// Ends the provider's service and its store's: from here on everything is refused, for all clones and for other providers
    /// on the same store, and nothing is un-revoked.
    pub async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        self.0.stop.notify_one();
        if let Some(store) = &self.0.store {
            // A store that does not close in time is not asked anything more.
            let close = async {
                store.close().await;
                Ok(())
            };
            let _ = within(self.0.settings.timing.store_timeout, Box::pin(close)).await;
        }
    }

    /// The keys that verify what is issued here, the next and the retired included, for publication: none if they are secrets
    /// (HMAC).
    #[must_use]
    pub fn public_jwks(&self) -> PublicJwkSet {
        self.keys().public()
    }

    /// What signs and verifies at the moment.
    pub(super) fn keys(&self) -> Guard<Arc<Keys>> {
        let keys = self.0.keys.current();
        if !keys.is_over(|| self.now()) {
            return keys;
        }
        drop(keys);
        self.tell_keys(self.0.keys.advance(self.now()));
        self.0.keys.current()
    }

    /// The longest acceptable token, in octets.
    #[cfg(feature = "tower")]
    pub(crate) fn max_token_size(&self) -> usize {
        self.0.rules.max_token_size()
    }

    pub(super) fn store(&self) -> Option<&dyn ErasedStore> {
        self.0.store.as_deref()
    }

    /// Asks the store, within the deadline.
    pub(super) async fn ask<T>(&self, call: Answer<'_, T>) -> Result<T, StoreError> {
        self.check_open()?;
        let answer = within(self.0.settings.timing.store_timeout, call).await?;
        // An answer that comes after the end is not acted on.
        self.check_open()?;
        Ok(answer)
    }

    /// Asks the store to change something, and once more if that failed before the deadline: the reply may have been lost on its
    /// way, and the same operation, asked for again, gets its first answer without a second effect.
    pub(super) async fn change<'a, T: Send + 'a>(
        &self,
        call: impl Fn() -> Answer<'a, T> + Send + Sync + 'a,
    ) -> Result<T, StoreError> {
        self.ask(Box::pin(async move {
            match call().await {
                Err(error) if error.is_failure() => call().await,
                answer => answer,
            }
        }))
        .await
    }

    /// After [`close`](Self::close) everything is refused, also what needs no store.
    pub(super) fn check_open(&self) -> Result<(), StoreError> {
        if self.0.closed.load(Ordering::SeqCst) { Err(StoreError::closed()) } else { Ok(()) }
    }

    pub(super) fn now(&self) -> NumericDate {
        self.0.clock.now()
    }

    /// Tells of an event.
    pub(super) fn tell(&self, event: &Event<'_>) {
        event::trace(event);
        if let Some(events) = &self.0.events {
            events.event(event);
        }
    }
}

/// A fresh operation's name.
pub(super) fn operation() -> Result<OperationId, StoreError> {
    getrandom::u64().map(OperationId::from_u64).map_err(|_| StoreError::new("the random source failed"))
}

/// The last clone ends the background clean-up.
impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenProvider")
            .field("keys", &self.0.keys.current().listed)
            .field("tracking", &self.0.settings.tracking)
            .field("limit", &self.0.settings.limit)
            .finish_non_exhaustive()
    }
}
