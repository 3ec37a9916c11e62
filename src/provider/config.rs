//! What a provider is configured with: a serde type with the Go provider's names.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    credentials::{KeySource, SecretSource},
    keys,
};
use crate::{
    algorithm::Algorithm,
    encoding::{
        json::{Error, Parser},
        limits,
    },
    jwt::ConfigError,
    key::SigningKey,
    store::{Limit, WhenFull},
};

/// The configuration of a [`TokenProvider`](crate::TokenProvider), from JSON or any other format that serde reads, or by calls.
///
/// Member names and defaults are those of the Go provider (`provider/jwtprovider`), so that its configurations load; unknown
/// names are refused. Secrets appear neither in `Debug` nor in what is written. `docs/migration.md` goes through them name by
/// name.
///
/// ```
/// use jwtward::ProviderConfig;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = ProviderConfig::from_json(r#"{
///     "signingAlgorithm": "HS256",
///     "signingKey": { "passwordEnvVar": "JWT_SECRET" },
///     "issuer": "https://auth.example",
///     "trackUserTokens": true,
///     "maxUserSessions": 5
/// }"#)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signing_key: Option<SecretSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) private_key: Option<KeySource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_key: Option<KeySource>,
    pub(super) signing_algorithm: String,
    expiration_seconds: u64,
    pub(super) issuer: String,
    pub(super) audience: String,
    #[serde(rename = "keyID", skip_serializing_if = "Option::is_none")]
    pub(super) key_id: Option<String>,
    max_token_size: usize,
    require_issuer: bool,
    require_audience: bool,
    pub(super) track_user_tokens: bool,
    max_user_sessions: u32,
    pub(super) token_type: String,
    leeway_seconds: u64,
    access_expiration_seconds: u64,
    refresh_idle_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_absolute_seconds: Option<u64>,
    refresh_grace_seconds: u64,
    when_full: WhenFull,
    store_timeout_ms: u64,
    cleanup_interval_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_key: Option<SecretSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_refresh_key: Option<SecretSource>,
    #[serde(skip)]
    pub(super) key: Option<SigningKey>,
    #[serde(skip)]
    pub(super) opt: keys::Options,
}

impl Default for ProviderConfig {
    fn default() -> Self {
        Self {
            signing_key: None,
            private_key: None,
            public_key: None,
            signing_algorithm: Self::DEFAULT_ALGORITHM.into(),
            expiration_seconds: Self::DEFAULT_EXPIRATION.as_secs(),
            issuer: Self::DEFAULT_ISSUER.into(),
            audience: Self::DEFAULT_AUDIENCE.into(),
            key_id: None,
            max_token_size: Self::DEFAULT_MAX_TOKEN_SIZE,
            require_issuer: true,
            require_audience: true,
            track_user_tokens: false,
            max_user_sessions: 0,
            token_type: Self::DEFAULT_TOKEN_TYPE.into(),
            leeway_seconds: 0,
            access_expiration_seconds: Self::DEFAULT_ACCESS_EXPIRATION.as_secs(),
            refresh_idle_seconds: Self::DEFAULT_REFRESH_IDLE.as_secs(),
            session_absolute_seconds: None,
            refresh_grace_seconds: Self::DEFAULT_REFRESH_GRACE.as_secs(),
            when_full: WhenFull::Reject,
            store_timeout_ms: 1000,
            cleanup_interval_seconds: 60,
            refresh_key: None,
            previous_refresh_key: None,
            key: None,
            opt: keys::Options::default(),
        }
    }
}

/// 100 years: no lifetime is longer.
const CENTURY: u64 = 100 * 365 * 86_400;

