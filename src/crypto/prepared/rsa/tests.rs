//! Against the rsa crate: the powers, and what verifies. Wycheproof's vectors are in `wycheproof_tests`.

use crypto_bigint::{BoxedUint, NonZero, modular::BoxedMontyForm};
use rsa::{PublicKey, traits::PublicKeyParts};

use super::{PreparedRsa, power::Power};
use crate::{
    algorithm::{Hash, Padding},
    crypto::{
        prepared::testing::Random,
        rsa::{RsaVerifier, digest, integer},
    },
};

const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
const PADDINGS: [Padding; 2] = [Padding::Pkcs1, Padding::Pss];
/// Such that 2^bits − 1 is a prime: its powers have roots, and its length is a multiple of 8 and some more bits, once one more.
const MERSENNE: [usize; 3] = [2203, 2281, 4253];
/// How DigestInfo begins, for each hash.
const DIGEST_INFO: [[u8; 19]; 3] = [info(0x31, 1, 0x20), info(0x41, 2, 0x30), info(0x51, 3, 0x40)];

const fn info(length: u8, hash: u8, hash_length: u8) -> [u8; 19] {
    [48, length, 48, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, hash, 5, 0, 4, hash_length]
}

/// A modulus with both exponents.
struct Numbers {
    n: Vec<u8>,
    e: Vec<u8>,
    d: BoxedUint,
}

impl Numbers {
    /// RFC 7515 appendix A.2: 2048 bits.
    fn rfc7515() -> Self {
        let file: serde_json::Value = serde_json::from_str(include_str!("../../../../vectors/rfc7515.json")).unwrap();
        let key = &file["vectors"][1]["key"];
        let number = |name: &str| crate::encoding::base64url::decode(key[name].as_str().unwrap().as_bytes()).unwrap();
        Self { n: number("n"), e: number("e"), d: integer(&number("d")) }
    }

    /// The modulus 2^bits − 1, a prime.
    fn mersenne(bits: usize) -> Self {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= n.len() * 8 - bits;
        let e = vec![1, 0, 1];
        let order = integer(&n) - &BoxedUint::one();
        let e_wide = BoxedUint::from_be_slice(&e, order.bits_precision()).unwrap();
        let d = e_wide.invert_mod(&NonZero::new(order).unwrap()).unwrap();
        Self { n, e, d }
    }

    fn all() -> Vec<Self> {
        [Self::rfc7515()].into_iter().chain(MERSENNE.map(Self::mersenne)).collect()
    }

    /// emBits of RFC 8017 section 8.1.
    fn bits(&self) -> usize {
        self.n.len() * 8 - self.n[0].leading_zeros() as usize - 1
    }

    fn pair(&self, padding: Padding, hash: Hash) -> Pair<'_> {
        let plain = RsaVerifier::new(padding, hash, &self.n, &self.e, false).unwrap();
        Pair { numbers: self, prepared: PreparedRsa::new(&plain), plain }
    }
}

struct Pair<'a> {
    numbers: &'a Numbers,
    plain: RsaVerifier,
    prepared: PreparedRsa,
}

impl Pair<'_> {
    /// The signature whose power is `encoded`.
    fn root(&self, encoded: &[u8]) -> Vec<u8> {
        let params = self.plain.key.n_params();
        let number = BoxedUint::from_be_slice(encoded, params.bits_precision()).unwrap();
        let root = BoxedMontyForm::new(number, params).pow(&self.numbers.d).retrieve().to_be_bytes();
        let (zeros, root) = root.split_at(root.len() - self.numbers.n.len());
        assert!(zeros.iter().all(|octet| *octet == 0));
        root.to_vec()
    }

    /// The verdict, which must be the same prepared and not.
    fn verdict(&self, message: &[u8], signature: &[u8]) -> bool {
        let plain = self.plain.verify(message, signature);
        assert_eq!(self.prepared.verify(message, signature), plain, "{:?} {message:?} {signature:?}", self.plain);
        plain.is_ok()
    }

    fn encode(&self, message: &[u8], random: &mut Random) -> Vec<u8> {
        let hash = self.plain.hash;
        match self.plain.padding {
            Padding::Pkcs1 => encode_pkcs1(self.numbers.n.len(), &info_of(hash), &digest(hash, message), &[]),
            Padding::Pss => Pss { hash, mask: hash, bits: self.numbers.bits(), mark: 1, trailer: 0xbc, padding: 0 }
                .encode(message, &random.vec(hash.len())),
        }
    }
}

