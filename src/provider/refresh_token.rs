//! Refresh tokens: opaque to clients, unforgeable, and useless to whoever has only read the store, or only the key.
//!
//! `version ‖ user ‖ sid ‖ generation ‖ tag ‖ proof`, base64url. The tag is a MAC of what stands before it, so that a made-up
//! token is refused without asking the store. The proof is a MAC of the same and of the session's seed, which only the store
//! has.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{token_id::TrackedId, tokens::RefreshToken};
use crate::{
    algorithm::{Algorithm, Hash},
    crypto::hmac::HmacKey,
    encoding::base64url,
    jwt::ConfigError,
    key::SigningKey,
};

/// Half of an HMAC-SHA-256: 128 bits (RFC 2104 section 5).
const MAC: usize = 16;
/// A token's length in characters: 69 octets in base64url.
const LEN: usize = 92;

/// The key that refresh tokens are made with, and the one before it.
#[derive(Clone)]
pub(super) struct RefreshKeys {
    current: HmacKey,
    previous: Option<HmacKey>,
}

/// A token whose tag is good.
pub(super) struct Presented {
    pub(super) id: TrackedId,
    /// Made with the seed; see [`RefreshKeys::proves`].
    proof: [u8; MAC],
}

impl RefreshKeys {
    pub(super) fn new(current: &[u8], previous: Option<&[u8]>) -> Result<Self, ConfigError> {
        Ok(Self {
            current: key("refreshKey", current)?,
            previous: previous.map(|previous| key("previousRefreshKey", previous)).transpose()?,
        })
    }

    /// A key that ends with the process.
    pub(super) fn generate() -> Result<Self, ConfigError> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(|_| ConfigError::Random)?;
        Self::new(&*secret, None)
    }

    /// The refresh token of a session's generation. The same for the same, so that a repeated refresh gives the same token.
    pub(super) fn token(&self, id: TrackedId, seed: u64) -> RefreshToken {
        let octets = id.octets();
        let token = [&octets[..], &tag(&self.current, id), &proof(&self.current, id, seed)].concat();
        RefreshToken::new(base64url::encode(&token))
    }

    /// Reads a token; `None` if it is not one that was made with these keys. The tag is compared in constant time.
    pub(super) fn read(&self, token: &RefreshToken) -> Option<Presented> {
        let text = token.expose();
        if text.len() != LEN {
            return None;
        }
        let octets = base64url::decode(text.as_bytes()).ok()?;
        let (octets, proof) = octets.split_last_chunk::<MAC>()?;
        let (octets, given) = octets.split_last_chunk::<MAC>()?;
        let id = TrackedId::from_octets(octets)?;
        let good = self.any(|key| tag(key, id).ct_eq(given).into());
        good.then_some(Presented { id, proof: *proof })
    }

    /// Whether the token was made for a session with this seed.
    pub(super) fn proves(&self, presented: &Presented, seed: u64) -> bool {
        self.any(|key| proof(key, presented.id, seed).ct_eq(&presented.proof).into())
    }

    fn any(&self, check: impl Fn(&HmacKey) -> bool) -> bool {
        check(&self.current) || self.previous.as_ref().is_some_and(check)
    }
}

fn key(name: &'static str, secret: &[u8]) -> Result<HmacKey, ConfigError> {
    // As strict as any HMAC key: at least 32 octets, and not a public key.
    let named = |reason| ConfigError::Key { name, reason };
    SigningKey::from_secret(Algorithm::HS256, secret).map_err(named)?;
    HmacKey::new(Hash::Sha256, secret, false).map_err(|bad| named(bad.into()))
}

fn tag(key: &HmacKey, id: TrackedId) -> [u8; MAC] {
    mac(key, &[&b"jwtward refresh tag\0"[..], &id.octets()].concat())
}

fn proof(key: &HmacKey, id: TrackedId, seed: u64) -> [u8; MAC] {
    mac(key, &[&b"jwtward refresh proof\0"[..], &id.octets(), &seed.to_be_bytes()].concat())
}

fn mac(key: &HmacKey, message: &[u8]) -> [u8; MAC] {
    *key.sign(message).first_chunk().expect("HMAC-SHA-256 gives 32 octets")
}
