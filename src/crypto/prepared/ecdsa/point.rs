//! Points, and the two ways to sum them.

use super::field::Field;

/// A point, not the one at infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine<F> {
    pub(super) x: F,
    pub(super) y: F,
}

/// A point in extended Jacobian coordinates: x = X/ZZ and y = Y/ZZZ, with ZZ³ = ZZZ². ZZ is zero at infinity, and also once
/// [`add`](Self::add) has met a case for which its formula does not hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extended<F> {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) zz: F,
    pub(super) zzz: F,
}

impl<F: Field> From<Affine<F>> for Extended<F> {
    fn from(Affine { x, y }: Affine<F>) -> Self {
        Self { x, y, zz: F::ONE, zzz: F::ONE }
    }
}

impl<F: Field> Affine<F> {
    /// The point with its sign changed if asked for.
    #[inline(always)]
    pub(super) fn signed(self, negative: bool) -> Self {
        Self { x: self.x, y: if negative { self.y.neg() } else { self.y } }
    }
}

impl<F: Field> Extended<F> {
    /// The sum with another point (madd-2008-s of the Explicit-Formulas Database).
    ///
    /// If the other point is this one or its opposite, ZZ is zero in what comes of it, and in every sum from then on.
    #[inline(always)]
    pub(super) fn add(&self, other: &Affine<F>) -> Self {
        let p = other.x.mul(&self.zz).sub(&self.x);
        let r = other.y.mul(&self.zzz).sub(&self.y);
        let pp = p.square();
        let ppp = p.mul(&pp);
        let q = self.x.mul(&pp);
        let x = r.square().sub(&ppp).sub(&q).sub(&q);
        let y = r.mul(&q.sub(&x)).sub(&self.y.mul(&ppp));
        Self { x, y, zz: self.zz.mul(&pp), zzz: self.zzz.mul(&ppp) }
    }

    /// Twice the point (dbl-2008-s-1), on a curve with a = −3. No point of odd order has y = 0.
    pub(super) fn double(&self) -> Self {
        let u = self.y.double();
        let v = u.square();
        let w = u.mul(&v);
        let s = self.x.mul(&v);
        let slope = self.x.sub(&self.zz).mul(&self.x.add(&self.zz));
        let m = slope.double().add(&slope);
        let x = m.square().sub(&s).sub(&s);
        let y = m.mul(&s.sub(&x)).sub(&w.mul(&self.y));
        Self { x, y, zz: v.mul(&self.zz), zzz: w.mul(&self.zzz) }
    }

    /// All of these points, none of them at infinity, by one inversion.
    pub(super) fn to_affine(points: &[Self]) -> Vec<Affine<F>> {
        let mut product = F::ONE;
        // The product of all before each.
        let mut before = Vec::with_capacity(points.len());
        for point in points {
            before.push(product);
            product = product.mul(&point.zzz);
        }
        let mut inverse = product.invert();
        let backwards = points.iter().zip(before).rev().map(|(point, before)| {
            let zzz = inverse.mul(&before);
            inverse = inverse.mul(&point.zzz);
            let zz = zzz.mul(&point.zz).square();
            Affine { x: point.x.mul(&zz), y: point.y.mul(&zzz) }
        });
        let mut affine: Vec<_> = backwards.collect();
        affine.reverse();
        affine
    }
}
