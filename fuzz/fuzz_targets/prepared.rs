//! Prepared keys: whatever the key, the message and the signature, a prepared key accepts it if and only if the plain one does.
//! Signatures come as they are, as good ones with octets changed, and together with a key that is made for them, so that rare
//! points, scalars, moduli and paddings are met.
#![no_main]

use std::sync::LazyLock;

use fixed::unnamed_key;
use jwtward::{Algorithm, PreparedKey, VerifyingKey, fuzzing};
use libfuzzer_sys::fuzz_target;

/// The families that can be prepared, each by one algorithm or more.
const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];
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
            let algorithm = ALGORITHMS[choice];
            let curve = |made: Option<(Vec<u8>, Vec<u8>)>| {
                let (point, signature) = made?;
                Some((fuzzing::ec_key(algorithm, &point)?, signature))
            };
            let made = match algorithm {
                Algorithm::ES256 => curve(p256_curve::make(rest)),
                Algorithm::ES384 => curve(p384_curve::make(rest)),
                Algorithm::ES512 => curve(p521_curve::make(rest)),
                Algorithm::EdDSA => ed25519::make(rest),
                _ => rsa::make(algorithm, rest),
            };
            let Some((key, signature)) = made else { return };
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
                    ops::{MulByGeneratorVartime, Reduce},
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
                    let sum = ProjectivePoint::mul_by_generator_vartime(&scalar(data)?);
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
                    0 | 1 => ProjectivePoint::mul_by_generator_and_mul_add_vartime(&-(e * inverse), &(s * inverse), &sum),
                    2 => ProjectivePoint::mul_by_generator_vartime(&(e * inverse)),
                    _ => ProjectivePoint::mul_by_generator_vartime(&-(e * inverse)),
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

mod ed25519 {
    use curve25519_dalek::{EdwardsPoint, constants::EIGHT_TORSION, scalar::Scalar};
    use jwtward::{VerifyingKey, fuzzing};
    use sha2::{Digest, Sha512};

    /// A scalar from octets: small, a power of two or so, each or its opposite; or from the octets that follow.
    fn scalar(data: &mut &[u8]) -> Option<Scalar> {
        let [kind, value, rest @ ..] = *data else { return None };
        *data = rest;
        let scalar = match kind / 2 % 3 {
            0 => Scalar::from(*value),
            1 => (0..*value).fold(Scalar::ONE, |power, _| power + power) + Scalar::from(kind / 6 % 2),
            _ => {
                let mut octets = [0; 32];
                for octet in &mut octets {
                    let [first, rest @ ..] = *data else { break };
                    (*octet, *data) = (*first, rest);
                }
                Scalar::from_bytes_mod_order(octets)
            }
        };
        Some(if kind % 2 == 0 { scalar } else { -scalar })
    }

    /// A key a·B and an R = r·B, each with a point of small order added or none, and the S that fits a and r. R may come in an
    /// encoding that is not canonical, if its point has one.
    pub fn make(mut data: &[u8]) -> Option<(VerifyingKey, Vec<u8>)> {
        let (a, r) = (scalar(&mut data)?, scalar(&mut data)?);
        let [torsion, change, ..] = *data else { return None };
        let point = EdwardsPoint::mul_base(&a) + EIGHT_TORSION[usize::from(torsion % 8)];
        let point = point.compress().to_bytes();
        let encoded = EdwardsPoint::mul_base(&r) + EIGHT_TORSION[usize::from(torsion / 8 % 8)];
        let mut encoded = encoded.compress().to_bytes();
        match change % 8 {
            // y + p, where y is small.
            1 if encoded[0] < 19 && encoded[1..31] == [0; 30] && encoded[31] & 0x7f == 0 => {
                encoded[0] += 0xed;
                encoded[1..31].fill(0xff);
                encoded[31] |= 0x7f;
            }
            // The other sign, which is the same point where x is zero.
            2 => encoded[31] ^= 0x80,
            _ => {}
        }
        let k = Sha512::new().chain_update(encoded).chain_update(point).chain_update(super::MESSAGE).finalize();
        let s = r + Scalar::from_bytes_mod_order_wide(&k.into()) * a;
        Some((fuzzing::ed_key(&point)?, [encoded, s.to_bytes()].concat()))
    }
}

mod rsa {
    use crypto_bigint::{BoxedUint, ConcatenatingMul};
    use jwtward::{Algorithm, VerifyingKey, fuzzing};
    use sha2::{Digest, Sha256};

    /// A signature, and a modulus of which a power of it is the padding of the message, or one with an octet changed. The exponent is
    /// small, as otherwise the power were too long.
    pub fn make(algorithm: Algorithm, data: &[u8]) -> Option<(VerifyingKey, Vec<u8>)> {
        let [exponent, length, place, change, rest @ ..] = data else { return None };
        // How many octets a number must have for its power to be long enough.
        let (exponent, least) = [(3_u8, 86), (5, 52), (7, 38), (17, 16), (129, 3)][usize::from(exponent % 5)];
        let mut number = vec![0xff; least + usize::from(length % 8)];
        number.iter_mut().zip(rest).for_each(|(octet, value)| *octet = *value);
        number[0] |= 0x80;
        // The modulus must be odd.
        let last = if algorithm == Algorithm::RS256 { Sha256::digest(super::MESSAGE)[31] } else { 0xbc };
        *number.last_mut()? = number.last()? & 0xfe | !last & 1;
        let number = BoxedUint::from_be_slice_vartime(&number);
        let power = (1..exponent).fold(number.clone(), |power, _| power.concatenating_mul(&number));
        let bits = usize::try_from(power.bit_width_vartime()).ok()?;
        let salt = rest.get(..32).unwrap_or(&[7; 32]);
        let mut encoded = if algorithm == Algorithm::RS256 { pkcs1(bits.div_ceil(8)) } else { pss(bits - 1, salt) };
        let place = usize::from(*place) % encoded.len();
        encoded[place] ^= change;
        let encoded = BoxedUint::from_be_slice(&encoded, power.bits_precision()).ok()?;
        let n = power.wrapping_sub(&encoded).to_be_bytes_trimmed_vartime();
        let number = number.to_be_bytes_trimmed_vartime();
        let signature = [&*vec![0; n.len().checked_sub(number.len())?], &number].concat();
        Some((fuzzing::rsa_key(algorithm, &n, &[exponent])?, signature))
    }

    fn pkcs1(length: usize) -> Vec<u8> {
        let info = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
        let padding = vec![0xff; length - 3 - info.len() - 32];
        [&[0, 1], &*padding, &[0], info, &Sha256::digest(super::MESSAGE)].concat()
    }

    fn pss(bits: usize, salt: &[u8]) -> Vec<u8> {
        let length = bits.div_ceil(8);
        let hashed = Sha256::digest(super::MESSAGE);
        let h = Sha256::new().chain_update([0; 8]).chain_update(hashed).chain_update(salt).finalize();
        let mut db = [&*vec![0; length - salt.len() - 34], &[1], salt].concat();
        for (counter, block) in (0_u32..).zip(db.chunks_mut(32)) {
            let mask = Sha256::new().chain_update(h).chain_update(counter.to_be_bytes()).finalize();
            block.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
        }
        db[0] &= 0xff >> (length * 8 - bits);
        [&*db, &h, &[0xbc]].concat()
    }
}
