//! Which key signs when: a pure state, moved on by the time it is given.

use std::time::Duration;

use super::{
    super::keys::PROBE,
    error::KeyRingError,
    handle::{KeyRing, KeyStatus, RingKey},
};
use crate::{
    encoding::limits,
    id::KeyId,
    key::{KeySet, KeySetError, SigningKey, VerifyingKey},
    time::NumericDate,
};

#[derive(Clone)]
pub(in crate::provider) struct Schedule {
    active: Pair,
    next: Vec<Next>,
    /// Without what could sign.
    retired: Vec<Retired>,
    /// How long after its last signature a key may be needed.
    keep: Duration,
}

/// A key and its verifying half, which is one and the same for as long as the key is in the ring: what was verified with it stays
/// so when another key comes or goes.
#[derive(Clone)]
pub(in crate::provider) struct Pair {
    key: SigningKey,
    pub(super) verifying: VerifyingKey,
}

impl From<SigningKey> for Pair {
    fn from(key: SigningKey) -> Self {
        Self { verifying: key.verifying_key(), key }
    }
}

#[derive(Clone)]
struct Next {
    pair: Pair,
    /// From when on it may sign.
    earliest: NumericDate,
    /// From when on it signs by itself.
    from: Option<NumericDate>,
}

#[derive(Clone)]
struct Retired {
    key: VerifyingKey,
    until: NumericDate,
}

impl Schedule {
    pub(in crate::provider) fn new(active: SigningKey, keep: Duration) -> Self {
        Self { active: active.into(), next: Vec::new(), retired: Vec::new(), keep }
    }

    pub(super) const fn active(&self) -> &SigningKey {
        &self.active.key
    }

    /// Every key that signs, now or later.
    fn signing(&self) -> impl Iterator<Item = &Pair> {
        [&self.active].into_iter().chain(self.next.iter().map(|next| &next.pair))
    }

    /// A key that verifiers know from `published` on.
    pub(in crate::provider) fn publish(
        &mut self,
        pair: Pair,
        published: NumericDate,
        from: Option<NumericDate>,
    ) -> Result<(), KeyRingError> {
        // A key that could not sign when its turn comes is found out now.
        let signed = pair.key.sign(PROBE).map_err(|_| KeyRingError::SigningFailed)?;
        if self.verifying().any(|known| is_same(known, &pair.verifying) || known.verify(PROBE, &signed).is_ok()) {
            return Err(KeyRingError::SameKey);
        }
        let earliest = published.plus(KeyRing::PUBLISHED_AHEAD);
        self.next.push(Next { pair, earliest, from });
        Ok(())
    }

    /// Prepares the keys within that many octets, tables that are there counted: first the one that signs, then those to come, then the
    /// others.
    #[cfg(feature = "prepared")]
    pub(in crate::provider) fn prepare(&mut self, max_octets: usize) {
        let mut left = max_octets.saturating_sub(self.prepared_octets());
        let next = self.next.iter_mut().map(|next| &mut next.pair.verifying);
        let retired = self.retired.iter_mut().map(|retired| &mut retired.key);
        for key in [&mut self.active.verifying].into_iter().chain(next).chain(retired) {
            key.prepare_within(&mut left);
        }
    }

    #[cfg(feature = "prepared")]
    pub(super) fn prepared_octets(&self) -> usize {
        self.verifying().map(VerifyingKey::prepared_octets).sum()
    }

    /// A key that has signed elsewhere, or before a restart.
    pub(in crate::provider) fn retire(&mut self, key: VerifyingKey, until: NumericDate) -> Result<(), KeyRingError> {
        if self.verifying().any(|known| is_same(known, &key)) {
            return Err(KeyRingError::SameKey);
        }
        for known in self.signing() {
            let signed = known.key.sign(PROBE).map_err(|_| KeyRingError::SigningFailed)?;
            if key.verify(PROBE, &signed).is_ok() {
                return Err(KeyRingError::SameKey);
            }
        }
        self.retired.push(Retired { key, until });
        Ok(())
    }

