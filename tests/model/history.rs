//! A random history of any store, every answer compared with the model's.

use std::{future::Future, time::Duration};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, CheckToken, Cursor, DenyToken, EndSession, IssuedTimes, Limit, OpenSession, Opening, OperationId,
        RevokeUser, RevokedEntry, Rotate, SessionKey, SessionKind, SessionMetadata, SessionRecord, SessionStanding,
        Store, StoreTime,
    },
};
use proptest::{prelude::*, sample::Index, test_runner::TestCaseResult};

use crate::{
    ops::{Op, Terms},
    store_model::{Model, millis},
    turned::TurnedClock,
};

fn user_key(user: u8) -> UserKey {
    UserKey::from_octets([user; 16])
}

fn session_id(number: usize) -> SessionId {
    SessionId::from_octets((number as u128).to_le_bytes())
}

fn token_id(token: u8) -> Box<str> {
    format!("token:{token}").into()
}

fn text(octet: u8) -> Box<str> {
    octet.to_string().into()
}

/// A store under test.
pub(crate) trait Subject {
    type Store: Store;

    fn store(&self) -> &Self::Store;

    /// Waits for what a call of the store comes to.
    fn wait<T>(future: impl Future<Output = T>) -> T;

    /// Whether it has no room for one more session.
    fn is_full(&self) -> bool {
        false
    }

    /// How many sessions and how many revocations it holds, those that are over included, if it tells.
    fn records(&self) -> Option<[u64; 2]> {
        None
    }
}

pub(crate) struct History<S> {
    pub(crate) subject: S,
    clock: TurnedClock,
    model: Model,
    epoch: u64,
    incarnation: u64,
    margin: Duration,
    operations: u64,
    opened: usize,
    begun: Vec<(UserKey, StoreTime)>,
    not_opened: Vec<OpenSession>,
    rotations: Vec<Rotate>,
    denials: Vec<DenyToken>,
    endings: Vec<EndSession>,
    revocations: Vec<RevokeUser>,
}

impl<S: Subject> History<S> {
    /// Of a store that was just made, on that clock.
    pub(crate) fn new(subject: S, clock: TurnedClock, margin: Duration) -> Self {
        let epoch = clock.turn(0);
        let begin = Begin { user: user_key(0), limit: None };
        let incarnation = S::wait(subject.store().begin(&begin)).unwrap().incarnation;
        Self {
            subject,
            clock,
            model: Model { now: epoch, ..Model::default() },
            epoch,
            incarnation,
            margin,
            operations: 0,
            opened: 0,
            begun: Vec::new(),
            not_opened: Vec::new(),
            rotations: Vec::new(),
            denials: Vec::new(),
            endings: Vec::new(),
            revocations: Vec::new(),
        }
    }

    fn operation(&mut self) -> OperationId {
        self.operations += 1;
        OperationId::from_u64(self.operations)
    }

    /// Any session ever opened; none if there is none.
    fn session(&self, session: &Index) -> Option<SessionKey> {
        pick(&self.model.sessions, session).map(|session| session.request.key)
    }

