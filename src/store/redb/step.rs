//! The steps of the contract that change something, each within the transaction of its batch.

use std::time::Duration;

use redb::{ReadableTable, Table, WriteTransaction};

use super::{
    answers::{Answer, Name},
    codec::session_octets,
    failed,
    record::{Hot, Record},
    schema::{ANSWERS, DENIED, Denied, FLOOR, Floor, LATEST, META, OPENED, Octets, SESSIONS, Session, USERS, User},
    view::{Moment, count, find, live, live_hot, moment, sessions_of},
};
use crate::{
    id::{SessionId, UserKey},
    store::{
        StoreError,
        rules::{Turn, decide_rotation},
        types::{
            Begin, Denial, DenyToken, EndSession, Ending, Limit, OpenSession, Opening, RevokeUser, Rotate, Rotation,
            SessionKey, StoreTime, WhenFull,
        },
    },
};

/// The tables, open for writing, at the time of a step.
pub(super) struct Step<'txn> {
    meta: Table<'txn, &'static str, u64>,
    pub(super) sessions: Table<'txn, Session, Octets>,
    pub(super) users: Table<'txn, User, Floor>,
    pub(super) denied: Table<'txn, &'static str, Denied>,
    pub(super) answers: Table<'txn, Octets, Octets>,
    /// The floor of all.
    pub(super) floor: StoreTime,
    pub(super) now: StoreTime,
    /// How many sessions were ever opened.
    opened: u64,
    /// Whether there is anything to commit.
    pub(super) changed: bool,
}

impl<'txn> Step<'txn> {
    pub(super) fn new(txn: &'txn WriteTransaction, now: StoreTime) -> Result<Self, StoreError> {
        let meta = txn.open_table(META).map_err(failed)?;
        let number = |name| Ok::<_, StoreError>(meta.get(name).map_err(failed)?.map_or(0, |number| number.value()));
        let (floor, opened) = (number(FLOOR)?, number(OPENED)?);
        Ok(Self {
            meta,
            sessions: txn.open_table(SESSIONS).map_err(failed)?,
            users: txn.open_table(USERS).map_err(failed)?,
            denied: txn.open_table(DENIED).map_err(failed)?,
            answers: txn.open_table(ANSWERS).map_err(failed)?,
            floor: StoreTime::from_millis(floor),
            now,
            opened,
            changed: false,
        })
    }

    /// Keeps the time, so that it does not go back when the store is opened again, and what is counted.
    pub(super) fn keep_time(&mut self) -> Result<(), StoreError> {
        self.changed = true;
        self.meta.insert(OPENED, self.opened).map_err(failed)?;
        self.meta.insert(LATEST, self.now.as_millis()).map(drop).map_err(failed)
    }

    fn moment(&self, user: UserKey) -> Result<Moment, StoreError> {
        moment(&self.users, user, self.now, self.floor)
    }

    fn put(&mut self, key: SessionKey, record: &Record) -> Result<(), StoreError> {
        self.changed = true;
        self.sessions.insert(&session_octets(key), record.write().as_slice()).map(drop).map_err(failed)
    }

    fn answered(&self, name: &Name) -> Result<Option<Answer>, StoreError> {
        let found = self.answers.get(name.octets()).map_err(failed)?;
        found.map(|found| Answer::read(found.value())).transpose()
    }

    fn remember(&mut self, name: &Name, answer: &Answer) -> Result<(), StoreError> {
        self.changed = true;
        self.answers.insert(name.octets(), answer.write(self.now).as_slice()).map(drop).map_err(failed)
    }

    /// Removes a session, and remembers that it was opened, so that nobody opens it again by repeating himself.
    fn remove(&mut self, key: SessionKey) -> Result<(), StoreError> {
        let octets = session_octets(key);
        let removed = self.sessions.remove(&octets).map_err(failed)?;
        let Some(record) = removed.map(|removed| Record::read(removed.value())).transpose()? else { return Ok(()) };
        let answer = Answer::Opened { created: record.hot.created, evicted: record.cold.evicted };
        self.remember(&Name::Open(octets), &answer)
    }

    /// The time as counted for a user, and how many live sessions there are if a limit that rejects is reached.
    pub(super) fn begin(&mut self, begin: &Begin) -> Result<(StoreTime, Option<u64>), StoreError> {
        let at = self.moment(begin.user)?;
        let mut full = None;
        if let Some(limit) = begin.limit.filter(|limit| limit.when_full == WhenFull::Reject) {
            let active = count(&self.sessions, begin.user, at)?;
            full = (active >= limit.max.get().into()).then_some(active);
        }
        Ok((at.above_floors(), full))
    }

    pub(super) fn open(&mut self, open: &OpenSession) -> Result<Opening, StoreError> {
        // The session's id is the operation's: if it is there, or was, this is a repetition.
        if let Some(record) = find(&self.sessions, open.key, Record::read)? {
            return Ok(Opening::Opened { created: record.hot.created, evicted: record.cold.evicted });
        }
        let name = Name::Open(session_octets(open.key));
        if let Some(Answer::Opened { created, evicted }) = self.answered(&name)? {
            return Ok(Opening::Opened { created, evicted });
        }
        let user = open.key.user;
        let at = self.moment(user)?;
        if open.begun <= at.floors() {
            return Ok(Opening::Revoked);
        }
        let evicted = match open.limit {
            None => Vec::new(),
            Some(limit) => match self.make_room(user, limit, at)? {
                Ok(evicted) => evicted,
                Err(active) => return Ok(Opening::Full { active }),
            },
        };
        for session in &evicted {
            self.remove(SessionKey { user, session: *session })?;
        }
        let created = at.above_floors();
        self.put(open.key, &Record::new(open, created, self.opened, evicted.clone()))?;
        self.opened += 1;
        Ok(Opening::Opened { created, evicted })
    }

