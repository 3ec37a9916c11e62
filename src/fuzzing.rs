//! The private parsers, for the fuzz targets alone: compiled under `--cfg fuzzing`, which cargo-fuzz sets. No part of the
//! public interface.
#![allow(missing_docs, clippy::missing_errors_doc)]

use serde::de::DeserializeOwned;

#[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
use crate::crypto::Verifier;
#[cfg(feature = "es")]
use crate::crypto::ecdsa::EcVerifier;
#[cfg(feature = "eddsa")]
use crate::crypto::eddsa::EdVerifier;
#[cfg(feature = "rsa")]
use crate::crypto::rsa::RsaVerifier;
use crate::{
    algorithm::{Algorithm, Family},
    encoding::{
        base64url,
        json::{Error, JsonError, Parser},
        number,
    },
    key::{SigningKey, VerifyingKey},
    time::NumericDate,
};

/// Reads one whole JSON text. The error is `None` when the text is good and only not a `T`.
pub fn json<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Option<JsonError>> {
    let mut parser = Parser::new(octets)?;
    let value = parser.value().map_err(|error| match error {
        Error::Json(error) => Some(error),
        Error::MissingMember(_) | Error::Shape => None,
    })?;
    parser.end()?;
    Ok(value)
}

pub fn base64url_decode(text: &[u8]) -> Option<Vec<u8>> {
    let decoded = base64url::decode(text).ok();
    // The fast way and the constant-time one accept the same texts.
    assert_eq!(base64url::decode_public(text).ok(), decoded);
    decoded
}

pub fn base64url_encode(octets: &[u8]) -> String {
    let (encoded, mut public) = (base64url::encode(octets), Vec::new());
    base64url::encode_public(octets, &mut public);
    assert_eq!(public, encoded.as_bytes());
    encoded
}

/// A time from the text of one JSON number; `None` also when it is not one.
pub fn numeric_date(text: &str) -> Option<NumericDate> {
    if number::scan(text.as_bytes()) != Ok(text.len()) {
        return None;
    }
    NumericDate::from_json(text)
}

/// Whether a signature holds, without anything of a token around it.
pub fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    key.verify(message, signature).is_ok()
}

pub fn sign(key: &SigningKey, message: &[u8]) -> Option<Vec<u8>> {
    key.sign(message).ok()
}

/// A key from a SEC1 point.
#[cfg(feature = "es")]
pub fn ec_key(algorithm: Algorithm, point: &[u8]) -> Option<VerifyingKey> {
    let Family::Ec(curve) = algorithm.family() else { return None };
    let verifier = EcVerifier::from_sec1(curve, point).ok()?;
    Some(VerifyingKey::new(algorithm, None, Verifier::Ecdsa(verifier)))
}

/// A key from 32 octets.
#[cfg(feature = "eddsa")]
pub fn ed_key(point: &[u8]) -> Option<VerifyingKey> {
    Some(VerifyingKey::new(Algorithm::EdDSA, None, Verifier::EdDsa(EdVerifier::new(point).ok()?)))
}

/// A key from its numbers, big-endian, without leading zeros; the exponent may be small.
#[cfg(feature = "rsa")]
pub fn rsa_key(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Option<VerifyingKey> {
    let Family::Rsa(padding, hash) = algorithm.family() else { return None };
    let verifier = RsaVerifier::new(padding, hash, n, e, true).ok()?;
    Some(VerifyingKey::new(algorithm, None, Verifier::Rsa(verifier)))
}

/// The URL of the keys, from the metadata of that issuer.
#[cfg(feature = "jwks-client")]
pub fn jwks_uri<'a>(document: &'a [u8], issuer: &str) -> Option<std::borrow::Cow<'a, str>> {
    crate::jwks_client::jwks_uri(document, issuer).ok()
}

/// The token of an Authorization header's value.
#[cfg(feature = "tower")]
pub fn bearer(value: &[u8], limit: usize) -> Option<&str> {
    crate::http::token(value, limit).ok()
}
