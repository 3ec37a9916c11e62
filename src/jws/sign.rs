//! Signing (RFC 7515 section 5.1).

use std::fmt;

use super::SigningFailed;
use crate::{
    encoding::{base64url, limits},
    key::SigningKey,
};

/// Signs octets with one key under one header, which is written once: `alg`, then `typ` and `kid` if there are any.
///
/// ```
/// use jwtward::{Algorithm, JwsSigner, SigningKey, UnverifiedJws};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = SigningKey::generate(Algorithm::ES256)?;
/// let token = JwsSigner::new(key.clone()).sign(b"any octets")?;
/// let jws = UnverifiedJws::parse(&token, 8192)?.verify(&key.verifying_key())?;
/// assert_eq!(jws.payload(), b"any octets");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JwsSigner {
    key: SigningKey,
    typ: Option<Box<str>>,
    /// The header, encoded.
    header: String,
    /// The same with `b64` false.
    unencoded_header: String,
}

impl JwsSigner {
    /// Signs without `typ`.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self::with_type(key, None)
    }

    /// Signs with that `typ` (RFC 7515 section 4.1.9), so that a verifier can tell one kind of token from another.
    #[must_use]
    pub fn with_token_type(key: SigningKey, typ: &str) -> Self {
        Self::with_type(key, Some(typ))
    }

    /// The same signer with another key.
    pub(crate) fn with_key(&self, key: SigningKey) -> Self {
        Self::with_type(key, self.typ.as_deref())
    }

    fn with_type(key: SigningKey, typ: Option<&str>) -> Self {
        let mut header = format!(r#"{{"alg":"{}""#, key.algorithm());
        for (name, text) in [("typ", typ), ("kid", key.key_id().map(|kid| kid.as_str()))] {
            if let Some(text) = text {
                header += &format!(r#","{name}":{}"#, serde_json::Value::from(text));
            }
        }
        let unencoded_header = base64url::encode(format!(r#"{header},"b64":false,"crit":["b64"]}}"#).as_bytes());
        let header = base64url::encode(format!("{header}}}").as_bytes());
        Self { key, typ: typ.map(Into::into), header, unencoded_header }
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The compact serialization of `payload`'s signature.
    ///
    /// # Errors
    /// [`SigningFailed`].
    pub fn sign(&self, payload: &[u8]) -> Result<String, SigningFailed> {
        // The signature, of RSA longer than this, takes what room it needs.
        let mut token = Vec::with_capacity(self.header.len() + base64url::encoded_len(payload.len()) + 100);
        token.extend_from_slice(self.header.as_bytes());
        token.push(b'.');
        base64url::encode_public(payload, &mut token);
        let signature = self.signature(&self.header, &token)?;
        token.push(b'.');
        let start = token.len();
        token.resize(start + base64url::encoded_len(signature.len()), 0);
        let room = token.get_mut(start..).unwrap_or_default();
        base64url::encode_into(&signature, room).map_err(|_| SigningFailed::Key)?;
        // All of it is ASCII.
        String::from_utf8(token).map_err(|_| SigningFailed::Key)
    }

    /// The same with the payload left out of the token (RFC 7515 appendix F): header, two dots, signature.
    ///
    /// # Errors
    /// As [`JwsSigner::sign`].
    pub fn sign_detached(&self, payload: &[u8]) -> Result<String, SigningFailed> {
        let input = format!("{}.{}", self.header, base64url::encode(payload));
        Ok(format!("{}..{}", self.header, base64url::encode(&self.signature(&self.header, input.as_bytes())?)))
    }

    /// Detached, and the payload signed as it is instead of as base64url (RFC 7797: `b64` false, named in `crit`).
    ///
    /// # Errors
    /// As [`JwsSigner::sign`].
    pub fn sign_detached_unencoded(&self, payload: &[u8]) -> Result<String, SigningFailed> {
        let input = [self.unencoded_header.as_bytes(), b".", payload].concat();
        let signature = self.signature(&self.unencoded_header, &input)?;
        Ok(format!("{}..{}", self.unencoded_header, base64url::encode(&signature)))
    }

    /// The signature of what begins with that header.
    fn signature(&self, header: &str, input: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        // Verifiers here would not read a longer header.
        if header.len() > limits::HEADER {
            return Err(SigningFailed::HeaderTooLarge);
        }
        self.key.sign(input).map_err(|_| SigningFailed::Key)
    }
}

impl fmt::Debug for JwsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwsSigner").field("key", &self.key).finish_non_exhaustive()
    }
}
