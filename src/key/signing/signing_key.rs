//! The signing key.

use std::{fmt, sync::Arc};

use super::build;
use crate::{
    algorithm::Algorithm,
    crypto::signing::{Signer, SigningFailed},
    id::KeyId,
    key::{KeyError, KeyLoader, VerifyingKey},
    secret::SecretBytes,
};

/// A key that signs: a private key, or an HMAC secret. Bound to one algorithm. Cloning shares it; the last one dropped wipes it.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Option<KeyId>,
    material: Arc<Material>,
}

/// What is shared between clones.
pub(super) struct Material {
    pub(super) signer: Signer,
    /// An HMAC key's secret, kept for its export alone.
    pub(super) secret: Option<SecretBytes>,
}

impl SigningKey {
    pub(super) fn new(algorithm: Algorithm, kid: Option<KeyId>, material: Material) -> Self {
        Self { algorithm, kid, material: Arc::new(material) }
    }

    /// A new key from the operating system's random source: for HMAC a secret as long as the hash, for RSA a modulus of 3072
    /// bits.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the source fails, [`KeyError::AlgorithmDisabled`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        build::generate(algorithm).map(|material| Self::new(algorithm, None, material))
    }

    /// A new RSA key with a modulus of that many bits. A larger one is slower, to sign above all: with 4096 bits several times as slow as with 2048.
    ///
    /// # Errors
    /// [`KeyError::Modulus`] when `bits` is not in 2048 to 8192, [`KeyError::WrongKeyType`] when `algorithm` is not RSA,
    /// [`KeyError::Random`].
    #[cfg(feature = "rsa")]
    pub fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Self, KeyError> {
        build::generate_rsa(algorithm, bits).map(|material| Self::new(algorithm, None, material))
    }

    /// An HMAC key from its secret: at least as many octets as the hash has (RFC 7518 section 3.2), from a random source.
    /// The octets are used as they are.
    ///
    /// # Errors
    /// [`KeyError::TooShort`], [`KeyError::SecretIsKey`], [`KeyError::WrongKeyType`] when `algorithm` is not an HMAC.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).signing_secret(secret)
    }

    /// A private key from PEM: `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY` (SEC1).
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).signing_pem(pem)
    }

    /// A private key from DER: PKCS#8, or PKCS#1 for RSA, or SEC1 for EC.
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).signing_der(der)
    }

    /// A key from a private JWK (RFC 7517). Without `alg`, an EC key takes its curve's algorithm and an Ed25519 key `EdDSA`.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::AlgorithmRequired`] for an RSA or oct key without `alg`: see [`SigningKey::from_jwk_as`].
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        KeyLoader::for_jwk().signing_jwk(json)
    }

    /// A key from a private JWK, for that algorithm. A different `alg` in the JWK is an error.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_jwk_as(algorithm: Algorithm, json: &str) -> Result<Self, KeyError> {
        KeyLoader::new(algorithm).signing_jwk(json)
    }

    /// The algorithm the key is bound to.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's identifier, if it has one. It goes into every header the key signs.
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

    /// The same key with its RFC 7638 thumbprint as identifier.
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] for an HMAC key.
    pub fn with_thumbprint_key_id(self) -> Result<Self, KeyError> {
        let kid = KeyId::new(&self.verifying_key().thumbprint()?)?;
        Ok(self.with_key_id(kid))
    }

    /// The half that verifies, under the same `kid`. It is made anew by each call, so keep it.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::new(self.algorithm, self.kid.clone(), self.material.signer.verifier())
    }

    /// Checks that `public` is this key's own public half: for configurations that give both.
    ///
    /// # Errors
    /// [`KeyError::Mismatch`] when it is not, [`KeyError::Symmetric`] for an HMAC key.
    pub fn check_public(&self, public: &VerifyingKey) -> Result<(), KeyError> {
        let same = self.algorithm == public.algorithm() && self.verifying_key().thumbprint()? == public.thumbprint()?;
        if same { Ok(()) } else { Err(KeyError::Mismatch) }
    }

    pub(super) fn material(&self) -> &Material {
        &self.material
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.material.signer.sign(message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm).field("kid", &self.kid).finish_non_exhaustive()
    }
}
