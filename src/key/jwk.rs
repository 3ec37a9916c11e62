//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037 section 2): reading.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::KeyError;
use crate::{
    algorithm::{Algorithm, Curve, Family},
    crypto::Verifier,
    encoding::{
        base64url,
        json::{Parser, Strings, distinct},
        limits,
    },
    id::KeyId,
};

#[cfg(feature = "es")]
use crate::crypto::ecdsa::EcVerifier;
#[cfg(feature = "eddsa")]
use crate::crypto::eddsa::EdVerifier;
#[cfg(feature = "rsa")]
use crate::crypto::rsa::RsaVerifier;

/// A JWK's members as written. Others are ignored, certificates among them (RFC 7517 section 4).
#[derive(Default)]
pub(super) struct Jwk<'a> {
    kty: Option<Cow<'a, str>>,
    crv: Option<Cow<'a, str>>,
    alg: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    usage: Option<Cow<'a, str>>,
    key_ops: Option<Strings<'a>>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    k: Option<&'a str>,
    pub(super) d: Option<&'a str>,
    pub(super) p: Option<&'a str>,
    pub(super) q: Option<&'a str>,
    pub(super) dp: Option<&'a str>,
    pub(super) dq: Option<&'a str>,
    pub(super) qi: Option<&'a str>,
    /// RSA with more than two primes, which is not supported.
    pub(super) oth: bool,
}

impl<'a> Jwk<'a> {
    pub(super) fn parse(json: &'a str) -> Result<Self, KeyError> {
        let mut parser = Parser::new(json.as_bytes()).map_err(KeyError::Json)?;
        let jwk = Self::read(&mut parser)?;
        parser.end().map_err(KeyError::Json)?;
        Ok(jwk)
    }

    fn read(parser: &mut Parser<'a>) -> Result<Self, KeyError> {
        let mut jwk = Self::default();
        let mut object = parser.object().map_err(KeyError::Json)?;
        while let Some(name) = object.next_name().map_err(KeyError::Json)? {
            let parser = &mut *object.parser;
            match &*name {
                "kty" => jwk.kty = Some(text(parser, "kty")?),
                "crv" => jwk.crv = Some(text(parser, "crv")?),
                "alg" => jwk.alg = Some(text(parser, "alg")?),
                "kid" => jwk.kid = Some(text(parser, "kid")?),
                "use" => jwk.usage = Some(text(parser, "use")?),
                "key_ops" => {
                    let operations = parser.strings_or_skip(limits::NAMES).map_err(KeyError::Json)?;
                    jwk.key_ops = Some(operations.ok_or(KeyError::Member("key_ops"))?);
                }
                "x" => jwk.x = Some(number(parser, "x")?),
                "y" => jwk.y = Some(number(parser, "y")?),
                "n" => jwk.n = Some(number(parser, "n")?),
                "e" => jwk.e = Some(number(parser, "e")?),
                "k" => jwk.k = Some(number(parser, "k")?),
                "d" => jwk.d = Some(number(parser, "d")?),
                "p" => jwk.p = Some(number(parser, "p")?),
                "q" => jwk.q = Some(number(parser, "q")?),
                "dp" => jwk.dp = Some(number(parser, "dp")?),
                "dq" => jwk.dq = Some(number(parser, "dq")?),
                "qi" => jwk.qi = Some(number(parser, "qi")?),
                other => {
                    jwk.oth |= other == "oth";
                    parser.raw_value().map_err(KeyError::Json)?;
                }
            }
        }
        Ok(jwk)
    }

    /// The algorithm this key is for, given the one the caller names.
    pub(super) fn algorithm(&self, named: Option<Algorithm>) -> Result<Algorithm, KeyError> {
        let stated = match &self.alg {
            Some(alg) => Some(Algorithm::from_name(alg).ok_or(KeyError::AlgorithmMismatch)?),
            None => None,
        };
        if stated.is_some() && named.is_some() && stated != named {
            return Err(KeyError::AlgorithmMismatch);
        }
        let kty = self.kty.as_deref().ok_or(KeyError::Member("kty"))?;
        let algorithm = match (stated.or(named), kty, self.crv.as_deref()) {
            (Some(algorithm), _, _) => algorithm,
            (None, "EC", Some("P-256")) => Algorithm::ES256,
            (None, "EC", Some("P-384")) => Algorithm::ES384,
            (None, "EC", Some("P-521")) => Algorithm::ES512,
            (None, "OKP", Some("Ed25519")) => Algorithm::EdDSA,
            (None, "RSA" | "oct", _) => return Err(KeyError::AlgorithmRequired),
            _ => return Err(KeyError::UnsupportedFormat),
        };
        if (kty, self.crv.as_deref().filter(|_| matches!(kty, "EC" | "OKP"))) != type_of(algorithm) {
            return Err(KeyError::WrongKeyType);
        }
        Ok(algorithm)
    }

