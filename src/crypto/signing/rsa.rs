//! RSA signing, always blinded: the random source is passed explicitly and its failure is an error, since the primitive's own
//! default signs without blinding when it is built without one.

use rsa::{
    BoxedUint, Pkcs1v15Sign, PrivateKey, Pss, PublicKey,
    rand_core::TryCryptoRng,
    traits::{PrivateKeyParts, PublicKeyParts},
};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::SigningFailed;
use crate::{
    algorithm::{Hash, Padding},
    crypto::{
        BadKey,
        rsa::{BITS, RsaVerifier, check_bounds, digest, integer},
    },
};

/// A private key under one padding and hash, wiped on drop.
pub(crate) struct RsaSigner {
    padding: Padding,
    hash: Hash,
    key: PrivateKey,
}

impl std::fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RsaSigner(..)")
    }
}

/// A private key's numbers (RFC 8017 section 3.2), big-endian. The primes and what derives from them may be absent.
pub(crate) struct RsaNumbers<'a> {
    pub(crate) n: &'a [u8],
    pub(crate) e: &'a [u8],
    pub(crate) d: &'a [u8],
    pub(crate) primes: Option<RsaPrimes<'a>>,
}

/// The second representation of RFC 8017 section 3.2.
pub(crate) struct RsaPrimes<'a> {
    pub(crate) p: &'a [u8],
    pub(crate) q: &'a [u8],
    pub(crate) dp: &'a [u8],
    pub(crate) dq: &'a [u8],
    pub(crate) qi: &'a [u8],
}

impl RsaSigner {
    /// # Errors
    /// `Modulus` or `Exponent` when out of bounds; `Private` when the numbers contradict each other.
    pub(crate) fn new(
        padding: Padding,
        hash: Hash,
        numbers: &RsaNumbers<'_>,
        allow_small: bool,
    ) -> Result<Self, BadKey> {
        check_bounds(numbers.n, numbers.e, allow_small)?;
        // No private number is larger than the modulus; this bounds the work below.
        let too_long = |octets: &[u8]| octets.len() > numbers.n.len();
        let primes = numbers.primes.as_ref();
        if too_long(numbers.d) || primes.is_some_and(|p| [p.p, p.q, p.dp, p.dq, p.qi].into_iter().any(too_long)) {
            return Err(BadKey::Private);
        }
        // The primitive's search for the primes takes 1 from e · d.
        if numbers.d.iter().all(|octet| *octet == 0) {
            return Err(BadKey::Private);
        }
        let factors = primes.map_or_else(Vec::new, |primes| vec![integer(primes.p), integer(primes.q)]);
        // Checks n = p · q and e · d = 1 modulo p − 1 and q − 1, or finds p and q from d.
        let key = PrivateKey::from_components(integer(numbers.n), integer(numbers.e), integer(numbers.d), factors)
            .map_err(|_| BadKey::Private)?;
        if primes.is_some_and(|primes| !derived_match(&key, primes)) {
            return Err(BadKey::Private);
        }
        Ok(Self { padding, hash, key })
    }

    /// # Errors
    /// `Modulus` when that many bits are out of bounds, `Random`.
    pub(crate) fn generate(padding: Padding, hash: Hash, bits: usize) -> Result<Self, BadKey> {
        if !BITS.contains(&bits) {
            return Err(BadKey::Modulus { bits });
        }
        let key = PrivateKey::new(&mut getrandom::SysRng, bits).map_err(|_| BadKey::Random)?;
        Ok(Self { padding, hash, key })
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.sign_with(&mut getrandom::SysRng, message)
    }

    fn sign_with<R: TryCryptoRng>(&self, rng: &mut R, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let hashed = digest(self.hash, message);
        match (self.padding, self.hash) {
            (Padding::Pkcs1, Hash::Sha256) => self.key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha256>(), &hashed),
            (Padding::Pkcs1, Hash::Sha384) => self.key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha384>(), &hashed),
            (Padding::Pkcs1, Hash::Sha512) => self.key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha512>(), &hashed),
            (Padding::Pss, Hash::Sha256) => self.key.sign_with_rng(rng, Pss::<Sha256>::new(), &hashed),
            (Padding::Pss, Hash::Sha384) => self.key.sign_with_rng(rng, Pss::<Sha384>::new(), &hashed),
            (Padding::Pss, Hash::Sha512) => self.key.sign_with_rng(rng, Pss::<Sha512>::new(), &hashed),
        }
        .map_err(|_| SigningFailed)
    }

    pub(crate) fn verifier(&self) -> RsaVerifier {
        RsaVerifier::bind(self.padding, self.hash, PublicKey::from(&self.key))
    }

    /// n, e, d, p, q, dp, dq, qi, big-endian, without leading zeros, for export.
    pub(crate) fn numbers(&self) -> Option<[Zeroizing<Vec<u8>>; 8]> {
        let key = &self.key;
        // The primitive's own trimming leaves a copy behind.
        let octets = |number: &BoxedUint| {
            let full = Zeroizing::new(number.to_be_bytes().into_vec());
            let zeros = full.iter().take_while(|octet| **octet == 0).count();
            Zeroizing::new(full.get(zeros..).unwrap_or_default().to_vec())
        };
        let [p, q] = key.primes() else { return None };
        Some([
            octets(key.n().as_ref()),
            octets(key.e()),
            octets(key.d()),
            octets(p),
            octets(q),
            octets(key.dp()?),
            octets(key.dq()?),
            octets(&Zeroizing::new(key.crt_coefficient()?)),
        ])
    }
}

/// Whether the given dp, dq and qi are those that p, q and d make. The primitive computes its own, so wrong ones would only
/// break other software; a file that holds them is damaged all the same.
fn derived_match(key: &PrivateKey, given: &RsaPrimes<'_>) -> bool {
    let same =
        |ours: Option<&BoxedUint>, theirs: &[u8]| ours.is_some_and(|ours| *ours == *Zeroizing::new(integer(theirs)));
    let coefficient = key.crt_coefficient().map(Zeroizing::new);
    same(key.dp(), given.dp) && same(key.dq(), given.dq) && same(coefficient.as_deref(), given.qi)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that has nothing.
    struct Broken;

    #[derive(Debug)]
    struct NoRandomness;

    impl std::fmt::Display for NoRandomness {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no randomness")
        }
    }

    impl std::error::Error for NoRandomness {}

    impl rsa::rand_core::TryRng for Broken {
        type Error = NoRandomness;
        fn try_next_u32(&mut self) -> Result<u32, NoRandomness> {
            Err(NoRandomness)
        }
        fn try_next_u64(&mut self) -> Result<u64, NoRandomness> {
            Err(NoRandomness)
        }
        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), NoRandomness> {
            Err(NoRandomness)
        }
    }

    impl TryCryptoRng for Broken {}

    #[test]
    fn signing_is_blinded_so_it_fails_without_randomness() {
        for padding in [Padding::Pkcs1, Padding::Pss] {
            let signer = RsaSigner::generate(padding, Hash::Sha256, 2048).unwrap();
            assert_eq!(signer.sign_with(&mut Broken, b"message"), Err(SigningFailed), "{padding:?}");
            let signature = signer.sign(b"message").unwrap();
            assert_eq!(signer.verifier().verify(b"message", &signature), Ok(()));
        }
    }
}
