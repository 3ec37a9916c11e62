//! The verifier over a remote set.

use serde::de::DeserializeOwned;

use super::{error::RemoteVerifyError, remote::RemoteJwks};
use crate::jwt::{Claims, Decided, JwtVerifierBuilder, TokenRules, Undecided, ValidatedJwt, VerifyError};

/// Verifies tokens of one issuer against one policy, with the keys behind its URL. Cloning shares the keys.
///
/// Its builder is that of [`JwtVerifier`](crate::JwtVerifier), and tokens are judged in the same way.
#[derive(Clone, Debug)]
pub struct RemoteVerifier {
    jwks: RemoteJwks,
    rules: TokenRules,
}

impl RemoteVerifier {
    /// Begins with the keys to trust. Several verifiers may share one set.
    #[must_use]
    pub fn builder(jwks: RemoteJwks) -> JwtVerifierBuilder<Undecided, Undecided, RemoteJwks> {
        JwtVerifierBuilder::new(jwks)
    }

    /// Verifies and validates a token: see [`JwtVerifier::verify`](crate::JwtVerifier::verify). Waits for the keys if they are not
    /// there, or not the one that the token names; a token that is malformed or of another kind of algorithm causes no fetch.
    ///
    /// Needs a tokio runtime with time enabled. Dropping the future harms nothing: the fetch is not the caller's.
    ///
    /// # Errors
    /// [`RemoteVerifyError`].
    pub async fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<ValidatedJwt<C>, RemoteVerifyError> {
        self.verify_with(token, |_| Ok(())).await
    }

    /// The same with one more check of the claims: see [`JwtVerifier::verify_with`](crate::JwtVerifier::verify_with).
    ///
    /// # Errors
    /// [`RemoteVerifyError`].
    pub async fn verify_with<C: DeserializeOwned>(
        &self,
        token: &str,
        check: impl FnOnce(&Claims<C>) -> Result<(), &'static str>,
    ) -> Result<ValidatedJwt<C>, RemoteVerifyError> {
        let jws = self.rules.parse(token)?;
        let named = jws.header().algorithm().filter(|algorithm| !algorithm.is_symmetric());
        let loaded = self.jwks.loader().algorithm();
        // No set that is accepted holds a key for it.
        if named.is_none() || loaded.is_some() && loaded != named {
            return Err(VerifyError::AlgorithmMismatch.into());
        }
        let keys = self.jwks.fitting(|keys| jws.select(keys).is_some()).await?;
        let (verified, _) = self.rules.verify(&keys, jws)?;
        Ok(self.rules.validate(verified, check)?)
    }

    /// The keys.
    #[must_use]
    pub const fn jwks(&self) -> &RemoteJwks {
        &self.jwks
    }

    /// The longest acceptable token, in octets.
    #[cfg(feature = "tower")]
    pub(crate) const fn max_token_size(&self) -> usize {
        self.rules.max_token_size()
    }
}

impl JwtVerifierBuilder<Decided, Decided, RemoteJwks> {
    /// The verifier. Nothing is fetched yet: see [`RemoteJwks::key_set`].
    #[must_use]
    pub fn build(self) -> RemoteVerifier {
        let (jwks, rules) = self.into_parts();
        RemoteVerifier { jwks, rules }
    }
}
