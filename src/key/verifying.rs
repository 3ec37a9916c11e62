//! The verifying key.

use std::{fmt, sync::Arc};

use super::{KeyError, KeyLoader};
#[cfg(feature = "prepared")]
use crate::crypto::prepared::Prepared;
use crate::{
    algorithm::{Algorithm, Family},
    crypto::{InvalidSignature, Verifier},
    id::KeyId,
};

/// A key that verifies: a public key, or an HMAC secret. Bound to one algorithm. Cloning shares it.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    kid: Option<KeyId>,
    verifier: Arc<Verifier>,
    /// Its tables, if they were made. They say nothing new of the key, so with and without them it is the same one.
    #[cfg(feature = "prepared")]
    pub(super) prepared: Option<Arc<Prepared>>,
    both_ed25519_names: bool,
}

impl VerifyingKey {
    pub(crate) fn new(algorithm: Algorithm, kid: Option<KeyId>, verifier: Verifier) -> Self {
        Self {
            algorithm,
            kid,
            // Every test can be run on prepared keys.
            #[cfg(all(feature = "prepared", jwtward_prepare_all))]
            prepared: Prepared::new(&verifier).map(Arc::new),
            #[cfg(all(feature = "prepared", not(jwtward_prepare_all)))]
            prepared: None,
            verifier: Arc::new(verifier),
            both_ed25519_names: false,
        }
    }

    /// An HMAC key from its secret: at least as many octets as the hash has (RFC 7518 section 3.2), from a random source.
    /// The octets are used as they are.
    ///
    /// # Errors
    /// [`KeyError::TooShort`], [`KeyError::SecretIsKey`], [`KeyError::WrongKeyType`] when `algorithm` is not an HMAC.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).verifying_secret(secret)
    }

    /// A public key from PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// [`KeyError`]; a private key is refused, so that one is not carried to where only the public half belongs.
    #[cfg(feature = "_der")]
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).verifying_pem(pem)
    }

    /// A public key from DER: SPKI, or PKCS#1 for RSA.
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).verifying_der(der)
    }

    /// A key from a JWK (RFC 7517). Without `alg`, an EC key takes its curve's algorithm and an Ed25519 key `EdDSA`.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::AlgorithmRequired`] for an RSA or oct key without `alg`: see [`VerifyingKey::from_jwk_as`].
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        KeyLoader::for_jwk().verifying_jwk(json)
    }

    /// A key from a JWK, for that algorithm. A different `alg` in the JWK is an error.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_jwk_as(algorithm: Algorithm, json: &str) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).verifying_jwk(json)
    }

    /// The algorithm the key is bound to.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's identifier, if it has one.
    #[must_use]
    pub const fn key_id(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// The same key under another identifier.
    #[must_use]
    pub fn with_key_id(mut self, kid: KeyId) -> Self {
        self.kid = Some(kid);
        self
    }

    /// Accepts a header's `EdDSA` and `Ed25519` alike: two registered names of one signature (RFC 9864). For the time of a
    /// change from one name to the other.
    ///
    /// # Errors
    /// [`KeyError::WrongKeyType`] when this is not an Ed25519 key.
    pub fn accept_both_ed25519_names(mut self) -> Result<Self, KeyError> {
        if self.algorithm.family() != Family::Okp {
            return Err(KeyError::WrongKeyType);
        }
        self.both_ed25519_names = true;
        Ok(self)
    }

    /// Whether a header with this `alg` may use the key.
    pub(crate) fn accepts(&self, algorithm: Option<Algorithm>) -> bool {
        algorithm == Some(self.algorithm)
            || (self.both_ed25519_names && algorithm.is_some_and(|named| named.family() == Family::Okp))
    }

    /// Whether the two are one key: clones of one another, not merely equal.
    #[cfg(feature = "provider")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.verifier, &other.verifier)
    }

    pub(super) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        #[cfg(feature = "prepared")]
        if let Some(prepared) = &self.prepared {
            return prepared.verify(message, signature);
        }
        self.verifier.verify(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
