//! Private keys out again, by calls that say so.

use zeroize::Zeroizing;

use super::SigningKey;
use crate::{crypto::signing::Signer, encoding::base64url, key::KeyError, secret::SecretString};

/// A private member's name and its octets.
type Member = (&'static str, Zeroizing<Vec<u8>>);

impl SigningKey {
    /// The private key as a JWK (RFC 7517), with `alg`, `use` and, if there is one, `kid`. Whoever has it can sign.
    ///
    /// # Errors
    /// [`KeyError`]; none is expected of a key this crate has loaded or made.
    pub fn danger_export_private_jwk(&self) -> Result<SecretString, KeyError> {
        let (public, private): (String, Vec<Member>) = match self.material().signer {
            #[cfg(feature = "hs")]
            Signer::Hmac(_) => {
                let secret = self.material().secret.as_ref().ok_or(KeyError::Symmetric)?;
                (self.oct_jwk(), vec![("k", Zeroizing::new(secret.expose().to_vec()))])
            }
            #[cfg(feature = "rsa")]
            Signer::Rsa(ref key) => {
                let [_, _, private @ ..] = key.numbers().ok_or(KeyError::PrivateValue)?;
                let names = ["d", "p", "q", "dp", "dq", "qi"];
                (self.verifying_key().to_jwk()?.to_string(), names.into_iter().zip(private).collect())
            }
            #[cfg(feature = "es")]
            Signer::Ecdsa(ref key) => (self.verifying_key().to_jwk()?.to_string(), vec![("d", key.scalar())]),
            #[cfg(feature = "eddsa")]
            Signer::EdDsa(ref key) => {
                (self.verifying_key().to_jwk()?.to_string(), vec![("d", Zeroizing::new(key.seed().to_vec()))])
            }
        };
        // Large enough from the start, so that no part is left behind by growth.
        let length: usize = private.iter().map(|(name, octets)| name.len() + octets.len() * 4 / 3 + 8).sum();
        let mut json = String::with_capacity(public.len() + length);
        json.push_str(public.trim_end_matches('}'));
        for (name, octets) in private {
            let value = Zeroizing::new(base64url::encode(&octets));
            for part in [",\"", name, "\":\"", &value, "\""] {
                json.push_str(part);
            }
        }
        json.push('}');
        Ok(SecretString::new(json))
    }

    /// The private key as PEM: `PRIVATE KEY` (PKCS#8). Whoever has it can sign.
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] for an HMAC key, which PEM has no form for.
    #[cfg(feature = "_der")]
    pub fn danger_export_private_pem(&self) -> Result<SecretString, KeyError> {
        super::pem::write_private(&self.material().signer)
    }

    /// What an oct JWK says besides its secret.
    #[cfg(feature = "hs")]
    fn oct_jwk(&self) -> String {
        let kid = self.key_id().map(|kid| format!(",\"kid\":{}", serde_json::Value::from(kid.as_str())));
        format!(r#"{{"kty":"oct","alg":"{}","use":"sig"{}}}"#, self.algorithm(), kid.unwrap_or_default())
    }
}
