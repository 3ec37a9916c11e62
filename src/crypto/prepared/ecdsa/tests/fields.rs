use fiat_crypto::{p256_64 as fiat256, p384_64 as fiat384};

use crate::crypto::prepared::ecdsa::{
    field::Field,
    montgomery::{Field256, Field384, Montgomery, P256, P384, Prime},
    p521::Field521,
};

/// Numbers below p at which carries begin and end, and some that are random.
fn numbers<P: Prime<L>, const L: usize>() -> Vec<[u64; L]> {
    let mut numbers = vec![[0; L], P::R, P::R2];
    for limb in [1, 2, 3, u64::MAX - 1, u64::MAX, 1 << 32, (1 << 32) - 1, 1 << 63] {
        for at in 0..L {
            let mut number = [0; L];
            number[at] = limb;
            numbers.push(number);
            // p less that.
            let mut borrow = false;
            let mut less = P::P;
            for (less, limb) in less.iter_mut().zip(number) {
                let (difference, under) = less.overflowing_sub(limb);
                let (difference, under_too) = difference.overflowing_sub(u64::from(borrow));
                (*less, borrow) = (difference, under | under_too);
            }
            numbers.push(less);
        }
    }
    for _ in 0..60 {
        let mut number = [0; L];
        number.fill_with(|| getrandom::u64().unwrap());
        numbers.push(number);
    }
    let is_below = |number: &[u64; L]| number.iter().rev().lt(P::P.iter().rev());
    numbers.retain(is_below);
    assert!(numbers.len() > 80);
    numbers
}

/// The two hold the same limbs, so they can be compared limb by limb.
macro_rules! montgomery {
    ($name:ident: $prime:ident, $field:ident, $limbs:literal, $fiat:ident, $element:ident, $plain:ident,
     $mul:ident $square:ident $add:ident $sub:ident $opp:ident $to:ident $from:ident $to_bytes:ident) => {
        #[test]
        fn $name() {
            use $fiat::$element as Fiat;
            let numbers = numbers::<$prime, $limbs>();
            let of = |limbs: [u64; $limbs]| Montgomery::<$prime, $limbs>::from_limbs(limbs);
            for &a in &numbers {
                let mut out = Fiat([0; $limbs]);
                $fiat::$square(&mut out, &Fiat(a));
                assert_eq!(of(a).square().limbs(), out.0, "{a:x?}");
                $fiat::$opp(&mut out, &Fiat(a));
                assert_eq!(of(a).neg().limbs(), out.0, "{a:x?}");
                for &b in &numbers {
                    $fiat::$mul(&mut out, &Fiat(a), &Fiat(b));
                    assert_eq!(of(a).mul(&of(b)).limbs(), out.0, "{a:x?} {b:x?}");
                    $fiat::$add(&mut out, &Fiat(a), &Fiat(b));
                    assert_eq!(of(a).add(&of(b)).limbs(), out.0, "{a:x?} {b:x?}");
                    $fiat::$sub(&mut out, &Fiat(a), &Fiat(b));
                    assert_eq!(of(a).sub(&of(b)).limbs(), out.0, "{a:x?} {b:x?}");
                }
                // Into the form and out of it.
                let octets: Vec<u8> = a.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
                $fiat::$to(&mut out, &$fiat::$plain(a));
                assert_eq!(<$field>::from_octets(&octets).limbs(), out.0);
                assert_eq!(<$field>::from_octets(&octets).to_octets(), octets);
                let mut plain = $fiat::$plain([0; $limbs]);
                $fiat::$from(&mut plain, &Fiat(a));
                let mut little = [0; $limbs * 8];
                $fiat::$to_bytes(&mut little, &plain.0);
                little.reverse();
                assert_eq!(of(a).to_octets(), little);
            }
            inverts(numbers.into_iter().map(of));
        }
    };
}

montgomery!(p256_is_fiat_cryptos: P256, Field256, 4, fiat256,
    fiat_p256_montgomery_domain_field_element, fiat_p256_non_montgomery_domain_field_element,
    fiat_p256_mul fiat_p256_square fiat_p256_add fiat_p256_sub fiat_p256_opp
    fiat_p256_to_montgomery fiat_p256_from_montgomery fiat_p256_to_bytes);
