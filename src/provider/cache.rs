//! The verified-token cache: remembers that a key's signature holds on a token's exact octets, and nothing else.
//!
//! A hit saves the signature. Everything that can change is done again on each: the key must still be the one that the header
//! selects, every claim is checked against the present time, and the store is asked. What fails is never remembered.

use std::{fmt, sync::Arc};

use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use crate::{
    jwt::{TokenRules, VerifiedToken, VerifyError},
    key::{KeySet, VerifyingKey},
};

/// A digest of the whole token, signature included: no two tokens share one, and it is no credential. A keyed 64-bit hash would take
/// half the time, an eighth of a hit's, but collides, so that the token must be kept beside it and compared: a heap of credentials.
type Key = [u8; 32];

pub(super) struct TokenCache {
    entries: Cache<Key, Arc<Entry>, Size>,
}

struct Entry {
    verified: VerifiedToken,
    key: VerifyingKey,
}

/// An entry's size in octets, about.
#[derive(Clone)]
struct Size;

impl Weighter<Key, Arc<Entry>> for Size {
    fn weight(&self, _: &Key, entry: &Arc<Entry>) -> u64 {
        entry.verified.payload.len() as u64 + 512
    }
}

impl TokenCache {
    /// A cache of at most about that many octets.
    pub(super) fn new(octets: u64) -> Self {
        let entries = usize::try_from(octets / 1024).unwrap_or(usize::MAX).max(16);
        Self { entries: Cache::with_weighter(entries, octets, Size) }
    }

    /// Verifies a token's signature, or finds that this was done.
    pub(super) fn verify(&self, rules: &TokenRules, keys: &KeySet, token: &str) -> Result<VerifiedToken, VerifyError> {
        // The size comes first, before a digest of anything.
        rules.check_size(token)?;
        let digest = Sha256::digest(token).into();
        if let Some(entry) = self.entries.get(&digest) {
            let header = &entry.verified.header;
            // The key for this header must still be that one.
            if keys.select(header.key_id(), header.algorithm()).is_some_and(|now| now.is(&entry.key)) {
                return Ok(entry.verified.clone());
            }
            self.entries.remove(&digest);
        }
        let (verified, key) = rules.verify(keys, rules.parse(token)?)?;
        self.entries.insert(digest, Arc::new(Entry { verified: verified.clone(), key: key.clone() }));
        Ok(verified)
    }

    /// Forgets a token that turned out expired or revoked.
    pub(super) fn forget(&self, token: &str) {
        self.entries.remove::<Key>(&Sha256::digest(token).into());
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        algorithm::Algorithm,
        id::KeyId,
        jwt::{Claims, JwtSigner, JwtVerifierBuilder},
        key::SigningKey,
        time::{FixedClock, NumericDate},
    };

    const OCTETS: u64 = 1 << 16;

    fn key(octet: u8, kid: &str) -> SigningKey {
        let key = SigningKey::from_secret(Algorithm::HS256, &[octet; 32]).unwrap();
        key.with_key_id(KeyId::new(kid).unwrap())
    }

    fn rules() -> TokenRules {
        let clock = FixedClock(NumericDate::from_secs(1_800_000_000));
        JwtVerifierBuilder::new(()).ignore_issuer().ignore_audience().clock(clock).into_parts().1
    }

    fn sign(key: &SigningKey, id: usize) -> String {
        let expiry = NumericDate::from_secs(1_800_000_900);
        let claims = Claims::new(()).with_token_id(&id.to_string()).with_expires_at(expiry);
        JwtSigner::new(key.clone(), "issuer", "api", Duration::from_secs(900)).unwrap().sign_claims(&claims).unwrap()
    }

    impl TokenCache {
        fn try_on(&self, keys: &KeySet, token: &str) -> Result<VerifiedToken, VerifyError> {
            self.verify(&rules(), keys, token)
        }

        fn entry(&self, token: &str) -> Option<Arc<Entry>> {
            self.entries.get::<Key>(&Sha256::digest(token).into())
        }

        fn holds(&self, token: &str) -> bool {
            self.entry(token).is_some()
        }
    }

