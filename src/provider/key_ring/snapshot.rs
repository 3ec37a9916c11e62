//! What the provider signs and verifies with at the moment, swapped as a whole.

use std::sync::{Arc, PoisonError};

use super::{
    super::keys::PROBE,
    error::KeyRingError,
    handle::RingKey,
    schedule::{Pair, Schedule},
};
use crate::{
    id::KeyId,
    jwt::JwtSigner,
    key::{KeySet, PublicJwkSet, SigningKey, VerifyingKey},
    sync::{ArcSwap, Guard, Mutex},
    time::NumericDate,
};

pub(in crate::provider) struct Keys {
    pub(in crate::provider) signer: JwtSigner,
    pub(in crate::provider) set: KeySet,
    pub(in crate::provider) listed: Vec<RingKey>,
    /// Until when this holds.
    due: Option<NumericDate>,
}

impl Keys {
    /// The public keys, for publication: none if they are secrets.
    pub(in crate::provider) fn public(&self) -> PublicJwkSet {
        self.listed.iter().filter_map(|key| key.key.to_jwk().ok()).collect()
    }

    /// Whether its time is over. The clock is read only if it ever will be.
    pub(in crate::provider) fn is_over(&self, now: impl FnOnce() -> NumericDate) -> bool {
        self.due.is_some_and(|due| now() >= due)
    }
}

/// What came of a change, in its order.
pub(in crate::provider) enum KeyChange {
    Promoted(KeyId),
    Published(KeyId),
    Removed(KeyId),
}

/// Read without a lock; changed under one.
pub(in crate::provider) struct RotatingKeys {
    current: ArcSwap<Keys>,
    schedule: Mutex<Schedule>,
    /// What MACs refresh keys make: no signing key may be one of them.
    refresh_fingerprints: Vec<Vec<u8>>,
    /// How many octets the tables of prepared keys may have.
    #[cfg(feature = "prepared")]
    max_prepared: usize,
}

impl RotatingKeys {
    pub(in crate::provider) fn new(
        signer: JwtSigner,
        schedule: Schedule,
        refresh_fingerprints: Vec<Vec<u8>>,
    ) -> Result<Self, KeyRingError> {
        for key in schedule.verifying() {
            check_independent(key, &refresh_fingerprints)?;
        }
        let current = ArcSwap::from_pointee(snapshot(&signer, &schedule)?);
        Ok(Self {
            current,
            schedule: Mutex::new(schedule),
            refresh_fingerprints,
            #[cfg(feature = "prepared")]
            max_prepared: 0,
        })
    }

    /// From now on, keys are prepared when they are published.
    #[cfg(feature = "prepared")]
    pub(in crate::provider) const fn preparing(mut self, max_octets: usize) -> Self {
        self.max_prepared = max_octets;
        self
    }

    /// What holds at the moment, unless its time is over.
    pub(in crate::provider) fn current(&self) -> Guard<Arc<Keys>> {
        self.current.load()
    }

    /// Does what the time asks for.
    pub(in crate::provider) fn advance(&self, now: NumericDate) -> Vec<KeyChange> {
        // Nothing is added, so the keys still go together.
        self.change(now, |_| Ok(Vec::new())).unwrap_or_default()
    }

    pub(in crate::provider) fn publish(
        &self,
        key: SigningKey,
        now: NumericDate,
        from: Option<NumericDate>,
    ) -> Result<Vec<KeyChange>, KeyRingError> {
        check_independent(&key.verifying_key(), &self.refresh_fingerprints)?;
        let kid = key.key_id().cloned().ok_or(KeyRingError::KeyIdRequired)?;
        #[cfg_attr(not(feature = "prepared"), allow(unused_mut))]
        let mut pair = Pair::from(key);
        // Before the lock. Two at once could both find room for one, so the second look is under it.
        #[cfg(feature = "prepared")]
        let plain = pair.clone();
        #[cfg(feature = "prepared")]
        pair.verifying.prepare_within(&mut self.room_for_tables(self.current().set.prepared_octets()));
        self.change(now, |schedule| {
            #[cfg(feature = "prepared")]
            if pair.verifying.prepared_octets() > self.room_for_tables(schedule.prepared_octets()) {
                pair = plain;
            }
            schedule.publish(pair, now, from)?;
            Ok(vec![KeyChange::Published(kid)])
        })
    }

    #[cfg(feature = "prepared")]
    const fn room_for_tables(&self, used: usize) -> usize {
        self.max_prepared.saturating_sub(used)
    }

    /// Makes a change to a copy, and puts it in place if all keys still go together.
    pub(in crate::provider) fn change(
        &self,
        now: NumericDate,
        change: impl FnOnce(&mut Schedule) -> Result<Vec<KeyChange>, KeyRingError>,
    ) -> Result<Vec<KeyChange>, KeyRingError> {
        let mut held = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        let mut schedule = held.clone();
        let mut changes: Vec<_> = schedule.advance(now).into_iter().map(KeyChange::Promoted).collect();
        changes.extend(change(&mut schedule)?);
        let keys = snapshot(&self.current.load().signer, &schedule)?;
        self.current.store(Arc::new(keys));
        *held = schedule;
        Ok(changes)
    }
}

