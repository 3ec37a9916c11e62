//! Ed25519 signing. The public half is computed from the seed and cannot be given by a caller: signing with a foreign public
//! key would leak the private one.

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::crypto::{BadKey, eddsa::EdVerifier};

/// A private seed with its public point, wiped on drop.
pub(crate) struct EdSigner(SigningKey);

impl std::fmt::Debug for EdSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EdSigner(..)")
    }
}

impl EdSigner {
    /// From the 32-octet seed, and the public point if the file has one.
    ///
    /// # Errors
    /// `Private` when the seed has another length, `Point` when the point is none, `Mismatch` when the two do not belong together.
    pub(crate) fn from_seed(seed: &[u8], public: Option<&[u8]>) -> Result<Self, BadKey> {
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_| BadKey::Private)?);
        let signer = Self(SigningKey::from_bytes(&seed));
        match public {
            Some(point) if EdVerifier::new(point)? != signer.verifier() => Err(BadKey::Mismatch),
            _ => Ok(signer),
        }
    }

    pub(crate) fn generate() -> Result<Self, BadKey> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|_| BadKey::Random)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_bytes().to_vec()
    }

    pub(crate) fn verifier(&self) -> EdVerifier {
        EdVerifier(self.0.verifying_key())
    }

    /// The seed.
    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}
