//! Building a provider: the configuration, the store, and what no configuration file should hold.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    cache::TokenCache,
    cleanup,
    config::ProviderConfig,
    event::EventSink,
    key_ring::{RotatingKeys, Schedule},
    keys,
    refresh_token::RefreshKeys,
    token_provider::{Inner, Settings, TokenProvider},
};
use crate::{
    jwt::{Claim, ConfigError, JwtSigner, JwtVerifierBuilder},
    key::{SigningKey, VerifyingKey},
    store::{ErasedStore, Store},
    time::{Clock, MonotonicClock, NumericDate},
};

/// Builds a [`TokenProvider`].
pub struct TokenProviderBuilder {
    config: ProviderConfig,
    store: Option<Arc<dyn ErasedStore>>,
    clock: MonotonicClock,
    events: Option<Box<dyn EventSink>>,
    accept_untracked: bool,
    accept_before_store: bool,
    max_data_size: usize,
    max_lifetime: Duration,
    max_clock_skew: Duration,
    clock_step_margin: Duration,
    cache: Option<u64>,
    next_keys: Vec<(SigningKey, Option<NumericDate>)>,
    retired_keys: Vec<(VerifyingKey, NumericDate)>,
    #[cfg(feature = "prepared")]
    max_prepared: usize,
}

impl TokenProviderBuilder {
    /// How much data the session of a pair keeps, in octets, unless set.
    pub const DEFAULT_MAX_DATA_SIZE: usize = 4096;
    /// By how much clocks may be apart where times of different clocks are compared, unless set.
    pub const DEFAULT_MAX_CLOCK_SKEW: Duration = Duration::from_secs(5);
    /// How long a revocation is kept past its end, unless set.
    pub const DEFAULT_CLOCK_STEP_MARGIN: Duration = Duration::from_secs(3600);

    pub(super) fn new(config: ProviderConfig) -> Self {
        Self {
            config,
            store: None,
            clock: MonotonicClock::system(),
            events: None,
            accept_untracked: false,
            accept_before_store: false,
            max_data_size: Self::DEFAULT_MAX_DATA_SIZE,
            max_lifetime: Duration::ZERO,
            max_clock_skew: Self::DEFAULT_MAX_CLOCK_SKEW,
            clock_step_margin: Self::DEFAULT_CLOCK_STEP_MARGIN,
            cache: None,
            next_keys: Vec::new(),
            retired_keys: Vec::new(),
            #[cfg(feature = "prepared")]
            max_prepared: 0,
        }
    }