    pub(super) fn promote(&mut self, kid: &KeyId, now: NumericDate, hurry: bool) -> Result<(), KeyRingError> {
        let Some(place) = self.next.iter().position(|next| next.pair.key.key_id() == Some(kid)) else {
            let known = self.verifying().any(|key| key.key_id() == Some(kid));
            return Err(if known { KeyRingError::NotNext } else { KeyRingError::UnknownKey });
        };
        match self.next.get(place) {
            Some(next) if !hurry && now < next.earliest => Err(KeyRingError::TooSoon { earliest: next.earliest }),
            _ => {
                self.activate(place, now);
                Ok(())
            }
        }
    }

    /// Takes a key out, whatever it is. If it is the one that signs, the next takes its place, and gives whose turn it is.
    pub(super) fn remove(&mut self, kid: &KeyId) -> Result<Option<KeyId>, KeyRingError> {
        if self.active.key.key_id() == Some(kid) {
            // The one whose turn comes first; those that wait for a call come last.
            let turn = |next: &&Next| (next.from.is_none(), next.from, next.earliest);
            let soonest = self.next.iter().min_by_key(turn).ok_or(KeyRingError::LastKey)?.pair.clone();
            self.next.retain(|next| next.pair.key.key_id() != soonest.key.key_id());
            self.active = soonest;
            return Ok(self.active.key.key_id().cloned());
        }
        let before = self.next.len() + self.retired.len();
        self.next.retain(|next| next.pair.key.key_id() != Some(kid));
        self.retired.retain(|retired| retired.key.key_id() != Some(kid));
        let found = self.next.len() + self.retired.len() < before;
        if found { Ok(None) } else { Err(KeyRingError::UnknownKey) }
    }

    /// Does what the time asks for, and gives which keys had their turn.
    pub(super) fn advance(&mut self, now: NumericDate) -> Vec<KeyId> {
        let mut promoted = Vec::new();
        loop {
            let due = |next: &Next| next.from.filter(|from| *from <= now);
            let turns = self.next.iter().enumerate().filter_map(|(place, next)| Some((due(next)?, place)));
            let Some((from, place)) = turns.min() else { break };
            self.activate(place, from);
            promoted.extend(self.active.key.key_id().cloned());
        }
        self.retired.retain(|retired| now < retired.until);
        promoted
    }

    /// When [`advance`](Self::advance) has something to do.
    pub(super) fn due(&self) -> Option<NumericDate> {
        let next = self.next.iter().filter_map(|next| next.from);
        next.chain(self.retired.iter().map(|retired| retired.until)).min()
    }

    fn activate(&mut self, place: usize, at: NumericDate) {
        let next = self.next.remove(place);
        let retired = std::mem::replace(&mut self.active, next.pair);
        self.retired.push(Retired { key: retired.verifying, until: at.plus(self.keep) });
    }

    /// All keys that tokens may be signed with: a node whose clock leads may already use the next.
    pub(super) fn verifying(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.signing().map(|pair| &pair.verifying).chain(self.retired.iter().map(|retired| &retired.key))
    }

    pub(super) fn key_set(&self) -> Result<KeySet, KeyRingError> {
        let keys: Vec<_> = self.verifying().cloned().collect();
        if keys.iter().any(|key| key.key_id().is_none()) {
            return Err(KeyRingError::KeyIdRequired);
        }
        // Verifiers read no larger sets.
        if keys.len() > limits::JWK_SET_KEYS {
            return Err(KeyRingError::Keys(KeySetError::TooManyKeys));
        }
        let secret = self.active.key.algorithm().is_symmetric();
        if secret { KeySet::of_secrets(keys) } else { KeySet::new(keys) }.map_err(KeyRingError::Keys)
    }

    pub(super) fn listed(&self) -> Vec<RingKey> {
        let next = self.next.iter().map(|next| (next.pair.verifying.clone(), KeyStatus::Next { from: next.from }));
        let retired =
            self.retired.iter().map(|retired| (retired.key.clone(), KeyStatus::Retired { until: retired.until }));
        let active = (self.active.verifying.clone(), KeyStatus::Active);
        [active].into_iter().chain(next).chain(retired).map(|(key, status)| RingKey { key, status }).collect()
    }
}

/// Whether two public keys have the same numbers, under whatever algorithm. Of secrets only the MACs tell.
fn is_same(a: &VerifyingKey, b: &VerifyingKey) -> bool {
    matches!((a.thumbprint(), b.thumbprint()), (Ok(a), Ok(b)) if a == b)
}
