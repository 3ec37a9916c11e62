//! What the formulas need of a field.

use std::fmt::Debug;

/// A number modulo the curve's prime.
pub(super) trait Field: Copy + Debug + PartialEq + Send + Sync + 'static {
    const ZERO: Self;
    const ONE: Self;

    /// From big-endian octets of the field's length, which must be below the prime.
    fn from_octets(octets: &[u8]) -> Self;

    /// Big-endian octets of the field's length.
    fn to_octets(self) -> Vec<u8>;

    fn add(&self, other: &Self) -> Self;
    fn sub(&self, other: &Self) -> Self;
    fn mul(&self, other: &Self) -> Self;
    fn square(&self) -> Self;

    fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    fn double(&self) -> Self {
        self.add(self)
    }

    /// The inverse, by Fermat's theorem; of zero, zero.
    fn invert(&self) -> Self {
        // The prime less two.
        let exponent = Self::ONE.double().neg().to_octets();
        let mut power = Self::ONE;
        for octet in exponent {
            for bit in (0..8).rev() {
                power = power.square();
                if octet >> bit & 1 == 1 {
                    power = power.mul(self);
                }
            }
        }
        power
    }
}
