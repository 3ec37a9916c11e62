//! Against ed25519-dalek: the multiples, and what verifies. Wycheproof's vectors are in `wycheproof_tests`.

use curve25519_dalek::{
    EdwardsPoint,
    constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION},
    scalar::Scalar,
};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha512};

use super::{PreparedEd, comb::Comb, point::Point};
use crate::crypto::{eddsa::EdVerifier, prepared::testing::Random};

/// L, the order of the base point, little-endian.
const ORDER: [u8; 32] =
    *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10";

/// A private scalar with its key: a·B + T, where T is a point of small order.
struct Pair {
    a: Scalar,
    plain: EdVerifier,
    prepared: PreparedEd,
}

impl Pair {
    fn new(a: Scalar, torsion: EdwardsPoint) -> Self {
        let plain = EdVerifier::new((EdwardsPoint::mul_base(&a) + torsion).compress().as_bytes()).unwrap();
        Self { a, prepared: PreparedEd::new(&plain), plain }
    }

    fn k(&self, r: &[u8; 32], message: &[u8]) -> Scalar {
        let hash = Sha512::new().chain_update(r).chain_update(self.plain.as_bytes()).chain_update(message);
        Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
    }

    /// R as given, and the S that goes with r: valid if R is r·B − k·T.
    fn sign(&self, encoded: &[u8; 32], r: Scalar, message: &[u8]) -> [u8; 64] {
        join(encoded, (r + self.k(encoded, message) * self.a).as_bytes())
    }

    /// The verdict, which must be the same with and without the table.
    fn verdict(&self, message: &[u8], signature: &[u8]) -> bool {
        let plain = self.plain.verify(message, signature);
        assert_eq!(self.prepared.verify(message, signature), plain, "{:?} {message:?} {signature:?}", self.plain);
        plain.is_ok()
    }
}

fn join(r: &[u8; 32], s: &[u8; 32]) -> [u8; 64] {
    std::array::from_fn(|i| if i < 32 { r[i] } else { s[i - 32] })
}

fn scalar(random: &mut Random) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&random.octets())
}

/// Points whose order divides the cofactor, in encodings that are not canonical: y from p upwards, or the sign of x = 0.
fn unusual_small_order() -> Vec<[u8; 32]> {
    let mut encodings = Vec::new();
    for high in [0x7f, 0xff] {
        // p + 0 and p + 1.
        for low in [0xed, 0xee] {
            encodings
                .push(std::array::from_fn(|i| [low, high, 0xff][usize::from(i == 31) + 2 * usize::from(i % 31 != 0)]));
        }
    }
    // y = 1 and y = −1, both with x = 0.
    encodings.push(std::array::from_fn(|i| [0, 1, 0x80][usize::from(i == 0) + 2 * usize::from(i == 31)]));
    encodings.push(std::array::from_fn(|i| if i == 0 { 0xec } else { 0xff }));
    encodings
}

/// Where digits are at their bounds, and where they carry.
fn edge_scalars() -> Vec<[u8; 32]> {
    let mut scalars =
        vec![Scalar::ZERO, Scalar::ONE, -Scalar::ONE, -Scalar::from(2_u8), Scalar::ONE * Scalar::from(8_u8)];
    let two = Scalar::from(2_u8);
    let mut power = Scalar::ONE;
    for _ in 0..253 {
        scalars.extend([power, -power, power - Scalar::ONE]);
        power *= two;
    }
    let mut octets: Vec<_> = scalars.iter().map(Scalar::to_bytes).collect();
    // Each value of a digit, all the way up to 252 bits.
    for width in [6, 7] {
        for value in 0..1_u8 << width {
            let mut scalar = [0; 32];
            for bit in 0..252 {
                scalar[bit / 8] |= (value >> (bit % width) & 1) << (bit % 8);
            }
            octets.push(scalar);
        }
    }
    octets
}

fn assert_same_r(point: EdwardsPoint, prepared: &PreparedEd, s: &[u8; 32], k: &[u8; 32]) {
    let [s_scalar, k_scalar] = [s, k].map(|octets| Scalar::from_canonical_bytes(*octets).unwrap());
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k_scalar, &-point, &s_scalar);
    assert_eq!(prepared.expected_r(s, k), expected.compress().0, "{point:?} {s:?} {k:?}");
}

