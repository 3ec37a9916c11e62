//! The verifier's builder. It does not build until issuer and audience are each expected or waived by name.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use super::{
    config_error::ConfigError,
    error::Claim,
    rules::TokenRules,
    validate::{Policy, TokenType},
    verify::JwtVerifier,
};
use crate::{
    encoding::limits,
    jws::KnownHeaders,
    key::KeySet,
    time::{Clock, SystemClock},
};

/// The builder's state before a decision.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undecided;

/// The builder's state after a decision.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decided;

/// Builds a [`JwtVerifier`], or with the keys of a URL a remote one. `I` and `A` tell whether issuer and audience are decided,
/// `K` where the keys are.
///
/// Forgetting one does not compile:
/// ```compile_fail,E0599
/// # use jwtward::{Algorithm, JwtVerifier, SigningKey};
/// let key = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key();
/// JwtVerifier::builder(key).issuer("https://auth.example").build();
/// ```
pub struct JwtVerifierBuilder<I, A, K = KeySet> {
    keys: K,
    rules: TokenRules,
    decided: PhantomData<(I, A)>,
}

/// The largest leeway. More is not clock skew but a longer lifetime.
const MAX_LEEWAY: Duration = Duration::from_secs(600);

/// A token size limit that signers and verifiers can have.
pub(super) fn check_token_size(size: usize) -> Result<usize, ConfigError> {
    if (1..=limits::MAX_TOKEN).contains(&size) { Ok(size) } else { Err(ConfigError::MaxTokenSize) }
}

impl<K> JwtVerifierBuilder<Undecided, Undecided, K> {
    pub(crate) fn new(keys: K) -> Self {
        let policy = Policy {
            issuer: None,
            audience: None,
            token_type: TokenType::Usual,
            leeway: Duration::ZERO,
            expiry_required: true,
            required: Vec::new(),
            max_age: None,
            max_lifetime: None,
            subject: None,
            token_id: None,
        };
        let rules = TokenRules {
            policy,
            max_token_size: limits::DEFAULT_TOKEN,
            clock: Arc::new(SystemClock),
            known: KnownHeaders::default(),
        };
        Self { keys, rules, decided: PhantomData }
    }

    /// Both decisions at once, from a configuration: `None` waives.
    #[cfg(feature = "provider")]
    pub(crate) fn decided(
        mut self,
        issuer: Option<&str>,
        audience: Option<&str>,
    ) -> JwtVerifierBuilder<Decided, Decided, K> {
        self.rules.policy.issuer = issuer.map(Into::into);
        self.rules.policy.audience = audience.map(Into::into);
        self.decide()
    }
}

impl<A, K> JwtVerifierBuilder<Undecided, A, K> {
    /// Accepts tokens of that issuer only: `iss` must be there and equal, octet by octet.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> JwtVerifierBuilder<Decided, A, K> {
        self.rules.policy.issuer = Some(issuer.into());
        self.decide()
    }

    /// Accepts tokens of any issuer whose key is in the set, or of none.
    #[must_use]
    pub fn ignore_issuer(self) -> JwtVerifierBuilder<Decided, A, K> {
        self.decide()
    }
}

impl<I, K> JwtVerifierBuilder<I, Undecided, K> {
    /// Accepts tokens for that audience only: it must be `aud`, or one of its members, octet by octet.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> JwtVerifierBuilder<I, Decided, K> {
        self.rules.policy.audience = Some(audience.into());
        self.decide()
    }

    /// Accepts tokens for any audience. A token that was meant for another service is then accepted here.
    #[must_use]
    pub fn ignore_audience(self) -> JwtVerifierBuilder<I, Decided, K> {
        self.decide()
    }
}

impl<I, A, K> JwtVerifierBuilder<I, A, K> {
    fn decide<J, B>(self) -> JwtVerifierBuilder<J, B, K> {
        let Self { keys, rules, decided: PhantomData } = self;
        JwtVerifierBuilder { keys, rules, decided: PhantomData }
    }

