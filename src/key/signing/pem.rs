//! Private keys as PEM and DER: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017), SEC1 (RFC 5915). What is read here is only the
//! structure; every number then passes the checks of its family.

use der::{
    Decode, Encode,
    asn1::{ObjectIdentifier, OctetStringRef},
};
use pkcs8::PrivateKeyInfoRef;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{build, signing_key::Material};
#[cfg(feature = "es")]
use crate::key::pem::EC;
#[cfg(feature = "eddsa")]
use crate::key::pem::ED25519;
#[cfg(feature = "rsa")]
use crate::key::publish::pem::rsa_identifier;
use crate::{
    algorithm::{Algorithm, Curve, Family, Hash, Padding},
    crypto::signing::Signer,
    key::{
        KeyError,
        pem::{Block, check_type, curve_oid, unexpected_label},
        publish::pem::write_block,
    },
    secret::SecretString,
};

pub(super) fn read_private(algorithm: Algorithm, pem: &str, allow_small: bool) -> Result<Material, KeyError> {
    let block = Block::read(pem)?;
    match (block.label, algorithm.family()) {
        ("PRIVATE KEY", _) => read_pkcs8(algorithm, &block.der, allow_small),
        #[cfg(feature = "rsa")]
        ("RSA PRIVATE KEY", Family::Rsa(padding, hash)) => read_pkcs1(padding, hash, &block.der, allow_small),
        #[cfg(feature = "es")]
        ("EC PRIVATE KEY", Family::Ec(curve)) => read_sec1(curve, &block.der, None),
        ("RSA PRIVATE KEY" | "EC PRIVATE KEY", _) => Err(KeyError::WrongKeyType),
        (label, _) => Err(unexpected_label(label)),
    }
}

pub(super) fn read_private_der(algorithm: Algorithm, der: &[u8], allow_small: bool) -> Result<Material, KeyError> {
    match (read_pkcs8(algorithm, der, allow_small), algorithm.family()) {
        #[cfg(feature = "rsa")]
        (Err(KeyError::Der), Family::Rsa(padding, hash)) => read_pkcs1(padding, hash, der, allow_small),
        #[cfg(feature = "es")]
        (Err(KeyError::Der), Family::Ec(curve)) => read_sec1(curve, der, None),
        (result, _) => result,
    }
}

fn read_pkcs8(algorithm: Algorithm, der: &[u8], allow_small: bool) -> Result<Material, KeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Der)?;
    check_type(algorithm, &info.algorithm)?;
    let key = info.private_key.as_bytes();
    // PKCS#8 version 2 may carry the public key as well.
    let public = info.public_key.map(|bits| bits.as_bytes().ok_or(KeyError::Der)).transpose()?;
    match algorithm.family() {
        #[cfg(feature = "rsa")]
        Family::Rsa(..) if public.is_some() => Err(KeyError::UnsupportedFormat),
        #[cfg(feature = "rsa")]
        Family::Rsa(padding, hash) => read_pkcs1(padding, hash, key, allow_small),
        #[cfg(feature = "es")]
        Family::Ec(curve) => read_sec1(curve, key, public),
        #[cfg(feature = "eddsa")]
        Family::Okp => {
            // RFC 8410 section 7: the seed is an OCTET STRING within the OCTET STRING.
            let seed = <&OctetStringRef>::from_der(key).map_err(|_| KeyError::Der)?;
            build::okp(seed.as_bytes(), public)
        }
        // HMAC keys do not come here; another family is not built in.
        _ => Err(KeyError::AlgorithmDisabled(algorithm)),
    }
}