    #[test]
    fn a_hit_is_no_hit_once_its_key_is_gone() {
        let [a, b, renewed] = [key(1, "a"), key(2, "b"), key(3, "a")];
        let (token, cache) = (sign(&a, 1), TokenCache::new(OCTETS));
        let trusting = KeySet::of_secrets([a.verifying_key(), b.verifying_key()]).unwrap();
        assert!(cache.try_on(&trusting, &token).is_ok());
        assert!(cache.holds(&token));
        // The key was removed: there is none of its name. The entry is dropped, and what failed is not remembered.
        let removed = KeySet::of_secrets([b.verifying_key()]).unwrap();
        assert_eq!(cache.try_on(&removed, &token).err(), Some(VerifyError::NoMatchingKey));
        assert!(!cache.holds(&token));
        // It was replaced by another of its name.
        assert!(cache.try_on(&trusting, &token).is_ok());
        let replaced = KeySet::of_secrets([renewed.verifying_key(), b.verifying_key()]).unwrap();
        assert_eq!(cache.try_on(&replaced, &token).err(), Some(VerifyError::BadSignature));
        assert!(!cache.holds(&token));
    }

    #[test]
    fn a_signature_is_verified_once_for_each_key() {
        let (key_1, cache) = (key(1, "a"), TokenCache::new(OCTETS));
        let (keys, token) = (KeySet::from(key_1.verifying_key()), sign(&key_1, 1));
        let entry = |keys: &KeySet| {
            assert!(cache.try_on(keys, &token).is_ok());
            cache.entry(&token).unwrap()
        };
        let first = entry(&keys);
        assert!(Arc::ptr_eq(&entry(&keys), &first));
        // The same secret, loaded anew, is not the same key.
        assert!(!Arc::ptr_eq(&entry(&key(1, "a").verifying_key().into()), &first));
    }

    #[test]
    fn a_hit_is_of_the_whole_token() {
        let (key, cache) = (key(1, "a"), TokenCache::new(OCTETS));
        let (keys, token) = (KeySet::from(key.verifying_key()), sign(&key, 1));
        assert!(cache.try_on(&keys, &token).is_ok());
        let (input, signature) = token.rsplit_once('.').unwrap();
        for other in [format!("{input}.{}", signature.to_lowercase()), format!("{input}.AAAA"), format!("{token}A")] {
            assert!(cache.try_on(&keys, &other).is_err());
            assert!(!cache.holds(&other));
        }
        assert!(cache.holds(&token));
    }

    #[test]
    fn a_flood_of_bad_tokens_is_not_remembered_and_evicts_nothing() {
        let (good, bad, cache) = (key(1, "a"), key(2, "a"), TokenCache::new(OCTETS));
        let keys = KeySet::from(good.verifying_key());
        let tokens: Vec<_> = (0..20).map(|id| sign(&good, id)).collect();
        for token in &tokens {
            assert!(cache.try_on(&keys, token).is_ok());
        }
        for id in 0..10_000 {
            assert_eq!(cache.try_on(&keys, &sign(&bad, id)).err(), Some(VerifyError::BadSignature));
            assert!(cache.try_on(&keys, &format!("{id}.{id}.{id}")).is_err());
        }
        assert_eq!(cache.entries.len(), tokens.len());
        assert!(tokens.iter().all(|token| cache.holds(token)));
    }

    #[test]
    fn a_flood_of_good_tokens_stays_within_bounds() {
        let (key, cache) = (key(1, "a"), TokenCache::new(OCTETS));
        let keys = KeySet::from(key.verifying_key());
        for id in 0..10_000 {
            assert!(cache.try_on(&keys, &sign(&key, id)).is_ok());
            assert!(cache.entries.weight() <= OCTETS);
        }
        assert!((1..=OCTETS as usize / 512).contains(&cache.entries.len()), "{}", cache.entries.len());
    }

    #[test]
    fn what_is_forgotten_is_verified_again() {
        let (key, cache) = (key(1, "a"), TokenCache::new(OCTETS));
        let (keys, token) = (KeySet::from(key.verifying_key()), sign(&key, 1));
        assert!(cache.try_on(&keys, &token).is_ok());
        cache.forget(&token);
        assert!(!cache.holds(&token));
        assert!(cache.try_on(&keys, &token).is_ok());
        assert_eq!(format!("{cache:?}"), "TokenCache { entries: 1, .. }");
    }
}
