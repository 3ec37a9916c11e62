//! Public keys as PEM (RFC 7468) and DER: SPKI (RFC 5280), PKCS#1 (RFC 8017). DER goes through RustCrypto's readers; the
//! numbers in it pass the same checks as a JWK's.

use der::{Decode, asn1::ObjectIdentifier, pem::Decoder};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::KeyError;
use crate::{
    algorithm::{Algorithm, Curve, Family, Hash, Padding},
    crypto::Verifier,
};

#[cfg(feature = "es")]
use crate::crypto::ecdsa::EcVerifier;
#[cfg(feature = "eddsa")]
use crate::crypto::eddsa::EdVerifier;
#[cfg(feature = "rsa")]
use crate::crypto::rsa::RsaVerifier;

pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// One PEM block: its label and its octets, wiped on drop.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

impl<'a> Block<'a> {
    /// The first block of `pem`, but for the `EC PARAMETERS` that older tools write before an EC key and that say nothing the
    /// key does not.
    pub(super) fn read(pem: &'a str) -> Result<Self, KeyError> {
        let pem = match pem.split_once("-----END EC PARAMETERS-----") {
            Some((before, after)) if before.trim_start().starts_with("-----BEGIN EC PARAMETERS-----") => {
                after.trim_start()
            }
            _ => pem,
        }
        .trim_end();
        if pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let mut decoder = Decoder::new_detect_wrap(pem.as_bytes()).map_err(|_| KeyError::Pem)?;
        let label = decoder.type_label();
        let mut der = Zeroizing::new(vec![0; decoder.remaining_len()]);
        decoder.decode(&mut der).map_err(|_| KeyError::Pem)?;
        Ok(Self { label, der })
    }
}

/// What every other label than those a reader knows comes to.
pub(super) fn unexpected_label(label: &str) -> KeyError {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => KeyError::Certificate,
        "ENCRYPTED PRIVATE KEY" => KeyError::Encrypted,
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => KeyError::PrivateKey,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => KeyError::PublicKey,
        _ => KeyError::UnsupportedFormat,
    }
}

pub(super) fn read_public(algorithm: Algorithm, pem: &str, allow_small: bool) -> Result<Verifier, KeyError> {
    let block = Block::read(pem)?;
    match (block.label, algorithm.family()) {
        ("PUBLIC KEY", _) => read_spki(algorithm, &block.der, allow_small),
        #[cfg(feature = "rsa")]
        ("RSA PUBLIC KEY", Family::Rsa(padding, hash)) => read_pkcs1(padding, hash, &block.der, allow_small),
        ("RSA PUBLIC KEY", _) => Err(KeyError::WrongKeyType),
        (label, _) => Err(unexpected_label(label)),
    }
}

pub(super) fn read_public_der(algorithm: Algorithm, der: &[u8], allow_small: bool) -> Result<Verifier, KeyError> {
    match (read_spki(algorithm, der, allow_small), algorithm.family()) {
        #[cfg(feature = "rsa")]
        (Err(KeyError::Der), Family::Rsa(padding, hash)) => read_pkcs1(padding, hash, der, allow_small),
        (result, _) => result,
    }
}

fn read_spki(algorithm: Algorithm, der: &[u8], allow_small: bool) -> Result<Verifier, KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyError::Der)?;
    check_type(algorithm, &info.algorithm)?;
    let key = info.subject_public_key.as_bytes().ok_or(KeyError::Der)?;
    match algorithm.family() {
        #[cfg(feature = "rsa")]
        Family::Rsa(padding, hash) => read_pkcs1(padding, hash, key, allow_small),
        #[cfg(feature = "es")]
        Family::Ec(curve) => Ok(Verifier::Ecdsa(EcVerifier::from_sec1(curve, key)?)),
        #[cfg(feature = "eddsa")]
        Family::Okp => Ok(Verifier::EdDsa(EdVerifier::new(key)?)),
        // HMAC keys do not come here; another family is not built in.
        _ => Err(KeyError::AlgorithmDisabled(algorithm)),
    }
}

/// An RSA public key from a PKCS#1 structure.
#[cfg(feature = "rsa")]
fn read_pkcs1(padding: Padding, hash: Hash, der: &[u8], allow_small: bool) -> Result<Verifier, KeyError> {
    let key = pkcs1::RsaPublicKeyRef::from_der(der).map_err(|_| KeyError::Der)?;
    let (n, e) = (key.modulus.as_bytes(), key.public_exponent.as_bytes());
    Ok(Verifier::Rsa(RsaVerifier::new(padding, hash, n, e, allow_small)?))
}

/// Checks that an algorithm identifier names the key type, and for EC the curve, that `algorithm` takes.
pub(super) fn check_type(algorithm: Algorithm, identifier: &AlgorithmIdentifierRef<'_>) -> Result<(), KeyError> {
    if ![RSA, EC, ED25519].contains(&identifier.oid) {
        return Err(KeyError::UnsupportedFormat);
    }
    let parameters = identifier.parameters;
    let fits = match algorithm.family() {
        Family::Hmac(_) => false,
        Family::Rsa(..) => identifier.oid == RSA && parameters.is_none_or(|any| any.is_null()),
        Family::Ec(curve) => {
            identifier.oid == EC && parameters.and_then(|any| any.decode_as().ok()) == Some(curve_oid(curve))
        }
        Family::Okp => identifier.oid == ED25519 && parameters.is_none(),
    };
    if fits { Ok(()) } else { Err(KeyError::WrongKeyType) }
}

/// A named curve (RFC 5480 section 2.1.1.1).
pub(super) const fn curve_oid(curve: Curve) -> ObjectIdentifier {
    match curve {
        Curve::P256 => ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        Curve::P384 => ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        Curve::P521 => ObjectIdentifier::new_unwrap("1.3.132.0.35"),
    }
}