fn info_of(hash: Hash) -> [u8; 19] {
    DIGEST_INFO[HASHES.iter().position(|other| *other == hash).unwrap()]
}

/// RFC 8017 section 9.2, and what may wrongly follow.
fn encode_pkcs1(length: usize, info: &[u8], hashed: &[u8], garbage: &[u8]) -> Vec<u8> {
    let padding = length - 3 - info.len() - hashed.len() - garbage.len();
    [&[0, 1], &*vec![0xff; padding], &[0], info, hashed, garbage].concat()
}

/// RFC 8017 section 9.1.1, right or wrong.
#[derive(Clone, Copy)]
struct Pss {
    hash: Hash,
    /// The hash of the mask.
    mask: Hash,
    bits: usize,
    mark: u8,
    trailer: u8,
    /// The first octet of the padding.
    padding: u8,
}

impl Pss {
    fn encode(self, message: &[u8], salt: &[u8]) -> Vec<u8> {
        let length = self.bits.div_ceil(8);
        let h = digest(self.hash, &[&[0; 8], &*digest(self.hash, message), salt].concat());
        let mut db = vec![0; length - h.len() - 1];
        let mark = db.len() - salt.len() - 1;
        db[0] |= self.padding;
        db[mark] = self.mark;
        db[mark + 1..].copy_from_slice(salt);
        for (counter, block) in (0_u32..).zip(db.chunks_mut(self.mask.len())) {
            let mask = digest(self.mask, &[&*h, &counter.to_be_bytes()].concat());
            block.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
        }
        db[0] &= 0xff >> (length * 8 - self.bits);
        [db, h, vec![self.trailer]].concat()
    }

    fn right(hash: Hash, numbers: &Numbers) -> Self {
        Self { hash, mask: hash, bits: numbers.bits(), mark: 1, trailer: 0xbc, padding: 0 }
    }
}