#[test]
fn the_sum_is_dalek_s_at_the_bounds_of_digits_and_for_points_of_every_order() {
    let edges = edge_scalars();
    let mut random = Random::new("edges");
    let (zero, one) = ([0; 32], Scalar::ONE.to_bytes());
    for torsion in EIGHT_TORSION {
        for point in [torsion, torsion + BASE, torsion - BASE, torsion + BASE * scalar(&mut random)] {
            let prepared = PreparedEd::of_point(&point.compress().0);
            for (at, edge) in edges.iter().enumerate().step_by(8) {
                let other = edges[at * 31 % edges.len()];
                assert_same_r(point, &prepared, edge, &other);
                assert_same_r(point, &prepared, edge, edge);
            }
        }
    }
    let point = BASE * scalar(&mut random);
    let prepared = PreparedEd::of_point(&point.compress().0);
    for edge in &edges {
        for (s, k) in [(edge, &zero), (&zero, edge), (edge, &one), (&one, edge)] {
            assert_same_r(point, &prepared, s, k);
        }
    }
}

#[test]
fn the_sum_may_be_the_neutral_point() {
    let mut random = Random::new("neutral");
    for a in [Scalar::ONE, -Scalar::ONE, Scalar::from(32_u8), scalar(&mut random)] {
        let pair = Pair::new(a, EIGHT_TORSION[0]);
        for k in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, scalar(&mut random)] {
            let sum = pair.prepared.expected_r((k * a).as_bytes(), k.as_bytes());
            assert_eq!(sum, EIGHT_TORSION[0].compress().0);
        }
    }
}

#[test]
fn digits_add_up_to_their_scalar_within_their_bounds() {
    fn check<const N: usize, const COLUMNS: usize>(scalar: &[u8; 32]) {
        let mut sum = Scalar::ZERO;
        for digit in Comb::<N, COLUMNS>::digits(scalar).iter().rev() {
            assert!((1 - N as i16..=N as i16).contains(digit), "{scalar:?}");
            let size = Scalar::from(digit.unsigned_abs());
            sum = sum * Scalar::from(2 * N as u64) + if *digit < 0 { -size } else { size };
        }
        assert_eq!(sum.to_bytes(), *scalar);
    }
    for scalar in edge_scalars() {
        check::<2, 64>(&scalar);
        check::<32, 22>(&scalar);
        check::<64, 37>(&scalar);
        check::<128, 16>(&scalar);
    }
}

#[test]
fn points_are_decoded_and_encoded_as_dalek_does() {
    let mut random = Random::new("points");
    for torsion in EIGHT_TORSION {
        for point in [torsion, torsion + BASE, torsion + BASE * scalar(&mut random)] {
            let octets = point.compress().0;
            assert_eq!(Point::decompress(&octets).compress(), octets);
            assert_eq!(Point::decompress(&octets).negate().compress(), (-point).compress().0);
            assert_eq!(Point::decompress(&octets).double().compress(), (point + point).compress().0);
        }
    }
}

#[test]
fn a_small_order_r_is_refused_in_every_encoding_though_the_equation_holds() {
    let mut random = Random::new("small order");
    let mut equal = 0;
    for torsion in EIGHT_TORSION {
        let pair = Pair::new(scalar(&mut random), torsion);
        let canonical = EIGHT_TORSION.map(|point| point.compress().0);
        for encoded in canonical.into_iter().chain(unusual_small_order()) {
            assert!(VerifyingKey::from_bytes(&encoded).unwrap().is_weak());
            for message in 0..16_u8 {
                let signature = pair.sign(&encoded, Scalar::ZERO, &[message]);
                let k = pair.k(&encoded, &[message]);
                equal +=
                    usize::from(pair.prepared.expected_r(signature[32..].try_into().unwrap(), k.as_bytes()) == encoded);
                assert!(!pair.verdict(&[message], &signature));
            }
        }
    }
    // Many of them hold but for that rule: for a key without torsion the neutral point, in all 16 messages, for instance.
    assert!(equal >= 100, "{equal}");
}