    /// Over that store.
    #[must_use]
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Takes the time from there: for tests. A memory store has a clock of its own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = MonotonicClock::new(Arc::new(clock));
        self
    }

    /// Tells of what happens.
    #[must_use]
    pub fn events(mut self, events: impl EventSink + 'static) -> Self {
        self.events = Some(Box::new(events));
        self
    }

    /// Accepts tokens without `sid` although sessions are tracked: for the time of a change to tracking. They are checked
    /// against denylist and floors only, and not refreshed.
    #[must_use]
    pub const fn accept_untracked(mut self) -> Self {
        self.accept_untracked = true;
        self
    }

    /// Accepts untracked tokens that were issued before the store began to remember, by the Go provider for instance. One
    /// that was revoked before is accepted again.
    #[must_use]
    pub const fn accept_tokens_issued_before_store(mut self) -> Self {
        self.accept_before_store = true;
        self
    }

    /// The largest `data` of a pair, in octets: its session keeps it.
    #[must_use]
    pub const fn max_data_size(mut self, size: usize) -> Self {
        self.max_data_size = size;
        self
    }

    /// Accepts tokens with a lifetime up to this, though this provider issues shorter ones: tokens issued before a change, or
    /// elsewhere. Revocations are kept for longer accordingly.
    #[must_use]
    pub const fn accept_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// By how much the clocks of nodes and store may be apart: an untracked token is refused if it was issued before its user's
    /// floor, or up to this after it. At most 600 seconds.
    #[must_use]
    pub const fn max_clock_skew(mut self, skew: Duration) -> Self {
        self.max_clock_skew = skew;
        self
    }

    /// How long a revocation is kept past its end, in case the wall clock is set back.
    #[must_use]
    pub const fn clock_step_margin(mut self, margin: Duration) -> Self {
        self.clock_step_margin = margin;
        self
    }

    /// Remembers verified tokens in at most about that many octets, so that a token seen again costs no signature. Claims are
    /// checked and the store is asked on every use all the same.
    #[must_use]
    pub const fn cache_verified_tokens(mut self, octets: u64) -> Self {
        self.cache = Some(octets);
        self
    }

    /// Publishes a key, with a `kid`, beside the one that signs: see [`KeyRing::publish`](crate::KeyRing::publish).
    #[must_use]
    pub fn next_key(mut self, key: SigningKey) -> Self {
        self.next_keys.push((key, None));
        self
    }

    /// The same, and it signs by itself from that time on, at once if it is past: so that nodes which start at different times
    /// agree. Publish it [`PUBLISHED_AHEAD`](crate::KeyRing::PUBLISHED_AHEAD) of it, or verifiers refuse its first tokens.
    #[must_use]
    pub fn next_key_at(mut self, key: SigningKey, from: NumericDate) -> Self {
        self.next_keys.push((key, Some(from)));
        self
    }

    /// Accepts and publishes a key, with a `kid`, that has signed before this process began, until that time: the last time it
    /// signed, and the longest lifetime of its tokens later.
    #[must_use]
    pub fn retired_key(mut self, key: VerifyingKey, until: NumericDate) -> Self {
        self.retired_keys.push((key, until));
        self
    }

    /// Prepares the public keys that tokens are verified with, by tables of at most that many octets in all: see
    /// [`PreparedKey`](crate::PreparedKey). The keys given here are prepared in [`build`](Self::build), the one that signs first, and
    /// later ones when they are published; each takes a millisecond or so. A key for which no room is left when it comes is used
    /// without tables.
    #[cfg(feature = "prepared")]
    #[must_use]
    pub const fn prepare_keys(mut self, max_octets: usize) -> Self {
        self.max_prepared = max_octets;
        self
    }

    /// The provider. Its clean-up runs on the tokio runtime that this is called in, else on a thread.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn build(self) -> Result<TokenProvider, ConfigError> {
        let Self { config, store, .. } = self;
        let timing = config.timing()?;
        let limit = config.session_limit()?;
        match &store {
            None if config.track_user_tokens => return Err(ConfigError::StoreRequired),
            Some(store) if config.track_user_tokens && !store.capabilities().sessions => {
                return Err(ConfigError::SessionsUnsupported);
            }
            _ => {}
        }
        if self.max_clock_skew > Duration::from_secs(600) {
            return Err(ConfigError::Range { name: "max_clock_skew", least: 0, most: 600 });
        }
        if config.issuer.is_empty() {
            return Err(ConfigError::Required("issuer"));
        }
        if config.token_type.is_empty() {
            return Err(ConfigError::Required("tokenType"));
        }
        // A token of either kind must be accepted.
        let max_lifetime = self.max_lifetime.max(timing.expiration).max(timing.access);
        let clock = self.clock;

        let mut verifier = JwtVerifierBuilder::new(())
            .decided(config.required_issuer()?, config.required_audience()?)
            .token_type(&config.token_type)
            .leeway(timing.leeway)?
            .max_token_size(config.token_size())?
            .clock(clock.clone());
        if store.is_some() {
            verifier = verifier
                .require(Claim::Subject)
                .require(Claim::TokenId)
                .require(Claim::IssuedAt)
                .max_lifetime(max_lifetime);
        }
        let key = keys::signing_key(&config)?;
        let signer = JwtSigner::new(key.clone(), &config.issuer, &config.audience, timing.expiration)?
            .token_type(&config.token_type)
            .max_token_size(config.token_size())?
            .clock(clock.clone());

        let current = keys::secret("refreshKey", config.refresh_key.as_ref())?;
        let previous = keys::secret("previousRefreshKey", config.previous_refresh_key.as_ref())?;
        let fingerprints = [&current, &previous].into_iter().flatten().flat_map(|key| keys::fingerprints(&key.octets));
        let refresh_keys = match (&current, &store) {
            (Some(current), _) => Some(RefreshKeys::new(&current.octets, previous.as_ref().map(|key| &**key.octets))?),
            (None, _) if previous.is_some() => return Err(ConfigError::Required("refreshKey")),
            (None, Some(store)) if store.capabilities().process_local => Some(RefreshKeys::generate()?),
            (None, _) => None,
        };

        let settings = Settings {
            issuer: config.issuer.into(),
            audience: config.audience.into(),
            timing,
            tracking: config.track_user_tokens,
            limit,
            accept_untracked: self.accept_untracked,
            accept_before_store: self.accept_before_store,
            max_data_size: self.max_data_size,
            max_lifetime,
            max_clock_skew: self.max_clock_skew,
            clock_step_margin: self.clock_step_margin,
        };
        let mut schedule = Schedule::new(key, settings.keep());
        for (key, from) in self.next_keys {
            schedule.publish(key.into(), clock.now(), from)?;
        }
        for (key, until) in self.retired_keys {
            schedule.retire(key, until)?;
        }
        #[cfg(feature = "prepared")]
        schedule.prepare(self.max_prepared);
        let keys = RotatingKeys::new(signer, schedule, fingerprints.collect())?;
        #[cfg(feature = "prepared")]
        let keys = keys.preparing(self.max_prepared);

        let stop = Arc::new(Notify::new());
        if let Some(store) = &store {
            let (interval, timeout) = (timing.cleanup_interval, timing.store_timeout);
            cleanup::start(Arc::downgrade(store), interval, timeout, self.clock_step_margin, Arc::clone(&stop));
        }
        Ok(TokenProvider(Arc::new(Inner {
            keys,
            rules: verifier.into_parts().1,
            clock,
            settings,
            store,
            refresh_keys,
            cache: self.cache.map(TokenCache::new),
            events: self.events,
            closed: AtomicBool::new(false),
            stop,
        })))
    }
}

impl fmt::Debug for TokenProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenProviderBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
