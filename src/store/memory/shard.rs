//! One shard: the steps of the contract on a part of the users and of the token ids, each under the shard's lock.

use std::{hash::RandomState, time::Duration};

use super::{
    recent::{Answer, Operation, Recent},
    revoked::Revoked,
    sessions::{Extra, Sessions},
    slots::{Place, Slot},
};
use crate::{
    id::UserKey,
    store::{
        rules::{RotationState, Turn, decide_rotation},
        types::{
            EndSession, Ending, Limit, LoadedSession, OpenSession, Opening, RevokeUser, Rotate, Rotation, SessionKey,
            SessionRecord, SessionStanding, StoreTime, WhenFull,
        },
    },
};

pub(super) struct Shard {
    pub(super) sessions: Sessions,
    pub(super) revoked: Revoked,
    pub(super) recent: Recent,
}

/// The time of a step, and the floor of all as it is then.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: StoreTime,
    pub(super) floor: StoreTime,
}

impl Moment {
    /// Whether a session is live. The user's floor needs no look: raising it removes the sessions.
    pub(super) fn live(self, slot: &Slot) -> bool {
        self.now < slot.expires() && slot.created() > self.floor
    }
}

/// The first millisecond above a floor.
fn above(floor: StoreTime) -> StoreTime {
    if floor == StoreTime::default() { floor } else { floor.plus(Duration::from_millis(1)) }
}