    pub(super) fn key_id(&self) -> Result<Option<KeyId>, KeyError> {
        Ok(self.kid.as_deref().map(KeyId::new).transpose()?)
    }

    /// Refuses a key whose `use` or `key_ops` exclude `operation` (`sign` or `verify`).
    pub(super) fn check_use(&self, operation: &str) -> Result<(), KeyError> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(KeyError::UseForbidden);
        }
        let Some(operations) = &self.key_ops else { return Ok(()) };
        if !distinct(operations) {
            return Err(KeyError::Member("key_ops"));
        }
        if operations.iter().any(|allowed| allowed == operation) { Ok(()) } else { Err(KeyError::UseForbidden) }
    }

    /// The public key. A private one is refused: it does not belong where a public one is asked for.
    pub(super) fn verifier(&self, algorithm: Algorithm, allow_small: bool) -> Result<Verifier, KeyError> {
        if [self.d, self.p, self.q, self.dp, self.dq, self.qi].iter().any(Option::is_some) || self.oth {
            return Err(KeyError::PrivateKey);
        }
        match algorithm.family() {
            #[cfg(feature = "rsa")]
            Family::Rsa(padding, hash) => {
                Ok(Verifier::Rsa(RsaVerifier::new(padding, hash, &self.n()?, &self.e()?, allow_small)?))
            }
            #[cfg(feature = "es")]
            Family::Ec(curve) => Ok(Verifier::Ecdsa(EcVerifier::from_sec1(curve, &self.point(curve)?)?)),
            #[cfg(feature = "eddsa")]
            Family::Okp => Ok(Verifier::EdDsa(EdVerifier::new(&self.x()?)?)),
            // HMAC keys do not come here; another family is not built in.
            _ => Err(KeyError::AlgorithmDisabled(algorithm)),
        }
    }

    #[cfg(feature = "rsa")]
    pub(super) fn n(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        unsigned(self.n, "n")
    }

    #[cfg(feature = "rsa")]
    pub(super) fn e(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        unsigned(self.e, "e")
    }

    #[cfg(any(feature = "es", feature = "eddsa"))]
    pub(super) fn x(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        octets(self.x, "x")
    }

    /// The point in SEC1's uncompressed form. Each coordinate has the field's full length (RFC 7518 section 6.2.1.2).
    #[cfg(feature = "es")]
    pub(super) fn point(&self, curve: Curve) -> Result<Vec<u8>, KeyError> {
        let (x, y) = (self.x()?, octets(self.y, "y")?);
        if x.len() != curve.field_len() || y.len() != curve.field_len() {
            return Err(KeyError::Point);
        }
        Ok([&[4], x.as_slice(), y.as_slice()].concat())
    }

    /// An oct key's secret.
    pub(super) fn secret(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        octets(self.k, "k")
    }
}

/// The `kty` and `crv` an algorithm takes.
pub(super) const fn type_of(algorithm: Algorithm) -> (&'static str, Option<&'static str>) {
    match algorithm.family() {
        Family::Hmac(_) => ("oct", None),
        Family::Rsa(..) => ("RSA", None),
        Family::Ec(curve) => ("EC", Some(curve.name())),
        Family::Okp => ("OKP", Some("Ed25519")),
    }
}

fn text<'a>(parser: &mut Parser<'a>, name: &'static str) -> Result<Cow<'a, str>, KeyError> {
    parser.string_or_skip().map_err(KeyError::Json)?.ok_or(KeyError::Member(name))
}

/// A member in base64url, in which nothing needs an escape; with one, a copy of a private value would be made.
fn number<'a>(parser: &mut Parser<'a>, name: &'static str) -> Result<&'a str, KeyError> {
    parser.plain_string_or_skip().map_err(KeyError::Json)?.ok_or(KeyError::Member(name))
}

/// A member's octets, wiped on drop: the same reader serves private members.
pub(super) fn octets(member: Option<&str>, name: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = member.ok_or(KeyError::Member(name))?;
    base64url::decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::Member(name))
}

/// A Base64urlUInt (RFC 7518 section 2): the shortest form, so no leading zero octet.
#[cfg(feature = "rsa")]
pub(super) fn unsigned(member: Option<&str>, name: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let octets = octets(member, name)?;
    if octets.first().is_none_or(|first| *first == 0) { Err(KeyError::Member(name)) } else { Ok(octets) }
}
