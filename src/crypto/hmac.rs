//! HMAC (RFC 2104, RFC 7518 section 3.2). The keyed state is made once and cloned for each message.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use super::{BadKey, InvalidSignature};
use crate::algorithm::Hash;

/// A keyed state, wiped on drop (sha2's `zeroize`).
#[derive(Clone)]
pub(crate) enum HmacKey {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl std::fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

impl HmacKey {
    /// The shortest secret allowed is as long as the hash (RFC 7518 section 3.2).
    ///
    /// # Errors
    /// `Short` when the secret is shorter than the hash, unless `allow_short`; when it is empty, always.
    pub(crate) fn new(hash: Hash, secret: &[u8], allow_short: bool) -> Result<Self, BadKey> {
        let short = BadKey::Short { got: secret.len(), need: hash.len() };
        if secret.is_empty() || (secret.len() < hash.len() && !allow_short) {
            return Err(short);
        }
        let key = match hash {
            Hash::Sha256 => Hmac::new_from_slice(secret).map(Self::Sha256),
            Hash::Sha384 => Hmac::new_from_slice(secret).map(Self::Sha384),
            Hash::Sha512 => Hmac::new_from_slice(secret).map(Self::Sha512),
        };
        // HMAC takes any length, so this cannot fail; if it ever did, no key is the safe answer.
        key.map_err(|_| short)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256(state) => state.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha384(state) => state.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha512(state) => state.clone().chain_update(message).finalize().into_bytes().to_vec(),
        }
    }

    /// Compares in constant time. Only a wrong length, which is public, answers sooner.
    pub(crate) fn verify(&self, message: &[u8], mac: &[u8]) -> Result<(), InvalidSignature> {
        let same = match self {
            Self::Sha256(state) => state.clone().chain_update(message).finalize().into_bytes().as_slice().ct_eq(mac),
            Self::Sha384(state) => state.clone().chain_update(message).finalize().into_bytes().as_slice().ct_eq(mac),
            Self::Sha512(state) => state.clone().chain_update(message).finalize().into_bytes().as_slice().ct_eq(mac),
        };
        if bool::from(same) { Ok(()) } else { Err(InvalidSignature) }
    }
}
