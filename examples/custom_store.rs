//! A store of one's own: everything in maps behind one lock. It is complete and keeps the whole contract, and so is a place to start
//! from for a store elsewhere; `main` runs the conformance suite on it.
//!
//! `cargo run --features conformance --example custom_store`
//!
//! What to carry over to another medium:
//! - each method takes the lock once, and reads the clock under it: one atomic step, in the order of time;
//! - what has ended is not found, whether or not it has been purged;
//! - what a call did is kept under its operation id, so that a repeated call is answered and does nothing.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    sync::{Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, IssuedTimes,
        LoadedSession, OpenSession, Opening, OperationId, Purged, RevokeUser, RevokedEntry, RevokedPage, Rotate,
        Rotation, RotationState, SessionKey, SessionKind, SessionMetadata, SessionRecord, SessionStanding, Standing,
        Store, StoreError, StoreTime, Turn, WhenFull, conformance::check_all, decide_rotation,
    },
};

/// How long the answer to an operation is kept after it removed what it was about.
const REMEMBERED: Duration = Duration::from_secs(60);

pub(crate) struct CustomStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closed: bool,
    /// The latest time that was told: the clock never goes back behind it.
    latest: StoreTime,
    epoch: StoreTime,
    incarnation: u64,
    floor: StoreTime,
    opened: u64,
    sessions: BTreeMap<(UserKey, SessionId), Session>,
    floors: BTreeMap<UserKey, Floor>,
    denied: BTreeMap<Box<str>, Denied>,
    answers: BTreeMap<OperationId, Answer>,
    sweeps: Sweeps,
}

struct Session {
    kind: SessionKind,
    created: StoreTime,
    /// Counts the sessions, to tell which is older within a millisecond.
    number: u64,
    expires: StoreTime,
    /// The absolute end.
    end: Option<StoreTime>,
    rotation: RotationState,
    issued: IssuedTimes,
    metadata: SessionMetadata,
    data: Option<Box<str>>,
    /// Which made room for it: a part of the answer to a repeated `open`.
    evicted: Vec<SessionId>,
}

struct Floor {
    floor: StoreTime,
    until: StoreTime,
}

struct Denied {
    first: OperationId,
    until: StoreTime,
}

/// What an operation was answered whose effect cannot be seen any more.
struct Answer {
    did: Did,
    until: StoreTime,
}

#[derive(Clone, Copy)]
enum Did {
    EndSession,
    EndReused,
    RevokeUser(u64),
}

/// How far each map has been purged.
#[derive(Default)]
struct Sweeps {
    sessions: Sweep<(UserKey, SessionId)>,
    floors: Sweep<UserKey>,
    denied: Sweep<Box<str>>,
    answers: Sweep<OperationId>,
}

enum Sweep<K> {
    After(Option<K>),
    Done,
}

impl CustomStore {
    pub(crate) fn new() -> Result<Self, StoreError> {
        // The incarnation must not be guessed or repeated.
        let incarnation = getrandom::u64().map_err(StoreError::new)?;
        let mut state = State { incarnation, ..State::default() };
        state.epoch = state.now();
        Ok(Self { state: Mutex::new(state) })
    }

    /// The state, for one step, and the time of that step.
    fn step(&self) -> Result<(MutexGuard<'_, State>, StoreTime), StoreError> {
        // A step that panicked may have done half of what it should: this store is not to be used any more.
        let mut state = self.state.lock().map_err(|_| StoreError::new("an earlier call panicked"))?;
        if state.closed {
            return Err(StoreError::closed());
        }
        let now = state.now();
        Ok((state, now))
    }
}

impl State {
    fn now(&mut self) -> StoreTime {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.latest = self.latest.max(StoreTime::default().plus(clock));
        self.latest
    }

    fn user_floor(&self, user: UserKey) -> StoreTime {
        self.floors.get(&user).map(|floor| floor.floor).unwrap_or_default()
    }

    /// What was issued at or before this is revoked.
    fn both_floors(&self, user: UserKey) -> StoreTime {
        self.floor.max(self.user_floor(user))
    }

    /// The present, or the first millisecond above the floors if that is later.
    fn above_floors(&self, user: UserKey, now: StoreTime) -> StoreTime {
        now.max(just_after(self.both_floors(user)))
    }

    fn is_live(&self, user: UserKey, session: &Session, now: StoreTime) -> bool {
        session.expires > now && session.created > self.both_floors(user)
    }

