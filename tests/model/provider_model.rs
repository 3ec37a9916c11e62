//! Which tokens are good, in plain vectors.

use std::collections::BTreeMap;

use jwtward::{
    SessionId,
    store::{Limit, WhenFull},
};

/// Seconds, but for the grace as configured. Times are milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) tracking: bool,
    pub(crate) limit: Option<Limit>,
    pub(crate) expiration: u64,
    pub(crate) access: u64,
    pub(crate) idle: u64,
    pub(crate) absolute: Option<u64>,
    pub(crate) grace: u64,
    pub(crate) leeway: u64,
}

impl Terms {
    pub(crate) const SKEW: u64 = 5;
    /// How long a pair's session lives at most, unless configured.
    const ABSOLUTE: u64 = 2_592_000;

    /// How long a revocation is kept.
    pub(crate) fn keep(&self) -> u64 {
        (self.expiration.max(self.access) + 2 * self.leeway + Self::SKEW) * 1000
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) user: usize,
    pub(crate) pair: bool,
    pub(crate) created: u64,
    pub(crate) refreshed: u64,
    pub(crate) expires: u64,
    pub(crate) last_end: Option<u64>,
    pub(crate) generation: u32,
    pub(crate) ended: bool,
    /// What a pair grants.
    pub(crate) data: u8,
}

/// An access token that was handed out, all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) user: usize,
    /// Session and generation; `None` if not tracked.
    pub(crate) session: Option<(usize, u32)>,
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
    pub(crate) data: u8,
}

/// What there is to say of an access token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    Good,
    Expired,
    /// Its session has ended.
    Ended,
    Superseded,
    Denied,
    /// With all of its user's.
    UserRevoked,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refresh {
    /// A new generation with an access token of these times.
    Rotated {
        issued_at: u64,
        expires_at: u64,
    },
    /// The successor that exists.
    Repeated,
    Ended,
    Reused,
}

pub(crate) struct Model {
    pub(crate) terms: Terms,
    pub(crate) now: u64,
    pub(crate) sessions: Vec<Session>,
    /// Until when denied ids are kept.
    pub(crate) denied: BTreeMap<String, u64>,
    /// Floor and until when it is kept.
    pub(crate) floors: BTreeMap<usize, (u64, u64)>,
}

impl Model {
    pub(crate) fn is_live(&self, session: usize) -> bool {
        let session = &self.sessions[session];
        !session.ended && self.now < session.expires
    }

    /// Oldest first.
    pub(crate) fn live(&self, user: usize) -> Vec<usize> {
        (0..self.sessions.len()).filter(|i| self.sessions[*i].user == user && self.is_live(*i)).collect()
    }

    /// How a token stands, but for its own expiry.
    pub(crate) fn standing(&self, token: &Access) -> Verdict {
        let Some((session, generation)) = token.session else {
            let floor = self.floors.get(&token.user).map(|(floor, _)| floor + Terms::SKEW * 1000);
            return match floor {
                _ if self.denied.contains_key(&token.id) => Verdict::Denied,
                Some(floor) if token.issued_at * 1000 <= floor => Verdict::UserRevoked,
                _ => Verdict::Good,
            };
        };
        let live = self.is_live(session);
        let session = &self.sessions[session];
        match session.pair || session.generation == generation {
            _ if !live => Verdict::Ended,
            true => Verdict::Good,
            false => Verdict::Superseded,
        }
    }

    pub(crate) fn verdict(&self, token: &Access) -> Verdict {
        if self.now >= (token.expires_at + self.terms.leeway) * 1000 { Verdict::Expired } else { self.standing(token) }
    }

    /// `iat` and `exp` of a token that may live for `lifetime` seconds within `left` milliseconds; `None` if that is no second.
    fn times(&self, lifetime: u64, left: u64) -> Option<(u64, u64)> {
        let issued_at = self.now / 1000;
        let expires_at = (issued_at + lifetime).min((self.now + left) / 1000);
        (expires_at > issued_at).then_some((issued_at, expires_at))
    }

