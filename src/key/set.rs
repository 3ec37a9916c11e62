//! Sets of verifying keys, and the choice of one by `kid`.

use std::{borrow::Cow, fmt};

use super::{KeyError, KeyLoader, VerifyingKey};
use crate::{
    algorithm::Algorithm,
    encoding::{
        json::{JsonError, Parser},
        limits,
    },
    id::KeyId,
};

/// The keys a verifier trusts, all of one issuer. Every `kid` is unique, and HMAC secrets never stand beside public keys: a
/// public key that is taken for a secret would let anyone sign.
#[derive(Clone, Debug)]
pub struct KeySet {
    /// Sorted by `kid`; those without one first.
    pub(super) keys: Vec<VerifyingKey>,
    skipped: Vec<SkippedKey>,
}

/// A key of a JWK Set that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in the set, counted from 0.
    pub index: usize,
    /// Why it cannot be used.
    pub reason: KeyError,
}

/// Why keys do not make a set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetError {
    /// Two keys have the same `kid`.
    DuplicateKeyId,
    /// An HMAC key stands beside public keys.
    Mixed,
    /// HMAC keys alone, where public keys are expected: see [`KeySet::of_secrets`] and [`KeySet::from_secret_jwks`].
    Secrets,
    /// Public keys where HMAC keys are expected.
    PublicKeys,
    /// No key is left; the reasons, if there were any to leave out.
    NothingUsable(Vec<SkippedKey>),
    /// Not acceptable JSON.
    Json(JsonError),
    /// JSON, but not a JWK Set (RFC 7517 section 5): no array `keys`.
    NotASet,
    /// More than 64 keys.
    TooManyKeys,
    /// A text of more octets than `limit`.
    TooLarge {
        /// The text's length in octets.
        size: usize,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateKeyId => f.write_str("two keys of the set have the same kid"),
            Self::Mixed => f.write_str("the set mixes hmac keys with public keys"),
            Self::Secrets => f.write_str("the set holds hmac keys: load it by the call that is named for them"),
            Self::PublicKeys => f.write_str("the set holds public keys where hmac keys are expected"),
            Self::NothingUsable(_) => f.write_str("the set holds no usable key"),
            Self::Json(_) => f.write_str("not an acceptable jwk set"),
            Self::NotASet => f.write_str("not a jwk set"),
            Self::TooManyKeys => write!(f, "the set holds more than {} keys", limits::JWK_SET_KEYS),
            Self::TooLarge { size, limit } => write!(f, "the set has {size} octets, more than the limit of {limit}"),
        }
    }
}

impl std::error::Error for KeySetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::NothingUsable(skipped) => skipped.first().map(|first| &first.reason as _),
            _ => None,
        }
    }
}

/// Which kind of key a set is to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Secret,
}