/// An RSA private key from a PKCS#1 structure of two primes.
#[cfg(feature = "rsa")]
fn read_pkcs1(padding: Padding, hash: Hash, der: &[u8], allow_small: bool) -> Result<Material, KeyError> {
    let key = pkcs1::RsaPrivateKeyRef::from_der(der).map_err(|_| KeyError::Der)?;
    if key.other_prime_infos.is_some() {
        return Err(KeyError::UnsupportedFormat);
    }
    let numbers = build::RsaNumbers {
        n: key.modulus.as_bytes(),
        e: key.public_exponent.as_bytes(),
        d: key.private_exponent.as_bytes(),
        primes: Some(build::RsaPrimes {
            p: key.prime1.as_bytes(),
            q: key.prime2.as_bytes(),
            dp: key.exponent1.as_bytes(),
            dq: key.exponent2.as_bytes(),
            qi: key.coefficient.as_bytes(),
        }),
    };
    build::rsa(padding, hash, &numbers, allow_small)
}

/// An EC private key from a SEC1 structure. A curve named in it must be this one; within PKCS#8 none need be. A public
/// key beside the structure must belong to it, as must one inside.
#[cfg(feature = "es")]
fn read_sec1(curve: Curve, der: &[u8], public: Option<&[u8]>) -> Result<Material, KeyError> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(|_| KeyError::Der)?;
    if key.parameters.is_some_and(|parameters| parameters.named_curve() != Some(curve_oid(curve))) {
        return Err(KeyError::WrongKeyType);
    }
    if public.is_some() {
        build::ec(curve, key.private_key, public)?;
    }
    build::ec(curve, key.private_key, key.public_key)
}

/// The private key as a PKCS#8 PEM block, version 1: the form every tool reads.
pub(super) fn write_private(signer: &Signer) -> Result<SecretString, KeyError> {
    // Lives as long as the identifier that borrows it.
    let curve: ObjectIdentifier;
    let (identifier, key) = match signer {
        #[cfg(feature = "hs")]
        Signer::Hmac(_) => return Err(KeyError::Symmetric),
        #[cfg(feature = "rsa")]
        Signer::Rsa(key) => (rsa_identifier(), pkcs1_private(key)?),
        #[cfg(feature = "es")]
        Signer::Ecdsa(key) => {
            let verifier = key.verifier();
            curve = curve_oid(verifier.curve());
            let public = verifier.to_sec1();
            let scalar = key.scalar();
            let sec1 = sec1::EcPrivateKey { private_key: &scalar, parameters: None, public_key: Some(&public) };
            (AlgorithmIdentifierRef { oid: EC, parameters: Some((&curve).into()) }, encode(&sec1)?)
        }
        #[cfg(feature = "eddsa")]
        Signer::EdDsa(key) => {
            let seed = OctetStringRef::new(key.seed()).map_err(|_| KeyError::Der)?;
            (AlgorithmIdentifierRef { oid: ED25519, parameters: None }, encode(&seed)?)
        }
    };
    let private_key = OctetStringRef::new(&key).map_err(|_| KeyError::Der)?;
    let der = encode(&PrivateKeyInfoRef::new(identifier, private_key))?;
    write_block("PRIVATE KEY", &der).map(SecretString::new)
}

#[cfg(feature = "rsa")]
fn pkcs1_private(key: &crate::crypto::signing::rsa::RsaSigner) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let numbers = key.numbers().ok_or(KeyError::PrivateValue)?;
    let [modulus, public_exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient] =
        numbers.each_ref().map(|octets| der::asn1::UintRef::new(octets));
    let number = |number: der::Result<_>| number.map_err(|_| KeyError::Der);
    encode(&pkcs1::RsaPrivateKeyRef {
        modulus: number(modulus)?,
        public_exponent: number(public_exponent)?,
        private_exponent: number(private_exponent)?,
        prime1: number(prime1)?,
        prime2: number(prime2)?,
        exponent1: number(exponent1)?,
        exponent2: number(exponent2)?,
        coefficient: number(coefficient)?,
        other_prime_infos: None,
    })
}

/// DER into a buffer that is wiped on drop. Its size is known beforehand, so nothing is left behind by growth.
fn encode(structure: &(impl Encode + ?Sized)) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    structure.to_der().map(Zeroizing::new).map_err(|_| KeyError::Der)
}
