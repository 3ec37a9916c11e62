//! RSA signatures (RFC 8017, RFC 7518 sections 3.3 and 3.5): verification, and the bounds every public key must keep.

use rsa::{BoxedUint, PublicKey, pkcs1v15, pss, signature::Verifier as _, traits::PublicKeyParts};
use sha2::{Sha256, Sha384, Sha512};

use super::{BadKey, InvalidSignature};
use crate::algorithm::Algorithm;

/// The smallest modulus, in bits (RFC 7518 section 3.3).
const MIN_BITS: usize = 2048;
/// The largest modulus, in bits. Verification grows with its square.
const MAX_BITS: usize = 8192;
/// The smallest public exponent; smaller ones forgive careless padding checks elsewhere.
const MIN_EXPONENT: u64 = 65_537;
/// The largest public exponent. Verification grows with its length, and no key in use has a longer one.
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// A public key under one padding and hash. PSS salts are exactly as long as the hash.
#[derive(Clone, Debug)]
pub(crate) enum RsaVerifier {
    Rs256(pkcs1v15::VerifyingKey<Sha256>),
    Rs384(pkcs1v15::VerifyingKey<Sha384>),
    Rs512(pkcs1v15::VerifyingKey<Sha512>),
    Ps256(pss::VerifyingKey<Sha256>),
    Ps384(pss::VerifyingKey<Sha384>),
    Ps512(pss::VerifyingKey<Sha512>),
}

impl RsaVerifier {
    /// From the modulus and the public exponent, big-endian, without leading zeros.
    ///
    /// # Errors
    /// `Modulus` or `Exponent` when out of bounds; `allow_small` lowers the exponent's floor to 3 and nothing else.
    pub(crate) fn new(algorithm: Algorithm, n: &[u8], e: &[u8], allow_small: bool) -> Result<Self, BadKey> {
        check_bounds(n, e, allow_small)?;
        let public = PublicKey::new(integer(n), integer(e)).map_err(|_| BadKey::Modulus { bits: bit_len(n) })?;
        Ok(Self::bind(algorithm, public))
    }

    /// For a key whose numbers have been checked.
    pub(super) fn bind(algorithm: Algorithm, public: PublicKey) -> Self {
        match algorithm {
            Algorithm::RS384 => Self::Rs384(pkcs1v15::VerifyingKey::new(public)),
            Algorithm::RS512 => Self::Rs512(pkcs1v15::VerifyingKey::new(public)),
            Algorithm::PS256 => Self::Ps256(pss::VerifyingKey::new(public)),
            Algorithm::PS384 => Self::Ps384(pss::VerifyingKey::new(public)),
            Algorithm::PS512 => Self::Ps512(pss::VerifyingKey::new(public)),
            _ => Self::Rs256(pkcs1v15::VerifyingKey::new(public)),
        }
    }

    fn public(&self) -> &PublicKey {
        match self {
            Self::Rs256(key) => key.as_ref(),
            Self::Rs384(key) => key.as_ref(),
            Self::Rs512(key) => key.as_ref(),
            Self::Ps256(key) => key.as_ref(),
            Self::Ps384(key) => key.as_ref(),
            Self::Ps512(key) => key.as_ref(),
        }
    }

    /// The modulus and the public exponent, big-endian, without leading zeros.
    pub(crate) fn numbers(&self) -> (Box<[u8]>, Box<[u8]>) {
        (self.public().n_bytes(), self.public().e_bytes())
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        // RFC 8017 8.1.2 and 8.2.2, step 1: exactly the modulus's length. The primitive refuses numbers from n upwards.
        if signature.len() != self.public().size() {
            return Err(InvalidSignature);
        }
        match self {
            Self::Rs256(key) => pkcs1v15::Signature::try_from(signature).and_then(|s| key.verify(message, &s)),
            Self::Rs384(key) => pkcs1v15::Signature::try_from(signature).and_then(|s| key.verify(message, &s)),
            Self::Rs512(key) => pkcs1v15::Signature::try_from(signature).and_then(|s| key.verify(message, &s)),
            Self::Ps256(key) => pss::Signature::try_from(signature).and_then(|s| key.verify(message, &s)),
            Self::Ps384(key) => pss::Signature::try_from(signature).and_then(|s| key.verify(message, &s)),
            Self::Ps512(key) => pss::Signature::try_from(signature).and_then(|s| key.verify(message, &s)),
        }
        .map_err(|_| InvalidSignature)
    }
}

/// Sizes counted in bits, without rounding, before any arithmetic on the numbers.
pub(super) fn check_bounds(n: &[u8], e: &[u8], allow_small: bool) -> Result<(), BadKey> {
    let bits = bit_len(n);
    if !(MIN_BITS..=MAX_BITS).contains(&bits) || n.last().is_none_or(|low| low % 2 == 0) {
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
