//! Scalars, points and signatures at the edges, each against RustCrypto's verdict.

use crate::{
    algorithm::Curve as Named,
    crypto::{
        ecdsa::EcVerifier,
        prepared::ecdsa::{
            PreparedEc,
            comb::Comb,
            curve::{Curve, Curve256, Curve384, Curve521, Scalars, point},
            field::Field,
            verifier::is_met,
        },
    },
};

macro_rules! curve {
    ($name:ident: $curve:ident, $ours:ident, $named:expr, $hash:ident) => {
        mod $name {
            use p256::elliptic_curve::{
                Generate, Group,
                ff::PrimeField,
                ops::Reduce,
                point::{AffineCoordinates, DecompressPoint},
                subtle::Choice,
            };
            use sha2::Digest;
            use $curve::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, Sec1Point};

            use super::*;

            type Number = <$ours as Curve>::Field;

            fn sec1(point: &ProjectivePoint) -> Vec<u8> {
                Sec1Point::from(point.to_affine()).as_bytes().to_vec()
            }

            fn reduced(octets: &[u8]) -> Scalar {
                let mut padded = FieldBytes::default();
                for (padded, octet) in padded.iter_mut().rev().zip(octets.iter().rev()) {
                    *padded = *octet;
                }
                <Scalar as Reduce<FieldBytes>>::reduce(&padded)
            }

            fn e(message: &[u8]) -> Scalar {
                reduced(&sha2::$hash::digest(message))
            }

            fn power(exponent: usize) -> Scalar {
                (0..exponent).fold(Scalar::ONE, |power, _| power.double())
            }

            /// Ends of the range, digits at the ends of theirs, and carries through all windows.
            fn scalars() -> Vec<Scalar> {
                let mut scalars = vec![Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(2u64).invert().unwrap()];
                for width in [$ours::WIDTH as usize, 5, 6, 7] {
                    let windows = ($ours::BITS + 1).div_ceil(width);
                    for window in [0, 1, 2, windows / 2, windows - 2, windows - 1] {
                        let half = power((window * width + width - 1).min($ours::BITS - 1));
                        scalars.extend([half, half - Scalar::ONE, half + Scalar::ONE, -half]);
                    }
                    // Each digit half of its range, and one above.
                    let all = (0..windows - 1).map(|window| power(window * width + width - 1)).sum::<Scalar>();
                    let ones = (0..windows - 1).map(|window| power(window * width)).sum::<Scalar>();
                    scalars.extend([all, all + ones, -all]);
                }
                scalars
            }

            /// Compares what is found about the equation with the sum that RustCrypto makes; gives how often the formulas did not tell.
            fn compare(public: &ProjectivePoint, us: &[(Scalar, Scalar)]) -> usize {
                let comb = Comb::<Number>::new(point(&sec1(public)[1..]), $ours::BITS, $ours::WIDTH);
                let mut untold = 0;
                for (u1, u2) in us {
                    let sum = ProjectivePoint::GENERATOR * u1 + *public * u2;
                    let met = |r: Scalar| {
                        let scalars = Scalars { r: r.to_repr(), u1: u1.to_repr(), u2: u2.to_repr() };
                        is_met::<$ours>(&comb, &scalars)
                    };
                    if bool::from(sum.is_identity()) {
                        assert_eq!(met(Scalar::ONE), None, "infinity: {u1:?} {u2:?}");
                        untold += 1;
                        continue;
                    }
                    let r = <Scalar as Reduce<FieldBytes>>::reduce(&sum.to_affine().x());
                    match met(r) {
                        Some(met) => assert!(met, "{u1:?} {u2:?}"),
                        None => untold += 1,
                    }
                    for wrong in [r + Scalar::ONE, -r, Scalar::ONE].into_iter().filter(|wrong| *wrong != r) {
                        assert_ne!(met(wrong), Some(true), "{u1:?} {u2:?}");
                    }
                }
                untold
            }

            #[test]
            fn edge_scalars_meet_the_equation_that_rustcrypto_makes() {
                let scalars = scalars();
                let public = ProjectivePoint::GENERATOR * Scalar::generate();
                let mut us: Vec<_> = scalars.iter().map(|u1| (*u1, Scalar::generate())).collect();
                us.extend(scalars.iter().map(|u2| (Scalar::generate(), *u2)));
                // Both at an edge, each with a different one.
                us.extend(scalars.iter().zip(scalars.iter().rev()).map(|(u1, u2)| (*u1, *u2)));
                // Of u2 = 0, which no signature has, nothing is told.
                us.retain(|(_, u2)| *u2 != Scalar::ZERO);
                // The combs of a key alone meet themselves in few scalars, near n.
                let untold = compare(&public, &us);
                assert!(untold <= 8, "{untold} of {}", us.len());
            }

            #[test]
            fn keys_that_are_small_multiples_of_the_generator_meet_themselves_and_are_judged_right() {
                for public in [1u64, 2].map(Scalar::from) {
                    for public in [public, -public] {
                        let small = (0..4u64).flat_map(|u1| (1..4u64).map(move |u2| (u1, u2)));
                        let us: Vec<_> = small
                            .map(|(u1, u2)| (Scalar::from(u1), Scalar::from(u2)))
                            .flat_map(|(u1, u2)| [(u1, u2), (-u1, u2), (u1, -u2)])
                            .collect();
                        assert!(compare(&(ProjectivePoint::GENERATOR * public), &us) > 0);
                    }
                }
            }

            /// Both ways of verification, which must agree.
            fn verify(public: &ProjectivePoint, message: &[u8], r: &[u8], s: Scalar) -> bool {
                let plain = EcVerifier::from_sec1($named, &sec1(public)).unwrap();
                let signature = [r, &s.to_repr()].concat();
                let plain_says = plain.verify(message, &signature);
                assert_eq!(PreparedEc::new(&plain).verify(message, &signature), plain_says, "{plain:?} {signature:x?}");
                plain_says.is_ok()
            }

            /// The key for which (r, s) leads to that point, whatever r is.
            fn key_for(sum: &ProjectivePoint, message: &[u8], r: Scalar, s: Scalar) -> ProjectivePoint {
                (*sum * s - ProjectivePoint::GENERATOR * e(message)) * r.invert().unwrap()
            }

            /// Points with that x-coordinate, if there are.
            fn points(x: &Number) -> impl Iterator<Item = ProjectivePoint> {
                let octets = FieldBytes::try_from(x.to_octets().as_slice()).unwrap();
                let points = [0, 1].map(|odd| AffinePoint::decompress(&octets, Choice::from(odd)).into_option());
                points.into_iter().flatten().map(ProjectivePoint::from)
            }

            fn small(number: u64) -> Number {
                Number::from_octets(&Scalar::from(number).to_repr())
            }

            #[test]
            fn an_x_coordinate_from_n_upwards_is_r_after_reduction() {
                let order = $ours::shared().order;
                let mut found = 0;
                // From n + 1 upwards, and from p − 1 downwards.
                for i in 1..16 {
                    for x in [order.add(&small(i)), small(i).neg()] {
                        let r = x.sub(&order).to_octets();
                        for sum in points(&x) {
                            let s = Scalar::generate();
                            let public = key_for(&sum, b"m", reduced(&r), s);
                            assert!(verify(&public, b"m", &r, s));
                            assert!(!verify(&public, b"n", &r, s));
                            found += 1;
                        }
                    }
                }
                assert!(found > 4);
                // An r of which r + n is p or more stands for itself alone: the sum is at p, which is 0, and a little above it.
                for i in 0..10 {
                    let x = small(i);
                    let r = x.sub(&order).to_octets();
                    for sum in points(&x) {
                        let s = Scalar::generate();
                        assert!(!verify(&key_for(&sum, b"m", reduced(&r), s), b"m", &r, s));
                        found += 1;
                    }
                }
                assert!(found > 8);
            }

            #[test]
            fn a_small_x_coordinate_is_r_itself() {
                for i in 1..10 {
                    for sum in points(&small(i)) {
                        let (r, s) = (Scalar::from(i), Scalar::generate());
                        assert!(verify(&key_for(&sum, b"m", r, s), b"m", &r.to_repr(), s));
                    }
                }
            }

            #[test]
            fn the_two_products_may_be_equal_but_not_opposite() {
                let half = Scalar::from(2u64).invert().unwrap();
                for _ in 0..2 {
                    let k = Scalar::generate();
                    let sum = ProjectivePoint::GENERATOR * k;
                    let r = <Scalar as Reduce<FieldBytes>>::reduce(&sum.to_affine().x());
                    let private = e(b"m") * r.invert().unwrap();
                    let s = e(b"m") * (k * half).invert().unwrap();
                    assert!(verify(&(ProjectivePoint::GENERATOR * private), b"m", &r.to_repr(), s), "u1·G = u2·Q");
                    let s = Scalar::generate();
                    assert!(!verify(&(ProjectivePoint::GENERATOR * -private), b"m", &r.to_repr(), s), "infinity");
                }
            }

            #[test]
            fn r_and_s_are_within_1_and_n_less_1_and_of_the_right_length() {
                let private = Scalar::generate();
                let public = ProjectivePoint::GENERATOR * private;
                let plain = EcVerifier::from_sec1($named, &sec1(&public)).unwrap();
                let prepared = PreparedEc::new(&plain);
                let order = $ours::shared().order.to_octets();
                let k = Scalar::generate();
                let r = <Scalar as Reduce<FieldBytes>>::reduce(&(ProjectivePoint::GENERATOR * k).to_affine().x());
                let s = (e(b"m") + r * private) * k.invert().unwrap();
                let (r, s, low) = (r.to_repr().to_vec(), s.to_repr().to_vec(), (-s).to_repr().to_vec());
                let zero = vec![0; order.len()];
                let last = (-Scalar::ONE).to_repr().to_vec();
                let above = vec![255; order.len()];
                for (first, second, holds) in [
                    (&r, &s, true),
                    (&r, &low, true),
                    (&s, &r, false),
                    (&zero, &s, false),
                    (&r, &zero, false),
                    (&zero, &zero, false),
                    (&order, &s, false),
                    (&r, &order, false),
                    (&last, &last, false),
                    (&r, &last, false),
                    (&above, &s, false),
                    (&r, &above, false),
                ] {
                    let signature = [first.as_slice(), second].concat();
                    assert_eq!(plain.verify(b"m", &signature).is_ok(), holds, "{signature:x?}");
                    assert_eq!(prepared.verify(b"m", &signature).is_ok(), holds, "{signature:x?}");
                    for length in [0, 1, order.len(), signature.len() - 1] {
                        assert!(prepared.verify(b"m", &signature[..length]).is_err());
                    }
                    assert!(prepared.verify(b"m", &[signature.as_slice(), &[0]].concat()).is_err());
                    assert!(prepared.verify(b"m", &[&[0], signature.as_slice()].concat()).is_err());
                }
            }
        }
    };
}

curve!(es256: p256, Curve256, Named::P256, Sha256);
curve!(es384: p384, Curve384, Named::P384, Sha384);
curve!(es512: p521, Curve521, Named::P521, Sha512);
