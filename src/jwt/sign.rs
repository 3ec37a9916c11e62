//! The signer.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use serde::Serialize;

use super::{
    claims::Claims,
    error::{Claim, ConfigError, SignError},
};
use crate::{
    encoding::{
        base64url,
        json::{JsonError, Parser},
        limits,
    },
    jws::JwsSigner,
    key::SigningKey,
    time::{Clock, NumericDate, SystemClock},
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
        if !(1..=limits::MAX_TOKEN).contains(&size) {
            return Err(ConfigError::MaxTokenSize);
        }
        self.max_token_size = size;
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
        let now = NumericDate::from_secs(self.clock.now().as_secs());
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| SignError::Random)?;
        let claims = Claims::new(custom)
            .with_issuer(&self.issuer)
            .with_subject(subject)
            .with_audience(&self.audience)
            .with_expires_at(now.plus(self.lifetime))
            .with_not_before(now)
            .with_issued_at(now)
            .with_token_id(&base64url::encode(&id));
        self.sign_claims(&claims)
    }

    /// Signs exactly those claims: this signer's issuer, audience and lifetime are not added.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign_claims<C: Serialize>(&self, claims: &Claims<C>) -> Result<String, SignError> {
        let token = self.jws.sign(&payload(claims)?).map_err(SignError::Failed)?;
        if token.len() > self.max_token_size {
            return Err(SignError::TooLarge { size: token.len(), limit: self.max_token_size });
        }
        Ok(token)
    }
}

/// The payload: the registered claims, then the custom ones. What the custom type writes is read back with the parser that
/// verifiers use, so that no token is signed that they would refuse.
fn payload<C: Serialize>(claims: &Claims<C>) -> Result<Vec<u8>, SignError> {
    let mut json = registered(claims);
    let custom_start = json.len();
    serde_json::to_writer(&mut json, &claims.custom).map_err(|_| SignError::Serialize)?;
    let custom = json.get(custom_start..).unwrap_or_default();
    let members = if custom == b"null" { 0 } else { check_custom(custom)? };
    if members > limits::MEMBERS - Claim::COUNT {
        return Err(SignError::Json(JsonError::TooManyMembers));
    }
    if members == 0 {
        json.truncate(custom_start);
        json.push(b'}');
    } else if let (Some(brace), true) = (json.get_mut(custom_start), custom_start > 1) {
        // The members follow those before them.
        *brace = b',';
    } else {
        json.drain(..custom_start);
    }
    Ok(json)
}

/// `{` and the registered claims.
fn registered<C>(claims: &Claims<C>) -> Vec<u8> {
    let mut json = String::from("{");
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut member = |claim: Claim, value: String| {
        let comma = if json.len() > 1 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(json, "{comma}\"{claim}\":{value}");
    };
    let audience: Vec<String> = claims.audience().map(quoted).collect();
    if let Some(issuer) = claims.issuer() {
        member(Claim::Issuer, quoted(issuer));
    }
    if let Some(subject) = claims.subject() {
        member(Claim::Subject, quoted(subject));
    }
    if !audience.is_empty() {
        member(Claim::Audience, format!("[{}]", audience.join(",")));
    }
    for (claim, time) in [
        (Claim::ExpiresAt, claims.expires_at()),
        (Claim::NotBefore, claims.not_before()),
        (Claim::IssuedAt, claims.issued_at()),
    ] {
        if let Some(time) = time {
            member(claim, time.to_string());
        }
    }
    if let Some(id) = claims.token_id() {
        member(Claim::TokenId, quoted(id));
    }
    json.into_bytes()
}

/// Checks what the custom type wrote, and counts its members.
fn check_custom(json: &[u8]) -> Result<usize, SignError> {
    let not_object =
        |error| if error == JsonError::NotAnObject { SignError::NotAnObject } else { SignError::Json(error) };
    let mut parser = Parser::new(json).map_err(SignError::Json)?;
    let mut object = parser.object().map_err(not_object)?;
    let mut members = 0;
    while let Some(name) = object.next_name().map_err(SignError::Json)? {
        if let Some(claim) = Claim::from_name(&name) {
            return Err(SignError::ReservedClaim(claim));
        }
        object.parser.raw_value().map_err(SignError::Json)?;
        members += 1;
    }
    Ok(members)
}