    fn session_end(&self, pair: bool, expires_at: u64, from: u64) -> u64 {
        let lifetime = if pair { self.terms.idle * 1000 } else { (expires_at + self.terms.leeway) * 1000 - self.now };
        from + lifetime
    }

    pub(crate) fn untracked_times(&self) -> (u64, u64) {
        (self.now / 1000, self.now / 1000 + self.terms.expiration)
    }

    /// How many sessions stand in the way of one more, if any may.
    pub(crate) fn full(&self, user: usize) -> Option<(u64, u64)> {
        let active = self.live(user).len() as u64;
        let limit = self.terms.limit.filter(|limit| limit.when_full == WhenFull::Reject)?;
        (active >= u64::from(limit.max.get())).then_some((active, limit.max.get().into()))
    }

    /// A login that there is room for, or room made. `None` when its token would have no second to live.
    pub(crate) fn open(&mut self, user: usize, pair: bool, data: u8) -> Option<(u64, u64)> {
        let absolute = match (pair, self.terms.absolute) {
            (true, absolute) => Some(absolute.unwrap_or(Terms::ABSOLUTE)),
            (false, absolute) => absolute,
        };
        let (access, session) =
            if pair { (self.terms.access, self.terms.idle) } else { (self.terms.expiration, self.terms.expiration) };
        let left = absolute.map_or(session, |absolute| absolute.min(session)) * 1000;
        let (issued_at, expires_at) = self.times(access, left)?;
        if let Some(limit) = self.terms.limit {
            let mut live = self.live(user);
            while live.len() >= limit.max.get() as usize {
                self.sessions[live.remove(0)].ended = true;
            }
        }
        let created = self.now.max(self.floors.get(&user).map_or(0, |(floor, _)| floor + 1));
        let last_end = absolute.map(|absolute| created + absolute * 1000);
        self.sessions.push(Session {
            // Known once there is an answer.
            id: SessionId::from_octets([0; 16]),
            user,
            pair,
            created,
            refreshed: created,
            expires: self.session_end(pair, expires_at, created).min(last_end.unwrap_or(u64::MAX)),
            last_end,
            generation: 0,
            ended: false,
            data,
        });
        Some((issued_at, expires_at))
    }

    /// Presents the credential of a session's generation: a single one's access token, found good, or a pair's refresh token.
    pub(crate) fn refresh(&mut self, index: usize, generation: u32) -> Refresh {
        if !self.is_live(index) {
            return Refresh::Ended;
        }
        let session = &self.sessions[index];
        // An old token is found out however little is left.
        if generation < session.generation {
            let within = self.terms.grace > 0 && self.now <= session.refreshed + self.terms.grace * 1000;
            if generation + 1 == session.generation && within {
                return Refresh::Repeated;
            }
            self.sessions[index].ended = true;
            return Refresh::Reused;
        }
        let (lifetime, most) =
            if session.pair { (self.terms.access, self.terms.idle) } else { (self.terms.expiration, u64::MAX / 1000) };
        let remaining = session.last_end.map_or(lifetime * 1000, |end| end - self.now);
        let Some((issued_at, expires_at)) = self.times(lifetime, remaining.min(most * 1000)) else {
            return Refresh::Ended;
        };
        let expires = self.session_end(session.pair, expires_at, self.now);
        let now = self.now;
        let session = &mut self.sessions[index];
        session.generation += 1;
        session.refreshed = now;
        session.expires = expires.min(session.last_end.unwrap_or(u64::MAX));
        Refresh::Rotated { issued_at, expires_at }
    }

    pub(crate) fn revoke_all(&mut self, user: usize) -> u64 {
        let live = self.live(user);
        for session in &live {
            self.sessions[*session].ended = true;
        }
        let (floor, until) = self.floors.get(&user).copied().unwrap_or((0, 0));
        self.floors.insert(user, (self.now.max(floor + 1), until.max(self.now + self.terms.keep())));
        live.len() as u64
    }

    /// The margin is zero.
    pub(crate) fn clean_up(&mut self) {
        self.denied.retain(|_, until| *until > self.now);
        self.floors.retain(|_, (_, until)| *until > self.now);
    }
}
