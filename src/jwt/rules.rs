//! How a token is judged: parse, select the key, verify, validate. Whose keys they are, and how they came here, is not known.

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;

use super::{
    claims::Claims,
    error::{ClaimError, VerifyError},
    parse::{self, Found},
    validate::Policy,
    verify::ValidatedJwt,
};
use crate::{
    encoding::json::JsonError,
    jws::{Header, KnownHeaders, Malformed, UnverifiedJws},
    key::{KeySet, VerifyingKey},
    time::Clock,
};

/// The policy, the size limit and the clock of a verifier.
#[derive(Clone)]
pub(crate) struct TokenRules {
    pub(super) policy: Policy,
    pub(super) max_token_size: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) known: KnownHeaders,
}

impl TokenRules {
    /// The token in its parts. Nothing of it is known to be true.
    pub(crate) fn parse<'t>(&self, token: &'t str) -> Result<UnverifiedJws<'t>, VerifyError> {
        Ok(UnverifiedJws::parse_jwt(token, self.max_token_size, &self.known)?)
    }

    /// Selects the token's key and verifies its signature; of the payload only that it is text is checked.
    pub(crate) fn verify<'k>(
        &self,
        keys: &'k KeySet,
        jws: UnverifiedJws<'_>,
    ) -> Result<(VerifiedToken, &'k VerifyingKey), VerifyError> {
        let key = jws.select(keys).ok_or(VerifyError::NoMatchingKey)?;
        jws.check_algorithm(key)?;
        if !self.policy.accepts_type(jws.header()) {
            return Err(VerifyError::TokenType);
        }
        let header_text = jws.header_text();
        let (header, payload) = jws.verify(key)?.into_parts();
        self.known.remember(header_text, &header);
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
        let mut found = Found::default();
        let custom = parse::read::<C>(&payload, &mut found).map_err(Malformed::Payload)?;
        found.registered.payload = payload;
        self.policy.validate(&found, self.clock.now())?;
        let claims = Claims { registered: found.registered, custom: custom? };
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
}

/// The expected subject and token id may be personal data, so the policy is not shown.
impl fmt::Debug for TokenRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRules").finish_non_exhaustive()
    }
}

/// A token whose signature holds, its claims not yet read.
#[derive(Clone)]
pub(crate) struct VerifiedToken {
    pub(crate) header: Header,
    pub(crate) payload: String,
}
