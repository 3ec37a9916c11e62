//! The verifier: parse, select the key, verify, validate.

use std::{fmt, ops::Deref, sync::Arc};

use serde::de::DeserializeOwned;

use super::{
    builder::{JwtVerifierBuilder, Undecided},
    claims::Claims,
    error::{ClaimError, VerifyError},
    parse,
    validate::Policy,
};
use crate::{
    encoding::json::JsonError,
    jws::{Header, Malformed, UnverifiedJws},
    key::KeySet,
    time::Clock,
};

/// Verifies tokens of one issuer against one policy. Needs no private key, no store and no runtime.
#[derive(Clone)]
pub struct JwtVerifier {
    pub(super) keys: KeySet,
    pub(super) policy: Policy,
    pub(super) max_token_size: usize,
    pub(super) clock: Arc<dyn Clock>,
}

impl JwtVerifier {
    /// Begins with the keys to trust: one [`VerifyingKey`](crate::VerifyingKey), or a [`KeySet`].
    #[must_use]
    pub fn builder(keys: impl Into<KeySet>) -> JwtVerifierBuilder<Undecided, Undecided> {
        JwtVerifierBuilder::new(keys.into())
    }

    /// Verifies and validates a token. `C` receives the members that RFC 7519 does not register; `()` if there are none of
    /// interest. The registered claims are read from the result: `C` must not ask for them.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<ValidatedJwt<C>, VerifyError> {
        self.verify_with(token, |_| Ok(()))
    }

    /// The same with one more check of the claims, run last. What it gives as a reason is for logs; it should not hold
    /// anything of the token.
    ///
    /// # Errors
    /// [`VerifyError`]; [`ClaimError::Rejected`] with the check's reason.
    pub fn verify_with<C: DeserializeOwned>(
        &self,
        token: &str,
        check: impl FnOnce(&Claims<C>) -> Result<(), &'static str>,
    ) -> Result<ValidatedJwt<C>, VerifyError> {
        let jws = UnverifiedJws::parse_jwt(token, self.max_token_size)?;
        let key = jws.select(&self.keys).ok_or(VerifyError::NoMatchingKey)?;
        jws.check_algorithm(key)?;
        if !self.policy.accepts_type(jws.header()) {
            return Err(VerifyError::TokenType);
        }
        let (header, payload) = jws.verify(key)?.into_parts();

        let payload = String::from_utf8(payload).map_err(|_| Malformed::Payload(JsonError::Utf8))?;
        let read = parse::read::<C>(&payload).map_err(Malformed::Payload)?;
        self.policy.validate(&read.found, self.clock.now())?;
        let (custom, registered) = (read.custom?, read.found.into_registered(&payload));
        let claims = Claims::from_payload(registered, payload, custom);
        check(&claims).map_err(ClaimError::Rejected)?;
        Ok(ValidatedJwt { header, claims })
    }
}

/// The expected subject and token id may be personal data, so the policy is not shown.
impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// A token that was verified and validated. Only [`JwtVerifier`] makes one.
#[derive(Clone)]
pub struct ValidatedJwt<C> {
    header: Header,
    claims: Claims<C>,
}

impl<C> ValidatedJwt<C> {
    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload as it was signed: a JSON object.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.claims.registered.payload
    }

    /// The claims.
    #[must_use]
    pub const fn claims(&self) -> &Claims<C> {
        &self.claims
    }

    /// The claims, by value.
    #[must_use]
    pub fn into_claims(self) -> Claims<C> {
        self.claims
    }
}

/// The claims are what a token is read for.
impl<C> Deref for ValidatedJwt<C> {
    type Target = Claims<C>;

    fn deref(&self) -> &Claims<C> {
        &self.claims
    }
}

impl<C> fmt::Debug for ValidatedJwt<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedJwt").field("claims", &self.claims).finish_non_exhaustive()
    }
}
