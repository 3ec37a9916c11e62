//! Where a shard's sessions lie: slots in chunks, so that growing moves no more than one of them.

use std::time::Duration;

use super::packed::Packed;
use crate::store::types::{IssuedTimes, OperationId, SessionKey, SessionKind, StoreTime};

/// The place of a slot, or of none.
pub(super) type Place = u32;
pub(super) const NONE: Place = Place::MAX;
/// In `prev`: the slot is free.
const FREE: Place = Place::MAX - 1;
/// A power of two, so that a chunk that has doubled to it is full.
const CHUNK: usize = 64;

/// One session, without what only some have (metadata, data).
#[derive(Clone)]
pub(super) struct Slot {
    key: SessionKey,
    created: Packed<6>,
    expires: Packed<6>,
    rotated: Packed<6>,
    /// Milliseconds after `created`; the largest value is "never". 34 years at most.
    absolute: Packed<5>,
    /// Seconds, with the lowest bit for whether it is a pair.
    issued_at_and_pair: Packed<5>,
    operation: Packed<8>,
    seed: Packed<8>,
    life: u32,
    pub(super) generation: u32,
    /// The user's next older session.
    pub(super) next: Place,
    /// The user's next newer session.
    pub(super) prev: Place,
}

const NEVER: u64 = (1 << 40) - 1;

impl Slot {
    pub(super) fn new(
        key: SessionKey,
        kind: SessionKind,
        created: StoreTime,
        lifetime: Duration,
        absolute: Option<Duration>,
        issued: IssuedTimes,
    ) -> Self {
        let (pair, seed) = match kind {
            SessionKind::Single => (false, 0),
            SessionKind::Pair { seed } => (true, seed),
        };
        let absolute =
            absolute.map_or(NEVER, |absolute| u64::try_from(absolute.as_millis()).unwrap_or(NEVER).min(NEVER - 1));
        let mut slot = Self {
            key,
            created: Packed::new(created.as_millis()),
            expires: Packed::new(0),
            rotated: Packed::new(created.as_millis()),
            absolute: Packed::new(absolute),
            issued_at_and_pair: Packed::new(u64::from(pair)),
            operation: Packed::new(0),
            seed: Packed::new(seed),
            life: 0,
            generation: 0,
            next: NONE,
            prev: NONE,
        };
        slot.expire_after(created, lifetime);
        slot.set_issued(issued);
        slot
    }

    pub(super) fn key(&self) -> SessionKey {
        self.key
    }

    pub(super) fn created(&self) -> StoreTime {
        StoreTime::from_millis(self.created.get())
    }

    pub(super) fn expires(&self) -> StoreTime {
        StoreTime::from_millis(self.expires.get())
    }

    pub(super) fn rotated(&self) -> StoreTime {
        StoreTime::from_millis(self.rotated.get())
    }

    pub(super) fn is_pair(&self) -> bool {
        self.issued_at_and_pair.get() & 1 == 1
    }

    pub(super) fn kind(&self) -> SessionKind {
        if self.is_pair() { SessionKind::Pair { seed: self.seed.get() } } else { SessionKind::Single }
    }

    fn absolute_end(&self) -> Option<StoreTime> {
        let absolute = self.absolute.get();
        (absolute != NEVER).then(|| self.created().plus(Duration::from_millis(absolute)))
    }

    /// How long the session can live yet, if it has an absolute end.
    pub(super) fn remaining(&self, now: StoreTime) -> Option<Duration> {
        self.absolute_end().map(|end| end.since(now))
    }

    pub(super) fn issued(&self) -> IssuedTimes {
        let issued_at = (self.issued_at_and_pair.get() >> 1).cast_signed();
        IssuedTimes { issued_at, expires_at: issued_at.saturating_add(self.life.into()) }
    }

    /// The operation that made the current generation.
    pub(super) fn operation(&self) -> Option<OperationId> {
        (self.generation > 0).then(|| OperationId::from_u64(self.operation.get()))
    }

    fn set_issued(&mut self, issued: IssuedTimes) {
        let issued_at = u64::try_from(issued.issued_at).unwrap_or(0).min(NEVER >> 1);
        let life = issued.expires_at.saturating_sub(issued.issued_at);
        self.issued_at_and_pair = Packed::new(issued_at << 1 | u64::from(self.is_pair()));
        self.life = u32::try_from(life.max(0)).unwrap_or(u32::MAX);
    }

    fn expire_after(&mut self, now: StoreTime, lifetime: Duration) {
        let expires = now.plus(lifetime);
        let expires = self.absolute_end().map_or(expires, |end| end.min(expires));
        self.expires = Packed::new(expires.as_millis());
    }

    pub(super) fn rotate(
        &mut self,
        generation: u32,
        operation: OperationId,
        now: StoreTime,
        lifetime: Duration,
        issued: IssuedTimes,
    ) {
        self.generation = generation;
        self.operation = Packed::new(operation.as_u64());
        self.rotated = Packed::new(now.as_millis());
        self.expire_after(now, lifetime);
        self.set_issued(issued);
    }
}

