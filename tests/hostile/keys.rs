//! The keys of the corpus, and signatures by them that come out the same each time. The private keys are in the open: two
//! RSA keys are those of RFC 7515 A.2 and RFC 7520 3.4, all others are hashes of their names.

use std::sync::LazyLock;

use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use jwtward::Algorithm;
use p256::elliptic_curve::bigint::{
    Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use rsa::BoxedUint;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

#[path = "../support/hand_made.rs"]
mod hand_made;

pub(crate) use hand_made::{L, SMALL_ORDER, decode, der_integer, encode, token as signed_by};

/// A key for one algorithm: what verifies, and what signs.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    /// What the line gives to the verifier: a JWK or a JWK Set on one line.
    pub(crate) public: String,
    /// The owner of the private key.
    owner: Owner,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Issuer,
    Attacker,
}

impl Key {
    /// The issuer's key for that algorithm, with `key-1` as its `kid`.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let public = public_jwk(algorithm, Owner::Issuer).replacen('{', r#"{"kid":"key-1","#, 1);
        Self { algorithm, public, owner: Owner::Issuer }
    }

    /// The issuer's key without a `kid`.
    pub(crate) fn unnamed(algorithm: Algorithm) -> Self {
        Self { algorithm, public: public_jwk(algorithm, Owner::Issuer), owner: Owner::Issuer }
    }

    /// An attacker's own key, which no verifier has.
    pub(crate) fn attackers(algorithm: Algorithm) -> Self {
        Self { algorithm, public: public_jwk(algorithm, Owner::Attacker), owner: Owner::Attacker }
    }

    /// The issuer's key in a set, beside `key-2`.
    pub(crate) fn in_a_set(algorithm: Algorithm) -> Self {
        let mut key = Self::new(algorithm);
        let second = public_jwk(algorithm, Owner::Attacker).replacen('{', r#"{"kid":"key-2","#, 1);
        key.public = format!(r#"{{"keys":[{},{second}]}}"#, key.public);
        key
    }

    pub(crate) fn sign(&self, input: &[u8]) -> Vec<u8> {
        sign(self.algorithm, self.owner, input)
    }

    /// A token over that header and payload, whatever they are.
    pub(crate) fn token(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.over(&format!("{}.{}", encode(header), encode(payload)))
    }

    /// A signature over segments as they are given, and all together.
    pub(crate) fn over(&self, input: &str) -> String {
        format!("{input}.{}", encode(self.sign(input.as_bytes())))
    }

    /// A token with that payload under the plain header.
    pub(crate) fn plain(&self, payload: impl AsRef<[u8]>) -> String {
        self.token(self.header(), payload)
    }

    pub(crate) fn header(&self) -> String {
        format!(r#"{{"alg":"{}"}}"#, self.algorithm)
    }
}

pub(crate) fn is_rsa(algorithm: Algorithm) -> bool {
    matches!(algorithm.as_str().get(..2), Some("RS" | "PS"))
}

fn name(curve: &str, owner: Owner) -> String {
    let owner = if owner == Owner::Issuer { "issuer" } else { "attacker" };
    format!("jwtward hostile corpus: {curve} of the {owner}")
}

pub(crate) fn secret(owner: Owner) -> Vec<u8> {
    Sha512::digest(name("HMAC", owner)).to_vec()
}

pub(crate) fn seed(owner: Owner) -> [u8; 32] {
    Sha256::digest(name("Ed25519", owner)).into()
}

fn p256(owner: Owner) -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&Sha256::digest(name("P-256", owner))).unwrap()
}

fn p384(owner: Owner) -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&Sha384::digest(name("P-384", owner))).unwrap()
}

fn p521(owner: Owner) -> p521::ecdsa::SigningKey {
    let scalar = [&[0, 0][..], &Sha512::digest(name("P-521", owner))].concat();
    p521::ecdsa::SigningKey::from_slice(&scalar).unwrap()
}

/// An entry's key in one of the files of RFC examples.
fn example(file: &str, list: &str, id: &str) -> Value {
    let file: Value = serde_json::from_str(file).unwrap();
    file[list].as_array().unwrap().iter().find(|entry| entry["id"] == id).unwrap()["key"].clone()
}

static ISSUERS_RSA: LazyLock<Value> =
    LazyLock::new(|| example(include_str!("../../vectors/rfc7515.json"), "vectors", "rfc7515-a2"));
static ATTACKERS_RSA: LazyLock<Value> =
    LazyLock::new(|| example(include_str!("../../vectors/rfc7520.json"), "keys", "rfc7520-3.4"));

/// A member of an RSA key.
pub(crate) fn rsa(owner: Owner, member: &str) -> Vec<u8> {
    let key = if owner == Owner::Issuer { &ISSUERS_RSA } else { &ATTACKERS_RSA };
    decode(key[member].as_str().unwrap())
}

