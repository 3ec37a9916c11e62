//! What the store contract says, in plain vectors. Nothing is ever removed but what a purge removed.

use std::{collections::BTreeMap, time::Duration};

use jwtward::{
    SessionId, UserKey,
    store::{
        Denial, DenyToken, EndSession, Ending, IssuedTimes, Limit, OnReuse, OpenSession, Opening, RevokeUser,
        RevokedEntry, Rotate, Rotation, SessionKey, StoreTime, WhenFull,
    },
};

/// For how long an answer about something removed is remembered.
const REMEMBERED: u64 = 60_000;

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// How a session came to its end, but for its time running out and the floor of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// By `end`, eviction or reuse, then.
    One(u64),
    /// With all of its user's.
    User,
}

/// A session that was opened at some time. Their order is that of their openings.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) request: OpenSession,
    pub(crate) answer: Opening,
    pub(crate) created: u64,
    pub(crate) expires: u64,
    pub(crate) last_end: Option<u64>,
    pub(crate) rotated: u64,
    pub(crate) generation: u32,
    pub(crate) operation: Option<u64>,
    pub(crate) issued: IssuedTimes,
    pub(crate) data: Option<Box<str>>,
    pub(crate) end: Option<End>,
}

#[derive(Clone, Debug)]
pub(crate) struct Denied {
    pub(crate) until: u64,
    operation: u64,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) floor: u64,
    pub(crate) sessions: Vec<Session>,
    pub(crate) denied: BTreeMap<Box<str>, Denied>,
    /// Floor and until when it is kept.
    pub(crate) users: BTreeMap<UserKey, (u64, u64)>,
    /// When, and what was answered.
    pub(crate) ended: BTreeMap<u64, u64>,
    pub(crate) reused: BTreeMap<u64, u64>,
    pub(crate) revoked: BTreeMap<u64, (u64, u64)>,
}

impl Model {
    pub(crate) fn user_floor(&self, user: UserKey) -> u64 {
        self.users.get(&user).map_or(0, |(floor, _)| *floor)
    }

    /// The lowest time above both floors; 0 if there are none.
    pub(crate) fn above_floors(&self, user: UserKey) -> u64 {
        let floor = self.user_floor(user).max(self.floor);
        if floor == 0 { 0 } else { floor + 1 }
    }

    pub(crate) fn time_of(&self, user: UserKey) -> u64 {
        self.now.max(self.above_floors(user))
    }

    pub(crate) fn is_live(&self, session: &Session) -> bool {
        session.end.is_none() && self.now < session.expires && session.created > self.floor
    }

    pub(crate) fn live(&self, user: UserKey) -> Vec<usize> {
        let of_user = |i: &usize| self.sessions[*i].request.key.user == user && self.is_live(&self.sessions[*i]);
        let mut live: Vec<usize> = (0..self.sessions.len()).filter(of_user).collect();
        live.sort_by_key(|i| (self.sessions[*i].created, *i));
        live
    }

    pub(crate) fn find(&self, key: SessionKey) -> Option<usize> {
        (0..self.sessions.len()).find(|i| self.sessions[*i].request.key == key && self.is_live(&self.sessions[*i]))
    }

    /// Whether what was answered then must still be remembered.
    pub(crate) fn is_remembered(&self, at: u64) -> bool {
        self.now <= at + REMEMBERED
    }

    pub(crate) fn full(&self, user: UserKey, limit: Option<Limit>) -> Option<u64> {
        let active = self.live(user).len() as u64;
        limit
            .filter(|limit| limit.when_full == WhenFull::Reject && active >= u64::from(limit.max.get()))
            .map(|_| active)
    }

    /// A first opening.
    pub(crate) fn open(&mut self, open: &OpenSession) -> Opening {
        let user = open.key.user;
        if open.begun.as_millis() < self.above_floors(user) {
            return Opening::Revoked;
        }
        if let Some(active) = self.full(user, open.limit) {
            return Opening::Full { active };
        }
        let mut evicted: Vec<SessionId> = Vec::new();
        if let Some(limit) = open.limit {
            let mut live = self.live(user);
            while live.len() >= limit.max.get() as usize {
                let oldest = live.remove(0);
                self.sessions[oldest].end = Some(End::One(self.now));
                evicted.push(self.sessions[oldest].request.key.session);
            }
        }
        let created = self.time_of(user);
        let last_end = open.absolute.map(|absolute| created + millis(absolute));
        let answer = Opening::Opened { created: StoreTime::from_millis(created), evicted };
        self.sessions.push(Session {
            request: open.clone(),
            answer: answer.clone(),
            created,
            expires: (created + millis(open.lifetime)).min(last_end.unwrap_or(u64::MAX)),
            last_end,
            rotated: created,
            generation: 0,
            operation: None,
            issued: open.issued,
            data: open.data.clone(),
            end: None,
        });
        answer
    }

