//! What differs from curve to curve.

use std::{fmt::Debug, sync::LazyLock};

use p256::elliptic_curve::{
    ff::PrimeField,
    ops::{Invert, Reduce},
};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{
    comb::Comb,
    field::Field,
    montgomery::{Field256, Field384},
    p521::Field521,
    point::Affine,
};

/// A curve y² = x³ − 3x + b of prime order, with the hash of its algorithm.
pub(super) trait Curve: Debug + 'static {
    type Field: Field;
    /// Field elements and scalars as octets, big-endian.
    type Octets: AsRef<[u8]>;

    /// The length of the order.
    const BITS: usize;
    /// The window of the keys' tables, in bits. It balances their size and the time.
    const WIDTH: u32;

    fn shared() -> &'static Shared<Self::Field>;

    /// The scalars of a signature whose r and s are of the right length and within 1 … n − 1.
    fn scalars(message: &[u8], signature: &[u8]) -> Option<Scalars<Self::Octets>>;
}

/// What the verification equation is about.
pub(super) struct Scalars<O> {
    pub(super) r: O,
    pub(super) u1: O,
    pub(super) u2: O,
}

/// What all keys of a curve have in common, made with the first of them.
#[derive(Debug)]
pub(super) struct Shared<F> {
    pub(super) generator: Comb<F>,
    /// The order n, which is below the prime p.
    pub(super) order: F,
    /// p − n.
    pub(super) above_order: Vec<u8>,
}

impl<F: Field> Shared<F> {
    /// From the generator as x ‖ y, and n − 1.
    fn new(generator: &[u8], greatest: &[u8], bits: usize, width: u32) -> Self {
        let order = F::from_octets(greatest).add(&F::ONE);
        let above_order = order.neg().to_octets();
        Self { generator: Comb::new(point(generator), bits, width), order, above_order }
    }
}

/// A point from x ‖ y.
pub(super) fn point<F: Field>(octets: &[u8]) -> Affine<F> {
    let (x, y) = octets.split_at(octets.len() / 2);
    Affine { x: F::from_octets(x), y: F::from_octets(y) }
}

macro_rules! curve {
    ($name:ident: $curve:ident, $field:ident, $hash:ident, $bits:literal bits, width $width:literal, generator $wide:literal) => {
        #[derive(Debug)]
        pub(super) struct $name;

        impl Curve for $name {
            type Field = $field;
            type Octets = $curve::FieldBytes;

            const BITS: usize = $bits;
            const WIDTH: u32 = $width;

            fn shared() -> &'static Shared<$field> {
                static SHARED: LazyLock<Shared<$field>> = LazyLock::new(|| {
                    let generator = $curve::Sec1Point::from($curve::AffinePoint::GENERATOR);
                    let greatest = (-$curve::Scalar::ONE).to_repr();
                    Shared::new(generator.as_bytes().get(1..).unwrap_or_default(), &greatest, $bits, $wide)
                });
                &SHARED
            }

            fn scalars(message: &[u8], signature: &[u8]) -> Option<Scalars<$curve::FieldBytes>> {
                let (r, s) = $curve::ecdsa::Signature::from_slice(signature).ok()?.split_scalars();
                let mut hashed = $curve::FieldBytes::default();
                for (padded, octet) in hashed.iter_mut().rev().zip($hash::digest(message).iter().rev()) {
                    *padded = *octet;
                }
                let e = <$curve::Scalar as Reduce<$curve::FieldBytes>>::reduce(&hashed);
                let inverse = *s.invert_vartime();
                Some(Scalars { r: r.to_repr(), u1: (e * inverse).to_repr(), u2: (*r * inverse).to_repr() })
            }
        }
    };
}

curve!(Curve256: p256, Field256, Sha256, 256 bits, width 5, generator 7);
curve!(Curve384: p384, Field384, Sha384, 384 bits, width 5, generator 6);
curve!(Curve521: p521, Field521, Sha512, 521 bits, width 4, generator 5);