/// The slots of a shard.
pub(super) struct Slots {
    chunks: Vec<Vec<Slot>>,
    /// The free slots, linked by `next`.
    free: Place,
    used: usize,
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self { chunks: Vec::new(), free: NONE, used: 0 }
    }

    /// The session at a place, or `None` if the slot is free or there is none.
    pub(super) fn get(&self, place: Place) -> Option<&Slot> {
        let slot = self.chunks.get(place as usize / CHUNK)?.get(place as usize % CHUNK)?;
        (slot.prev != FREE).then_some(slot)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut Slot> {
        self.raw_mut(place).filter(|slot| slot.prev != FREE)
    }

    fn raw_mut(&mut self, place: Place) -> Option<&mut Slot> {
        self.chunks.get_mut(place as usize / CHUNK)?.get_mut(place as usize % CHUNK)
    }

    /// Puts a session into a free slot, or into a new one; `None` when no more can be counted.
    pub(super) fn insert(&mut self, slot: Slot) -> Option<Place> {
        let place = self.free;
        if let Some(free) = self.raw_mut(place) {
            let next = free.next;
            *free = slot;
            self.free = next;
            self.used += 1;
            return Some(place);
        }
        let place = Place::try_from(self.capacity()).ok().filter(|place| *place < FREE)?;
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(slot),
            _ => {
                // It grows to its size by doubling: a few sessions in each of many shards take little.
                self.chunks.push(vec![slot]);
            }
        }
        self.used += 1;
        Some(place)
    }

    pub(super) fn remove(&mut self, place: Place) {
        let free = self.free;
        if let Some(slot) = self.get_mut(place) {
            slot.prev = FREE;
            slot.next = free;
            self.free = place;
            self.used -= 1;
        }
    }

    /// How many sessions there are.
    pub(super) const fn len(&self) -> usize {
        self.used
    }

    /// How many slots there are, used and free.
    pub(super) fn capacity(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SessionId, UserKey};

    fn slot(absolute: Option<Duration>) -> Slot {
        let key = SessionKey { user: UserKey::from_octets([1; 16]), session: SessionId::from_octets([2; 16]) };
        let issued = IssuedTimes { issued_at: 1_800_000_000, expires_at: 1_800_000_900 };
        let created = StoreTime::from_millis(1_800_000_000_123);
        Slot::new(key, SessionKind::Pair { seed: 7 }, created, Duration::from_secs(60), absolute, issued)
    }

    #[test]
    fn a_slot_takes_92_octets_and_gives_back_what_was_put_in() {
        assert_eq!(size_of::<Slot>(), 92);
        let mut slot = slot(Some(Duration::from_secs(90)));
        assert_eq!(slot.kind(), SessionKind::Pair { seed: 7 });
        assert_eq!(slot.issued(), IssuedTimes { issued_at: 1_800_000_000, expires_at: 1_800_000_900 });
        assert_eq!(slot.expires(), StoreTime::from_millis(1_800_000_060_123));
        assert_eq!(slot.operation(), None);
        let (later, issued) = (
            StoreTime::from_millis(1_800_000_050_123),
            IssuedTimes { issued_at: 1_800_000_050, expires_at: 1_800_000_090 },
        );
        slot.rotate(1, OperationId::from_u64(u64::MAX), later, Duration::from_secs(60), issued);
        assert_eq!(slot.expires(), StoreTime::from_millis(1_800_000_090_123), "not past the absolute end");
        assert_eq!((slot.rotated(), slot.issued()), (later, issued));
        assert_eq!(slot.operation(), Some(OperationId::from_u64(u64::MAX)));
        assert!(slot.is_pair());
        assert_eq!(slot.remaining(later), Some(Duration::from_secs(40)));
    }

    #[test]
    fn an_absolute_end_that_cannot_be_held_comes_sooner_not_never() {
        assert_eq!(slot(None).remaining(StoreTime::default()), None);
        assert!(slot(Some(Duration::MAX)).remaining(StoreTime::default()).is_some());
    }

    #[test]
    fn slots_are_used_again() {
        let mut slots = Slots::new();
        let places: Vec<Place> = (0..100).map(|_| slots.insert(slot(None)).unwrap()).collect();
        assert_eq!((slots.len(), slots.capacity()), (100, 100));
        for place in &places {
            slots.remove(*place);
            slots.remove(*place);
            assert!(slots.get(*place).is_none());
        }
        assert_eq!((slots.len(), slots.capacity()), (0, 100));
        for _ in 0..100 {
            slots.insert(slot(None)).unwrap();
        }
        assert_eq!((slots.len(), slots.capacity()), (100, 100));
        assert!(slots.get(NONE).is_none() && slots.get(FREE).is_none());
    }
}