/// The issuer's or the attacker's public key; of HMAC the secret.
pub(crate) fn public_jwk(algorithm: Algorithm, owner: Owner) -> String {
    let ec = |curve: &str, point: &[u8]| {
        let (x, y) = point[1..].split_at(point.len() / 2);
        format!(r#"{{"kty":"EC","crv":"{curve}","x":"{}","y":"{}"}}"#, encode(x), encode(y))
    };
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            format!(r#"{{"kty":"oct","k":"{}"}}"#, encode(secret(owner)))
        }
        Algorithm::ES256 => ec("P-256", p256(owner).verifying_key().to_sec1_point(false).as_bytes()),
        Algorithm::ES384 => ec("P-384", p384(owner).verifying_key().to_sec1_point(false).as_bytes()),
        Algorithm::ES512 => ec("P-521", p521(owner).verifying_key().to_sec1_point(false).as_bytes()),
        Algorithm::EdDSA | Algorithm::Ed25519 => {
            let public = ed25519_dalek::SigningKey::from_bytes(&seed(owner)).verifying_key();
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, encode(public.as_bytes()))
        }
        _ => format!(r#"{{"kty":"RSA","e":"AQAB","n":"{}"}}"#, encode(rsa(owner, "n"))),
    }
}

/// The one signature that this corpus makes over an input.
pub(crate) fn sign(algorithm: Algorithm, owner: Owner, input: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => mac(algorithm, &secret(owner), input),
        Algorithm::ES256 => {
            let signature: p256::ecdsa::Signature = p256(owner).sign(input);
            signature.to_bytes().to_vec()
        }
        Algorithm::ES384 => {
            let signature: p384::ecdsa::Signature = p384(owner).sign(input);
            signature.to_bytes().to_vec()
        }
        Algorithm::ES512 => {
            let signature: p521::ecdsa::Signature = p521(owner).sign(input);
            signature.to_bytes().to_vec()
        }
        Algorithm::EdDSA | Algorithm::Ed25519 => {
            ed25519_dalek::SigningKey::from_bytes(&seed(owner)).sign(input).to_bytes().to_vec()
        }
        Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => {
            let encoded = pkcs1(&[digest_info(algorithm), digest(algorithm, input)].concat());
            rsa_power(owner, &encoded)
        }
        _ => {
            let length = digest(algorithm, b"").len();
            rsa_power(owner, &pss(algorithm, input, length))
        }
    }
}

pub(crate) fn mac(algorithm: Algorithm, secret: &[u8], input: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::HS384 => {
            Hmac::<Sha384>::new_from_slice(secret).unwrap().chain_update(input).finalize().into_bytes().to_vec()
        }
        Algorithm::HS512 => {
            Hmac::<Sha512>::new_from_slice(secret).unwrap().chain_update(input).finalize().into_bytes().to_vec()
        }
        _ => Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(input).finalize().into_bytes().to_vec(),
    }
}

/// The hash of an algorithm's name.
pub(crate) fn digest(algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
    match algorithm.as_str().get(2..) {
        Some("384") => Sha384::digest(input).to_vec(),
        Some("512") => Sha512::digest(input).to_vec(),
        _ => Sha256::digest(input).to_vec(),
    }
}

/// DigestInfo up to the digest (RFC 8017 section 9.2, note 1).
pub(crate) fn digest_info(algorithm: Algorithm) -> Vec<u8> {
    let (length, last) = match algorithm.as_str().get(2..) {
        Some("384") => (48, 2),
        Some("512") => (64, 3),
        _ => (32, 1),
    };
    let name = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];
    [&[0x30, 17 + length, 0x30, 0x0d][..], &name, &[0x05, 0x00, 0x04, length]].concat()
}

/// 0, the block type, padding octets, 0, and what follows, in 256 octets.
pub(crate) fn padded(block: u8, padding: u8, content: &[u8]) -> Vec<u8> {
    let length = 256 - 3 - content.len();
    [&[0, block][..], &vec![padding; length], &[0], content].concat()
}

fn pkcs1(content: &[u8]) -> Vec<u8> {
    padded(1, 0xff, content)
}

/// EMSA-PSS (RFC 8017 section 9.1.1) for 2047 bits, with a salt of that length that is a hash of the input.
pub(crate) fn pss(algorithm: Algorithm, input: &[u8], salt_length: usize) -> Vec<u8> {
    let hash = |octets: &[u8]| digest(algorithm, octets);
    let mut salt = hash(&[b"salt", input].concat()).repeat(8);
    salt.truncate(salt_length);
    let hashed = hash(&[&[0; 8], hash(input).as_slice(), &salt].concat());
    let mut masked = vec![0; 256 - hashed.len() - salt.len() - 2];
    masked.push(1);
    masked.extend(&salt);
    let mask = (0_u32..).flat_map(|counter| hash(&[hashed.as_slice(), &counter.to_be_bytes()].concat()));
    masked.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
    masked[0] &= 0x7f;
    [masked, hashed, vec![0xbc]].concat()
}

pub(crate) fn number(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(octets, 2048).unwrap()
}

/// The private operation on any encoded message: m^d modulo n.
pub(crate) fn rsa_power(owner: Owner, encoded: &[u8]) -> Vec<u8> {
    assert_eq!(encoded.len(), 256);
    let params = BoxedMontyParams::new(Odd::new(number(&rsa(owner, "n"))).unwrap());
    let power = BoxedMontyForm::new(number(encoded), &params).pow(&number(&rsa(owner, "d")));
    power.retrieve().to_be_bytes().to_vec()
}
