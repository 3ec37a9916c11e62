//! The verifier: S·B − k·A against R, strictly.

use std::sync::LazyLock;

use curve25519_dalek::{
    constants::{ED25519_BASEPOINT_COMPRESSED, EIGHT_TORSION},
    scalar::Scalar,
};
use sha2::{Digest, Sha512};

use super::{comb::Comb, point::Point};
use crate::crypto::{InvalidSignature, eddsa::EdVerifier};

const COLUMNS: usize = 22;
const BASE_COLUMNS: usize = 37;

type KeyComb = Comb<32, COLUMNS>;
type BaseComb = Comb<64, BASE_COLUMNS>;

/// What all keys share, made when the first key is prepared.
struct Shared {
    base: BaseComb,
    /// The encodings of the eight points whose order divides the cofactor.
    small_order: [[u8; 32]; 8],
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| Shared {
    base: Comb::new(&Point::decompress(ED25519_BASEPOINT_COMPRESSED.as_bytes())),
    small_order: EIGHT_TORSION.map(|point| point.compress().to_bytes()),
});

/// A key with a table of the multiples of −A.
pub(crate) struct PreparedEd {
    octets: [u8; 32],
    key: KeyComb,
    shared: &'static Shared,
}

impl PreparedEd {
    pub(crate) fn new(key: &EdVerifier) -> Self {
        let octets = *key.as_bytes();
        let shared = &*SHARED;
        Self { octets, key: Comb::new(&Point::decompress(&octets).negate()), shared }
    }

    /// Accepts and refuses exactly what [`EdVerifier::verify`] does.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let ([r, s], []) = signature.as_chunks::<32>() else { return Err(InvalidSignature) };
        let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(*s)) else { return Err(InvalidSignature) };
        let hash = Sha512::new().chain_update(r).chain_update(self.octets).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        // R is compared in its encoding, of which each point has one: what decodes to no point, or is not canonical, is never
        // equal.
        let expected = self.expected_r(s.as_bytes(), k.as_bytes());
        if expected != *r || self.shared.small_order.contains(r) { Err(InvalidSignature) } else { Ok(()) }
    }

    /// The encoding of S·B − k·A.
    fn expected_r(&self, s: &[u8; 32], k: &[u8; 32]) -> [u8; 32] {
        let (s, k) = (BaseComb::digits(s), KeyComb::digits(k));
        // Everything is looked up at once: so the memory is not waited for once in each sum.
        let mut upper = Vec::with_capacity(COLUMNS);
        self.key.look_up(1, &k, &mut upper);
        let mut lower = Vec::with_capacity(COLUMNS + BASE_COLUMNS);
        self.key.look_up(0, &k, &mut lower);
        self.shared.base.look_up(0, &s, &mut lower);
        let mut sum = Point::NEUTRAL;
        upper.iter().for_each(|addend| sum.add(addend));
        sum = KeyComb::down(sum);
        lower.iter().for_each(|addend| sum.add(addend));
        sum.compress()
    }

    /// Octets of its table.
    pub(crate) fn octets(&self) -> usize {
        self.key.octets()
    }
}