fn snapshot(signer: &JwtSigner, schedule: &Schedule) -> Result<Keys, KeyRingError> {
    Ok(Keys {
        signer: signer.with_key(schedule.active().clone()),
        set: schedule.key_set()?,
        listed: schedule.listed(),
        due: schedule.due(),
    })
}

fn check_independent(key: &VerifyingKey, refresh_fingerprints: &[Vec<u8>]) -> Result<(), KeyRingError> {
    let shared =
        key.algorithm().is_symmetric() && refresh_fingerprints.iter().any(|mac| key.verify(PROBE, mac).is_ok());
    if shared { Err(KeyRingError::SharedSecret) } else { Ok(()) }
}

#[cfg(all(test, loom))]
mod schedules {
    use std::time::Duration;

    use loom::thread;

    use super::*;
    use crate::{algorithm::Algorithm, sync::explore};

    type Change = fn(&RotatingKeys, fn(&mut Schedule) -> Result<Vec<KeyChange>, KeyRingError>);

    const BEFORE: NumericDate = NumericDate::from_secs(1_800_000_000);
    const DUE: NumericDate = NumericDate::from_secs(1_800_001_000);

    fn key(kid: &str) -> SigningKey {
        let key = SigningKey::from_secret(Algorithm::HS256, kid.repeat(32).as_bytes()).unwrap();
        key.with_key_id(KeyId::new(kid).unwrap())
    }

    /// `a` signs, and `b` from [`DUE`] on.
    fn ring() -> Arc<RotatingKeys> {
        let lifetime = Duration::from_secs(900);
        let signer = JwtSigner::new(key("a"), "issuer", "api", lifetime).unwrap();
        let keys = RotatingKeys::new(signer, Schedule::new(key("a"), lifetime), Vec::new()).ok().unwrap();
        keys.publish(key("b"), BEFORE, Some(DUE)).ok().unwrap();
        Arc::new(keys)
    }

    /// What holds at the moment: the key that signs, and all that verify. They always go together.
    fn seen(keys: &RotatingKeys) -> (String, Vec<String>) {
        let keys = keys.current();
        let active = keys.signer.key().key_id().unwrap().as_str().to_owned();
        let all: Vec<_> = keys.listed.iter().map(|listed| listed.key.key_id().unwrap().as_str().to_owned()).collect();
        assert_eq!(active, all[0], "torn");
        for kid in &all {
            assert!(keys.set.select(Some(kid), Some(Algorithm::HS256)).is_some(), "torn");
        }
        (active, all)
    }

    fn changed(keys: &RotatingKeys, change: fn(&mut Schedule) -> Result<Vec<KeyChange>, KeyRingError>) {
        keys.change(BEFORE, change).ok().unwrap();
    }

    /// One removes the key that signs, another publishes one more; a third reads.
    fn a_removed_key_stays_away(change: Change) {
        let keys = ring();
        let (removes, publishes) = (keys.clone(), keys.clone());
        let threads = [
            thread::spawn(move || {
                change(&removes, |schedule| schedule.remove(&KeyId::new("a").unwrap()).map(|_| Vec::new()));
                assert!(!seen(&removes).1.contains(&"a".to_owned()), "came back");
            }),
            thread::spawn(move || {
                change(&publishes, |schedule| schedule.publish(key("c").into(), BEFORE, None).map(|()| Vec::new()));
                assert!(seen(&publishes).1.contains(&"c".to_owned()), "lost");
            }),
        ];
        let [earlier, later] = [seen(&keys), seen(&keys)];
        for (kid, gone) in [("a", true), ("c", false)] {
            let [earlier, later] = [&earlier, &later].map(|(_, all)| all.contains(&kid.to_owned()) != gone);
            assert!(later || !earlier, "came back");
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(seen(&keys), ("b".to_owned(), vec!["b".to_owned(), "c".to_owned()]), "came back");
    }

    #[test]
    fn loom_a_removed_key_stays_away_and_a_published_one_stays() {
        explore("key ring: remove and publish", || a_removed_key_stays_away(changed));
    }

    #[test]
    #[should_panic(expected = "came back")]
    fn loom_finds_out_a_change_that_is_made_outside_the_lock() {
        fn torn(keys: &RotatingKeys, change: fn(&mut Schedule) -> Result<Vec<KeyChange>, KeyRingError>) {
            let mut schedule = keys.schedule.lock().unwrap().clone();
            change(&mut schedule).ok().unwrap();
            keys.current.store(Arc::new(snapshot(&keys.current.load().signer, &schedule).ok().unwrap()));
            *keys.schedule.lock().unwrap() = schedule;
        }
        loom::model(|| a_removed_key_stays_away(torn));
    }

    #[test]
    fn loom_a_key_whose_time_has_come_takes_over_once() {
        explore("key ring: two see that a key is due", || {
            let keys = ring();
            let threads = [keys.clone(), keys.clone()].map(|keys| {
                thread::spawn(move || {
                    // As the provider does it.
                    let over = keys.current().is_over(|| DUE);
                    let told = if over { keys.advance(DUE).len() } else { 0 };
                    assert_eq!(seen(&keys).0, "b");
                    assert!(!keys.current().is_over(|| DUE));
                    told
                })
            });
            let told: usize = threads.map(|thread| thread.join().unwrap()).iter().sum();
            assert_eq!(told, 1, "told of once");
            assert_eq!(seen(&keys), ("b".to_owned(), vec!["b".to_owned(), "a".to_owned()]));
        });
    }
}
