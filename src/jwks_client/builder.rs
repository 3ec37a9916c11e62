//! The builder of a remote set. What can be wrong with a setting is found by `build`, and none of it later.

use std::{error::Error, fmt, time::Duration};

#[cfg(feature = "reqwest")]
use super::reqwest_fetcher::ReqwestFetcher;
use super::{
    fetcher::JwksFetcher,
    location::{JwksUrlError, Location},
    remote::{RemoteJwks, Timing},
    source::{Origin, Source},
};
use crate::key::KeyLoader;

/// Builds a [`RemoteJwks`].
#[derive(Clone)]
pub struct RemoteJwksBuilder {
    at: At,
    http_on_loopback: bool,
    loader: KeyLoader,
    deadline: Duration,
    timing: Timing,
    #[cfg(feature = "prepared")]
    max_prepared: usize,
}

#[derive(Clone)]
enum At {
    Url(String),
    Issuer(String),
}

/// Why a remote set is not built.
#[derive(Debug)]
#[non_exhaustive]
pub enum JwksConfigError {
    /// The URL or the issuer's identifier.
    Url(JwksUrlError),
    /// The lifetime is not within 10 seconds and 24 hours.
    Lifetime,
    /// The outage tolerance is more than 24 hours.
    OutageTolerance,
    /// The cool-down is not within 1 second and 1 hour.
    CoolDown,
    /// The deadline is not within 100 milliseconds and 30 seconds.
    Deadline,
    /// The loader is for HMAC keys, which nobody publishes.
    Secrets,
    /// There is no certificate to trust.
    NoCertificate,
    /// The HTTP client could not be set up.
    HttpClient(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for JwksConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url(_) => "keys are not fetched from that url",
            Self::Lifetime => "the lifetime is not within 10 seconds and 24 hours",
            Self::OutageTolerance => "the outage tolerance is more than 24 hours",
            Self::CoolDown => "the cool-down is not within 1 second and 1 hour",
            Self::Deadline => "the deadline is not within 100 milliseconds and 30 seconds",
            Self::Secrets => "hmac keys are not fetched",
            Self::NoCertificate => "there is no certificate to trust",
            Self::HttpClient(_) => "the http client could not be set up",
        })
    }
}

impl Error for JwksConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Url(error) => Some(error),
            Self::HttpClient(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<JwksUrlError> for JwksConfigError {
    fn from(error: JwksUrlError) -> Self {
        Self::Url(error)
    }
}

impl RemoteJwksBuilder {
    pub(super) fn at_url(url: &str) -> Self {
        Self::new(At::Url(url.to_owned()))
    }

    pub(super) fn of_issuer(issuer: &str) -> Self {
        Self::new(At::Issuer(issuer.to_owned()))
    }

    const fn new(at: At) -> Self {
        Self {
            at,
            http_on_loopback: false,
            loader: KeyLoader::for_jwk(),
            deadline: Duration::from_secs(5),
            timing: Timing {
                lifetime: Duration::from_secs(300),
                outage_tolerance: Duration::from_secs(3600),
                cool_down: Duration::from_secs(30),
            },
            #[cfg(feature = "prepared")]
            max_prepared: 0,
        }
    }

    /// Accepts `http` URLs whose host is an address of 127.0.0.0/8 or ::1, for tests and sidecars. Whatever listens there decides
    /// which keys are trusted. `localhost` is not accepted: a name can lead anywhere.
    #[must_use]
    pub const fn allow_http_on_loopback(mut self) -> Self {
        self.http_on_loopback = true;
        self
    }

    /// How the set's keys are loaded: `KeyLoader::new(Algorithm::RS256)` where RSA keys name no algorithm, as those of some large
    /// issuers do. By default each key must name its algorithm or settle it by its curve.
    #[must_use]
    pub fn key_loader(mut self, loader: KeyLoader) -> Self {
        self.loader = loader;
        self
    }

    /// How long a set is good for: 300 seconds by default, 10 seconds to 24 hours. It is renewed from 4/5 of it on. A key that the
    /// issuer has removed is accepted for as long. `Cache-Control` makes no difference.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.timing.lifetime = lifetime;
        self
    }

    /// How long a set is used past its lifetime while no new one can be had: an hour by default, at most 24 hours. Zero refuses
    /// every token in an outage, as unavailable.
    #[must_use]
    pub const fn outage_tolerance(mut self, tolerance: Duration) -> Self {
        self.timing.outage_tolerance = tolerance;
        self
    }

    /// How long after the start of a fetch no other is made for a key that is not in the set: 30 seconds by default, 1 second to
    /// 1 hour. It is also the longest pause after failures.
    #[must_use]
    pub const fn cool_down(mut self, pause: Duration) -> Self {
        self.timing.cool_down = pause;
        self
    }

    /// The time in which everything must have arrived, metadata included: 5 seconds by default, 100 milliseconds to 30 seconds. No
    /// caller waits for longer.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Prepares the keys, with tables of at most that many octets in all: see [`KeySet::prepare`](crate::KeySet::prepare). The issuer
    /// chooses the keys, and how many; this is what their tables can take of memory. They are made on a thread for blocking work,
    /// once a set has arrived, which is used without them until then. Keys that were in the set before keep theirs.
    #[cfg(feature = "prepared")]
    #[must_use]
    pub const fn prepare_keys(mut self, max_octets: usize) -> Self {
        self.max_prepared = max_octets;
        self
    }

    /// The set, fetched by [`ReqwestFetcher`]. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`JwksConfigError`].
    #[cfg(feature = "reqwest")]
    pub fn build(self) -> Result<RemoteJwks, JwksConfigError> {
        self.build_with(ReqwestFetcher::new()?)
    }

    /// The set, fetched by that. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`JwksConfigError`].
    pub fn build_with(self, fetcher: impl JwksFetcher) -> Result<RemoteJwks, JwksConfigError> {
        const DAY: Duration = Duration::from_secs(86_400);
        let Self { at, http_on_loopback, loader, deadline, timing, .. } = self;
        let origin = match at {
            At::Url(url) => Origin::Set(Location::new(&url, http_on_loopback)?),
            At::Issuer(issuer) => Origin::Issuer(Location::of_metadata(&issuer, http_on_loopback)?, issuer.into()),
        };
        let within = |value, least, most| (Duration::from_millis(least)..=most).contains(&value);
        if !within(timing.lifetime, 10_000, DAY) {
            return Err(JwksConfigError::Lifetime);
        }
        if timing.outage_tolerance > DAY {
            return Err(JwksConfigError::OutageTolerance);
        }
        if !within(timing.cool_down, 1000, Duration::from_secs(3600)) {
            return Err(JwksConfigError::CoolDown);
        }
        if !within(deadline, 100, Duration::from_secs(30)) {
            return Err(JwksConfigError::Deadline);
        }
        if loader.algorithm().is_some_and(|algorithm| algorithm.is_symmetric()) {
            return Err(JwksConfigError::Secrets);
        }
        let source = Source { origin, http_on_loopback, loader, deadline, fetcher: Box::new(fetcher) };
        Ok(RemoteJwks::new(
            source,
            timing,
            #[cfg(feature = "prepared")]
            self.max_prepared,
        ))
    }
}

/// A URL's path or query may hold a secret.
impl fmt::Debug for RemoteJwksBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteJwksBuilder").field("timing", &self.timing).finish_non_exhaustive()
    }
}