impl ProviderConfig {
    /// `signingAlgorithm`, unless it is given.
    pub const DEFAULT_ALGORITHM: &str = "HS256";
    /// `expirationSeconds`: how long the token of [`issue`](crate::TokenProvider::issue) lives.
    pub const DEFAULT_EXPIRATION: Duration = Duration::from_secs(86_400);
    /// `issuer`.
    pub const DEFAULT_ISSUER: &str = "blueprint";
    /// `audience`.
    pub const DEFAULT_AUDIENCE: &str = "api";
    /// `keyID`.
    pub const DEFAULT_KEY_ID: &str = "default";
    /// `maxTokenSize`, in octets; 0 means this too.
    pub const DEFAULT_MAX_TOKEN_SIZE: usize = limits::DEFAULT_TOKEN;
    /// `tokenType`.
    pub const DEFAULT_TOKEN_TYPE: &str = "JWT";
    /// `accessExpirationSeconds`: how long the access token of a pair lives.
    pub const DEFAULT_ACCESS_EXPIRATION: Duration = Duration::from_secs(900);
    /// `refreshIdleSeconds`: how long a pair's session lives without a refresh.
    pub const DEFAULT_REFRESH_IDLE: Duration = Duration::from_secs(1_209_600);
    /// `sessionAbsoluteSeconds`: how long a pair's session lives at most.
    pub const DEFAULT_SESSION_ABSOLUTE: Duration = Duration::from_secs(2_592_000);
    /// `refreshGraceSeconds`: how long the previous refresh token gets the same successor again.
    pub const DEFAULT_REFRESH_GRACE: Duration = Duration::from_secs(30);