    pub(crate) fn step(&mut self, op: &Op) -> TestCaseResult {
        match op {
            Op::Begin { user, limit } => self.begin(user_key(*user), *limit)?,
            Op::Open { user, begin, twin, seed, terms } => {
                let request = self.opening(user_key(*user), begin.as_ref(), twin.as_ref(), *seed, terms);
                self.open(request)?;
            }
            Op::OpenAgain(index) => self.open_again(index)?,
            Op::Load { session } => {
                if let Some(key) = self.session(session) {
                    self.load(key)?;
                }
            }
            Op::Rotate { session, behind, terms } => {
                if let Some(session) = pick(&self.model.sessions, session) {
                    let presented = u32::try_from(i64::from(session.generation) - behind).unwrap_or(0);
                    let (key, operation) = (session.request.key, self.operation());
                    let issued_at = self.model.now as i64 / 1000;
                    self.rotate(Rotate {
                        key,
                        operation,
                        presented,
                        lifetime: terms.lifetime,
                        issued: IssuedTimes { issued_at, expires_at: issued_at + 1 + operation.as_u64() as i64 },
                        grace: terms.grace,
                        on_reuse: terms.on_reuse,
                        data: terms.data.map(|data| data.map(text)),
                    })?;
                }
            }
            Op::RotateAgain(index) => {
                if let Some(rotate) = pick(&self.rotations, index) {
                    self.rotate(rotate.clone())?;
                }
            }
            Op::Deny { token, keep } => {
                let operation = self.operation();
                self.deny(DenyToken { token_id: token_id(*token), operation, keep: *keep })?;
            }
            Op::DenyAgain(index) => {
                if let Some(deny) = pick(&self.denials, index) {
                    self.deny(deny.clone())?;
                }
            }
            Op::End { session } => {
                if let Some(key) = self.session(session) {
                    let operation = self.operation();
                    self.end(EndSession { key, operation })?;
                }
            }
            Op::EndAgain(index) => {
                if let Some(end) = pick(&self.endings, index) {
                    self.end(*end)?;
                }
            }
            Op::RevokeUser { user, keep } => {
                let operation = self.operation();
                self.revoke_user(RevokeUser { user: user_key(*user), operation, keep: *keep })?;
            }
            Op::RevokeUserAgain(index) => {
                if let Some(revoke) = pick(&self.revocations, index) {
                    self.revoke_user(*revoke)?;
                }
            }
            Op::RaiseFloor { ago } => {
                let instant = self.model.now.saturating_add_signed(-ago);
                let floor = S::wait(self.subject.store().raise_floor(StoreTime::from_millis(instant))).unwrap();
                prop_assert_eq!(floor.as_millis(), self.model.raise_floor(instant));
            }
            Op::Purge { slice } => drop(self.purge(*slice)?),
            Op::PurgeAll { slice } => self.purge_all(*slice)?,
            Op::ListRevoked { most } => self.compare_revoked(*most)?,
            Op::Turn(millis) => self.model.now = self.model.now.max(self.clock.turn(*millis)),
        }
        self.compare()
    }

    fn begin(&mut self, user: UserKey, limit: Option<Limit>) -> TestCaseResult {
        let beginning = S::wait(self.subject.store().begin(&Begin { user, limit })).unwrap();
        prop_assert_eq!(beginning.begun.as_millis(), self.model.time_of(user));
        prop_assert_eq!(beginning.full, self.model.full(user, limit));
        prop_assert_eq!(beginning.incarnation, self.incarnation);
        self.begun.push((user, beginning.begun));
        Ok(())
    }

    fn opening(
        &mut self,
        user: UserKey,
        begin: Option<&Index>,
        twin: Option<&Index>,
        seed: Option<u64>,
        terms: &Terms,
    ) -> OpenSession {
        self.opened += 1;
        // The id of another user's session is another session's, of this user.
        let twin = twin.and_then(|twin| self.session(twin)).map(|key| key.session);
        let taken = |id| self.known(SessionKey { user, session: id });
        let session = twin.filter(|id| !taken(*id)).unwrap_or_else(|| session_id(self.opened));
        let earlier: Vec<_> = self.begun.iter().filter(|(of, _)| *of == user).map(|(_, begun)| *begun).collect();
        let begun = begin.and_then(|begin| pick(&earlier, begin)).copied();
        let issued_at = self.model.now as i64 / 1000;
        OpenSession {
            key: SessionKey { user, session },
            kind: seed.map_or(SessionKind::Single, |seed| SessionKind::Pair { seed }),
            begun: begun.unwrap_or(StoreTime::from_millis(self.model.time_of(user))),
            limit: terms.limit,
            lifetime: terms.lifetime,
            absolute: terms.absolute,
            issued: IssuedTimes { issued_at, expires_at: issued_at + self.opened as i64 },
            metadata: terms
                .label
                .map_or_else(SessionMetadata::new, |label| SessionMetadata::new().with_label(&text(label))),
            data: terms.data.map(text),
        }
    }

    fn known(&self, key: SessionKey) -> bool {
        self.model.sessions.iter().any(|session| session.request.key == key)
            || self.not_opened.iter().any(|open| open.key == key)
    }

    fn open(&mut self, request: OpenSession) -> TestCaseResult {
        let is_full = self.subject.is_full();
        let answer = S::wait(self.subject.store().open(&request));
        if is_full {
            prop_assert!(answer.is_err_and(|error| error.is_full()));
            self.not_opened.push(request);
            return Ok(());
        }
        let answer = answer.unwrap();
        prop_assert_eq!(&answer, &self.model.open(&request));
        if !matches!(answer, Opening::Opened { .. }) {
            self.not_opened.push(request);
        }
        Ok(())
    }

