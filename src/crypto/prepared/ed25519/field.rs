//! Numbers modulo p = 2^255 − 19, by the formally verified arithmetic of fiat-crypto. Its two types keep the limbs in bounds: sums
//! and differences are [`Loose`], and only products are [`Element`]s again.

use std::ops::{Add, Mul, Neg, Sub};

use fiat_crypto::curve25519_64::{
    fiat_25519_add, fiat_25519_carry, fiat_25519_carry_mul, fiat_25519_carry_square, fiat_25519_from_bytes, fiat_25519_loose_field_element,
    fiat_25519_opp, fiat_25519_relax, fiat_25519_sub, fiat_25519_tight_field_element, fiat_25519_to_bytes,
};

/// A number with tight bounds on its limbs.
#[derive(Clone, Copy)]
pub(super) struct Element(fiat_25519_tight_field_element);

/// A number with loose bounds: it can be multiplied, not added.
#[derive(Clone, Copy)]
pub(super) struct Loose(fiat_25519_loose_field_element);

/// The largest limb of 51 bits.
const MAX: u64 = (1 << 51) - 1;

const ZERO_LOOSE: fiat_25519_loose_field_element = fiat_25519_loose_field_element([0; 5]);
const ZERO_TIGHT: fiat_25519_tight_field_element = fiat_25519_tight_field_element([0; 5]);

impl Element {
    pub(super) const ZERO: Self = Self(ZERO_TIGHT);
    pub(super) const ONE: Self = Self::small(1);
    /// (p + 1) / 2.
    pub(super) const HALF: Self = Self(fiat_25519_tight_field_element([MAX - 8, MAX, MAX, MAX, MAX >> 1]));

    pub(super) const fn small(number: u32) -> Self {
        Self(fiat_25519_tight_field_element([number as u64, 0, 0, 0, 0]))
    }

    /// From 32 octets, little-endian; the highest bit is left out.
    pub(super) fn from_bytes(octets: &[u8; 32]) -> Self {
        let mut octets = *octets;
        let [.., high] = &mut octets;
        *high &= 0x7f;
        let mut out = ZERO_TIGHT;
        fiat_25519_from_bytes(&mut out, &octets);
        Self(out)
    }

    /// The number from 0 to p − 1, little-endian.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        fiat_25519_to_bytes(&mut out, &self.0);
        out
    }

    /// The sign of RFC 8032 section 5.1.2: whether the number from 0 to p − 1 is odd.
    pub(super) fn is_odd(self) -> bool {
        let [low, ..] = self.to_bytes();
        low & 1 == 1
    }

    #[inline]
    pub(super) fn square(self) -> Self {
        Loose::from(self).square()
    }

    fn square_times(self, times: u32) -> Self {
        (0..times).fold(self, |value, _| value.square())
    }

    /// The inverse: the power p − 2 = 2^255 − 21. Zero stays zero.
    pub(super) fn invert(self) -> Self {
        let (power_250, power_11) = self.powers();
        power_250.square_times(5) * power_11
    }

    /// The power (p − 5) / 8 = 2^252 − 3.
    pub(super) fn power_p58(self) -> Self {
        let (power_250, _) = self.powers();
        power_250.square_times(2) * self
    }

    /// The powers 2^250 − 1 and 11.
    fn powers(self) -> (Self, Self) {
        let power_2 = self.square();
        let power_9 = power_2.square_times(2) * self;
        let power_11 = power_9 * power_2;
        let ones_5 = power_11.square() * power_9;
        let ones_10 = ones_5.square_times(5) * ones_5;
        let ones_20 = ones_10.square_times(10) * ones_10;
        let ones_40 = ones_20.square_times(20) * ones_20;
        let ones_50 = ones_40.square_times(10) * ones_10;
        let ones_100 = ones_50.square_times(50) * ones_50;
        let ones_200 = ones_100.square_times(100) * ones_100;
        (ones_200.square_times(50) * ones_50, power_11)
    }
}

impl Loose {
    #[inline]
    pub(super) fn square(self) -> Element {
        let mut out = ZERO_TIGHT;
        fiat_25519_carry_square(&mut out, &self.0);
        Element(out)
    }

    #[inline]
    pub(super) fn carry(self) -> Element {
        let mut out = ZERO_TIGHT;
        fiat_25519_carry(&mut out, &self.0);
        Element(out)
    }
}

impl From<Element> for Loose {
    #[inline]
    fn from(element: Element) -> Self {
        let mut out = ZERO_LOOSE;
        fiat_25519_relax(&mut out, &element.0);
        Self(out)
    }
}

impl Add for Element {
    type Output = Loose;
    #[inline]
    fn add(self, other: Self) -> Loose {
        let mut out = ZERO_LOOSE;
        fiat_25519_add(&mut out, &self.0, &other.0);
        Loose(out)
    }
}

impl Sub for Element {
    type Output = Loose;
    #[inline]
    fn sub(self, other: Self) -> Loose {
        let mut out = ZERO_LOOSE;
        fiat_25519_sub(&mut out, &self.0, &other.0);
        Loose(out)
    }
}

impl Neg for Element {
    type Output = Loose;
    fn neg(self) -> Loose {
        let mut out = ZERO_LOOSE;
        fiat_25519_opp(&mut out, &self.0);
        Loose(out)
    }
}

impl<T: Into<Loose>> Mul<T> for Element {
    type Output = Self;
    #[inline]
    fn mul(self, other: T) -> Self {
        Loose::from(self) * other
    }
}

impl<T: Into<Loose>> Mul<T> for Loose {
    type Output = Element;
    #[inline]
    fn mul(self, other: T) -> Element {
        let mut out = ZERO_TIGHT;
        fiat_25519_carry_mul(&mut out, &self.0, &other.into().0);
        Element(out)
    }
}
