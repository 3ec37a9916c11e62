//! RSA signing, always blinded: the random source is passed explicitly and its failure is an error, since the primitive's own
//! default signs without blinding when it is built without one.

use rsa::{
    BoxedUint, PrivateKey, PublicKey, pkcs1v15, pss,
    rand_core::TryCryptoRng,
    signature::{RandomizedSigner, SignatureEncoding},
    traits::{PrivateKeyParts, PublicKeyParts},
};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::SigningFailed;
use crate::{
    algorithm::Algorithm,
    crypto::{
        BadKey,
        rsa::{RsaVerifier, check_bounds, integer},
    },
};

/// A private key under one padding and hash, wiped on drop.
pub(crate) struct RsaSigner {
    algorithm: Algorithm,
    key: Padded,
}

enum Padded {
    Rs256(pkcs1v15::SigningKey<Sha256>),
    Rs384(pkcs1v15::SigningKey<Sha384>),
    Rs512(pkcs1v15::SigningKey<Sha512>),
    Ps256(pss::SigningKey<Sha256>),
    Ps384(pss::SigningKey<Sha384>),
    Ps512(pss::SigningKey<Sha512>),
}

impl std::fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RsaSigner(..)")
    }
}

/// A private key's numbers (RFC 8017 section 3.2), big-endian. The primes and what derives from them may be absent.
#[derive(Default)]
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
    pub(crate) fn new(algorithm: Algorithm, numbers: &RsaNumbers<'_>, allow_small: bool) -> Result<Self, BadKey> {
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
        Ok(Self::bind(algorithm, key))
    }

    pub(crate) fn generate(algorithm: Algorithm, bits: usize) -> Result<Self, BadKey> {
        let key = PrivateKey::new(&mut getrandom::SysRng, bits).map_err(|_| BadKey::Random)?;
        Ok(Self::bind(algorithm, key))
    }

    fn bind(algorithm: Algorithm, key: PrivateKey) -> Self {
        let key = match algorithm {
            Algorithm::RS384 => Padded::Rs384(pkcs1v15::SigningKey::new(key)),
            Algorithm::RS512 => Padded::Rs512(pkcs1v15::SigningKey::new(key)),
            Algorithm::PS256 => Padded::Ps256(pss::SigningKey::new(key)),
            Algorithm::PS384 => Padded::Ps384(pss::SigningKey::new(key)),
            Algorithm::PS512 => Padded::Ps512(pss::SigningKey::new(key)),
            _ => Padded::Rs256(pkcs1v15::SigningKey::new(key)),
        };
        Self { algorithm, key }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.sign_with(&mut getrandom::SysRng, message)
    }

    fn sign_with<R: TryCryptoRng>(&self, rng: &mut R, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        match &self.key {
            Padded::Rs256(key) => key.try_sign_with_rng(rng, message).map(|s| s.to_vec()),
            Padded::Rs384(key) => key.try_sign_with_rng(rng, message).map(|s| s.to_vec()),
            Padded::Rs512(key) => key.try_sign_with_rng(rng, message).map(|s| s.to_vec()),
            Padded::Ps256(key) => key.try_sign_with_rng(rng, message).map(|s| s.to_vec()),
            Padded::Ps384(key) => key.try_sign_with_rng(rng, message).map(|s| s.to_vec()),
            Padded::Ps512(key) => key.try_sign_with_rng(rng, message).map(|s| s.to_vec()),
        }
        .map_err(|_| SigningFailed)
    }

    fn private(&self) -> &PrivateKey {
        match &self.key {
            Padded::Rs256(key) => key.as_ref(),
            Padded::Rs384(key) => key.as_ref(),
            Padded::Rs512(key) => key.as_ref(),
            Padded::Ps256(key) => key.as_ref(),
            Padded::Ps384(key) => key.as_ref(),
            Padded::Ps512(key) => key.as_ref(),
        }
    }

    pub(crate) fn verifier(&self) -> RsaVerifier {
        RsaVerifier::bind(self.algorithm, PublicKey::from(self.private()))
    }

    /// n, e, d, p, q, dp, dq, qi, big-endian, without leading zeros, for export.
    pub(crate) fn numbers(&self) -> Option<[Zeroizing<Vec<u8>>; 8]> {
        let key = self.private();
        let octets = |number: &BoxedUint| Zeroizing::new(number.to_be_bytes_trimmed_vartime().into_vec());
        let [p, q] = key.primes() else { return None };
        Some([
            octets(key.n().as_ref()),
            octets(key.e()),
            octets(key.d()),
            octets(p),
            octets(q),
            octets(key.dp()?),
            octets(key.dq()?),
            octets(&key.crt_coefficient()?),
        ])
    }
}

/// Whether the given dp, dq and qi are those that p, q and d make. The primitive computes its own, so wrong ones would only
/// break other software; a file that holds them is damaged all the same.
fn derived_match(key: &PrivateKey, given: &RsaPrimes<'_>) -> bool {
    let same = |ours: Option<&BoxedUint>, theirs: &[u8]| ours.is_some_and(|ours| *ours == integer(theirs));
    same(key.dp(), given.dp) && same(key.dq(), given.dq) && same(key.crt_coefficient().as_ref(), given.qi)
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
        for algorithm in [Algorithm::RS256, Algorithm::PS256] {
            let signer = RsaSigner::generate(algorithm, 2048).unwrap();
            assert_eq!(signer.sign_with(&mut Broken, b"message"), Err(SigningFailed), "{algorithm}");
            let signature = signer.sign(b"message").unwrap();
            assert_eq!(signer.verifier().verify(b"message", &signature), Ok(()));
        }
    }
}
