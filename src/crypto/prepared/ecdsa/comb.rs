//! The multiples of a point, and a scalar taken apart into them.

use super::{
    field::Field,
    point::{Affine, Extended},
};

/// For each window of `width` bits the point's multiples by 1, 2, … 2^(width−1), times the window's weight. A digit of a scalar is
/// then one of them, or its opposite, or nothing.
#[derive(Debug)]
pub(super) struct Comb<F> {
    width: u32,
    multiples: Box<[Affine<F>]>,
}

/// How many windows a scalar of that many bits has: the highest digit must not need a carry.
const fn windows(bits: usize, width: u32) -> usize {
    (bits + 1).div_ceil(width as usize)
}

impl<F: Field> Comb<F> {
    /// The table's size in octets.
    pub(super) const fn cost(bits: usize, width: u32) -> usize {
        (windows(bits, width) << (width - 1)) * size_of::<Affine<F>>()
    }

    /// For a point of prime order, and scalars of that many bits.
    pub(super) fn new(point: Affine<F>, bits: usize, width: u32) -> Self {
        let mut base = Extended::from(point);
        let mut bases = Vec::with_capacity(windows(bits, width));
        for _ in 0..windows(bits, width) {
            bases.push(base);
            for _ in 0..width {
                base = base.double();
            }
        }
        let mut multiples = Vec::with_capacity(bases.len() << (width - 1));
        for base in Extended::to_affine(&bases) {
            let mut multiple = Extended::from(base);
            multiples.push(multiple);
            multiple = multiple.double();
            multiples.push(multiple);
            for _ in 2..1 << (width - 1) {
                multiple = multiple.add(&base);
                multiples.push(multiple);
            }
        }
        Self { width, multiples: Extended::to_affine(&multiples).into() }
    }

    pub(super) fn octets(&self) -> usize {
        size_of_val(&*self.multiples)
    }

    /// What to sum up for the scalar times the point. The scalar is big-endian.
    #[inline(always)]
    pub(super) fn terms(&self, scalar: &[u8]) -> impl Iterator<Item = (Affine<F>, bool)> {
        let rows = self.multiples.chunks_exact(1 << (self.width - 1));
        let digits = Digits { octets: scalar.iter().rev(), width: self.width, held: 0, bits: 0 };
        rows.zip(digits).filter_map(|(row, (digit, negative))| Some((*row.get(digit.checked_sub(1)?)?, negative)))
    }
}

/// A scalar's digits, the lowest first, each at most half of what its bits can hold, and its sign. Without an end.
struct Digits<'a> {
    octets: std::iter::Rev<std::slice::Iter<'a, u8>>,
    width: u32,
    /// The bits that were read and not given, and the carry.
    held: u32,
    bits: u32,
}

impl Iterator for Digits<'_> {
    type Item = (usize, bool);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, bool)> {
        while self.bits < self.width {
            self.held += u32::from(self.octets.next().copied().unwrap_or_default()) << self.bits;
            self.bits += 8;
        }
        let whole = 1 << self.width;
        let digit = self.held % whole;
        self.held >>= self.width;
        self.bits -= self.width;
        let negative = digit > whole / 2;
        self.held += u32::from(negative);
        Some((if negative { whole - digit } else { digit } as usize, negative))
    }
}