    /// Requires that `typ` (RFC 8725 section 3.11), for instance `at+jwt` (RFC 9068). Letter case and the prefix
    /// `application/` make no difference. By default `typ` must be absent or `JWT`, which does not tell an access token from
    /// another kind of token of the same issuer; this call does.
    #[must_use]
    pub fn token_type(mut self, typ: &str) -> Self {
        self.rules.policy.token_type = TokenType::Expected(typ.into());
        self
    }

    /// Accepts any `typ`, or none: the kinds of token of one issuer are then told apart by their claims alone.
    #[must_use]
    pub fn ignore_token_type(mut self) -> Self {
        self.rules.policy.token_type = TokenType::Waived;
        self
    }

    /// Allows the clocks of issuer and verifier to differ by that much: 0 by default, at most 600 seconds. An expired token
    /// lives on by as much.
    ///
    /// # Errors
    /// [`ConfigError::Leeway`].
    pub fn leeway(mut self, leeway: Duration) -> Result<Self, ConfigError> {
        if leeway > MAX_LEEWAY {
            return Err(ConfigError::Leeway);
        }
        self.rules.policy.leeway = leeway;
        Ok(self)
    }

    /// Limits a token's size, in octets: 8192 by default, at most 1 MiB. A larger token is refused before any decoding.
    ///
    /// # Errors
    /// [`ConfigError::MaxTokenSize`].
    pub fn max_token_size(mut self, size: usize) -> Result<Self, ConfigError> {
        self.rules.max_token_size = check_token_size(size)?;
        Ok(self)
    }

    /// Refuses tokens without this claim.
    #[must_use]
    pub fn require(mut self, claim: Claim) -> Self {
        self.rules.policy.required.push(claim);
        self
    }

    /// Refuses tokens issued longer ago than this, and tokens without `iat`.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.rules.policy.max_age = Some(age);
        self
    }

    /// Refuses tokens whose `exp` is further from their `iat` than this, and tokens without either.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.rules.policy.max_lifetime = Some(lifetime);
        self
    }

    /// Accepts tokens about that subject only: `sub` must be there and equal.
    #[must_use]
    pub fn subject(mut self, subject: &str) -> Self {
        self.rules.policy.subject = Some(subject.into());
        self
    }

    /// Accepts the token of that id only: `jti` must be there and equal.
    #[must_use]
    pub fn token_id(mut self, id: &str) -> Self {
        self.rules.policy.token_id = Some(id.into());
        self
    }

    /// Accepts tokens without `exp`. Such a token is valid until its key is removed.
    #[must_use]
    pub fn danger_allow_missing_expiry(mut self) -> Self {
        self.rules.policy.expiry_required = false;
        self
    }

    /// Takes the time from there: for tests and replays.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.rules.clock = Arc::new(clock);
        self
    }
}

#[cfg(feature = "prepared")]
impl<I, A> JwtVerifierBuilder<I, A> {
    /// Prepares the keys, with tables of at most that many octets in all: see [`KeySet::prepare`]. Takes a millisecond or so a
    /// key, here and now.
    #[must_use]
    pub fn prepare_keys(mut self, max_octets: usize) -> Self {
        self.keys = self.keys.prepare(max_octets);
        self
    }
}

impl JwtVerifierBuilder<Decided, Decided> {
    /// The verifier.
    #[must_use]
    pub fn build(self) -> JwtVerifier {
        JwtVerifier { keys: self.keys, rules: self.rules }
    }
}

#[cfg(any(feature = "provider", feature = "jwks-client"))]
impl<K> JwtVerifierBuilder<Decided, Decided, K> {
    /// Where the keys are, and how tokens are judged.
    pub(crate) fn into_parts(self) -> (K, TokenRules) {
        (self.keys, self.rules)
    }
}

/// As of the verifier, the policy is not shown.
impl<I, A, K: fmt::Debug> fmt::Debug for JwtVerifierBuilder<I, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifierBuilder").field("keys", &self.keys).finish_non_exhaustive()
    }
}
