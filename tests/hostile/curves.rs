//! Signatures of the elliptic curves: ECDSA and Ed25519.

use ed25519_dalek::{Signature, SigningKey, Verifier as _};
use jwtward::Algorithm;
use p256::elliptic_curve::bigint::NonZero;
use rsa::BoxedUint;
use sha2::{Digest, Sha512};

use crate::{
    corpus::{Corpus, signature},
    keys::{Key, L, Owner, SMALL_ORDER, der_integer, seed, signed_by},
    signatures::changed,
};

pub(crate) fn add(corpus: &mut Corpus) {
    ecdsa(corpus);
    ed25519(corpus);
}

/// The order of each curve's group.
fn order(algorithm: Algorithm) -> Vec<u8> {
    let text = match algorithm {
        Algorithm::ES256 => "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        Algorithm::ES384 => {
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973"
        }
        _ => {
            "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409"
        }
    };
    hex(text)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// a − b, of equal lengths.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut out = vec![0; a.len()];
    let mut borrow = 0;
    for i in (0..a.len()).rev() {
        let digit = i16::from(a[i]) - i16::from(b[i]) - borrow;
        borrow = i16::from(digit < 0);
        out[i] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    out
}

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let content = [der_integer(r), der_integer(s)].concat();
    let length = u8::try_from(content.len()).unwrap();
    let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [head, content].concat()
}

fn ecdsa(corpus: &mut Corpus) {
    corpus.begin("ecdsa");
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512] {
        let key = Key::new(algorithm);
        let n = order(algorithm);
        let length = n.len();
        let plus_one = |octets: &[u8]| {
            let mut sum = octets.to_vec();
            *sum.last_mut().unwrap() += 1;
            sum
        };
        let small = |value: u8| [vec![0; length - 1], vec![value]].concat();
        let numbers = [
            (small(0), "0"),
            (small(1), "1"),
            (n.clone(), "n"),
            (plus_one(&n), "n + 1"),
            (difference(&n, &small(1)), "n - 1"),
            (vec![0xff; length], "all ones"),
        ];
        for (bad, name) in &numbers {
            // CVE-2022-21449 and its kin.
            for (place, what) in [(0, "r"), (1, "s"), (2, "r and s")] {
                let token = changed(corpus, &key, |raw| {
                    let (r, s) = raw.split_at(length);
                    [if place == 1 { r } else { bad }, if place == 0 { s } else { bad }].concat()
                });
                if place == 2 && (*name == "0" || *name == "all ones") {
                    continue;
                }
                corpus.refused(&key, token, signature(), format!("{what} is {name}."));
            }
        }
        let token = changed(corpus, &key, |raw| {
            let (r, s) = raw.split_at(length);
            [r, &difference(&n, s)].concat()
        });
        let reason = "n - s in place of s: the same signature's twin, which RFC 7518 does not forbid.";
        corpus.accepted(&key, token, reason);
        let token = changed(corpus, &key, |raw| {
            let (r, s) = raw.split_at(length);
            [&difference(&n, r), s].concat()
        });
        corpus.refused(&key, token, signature(), "n - r in place of r.");
        type Change = fn(&[u8], &[u8]) -> Vec<u8>;
        let changes: [(Change, &str); 13] = [
            (der, "The signature is DER, as other protocols have it."),
            (
                |r, s| {
                    let mut der = der(r, s);
                    der.resize(r.len() * 2, 0);
                    der
                },
                "The signature is DER, cut or filled up to the right length.",
            ),
            (|r, s| [&[0], r, &[0], s].concat(), "r and s with a zero octet in front of each."),
            (|r, s| [&[0, 0], r, s].concat(), "Two zero octets in front."),
            (|r, s| [r, s, &[1]].concat(), "A recovery bit after the signature."),
            (|r, s| [&[27], r, s].concat(), "A recovery bit before the signature."),
            (|r, s| [s, r].concat(), "s before r."),
            (|r, _| [r, r].concat(), "r twice."),
            (|_, s| [s, s].concat(), "s twice."),
            (|r, s| [&r[1..], &s[1..]].concat(), "r and s without their first octets."),
            (|r, s| [&r[..r.len() - 1], &s[..s.len() - 1]].concat(), "r and s without their last octets."),
            (|r, s| r.iter().rev().chain(s.iter().rev()).copied().collect(), "r and s with their low octets first."),
            (|r, s| [&[4], r, s].concat(), "The octet of an uncompressed point in front."),
        ];
        for (change, reason) in changes {
            let token = changed(corpus, &key, |raw| change(&raw[..length], &raw[length..]));
            corpus.refused(&key, token, signature(), reason);
        }
        let text = |r: &[u8]| r.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into_bytes();
        let token = changed(corpus, &key, |raw| text(&raw));
        corpus.refused(&key, token, signature(), "The signature is written in hexadecimal digits.");
    }
    let key = Key::new(Algorithm::ES512);
    for keep in [65, 64] {
        let token = changed(corpus, &key, |raw| [&raw[66 - keep..66], &raw[132 - keep..]].concat());
        let reason = format!("ES512 with {keep} octets each for r and s.");
        corpus.refused(&key, token, signature(), reason);
    }
    for bits in [0x02, 0x04, 0x80] {
        let token = changed(corpus, &key, |mut raw| {
            raw[0] |= bits;
            raw
        });
        corpus.refused(&key, token, signature(), "ES512 with more than 521 bits.");
    }
}