    fn live(&self, key: SessionKey, now: StoreTime) -> Option<&Session> {
        let session = self.sessions.get(&(key.user, key.session))?;
        self.is_live(key.user, session, now).then_some(session)
    }

    /// The user's live sessions, oldest first.
    fn all_live(&self, user: UserKey, now: StoreTime) -> Vec<(SessionId, &Session)> {
        let (first, last) = (SessionId::from_octets([0; 16]), SessionId::from_octets([0xff; 16]));
        let mut live: Vec<_> = self
            .sessions
            .range((user, first)..=(user, last))
            .filter(|(_, session)| self.is_live(user, session, now))
            .map(|((_, id), session)| (*id, session))
            .collect();
        live.sort_by_key(|(_, session)| (session.created, session.number));
        live
    }

    /// Ends a session. Its record stays for a while, so that nobody opens it again by repeating himself.
    fn finish(&mut self, place: (UserKey, SessionId), now: StoreTime) {
        if let Some(session) = self.sessions.get_mut(&place) {
            session.expires = now;
            session.data = None;
        }
    }

    fn answered(&self, operation: OperationId) -> Option<Did> {
        self.answers.get(&operation).map(|answer| answer.did)
    }

    fn remember(&mut self, operation: OperationId, did: Did, until: StoreTime) {
        self.answers.insert(operation, Answer { did, until });
    }
}

fn just_after(time: StoreTime) -> StoreTime {
    time.plus(Duration::from_millis(1))
}

impl Session {
    fn remaining(&self, now: StoreTime) -> Option<Duration> {
        self.end.map(|end| end.since(now))
    }

    fn is_pair(&self) -> bool {
        matches!(self.kind, SessionKind::Pair { .. })
    }
}