impl KeySet {
    /// A set of public keys.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, KeySetError> {
        Self::collect(keys.into_iter().collect(), Vec::new(), Kind::Public)
    }

    /// A set of HMAC keys. Whoever holds any of them can sign.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn of_secrets(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, KeySetError> {
        Self::collect(keys.into_iter().collect(), Vec::new(), Kind::Secret)
    }

    /// The public keys of a JWK Set, each for the algorithm it names or its curve settles. Keys that cannot be used are left
    /// out: see [`KeySet::skipped`].
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn from_jwks(json: &str) -> Result<Self, KeySetError> {
        KeyLoader::for_jwk().verifying_jwks(json)
    }

    /// The public keys of a JWK Set that serve that algorithm; those for another are left out. Needed where the set's RSA
    /// keys do not name their algorithm.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn from_jwks_as(algorithm: Algorithm, json: &str) -> Result<Self, KeySetError> {
        KeyLoader::new(algorithm).verifying_jwks(json)
    }

    /// The HMAC keys of a JWK Set. Whoever holds any of them can sign, so such a set is never published.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn from_secret_jwks(algorithm: Algorithm, json: &str) -> Result<Self, KeySetError> {
        KeyLoader::new(algorithm).verifying_secret_jwks(json)
    }

    /// The keys of the JWK Set that were left out.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// How many keys the set holds; never 0.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn parse(json: &str, loader: &KeyLoader, kind: Kind) -> Result<Self, KeySetError> {
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        let (mut secrets, mut publics, mut kids) = (false, false, Vec::new());
        for (index, jwk) in members(json)?.into_iter().enumerate() {
            let (kty, kid) = type_and_name(jwk);
            match kty.as_deref() {
                Some("oct") => secrets = true,
                Some("EC" | "RSA" | "OKP") => publics = true,
                _ => {}
            }
            kids.extend(kid);
            match loader.verifying_jwk(jwk) {
                Ok(key) => keys.push(key),
                Err(reason) => skipped.push(SkippedKey { index, reason }),
            }
        }
        // Unusable keys count here: whoever wrote such a set has confused its keys, and which is usable depends on the caller.
        if secrets && publics {
            return Err(KeySetError::Mixed);
        }
        kids.sort_unstable();
        if kids.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(KeySetError::DuplicateKeyId);
        }
        Self::collect(keys, skipped, kind)
    }

    fn collect(mut keys: Vec<VerifyingKey>, skipped: Vec<SkippedKey>, kind: Kind) -> Result<Self, KeySetError> {
        if keys.is_empty() {
            return Err(KeySetError::NothingUsable(skipped));
        }
        let secrets = keys.iter().filter(|key| key.algorithm().is_symmetric()).count();
        match kind {
            _ if secrets != 0 && secrets != keys.len() => return Err(KeySetError::Mixed),
            Kind::Public if secrets != 0 => return Err(KeySetError::Secrets),
            Kind::Secret if secrets == 0 => return Err(KeySetError::PublicKeys),
            _ => {}
        }
        keys.sort_by(|a, b| a.key_id().cmp(&b.key_id()));
        let duplicate =
            keys.windows(2).any(|pair| matches!(pair, [a, b] if a.key_id().is_some() && a.key_id() == b.key_id()));
        if duplicate { Err(KeySetError::DuplicateKeyId) } else { Ok(Self { keys, skipped }) }
    }

    /// The one key a header's `kid` and `alg` point to.
    ///
    /// With a `kid`: the key of that name, or the set's only key if it has no name. Without: the set's only key, or the only
    /// one for the algorithm. Whether the algorithm fits the chosen key is for the verification to check.
    pub(crate) fn select(&self, kid: Option<&str>, algorithm: Option<Algorithm>) -> Option<&VerifyingKey> {
        match (kid, self.keys.as_slice()) {
            (None, [only]) => Some(only),
            (Some(_), [only]) if only.key_id().is_none() => Some(only),
            (None, keys) => {
                let mut fitting = keys.iter().filter(|key| key.accepts(algorithm));
                fitting.next().filter(|_| fitting.next().is_none())
            }
            (Some(kid), keys) => {
                let found = keys.binary_search_by(|key| key.key_id().map(KeyId::as_str).cmp(&Some(kid)));
                found.ok().and_then(|i| keys.get(i))
            }
        }
    }
}

/// A set of one key. An HMAC key alone is no confusion.
impl From<VerifyingKey> for KeySet {
    fn from(key: VerifyingKey) -> Self {
        Self { keys: vec![key], skipped: Vec::new() }
    }
}

/// A JWK's `kty` and `kid`, whatever else is wrong with it.
fn type_and_name(jwk: &str) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    let (mut kty, mut kid) = (None, None);
    let mut parser = Parser::over(jwk);
    let Ok(mut object) = parser.object() else { return (kty, kid) };
    // The set's own reading has checked every name and value.
    while let Ok(Some(name)) = object.next_name() {
        let value = object.parser.string_or_skip().unwrap_or_default();
        match &*name {
            "kty" => kty = value,
            "kid" => kid = value,
            _ => {}
        }
    }
    (kty, kid)
}

/// The members of a JWK Set's `keys`, each as written.
pub(super) fn members(json: &str) -> Result<Vec<&str>, KeySetError> {
    if json.len() > limits::JWK_SET {
        return Err(KeySetError::TooLarge { size: json.len(), limit: limits::JWK_SET });
    }
    let mut parser = Parser::new(json.as_bytes()).map_err(KeySetError::Json)?;
    let mut keys = None;
    let mut object = parser.object().map_err(KeySetError::Json)?;
    while let Some(name) = object.next_name().map_err(KeySetError::Json)? {
        let raw = object.parser.raw_value().map_err(KeySetError::Json)?;
        if name == "keys" {
            keys = Some(raw);
        }
    }
    parser.end().map_err(KeySetError::Json)?;
    elements(keys.ok_or(KeySetError::NotASet)?)
}

/// The elements of an array that has been checked, each as written.
fn elements(array: &str) -> Result<Vec<&str>, KeySetError> {
    let mut parser = Parser::new(array.as_bytes()).map_err(KeySetError::Json)?;
    let mut keys = Vec::new();
    let mut elements = parser.array().map_err(|_| KeySetError::NotASet)?;
    while let Some(parser) = elements.next().map_err(KeySetError::Json)? {
        if keys.len() == limits::JWK_SET_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        keys.push(parser.raw_value().map_err(KeySetError::Json)?);
    }
    Ok(keys)
}