/// With such a key the equation holds for one of eight messages; both must agree on which.
#[test]
fn keys_and_r_of_mixed_order() {
    let mut random = Random::new("mixed order");
    let mut valid = 0;
    for torsion in EIGHT_TORSION {
        let pair = Pair::new(scalar(&mut random), torsion);
        for shift in EIGHT_TORSION {
            for message in 0..16_u8 {
                let r = scalar(&mut random);
                let encoded = (EdwardsPoint::mul_base(&r) + shift).compress().0;
                valid += usize::from(pair.verdict(&[message], &pair.sign(&encoded, r, &[message])));
            }
        }
    }
    assert!((64..512).contains(&valid), "{valid}");
}

#[test]
fn s_from_the_order_upwards_is_refused() {
    let pair = Pair::new(scalar(&mut Random::new("order")), EIGHT_TORSION[0]);
    let r = Scalar::from(7_u8);
    let encoded = EdwardsPoint::mul_base(&r).compress().0;
    let signature = pair.sign(&encoded, r, b"m");
    assert!(pair.verdict(b"m", &signature));
    let s: [u8; 32] = signature[32..].try_into().unwrap();
    let plus = |a: &[u8; 32], b: &[u8; 32]| {
        let mut carry = 0;
        std::array::from_fn(|i| {
            carry = u16::from(a[i]) + u16::from(b[i]) + (carry >> 8);
            carry.to_le_bytes()[0]
        })
    };
    let mut larger = s;
    for _ in 0..8 {
        larger = plus(&larger, &ORDER);
        assert!(!pair.verdict(b"m", &join(&encoded, &larger)));
    }
    for octets in [
        [0; 32],
        Scalar::ONE.to_bytes(),
        (-Scalar::ONE).to_bytes(),
        ORDER,
        plus(&ORDER, &Scalar::ONE.to_bytes()),
        [0xff; 32],
    ] {
        assert!(!pair.verdict(b"m", &join(&encoded, &octets)));
    }
    // R = S·B would do for a key that is the neutral point.
    for s in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE] {
        assert!(!pair.verdict(b"m", &join(&EdwardsPoint::mul_base(&s).compress().0, s.as_bytes())));
    }
}

#[test]
fn signatures_of_other_lengths_are_refused() {
    let pair = Pair::new(Scalar::from(5_u8), EIGHT_TORSION[0]);
    let encoded = EdwardsPoint::mul_base(&Scalar::from(9_u8)).compress().0;
    let signature = pair.sign(&encoded, Scalar::from(9_u8), b"");
    assert!(pair.verdict(b"", &signature));
    for length in 0..64 {
        assert!(!pair.verdict(b"", &signature[..length]));
    }
    assert!(!pair.verdict(b"", &[&signature[..], &[0]].concat()));
    assert!(!pair.verdict(b"", &signature.repeat(2)));
}

/// Valid ones, and each kind of damage.
#[test]
fn random_signatures() {
    let mut random = Random::new("signatures");
    let (mut valid, cases) = (0, Random::cases(4_000));
    let mut pair = Pair::new(scalar(&mut random), EIGHT_TORSION[0]);
    for case in 0..cases {
        if case % 1000 == 999 {
            // One key in four is of mixed order, or may be.
            let torsion = EIGHT_TORSION[random.below(8) * usize::from(case / 1000 % 4 == 3)];
            pair = Pair::new(scalar(&mut random), torsion);
        }
        let length = random.below(300);
        let mut message = random.vec(length);
        let r = scalar(&mut random);
        let mut signature = pair.sign(&EdwardsPoint::mul_base(&r).compress().0, r, &message);
        match case % 8 {
            0 => signature[random.below(64)] ^= 1 << random.below(8),
            1 => signature[random.below(32)] = random.octets::<1>()[0],
            2 => signature = random.octets(),
            3 => signature = join(&random.octets(), scalar(&mut random).as_bytes()),
            4 if length > 0 => message[random.below(length)] ^= 1 << random.below(8),
            _ => {}
        }
        valid += usize::from(pair.verdict(&message, &signature));
    }
    assert!((cases / 8..cases / 8 * 5).contains(&valid), "{valid} of {cases}");
}

#[test]
fn debug_leaves_the_tables_out() {
    let pair = Pair::new(Scalar::ONE, EIGHT_TORSION[0]);
    assert_eq!(format!("{:?}", pair.prepared), "PreparedEd { .. }");
}
