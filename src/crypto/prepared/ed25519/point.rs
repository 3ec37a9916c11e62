//! Points of the curve −x² + y² = 1 + d·x²·y² (RFC 8032 section 5.1). The formulas of Hisil, Wong, Carter and Dawson (2008) are
//! complete on it: no sum needs a case of its own, not even those of the neutral point or of points of small order.

use super::field::{Element, Loose};

/// A point in extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z.
#[derive(Clone, Copy)]
pub(super) struct Point {
    x: Element,
    y: Element,
    z: Element,
    t: Element,
}

/// A table's form of a point: (y + x) / 2, (y − x) / 2 and d·x·y. The halves save the doubling of Z in each sum.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    sum: Element,
    difference: Element,
    product: Element,
}

/// An entry or its negative, ready to be added.
#[derive(Clone, Copy)]
pub(super) struct Addend {
    sum: Element,
    difference: Element,
    product: Loose,
}

impl Entry {
    pub(super) fn plus(&self) -> Addend {
        Addend { sum: self.sum, difference: self.difference, product: self.product.into() }
    }

    pub(super) fn minus(&self) -> Addend {
        Addend { sum: self.difference, difference: self.sum, product: -self.product }
    }
}

impl Point {
    pub(super) const NEUTRAL: Self = Self { x: Element::ZERO, y: Element::ONE, z: Element::ONE, t: Element::ZERO };

    /// The point that 32 octets stand for, which must be known to be the encoding of a point (RFC 8032 section 5.1.3).
    pub(super) fn decompress(octets: &[u8; 32]) -> Self {
        let y = Element::from_bytes(octets);
        let y2 = y.square();
        let (u, v) = ((y2 - Element::ONE).carry(), (y2 * d() + Element::ONE).carry());
        let v3 = v.square() * v;
        let root = u * v3 * (u * v3.square() * v).power_p58();
        // The root is that of u/v or of −u/v.
        let x = if (v * root.square()).to_bytes() == u.to_bytes() { root } else { root * sqrt_minus_one() };
        let [.., high] = octets;
        let x = if x.is_odd() == (high >> 7 == 1) { x } else { (-x).carry() };
        Self { x, y, z: Element::ONE, t: x * y }
    }

    /// RFC 8032 section 5.1.2: always the canonical encoding.
    pub(super) fn compress(&self) -> [u8; 32] {
        let inverse = self.z.invert();
        let (x, y) = (self.x * inverse, self.y * inverse);
        let mut octets = y.to_bytes();
        let [.., high] = &mut octets;
        *high |= u8::from(x.is_odd()) << 7;
        octets
    }

    pub(super) fn negate(&self) -> Self {
        Self { x: (-self.x).carry(), t: (-self.t).carry(), ..*self }
    }

    pub(super) fn double(&self) -> Self {
        let (x2, y2, z2) = (self.x.square(), self.y.square(), self.z.square());
        let both = (x2 + y2).carry();
        let e = (self.x + self.y).square() - both;
        let g = (y2 - x2).carry();
        let f = (z2 + z2).carry() - g;
        Self { x: e * f, y: both * g, z: f * g, t: e * both }
    }

    #[inline]
    pub(super) fn add(&mut self, addend: &Addend) {
        let a = (self.y - self.x) * addend.difference;
        let b = (self.y + self.x) * addend.sum;
        let c = self.t * addend.product;
        let (e, f, g, h) = (b - a, self.z - c, self.z + c, b + a);
        *self = Self { x: e * f, y: g * h, z: f * g, t: e * h };
    }

    /// All points as table entries, by one inversion.
    pub(super) fn to_entries(points: &[Self]) -> Vec<Entry> {
        let d = d();
        let mut before = Vec::with_capacity(points.len());
        let mut product = Element::ONE;
        for point in points {
            before.push(product);
            product = product * point.z;
        }
        // No Z is zero: the formulas are complete.
        let mut inverse = product.invert();
        let mut entries = Vec::with_capacity(points.len());
        for (point, before) in points.iter().zip(before).rev() {
            let z = inverse * before;
            inverse = inverse * point.z;
            let (x, y) = (point.x * z, point.y * z);
            entries.push(Entry { sum: (y + x) * Element::HALF, difference: (y - x) * Element::HALF, product: x * y * d });
        }
        entries.reverse();
        entries
    }
}

/// d = −121665/121666.
fn d() -> Element {
    (-Element::small(121_665)) * Element::small(121_666).invert()
}

/// 2^((p − 1) / 4).
fn sqrt_minus_one() -> Element {
    let two = Element::small(2);
    two.power_p58().square() * two
}
