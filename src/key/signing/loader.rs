//! [`KeyLoader`] for keys that sign.

use super::{SigningKey, jwk};
use crate::{
    key::{KeyError, KeyLoader, KeySetError, SkippedKey, jwk::Jwk, loader::check_size, set::members},
    secret::wiping_stack,
};

impl KeyLoader {
    /// An HMAC key from its secret. See [`SigningKey::from_secret`].
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn signing_secret(&self, secret: &[u8]) -> Result<SigningKey, KeyError> {
        let (algorithm, hash) = self.hmac_algorithm(secret)?;
        #[cfg(feature = "hs")]
        {
            wiping_stack(|| {
                let material = super::build::hmac(hash, secret, self.allow_short_hmac)?;
                Ok(SigningKey::new(algorithm, self.kid.clone(), material))
            })
        }
        #[cfg(not(feature = "hs"))]
        Err(KeyError::AlgorithmDisabled(algorithm))
    }

    /// A private key from PEM. See [`SigningKey::from_pem`].
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn signing_pem(&self, pem: &str) -> Result<SigningKey, KeyError> {
        check_size(pem.len())?;
        let algorithm = self.named()?;
        wiping_stack(|| {
            let material = super::pem::read_private(algorithm, pem, self.allow_small_exponent)?;
            Ok(SigningKey::new(algorithm, self.kid.clone(), material))
        })
    }

    /// A private key from DER. See [`SigningKey::from_der`].
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(feature = "_der")]
    pub fn signing_der(&self, der: &[u8]) -> Result<SigningKey, KeyError> {
        check_size(der.len())?;
        let algorithm = self.named()?;
        wiping_stack(|| {
            let material = super::pem::read_private_der(algorithm, der, self.allow_small_exponent)?;
            Ok(SigningKey::new(algorithm, self.kid.clone(), material))
        })
    }

    /// A key from a private JWK. See [`SigningKey::from_jwk_as`].
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::PublicKey`] for a public JWK.
    pub fn signing_jwk(&self, json: &str) -> Result<SigningKey, KeyError> {
        check_size(json.len())?;
        let jwk = Jwk::parse(json)?;
        let algorithm = jwk.algorithm(self.algorithm)?;
        jwk.check_use("sign")?;
        let kid = self.kid.clone().map_or_else(|| jwk.key_id(), |kid| Ok(Some(kid)))?;
        if algorithm.is_symmetric() {
            let loader = Self { algorithm: Some(algorithm), kid, ..self.clone() };
            return loader.signing_secret(&jwk.secret()?);
        }
        wiping_stack(|| {
            let material = jwk::read_private(&jwk, algorithm, self.allow_small_exponent)?;
            Ok(SigningKey::new(algorithm, kid, material))
        })
    }

    /// The private keys of a JWK Set, in its order, and those that were left out. A `kid` given to the loader is not used.
    ///
    /// # Errors
    /// [`KeySetError`]; [`KeySetError::NothingUsable`] when no private key is left.
    pub fn signing_jwks(&self, json: &str) -> Result<(Vec<SigningKey>, Vec<SkippedKey>), KeySetError> {
        let loader = Self { kid: None, ..self.clone() };
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (index, jwk) in members(json)?.into_iter().enumerate() {
            match loader.signing_jwk(jwk) {
                Ok(key) => keys.push(key),
                Err(reason) => skipped.push(SkippedKey { index, reason }),
            }
        }
        if keys.is_empty() { Err(KeySetError::NothingUsable(skipped)) } else { Ok((keys, skipped)) }
    }
}
