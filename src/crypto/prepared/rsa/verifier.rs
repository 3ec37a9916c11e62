//! RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017 sections 8.1.2 and 8.2.2).

use rsa::traits::PublicKeyParts;
use sha2::{Sha256, Sha384, Sha512};

use super::{
    padding::{pkcs1_before_hash, pss_holds},
    power::Power,
};
use crate::{
    algorithm::{Hash, Padding},
    crypto::{
        InvalidSignature,
        rsa::{RsaVerifier, digest},
    },
};

/// A key's Montgomery form, and the constant part of what its signatures hold.
#[derive(Debug)]
pub(crate) struct PreparedRsa {
    power: Power,
    /// The modulus's length, in octets.
    length: usize,
    hash: Hash,
    encoding: Encoding,
}

#[derive(Debug)]
enum Encoding {
    /// The encoded message up to the hash.
    Pkcs1(Box<[u8]>),
    /// The encoded message's length, in bits.
    Pss(usize),
}

impl PreparedRsa {
    pub(crate) fn new(key: &RsaVerifier) -> Self {
        let length = key.key.size();
        let encoding = match key.padding {
            Padding::Pkcs1 => Encoding::Pkcs1(pkcs1_before_hash(key.hash, length)),
            Padding::Pss => Encoding::Pss((key.key.n().bit_width_vartime() as usize).saturating_sub(1)),
        };
        Self { power: Power::new(&key.key), length, hash: key.hash, encoding }
    }

    /// What [`octets`](Self::octets) will be.
    pub(crate) fn cost(key: &RsaVerifier) -> usize {
        match key.padding {
            Padding::Pkcs1 => key.key.size().saturating_sub(key.hash.len()),
            Padding::Pss => 0,
        }
    }

    /// The Montgomery form is the plain key's own.
    pub(crate) fn octets(&self) -> usize {
        match &self.encoding {
            Encoding::Pkcs1(before_hash) => before_hash.len(),
            Encoding::Pss(_) => 0,
        }
    }

    /// As [`RsaVerifier::verify`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        if self.holds(message, signature).unwrap_or(false) { Ok(()) } else { Err(InvalidSignature) }
    }

    fn holds(&self, message: &[u8], signature: &[u8]) -> Option<bool> {
        // Step 1 of both.
        if signature.len() != self.length {
            return None;
        }
        let power = self.power.of(signature)?;
        let encoded_length = match self.encoding {
            Encoding::Pkcs1(_) => self.length,
            Encoding::Pss(bits) => bits.div_ceil(8),
        };
        // I2OSP: what is longer does not hold.
        let (before, encoded) = power.split_at_checked(power.len().checked_sub(encoded_length)?)?;
        if before.iter().any(|octet| *octet != 0) {
            return None;
        }
        Some(match (&self.encoding, self.hash) {
            (Encoding::Pkcs1(before_hash), hash) => {
                encoded.strip_prefix(&**before_hash) == Some(&digest(hash, message))
            }
            (Encoding::Pss(bits), Hash::Sha256) => pss_holds::<Sha256>(message, encoded, *bits),
            (Encoding::Pss(bits), Hash::Sha384) => pss_holds::<Sha384>(message, encoded, *bits),
            (Encoding::Pss(bits), Hash::Sha512) => pss_holds::<Sha512>(message, encoded, *bits),
        })
    }
}
