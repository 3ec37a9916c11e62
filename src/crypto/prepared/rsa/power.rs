//! RSAVP1 (RFC 8017 section 5.2.2).

use crypto_bigint::{
    BoxedUint, MontyForm, MontyMultiplier,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use rsa::{PublicKey, traits::PublicKeyParts};

/// A modulus and an exponent.
#[derive(Debug)]
pub(super) struct Power {
    /// Shared with the key it was made from.
    modulus: BoxedMontyParams,
    /// Odd, and 3 or more.
    exponent: u64,
}

impl Power {
    pub(super) fn new(key: &PublicKey) -> Self {
        let exponent = key.e_bytes().iter().fold(0, |value, octet| value << 8 | u64::from(*octet));
        Self { modulus: key.n_params().clone(), exponent }
    }

    /// The signature's power, big-endian, with leading zeros up to a multiple of the machine's word. `None` if the signature is too
    /// long, or is a number from the modulus upwards.
    pub(super) fn of(&self, signature: &[u8]) -> Option<Box<[u8]>> {
        let number = BoxedUint::from_be_slice(signature, self.modulus.bits_precision()).ok()?;
        if number >= **self.modulus.modulus() {
            return None;
        }
        // x·R stands for x. The last factor is given as x, which stands for x/R: so the power is the result itself, and need not be
        // converted back.
        let last = BoxedMontyForm::from_montgomery(number.clone(), &self.modulus);
        let factor = BoxedMontyForm::new(number, &self.modulus);
        let mut multiplier = <BoxedMontyForm as MontyForm>::Multiplier::from(&self.modulus);
        let mut power = factor.clone();
        for bit in (1..self.exponent.ilog2()).rev() {
            multiplier.square_assign(&mut power);
            if self.exponent >> bit & 1 == 1 {
                multiplier.mul_assign(&mut power, &factor);
            }
        }
        multiplier.square_assign(&mut power);
        multiplier.mul_assign(&mut power, &last);
        Some(power.as_montgomery().to_be_bytes())
    }
}
