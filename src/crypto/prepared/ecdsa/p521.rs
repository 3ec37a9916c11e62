//! The field of P-521: `fiat-crypto`'s, formally verified.

use fiat::{fiat_p521_loose_field_element as Loose, fiat_p521_tight_field_element as Tight};
use fiat_crypto::p521_64 as fiat;

use super::field::Field;

/// A number modulo 2^521 − 1 in nine limbs of 58 and 57 bits, within the bounds that `fiat-crypto` calls tight. A number has more
/// than one such form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field521([u64; 9]);

impl Field521 {
    #[inline(always)]
    fn tight(fill: impl FnOnce(&mut Tight)) -> Self {
        let mut tight = Tight([0; 9]);
        fill(&mut tight);
        Self(tight.0)
    }

    /// What an addition or the like gives, brought back within the tight bounds.
    #[inline(always)]
    fn carry(fill: impl FnOnce(&mut Loose)) -> Self {
        let mut loose = Loose([0; 9]);
        fill(&mut loose);
        Self::tight(|tight| fiat::fiat_p521_carry(tight, &loose))
    }

    #[inline(always)]
    fn relax(&self) -> Loose {
        let mut loose = Loose([0; 9]);
        fiat::fiat_p521_relax(&mut loose, &Tight(self.0));
        loose
    }

    /// The one number below the prime, little-endian.
    fn canonical(&self) -> [u8; 66] {
        let mut octets = [0; 66];
        fiat::fiat_p521_to_bytes(&mut octets, &Tight(self.0));
        octets
    }
}

impl PartialEq for Field521 {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Field for Field521 {
    const ZERO: Self = Self([0; 9]);
    const ONE: Self = Self([1, 0, 0, 0, 0, 0, 0, 0, 0]);

    fn from_octets(octets: &[u8]) -> Self {
        let mut little = [0; 66];
        for (little, octet) in little.iter_mut().zip(octets.iter().rev()) {
            *little = *octet;
        }
        Self::tight(|tight| fiat::fiat_p521_from_bytes(tight, &little))
    }

    fn to_octets(self) -> Vec<u8> {
        self.canonical().into_iter().rev().collect()
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self::carry(|sum| fiat::fiat_p521_add(sum, &Tight(self.0), &Tight(other.0)))
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self::carry(|difference| fiat::fiat_p521_sub(difference, &Tight(self.0), &Tight(other.0)))
    }

    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        Self::tight(|product| fiat::fiat_p521_carry_mul(product, &self.relax(), &other.relax()))
    }

    #[inline(always)]
    fn square(&self) -> Self {
        Self::tight(|square| fiat::fiat_p521_carry_square(square, &self.relax()))
    }
}