    /// One that took effect, or one that did not.
    fn open_again(&mut self, index: &Index) -> TestCaseResult {
        let known = self.model.sessions.len();
        if known + self.not_opened.len() == 0 {
            return Ok(());
        }
        let number = index.index(known + self.not_opened.len());
        if number >= known {
            let request = self.not_opened.remove(number - known);
            return self.open(request);
        }
        let Some(allowed) = self.model.reopen(number) else { return Ok(()) };
        match S::wait(self.subject.store().open(&self.model.sessions[number].request)) {
            Ok(answer) => prop_assert!(allowed.contains(&answer), "{:?} is not one of {:?}", answer, allowed),
            Err(error) => prop_assert!(allowed.len() > 1 && error.is_full(), "{:?}", error),
        }
        Ok(())
    }

    fn load(&self, key: SessionKey) -> TestCaseResult {
        let loaded = S::wait(self.subject.store().load(key)).unwrap();
        let Some(index) = self.model.find(key) else {
            prop_assert!(loaded.is_none());
            return Ok(());
        };
        let (loaded, session) = (loaded.unwrap(), &self.model.sessions[index]);
        prop_assert_eq!(loaded.kind, session.request.kind);
        prop_assert_eq!(loaded.generation, session.generation);
        prop_assert_eq!(&loaded.data, &session.data);
        prop_assert_eq!(loaded.remaining.map(millis), session.last_end.map(|end| end - self.model.now));
        Ok(())
    }

    fn rotate(&mut self, rotate: Rotate) -> TestCaseResult {
        // What is repeated after it was forgotten may be answered either way; see `Model::is_remembered`.
        let operation = rotate.operation.as_u64();
        let forgotten = self.model.reused.get(&operation).is_some_and(|at| !self.model.is_remembered(*at));
        if !forgotten {
            let answer = S::wait(self.subject.store().rotate(&rotate)).unwrap();
            prop_assert!(answer == self.model.rotate(&rotate), "{:?}: {:?}", rotate, answer);
            self.rotations.push(rotate);
        }
        Ok(())
    }

    fn deny(&mut self, deny: DenyToken) -> TestCaseResult {
        prop_assert_eq!(S::wait(self.subject.store().deny(&deny)).unwrap(), self.model.deny(&deny));
        self.denials.push(deny);
        Ok(())
    }

    fn end(&mut self, end: EndSession) -> TestCaseResult {
        let at = self.model.ended.get(&end.operation.as_u64());
        if at.is_none_or(|at| self.model.is_remembered(*at)) {
            prop_assert_eq!(S::wait(self.subject.store().end(&end)).unwrap(), self.model.end(&end));
            self.endings.push(end);
        }
        Ok(())
    }

    fn revoke_user(&mut self, revoke: RevokeUser) -> TestCaseResult {
        let first = self.model.revoked.get(&revoke.operation.as_u64());
        if first.is_none_or(|(at, _)| self.model.is_remembered(*at)) {
            prop_assert_eq!(
                S::wait(self.subject.store().revoke_user(&revoke)).unwrap(),
                self.model.revoke_user(&revoke)
            );
            self.revocations.push(revoke);
        }
        Ok(())
    }

    /// One slice: removes only what is over, and says how much.
    fn purge(&mut self, slice: usize) -> Result<bool, TestCaseError> {
        let before = self.subject.records();
        let purged = S::wait(self.subject.store().purge(slice, self.margin)).unwrap();
        if let (Some(before), Some(after)) = (before, self.subject.records()) {
            prop_assert_eq!(before[0] + before[1], after[0] + after[1] + purged.removed);
        }
        prop_assert!(purged.removed <= slice as u64);
        let listed = self.listed(1000)?;
        for entry in self.model.revoked().into_iter().filter(|entry| !listed.contains(entry)) {
            match entry {
                RevokedEntry::Token { token_id, until } => {
                    prop_assert!(until.plus(self.margin).as_millis() <= self.model.now, "{} went early", token_id);
                    self.model.denied.remove(&token_id);
                }
                RevokedEntry::User { user, until, .. } => {
                    prop_assert!(until.plus(self.margin).as_millis() <= self.model.now, "{} went early", user);
                    self.model.users.remove(&user);
                }
                _ => {}
            }
        }
        Ok(purged.done)
    }