impl Store for CustomStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true, process_local: true }
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        let (state, now) = self.step()?;
        let mut full = None;
        if let Some(limit) = begin.limit
            && limit.when_full == WhenFull::Reject
        {
            let active = state.all_live(begin.user, now).len() as u64;
            full = (active >= u64::from(limit.max.get())).then_some(active);
        }
        Ok(Beginning { begun: state.above_floors(begin.user, now), full, incarnation: state.incarnation })
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        let (mut state, now) = self.step()?;
        let user = open.key.user;
        // The session's id is the operation's: if it is there, this call is a repetition, also of one that has ended since.
        if let Some(session) = state.sessions.get(&(user, open.key.session)) {
            return Ok(Opening::Opened { created: session.created, evicted: session.evicted.clone() });
        }
        if open.begun <= state.both_floors(user) {
            return Ok(Opening::Revoked);
        }
        let mut evicted = Vec::new();
        if let Some(limit) = open.limit {
            let live = state.all_live(user, now);
            // How many are too many, with this one. More than one if the limit was lowered.
            let surplus = (live.len() + 1).saturating_sub(usize::try_from(limit.max.get()).unwrap_or(usize::MAX));
            match limit.when_full {
                WhenFull::Reject if surplus > 0 => return Ok(Opening::Full { active: live.len() as u64 }),
                WhenFull::Reject => {}
                WhenFull::EvictOldest => evicted.extend(live.iter().take(surplus).map(|(id, _)| *id)),
                // A way that this store does not know must not be taken for one that it does.
                _ => return Err(StoreError::unsupported()),
            }
        }
        for id in &evicted {
            state.finish((user, *id), now);
        }
        let created = state.above_floors(user, now);
        let end = open.absolute.map(|absolute| created.plus(absolute));
        let expires = created.plus(open.lifetime);
        let session = Session {
            kind: open.kind,
            created,
            number: state.opened,
            expires: end.map_or(expires, |end| expires.min(end)),
            end,
            rotation: RotationState { generation: 0, rotated: created, operation: None },
            issued: open.issued,
            metadata: open.metadata.clone(),
            data: open.data.clone(),
            evicted: evicted.clone(),
        };
        state.opened += 1;
        state.sessions.insert((user, open.key.session), session);
        Ok(Opening::Opened { created, evicted })
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        let (state, now) = self.step()?;
        let (user, session, denied) = match token {
            CheckToken::Tracked(key) => {
                let session = state.live(key, now).map(|session| SessionStanding {
                    generation: session.rotation.generation,
                    pair: session.is_pair(),
                    remaining: session.remaining(now),
                });
                (key.user, session, false)
            }
            CheckToken::Untracked { user, token_id } => {
                (user, None, state.denied.get(token_id).is_some_and(|denied| denied.until > now))
            }
            _ => return Err(StoreError::unsupported()),
        };
        Ok(Standing {
            session,
            denied,
            user_floor: state.user_floor(user),
            floor: state.floor,
            epoch: state.epoch,
            incarnation: state.incarnation,
        })
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        let (state, now) = self.step()?;
        Ok(state.live(session, now).map(|session| LoadedSession {
            kind: session.kind,
            generation: session.rotation.generation,
            remaining: session.remaining(now),
            data: session.data.clone(),
        }))
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let (mut state, now) = self.step()?;
        if let Some(Did::EndReused) = state.answered(rotate.operation) {
            return Ok(Rotation::Reused);
        }
        if state.live(rotate.key, now).is_none() {
            return Ok(Rotation::Gone);
        }
        let place = (rotate.key.user, rotate.key.session);
        let Some(session) = state.sessions.get_mut(&place) else { return Ok(Rotation::Gone) };
        match decide_rotation(&session.rotation, rotate, now) {
            Turn::Next(generation) => {
                session.rotation = RotationState { generation, rotated: now, operation: Some(rotate.operation) };
                session.issued = rotate.issued;
                let expires = now.plus(rotate.lifetime);
                session.expires = session.end.map_or(expires, |end| expires.min(end));
                if let Some(data) = &rotate.data {
                    session.data.clone_from(data);
                }
                Ok(Rotation::Rotated { generation })
            }
            Turn::Done => Ok(Rotation::Rotated { generation: session.rotation.generation }),
            Turn::Repeat => Ok(Rotation::Repeated {
                generation: session.rotation.generation,
                issued: session.issued,
                data: session.data.clone(),
            }),
            Turn::Superseded => Ok(Rotation::Superseded),
            Turn::Reused => {
                state.finish(place, now);
                state.remember(rotate.operation, Did::EndReused, now.plus(REMEMBERED));
                Ok(Rotation::Reused)
            }
            Turn::Newer => Ok(Rotation::Newer),
            _ => Err(StoreError::unsupported()),
        }
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        let (mut state, now) = self.step()?;
        let until = now.plus(deny.keep);
        if let Some(denied) = state.denied.get_mut(&deny.token_id)
            && (denied.until > now || denied.first == deny.operation)
        {
            denied.until = denied.until.max(until);
            return Ok(if denied.first == deny.operation { Denial::First } else { Denial::Already });
        }
        state.denied.insert(deny.token_id.clone(), Denied { first: deny.operation, until });
        Ok(Denial::First)
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        let (state, now) = self.step()?;
        Ok(state.denied.get(token_id).is_some_and(|denied| denied.until > now))
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        let (mut state, now) = self.step()?;
        if let Some(Did::EndSession) = state.answered(end.operation) {
            return Ok(Ending::Ended);
        }
        if state.live(end.key, now).is_none() {
            return Ok(Ending::Absent);
        }
        state.finish((end.key.user, end.key.session), now);
        state.remember(end.operation, Did::EndSession, now.plus(REMEMBERED));
        Ok(Ending::Ended)
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let (mut state, now) = self.step()?;
        if let Some(Did::RevokeUser(ended)) = state.answered(revoke.operation) {
            return Ok(ended);
        }
        let live: Vec<_> = state.all_live(revoke.user, now).into_iter().map(|(id, _)| id).collect();
        for id in &live {
            state.finish((revoke.user, *id), now);
        }
        // Above both floors, since a login begun before may be just above the higher of them, ahead of the clock.
        let floor = state.above_floors(revoke.user, now);
        let mut until = floor.plus(revoke.keep);
        if let Some(earlier) = state.floors.get(&revoke.user) {
            until = until.max(earlier.until);
        }
        state.floors.insert(revoke.user, Floor { floor, until });
        state.remember(revoke.operation, Did::RevokeUser(live.len() as u64), until.max(now.plus(REMEMBERED)));
        Ok(live.len() as u64)
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        let (mut state, now) = self.step()?;
        state.floor = state.floor.max(instant.min(now));
        Ok(state.floor)
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        let (state, now) = self.step()?;
        Ok(state.all_live(user, now).len() as u64)
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        let (state, now) = self.step()?;
        let record = |(id, session): (SessionId, &Session)| SessionRecord {
            id,
            pair: session.is_pair(),
            created: session.created,
            expires: session.expires,
            rotated: session.rotation.rotated,
            generation: session.rotation.generation,
            issued: session.issued,
            metadata: session.metadata.clone(),
        };
        Ok(state.all_live(user, now).into_iter().map(record).collect())
    }

    /// First the token ids, in their order, then the users. A cursor names the last one listed, so it stands whatever is added or
    /// removed: `t` and the id, or `u` and the user.
    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        let (state, now) = self.step()?;
        // None at all would look like the end.
        let most = most.max(1);
        let after = after.map(Cursor::as_str);
        let mut entries = Vec::new();
        let mut user: Option<UserKey> = None;
        if let Some(text) = after.and_then(|text| text.strip_prefix('u')) {
            user = Some(text.parse().map_err(StoreError::new)?);
        } else {
            let first = after.and_then(|text| text.strip_prefix('t')).map_or(Unbounded, Excluded);
            let denied = state.denied.range::<str, _>((first, Unbounded)).filter(|(_, denied)| denied.until > now);
            entries.extend(
                denied
                    .take(most)
                    .map(|(token_id, denied)| RevokedEntry::Token { token_id: token_id.clone(), until: denied.until }),
            );
        }
        let first = user.map_or(Unbounded, Excluded);
        let floors = state.floors.range((first, Unbounded)).filter(|(_, floor)| floor.until > now);
        entries.extend(floors.take(most - entries.len()).map(|(user, floor)| RevokedEntry::User {
            user: *user,
            floor: floor.floor,
            until: floor.until,
        }));
        let next = match entries.last() {
            Some(RevokedEntry::Token { token_id, .. }) if entries.len() == most => Some(format!("t{token_id}")),
            Some(RevokedEntry::User { user, .. }) if entries.len() == most => Some(format!("u{user}")),
            _ => None,
        };
        Ok(RevokedPage { entries, next: next.map(|text| Cursor::new(&text)) })
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        let (mut state, now) = self.step()?;
        let state = &mut *state;
        let (floors, floor, sweeps) = (&mut state.floors, state.floor, &mut state.sweeps);
        // A quarter for each map.
        let slice = slice.div_ceil(4);
        let mut removed = sweeps.sessions.step(&mut state.sessions, slice, |(user, _), session| {
            let user_floor = floors.get(user).map(|floor| floor.floor).unwrap_or_default();
            session.expires.plus(REMEMBERED) <= now || session.created <= floor.max(user_floor)
        });
        removed += sweeps.denied.step(&mut state.denied, slice, |_, denied| denied.until.plus(margin) <= now);
        removed += sweeps.floors.step(floors, slice, |_, floor| floor.until.plus(margin) <= now);
        removed += sweeps.answers.step(&mut state.answers, slice, |_, answer| answer.until <= now);
        let done = matches!(
            sweeps,
            Sweeps { sessions: Sweep::Done, floors: Sweep::Done, denied: Sweep::Done, answers: Sweep::Done }
        );
        if done {
            *sweeps = Sweeps::default();
        }
        Ok(Purged { removed, done })
    }

    async fn close(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.closed = true;
        }
    }
}

impl<K> Default for Sweep<K> {
    fn default() -> Self {
        Self::After(None)
    }
}

impl<K: Ord + Clone> Sweep<K> {
    /// Looks at the next `slice` records and removes those that have ended.
    fn step<V>(&mut self, map: &mut BTreeMap<K, V>, slice: usize, ended: impl Fn(&K, &V) -> bool) -> u64 {
        let Self::After(last) = self else { return 0 };
        let first = last.take().map_or(Unbounded, Excluded);
        let seen: Vec<_> =
            map.range((first, Unbounded)).take(slice).map(|(key, value)| (key.clone(), ended(key, value))).collect();
        *self = match seen.last() {
            Some((key, _)) if seen.len() == slice => Self::After(Some(key.clone())),
            _ => Self::Done,
        };
        seen.iter().filter(|(key, ended)| *ended && map.remove(key).is_some()).count() as u64
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let report = check_all(|| async { CustomStore::new().expect("the system has a random source") }).await?;
    for case in report.passed() {
        println!("passed: {case}");
    }
    println!("{} cases passed, {} do not apply", report.passed().len(), report.skipped().len());
    Ok(())
}