    /// An opening repeated. `None` when the contract does not say what the answer is.
    pub(crate) fn reopen(&self, session: usize) -> Option<Vec<Opening>> {
        let session = &self.sessions[session];
        let first = session.answer.clone();
        let stopped = session.request.begun.as_millis() < self.above_floors(session.request.key.user);
        match session.end {
            None if self.is_live(session) => Some(vec![first]),
            Some(End::One(at)) if self.is_remembered(at) => Some(vec![first]),
            // It must not live, whatever the answer.
            _ if stopped => Some(vec![first, Opening::Revoked]),
            _ => None,
        }
    }

    pub(crate) fn rotate(&mut self, rotate: &Rotate) -> Rotation {
        let operation = rotate.operation.as_u64();
        if self.reused.get(&operation).is_some_and(|at| self.is_remembered(*at)) {
            return Rotation::Reused;
        }
        let Some(index) = self.find(rotate.key) else { return Rotation::Gone };
        let now = self.now;
        let session = &mut self.sessions[index];
        let generation = session.generation;
        if session.operation == Some(operation) {
            return Rotation::Rotated { generation };
        }
        let behind = i64::from(generation) - i64::from(rotate.presented);
        let within_grace = rotate.grace > Duration::ZERO && now <= session.rotated + millis(rotate.grace);
        match behind {
            ..0 => Rotation::Newer,
            0 => {
                session.generation += 1;
                session.operation = Some(operation);
                session.rotated = now;
                session.expires = (now + millis(rotate.lifetime)).min(session.last_end.unwrap_or(u64::MAX));
                session.issued = rotate.issued;
                if let Some(data) = &rotate.data {
                    session.data = data.clone();
                }
                Rotation::Rotated { generation: session.generation }
            }
            1 if within_grace => Rotation::Repeated { generation, issued: session.issued, data: session.data.clone() },
            _ if rotate.on_reuse == OnReuse::Refuse => Rotation::Superseded,
            _ => {
                session.end = Some(End::One(now));
                self.reused.insert(operation, now);
                Rotation::Reused
            }
        }
    }

    pub(crate) fn deny(&mut self, deny: &DenyToken) -> Denial {
        let until = self.now + millis(deny.keep);
        let operation = deny.operation.as_u64();
        let denied = self.denied.entry(deny.token_id.clone()).or_insert(Denied { until, operation });
        denied.until = denied.until.max(until);
        if denied.operation == operation { Denial::First } else { Denial::Already }
    }

    pub(crate) fn end(&mut self, end: &EndSession) -> Ending {
        let operation = end.operation.as_u64();
        if self.ended.get(&operation).is_some_and(|at| self.is_remembered(*at)) {
            return Ending::Ended;
        }
        let Some(index) = self.find(end.key) else { return Ending::Absent };
        self.sessions[index].end = Some(End::One(self.now));
        self.ended.insert(operation, self.now);
        Ending::Ended
    }

    pub(crate) fn revoke_user(&mut self, revoke: &RevokeUser) -> u64 {
        let operation = revoke.operation.as_u64();
        if let Some((_, ended)) = self.revoked.get(&operation).filter(|(at, _)| self.is_remembered(*at)) {
            return *ended;
        }
        let ended = self.live(revoke.user).len() as u64;
        for session in self.sessions.iter_mut().filter(|session| session.request.key.user == revoke.user) {
            session.end = session.end.or(Some(End::User));
        }
        // Above every time that was given out.
        let floor = self.now.max(self.user_floor(revoke.user) + 1).max(self.floor + 1);
        let until = self.users.get(&revoke.user).map_or(0, |(_, until)| *until).max(self.now + millis(revoke.keep));
        self.users.insert(revoke.user, (floor, until));
        self.revoked.insert(operation, (self.now, ended));
        ended
    }

    pub(crate) fn raise_floor(&mut self, instant: u64) -> u64 {
        self.floor = self.floor.max(instant.min(self.now));
        self.floor
    }

    /// Everything revoked, in the order of the entries' texts.
    pub(crate) fn revoked(&self) -> Vec<RevokedEntry> {
        let tokens = self.denied.iter().map(|(token_id, denied)| RevokedEntry::Token {
            token_id: token_id.clone(),
            until: StoreTime::from_millis(denied.until),
        });
        let users = self.users.iter().map(|(user, (floor, until))| RevokedEntry::User {
            user: *user,
            floor: StoreTime::from_millis(*floor),
            until: StoreTime::from_millis(*until),
        });
        tokens.chain(users).collect()
    }
}
