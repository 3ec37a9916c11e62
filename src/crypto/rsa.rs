//! RSA signatures (RFC 8017, RFC 7518 sections 3.3 and 3.5): verification, and the bounds every public key must keep.

use std::ops::RangeInclusive;

use rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey, traits::PublicKeyParts};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{BadKey, InvalidSignature};
use crate::algorithm::{Hash, Padding};

/// The sizes of a modulus, in bits. Smaller ones can be factored (RFC 7518 section 3.3); verification grows with the square.
pub(crate) const BITS: RangeInclusive<usize> = 2048..=8192;
/// The smallest public exponent; smaller ones forgive careless padding checks elsewhere.
const MIN_EXPONENT: u64 = 65_537;
/// The largest public exponent. Verification grows with its length, and no key in use has a longer one.
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// A public key under one padding and hash. PSS salts are exactly as long as the hash.
#[derive(Clone, Debug)]
pub(crate) struct RsaVerifier {
    pub(super) padding: Padding,
    pub(super) hash: Hash,
    pub(super) key: PublicKey,
}

impl RsaVerifier {
    /// From the modulus and the public exponent, big-endian, without leading zeros.
    ///
    /// # Errors
    /// `Modulus` or `Exponent` when out of bounds; `allow_small` lowers the exponent's floor to 3 and nothing else.
    pub(crate) fn new(padding: Padding, hash: Hash, n: &[u8], e: &[u8], allow_small: bool) -> Result<Self, BadKey> {
        check_bounds(n, e, allow_small)?;
        let key = PublicKey::new(integer(n), integer(e)).map_err(|_| BadKey::Modulus { bits: bit_len(n) })?;
        Ok(Self::bind(padding, hash, key))
    }

    /// For a key whose numbers have been checked.
    pub(super) const fn bind(padding: Padding, hash: Hash, key: PublicKey) -> Self {
        Self { padding, hash, key }
    }

    /// The modulus and the public exponent, big-endian, without leading zeros.
    pub(crate) fn numbers(&self) -> (Box<[u8]>, Box<[u8]>) {
        (self.key.n_bytes(), self.key.e_bytes())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        // RFC 8017 8.1.2 and 8.2.2, step 1: exactly the modulus's length. The primitive refuses numbers from n upwards.
        if signature.len() != self.key.size() {
            return Err(InvalidSignature);
        }
        let hashed = digest(self.hash, message);
        match (self.padding, self.hash) {
            (Padding::Pkcs1, Hash::Sha256) => self.key.verify(Pkcs1v15Sign::new::<Sha256>(), &hashed, signature),
            (Padding::Pkcs1, Hash::Sha384) => self.key.verify(Pkcs1v15Sign::new::<Sha384>(), &hashed, signature),
            (Padding::Pkcs1, Hash::Sha512) => self.key.verify(Pkcs1v15Sign::new::<Sha512>(), &hashed, signature),
            (Padding::Pss, Hash::Sha256) => self.key.verify(Pss::<Sha256>::new(), &hashed, signature),
            (Padding::Pss, Hash::Sha384) => self.key.verify(Pss::<Sha384>::new(), &hashed, signature),
            (Padding::Pss, Hash::Sha512) => self.key.verify(Pss::<Sha512>::new(), &hashed, signature),
        }
        .map_err(|_| InvalidSignature)
    }
}

pub(super) fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    }
}

/// Sizes counted in bits, without rounding, before any arithmetic on the numbers.
pub(super) fn check_bounds(n: &[u8], e: &[u8], allow_small: bool) -> Result<(), BadKey> {
    let bits = bit_len(n);
    if !BITS.contains(&bits) || n.last().is_none_or(|low| low % 2 == 0) {
        return Err(BadKey::Modulus { bits });
    }
    let floor = if allow_small { 3 } else { MIN_EXPONENT };
    let exponent = match e {
        [_, ..] if e.len() <= 5 => e.iter().fold(0, |value, octet| value << 8 | u64::from(*octet)),
        _ => return Err(BadKey::Exponent),
    };
    if !(floor..=MAX_EXPONENT).contains(&exponent) || exponent % 2 == 0 {
        return Err(BadKey::Exponent);
    }
    Ok(())
}

fn bit_len(n: &[u8]) -> usize {
    n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize)
}

pub(super) fn integer(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(octets)
}
