//! Prepared keys: whatever the key, the message and the signature, a prepared key accepts it if and only if the plain one does.
//! Signatures come as they are, as good ones with octets changed, and, for the curves, together with a key that is made for them, so
//! that rare points and scalars are met.
#![no_main]

use std::sync::LazyLock;

use fixed::unnamed_key;
use jwtward::{Algorithm, PreparedKey, VerifyingKey, fuzzing};
use libfuzzer_sys::fuzz_target;

/// The families that can be prepared, each by one algorithm or more.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512];
const MESSAGE: &[u8] = b"a message";

struct Fixed {
    plain: VerifyingKey,
    prepared: PreparedKey,
    /// Over `MESSAGE`.
    signature: Vec<u8>,
}

static FIXED: LazyLock<Vec<Fixed>> = LazyLock::new(|| {
    let fixed = |&algorithm: &Algorithm| {
        let plain = unnamed_key(algorithm);
        let signature = fuzzing::sign(fixed::signing_key(algorithm), MESSAGE).expect("a working random source");
        assert!(fuzzing::verify(&plain, MESSAGE, &signature), "the good one is good");
        Fixed { prepared: PreparedKey::new(&plain), plain, signature }
    };
    ALGORITHMS.iter().map(fixed).collect()
});

fuzz_target!(|data: &[u8]| {
    let [choice, mode, rest @ ..] = data else { return };
    let choice = usize::from(*choice) % ALGORITHMS.len();
    let Fixed { plain, prepared, signature } = &FIXED[choice];
    match mode % 3 {
        // A signature and a message as they are.
        0 => {
            let (signature, message) = rest.split_at(rest.len().min(signature.len()));
            agree(plain, prepared, message, signature);
        }
        // A good signature of which octets are changed: place and change, in turns.
        1 => {
            let mut signature = signature.clone();
            for change in rest.chunks_exact(2) {
                let place = usize::from(change[0]) % signature.len();
                signature[place] ^= change[1];
            }
            let accepted = agree(plain, prepared, MESSAGE, &signature);
            assert!(rest.len() >= 2 || accepted, "nothing was changed");
        }
        // A signature and the key for it.
        _ => {
            let made = match ALGORITHMS[choice] {
                Algorithm::ES256 => p256_curve::make(rest),
                Algorithm::ES384 => p384_curve::make(rest),
                _ => p521_curve::make(rest),
            };
            let Some((point, signature)) = made else { return };
            let Some(key) = fuzzing::ec_key(ALGORITHMS[choice], &point) else { return };
            agree(&key, &PreparedKey::new(&key), MESSAGE, &signature);
        }
    }
});

fn agree(plain: &VerifyingKey, prepared: &PreparedKey, message: &[u8], signature: &[u8]) -> bool {
    let accepted = fuzzing::verify(plain, message, signature);
    assert_eq!(fuzzing::verify(prepared, message, signature), accepted, "{plain:?} {message:x?} {signature:x?}");
    accepted
}

macro_rules! curve {
    ($name:ident: $curve:ident, $hash:ident) => {
        mod $name {
            use sha2::Digest;
            use $curve::{
                AffinePoint, FieldBytes, ProjectivePoint, Scalar, Sec1Point,
                elliptic_curve::{
                    ff::PrimeField,
                    ops::Reduce,
                    point::{AffineCoordinates, DecompressPoint},
                    subtle::Choice,
                },
            };

            /// A scalar from octets: small, a power of two or so, each or its opposite; or from the octets that follow.
            fn scalar(data: &mut &[u8]) -> Option<Scalar> {
                let [kind, value, rest @ ..] = *data else { return None };
                *data = rest;
                let scalar = match kind / 2 % 3 {
                    0 => Scalar::from(u64::from(*value)),
                    1 => {
                        let power = (0..u16::from(*value) * 2 + u16::from(kind >> 7))
                            .fold(Scalar::ONE, |power, _| power.double());
                        power + Scalar::from(u64::from(kind / 6 % 2))
                    }
                    _ => {
                        let mut octets = FieldBytes::default();
                        for octet in &mut octets {
                            let [first, rest @ ..] = *data else { break };
                            (*octet, *data) = (*first, rest);
                        }
                        <Scalar as Reduce<FieldBytes>>::reduce(&octets)
                    }
                };
                Some(if kind % 2 == 0 { scalar } else { -scalar })
            }

            /// A point, and octets that its x-coordinate may be taken for, or not.
            fn sum(data: &mut &[u8]) -> Option<(ProjectivePoint, FieldBytes)> {
                let [kind, rest @ ..] = *data else { return None };
                *data = rest;
                if kind % 2 == 0 {
                    let sum = ProjectivePoint::GENERATOR * scalar(data)?;
                    return Some((sum, sum.to_affine().x()));
                }
                // An x-coordinate that is small, or n and a little more, and a number that differs from it by n or not.
                let (small, rest) = data.split_first()?;
                *data = rest;
                let small = Scalar::from(u64::from(*small));
                let above = raised(small.to_repr());
                let x = if kind / 2 % 2 == 0 { small.to_repr() } else { above };
                let r = if kind / 4 % 2 == 0 { small.to_repr() } else { above };
                let point = AffinePoint::decompress(&x, Choice::from(kind / 8 % 2)).into_option()?;
                Some((point.into(), r))
            }

            /// The number and n, without reduction.
            fn raised(mut number: FieldBytes) -> FieldBytes {
                let mut carry = 1;
                for (octet, last) in number.iter_mut().zip((-Scalar::ONE).to_repr()).rev() {
                    carry += u16::from(*octet) + u16::from(last);
                    *octet = carry as u8;
                    carry >>= 8;
                }
                number
            }

            /// A key as x and y, and a signature that it may have made.
            pub fn make(mut data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
                let (sum, r) = sum(&mut data)?;
                let s = scalar(&mut data)?;
                let mut hashed = FieldBytes::default();
                for (padded, octet) in hashed.iter_mut().rev().zip(sha2::$hash::digest(super::MESSAGE).iter().rev()) {
                    *padded = *octet;
                }
                let e = <Scalar as Reduce<FieldBytes>>::reduce(&hashed);
                let inverse = <Scalar as Reduce<FieldBytes>>::reduce(&r).invert().into_option()?;
                // The key for which u1·G + u2·Q is the sum; or one that is the same multiple of G as u1 by u2, or its opposite.
                let public = match data.first().map_or(0, |kind| kind % 4) {
                    0 | 1 => (sum * s - ProjectivePoint::GENERATOR * e) * inverse,
                    2 => ProjectivePoint::GENERATOR * (e * inverse),
                    _ => ProjectivePoint::GENERATOR * -(e * inverse),
                };
                let point = Sec1Point::from(public.to_affine()).as_bytes().to_vec();
                Some((point, [r.as_slice(), &s.to_repr()].concat()))
            }
        }
    };
}

curve!(p256_curve: p256, Sha256);
curve!(p384_curve: p384, Sha384);
curve!(p521_curve: p521, Sha512);