/// Each key under each algorithm.
fn for_all_pairs(mut check: impl FnMut(&Pair<'_>)) {
    for numbers in Numbers::all() {
        for padding in PADDINGS {
            HASHES.into_iter().for_each(|hash| check(&numbers.pair(padding, hash)));
        }
    }
}

#[test]
fn what_is_right_verifies_and_any_damage_is_refused() {
    let mut random = Random::new("rsa damage");
    for_all_pairs(|pair| {
        let signature = pair.root(&pair.encode(b"m", &mut random));
        assert!(pair.verdict(b"m", &signature));
        assert!(!pair.verdict(b"n", &signature));
        for at in (0..signature.len()).step_by(17) {
            let mut damaged = signature.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(!pair.verdict(b"m", &damaged));
        }
        assert!(!pair.verdict(b"m", &[]));
        assert!(!pair.verdict(b"m", &signature[1..]));
        assert!(!pair.verdict(b"m", &signature[..signature.len() - 1]));
        assert!(!pair.verdict(b"m", &[&[0], &*signature].concat()));
        assert!(!pair.verdict(b"m", &[&*signature, &[0]].concat()));
    });
}

#[test]
fn numbers_at_the_bounds_of_the_modulus_are_refused() {
    let mut random = Random::new("rsa bounds");
    for_all_pairs(|pair| {
        let n = integer(&pair.numbers.n);
        let length = pair.numbers.n.len();
        let octets = |number: &BoxedUint| number.to_be_bytes()[number.to_be_bytes().len() - length..].to_vec();
        let one = BoxedUint::one_with_precision(n.bits_precision());
        let zero = BoxedUint::zero_with_precision(n.bits_precision());
        for number in [zero, one.clone(), n.wrapping_sub(&one), n.clone(), n.wrapping_add(&one)] {
            assert!(!pair.verdict(b"m", &octets(&number)));
        }
        assert!(!pair.verdict(b"m", &vec![0xff; length]));
        // A right signature plus n has the right power, where it has the room.
        let signature = integer(&pair.root(&pair.encode(b"m", &mut random)));
        let larger = signature.wrapping_add(&n);
        if larger > n {
            assert!(!pair.verdict(b"m", &octets(&larger)));
        }
    });
}

#[test]
fn pkcs1_with_any_octet_wrong_is_refused() {
    let numbers = Numbers::rfc7515();
    for hash in HASHES {
        let pair = numbers.pair(Padding::Pkcs1, hash);
        let right = pair.encode(b"m", &mut Random::new(""));
        for at in (0..right.len()).filter(|at| hash == Hash::Sha256 || at % 8 == 0) {
            let mut wrong = right.clone();
            wrong[at] ^= 1 + (at % 8) as u8 * 2;
            assert!(!pair.verdict(b"m", &pair.root(&wrong)), "{hash:?} {at}");
        }
    }
}

#[test]
fn pkcs1_has_one_encoding() {
    for numbers in Numbers::all() {
        for hash in HASHES {
            let pair = numbers.pair(Padding::Pkcs1, hash);
            let (length, info, hashed) = (numbers.n.len(), info_of(hash), digest(hash, b"m"));
            let refused = |encoded: Vec<u8>| assert!(!pair.verdict(b"m", &pair.root(&encoded)), "{encoded:?}");
            assert!(pair.verdict(b"m", &pair.root(&encode_pkcs1(length, &info, &hashed, &[]))));
            // Trailing garbage, with the padding shorter, down to nothing.
            for garbage in [1, 8, length - 3 - info.len() - hashed.len() - 8, length - 3 - info.len() - hashed.len()] {
                refused(encode_pkcs1(length, &info, &hashed, &vec![0; garbage]));
                refused(encode_pkcs1(length, &info, &hashed, &vec![0xff; garbage]));
            }
            // Without a DigestInfo, of another hash, without its NULL, with lengths that are too long.
            refused(encode_pkcs1(length, &[], &hashed, &[]));
            for other in HASHES.into_iter().filter(|other| *other != hash) {
                refused(encode_pkcs1(length, &info_of(other), &hashed, &[]));
                refused(encode_pkcs1(length, &info_of(other), &digest(other, b"m"), &[]));
            }
            let mut without_null = [&info[..15], &info[17..]].concat();
            without_null[1] -= 2;
            without_null[3] -= 2;
            refused(encode_pkcs1(length, &without_null, &hashed, &[]));
            let mut long_form = [&[info[0], 0x81], &info[1..]].concat();
            refused(encode_pkcs1(length, &long_form, &hashed, &[]));
            long_form[1] = 0x80;
            refused(encode_pkcs1(length, &long_form, &hashed, &[]));
            // Other block types.
            for block in [0, 2] {
                let mut other = encode_pkcs1(length, &info, &hashed, &[]);
                other[1] = block;
                refused(other);
            }
        }
    }
}

#[test]
fn pss_takes_salts_of_the_hash_s_length_alone() {
    let mut random = Random::new("salts");
    for numbers in [Numbers::rfc7515(), Numbers::mersenne(2281)] {
        for hash in HASHES {
            let pair = numbers.pair(Padding::Pss, hash);
            let longest = numbers.bits().div_ceil(8) - hash.len() - 2;
            let near = hash.len() - 2..=hash.len() + 2;
            for length in near.chain([0, 1, 20, longest - 1, longest]) {
                let encoded = Pss::right(hash, &numbers).encode(b"m", &random.vec(length));
                assert_eq!(pair.verdict(b"m", &pair.root(&encoded)), length == hash.len(), "{hash:?} {length}");
            }
        }
    }
}

#[test]
fn pss_is_checked_in_all_its_parts() {
    let mut random = Random::new("pss");
    for numbers in Numbers::all() {
        for hash in HASHES {
            let pair = numbers.pair(Padding::Pss, hash);
            let salt = random.vec(hash.len());
            let right = Pss::right(hash, &numbers);
            assert!(pair.verdict(b"m", &pair.root(&right.encode(b"m", &salt))));
            let refused = |wrong: Pss| assert!(!pair.verdict(b"m", &pair.root(&wrong.encode(b"m", &salt))));
            [0xbb, 0xcc, 0].into_iter().for_each(|trailer| refused(Pss { trailer, ..right }));
            [0, 2, 0x81].into_iter().for_each(|mark| refused(Pss { mark, ..right }));
            refused(Pss { padding: 1, ..right });
            for other in HASHES.into_iter().filter(|other| *other != hash) {
                refused(Pss { mask: other, ..right });
                assert!(
                    !pair.verdict(b"m", &pair.root(&Pss { hash: other, mask: other, ..right }.encode(b"m", &salt)))
                );
            }
            // One bit set above the encoded message, which lies in an octet of its own where its bits fill their octets.
            let mut above = vec![0; numbers.n.len() - numbers.bits().div_ceil(8)];
            above.extend(right.encode(b"m", &salt));
            above[0] |= 1 << (numbers.bits() % 8);
            let root = pair.root(&above);
            assert!(integer(&above) >= integer(&numbers.n) || !pair.verdict(b"m", &root));
        }
    }
}

#[test]
fn powers_are_crypto_bigint_s_for_every_kind_of_exponent() {
    let mut random = Random::new("powers");
    for bits in [2048, 2049, 2304, 3072, 4096, 8192] {
        for exponent in [3_u64, 5, 7, 17, 257, 65_537, 65_539, 0x1_0000_ffff, 0x1_0000_0001, 0x1_ffff_ffff] {
            let mut n = random.vec(bits / 8 + usize::from(bits % 8 > 0));
            let extra = n.len() * 8 - bits;
            n[0] = (n[0] | 0x80) >> extra;
            *n.last_mut().unwrap() |= 1;
            let key = PublicKey::new(integer(&n), BoxedUint::from(exponent)).unwrap();
            let params = key.n_params();
            let mut number = random.vec(n.len());
            number[0] = 0;
            let wide = BoxedUint::from_be_slice(&number, params.bits_precision()).unwrap();
            let expected = BoxedMontyForm::new(wide, params).pow(&BoxedUint::from(exponent)).retrieve();
            assert_eq!(Power::new(&key).of(&number), Some(expected.to_be_bytes()), "{bits} {exponent}");
        }
    }
}

/// Valid ones, and each kind of damage, under each algorithm.
#[test]
fn random_signatures() {
    let mut random = Random::new("rsa signatures");
    let keys = [Numbers::rfc7515(), Numbers::mersenne(2203), Numbers::mersenne(2281)];
    let pairs: Vec<_> = keys
        .iter()
        .flat_map(|numbers| PADDINGS.map(|padding| HASHES.map(|hash| numbers.pair(padding, hash))))
        .flatten()
        .collect();
    let (mut valid, cases) = (0, Random::cases(1_000));
    let (mut message, mut encoded, mut signature) = (Vec::new(), Vec::new(), Vec::new());
    for case in 0..cases {
        let pair = &pairs[case / 8 % pairs.len()];
        if case % 8 == 0 {
            let length = 1 + random.below(300);
            message = random.vec(length);
            encoded = pair.encode(&message, &mut random);
            signature = pair.root(&encoded);
        }
        let (mut message, mut signature) = (message.clone(), signature.clone());
        let (length, message_length) = (signature.len(), message.len());
        match case % 8 {
            1 => signature[random.below(length)] ^= 1 << random.below(8),
            2 => message[random.below(message_length)] ^= 1 << random.below(8),
            3 => signature = random.vec(length),
            4 => {
                let mut encoded = encoded.clone();
                let length = encoded.len();
                encoded[random.below(length)] ^= 1 << random.below(8);
                signature = pair.root(&encoded);
            }
            5 => signature.truncate(length - 1),
            _ => {}
        }
        valid += usize::from(pair.verdict(&message, &signature));
    }
    assert_eq!(valid, (0..cases).filter(|case| [0, 6, 7].contains(&(case % 8))).count());
}
