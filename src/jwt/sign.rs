//! The signer.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

#[cfg(feature = "provider")]
use super::sign_claims::payload_with;
use super::{
    builder::check_token_size,
    claims::Claims,
    config_error::ConfigError,
    random_id::random_id,
    sign_claims::{Outgoing, payload},
    sign_error::SignError,
};
use crate::{
    encoding::{base64url, limits},
    jws::JwsSigner,
    key::SigningKey,
    time::{Clock, SystemClock},
};

/// Signs tokens of one issuer for one audience, each for the same lifetime.
#[derive(Clone, Debug)]
pub struct JwtSigner {
    jws: JwsSigner,
    issuer: Box<str>,
    audience: Box<str>,
    lifetime: Duration,
    max_token_size: usize,
    clock: Arc<dyn Clock>,
}

/// The longest lifetime, far beyond any sensible one: 100 years.
const MAX_LIFETIME: Duration = Duration::from_secs(100 * 365 * 86_400);

impl JwtSigner {
    /// A signer of tokens with `typ` `JWT` that live for `lifetime`, which counts in whole seconds.
    ///
    /// # Errors
    /// [`ConfigError::Lifetime`] when it is shorter than a second or longer than 100 years.
    pub fn new(key: SigningKey, issuer: &str, audience: &str, lifetime: Duration) -> Result<Self, ConfigError> {
        if !(Duration::from_secs(1)..=MAX_LIFETIME).contains(&lifetime) {
            return Err(ConfigError::Lifetime);
        }
        Ok(Self {
            jws: JwsSigner::with_token_type(key, "JWT"),
            issuer: issuer.into(),
            audience: audience.into(),
            lifetime: Duration::from_secs(lifetime.as_secs()),
            max_token_size: limits::DEFAULT_TOKEN,
            clock: Arc::new(SystemClock),
        })
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        self.jws.key()
    }

    /// The same signer with another key.
    #[must_use]
    pub fn with_key(&self, key: SigningKey) -> Self {
        Self { jws: self.jws.with_key(key), ..self.clone() }
    }

    /// Signs with that `typ` instead, for instance `at+jwt` (RFC 9068).
    #[must_use]
    pub fn token_type(mut self, typ: &str) -> Self {
        self.jws = JwsSigner::with_token_type(self.jws.key().clone(), typ);
        self
    }

    /// Limits a token's size, in octets: 8192 by default, as for verifiers.
    ///
    /// # Errors
    /// [`ConfigError::MaxTokenSize`] when it is 0 or above 1 MiB.
    pub fn max_token_size(mut self, size: usize) -> Result<Self, ConfigError> {
        self.max_token_size = check_token_size(size)?;
        Ok(self)
    }

    /// Takes the time from there: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Signs a token about `subject`: `iss`, `sub`, `aud` (an array of one), `exp`, `nbf`, `iat` in whole seconds, a `jti` of
    /// 128 random bits, and the members of `custom`, which must be a map or struct without any of these names, or `()`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign<C: Serialize>(&self, subject: &str, custom: &C) -> Result<String, SignError> {
        let now = self.clock.now().whole_secs();
        let mut room = [0; 22];
        let id = random_id().map_err(|_| SignError::Random)?;
        let id = base64url::encode_into(&id, &mut room).map_err(|_| SignError::Random)?;
        let claims = Outgoing {
            issuer: Some(&self.issuer),
            subject: Some(subject),
            audience: [&*self.audience].into(),
            expires_at: Some(now.plus(self.lifetime)),
            not_before: Some(now),
            issued_at: Some(now),
            token_id: Some(id),
        };
        self.sign_payload(&payload(&claims, custom)?)
    }

    /// Signs exactly those claims: this signer's issuer, audience and lifetime are not added.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign_claims<C: Serialize>(&self, claims: &Claims<C>) -> Result<String, SignError> {
        self.sign_payload(&payload(&claims.into(), claims.custom())?)
    }

    /// The same with the custom claims as the text of a JSON object.
    #[cfg(feature = "provider")]
    pub(crate) fn sign_text(&self, claims: &Outgoing<'_>, members: &str) -> Result<String, SignError> {
        self.sign_payload(&payload_with(claims, members)?)
    }

    fn sign_payload(&self, payload: &[u8]) -> Result<String, SignError> {
        let token = self.jws.sign(payload).map_err(SignError::Failed)?;
        if token.len() > self.max_token_size {
            return Err(SignError::TooLarge { size: token.len(), limit: self.max_token_size });
        }
        Ok(token)
    }
}
