//! The verifier, and what it gives.

use std::{fmt, ops::Deref};

use serde::de::DeserializeOwned;

use super::{
    builder::{JwtVerifierBuilder, Undecided},
    claims::Claims,
    error::VerifyError,
    rules::TokenRules,
};
use crate::{id::SessionId, jws::Header, key::KeySet};

/// Verifies tokens of one issuer against one policy. Needs no private key, no store and no runtime.
#[derive(Clone)]
pub struct JwtVerifier {
    pub(super) keys: KeySet,
    pub(super) rules: TokenRules,
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
    /// [`VerifyError`]; [`ClaimError::Rejected`](super::ClaimError::Rejected) with the check's reason.
    pub fn verify_with<C: DeserializeOwned>(
        &self,
        token: &str,
        check: impl FnOnce(&Claims<C>) -> Result<(), &'static str>,
    ) -> Result<ValidatedJwt<C>, VerifyError> {
        let (verified, _) = self.rules.verify(&self.keys, self.rules.parse(token)?)?;
        self.rules.validate(verified, check)
    }

    /// The longest acceptable token, in octets.
    #[cfg(feature = "tower")]
    pub(crate) const fn max_token_size(&self) -> usize {
        self.rules.max_token_size()
    }
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
    pub(super) header: Header,
    pub(super) claims: Claims<C>,
    pub(super) session: Option<SessionId>,
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
