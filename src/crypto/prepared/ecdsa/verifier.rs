//! The verification equation.

use super::{
    comb::Comb,
    curve::{Curve, Curve256, Curve384, Curve521, Scalars, point},
    field::Field,
    point::Extended,
};
use crate::crypto::{InvalidSignature, ecdsa::EcVerifier};

/// A public point and its multiples.
#[derive(Debug)]
pub(crate) struct PreparedEc {
    plain: EcVerifier,
    tables: Tables,
}

#[derive(Debug)]
enum Tables {
    P256(Comb<<Curve256 as Curve>::Field>),
    P384(Comb<<Curve384 as Curve>::Field>),
    P521(Comb<<Curve521 as Curve>::Field>),
}

impl PreparedEc {
    /// Makes the multiples; with the first key of a curve also those of the generator, which all its keys share.
    pub(crate) fn new(key: &EcVerifier) -> Self {
        let tables = match key {
            EcVerifier::P256(_) => Tables::P256(multiples::<Curve256>(key)),
            EcVerifier::P384(_) => Tables::P384(multiples::<Curve384>(key)),
            EcVerifier::P521(_) => Tables::P521(multiples::<Curve521>(key)),
        };
        Self { plain: key.clone(), tables }
    }

    /// What [`octets`](Self::octets) will be.
    pub(crate) const fn cost(key: &EcVerifier) -> usize {
        match key {
            EcVerifier::P256(_) => Comb::<<Curve256 as Curve>::Field>::cost(Curve256::BITS, Curve256::WIDTH),
            EcVerifier::P384(_) => Comb::<<Curve384 as Curve>::Field>::cost(Curve384::BITS, Curve384::WIDTH),
            EcVerifier::P521(_) => Comb::<<Curve521 as Curve>::Field>::cost(Curve521::BITS, Curve521::WIDTH),
        }
    }

    pub(crate) fn octets(&self) -> usize {
        match &self.tables {
            Tables::P256(comb) => comb.octets(),
            Tables::P384(comb) => comb.octets(),
            Tables::P521(comb) => comb.octets(),
        }
    }

    /// As [`EcVerifier::verify`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        match self.holds(message, signature) {
            Some(true) => Ok(()),
            Some(false) => Err(InvalidSignature),
            None => self.plain.verify(message, signature),
        }
    }

    /// Whether the signature holds, if the formulas tell.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> Option<bool> {
        match &self.tables {
            Tables::P256(comb) => holds::<Curve256>(comb, message, signature),
            Tables::P384(comb) => holds::<Curve384>(comb, message, signature),
            Tables::P521(comb) => holds::<Curve521>(comb, message, signature),
        }
    }
}

fn multiples<C: Curve>(key: &EcVerifier) -> Comb<C::Field> {
    C::shared();
    let key = key.to_sec1();
    Comb::new(point(key.get(1..).unwrap_or_default()), C::BITS, C::WIDTH)
}

fn holds<C: Curve>(key: &Comb<C::Field>, message: &[u8], signature: &[u8]) -> Option<bool> {
    match C::scalars(message, signature) {
        Some(scalars) => is_met::<C>(key, &scalars),
        None => Some(false),
    }
}

/// Whether the x-coordinate of u1·G + u2·Q is r, modulo n. `None` if the formulas do not tell, where the sum met one of its terms or
/// its opposite, as at infinity. Signatures can be made for that; others have no chance of it.
pub(super) fn is_met<C: Curve>(key: &Comb<C::Field>, scalars: &Scalars<C::Octets>) -> Option<bool> {
    let (r, shared) = (scalars.r.as_ref(), C::shared());
    let mut terms = key.terms(scalars.u2.as_ref()).chain(shared.generator.terms(scalars.u1.as_ref()));
    let first = terms.next()?;
    let mut sum = Extended::from(first.0.signed(first.1));
    // In bunches, so that the memory is read ahead of the arithmetic.
    let mut bunch = [first; 32];
    loop {
        let fetched = bunch.iter_mut().zip(&mut terms).map(|(place, term)| *place = term).count();
        for (multiple, negative) in bunch.iter().take(fetched) {
            sum = sum.add(&multiple.signed(*negative));
        }
        if fetched < bunch.len() {
            break;
        }
    }
    if sum.zz == C::Field::ZERO {
        return None;
    }
    // The coordinate is r itself, or r + n where that is below p.
    let least = C::Field::from_octets(r);
    let is_x = |x: &C::Field| x.mul(&sum.zz) == sum.x;
    Some(is_x(&least) || r < shared.above_order.as_slice() && is_x(&least.add(&shared.order)))
}
