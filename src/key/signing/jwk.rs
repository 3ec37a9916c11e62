//! Private JWKs (RFC 7518 section 6): reading.

use super::{build, signing_key::Material};
use crate::{
    algorithm::{Algorithm, Family, Hash, Padding},
    key::{
        KeyError,
        jwk::{Jwk, octets},
    },
};

/// The private key, checked against the public members beside it.
pub(super) fn read_private(jwk: &Jwk<'_>, algorithm: Algorithm, allow_small: bool) -> Result<Material, KeyError> {
    if jwk.d.is_none() {
        return Err(KeyError::PublicKey);
    }
    match algorithm.family() {
        #[cfg(feature = "rsa")]
        Family::Rsa(padding, hash) => rsa(padding, hash, jwk, allow_small),
        #[cfg(feature = "es")]
        Family::Ec(curve) => build::ec(curve, &octets(jwk.d, "d")?, Some(&jwk.point(curve)?)),
        #[cfg(feature = "eddsa")]
        Family::Okp => build::okp(&octets(jwk.d, "d")?, Some(&jwk.x()?)),
        // HMAC keys do not come here; another family is not built in.
        _ => Err(KeyError::AlgorithmDisabled(algorithm)),
    }
}

/// RSA: `p`, `q`, `dp`, `dq` and `qi` come all or none (RFC 7518 section 6.3.2).
#[cfg(feature = "rsa")]
fn rsa(padding: Padding, hash: Hash, jwk: &Jwk<'_>, allow_small: bool) -> Result<Material, KeyError> {
    if jwk.oth {
        return Err(KeyError::UnsupportedFormat);
    }
    let (n, e, d) = (jwk.n()?, jwk.e()?, octets(jwk.d, "d")?);
    let mut numbers = build::RsaNumbers { n: &n, e: &e, d: &d, primes: None };
    if [jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].iter().all(Option::is_none) {
        return build::rsa(padding, hash, &numbers, allow_small);
    }
    let (p, q) = (octets(jwk.p, "p")?, octets(jwk.q, "q")?);
    let (dp, dq, qi) = (octets(jwk.dp, "dp")?, octets(jwk.dq, "dq")?, octets(jwk.qi, "qi")?);
    numbers.primes = Some(build::RsaPrimes { p: &p, q: &q, dp: &dp, dq: &dq, qi: &qi });
    build::rsa(padding, hash, &numbers, allow_small)
}
