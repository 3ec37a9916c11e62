//! JSON Web Keys: writing public ones. There is no member here that a private value could stand in.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{
    algorithm::Algorithm,
    crypto::Verifier,
    encoding::base64url,
    id::KeyId,
    key::{KeyError, VerifyingKey, jwk::type_of},
};

impl VerifyingKey {
    /// The public key as a JWK, with `alg`, `use` and, if there is one, `kid`.
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] for an HMAC key.
    pub fn to_jwk(&self) -> Result<PublicJwk, KeyError> {
        PublicJwk::new(self.algorithm(), self.key_id(), self.verifier())
    }

    /// The key's SHA-256 thumbprint (RFC 7638), base64url.
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] for an HMAC key: the hash of a secret is not for publication (RFC 7638 section 7).
    pub fn thumbprint(&self) -> Result<String, KeyError> {
        self.to_jwk().map(|jwk| jwk.thumbprint())
    }
}

/// A public key as a JWK (RFC 7517). `Display` writes the JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    algorithm: Algorithm,
    names_algorithm: bool,
    kid: Option<KeyId>,
    numbers: Numbers,
}

/// The required public members of a key type, base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Numbers {
    #[cfg(feature = "rsa")]
    Rsa { n: String, e: String },
    #[cfg(feature = "es")]
    Ec { x: String, y: String },
    #[cfg(feature = "eddsa")]
    Okp { x: String },
}

impl PublicJwk {
    fn new(algorithm: Algorithm, kid: Option<&KeyId>, verifier: &Verifier) -> Result<Self, KeyError> {
        let numbers = match *verifier {
            #[cfg(feature = "hs")]
            Verifier::Hmac(_) => return Err(KeyError::Symmetric),
            #[cfg(feature = "rsa")]
            Verifier::Rsa(ref key) => {
                let (n, e) = key.numbers();
                Numbers::Rsa { n: base64url::encode(&n), e: base64url::encode(&e) }
            }
            #[cfg(feature = "es")]
            Verifier::Ecdsa(ref key) => {
                let point = key.to_sec1();
                let (_, coordinates) = point.split_first().ok_or(KeyError::Point)?;
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                Numbers::Ec { x: base64url::encode(x), y: base64url::encode(y) }
            }
            #[cfg(feature = "eddsa")]
            Verifier::EdDsa(ref key) => Numbers::Okp { x: base64url::encode(key.as_bytes()) },
        };
        Ok(Self { algorithm, names_algorithm: true, kid: kid.cloned(), numbers })
    }

    /// The same without `alg`, for an RSA or Ed25519 key that is used under more than one.
    #[must_use]
    pub fn without_algorithm(mut self) -> Self {
        self.names_algorithm = false;
        self
    }

    /// The required members in lexicographic order without white space: what RFC 7638 section 3 hashes.
    fn canonical(&self) -> String {
        let (kty, crv) = type_of(self.algorithm);
        let crv = crv.unwrap_or_default();
        match self.numbers {
            #[cfg(feature = "rsa")]
            Numbers::Rsa { ref n, ref e } => format!(r#"{{"e":"{e}","kty":"{kty}","n":"{n}"}}"#),
            #[cfg(feature = "es")]
            Numbers::Ec { ref x, ref y } => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
            #[cfg(feature = "eddsa")]
            Numbers::Okp { ref x } => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        }
    }

    /// The SHA-256 thumbprint (RFC 7638), base64url. It depends on the key's numbers alone, not on `alg` or `kid`.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        base64url::encode(&Sha256::digest(self.canonical()))
    }
}

impl fmt::Display for PublicJwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let canonical = self.canonical();
        write!(f, "{},\"use\":\"sig\"", canonical.trim_end_matches('}'))?;
        if self.names_algorithm {
            write!(f, ",\"alg\":\"{}\"", self.algorithm)?;
        }
        if let Some(kid) = &self.kid {
            write!(f, ",\"kid\":{}", serde_json::Value::from(kid.as_str()))?;
        }
        f.write_str("}")
    }
}

/// A JWK Set of public keys (RFC 7517 section 5), for publication. `Display` writes the JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicJwkSet(Vec<PublicJwk>);

impl PublicJwkSet {
    /// The set of those keys, in their order.
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] when one is an HMAC key.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a VerifyingKey>) -> Result<Self, KeyError> {
        keys.into_iter().map(VerifyingKey::to_jwk).collect()
    }
}

impl FromIterator<PublicJwk> for PublicJwkSet {
    fn from_iter<T: IntoIterator<Item = PublicJwk>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl fmt::Display for PublicJwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"keys\":[")?;
        for (i, key) in self.0.iter().enumerate() {
            write!(f, "{}{key}", if i == 0 { "" } else { "," })?;
        }
        f.write_str("]}")
    }
}
