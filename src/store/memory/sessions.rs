//! The sessions of a shard, with their two indexes.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use hashbrown::HashTable;

use super::slots::{NONE, Place, Slot, Slots};
use crate::{
    id::{SessionId, UserKey},
    store::types::{SessionKey, SessionMetadata},
};

/// What only some sessions have.
#[derive(Clone, Default)]
pub(super) struct Extra {
    pub(super) metadata: SessionMetadata,
    pub(super) data: Option<Box<str>>,
    /// Which sessions made room for this one.
    pub(super) evicted: Box<[SessionId]>,
}

impl Extra {
    fn is_empty(&self) -> bool {
        self.metadata.is_empty() && self.data.is_none() && self.evicted.is_empty()
    }
}

/// What a slice of a purge did.
pub(super) struct Swept<From> {
    pub(super) looked_at: usize,
    pub(super) removed: u64,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<From>,
}

pub(super) struct Sessions {
    slots: Slots,
    /// Every session, by user and id.
    by_key: HashTable<Place>,
    /// Each user's newest session, from which the others are linked.
    newest: HashTable<Place>,
    /// Boxed, since most of what is in a table is room.
    extra: HashMap<Place, Box<Extra>>,
    hasher: RandomState,
}

/// A user's hash, keyed, so that subjects cannot be chosen to fill one bucket.
fn user_hash(hasher: &RandomState, user: UserKey) -> u64 {
    hasher.hash_one(user.octets())
}

/// A session's hash. Its id is the provider's own random number, so mixing it in is enough.
fn key_hash(hasher: &RandomState, key: SessionKey) -> u64 {
    let id = key.session.octets().first_chunk().copied().unwrap_or_default();
    user_hash(hasher, key.user) ^ u64::from_le_bytes(id)
}