    /// The defaults with that key, which says its algorithm itself.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self { signing_algorithm: key.algorithm().to_string(), key: Some(key), ..Self::default() }
    }

    /// Reads JSON, strictly: no member twice, none unknown.
    ///
    /// # Errors
    /// [`ConfigError::Json`], [`ConfigError::Member`] with the name of the member that is unknown or not of its type. No value is
    /// shown.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let read = |text: &str| {
            let mut parser = Parser::over(text);
            let config = parser.value::<Self>();
            let config = parser.outcome(config)?;
            parser.end()?;
            Ok(config)
        };
        // Claims may be null where there are none; a configuration may not.
        Parser::over(json).object().map_err(ConfigError::Json)?;
        match read(json) {
            Ok(config) => Ok(config),
            Err(Error::Json(error)) => Err(ConfigError::Json(error)),
            // Every member has a default, so each can be read alone: one of them is at fault.
            Err(_) => {
                let mut parser = Parser::over(json);
                let mut object = parser.object().map_err(ConfigError::Json)?;
                while let Some(name) = object.next_name().map_err(ConfigError::Json)? {
                    let value = object.parser.raw_value().map_err(ConfigError::Json)?;
                    let quoted = serde_json::Value::from(&*name).to_string();
                    // It may hold a secret, so it is large enough from the start: growth leaves a copy behind.
                    let mut alone = Zeroizing::new(String::with_capacity(quoted.len() + value.len() + 3));
                    for part in ["{", &quoted, ":", value, "}"] {
                        alone.push_str(part);
                    }
                    if read(&alone).is_err() {
                        return Err(ConfigError::Member(name.into()));
                    }
                }
                Err(ConfigError::Member("".into()))
            }
        }
    }

    /// The defaults with a shared secret from there, for HS256, HS384 or HS512.
    #[must_use]
    pub fn with_secret(algorithm: Algorithm, secret: SecretSource) -> Self {
        Self { signing_algorithm: algorithm.to_string(), signing_key: Some(secret), ..Self::default() }
    }

    /// The defaults with a private key from there, for any other algorithm.
    #[must_use]
    pub fn with_private_key(algorithm: Algorithm, key: KeySource) -> Self {
        Self { signing_algorithm: algorithm.to_string(), private_key: Some(key), ..Self::default() }
    }

    /// The issuer, `iss`: written and required.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = issuer.into();
        self.require_issuer = true;
        self
    }

    /// Accepts any `iss`, or none.
    #[must_use]
    pub fn ignore_issuer(mut self) -> Self {
        self.require_issuer = false;
        self
    }

    /// The audience, `aud`: written and required.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = audience.into();
        self.require_audience = true;
        self
    }

    /// Accepts any `aud`, or none.
    #[must_use]
    pub fn ignore_audience(mut self) -> Self {
        self.require_audience = false;
        self
    }

    /// The token's `typ`, written and required: `at+jwt` (RFC 9068) is recommended.
    #[must_use]
    pub fn token_type(mut self, typ: &str) -> Self {
        self.token_type = typ.into();
        self
    }

    /// The key's `kid`.
    #[must_use]
    pub fn key_id(mut self, kid: &str) -> Self {
        self.key_id = Some(kid.into());
        self
    }

    /// Names the key by its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid_from_thumbprint(mut self) -> Self {
        self.opt.thumbprint = true;
        self
    }

    /// How long the token of [`issue`](crate::TokenProvider::issue) lives, in whole seconds.
    #[must_use]
    pub fn expiration(mut self, lifetime: Duration) -> Self {
        self.expiration_seconds = lifetime.as_secs();
        self
    }

    /// How long the access token of a pair lives, in whole seconds.
    #[must_use]
    pub fn access_expiration(mut self, lifetime: Duration) -> Self {
        self.access_expiration_seconds = lifetime.as_secs();
        self
    }

    /// How long a pair's session lives without a refresh, in whole seconds.
    #[must_use]
    pub fn refresh_idle(mut self, lifetime: Duration) -> Self {
        self.refresh_idle_seconds = lifetime.as_secs();
        self
    }

    /// How long any session lives at most, refreshed or not, in whole seconds.
    #[must_use]
    pub fn session_absolute(mut self, lifetime: Duration) -> Self {
        self.session_absolute_seconds = Some(lifetime.as_secs());
        self
    }

    /// How long the previous refresh token gets the same successor again, in whole seconds: for a client whose reply was lost.
    /// 0 for never: then a lost reply costs the session.
    #[must_use]
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.refresh_grace_seconds = grace.as_secs();
        self
    }

    /// Tracks every token as a session that can be listed and ended.
    #[must_use]
    pub fn track_sessions(mut self) -> Self {
        self.track_user_tokens = true;
        self
    }

    /// Tracks, and allows a user so many sessions at once.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.track_user_tokens = true;
        self.max_user_sessions = limit.max.get();
        self.when_full = limit.when_full;
        self
    }

    /// The largest token, in octets, issued or accepted.
    #[must_use]
    pub fn max_token_size(mut self, size: usize) -> Self {
        self.max_token_size = size;
        self
    }

    /// By how much clocks may differ, in whole seconds: 0 to 600.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway_seconds = leeway.as_secs();
        self
    }

    /// How long a store may take to answer, in milliseconds.
    #[must_use]
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.store_timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// How often what has expired is removed, in whole seconds.
    #[must_use]
    pub fn cleanup_interval(mut self, interval: Duration) -> Self {
        self.cleanup_interval_seconds = interval.as_secs();
        self
    }

    /// The key that refresh tokens are made with: at least 32 octets, the same on all nodes, not the signing key. Without it,
    /// pairs are possible on the memory store only, with a key made up at the start.
    #[must_use]
    pub fn refresh_key(mut self, source: SecretSource) -> Self {
        self.refresh_key = Some(source);
        self
    }

    /// The refresh key before the present one, for as long as refresh tokens made with it live.
    #[must_use]
    pub fn previous_refresh_key(mut self, source: SecretSource) -> Self {
        self.previous_refresh_key = Some(source);
        self
    }

    /// Accepts an HMAC secret shorter than its hash. See
    /// [`KeyLoader::danger_allow_short_hmac_key`](crate::KeyLoader::danger_allow_short_hmac_key).
    #[must_use]
    pub fn danger_allow_short_hmac_key(mut self) -> Self {
        self.opt.allow_short_hmac = true;
        self
    }

    /// Accepts a small RSA exponent. See
    /// [`KeyLoader::danger_allow_small_rsa_exponent`](crate::KeyLoader::danger_allow_small_rsa_exponent).
    #[must_use]
    pub fn danger_allow_small_rsa_exponent(mut self) -> Self {
        self.opt.allow_small_exponent = true;
        self
    }

    /// The numbers, checked.
    pub(super) fn timing(&self) -> Result<Timing, ConfigError> {
        let seconds = |name, seconds, least, most| {
            if (least..=most).contains(&seconds) {
                Ok(Duration::from_secs(seconds))
            } else {
                Err(ConfigError::Range { name, least, most })
            }
        };
        let absolute = self.session_absolute_seconds;
        let absolute = absolute.map(|absolute| seconds("sessionAbsoluteSeconds", absolute, 1, CENTURY)).transpose()?;
        let timeout = Duration::from_millis(self.store_timeout_ms);
        // Shorter than stores remember what they answered, so that asking again is never a second operation.
        if !(1..=30_000).contains(&self.store_timeout_ms) {
            return Err(ConfigError::Range { name: "storeTimeoutMs", least: 1, most: 30_000 });
        }
        if self.leeway_seconds > 600 {
            return Err(ConfigError::Leeway);
        }
        Ok(Timing {
            expiration: seconds("expirationSeconds", self.expiration_seconds, 1, CENTURY)?,
            access: seconds("accessExpirationSeconds", self.access_expiration_seconds, 1, CENTURY)?,
            idle: seconds("refreshIdleSeconds", self.refresh_idle_seconds, 1, CENTURY)?,
            single_absolute: absolute,
            pair_absolute: absolute.unwrap_or(Self::DEFAULT_SESSION_ABSOLUTE),
            grace: seconds("refreshGraceSeconds", self.refresh_grace_seconds, 0, 300)?,
            leeway: Duration::from_secs(self.leeway_seconds),
            store_timeout: timeout,
            cleanup_interval: seconds("cleanupIntervalSeconds", self.cleanup_interval_seconds, 1, CENTURY)?,
        })
    }

    pub(super) fn token_size(&self) -> usize {
        if self.max_token_size == 0 { Self::DEFAULT_MAX_TOKEN_SIZE } else { self.max_token_size }
    }

    pub(super) fn session_limit(&self) -> Result<Option<Limit>, ConfigError> {
        match NonZeroU32::new(self.max_user_sessions) {
            Some(_) if !self.track_user_tokens => Err(ConfigError::TrackingRequired),
            max => Ok(max.map(|max| Limit { max, when_full: self.when_full })),
        }
    }

    /// The issuer to require, if one is.
    pub(super) fn required_issuer(&self) -> Result<Option<&str>, ConfigError> {
        required("issuer", self.require_issuer, &self.issuer)
    }

    /// The audience to require, if one is.
    pub(super) fn required_audience(&self) -> Result<Option<&str>, ConfigError> {
        required("audience", self.require_audience, &self.audience)
    }
}

fn required<'a>(name: &'static str, required: bool, text: &'a str) -> Result<Option<&'a str>, ConfigError> {
    match (required, text) {
        (true, "") => Err(ConfigError::Required(name)),
        (true, text) => Ok(Some(text)),
        (false, _) => Ok(None),
    }
}

/// Lifetimes and deadlines, all in bounds.
#[derive(Clone, Copy)]
pub(super) struct Timing {
    pub(super) expiration: Duration,
    pub(super) access: Duration,
    pub(super) idle: Duration,
    pub(super) single_absolute: Option<Duration>,
    pub(super) pair_absolute: Duration,
    pub(super) grace: Duration,
    pub(super) leeway: Duration,
    pub(super) store_timeout: Duration,
    pub(super) cleanup_interval: Duration,
}
