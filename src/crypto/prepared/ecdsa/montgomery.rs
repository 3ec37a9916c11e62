//! The fields of P-256 and P-384, in Montgomery form: a number a is held as a·2^(64·L) modulo p, below p.
//!
//! The verified implementations of `fiat-crypto` and RustCrypto's take three times as long or more, mostly because compilers make
//! little of their carries. The tests compare this one with `fiat-crypto`'s.

use std::{fmt::Debug, marker::PhantomData};

use super::field::Field;

/// A prime of L limbs, the lowest first, its highest bit set.
pub(super) trait Prime<const L: usize>: Copy + Debug + PartialEq + Send + Sync + 'static {
    const P: [u64; L];
    /// 2^(64·L) modulo p.
    const R: [u64; L];
    /// 2^(128·L) modulo p.
    const R2: [u64; L];

    /// Adds the multiple of p that makes the lowest limb of `low` + `high`·2^(64·L) zero, and divides by 2^64.
    fn reduce(low: [u64; L], high: u128) -> ([u64; L], u64);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Montgomery<P, const L: usize>([u64; L], PhantomData<P>);

pub(super) type Field256 = Montgomery<P256, 4>;
pub(super) type Field384 = Montgomery<P384, 6>;

/// 2^256 − 2^224 + 2^192 + 2^96 − 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct P256;

/// 2^384 − 2^128 − 2^96 + 2^32 − 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct P384;

impl Prime<4> for P256 {
    const P: [u64; 4] = [u64::MAX, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];
    const R: [u64; 4] = [1, 0xffff_ffff_0000_0000, u64::MAX, 0xffff_fffe];
    const R2: [u64; 4] = [3, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x4_ffff_fffd];

    #[inline(always)]
    fn reduce([m, t1, t2, t3]: [u64; 4], high: u128) -> ([u64; 4], u64) {
        // The multiple is m·p, as −1/p is 1 modulo 2^64. With m itself its lowest limbs are m·2^96.
        let top = u128::from(m) * 0xffff_ffff_0000_0001;
        let (r0, carry) = add(t1, m << 32, 0);
        let (r1, carry) = add(t2, m >> 32, carry);
        let (r2, carry) = add(t3, top as u64, carry);
        let high = high + (top >> 64) + u128::from(carry);
        ([r0, r1, r2, high as u64], (high >> 64) as u64)
    }
}

impl Prime<6> for P384 {
    const P: [u64; 6] = [0xffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_fffe, u64::MAX, u64::MAX, u64::MAX];
    const R: [u64; 6] = [0xffff_ffff_0000_0001, 0xffff_ffff, 1, 0, 0, 0];
    const R2: [u64; 6] = [0xffff_fffe_0000_0001, 0x2_0000_0000, 0xffff_fffe_0000_0000, 0x2_0000_0000, 1, 0];

    #[inline(always)]
    fn reduce([t0, t1, t2, t3, t4, t5]: [u64; 6], high: u128) -> ([u64; 6], u64) {
        // The multiple is m·p for m = t0·(2^32 + 1), and m·p = m·2^384 − d with d = m·(2^128 + 2^96 − 2^32 + 1), whose lowest limb
        // is t0.
        let m = t0.wrapping_add(t0 << 32);
        let (_, borrow) = sub(m, m << 32, 0);
        let (d1, borrow) = sub(m << 32, m >> 32, borrow);
        let d2 = (u128::from(m) + u128::from(m >> 32)).wrapping_sub(u128::from(borrow));
        let (r0, borrow) = sub(t1, d1, 0);
        let (r1, borrow) = sub(t2, d2 as u64, borrow);
        let (r2, borrow) = sub(t3, (d2 >> 64) as u64, borrow);
        let (r3, borrow) = sub(t4, 0, borrow);
        let (r4, borrow) = sub(t5, 0, borrow);
        let high = (high + u128::from(m)).wrapping_sub(u128::from(borrow));
        ([r0, r1, r2, r3, r4, high as u64], (high >> 64) as u64)
    }
}

/// a + b + carry, and the carry.
#[inline(always)]
fn add(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = u128::from(a) + u128::from(b) + u128::from(carry);
    (sum as u64, (sum >> 64) as u64)
}

/// a − b − borrow, and the borrow.
#[inline(always)]
fn sub(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let (difference, under) = a.overflowing_sub(b);
    let (difference, under_too) = difference.overflowing_sub(borrow);
    (difference, u64::from(under | under_too))
}

/// a + b, and the carry.
#[inline(always)]
fn add_all<const L: usize>(mut a: [u64; L], b: &[u64; L]) -> ([u64; L], u64) {
    let mut carry = 0;
    for (a, b) in a.iter_mut().zip(b) {
        (*a, carry) = add(*a, *b, carry);
    }
    (a, carry)
}

/// a − b, and the borrow.
#[inline(always)]
fn sub_all<const L: usize>(mut a: [u64; L], b: &[u64; L]) -> ([u64; L], u64) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        (*a, borrow) = sub(*a, *b, borrow);
    }
    (a, borrow)
}

/// Adds a·b to t, and gives the limb above.
#[inline(always)]
fn mul_add<const L: usize>(t: &mut [u64; L], a: &[u64; L], b: u64) -> u64 {
    let mut carry = 0;
    for (t, a) in t.iter_mut().zip(a) {
        let sum = u128::from(*t) + u128::from(*a) * u128::from(b) + u128::from(carry);
        (*t, carry) = (sum as u64, (sum >> 64) as u64);
    }
    carry
}

impl<P: Prime<L>, const L: usize> Montgomery<P, L> {
    const fn new(limbs: [u64; L]) -> Self {
        Self(limbs, PhantomData)
    }

    #[cfg(test)]
    pub(super) const fn from_limbs(limbs: [u64; L]) -> Self {
        Self::new(limbs)
    }

    #[cfg(test)]
    pub(super) const fn limbs(&self) -> [u64; L] {
        self.0
    }

    /// From a number below 2p.
    #[inline(always)]
    fn below_p(low: [u64; L], high: u64) -> Self {
        let (less, borrow) = sub_all(low, &P::P);
        Self::new(if high < borrow { low } else { less })
    }
}

impl<P: Prime<L>, const L: usize> Field for Montgomery<P, L> {
    const ZERO: Self = Self::new([0; L]);
    const ONE: Self = Self::new(P::R);

    fn from_octets(octets: &[u8]) -> Self {
        let mut limbs = [0; L];
        for (limb, octets) in limbs.iter_mut().zip(octets.rchunks(8)) {
            *limb = octets.iter().fold(0, |limb, octet| limb << 8 | u64::from(*octet));
        }
        Self::new(limbs).mul(&Self::new(P::R2))
    }

    fn to_octets(self) -> Vec<u8> {
        let mut one = [0; L];
        if let Some(low) = one.first_mut() {
            *low = 1;
        }
        let limbs = self.mul(&Self::new(one)).0;
        limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        let (sum, carry) = add_all(self.0, &other.0);
        Self::below_p(sum, carry)
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = sub_all(self.0, &other.0);
        let p = P::P.map(|limb| limb & borrow.wrapping_neg());
        Self::new(add_all(difference, &p).0)
    }

    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        let (mut low, mut high) = ([0; L], 0);
        for b in &other.0 {
            let carry = mul_add(&mut low, &self.0, *b);
            (low, high) = P::reduce(low, u128::from(high) + u128::from(carry));
        }
        Self::below_p(low, high)
    }

    #[inline(always)]
    fn square(&self) -> Self {
        self.mul(self)
    }
}