impl Shard {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { sessions: Sessions::new(hasher), revoked: Revoked::default(), recent: Recent::default() }
    }

    /// The time as counted for a user: above both floors.
    pub(super) fn time_of(&self, user: UserKey, at: Moment) -> StoreTime {
        at.now.max(above(self.revoked.user_floor(user))).max(above(at.floor))
    }

    /// The number of a user's live sessions.
    pub(super) fn count(&self, user: UserKey, at: Moment) -> u64 {
        self.sessions.of(user).filter(|(_, slot)| at.live(slot)).map(|_| 1).sum()
    }

    fn live(&self, key: SessionKey, at: Moment) -> Option<(Place, &Slot)> {
        let place = self.sessions.find(key)?;
        self.sessions.get(place).filter(|slot| at.live(slot)).map(|slot| (place, slot))
    }

    /// What was answered to an earlier opening of the same session.
    pub(super) fn opened(&self, open: &OpenSession) -> Option<Opening> {
        if let Some(Answer::Opened { created, evicted }) = self.recent.get(Operation::Open(open.key)) {
            return Some(Opening::Opened { created: *created, evicted: evicted.to_vec() });
        }
        let place = self.sessions.find(open.key)?;
        let evicted = self.sessions.extra(place).map(|extra| extra.evicted.to_vec()).unwrap_or_default();
        self.sessions.get(place).map(|slot| Opening::Opened { created: slot.created(), evicted })
    }

    /// Opens a session. `None` when the shard can count no more.
    pub(super) fn open(&mut self, open: &OpenSession, at: Moment) -> Option<Opening> {
        let user = open.key.user;
        if open.begun < self.time_of(user, Moment { now: StoreTime::default(), ..at }) {
            return Some(Opening::Revoked);
        }
        let evicted = match open.limit {
            None => Vec::new(),
            Some(limit) => match self.make_room(user, limit, at) {
                Ok(evicted) => evicted,
                Err(active) => return Some(Opening::Full { active }),
            },
        };
        let created = self.time_of(user, at);
        let ids: Vec<_> = evicted.into_iter().filter_map(|place| self.remove(place, at.now)).collect();
        let slot = Slot::new(open.key, open.kind, created, open.lifetime, open.absolute, open.issued);
        let extra =
            Extra { metadata: open.metadata.clone(), data: open.data.clone(), evicted: ids.clone().into_boxed_slice() };
        self.sessions.insert(slot, extra)?;
        Some(Opening::Opened { created, evicted: ids })
    }

    /// Removes a user's dead sessions, and tells which live ones must go, oldest first, or how many there are if none may.
    fn make_room(&mut self, user: UserKey, limit: Limit, at: Moment) -> Result<Vec<Place>, u64> {
        let (mut live, dead): (Vec<_>, Vec<_>) = self
            .sessions
            .of(user)
            .map(|(place, slot)| (place, slot.created(), at.live(slot)))
            .partition(|(_, _, live)| *live);
        for (place, ..) in dead {
            self.sessions.remove(place);
        }
        let max = limit.max.get() as usize;
        if live.len() < max {
            return Ok(Vec::new());
        }
        match limit.when_full {
            WhenFull::Reject => Err(live.len() as u64),
            WhenFull::EvictOldest => {
                // Oldest first; those of one millisecond in the order in which they came.
                live.reverse();
                live.sort_by_key(|(_, created, _)| *created);
                let surplus = live.len() + 1 - max;
                Ok(live.into_iter().take(surplus).map(|(place, ..)| place).collect())
            }
        }
    }

    /// Ends a session, and remembers that it was opened, so that nobody opens it again by repeating himself.
    fn remove(&mut self, place: Place, now: StoreTime) -> Option<crate::id::SessionId> {
        let (slot, extra) = self.sessions.remove(place)?;
        let key = slot.key();
        let opened =
            Answer::Opened { created: slot.created(), evicted: extra.map(|extra| extra.evicted).unwrap_or_default() };
        self.recent.insert(now, Operation::Open(key), opened);
        Some(key.session)
    }

    pub(super) fn standing(&self, key: SessionKey, at: Moment) -> Option<SessionStanding> {
        self.live(key, at).map(|(_, slot)| SessionStanding {
            generation: slot.generation,
            pair: slot.is_pair(),
            remaining: slot.remaining(at.now),
        })
    }

    pub(super) fn load(&self, key: SessionKey, at: Moment) -> Option<LoadedSession> {
        self.live(key, at).map(|(place, slot)| LoadedSession {
            kind: slot.kind(),
            generation: slot.generation,
            remaining: slot.remaining(at.now),
            data: self.data(place),
        })
    }

    fn data(&self, place: Place) -> Option<Box<str>> {
        self.sessions.extra(place).and_then(|extra| extra.data.clone())
    }

    pub(super) fn rotate(&mut self, rotate: &Rotate, at: Moment) -> Rotation {
        if let Some(Answer::Reused) = self.recent.get(Operation::Id(rotate.operation)) {
            return Rotation::Reused;
        }
        let Some((place, slot)) = self.live(rotate.key, at) else { return Rotation::Gone };
        let state = RotationState { generation: slot.generation, rotated: slot.rotated(), operation: slot.operation() };
        let issued = slot.issued();
        match decide_rotation(&state, rotate, at.now) {
            Turn::Next(generation) => {
                if let Some(slot) = self.sessions.get_mut(place) {
                    slot.rotate(generation, rotate.operation, at.now, rotate.lifetime, rotate.issued);
                }
                if let Some(data) = &rotate.data {
                    self.sessions.set_data(place, data.clone());
                }
                Rotation::Rotated { generation }
            }
            Turn::Done => Rotation::Rotated { generation: state.generation },
            Turn::Repeat => Rotation::Repeated { generation: state.generation, issued, data: self.data(place) },
            Turn::Superseded => Rotation::Superseded,
            Turn::Reused => {
                self.remove(place, at.now);
                self.recent.insert(at.now, Operation::Id(rotate.operation), Answer::Reused);
                Rotation::Reused
            }
            Turn::Newer => Rotation::Newer,
        }
    }

    pub(super) fn end(&mut self, end: &EndSession, at: Moment) -> Ending {
        let operation = Operation::Id(end.operation);
        if let Some(Answer::Ended) = self.recent.get(operation) {
            return Ending::Ended;
        }
        let Some((place, _)) = self.live(end.key, at) else { return Ending::Absent };
        self.remove(place, at.now);
        self.recent.insert(at.now, operation, Answer::Ended);
        Ending::Ended
    }

    pub(super) fn revoke_user(&mut self, revoke: &RevokeUser, at: Moment) -> u64 {
        let operation = Operation::Id(revoke.operation);
        if let Some(Answer::Revoked { ended }) = self.recent.get(operation) {
            return *ended;
        }
        let ended = self.count(revoke.user, at);
        let places: Vec<Place> = self.sessions.of(revoke.user).map(|(place, _)| place).collect();
        for place in places {
            // Repeating an opening is stopped by the floor.
            self.sessions.remove(place);
        }
        self.revoked.raise(revoke.user, at.now, at.floor, revoke.keep);
        self.recent.insert(at.now, operation, Answer::Revoked { ended });
        ended
    }

    pub(super) fn list(&self, user: UserKey, at: Moment) -> Vec<SessionRecord> {
        let mut records: Vec<_> = self
            .sessions
            .of(user)
            .filter(|(_, slot)| at.live(slot))
            .map(|(place, slot)| SessionRecord {
                id: slot.key().session,
                pair: slot.is_pair(),
                created: slot.created(),
                expires: slot.expires(),
                rotated: slot.rotated(),
                generation: slot.generation,
                issued: slot.issued(),
                metadata: self.sessions.extra(place).map(|extra| extra.metadata.clone()).unwrap_or_default(),
            })
            .collect();
        records.reverse();
        records.sort_by_key(|record| record.created);
        records
    }
}
