//! Row 17: RSA signatures.

use jwtward::{Algorithm, VerifyError};
use p256::elliptic_curve::bigint::{
    CheckedAdd, Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use rsa::{
    BoxedUint,
    signature::{RandomizedSigner, SignatureEncoding},
};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::support::{RSA, member, rsa_key, token, verify_with};

const RS256: &str = r#"{"alg":"RS256"}"#;

/// The DigestInfo of SHA-256 up to the digest (RFC 8017 section 9.2, note 1).
const SHA256_INFO: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

fn number(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(octets, 2048).unwrap()
}

/// The private operation on any encoded message: m^d modulo n.
fn raw(encoded: &[u8]) -> Vec<u8> {
    assert_eq!(encoded.len(), 256);
    let params = BoxedMontyParams::new(Odd::new(number(&member(RSA, "n"))).unwrap());
    let power = BoxedMontyForm::new(number(encoded), &params).pow(&number(&member(RSA, "d")));
    power.retrieve().to_be_bytes().to_vec()
}

/// 0, the block type, padding octets, 0, and what follows, in 256 octets.
fn padded(block: u8, padding: u8, content: &[u8]) -> Vec<u8> {
    let length = 256 - 3 - content.len();
    [&[0, block][..], &vec![padding; length], &[0], content].concat()
}

fn verify(algorithm: Algorithm, token: &str) -> Result<(), VerifyError> {
    verify_with(rsa_key(algorithm).verifying_key(), token)
}

fn claims(counter: u32) -> String {
    format!(r#"{{"exp":1000900,"counter":{counter}}}"#)
}

fn encoded_as(encode: impl Fn(&[u8]) -> Vec<u8>) -> Result<(), VerifyError> {
    verify(Algorithm::RS256, &token(RS256, claims(0), |input| raw(&encode(&Sha256::digest(input)))))
}

#[test]
fn a17_rsa_pkcs1_with_a_lax_digest_info() {
    assert_eq!(encoded_as(|digest| padded(1, 0xff, &[SHA256_INFO, digest].concat())), Ok(()));
    let without_null =
        [0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20];
    // Lengths in the long form, which BER allows and DER does not.
    let long_form = [&[0x30, 0x81, 0x31][..], &SHA256_INFO[2..]].concat();
    let inner_long_form = [&[0x30, 0x32, 0x30, 0x81, 0x0d][..], &SHA256_INFO[4..]].concat();
    // The parameters as an octet string with room for anything, instead of NULL.
    let room = [&[0x30, 0x35, 0x30, 0x11][..], &SHA256_INFO[4..15], &[0x04, 0x04, 1, 2, 3, 4, 0x04, 0x20]].concat();
    let sha512 = [&SHA256_INFO[..14], &[0x03], &SHA256_INFO[15..]].concat();
    let sha1 = [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x20].to_vec();
    for (what, info) in [
        ("no NULL", without_null.to_vec()),
        ("long form", long_form),
        ("inner long form", inner_long_form),
        ("other parameters", room),
        ("another hash's name", sha512),
        ("SHA-1's name", sha1),
        ("no DigestInfo", Vec::new()),
    ] {
        let verified = encoded_as(|digest| padded(1, 0xff, &[info.as_slice(), digest].concat()));
        assert_eq!(verified, Err(VerifyError::BadSignature), "{what}");
    }
}

#[test]
fn a17_rsa_pkcs1_with_lax_padding() {
    let info = |digest: &[u8]| [SHA256_INFO, digest].concat();
    // Bleichenbacher 2006: little padding, and garbage after the digest.
    let garbage_after = |digest: &[u8]| {
        let head = [&[0, 1][..], &[0xff; 8], &[0], &info(digest)].concat();
        [head.clone(), vec![0xab; 256 - head.len()]].concat()
    };
    assert_eq!(encoded_as(garbage_after), Err(VerifyError::BadSignature));
    let one_after = |digest: &[u8]| padded(1, 0xff, &[info(digest), vec![0]].concat());
    assert_eq!(encoded_as(one_after), Err(VerifyError::BadSignature));
    for (block, padding) in [(0, 0xff), (2, 0xff), (1, 0xfe), (1, 0x01), (0, 0)] {
        let verified = encoded_as(|digest| padded(block, padding, &info(digest)));
        assert_eq!(verified, Err(VerifyError::BadSignature), "{block} {padding:#x}");
    }
    // A zero within the padding, a wrong last octet of it, no zero after it, and the whole moved up by one.
    let change = |at: usize, octet: u8| {
        move |digest: &[u8]| {
            let mut encoded = padded(1, 0xff, &[SHA256_INFO, digest].concat());
            encoded[at] = octet;
            encoded
        }
    };
    let zero_at = 256 - 32 - SHA256_INFO.len() - 1;
    for (at, octet) in [(10, 0), (100, 0xfe), (zero_at - 1, 0), (zero_at, 0xff), (zero_at, 1)] {
        assert_eq!(encoded_as(change(at, octet)), Err(VerifyError::BadSignature), "{at}");
    }
    let moved = |digest: &[u8]| [&padded(1, 0xff, &info(digest))[1..], &[0]].concat();
    assert_eq!(encoded_as(moved), Err(VerifyError::BadSignature));
}

#[test]
fn a17_rsa_signature_at_or_above_n() {
    let n = member(RSA, "n");
    // s + n is the same number modulo n. It fits into 256 octets when s is small, so look for such a token.
    let (payload, sum) = (0..)
        .find_map(|counter| {
            let mut signature = Vec::new();
            token(RS256, claims(counter), |input| {
                signature = raw(&padded(1, 0xff, &[SHA256_INFO, &Sha256::digest(input)].concat()));
                Vec::new()
            });
            let sum = number(&signature).checked_add(&number(&n)).into_option()?;
            Some((claims(counter), sum.to_be_bytes().to_vec()))
        })
        .unwrap();
    assert_eq!(verify(Algorithm::RS256, &token(RS256, &payload, |_| sum.clone())), Err(VerifyError::BadSignature));
    for signature in [n.clone(), vec![0xff; 256], vec![0; 256], [vec![0; 255], vec![1]].concat()] {
        for algorithm in [Algorithm::RS256, Algorithm::PS256] {
            let header = format!(r#"{{"alg":"{algorithm}"}}"#);
            let token = token(header, &payload, |_| signature.clone());
            assert_eq!(verify(algorithm, &token), Err(VerifyError::BadSignature), "{algorithm}");
        }
    }
}

/// A token whose signature begins with a zero octet, found by trying; RS256 is deterministic, so it stays found.
const LEADING_ZERO: u32 = 106;

#[test]
fn a17_rsa_signature_short_or_long() {
    let mut signature = Vec::new();
    token(RS256, claims(LEADING_ZERO), |input| {
        signature = raw(&padded(1, 0xff, &[SHA256_INFO, &Sha256::digest(input)].concat()));
        Vec::new()
    });
    assert_eq!(signature[0], 0);
    let verify = |octets: &[u8]| verify(Algorithm::RS256, &token(RS256, claims(LEADING_ZERO), |_| octets.to_vec()));
    assert_eq!(verify(&signature), Ok(()));
    // The same number in fewer or more octets.
    assert_eq!(verify(&signature[1..]), Err(VerifyError::BadSignature));
    for zeros in [1, 2, 16, 256] {
        assert_eq!(verify(&[vec![0; zeros], signature.clone()].concat()), Err(VerifyError::BadSignature), "{zeros}");
    }
    assert_eq!(verify(&[signature.as_slice(), &[0]].concat()), Err(VerifyError::BadSignature));
    assert_eq!(verify(&signature[..255]), Err(VerifyError::BadSignature));
    assert_eq!(verify(&[0]), Err(VerifyError::BadSignature));
}

fn pss<D>(algorithm: Algorithm, salt_len: usize) -> Result<(), VerifyError>
where
    rsa::pss::SigningKey<D>: RandomizedSigner<rsa::pss::Signature>,
    D: Digest,
{
    let octets = |name| BoxedUint::from_be_slice_vartime(&member(RSA, name));
    let primes = vec![octets("p"), octets("q")];
    let key = rsa::PrivateKey::from_components(octets("n"), octets("e"), octets("d"), primes).unwrap();
    let signer = rsa::pss::SigningKey::<D>::new_with_salt_len(key, salt_len);
    let sign = |input: &[u8]| signer.try_sign_with_rng(&mut getrandom::SysRng, input).unwrap().to_vec();
    verify(algorithm, &token(format!(r#"{{"alg":"{algorithm}"}}"#), claims(0), sign))
}

#[test]
fn a17_rsa_pss_salt_of_another_length() {
    for salt_len in [0, 1, 20, 31, 32, 33, 48, 64, 222] {
        let expected = |length| if salt_len == length { Ok(()) } else { Err(VerifyError::BadSignature) };
        assert_eq!(pss::<Sha256>(Algorithm::PS256, salt_len), expected(32), "{salt_len}");
        if salt_len <= 256 - 2 - 48 {
            assert_eq!(pss::<Sha384>(Algorithm::PS384, salt_len), expected(48), "{salt_len}");
        }
        if salt_len <= 256 - 2 - 64 {
            assert_eq!(pss::<Sha512>(Algorithm::PS512, salt_len), expected(64), "{salt_len}");
        }
    }
}

#[test]
fn a17_rsa_pss_of_another_hash() {
    assert_eq!(pss::<Sha384>(Algorithm::PS256, 32), Err(VerifyError::BadSignature));
    assert_eq!(pss::<Sha512>(Algorithm::PS256, 32), Err(VerifyError::BadSignature));
    assert_eq!(pss::<Sha256>(Algorithm::PS384, 48), Err(VerifyError::BadSignature));
}
