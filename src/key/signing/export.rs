//! Private keys out again, by calls that say so.

use zeroize::Zeroizing;

use super::SigningKey;
use crate::{crypto::signing::Signer, encoding::base64url, key::KeyError, secret::SecretString};

impl SigningKey {
    /// The private key as a JWK (RFC 7517), with `alg`, `use` and, if there is one, `kid`. Whoever has it can sign.
    ///
    /// # Errors
    /// [`KeyError`]; none is expected of a key this crate has loaded or made.
    pub fn danger_export_private_jwk(&self) -> Result<SecretString, KeyError> {
        let private: Vec<Zeroizing<String>> = match self.material().signer {
            #[cfg(feature = "hs")]
            Signer::Hmac(_) => {
                let secret = self.material().secret.as_ref().ok_or(KeyError::Symmetric)?;
                let k = Zeroizing::new(base64url::encode(secret.expose()));
                return Ok(SecretString::new(self.oct_jwk(&k)));
            }
            #[cfg(feature = "rsa")]
            Signer::Rsa(ref key) => {
                let [_, _, private @ ..] = key.numbers().ok_or(KeyError::PrivateValue)?;
                let names = ["d", "p", "q", "dp", "dq", "qi"];
                names.into_iter().zip(private).map(|(name, octets)| member(name, &octets)).collect()
            }
            #[cfg(feature = "es")]
            Signer::Ecdsa(ref key) => vec![member("d", &key.scalar())],
            #[cfg(feature = "eddsa")]
            Signer::EdDsa(ref key) => vec![member("d", key.seed())],
        };
        let mut json = Zeroizing::new(String::with_capacity(8 * 1024));
        json.push_str(self.verifying_key().to_jwk()?.to_string().trim_end_matches('}'));
        for member in &private {
            json.push_str(member);
        }
        json.push('}');
        Ok(SecretString::new(json.as_str().to_owned()))
    }

    /// The private key as PEM: `PRIVATE KEY` (PKCS#8). Whoever has it can sign.
    ///
    /// # Errors
    /// [`KeyError::Symmetric`] for an HMAC key, which PEM has no form for.
    #[cfg(feature = "_der")]
    pub fn danger_export_private_pem(&self) -> Result<SecretString, KeyError> {
        super::pem::write_private(self.algorithm(), &self.material().signer)
    }

    #[cfg(feature = "hs")]
    fn oct_jwk(&self, k: &str) -> String {
        let kid =
            self.key_id().map(|kid| format!(",\"kid\":{}", serde_json::Value::from(kid.as_str()))).unwrap_or_default();
        format!(r#"{{"k":"{k}","kty":"oct","alg":"{}","use":"sig"{kid}}}"#, self.algorithm())
    }
}

#[cfg(any(feature = "rsa", feature = "es", feature = "eddsa"))]
fn member(name: &str, octets: &[u8]) -> Zeroizing<String> {
    let value = Zeroizing::new(base64url::encode(octets));
    Zeroizing::new(format!(",\"{name}\":\"{}\"", *value))
}
