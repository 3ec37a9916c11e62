//! Keys with tables that make their verification faster.

use std::{ops::Deref, sync::Arc};

use super::{KeySet, VerifyingKey};
use crate::crypto::prepared::Prepared;

/// A public key with tables of its multiples or the like, which make its verification several times faster. It goes wherever a
/// [`VerifyingKey`] goes, and accepts exactly the same signatures. Cloning shares it, and so do the keys and sets made from it.
///
/// | | octets a key | time to make, about | octets more, for all keys of the kind |
/// |---|---|---|---|
/// | ES256 | 53,248 | as 1 plain verification | 151,552 |
/// | ES384 | 118,272 | as 1.5 | 199,680 |
/// | ES512 | 150,912 | as 2 | 241,920 |
/// | EdDSA | 84,480 | as 8 | 284,160 |
/// | RS*, PS* | less than the modulus | none | 0 |
///
/// What all keys of a kind share is made with the first of them, which takes some two to four times as long, and stays until the process
/// ends. So a prepared key pays from its third signature on or so, for EdDSA from its twentieth; for one that is seen once it does not.
///
/// # What it means for security
///
/// The arithmetic of points and powers is this crate's, and the time that it takes depends on the key, the signature and the message's
/// hash, on purpose: all of them are public. No secret takes part, and signing never uses it. An issuer's private key cannot leak this
/// way, and neither can a message that is secret itself, beyond what its hash tells.
///
/// A signature can be made to meet the rare cases that the fast formulas do not decide. It then costs a plain verification on top, and
/// that is what decides.
#[derive(Clone, Debug)]
pub struct PreparedKey(VerifyingKey);

impl PreparedKey {
    /// Makes the tables, unless `key` has them already. An HMAC key has nothing to prepare and stays as it is.
    #[must_use]
    pub fn new(key: &VerifyingKey) -> Self {
        let mut key = key.clone();
        if key.prepared.is_none() {
            key.prepared = Prepared::new(key.verifier()).map(Arc::new);
        }
        Self(key)
    }

    /// The size of its tables, in octets; 0 if there are none.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.0.prepared_octets()
    }
}

/// What is asked of a key can be asked of a prepared one.
impl Deref for PreparedKey {
    type Target = VerifyingKey;

    fn deref(&self) -> &VerifyingKey {
        &self.0
    }
}

/// The same key, tables included.
impl From<PreparedKey> for VerifyingKey {
    fn from(key: PreparedKey) -> Self {
        key.0
    }
}

/// A set of one key.
impl From<PreparedKey> for KeySet {
    fn from(key: PreparedKey) -> Self {
        key.0.into()
    }
}

impl VerifyingKey {
    /// The size of its tables, in octets; 0 if there are none.
    pub(crate) fn prepared_octets(&self) -> usize {
        self.prepared.as_ref().map_or(0, |prepared| prepared.octets())
    }

    /// Prepares it if it is not yet and its tables are within the octets that are left, of which they are taken. Where none are left
    /// nothing is prepared, also not what has no tables.
    pub(crate) fn prepare_within(&mut self, left: &mut usize) {
        let cost = Prepared::cost(self.verifier());
        if self.prepared.is_none() && *left > 0 && cost <= *left {
            *self = PreparedKey::new(self).into();
            *left -= cost;
        }
    }

    /// Whether the two have the same public numbers, algorithm and name.
    #[cfg(feature = "jwks-client")]
    fn is_like(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm()
            && self.key_id() == other.key_id()
            && matches!((self.thumbprint(), other.thumbprint()), (Ok(a), Ok(b)) if a == b)
    }
}

impl KeySet {
    /// Prepares the set's keys, in the order of their `kid`, with tables of at most `max_octets` in all: see [`PreparedKey`]. A key for
    /// which no room is left is used without. Takes a millisecond or so a key; 64 keys are the most that a set from a text has.
    ///
    /// Tables that keys have already are counted first, and stay. What all keys of a kind share is not counted.
    #[must_use]
    pub fn prepare(mut self, max_octets: usize) -> Self {
        let mut left = max_octets.saturating_sub(self.prepared_octets());
        for key in &mut self.keys {
            key.prepare_within(&mut left);
        }
        self
    }

