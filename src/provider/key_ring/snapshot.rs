//! What the provider signs and verifies with at the moment, swapped as a whole.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

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
