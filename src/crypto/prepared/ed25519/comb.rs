//! Multiples of one point by a table, for public scalars: how long it takes and what memory it touches depend on the scalar.

use super::point::{Addend, Entry, Point};

/// A scalar below 2^253 is a sum of digits from −N + 1 to N times the powers of 2N. Digit 0 is in row 0, digit 1 in row 1, and so on
/// round all the rows, so each row has a digit for each column. The table has the 1st to the Nth multiple for each column of row 0;
/// the sum that a higher row finds there is its own but for so many steps [down](Self::down).
pub(super) struct Comb<const N: usize, const COLUMNS: usize>(Vec<Entry>);

/// Those of the narrowest width, 2 bits.
const MAX_DIGITS: usize = 127;

/// A scalar in the digits of one comb, the lowest first.
pub(super) struct Digits([i16; MAX_DIGITS]);

impl<const N: usize, const COLUMNS: usize> Comb<N, COLUMNS> {
    /// Bits of a digit.
    const WIDTH: u32 = N.trailing_zeros() + 1;
    /// Enough for 253 bits and the last carry.
    const DIGITS: usize = 254_usize.div_ceil(Self::WIDTH as usize);
    pub(super) const ROWS: usize = Self::DIGITS.div_ceil(COLUMNS);

    /// Octets of the table.
    pub(super) const OCTETS: usize = COLUMNS * N * size_of::<Entry>();

    pub(super) fn new(point: &Point) -> Self {
        const { assert!(N.is_power_of_two() && N >= 2 && N <= 1 << 13) };
        let mut places = Vec::with_capacity(COLUMNS);
        let mut place = *point;
        for _ in 0..COLUMNS {
            places.push(place);
            place = (0..Self::ROWS).fold(place, |place, _| Self::down(place));
        }
        let mut multiples = Vec::with_capacity(COLUMNS * N);
        for entry in Point::to_entries(&places) {
            let mut multiple = Point::NEUTRAL;
            for _ in 0..N {
                multiple.add(&entry.plus());
                multiples.push(multiple);
            }
        }
        Self(Point::to_entries(&multiples))
    }

    pub(super) fn digits(scalar: &[u8; 32]) -> Digits {
        let mut limbs = [0; 4];
        for (limb, octets) in limbs.iter_mut().zip(scalar.as_chunks().0) {
            *limb = u64::from_le_bytes(*octets);
        }
        let [mut a, mut b, mut c, mut d] = limbs;
        let (width, rest) = (Self::WIDTH, u64::BITS - Self::WIDTH);
        let mut digits = [0; MAX_DIGITS];
        let mut carry = 0;
        for digit in digits.iter_mut().take(Self::DIGITS) {
            let value = (a & ((1 << width) - 1)) as i16 + carry;
            carry = i16::from(value > N as i16);
            *digit = value - (carry << width);
            (a, b, c, d) = (a >> width | b << rest, b >> width | c << rest, c >> width | d << rest, d >> width);
        }
        Digits(digits)
    }

    /// Appends what the digits of one row stand for.
    pub(super) fn look_up(&self, row: usize, digits: &Digits, addends: &mut Vec<Addend>) {
        let digits = digits.0.iter().skip(row).step_by(Self::ROWS);
        for (multiples, digit) in self.0.as_chunks::<N>().0.iter().zip(digits) {
            let at = usize::from(digit.unsigned_abs()).checked_sub(1);
            if let Some(entry) = at.and_then(|at| multiples.get(at)) {
                addends.push(if *digit > 0 { entry.plus() } else { entry.minus() });
            }
        }
    }

    /// From one row to the row below.
    pub(super) fn down(sum: Point) -> Point {
        (0..Self::WIDTH).fold(sum, |sum, _| sum.double())
    }
}

#[cfg(test)]
impl Digits {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, i16> {
        self.0.iter()
    }
}
