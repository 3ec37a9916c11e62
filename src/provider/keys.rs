//! From the configuration to keys.

use super::{
    config::ProviderConfig,
    credentials::{Fetched, KeySource, SecretSource},
};
use crate::{
    algorithm::Algorithm,
    id::KeyId,
    jwt::ConfigError,
    key::{KeyLoader, SigningKey},
};

/// What calls alone can choose, and no JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) thumbprint: bool,
    pub(super) allow_short_hmac: bool,
    pub(super) allow_small_exponent: bool,
}

/// The provider's signing key, with its `kid`.
pub(super) fn signing_key(config: &ProviderConfig) -> Result<SigningKey, ConfigError> {
    let key = match &config.key {
        Some(key) => key.clone(),
        None => load(config)?,
    };
    let named = |name| move |reason| ConfigError::Key { name, reason };
    if config.opt.thumbprint {
        return key.with_thumbprint_key_id().map_err(named("keyID"));
    }
    match (&config.key_id, key.key_id()) {
        (None, Some(_)) => Ok(key),
        (kid, _) => {
            let kid = kid.as_deref().unwrap_or(ProviderConfig::DEFAULT_KEY_ID);
            KeyId::new(kid).map(|kid| key.with_key_id(kid)).map_err(|error| named("keyID")(error.into()))
        }
    }
}

/// What keys sign to show which they are: only the same key makes, or verifies, the same signature.
pub(super) const PROBE: &[u8] = b"which key is this";

/// The MACs that a secret makes of [`PROBE`], one for each hash.
pub(super) fn fingerprints(secret: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512].into_iter().filter_map(|algorithm| {
        let key = KeyLoader::new(algorithm).danger_allow_short_hmac_key().signing_secret(secret).ok()?;
        key.sign(PROBE).ok()
    })
}

fn load(config: &ProviderConfig) -> Result<SigningKey, ConfigError> {
    let algorithm: Algorithm = config.signing_algorithm.parse().map_err(|_| ConfigError::UnknownAlgorithm)?;
    let mut loader = KeyLoader::new(algorithm);
    if config.opt.allow_short_hmac {
        loader = loader.danger_allow_short_hmac_key();
    }
    if config.opt.allow_small_exponent {
        loader = loader.danger_allow_small_rsa_exponent();
    }
    if algorithm.is_symmetric() {
        for (name, given) in [("privateKey", &config.private_key), ("publicKey", &config.public_key)] {
            if given.as_ref().is_some_and(KeySource::is_given) {
                return Err(ConfigError::Unexpected(name));
            }
        }
        let name = "signingKey";
        let secret = secret(name, config.signing_key.as_ref())?.ok_or(ConfigError::Required(name))?;
        return loader.signing_secret(&secret.octets).map_err(|reason| ConfigError::Key { name, reason });
    }
    if config.signing_key.as_ref().is_some_and(SecretSource::is_given) {
        return Err(ConfigError::Unexpected("signingKey"));
    }
    #[cfg(feature = "_der")]
    {
        load_pair(config, &loader)
    }
    #[cfg(not(feature = "_der"))]
    Err(ConfigError::Key { name: "privateKey", reason: crate::key::KeyError::AlgorithmDisabled(algorithm) })
}

/// A private key, and the public one beside it if there is one: it must be the other half.
#[cfg(feature = "_der")]
fn load_pair(config: &ProviderConfig, loader: &KeyLoader) -> Result<SigningKey, ConfigError> {
    let name = "privateKey";
    let fetched = key(name, config.private_key.as_ref())?.ok_or(ConfigError::Required(name))?;
    let private = match form(name, &fetched)? {
        Form::Jwk(text) => loader.signing_jwk(text),
        Form::Pem(text) => loader.signing_pem(text),
        Form::Der(der) => loader.signing_der(der),
    };
    let private = private.map_err(|reason| ConfigError::Key { name, reason })?;

    let name = "publicKey";
    if let Some(fetched) = key(name, config.public_key.as_ref())? {
        let public = match form(name, &fetched)? {
            Form::Jwk(text) => loader.verifying_jwk(text),
            Form::Pem(text) => loader.verifying_pem(text),
            Form::Der(der) => loader.verifying_der(der),
        };
        public.and_then(|public| private.check_public(&public)).map_err(|reason| ConfigError::Key { name, reason })?;
    }
    Ok(private)
}

#[cfg(feature = "_der")]
fn key(name: &'static str, source: Option<&KeySource>) -> Result<Option<Fetched>, ConfigError> {
    source.map_or(Ok(None), KeySource::fetch).map_err(|reason| ConfigError::Credential { name, reason })
}

pub(super) fn secret(name: &'static str, source: Option<&SecretSource>) -> Result<Option<Fetched>, ConfigError> {
    source.map_or(Ok(None), SecretSource::fetch).map_err(|reason| ConfigError::Credential { name, reason })
}

/// The form a key came in.
#[cfg(feature = "_der")]
enum Form<'a> {
    Jwk(&'a str),
    Pem(&'a str),
    Der(&'a [u8]),
}

#[cfg(feature = "_der")]
fn form<'a>(name: &'static str, fetched: &'a Fetched) -> Result<Form<'a>, ConfigError> {
    if fetched.binary {
        return Ok(Form::Der(&fetched.octets));
    }
    let text = fetched.text().map_err(|reason| ConfigError::Credential { name, reason })?;
    Ok(if text.trim_start().starts_with('{') { Form::Jwk(text) } else { Form::Pem(text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{provider::TokenProvider, store::MemoryStore};

    #[test]
    fn the_refresh_key_is_not_the_signing_key() {
        let secret = "0123456789abcdef0123456789abcdef0123456789abcdef";
        for algorithm in [Algorithm::HS256, Algorithm::HS384] {
            let key = SigningKey::from_secret(algorithm, secret.as_bytes()).unwrap();
            let config = ProviderConfig::new(key);
            let refused = [
                config.clone().refresh_key(SecretSource::inline(secret)),
                config
                    .clone()
                    .refresh_key(SecretSource::inline(&"r".repeat(32)))
                    .previous_refresh_key(SecretSource::inline(secret)),
            ];
            for config in refused {
                let error = TokenProvider::new(config, MemoryStore::default()).unwrap_err();
                assert_eq!(error, ConfigError::SharedSecret);
                assert_eq!(error.to_string(), "the refresh key must not be the signing key");
            }
            let other = config.refresh_key(SecretSource::inline(&secret[1..]));
            assert!(TokenProvider::new(other, MemoryStore::default()).is_ok());
        }
    }
}
