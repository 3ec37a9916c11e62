//! Public keys as PEM: SPKI (RFC 5280 section 4.1.2.7).

use der::{
    Encode,
    asn1::{BitStringRef, ObjectIdentifier},
    pem::{LineEnding, encode_string},
};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

#[cfg(feature = "rsa")]
use crate::key::pem::RSA;
use crate::{
    crypto::Verifier,
    key::{
        KeyError, VerifyingKey,
        pem::{EC, ED25519, curve_oid},
    },
};

impl VerifyingKey {
    /// The public key as PEM: `PUBLIC KEY` (SPKI, RFC 5280 section 4.1.2.7).
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] for an HMAC key.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        write_public(self.verifier())
    }
}

fn write_public(verifier: &Verifier) -> Result<String, KeyError> {
    // Lives as long as the identifier that borrows it.
    let curve: ObjectIdentifier;
    let (identifier, key) = match verifier {
        #[cfg(feature = "hs")]
        Verifier::Hmac(_) => return Err(KeyError::Symmetric),
        #[cfg(feature = "rsa")]
        Verifier::Rsa(key) => {
            let (n, e) = key.numbers();
            (rsa_identifier(), pkcs1_public(&n, &e)?)
        }
        #[cfg(feature = "es")]
        Verifier::Ecdsa(key) => {
            curve = curve_oid(key.curve());
            (AlgorithmIdentifierRef { oid: EC, parameters: Some((&curve).into()) }, key.to_sec1())
        }
        #[cfg(feature = "eddsa")]
        Verifier::EdDsa(key) => (AlgorithmIdentifierRef { oid: ED25519, parameters: None }, key.as_bytes().to_vec()),
    };
    let subject_public_key = BitStringRef::from_bytes(&key).map_err(|_| KeyError::Der)?;
    let der =
        SubjectPublicKeyInfoRef { algorithm: identifier, subject_public_key }.to_der().map_err(|_| KeyError::Der)?;
    write_block("PUBLIC KEY", &der)
}

pub(in crate::key) fn write_block(label: &str, der: &[u8]) -> Result<String, KeyError> {
    encode_string(label, LineEnding::LF, der).map_err(|_| KeyError::Pem)
}

#[cfg(feature = "rsa")]
pub(in crate::key) const fn rsa_identifier() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: RSA, parameters: Some(der::asn1::AnyRef::NULL) }
}

#[cfg(feature = "rsa")]
fn pkcs1_public(n: &[u8], e: &[u8]) -> Result<Vec<u8>, KeyError> {
    let number = |octets| der::asn1::UintRef::new(octets).map_err(|_| KeyError::Der);
    pkcs1::RsaPublicKeyRef { modulus: number(n)?, public_exponent: number(e)? }.to_der().map_err(|_| KeyError::Der)
}