montgomery!(p384_is_fiat_cryptos: P384, Field384, 6, fiat384,
    fiat_p384_montgomery_domain_field_element, fiat_p384_non_montgomery_domain_field_element,
    fiat_p384_mul fiat_p384_square fiat_p384_add fiat_p384_sub fiat_p384_opp
    fiat_p384_to_montgomery fiat_p384_from_montgomery fiat_p384_to_bytes);

fn inverts<F: Field>(numbers: impl Iterator<Item = F>) {
    for number in numbers {
        let one = if number == F::ZERO { F::ZERO } else { F::ONE };
        assert_eq!(number.invert().mul(&number), one);
    }
}

/// The arithmetic is `fiat-crypto`'s: what is ours is that it stays within its bounds, and that a number has one form in the end.
#[test]
fn p521_is_the_field_of_its_prime() {
    let octets = |fill: u8, low: u8| {
        let mut octets = [fill; 66];
        (octets[0], octets[65]) = (fill & 1, low);
        octets
    };
    // Up to p − 1, and sparse ones.
    let mut numbers: Vec<_> =
        [(0, 0), (0, 1), (0, 255), (255, 254), (255, 0), (0xaa, 7)].map(|(a, b)| octets(a, b)).into();
    for at in 0..66 {
        let mut number = [0; 66];
        number[at] = 1;
        numbers.push(number);
    }
    for octets in &numbers {
        let number = Field521::from_octets(octets);
        assert_eq!(number.to_octets(), octets);
        assert_eq!(number.sub(&number), Field521::ZERO);
        assert_eq!(number.neg().neg(), number);
        assert_eq!(number.add(&number.neg()).to_octets(), [0; 66], "p itself is zero");
        assert_eq!(number.square(), number.mul(&number));
        // The largest sums and differences that the formulas make of what is not reduced.
        let (mut sum, mut difference) = (number, number);
        for _ in 0..4 {
            (sum, difference) = (sum.double(), difference.sub(&sum));
        }
        let fifteen = (0..14).fold(number, |sum, _| sum.add(&number));
        assert_eq!(sum, fifteen.add(&number));
        assert_eq!(difference, fifteen.sub(&number).neg());
        assert_eq!(sum.mul(&difference), number.square().mul(&sixteen_times_fourteen()).neg());
    }
    inverts(numbers.iter().map(|octets| Field521::from_octets(octets)));
}

fn sixteen_times_fourteen() -> Field521 {
    let mut octets = [0; 66];
    octets[65] = 16 * 14;
    Field521::from_octets(&octets)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What stands in the sources as numbers.
#[test]
fn the_constants_are_what_they_are_said_to_be() {
    fn check<P: Prime<L>, const L: usize>(prime_less_two: &str) {
        let one = Montgomery::<P, L>::ONE;
        let power = |count| (0..count).fold(one, |power, _| power.double());
        // ONE stands for 1, so its limbs are R; 2^(64·L) stands for itself, so its limbs are R².
        let mut octets = vec![0; L * 8];
        octets[L * 8 - 1] = 1;
        assert_eq!(one.to_octets(), octets);
        assert_eq!(power(64 * L).limbs(), P::R2);
        assert_eq!(hex(&power(1).neg().to_octets()), prime_less_two);
    }
    // FIPS 186-5: 2^256 − 2^224 + 2^192 + 2^96 − 1, and 2^384 − 2^128 − 2^96 + 2^32 − 1.
    check::<P256, 4>(&["ffffffff00000001", "0000000000000000", "00000000ffffffff", "fffffffffffffffd"].concat());
    check::<P384, 6>(&["f".repeat(63).as_str(), "effffffff", "0000000000000000", "fffffffd"].concat());
    assert_eq!(hex(&Field521::ONE.double().neg().to_octets()), format!("01{}d", "f".repeat(129)));
}