    /// Which of a user's live sessions must go, oldest first, or how many there are if none may.
    fn make_room(&self, user: UserKey, limit: Limit, at: Moment) -> Result<Result<Vec<SessionId>, u64>, StoreError> {
        let mut live = sessions_of(&self.sessions, user, Hot::read)?;
        live.retain(|(_, hot)| at.live(hot));
        let surplus = (live.len() + 1).saturating_sub(usize::try_from(limit.max.get()).unwrap_or(usize::MAX));
        if surplus == 0 {
            return Ok(Ok(Vec::new()));
        }
        Ok(match limit.when_full {
            WhenFull::Reject => Err(live.len() as u64),
            WhenFull::EvictOldest => {
                live.sort_by_key(|(_, hot)| hot.order());
                Ok(live.into_iter().take(surplus).map(|(id, _)| id).collect())
            }
        })
    }

    pub(super) fn rotate(&mut self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let name = Name::operation(rotate.operation);
        if let Some(Answer::Reused) = self.answered(&name)? {
            return Ok(Rotation::Reused);
        }
        let at = self.moment(rotate.key.user)?;
        let Some(mut record) = live(&self.sessions, rotate.key, at)? else { return Ok(Rotation::Gone) };
        let generation = record.hot.rotation.generation;
        Ok(match decide_rotation(&record.hot.rotation, rotate, self.now) {
            Turn::Next(generation) => {
                record.rotate(generation, rotate, self.now);
                self.put(rotate.key, &record)?;
                Rotation::Rotated { generation }
            }
            Turn::Done => Rotation::Rotated { generation },
            Turn::Repeat => Rotation::Repeated { generation, issued: record.hot.issued, data: record.cold.data },
            Turn::Superseded => Rotation::Superseded,
            Turn::Reused => {
                self.remove(rotate.key)?;
                self.remember(&name, &Answer::Reused)?;
                Rotation::Reused
            }
            Turn::Newer => Rotation::Newer,
        })
    }

    pub(super) fn deny(&mut self, deny: &DenyToken) -> Result<Denial, StoreError> {
        let until = self.now.plus(deny.keep).as_millis();
        let found = self.denied.get(&*deny.token_id).map_err(failed)?.map(|denied| denied.value());
        // Denied until it is purged: past its time by the margin, so that a clock that is set back revives nothing.
        let (until, operation) = match found {
            None => (until, deny.operation.as_u64()),
            Some((earlier, operation)) => (until.max(earlier), operation),
        };
        if found != Some((until, operation)) {
            self.denied.insert(&*deny.token_id, (until, operation)).map_err(failed)?;
            self.changed = true;
        }
        Ok(if operation == deny.operation.as_u64() { Denial::First } else { Denial::Already })
    }

    pub(super) fn end(&mut self, end: &EndSession) -> Result<Ending, StoreError> {
        let name = Name::operation(end.operation);
        if let Some(Answer::Ended) = self.answered(&name)? {
            return Ok(Ending::Ended);
        }
        let at = self.moment(end.key.user)?;
        if live_hot(&self.sessions, end.key, at)?.is_none() {
            return Ok(Ending::Absent);
        }
        self.remove(end.key)?;
        self.remember(&name, &Answer::Ended)?;
        Ok(Ending::Ended)
    }

    pub(super) fn revoke_user(&mut self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let name = Name::operation(revoke.operation);
        if let Some(Answer::Revoked { ended }) = self.answered(&name)? {
            return Ok(ended);
        }
        let at = self.moment(revoke.user)?;
        let all = sessions_of(&self.sessions, revoke.user, Hot::read)?;
        let ended = all.iter().filter(|(_, hot)| at.live(hot)).map(|_| 1).sum();
        for (session, _) in all {
            // Repeating an opening is stopped by the floor.
            let octets = session_octets(SessionKey { user: revoke.user, session });
            self.sessions.remove(&octets).map_err(failed)?;
        }
        let earlier = self.users.get(revoke.user.octets()).map_err(failed)?.map_or(0, |floor| floor.value().1);
        let until = self.now.plus(revoke.keep).as_millis().max(earlier);
        // Above both floors, since a login begun before may be just above the higher of them, ahead of the clock.
        self.users.insert(revoke.user.octets(), (at.above_floors().as_millis(), until)).map_err(failed)?;
        self.remember(&name, &Answer::Revoked { ended })?;
        Ok(ended)
    }

    pub(super) fn raise_floor(&mut self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        let floor = self.floor.max(instant.min(self.now));
        if floor > self.floor {
            self.meta.insert(FLOOR, floor.as_millis()).map_err(failed)?;
            self.floor = floor;
            self.changed = true;
        }
        Ok(floor)
    }

    /// How long an answer is remembered: longer than a client with a deadline of seconds asks again.
    pub(super) const REMEMBERED: Duration = Duration::from_secs(60);
}