    /// The same set with the tables of an earlier one, for the keys that are in both.
    #[cfg(feature = "jwks-client")]
    pub(crate) fn with_tables_of(mut self, earlier: &Self) -> Self {
        for key in self.keys.iter_mut().filter(|key| key.prepared.is_none()) {
            let same = earlier.keys.iter().find(|known| known.prepared.is_some() && known.is_like(key));
            key.prepared = same.and_then(|known| known.prepared.clone());
        }
        self
    }

    /// The size of all its tables, in octets.
    #[must_use]
    pub fn prepared_octets(&self) -> usize {
        self.keys.iter().map(VerifyingKey::prepared_octets).sum()
    }
}

// With `jwtward_prepare_all`, no key is without tables.
#[cfg(all(feature = "es", feature = "hs", not(jwtward_prepare_all)))]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{algorithm::Algorithm, id::KeyId, jws::UnverifiedJws, jwt::JwtVerifier, key::SigningKey};

    const P256: usize = 53_248;
    const P384: usize = 118_272;
    const P521: usize = 150_912;

    fn key(algorithm: Algorithm, kid: &str) -> SigningKey {
        SigningKey::generate(algorithm).unwrap().with_key_id(KeyId::new(kid).unwrap())
    }

    #[test]
    fn a_prepared_key_is_the_same_key_with_tables_of_the_size_that_is_documented() {
        for (algorithm, octets) in [(Algorithm::ES256, P256), (Algorithm::ES384, P384), (Algorithm::ES512, P521)] {
            let plain = key(algorithm, "a").verifying_key();
            let prepared = PreparedKey::new(&plain);
            assert_eq!(prepared.octets(), octets);
            assert_eq!(Prepared::cost(plain.verifier()), octets);
            assert!(std::ptr::eq(prepared.verifier(), plain.verifier()), "what was verified with one stays so");
            assert_eq!((prepared.algorithm(), prepared.key_id()), (plain.algorithm(), plain.key_id()));
            assert_eq!(prepared.thumbprint(), plain.thumbprint());
            // Again, and under another name, it is the same tables.
            let named = PreparedKey::new(&VerifyingKey::from(prepared.clone()).with_key_id(KeyId::new("b").unwrap()));
            assert!(Arc::ptr_eq(named.0.prepared.as_ref().unwrap(), prepared.0.prepared.as_ref().unwrap()));
            assert_eq!(format!("{prepared:?}"), format!("PreparedKey({plain:?})"));
        }
    }

    #[test]
    fn an_hmac_key_stays_as_it_is() {
        let key = key(Algorithm::HS256, "a");
        let prepared = PreparedKey::new(&key.verifying_key());
        assert_eq!(prepared.octets(), 0);
        let mac = key.sign(b"m").unwrap();
        assert_eq!(prepared.verify(b"m", &mac), Ok(()));
        assert!(prepared.verify(b"n", &mac).is_err());
    }

    #[test]
    fn a_set_prepares_in_the_order_of_kids_what_fits() {
        let keys = [(Algorithm::ES512, "c"), (Algorithm::ES256, "b"), (Algorithm::ES384, "a"), (Algorithm::ES256, "d")];
        let set = KeySet::new(keys.map(|(algorithm, kid)| key(algorithm, kid).verifying_key())).unwrap();
        assert_eq!(set.prepared_octets(), 0);
        for (bound, octets) in [
            (0, 0),
            (P256 - 1, 0),
            (P256, P256),
            (P384, P384),
            // Not `c`, for which there is no room.
            (P384 + P256 * 2, P384 + P256 * 2),
            (P384 + P256 + P521 - 1, P384 + P256 * 2),
            (P384 + P256 + P521, P384 + P256 + P521),
            (usize::MAX, P384 + P256 * 2 + P521),
        ] {
            let prepared = set.clone().prepare(bound);
            assert_eq!(prepared.prepared_octets(), octets, "{bound}");
            // Nothing more comes of it a second time.
            assert_eq!(prepared.prepare(bound).prepared_octets(), octets, "{bound}");
        }
    }

    #[test]
    fn tables_that_are_there_already_are_counted_first() {
        let [a, b] = ["a", "b"].map(|kid| key(Algorithm::ES256, kid).verifying_key());
        let set = KeySet::new([a, PreparedKey::new(&b).into()]).unwrap();
        for (bound, octets) in [(0, P256), (P256, P256), (P256 * 2 - 1, P256), (P256 * 2, P256 * 2)] {
            assert_eq!(set.clone().prepare(bound).prepared_octets(), octets, "{bound}");
        }
    }

    #[cfg(all(feature = "rsa", feature = "eddsa"))]
    #[test]
    fn what_a_key_takes_is_known_before() {
        for (algorithm, least, most) in [
            (Algorithm::EdDSA, 84_480, 84_480),
            (Algorithm::RS256, 1, 383),
            (Algorithm::PS256, 0, 0),
            (Algorithm::HS256, 0, 0),
        ] {
            let key = key(algorithm, "a").verifying_key();
            let cost = Prepared::cost(key.verifier());
            assert_eq!(PreparedKey::new(&key).octets(), cost, "{algorithm}");
            assert!((least..=most).contains(&cost), "{algorithm}: {cost}");
        }
    }

    #[cfg(feature = "rsa")]
    #[test]
    fn without_room_not_even_a_key_without_tables_is_prepared() {
        let set = || KeySet::from(key(Algorithm::PS256, "a").verifying_key());
        let is_prepared = |set: KeySet| set.keys[0].prepared.is_some();
        assert!(!is_prepared(set().prepare(0)));
        assert!(is_prepared(set().prepare(1)));
    }

    #[test]
    fn a_prepared_key_goes_wherever_a_key_goes() {
        let signing = key(Algorithm::ES256, "a");
        let token = crate::jws::JwsSigner::new(signing.clone()).sign(b"{}").unwrap();
        let prepared = PreparedKey::new(&signing.verifying_key());
        let jws = || UnverifiedJws::parse(&token, 8192).unwrap();
        assert!(jws().verify(&prepared).is_ok());
        let set = KeySet::new([VerifyingKey::from(prepared.clone())]).unwrap();
        assert_eq!(set.prepared_octets(), P256);
        assert!(jws().verify_with_set(&set).is_ok());
        let builder = JwtVerifier::builder(prepared).ignore_issuer().ignore_audience();
        assert!(builder.danger_allow_missing_expiry().build().verify::<()>(&token).is_ok());
        let verifier =
            JwtVerifier::builder(signing.verifying_key()).prepare_keys(P256).ignore_issuer().ignore_audience();
        assert!(verifier.danger_allow_missing_expiry().build().verify::<()>(&token).is_ok());
        let other = PreparedKey::new(&key(Algorithm::ES256, "a").verifying_key());
        assert!(jws().verify(&other).is_err());
    }

    #[cfg(feature = "jwks-client")]
    #[test]
    fn tables_pass_on_to_the_same_key_of_a_later_set_alone() {
        let [a, b, c] = ["a", "b", "c"].map(|kid| key(Algorithm::ES256, kid).verifying_key());
        let of = |keys: &[&VerifyingKey]| {
            let set = crate::key::PublicJwkSet::new(keys.iter().copied()).unwrap();
            KeySet::from_jwks(&set.to_string()).unwrap()
        };
        let earlier = of(&[&a, &b]).prepare(usize::MAX);
        // `b` has another name, and the name `a` another key.
        let renamed = b.with_key_id(KeyId::new("d").unwrap());
        let later = of(&[&a, &renamed, &c]).with_tables_of(&earlier);
        assert_eq!(later.prepared_octets(), P256);
        let with_tables = later.keys.iter().filter(|key| key.prepared.is_some());
        assert_eq!(with_tables.map(|key| key.key_id().unwrap().as_str()).collect::<Vec<_>>(), ["a"]);
        let taken = of(&[&c.with_key_id(KeyId::new("a").unwrap())]).with_tables_of(&earlier);
        assert_eq!(taken.prepared_octets(), 0);
    }
}
