//! HMAC (RFC 2104, RFC 7518 section 3.2). The keyed state is made once and cloned for each message.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use subtle::{Choice, ConstantTimeEq};

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
            Self::Sha256(state) => equal(&state.clone().chain_update(message).finalize().into_bytes(), mac),
            Self::Sha384(state) => equal(&state.clone().chain_update(message).finalize().into_bytes(), mac),
            Self::Sha512(state) => equal(&state.clone().chain_update(message).finalize().into_bytes(), mac),
        };
        if bool::from(same) { Ok(()) } else { Err(InvalidSignature) }
    }
}

/// In constant time, and eight octets at a time: octet by octet, it takes as long as a part of the hash.
fn equal(own: &[u8], mac: &[u8]) -> Choice {
    let (own_words, own_rest) = own.as_chunks::<8>();
    let (words, rest) = mac.as_chunks::<8>();
    if words.len() != own_words.len() {
        return Choice::from(0);
    }
    let words = own_words.iter().zip(words).map(|(a, b)| u64::from_ne_bytes(*a).ct_eq(&u64::from_ne_bytes(*b)));
    words.fold(own_rest.ct_eq(rest), |all, same| all & same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_difference_in_octets_or_length_is_seen() {
        for length in [0, 1, 7, 8, 9, 32, 48, 64] {
            let own: Vec<u8> = (0..length).collect();
            assert!(bool::from(equal(&own, &own)));
            for at in 0..own.len() {
                let mut other = own.clone();
                other[at] ^= 1 << (at % 8);
                assert!(!bool::from(equal(&own, &other)), "{length}: {at}");
                assert!(!bool::from(equal(&own, &own[..at])), "{length}: {at}");
                assert!(!bool::from(equal(&own[at + 1..], &own)), "{length}: {at}");
            }
        }
    }
}
