//! Key files, and the keys in them: what a file is, and how it is loaded for signing, for verifying, and for showing its
//! public half.

use jwtward::{Algorithm, KeyError, KeyId, KeyLoader, KeySet, KeySetError, PublicJwk, SigningKey, VerifyingKey};

use crate::{chain, json};

/// A key as given, by what it looks like. The library judges whether it is one.
#[derive(Clone, Copy)]
pub(crate) enum KeyText<'a> {
    Jwk(&'a str),
    JwkSet(&'a str),
    Pem(&'a str),
    Der(&'a [u8]),
    /// An HMAC secret's own octets.
    Secret(&'a [u8]),
}

/// Why a key cannot be used. Holds nothing of it.
pub(crate) type Reason = String;

/// A key without its private part. An RSA or Ed25519 key serves several algorithms, so unless its file names one, none is named
/// for it.
pub(crate) struct PublicKey {
    pub(crate) key: VerifyingKey,
    names_algorithm: bool,
}

/// The public keys of a file.
pub(crate) struct PublicKeys {
    pub(crate) keys: Vec<PublicKey>,
    /// Which keys of a set are not among them, and why.
    pub(crate) left_out: Vec<Reason>,
}

impl<'a> KeyText<'a> {
    /// A file's octets, for that algorithm if it is known. Every octet of a file that is not JSON belongs to an HMAC secret.
    pub(crate) fn of_file(octets: &'a [u8], algorithm: Option<Algorithm>) -> Self {
        match std::str::from_utf8(octets) {
            Ok(text) if json::is_object(text) => Self::of_object(text),
            _ if algorithm.is_some_and(Algorithm::is_symmetric) => Self::Secret(octets),
            Ok(text) if text.trim_start().starts_with('{') => Self::Jwk(text),
            // A DER file begins with 0x30, which is a digit.
            Ok(text) if !text.starts_with('0') || text.contains("-----BEGIN") => Self::Pem(text),
            _ => Self::Der(octets),
        }
    }

    /// The value of a JSON member: an object, or a string that holds PEM.
    pub(crate) fn with_json(value: &'a str, unquoted: &'a mut String) -> Result<Self, Reason> {
        if value.starts_with('{') {
            return Ok(Self::of_object(value));
        }
        *unquoted = json::string(value).ok_or("the member key is neither an object nor a string")?;
        Ok(Self::Pem(unquoted))
    }

    fn of_object(text: &'a str) -> Self {
        let members = json::members(text).unwrap_or_default();
        let has = |name| json::member(&members, name).is_some();
        if has("keys") && !has("kty") { Self::JwkSet(text) } else { Self::Jwk(text) }
    }

    /// The key or keys to verify with. A private key stands for its public half.
    pub(crate) fn verifying(self, algorithm: Algorithm) -> Result<KeySet, Reason> {
        let key = match self {
            Self::JwkSet(text) => return verifying_set(algorithm, text),
            Self::Jwk(text) => verifying_jwk(algorithm, text),
            Self::Pem(text) => {
                public_half(VerifyingKey::from_pem(algorithm, text), || SigningKey::from_pem(algorithm, text))
            }
            Self::Der(octets) => {
                public_half(VerifyingKey::from_der(algorithm, octets), || SigningKey::from_der(algorithm, octets))
            }
            Self::Secret(octets) => VerifyingKey::from_secret(algorithm, octets),
        };
        key.map(KeySet::from).map_err(reason)
    }

    /// The key to sign with: of a set the one of that `kid`, or without `kid` the only one.
    pub(crate) fn signing(self, algorithm: Algorithm, kid: Option<&KeyId>) -> Result<SigningKey, Reason> {
        let key = match self {
            Self::JwkSet(text) => return signing_from_set(algorithm, kid, text),
            Self::Jwk(text) => SigningKey::from_jwk_as(algorithm, text),
            Self::Pem(text) => SigningKey::from_pem(algorithm, text),
            Self::Der(octets) => SigningKey::from_der(algorithm, octets),
            Self::Secret(octets) => SigningKey::from_secret(algorithm, octets),
        };
        let key = key.map_err(reason)?;
        Ok(match kid {
            Some(kid) => key.with_key_id(kid.clone()),
            None => key,
        })
    }

    /// The public keys, whatever their algorithms.
    pub(crate) fn public(self) -> Result<PublicKeys, Reason> {
        let key = match self {
            Self::JwkSet(text) => return public_set(text),
            Self::Jwk(text) => public_jwk(text),
            Self::Pem(text) => of_any_type(|algorithm| {
                public_half(VerifyingKey::from_pem(algorithm, text), || SigningKey::from_pem(algorithm, text))
            }),
            Self::Der(octets) | Self::Secret(octets) => of_any_type(|algorithm| {
                public_half(VerifyingKey::from_der(algorithm, octets), || SigningKey::from_der(algorithm, octets))
            }),
        };
        key.map(|key| PublicKeys { keys: vec![key], left_out: Vec::new() }).map_err(reason)
    }
}

impl PublicKey {
    /// The key as a JWK.
    pub(crate) fn to_jwk(&self) -> Result<PublicJwk, KeyError> {
        let jwk = self.key.to_jwk()?;
        Ok(if self.names_algorithm { jwk } else { jwk.without_algorithm() })
    }
}

/// The public key, or the public half of the private key that stands in its place.
fn public_half(
    public: Result<VerifyingKey, KeyError>,
    private: impl FnOnce() -> Result<SigningKey, KeyError>,
) -> Result<VerifyingKey, KeyError> {
    let why_not = match public {
        // A private key's `key_ops` say `sign`, and `verify` is the use of its public half.
        Err(error @ (KeyError::PrivateKey | KeyError::UseForbidden | KeyError::Der)) => error,
        other => return other,
    };
    match private() {
        Ok(key) if !key.algorithm().is_symmetric() => Ok(key.verifying_key()),
        Err(error) if error != KeyError::PublicKey && why_not != KeyError::UseForbidden => Err(error),
        _ => Err(why_not),
    }
}

fn verifying_jwk(algorithm: Algorithm, text: &str) -> Result<VerifyingKey, KeyError> {
    public_half(VerifyingKey::from_jwk_as(algorithm, text), || SigningKey::from_jwk_as(algorithm, text))
}

fn verifying_set(algorithm: Algorithm, text: &str) -> Result<KeySet, Reason> {
    if algorithm.is_symmetric() {
        return KeySet::from_secret_jwks(algorithm, text).map_err(reason);
    }
    let skipped = match KeySet::from_jwks_as(algorithm, text) {
        Ok(set) if !set.skipped().iter().any(|key| key.reason == KeyError::PrivateKey) => return Ok(set),
        // The set is sound, and private keys were left out, which stand for their public halves.
        Ok(_) => Vec::new(),
        Err(KeySetError::NothingUsable(skipped)) => skipped,
        Err(error) => return Err(reason(error)),
    };
    let keys: Vec<VerifyingKey> =
        jwks(text)?.into_iter().filter_map(|jwk| verifying_jwk(algorithm, jwk).ok()).collect();
    if keys.is_empty() {
        return Err(reason(KeySetError::NothingUsable(skipped)));
    }
    KeySet::new(keys).map_err(reason)
}

fn signing_from_set(algorithm: Algorithm, kid: Option<&KeyId>, text: &str) -> Result<SigningKey, Reason> {
    let (keys, _) = KeyLoader::new(algorithm).signing_jwks(text).map_err(reason)?;
    let mut fitting = keys.into_iter().filter(|key| kid.is_none_or(|kid| key.key_id() == Some(kid)));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err("no usable key of the set has this kid".into()),
        (Some(_), Some(_)) if kid.is_some() => Err("two keys of the set have the same kid".into()),
        (Some(_), Some(_)) => Err("several keys of the set can be used: choose one by --kid".into()),
    }
}

fn public_set(text: &str) -> Result<PublicKeys, Reason> {
    // The library judges the set as a whole; which of its keys can be shown is another question.
    match KeySet::from_jwks(text) {
        Ok(_) | Err(KeySetError::NothingUsable(_)) => {}
        Err(KeySetError::Secrets) => return Err(reason(KeyError::Symmetric)),
        Err(error) => return Err(reason(error)),
    }
    let mut public = PublicKeys { keys: Vec::new(), left_out: Vec::new() };
    for (index, jwk) in jwks(text)?.into_iter().enumerate() {
        match public_jwk(jwk) {
            Ok(key) => public.keys.push(key),
            Err(KeyError::Symmetric) => return Err(reason(KeyError::Symmetric)),
            Err(error) => public.left_out.push(left_out(index, &error)),
        }
    }
    if public.keys.is_empty() {
        return Err(public.left_out.into_iter().next().unwrap_or_else(|| "the set holds no key".into()));
    }
    KeySet::new(public.keys.iter().map(|public| public.key.clone())).map_err(reason)?;
    Ok(public)
}

/// The notice of a key that cannot be used and does not spoil its set.
pub(crate) fn left_out(index: usize, error: &KeyError) -> Reason {
    format!("key {index} of the set was left out: {}", chain(error))
}

/// The keys of a JWK Set, as written.
fn jwks(text: &str) -> Result<Vec<&str>, Reason> {
    let members = json::members(text)?;
    Ok(json::elements(json::member(&members, "keys").unwrap_or_default())?)
}

fn public_jwk(text: &str) -> Result<PublicKey, KeyError> {
    let key = match public_half(VerifyingKey::from_jwk(text), || SigningKey::from_jwk(text)) {
        // An RSA key that any of six algorithms can use; of an HMAC key nothing is public.
        Err(KeyError::AlgorithmRequired) => verifying_jwk(Algorithm::RS256, text).map_err(|error| match error {
            KeyError::WrongKeyType => KeyError::Symmetric,
            error => error,
        }),
        key => key,
    }?;
    if key.algorithm().is_symmetric() {
        return Err(KeyError::Symmetric);
    }
    let stated = json::members(text).is_ok_and(|members| json::member(&members, "alg").is_some());
    Ok(PublicKey { names_algorithm: stated || has_one_algorithm(&key), key })
}

/// A key of a file that does not say what type it is of. Its curve or its type is one of these.
fn of_any_type(load: impl Fn(Algorithm) -> Result<VerifyingKey, KeyError>) -> Result<PublicKey, KeyError> {
    let mut why_not = KeyError::Der;
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA] {
        match load(algorithm) {
            Ok(key) => return Ok(PublicKey { names_algorithm: has_one_algorithm(&key), key }),
            Err(KeyError::Der) => {}
            Err(KeyError::WrongKeyType) => why_not = KeyError::UnsupportedFormat,
            Err(error) => return Err(error),
        }
    }
    Err(why_not)
}

/// An EC key's curve settles its algorithm (RFC 7518 section 3.4).
fn has_one_algorithm(key: &VerifyingKey) -> bool {
    matches!(key.algorithm(), Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512)
}

fn reason(error: impl std::error::Error + 'static) -> Reason {
    chain(&error)
}