/// A little-endian number.
fn little(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_le_slice(octets, 512).unwrap()
}

fn little_octets(number: &BoxedUint) -> [u8; 32] {
    number.to_le_bytes()[..32].try_into().unwrap()
}

fn ed25519(corpus: &mut Corpus) {
    corpus.begin("ed25519");
    let key = Key::new(Algorithm::EdDSA);
    for (times, what) in [(1, "S + L"), (2, "S + 2L"), (7, "S + 7L"), (14, "S + 14L")] {
        let token = changed(corpus, &key, |mut raw| {
            let sum = (0..times).fold(little(&raw[32..]), |sum, _| sum.wrapping_add(little(&L)));
            raw[32..].copy_from_slice(&little_octets(&sum));
            raw
        });
        corpus.refused(&key, token, signature(), format!("{what} in place of S: the same number modulo L."));
    }
    let mut minus_one = L;
    minus_one[0] -= 1;
    for (s, what) in [(L, "L"), (minus_one, "L - 1"), ([0xff; 32], "all ones"), ([0; 32], "zero")] {
        let token = changed(corpus, &key, |raw| [&raw[..32], &s].concat());
        corpus.refused(&key, token, signature(), format!("S is {what}."));
    }
    for bit in [0x10, 0x20, 0x40, 0x80] {
        let token = changed(corpus, &key, |mut raw| {
            raw[63] ^= bit;
            raw
        });
        corpus.refused(&key, token, signature(), "One of the topmost bits of S is turned over.");
    }
    let hash = Sha512::digest(seed(Owner::Issuer));
    let mut scalar: [u8; 32] = hash[..32].try_into().unwrap();
    scalar[0] &= 248;
    scalar[31] = scalar[31] & 127 | 64;
    let public = SigningKey::from_bytes(&seed(Owner::Issuer)).verifying_key();
    let order = NonZero::new(little(&L)).unwrap();
    // The holder of the key can make S for R = 0, and a lax verifier takes it.
    let crafted = signed_by(key.header(), corpus.claims(), |input| {
        let identity = hex(SMALL_ORDER[0]);
        let k = Sha512::digest([identity.as_slice(), public.as_bytes(), input].concat());
        let s = little(&k).rem(&order).mul_mod(&little(&scalar).rem(&order), &order);
        let signature = [identity, little_octets(&s).to_vec()].concat();
        public.verify(input, &Signature::from_slice(&signature).unwrap()).unwrap();
        signature
    });
    corpus.refused(
        &key,
        crafted,
        signature(),
        "R is the identity and the equation holds: strict verification alone refuses.",
    );
    for point in SMALL_ORDER {
        let token = changed(corpus, &key, |raw| [hex(point), raw[32..].to_vec()].concat());
        corpus.refused(&key, token, signature(), format!("R is {point}, of small order or not canonical."));
        let token = changed(corpus, &key, |_| [hex(point), vec![0; 32]].concat());
        if point.bytes().any(|digit| digit != b'0') {
            corpus.refused(&key, token, signature(), format!("R is {point} and S is zero."));
        }
    }
    type Change = fn(&[u8], &[u8]) -> Vec<u8>;
    let changes: [(Change, &str); 8] = [
        (|r, s| [s, r].concat(), "S before R."),
        (|r, _| [r, r].concat(), "R twice."),
        (|r, _| r.to_vec(), "R alone."),
        (|_, s| s.to_vec(), "S alone."),
        (|r, s| r.iter().rev().chain(s.iter().rev()).copied().collect(), "R and S with their high octets first."),
        (|r, s| [r, s, &[0; 50]].concat(), "As long as an Ed448 signature."),
        (
            |r, s| {
                let mut r = r.to_vec();
                r[31] ^= 0x80;
                [&r, s].concat()
            },
            "R is the negative point.",
        ),
        (|r, s| [&[0x40], r, s].concat(), "A prefix of another protocol before the signature."),
    ];
    for (change, reason) in changes {
        let token = changed(corpus, &key, |raw| change(&raw[..32], &raw[32..]));
        corpus.refused(&key, token, signature(), reason);
    }
}