impl Sessions {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { slots: Slots::new(), by_key: HashTable::new(), newest: HashTable::new(), extra: HashMap::new(), hasher }
    }

    pub(super) fn find(&self, key: SessionKey) -> Option<Place> {
        let hash = key_hash(&self.hasher, key);
        self.by_key.find(hash, |place| self.slots.get(*place).is_some_and(|slot| slot.key() == key)).copied()
    }

    pub(super) fn get(&self, place: Place) -> Option<&Slot> {
        self.slots.get(place)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut Slot> {
        self.slots.get_mut(place)
    }

    pub(super) fn extra(&self, place: Place) -> Option<&Extra> {
        self.extra.get(&place).map(|extra| &**extra)
    }

    pub(super) fn set_data(&mut self, place: Place, data: Option<Box<str>>) {
        let extra = self.extra.entry(place).or_default();
        extra.data = data;
        if extra.is_empty() {
            self.extra.remove(&place);
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// A user's sessions, newest first.
    pub(super) fn of(&self, user: UserKey) -> impl Iterator<Item = (Place, &Slot)> {
        let hash = user_hash(&self.hasher, user);
        let newest = self.newest.find(hash, |place| self.slots.get(*place).is_some_and(|slot| slot.key().user == user));
        let mut place = newest.copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let slot = self.slots.get(place)?;
            let here = std::mem::replace(&mut place, slot.next);
            Some((here, slot))
        })
    }

    /// Adds a session as its user's newest. `None` when the shard can count no more.
    pub(super) fn insert(&mut self, slot: Slot, extra: Extra) -> Option<()> {
        self.insert_with(slot, (!extra.is_empty()).then(|| Box::new(extra)))
    }

    fn insert_with(&mut self, mut slot: Slot, extra: Option<Box<Extra>>) -> Option<()> {
        let Self { slots, by_key, newest, hasher, .. } = self;
        let key = slot.key();
        slot.prev = NONE;
        slot.next = NONE;
        let place = slots.insert(slot)?;
        by_key.insert_unique(key_hash(hasher, key), place, |place| {
            slots.get(*place).map_or(0, |slot| key_hash(hasher, slot.key()))
        });
        let hash = user_hash(hasher, key.user);
        match newest.find_mut(hash, |other| slots.get(*other).is_some_and(|slot| slot.key().user == key.user)) {
            Some(head) => {
                let older = std::mem::replace(head, place);
                if let Some(slot) = slots.get_mut(older) {
                    slot.prev = place;
                }
                if let Some(slot) = slots.get_mut(place) {
                    slot.next = older;
                }
            }
            None => {
                newest.insert_unique(hash, place, |place| {
                    slots.get(*place).map_or(0, |slot| user_hash(hasher, slot.key().user))
                });
            }
        }
        if let Some(extra) = extra {
            self.extra.insert(place, extra);
        }
        Some(())
    }

    /// Removes a session, in constant time.
    pub(super) fn remove(&mut self, place: Place) -> Option<(Slot, Option<Box<Extra>>)> {
        let slot = self.slots.get(place)?.clone();
        let key = slot.key();
        if let Ok(entry) = self.by_key.find_entry(key_hash(&self.hasher, key), |other| *other == place) {
            entry.remove();
        }
        match self.slots.get_mut(slot.prev) {
            Some(newer) => newer.next = slot.next,
            // It was the user's newest.
            None => {
                let head = self.newest.find_entry(user_hash(&self.hasher, key.user), |other| *other == place);
                match head {
                    Ok(mut head) if slot.next != NONE => *head.get_mut() = slot.next,
                    Ok(head) => drop(head.remove()),
                    Err(_) => {}
                }
            }
        }
        if let Some(older) = self.slots.get_mut(slot.next) {
            older.prev = slot.prev;
        }
        self.slots.remove(place);
        Some((slot, self.extra.remove(&place)))
    }

    #[expect(clippy::vec_box, reason = "a box is moved, what is in it is not")]
    /// Looks at `most` slots from `from` on and removes the sessions that are dead. What they had goes to `garbage`.
    pub(super) fn sweep(
        &mut self,
        from: usize,
        most: usize,
        dead: impl Fn(&Slot) -> bool,
        garbage: &mut Vec<Box<Extra>>,
    ) -> Swept<usize> {
        let end = self.capacity().min(from.saturating_add(most));
        let mut removed = 0;
        for place in from..end {
            let Ok(place) = Place::try_from(place) else { break };
            if self.slots.get(place).is_some_and(&dead) {
                garbage.extend(self.remove(place).and_then(|(_, extra)| extra));
                removed += 1;
            }
        }
        Swept { looked_at: end.saturating_sub(from), removed, next: (end < self.capacity()).then_some(end) }
    }

    /// Gives memory back after most sessions have ended: moves the rest into as few slots as they need. A small shard's too: all
    /// of them together are many. Gives what is left over, to be dropped without the lock.
    pub(super) fn shrink(&mut self) -> Option<Self> {
        if self.capacity() == 0 || self.len() > self.capacity() / 8 {
            return None;
        }
        let mut kept = Self::new(self.hasher.clone());
        for place in (0..self.capacity()).filter_map(|place| Place::try_from(place).ok()) {
            // From each user's oldest to his newest, whatever places they have: their order is that of their openings.
            let mut place = if self.slots.get(place).is_some_and(|slot| slot.next == NONE) { place } else { NONE };
            while let Some(slot) = self.slots.get(place) {
                // As many as before can be counted.
                let _ = kept.insert_with(slot.clone(), self.extra.remove(&place));
                place = slot.prev;
            }
        }
        Some(std::mem::replace(self, kept))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;
    use crate::store::types::{IssuedTimes, SessionKind, StoreTime};

    #[derive(Clone, Debug)]
    enum Op {
        Insert {
            user: u8,
            data: Option<u8>,
        },
        Remove(Index),
        SetData(Index, Option<u8>),
        /// Those whose number leaves `rest` when divided by `by` are dead.
        Sweep {
            from: Index,
            most: usize,
            by: u32,
            rest: u32,
        },
        Shrink,
    }

    fn op() -> impl Strategy<Value = Op> {
        let data = || prop::option::of(any::<u8>());
        prop_oneof![
            // The one user has many sessions, the others few.
            12 => (prop_oneof![3 => Just(0_u8), 1 => 1_u8..6], data()).prop_map(|(user, data)| Op::Insert { user, data }),
            6 => any::<Index>().prop_map(Op::Remove),
            1 => (any::<Index>(), data()).prop_map(|(session, data)| Op::SetData(session, data)),
            1 => (any::<Index>(), 0_usize..200, 1_u32..5, 0_u32..5)
                .prop_map(|(from, most, by, rest)| Op::Sweep { from, most, by, rest }),
            1 => Just(Op::Shrink),
        ]
    }

    fn number(slot: &Slot) -> u32 {
        let octets = slot.key().session;
        octets.octets().last_chunk().map_or(0, |octets| u32::from_be_bytes(*octets))
    }

    fn slot(user: u8, number: u32) -> Slot {
        // Alike in the octets that the hash is made of.
        let mut id = [0; 16];
        id[12..].copy_from_slice(&number.to_be_bytes());
        let key = SessionKey { user: UserKey::from_octets([user; 16]), session: SessionId::from_octets(id) };
        let (created, issued) = (StoreTime::from_millis(1), IssuedTimes { issued_at: 0, expires_at: 1 });
        Slot::new(key, SessionKind::Single, created, Duration::from_secs(1), None, issued)
    }

    fn text(data: Option<u8>) -> Option<Box<str>> {
        data.map(|data| data.to_string().into())
    }

    /// The sessions oldest first, and how many slots there must be: as many as were ever used at once since it last shrank.
    #[derive(Default)]
    struct Model {
        sessions: Vec<(SessionKey, Option<u8>)>,
        slots: usize,
    }

    fn compare(sessions: &Sessions, model: &Model, ever: u32) -> Result<(), TestCaseError> {
        prop_assert_eq!((sessions.len(), sessions.capacity()), (model.sessions.len(), model.slots));
        prop_assert_eq!(sessions.by_key.len(), model.sessions.len());
        for user in 0..6 {
            let key = UserKey::from_octets([user; 16]);
            let listed: Vec<_> = sessions.of(key).map(|(_, slot)| slot.key()).collect();
            let expected = model.sessions.iter().rev().map(|(key, _)| *key).filter(|of| of.user == key);
            prop_assert_eq!(listed, expected.collect::<Vec<_>>());
            for number in 0..ever {
                let key = slot(user, number).key();
                let known = model.sessions.iter().find(|(of, _)| *of == key);
                let found = sessions.find(key);
                prop_assert_eq!(found.is_some(), known.is_some());
                if let (Some(place), Some((_, data))) = (found, known) {
                    prop_assert!(sessions.get(place).is_some_and(|slot| slot.key() == key));
                    prop_assert_eq!(sessions.extra(place).and_then(|extra| extra.data.clone()), text(*data));
                }
            }
        }
        Ok(())
    }

    #[test]
    fn shrinking_keeps_the_order_of_openings() {
        let mut sessions = Sessions::new(RandomState::new());
        (0..16).for_each(|number| sessions.insert(slot(0, number), Extra::default()).unwrap());
        (0..16).for_each(|place| drop(sessions.remove(place).unwrap()));
        // Freed last, used first: the newer of the two has the lower place.
        (16..18).for_each(|number| sessions.insert(slot(0, number), Extra::default()).unwrap());
        assert!(sessions.find(slot(0, 17).key()) < sessions.find(slot(0, 16).key()));
        assert!(sessions.shrink().is_some());
        let user = UserKey::from_octets([0; 16]);
        assert_eq!(sessions.of(user).map(|(_, slot)| number(slot)).collect::<Vec<_>>(), [17, 16]);
    }

    proptest! {
        // Each case compares everything after each of up to 150 steps.
        #![proptest_config(ProptestConfig {
            cases: ProptestConfig::default().cases / 4,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn slots_links_and_indexes_are_those_of_a_plain_list(ops in vec(op(), 1..150)) {
            let (mut sessions, mut model, mut ever) = (Sessions::new(RandomState::new()), Model::default(), 0);
            for op in ops {
                match op {
                    Op::Insert { user, data } => {
                        let slot = slot(user, ever);
                        ever += 1;
                        model.sessions.push((slot.key(), data));
                        let extra = Extra { data: text(data), ..Extra::default() };
                        prop_assert_eq!(sessions.insert(slot, extra), Some(()));
                        model.slots = model.slots.max(model.sessions.len());
                    }
                    Op::Remove(_) | Op::SetData(..) if model.sessions.is_empty() => {}
                    Op::Remove(session) => {
                        let (key, data) = model.sessions.remove(session.index(model.sessions.len()));
                        let place = sessions.find(key).unwrap();
                        let (slot, extra) = sessions.remove(place).unwrap();
                        prop_assert!(slot.key() == key && extra.and_then(|extra| extra.data) == text(data));
                        prop_assert!(sessions.remove(place).is_none());
                    }
                    Op::SetData(session, data) => {
                        let session = session.index(model.sessions.len());
                        let (key, kept) = &mut model.sessions[session];
                        *kept = data;
                        sessions.set_data(sessions.find(*key).unwrap(), text(data));
                    }
                    Op::Sweep { from, most, by, rest } => {
                        let from = from.index(sessions.capacity() + 1);
                        let dead = |slot: &Slot| number(slot) % by == rest;
                        let end = sessions.capacity().min(from + most);
                        let within = |place: &Place| (from..end).contains(&(*place as usize));
                        let gone: Vec<_> = model.sessions.iter().map(|(key, _)| *key).filter(|key| {
                            let place = sessions.find(*key).filter(within);
                            place.and_then(|place| sessions.get(place)).is_some_and(dead)
                        }).collect();
                        let swept = sessions.sweep(from, most, dead, &mut Vec::new());
                        prop_assert_eq!((swept.looked_at, swept.removed), (end - from, gone.len() as u64));
                        prop_assert_eq!(swept.next, (end < sessions.capacity()).then_some(end));
                        model.sessions.retain(|(key, _)| !gone.contains(key));
                    }
                    Op::Shrink => {
                        sessions.shrink();
                        if model.sessions.len() <= model.slots / 8 {
                            model.slots = model.sessions.len();
                        }
                    }
                }
                compare(&sessions, &model, ever)?;
            }
        }
    }
}
