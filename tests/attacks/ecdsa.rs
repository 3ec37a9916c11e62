//! Rows 14 and 15: ECDSA signatures.

use jwtward::{Algorithm, JwsSigner, SigningKey, VerifyError, VerifyingKey};

use crate::support::{CLAIMS, P256, P521, decode, der_integer, encode, verify_with};

/// The order of each curve's group.
const N: [(Algorithm, &str); 3] = [
    (Algorithm::ES256, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"),
    (
        Algorithm::ES384,
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
    ),
    (
        Algorithm::ES512,
        "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
    ),
];

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn plus_one(octets: &[u8]) -> Vec<u8> {
    let mut sum = octets.to_vec();
    *sum.last_mut().unwrap() += 1;
    sum
}

/// A key, a valid token of it in its parts, and the length of r and of s.
struct Case {
    algorithm: Algorithm,
    key: VerifyingKey,
    input: String,
    r: Vec<u8>,
    s: Vec<u8>,
    n: Vec<u8>,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        N.into_iter().map(|(algorithm, n)| {
            let key = match algorithm {
                Algorithm::ES256 => SigningKey::from_jwk(P256).unwrap(),
                Algorithm::ES512 => SigningKey::from_jwk(P521).unwrap(),
                _ => SigningKey::generate(algorithm).unwrap(),
            };
            let token = JwsSigner::new(key.clone()).sign(CLAIMS.as_bytes()).unwrap();
            let (input, signature) = token.rsplit_once('.').unwrap();
            let signature = decode(signature);
            let (r, s) = signature.split_at(signature.len() / 2);
            assert_eq!(r.len(), hex(n).len());
            let (r, s) = (r.to_vec(), s.to_vec());
            Self { algorithm, key: key.verifying_key(), input: input.into(), r, s, n: hex(n) }
        })
    }

    fn verify(&self, signature: impl AsRef<[u8]>) -> Result<(), VerifyError> {
        verify_with(self.key.clone(), &format!("{}.{}", self.input, encode(signature)))
    }

    fn raw(&self) -> Vec<u8> {
        [self.r.as_slice(), &self.s].concat()
    }
}

#[test]
fn a14_ecdsa_r_or_s_zero_or_n_or_above() {
    for case in Case::all() {
        let length = case.n.len();
        let zero = vec![0; length];
        let (n, above, all_ones) = (case.n.clone(), plus_one(&case.n), vec![0xff; length]);
        // The largest number below n, and one: in range, so it is the equation that fails.
        let mut below = case.n.clone();
        *below.last_mut().unwrap() -= 1;
        let mut one = zero.clone();
        one[length - 1] = 1;
        assert_eq!(case.verify(case.raw()), Ok(()));
        for bad in [&zero, &n, &above, &all_ones, &below, &one] {
            for (r, s) in [(bad, &case.s), (&case.r, bad), (bad, bad), (bad, &zero), (&zero, bad)] {
                let signature = [r.as_slice(), s].concat();
                assert_eq!(case.verify(signature), Err(VerifyError::BadSignature), "{} {bad:02x?}", case.algorithm);
            }
        }
    }
}

#[test]
fn a14_ecdsa_der_where_raw_is_due() {
    for case in Case::all() {
        let content = [der_integer(&case.r), der_integer(&case.s)].concat();
        let length = u8::try_from(content.len()).unwrap();
        let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
        let der = [head, content].concat();
        assert_eq!(case.verify(&der), Err(VerifyError::BadSignature), "{}", case.algorithm);
        // Cut or padded to the length that is due.
        let mut fitted = der;
        fitted.resize(case.raw().len(), 0);
        assert_eq!(case.verify(fitted), Err(VerifyError::BadSignature), "{}", case.algorithm);
    }
}

#[test]
fn a14_ecdsa_length_one_off_or_zero_padded() {
    for case in Case::all() {
        let raw = case.raw();
        let padded = |octets: &[u8]| [&[0], octets].concat();
        for (what, signature) in [
            ("one short", raw[..raw.len() - 1].to_vec()),
            ("first octet lost", raw[1..].to_vec()),
            ("one long", [raw.as_slice(), &[0]].concat()),
            ("zero in front", padded(&raw)),
            ("r and s padded", [padded(&case.r), padded(&case.s)].concat()),
            ("r alone", case.r.clone()),
            ("s, r", [case.s.as_slice(), &case.r].concat()),
            ("one octet", vec![1]),
            ("twice", raw.repeat(2)),
            ("recoverable", [raw.as_slice(), &[1]].concat()),
        ] {
            assert_eq!(case.verify(signature), Err(VerifyError::BadSignature), "{} {what}", case.algorithm);
        }
    }
}

#[test]
fn a14_es512_has_132_octets() {
    let case = Case::all().last().unwrap();
    assert_eq!((case.algorithm, case.raw().len()), (Algorithm::ES512, 132));
    // What a careless signer makes of 521 bits: 65 octets each when the top one is zero, or 64.
    for keep in [65, 64] {
        let cut = [&case.r[66 - keep..], &case.s[66 - keep..]].concat();
        assert_eq!(case.verify(cut), Err(VerifyError::BadSignature), "{keep}");
    }
    // More than 521 bits.
    let mut high = case.raw();
    high[0] |= 0x02;
    assert_eq!(case.verify(high), Err(VerifyError::BadSignature));
}

#[test]
fn a14_ecdsa_signature_of_another_curve() {
    let cases: Vec<Case> = Case::all().collect();
    for one in &cases {
        for other in cases.iter().filter(|other| other.algorithm != one.algorithm) {
            assert_eq!(
                one.verify(other.raw()),
                Err(VerifyError::BadSignature),
                "{} {}",
                one.algorithm,
                other.algorithm
            );
        }
    }
}

/// n − s.
fn negated(n: &[u8], s: &[u8]) -> Vec<u8> {
    let mut difference = vec![0; n.len()];
    let mut borrow = 0;
    for i in (0..n.len()).rev() {
        let digit = i16::from(n[i]) - i16::from(s[i]) - borrow;
        borrow = i16::from(digit < 0);
        difference[i] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    difference
}

#[test]
fn a15_the_high_s_twin_is_accepted_as_rfc_7518_allows() {
    for case in Case::all() {
        let twin = [case.r.as_slice(), &negated(&case.n, &case.s)].concat();
        assert_ne!(twin, case.raw());
        assert_eq!(case.verify(twin), Ok(()), "{}", case.algorithm);
    }
}
