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
    id::SessionId,
    jws::{Header, Malformed, UnverifiedJws},
    key::{KeySet, VerifyingKey},
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
        let (verified, _) = self.verify_signature(token)?;
        self.validate(verified, check)
    }

    /// Parses a token, selects its key and verifies its signature; of the payload only that it is text is checked.
    pub(crate) fn verify_signature(&self, token: &str) -> Result<(VerifiedToken, &VerifyingKey), VerifyError> {
        let jws = UnverifiedJws::parse_jwt(token, self.max_token_size)?;
        let key = jws.select(&self.keys).ok_or(VerifyError::NoMatchingKey)?;
        jws.check_algorithm(key)?;
        if !self.policy.accepts_type(jws.header()) {
            return Err(VerifyError::TokenType);
        }
        let (header, payload) = jws.verify(key)?.into_parts();
        let payload = String::from_utf8(payload).map_err(|_| Malformed::Payload(JsonError::Utf8))?;
        Ok((VerifiedToken { header, payload }, key))
    }

    /// Reads the claims of a verified token and checks them.
    pub(crate) fn validate<C: DeserializeOwned>(
        &self,
        verified: VerifiedToken,
        check: impl FnOnce(&Claims<C>) -> Result<(), &'static str>,
    ) -> Result<ValidatedJwt<C>, VerifyError> {
        let VerifiedToken { header, payload } = verified;
        let read = parse::read::<C>(&payload).map_err(Malformed::Payload)?;
        self.policy.validate(&read.found, self.clock.now())?;
        let (custom, registered) = (read.custom?, read.found.into_registered(&payload));
        let claims = Claims::from_payload(registered, payload, custom);
        check(&claims).map_err(ClaimError::Rejected)?;
        Ok(ValidatedJwt { header, claims, session: None })
    }

    /// The longest acceptable token, in octets.
    #[cfg(feature = "tower")]
    pub(crate) const fn max_token_size(&self) -> usize {
        self.max_token_size
    }

    /// Whether the token's size is acceptable.
    #[cfg(feature = "provider")]
    pub(crate) fn check_size(&self, token: &str) -> Result<(), Malformed> {
        let (size, limit) = (token.len(), self.max_token_size);
        if size > limit { Err(Malformed::TooLarge { size, limit }) } else { Ok(()) }
    }

    /// Whether the key for this header is still that one.
    #[cfg(feature = "provider")]
    pub(crate) fn trusts(&self, header: &Header, key: &VerifyingKey) -> bool {
        self.keys.select(header.key_id(), header.algorithm()).is_some_and(|now| now.is(key))
    }
}

/// A token whose signature holds, its claims not yet read.
#[derive(Clone)]
pub(crate) struct VerifiedToken {
    pub(crate) header: Header,
    pub(crate) payload: String,
}

/// The expected subject and token id may be personal data, so the policy is not shown.
impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// A token that was verified and validated. Only [`JwtVerifier`] makes one, and the token provider, which also asks its store.
#[derive(Clone)]
pub struct ValidatedJwt<C> {
    header: Header,
    claims: Claims<C>,
    session: Option<SessionId>,
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

    /// The session that the token belongs to, if a token provider tracks it.
    #[must_use]
    pub const fn session_id(&self) -> Option<SessionId> {
        self.session
    }

    /// The same token with its custom claims read further.
    #[cfg(feature = "provider")]
    pub(crate) fn try_map<D, E>(
        self,
        map: impl FnOnce(C) -> Result<(Option<SessionId>, D), E>,
    ) -> Result<ValidatedJwt<D>, E> {
        let Claims { registered, custom } = self.claims;
        let (session, custom) = map(custom)?;
        Ok(ValidatedJwt { header: self.header, claims: Claims { registered, custom }, session })
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
