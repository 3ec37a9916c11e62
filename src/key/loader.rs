//! Loading keys with options. The constructors of the key types are this with the defaults.

use super::{KeyError, KeySet, KeySetError, VerifyingKey, jwk::Jwk, secret, set::Kind};
use crate::{
    algorithm::{Algorithm, Family, Hash},
    encoding::limits,
    id::KeyId,
};

/// Loads keys for one algorithm, with a `kid` and, for old keys, with one of two named exceptions to the strength rules.
///
/// ```
/// use jwtward::{Algorithm, KeyLoader};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let old = KeyLoader::new(Algorithm::HS256).danger_allow_short_hmac_key().key_id("2014")?;
/// let key = old.verifying_secret(b"only 19 octets long")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct KeyLoader {
    pub(super) algorithm: Option<Algorithm>,
    pub(super) kid: Option<KeyId>,
    pub(super) allow_short_hmac: bool,
    pub(super) allow_small_exponent: bool,
}

impl KeyLoader {
    /// Loads keys for that algorithm.
    #[must_use]
    pub const fn new(algorithm: Algorithm) -> Self {
        Self { algorithm: Some(algorithm), kid: None, allow_short_hmac: false, allow_small_exponent: false }
    }

    /// Loads JWKs, each for the algorithm it names in `alg` or settles by its curve.
    #[must_use]
    pub const fn for_jwk() -> Self {
        Self { algorithm: None, kid: None, allow_short_hmac: false, allow_small_exponent: false }
    }

    /// Gives the key this identifier; in a JWK it takes the place of `kid`.
    ///
    /// # Errors
    /// [`KeyError::KeyId`] when it is empty or longer than 256 octets.
    pub fn key_id(mut self, kid: &str) -> Result<Self, KeyError> {
        self.kid = Some(KeyId::new(kid)?);
        Ok(self)
    }

    /// Accepts an HMAC secret shorter than its hash, though never an empty one.
    ///
    /// A short secret can be found by trying: from one token, off-line. Only for keys that cannot be replaced yet.
    #[must_use]
    pub const fn danger_allow_short_hmac_key(mut self) -> Self {
        self.allow_short_hmac = true;
        self
    }

    /// Accepts an RSA public exponent from 3 upwards.
    ///
    /// A small exponent makes forgery possible where any verifier of the same key is careless about padding. Only for keys
    /// that cannot be replaced yet.
    #[must_use]
    pub const fn danger_allow_small_rsa_exponent(mut self) -> Self {
        self.allow_small_exponent = true;
        self
    }

    /// An HMAC key from its secret, for verifying. See [`VerifyingKey::from_secret`].
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verifying_secret(&self, secret: &[u8]) -> Result<VerifyingKey, KeyError> {
        let (algorithm, hash) = self.hmac_algorithm(secret)?;
        #[cfg(feature = "hs")]
        {
            let key = crate::crypto::hmac::HmacKey::new(hash, secret, self.allow_short_hmac)?;
            Ok(VerifyingKey::new(algorithm, self.kid.clone(), crate::crypto::Verifier::Hmac(key)))
        }
        #[cfg(not(feature = "hs"))]
        Err(KeyError::AlgorithmDisabled(algorithm))
    }

    /// A public key from PEM. See [`VerifyingKey::from_pem`].
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn verifying_pem(&self, pem: &str) -> Result<VerifyingKey, KeyError> {
        check_size(pem.len())?;
        let algorithm = self.named()?;
        let verifier = super::pem::read_public(algorithm, pem, self.allow_small_exponent)?;
        Ok(VerifyingKey::new(algorithm, self.kid.clone(), verifier))
    }

    /// A public key from DER. See [`VerifyingKey::from_der`].
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn verifying_der(&self, der: &[u8]) -> Result<VerifyingKey, KeyError> {
        check_size(der.len())?;
        let algorithm = self.named()?;
        let verifier = super::pem::read_public_der(algorithm, der, self.allow_small_exponent)?;
        Ok(VerifyingKey::new(algorithm, self.kid.clone(), verifier))
    }

    /// A verifying key from a JWK. See [`VerifyingKey::from_jwk_as`].
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::PrivateKey`] for a private JWK.
    pub fn verifying_jwk(&self, json: &str) -> Result<VerifyingKey, KeyError> {
        check_size(json.len())?;
        let jwk = Jwk::parse(json)?;
        let algorithm = jwk.algorithm(self.algorithm)?;
        jwk.check_use("verify")?;
        let kid = self.kid.clone().map_or_else(|| jwk.key_id(), |kid| Ok(Some(kid)))?;
        if algorithm.is_symmetric() {
            let loader = Self { algorithm: Some(algorithm), kid, ..self.clone() };
            return loader.verifying_secret(&jwk.secret()?);
        }
        let verifier = jwk.verifier(algorithm, self.allow_small_exponent)?;
        Ok(VerifyingKey::new(algorithm, kid, verifier))
    }

    /// The public keys of a JWK Set. See [`KeySet::from_jwks`] and [`KeySet::from_jwks_as`]. A `kid` given to the loader is not
    /// used.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn verifying_jwks(&self, json: &str) -> Result<KeySet, KeySetError> {
        KeySet::parse(json, &Self { kid: None, ..self.clone() }, Kind::Public)
    }

    /// The HMAC keys of a JWK Set. See [`KeySet::from_secret_jwks`]. A `kid` given to the loader is not used.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn verifying_secret_jwks(&self, json: &str) -> Result<KeySet, KeySetError> {
        KeySet::parse(json, &Self { kid: None, ..self.clone() }, Kind::Secret)
    }

    /// The algorithm all keys are loaded for, or `None` where each names its own.
    #[cfg(feature = "jwks-client")]
    pub(crate) const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    pub(super) fn named(&self) -> Result<Algorithm, KeyError> {
        self.algorithm.ok_or(KeyError::AlgorithmRequired)
    }

    /// The algorithm, if it is an HMAC and the secret is no key file.
    pub(super) fn hmac_algorithm(&self, octets: &[u8]) -> Result<(Algorithm, Hash), KeyError> {
        check_size(octets.len())?;
        let algorithm = self.named()?;
        let Family::Hmac(hash) = algorithm.family() else { return Err(KeyError::WrongKeyType) };
        if secret::is_a_key(octets) {
            return Err(KeyError::SecretIsKey);
        }
        Ok((algorithm, hash))
    }
}

/// Refuses what no key needs, before anything is read or allocated.
pub(super) fn check_size(size: usize) -> Result<(), KeyError> {
    if size > limits::KEY {
        return Err(KeyError::TooLarge { size, limit: limits::KEY });
    }
    Ok(())
}
