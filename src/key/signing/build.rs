//! New keys, and private values to key material.

use super::signing_key::Material;
use crate::{
    algorithm::{Algorithm, Curve, Family, Hash, Padding},
    crypto::signing::Signer,
    key::KeyError,
};

#[cfg(feature = "es")]
use crate::crypto::signing::ecdsa::EcSigner;
#[cfg(feature = "eddsa")]
use crate::crypto::signing::eddsa::EdSigner;
#[cfg(feature = "rsa")]
pub(super) use crate::crypto::signing::rsa::{RsaNumbers, RsaPrimes, RsaSigner};

impl From<Signer> for Material {
    fn from(signer: Signer) -> Self {
        Self { signer, secret: None }
    }
}

/// An HMAC key from its secret.
#[cfg(feature = "hs")]
pub(super) fn hmac(hash: Hash, secret: &[u8], allow_short: bool) -> Result<Material, KeyError> {
    let key = crate::crypto::hmac::HmacKey::new(hash, secret, allow_short)?;
    let secret = crate::secret::SecretBytes::new(secret.to_vec());
    Ok(Material { signer: Signer::Hmac(key), secret: Some(secret) })
}

/// An RSA key from its numbers.
#[cfg(feature = "rsa")]
pub(super) fn rsa(
    padding: Padding,
    hash: Hash,
    numbers: &RsaNumbers<'_>,
    allow_small: bool,
) -> Result<Material, KeyError> {
    Ok(Signer::Rsa(RsaSigner::new(padding, hash, numbers, allow_small)?).into())
}

/// An EC key from its scalar, and the public point if the file has one.
#[cfg(feature = "es")]
pub(super) fn ec(curve: Curve, scalar: &[u8], public: Option<&[u8]>) -> Result<Material, KeyError> {
    Ok(Signer::Ecdsa(EcSigner::from_scalar(curve, scalar, public)?).into())
}

/// An Ed25519 key from its seed, and the public point if the file has one.
#[cfg(feature = "eddsa")]
pub(super) fn okp(seed: &[u8], public: Option<&[u8]>) -> Result<Material, KeyError> {
    Ok(Signer::EdDsa(EdSigner::from_seed(seed, public)?).into())
}

/// A new key of the algorithm's family, at its default strength.
pub(super) fn generate(algorithm: Algorithm) -> Result<Material, KeyError> {
    match algorithm.family() {
        #[cfg(feature = "hs")]
        Family::Hmac(hash) => {
            let mut secret = zeroize::Zeroizing::new(vec![0; hash.len()]);
            getrandom::fill(&mut secret).map_err(|_| KeyError::Random)?;
            hmac(hash, &secret, false)
        }
        // 128 bits of strength (NIST SP 800-57 part 1, table 2).
        #[cfg(feature = "rsa")]
        Family::Rsa(..) => generate_rsa(algorithm, 3072),
        #[cfg(feature = "es")]
        Family::Ec(curve) => Ok(Signer::Ecdsa(EcSigner::generate(curve)?).into()),
        #[cfg(feature = "eddsa")]
        Family::Okp => Ok(Signer::EdDsa(EdSigner::generate()?).into()),
        #[allow(unreachable_patterns)]
        _ => Err(KeyError::AlgorithmDisabled(algorithm)),
    }
}

/// A new RSA key of that many bits.
#[cfg(feature = "rsa")]
pub(super) fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Material, KeyError> {
    let Family::Rsa(padding, hash) = algorithm.family() else { return Err(KeyError::WrongKeyType) };
    Ok(Signer::Rsa(RsaSigner::generate(padding, hash, bits)?).into())
}