    /// Nothing that is over outlasts a whole pass.
    fn purge_all(&mut self, slice: usize) -> TestCaseResult {
        // The first may only end a pass that began long ago.
        for _ in 0..2 {
            while !self.purge(slice)? {}
        }
        prop_assert_eq!(S::wait(self.subject.store().purge(usize::MAX, self.margin)).unwrap().removed, 0);
        if let Some([sessions, _]) = self.subject.records() {
            let live: usize = (0..3).map(|user| self.model.live(user_key(user)).len()).sum();
            prop_assert_eq!(sessions, live as u64);
        }
        let over = |until: &u64| until + millis(self.margin) <= self.model.now;
        prop_assert!(!self.model.denied.values().any(|denied| over(&denied.until)));
        prop_assert!(!self.model.users.values().any(|(_, until)| over(until)));
        Ok(())
    }

    /// All pages.
    fn listed(&self, most: usize) -> Result<Vec<RevokedEntry>, TestCaseError> {
        let mut entries = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let page = S::wait(self.subject.store().list_revoked(cursor.as_ref(), most)).unwrap();
            prop_assert!(page.entries.len() <= most);
            prop_assert!(page.next.is_none() || !page.entries.is_empty(), "a page that says nothing");
            entries.extend(page.entries);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(entries);
            }
        }
    }

    pub(crate) fn compare_revoked(&self, most: usize) -> TestCaseResult {
        let (mut listed, mut expected) = (self.listed(most)?, self.model.revoked());
        for entries in [&mut listed, &mut expected] {
            entries.sort_by_key(|entry| format!("{entry:?}"));
        }
        prop_assert_eq!(listed, expected);
        Ok(())
    }

    /// Everything that can be asked.
    pub(crate) fn compare(&self) -> TestCaseResult {
        let model = &self.model;
        for user in (0..3).map(user_key) {
            let live = model.live(user);
            prop_assert_eq!(S::wait(self.subject.store().count(user)).unwrap(), live.len() as u64);
            let expected: Vec<_> = live.iter().map(|session| self.record(*session)).collect();
            prop_assert_eq!(S::wait(self.subject.store().list(user)).unwrap(), expected);
        }
        for session in &model.sessions {
            let standing = S::wait(self.subject.store().check(CheckToken::Tracked(session.request.key))).unwrap();
            let expected = model.is_live(session).then(|| SessionStanding {
                generation: session.generation,
                pair: matches!(session.request.kind, SessionKind::Pair { .. }),
                remaining: session.last_end.map(|end| Duration::from_millis(end - model.now)),
            });
            prop_assert_eq!(standing.session, expected);
        }
        for (user, token) in (0..3).map(user_key).zip(0..) {
            let token_id = token_id(token);
            let denied = model.denied.contains_key(&token_id);
            let standing =
                S::wait(self.subject.store().check(CheckToken::Untracked { user, token_id: &token_id })).unwrap();
            prop_assert_eq!(standing.session, None);
            prop_assert_eq!(standing.denied, denied);
            prop_assert_eq!(standing.user_floor.as_millis(), model.user_floor(user));
            prop_assert_eq!(standing.floor.as_millis(), model.floor);
            prop_assert_eq!((standing.epoch.as_millis(), standing.incarnation), (self.epoch, self.incarnation));
            prop_assert_eq!(S::wait(self.subject.store().is_denied(&token_id)).unwrap(), denied);
        }
        Ok(())
    }

    fn record(&self, session: usize) -> SessionRecord {
        let session = &self.model.sessions[session];
        SessionRecord {
            id: session.request.key.session,
            pair: matches!(session.request.kind, SessionKind::Pair { .. }),
            created: StoreTime::from_millis(session.created),
            expires: StoreTime::from_millis(session.expires),
            rotated: StoreTime::from_millis(session.rotated),
            generation: session.generation,
            issued: session.issued,
            metadata: session.request.metadata.clone(),
        }
    }
}

fn pick<'a, T>(of: &'a [T], index: &Index) -> Option<&'a T> {
    (!of.is_empty()).then(|| index.get(of))
}
