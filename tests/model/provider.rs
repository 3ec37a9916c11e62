//! Random histories of a provider on a memory store: after each step every token that was ever handed out is tried.

use std::{fmt::Debug, num::NonZeroU32, time::Duration};

use jwtward::{
    AccessToken, Algorithm, AuthError, ClaimError, IssueError, ProviderConfig, RefreshError, RefreshToken, RevokeError,
    Revoked, SigningKey, TokenProvider, VerifyError,
    store::{Limit, MemoryStore, WhenFull},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
    test_runner::TestCaseResult,
};
use serde::{Deserialize, Serialize};

use crate::{
    provider_model::{Access, Model, Refresh, Session, Terms, Verdict},
    support::now,
    turned::{TurnedClock, cases},
};

const SUBJECTS: [&str; 2] = ["alice", "bob"];

#[derive(Clone, Debug)]
enum Op {
    Issue {
        user: usize,
        data: u8,
    },
    IssuePair {
        user: usize,
        data: u8,
    },
    Refresh(Which),
    RefreshPair {
        token: Which,
        data: Option<u8>,
    },
    Revoke(Which),
    RevokeById(Which),
    RevokeRefreshToken(Which),
    /// Of its user, or asked for by the other.
    EndSession {
        session: Index,
        own: bool,
    },
    RevokeAll(usize),
    CleanUp,
    Turn(i64),
    /// To a whole second: with steps of seconds from there, bounds are met exactly.
    TurnToSecond,
}

/// Any of what was handed out, or one of the newest few.
#[derive(Clone, Debug)]
struct Which {
    index: Index,
    newest: bool,
}

impl Which {
    fn of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        let from = if self.newest { all.len().saturating_sub(3) } else { 0 };
        (!all.is_empty()).then(|| self.index.get(&all[from..]))
    }
}

fn which() -> impl Strategy<Value = Which> {
    (any::<Index>(), any::<bool>()).prop_map(|(index, newest)| Which { index, newest })
}

fn op() -> impl Strategy<Value = Op> {
    let user = || 0_usize..2;
    prop_oneof![
        5 => (user(), any::<u8>()).prop_map(|(user, data)| Op::Issue { user, data }),
        5 => (user(), any::<u8>()).prop_map(|(user, data)| Op::IssuePair { user, data }),
        6 => which().prop_map(Op::Refresh),
        8 => (which(), option::weighted(0.3, any::<u8>()))
            .prop_map(|(token, data)| Op::RefreshPair { token, data }),
        2 => which().prop_map(Op::Revoke),
        2 => which().prop_map(Op::RevokeById),
        1 => which().prop_map(Op::RevokeRefreshToken),
        2 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(session, own)| Op::EndSession { session, own }),
        1 => user().prop_map(Op::RevokeAll),
        1 => Just(Op::CleanUp),
        6 => prop_oneof![
            0_i64..1500,
            -3000_i64..40_000,
            0_i64..150_000,
            select(vec![1000, 5000, 10_000, 20_000, 90_000])
        ]
        .prop_map(Op::Turn),
        2 => Just(Op::TurnToSecond),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let limit = (1_u32..4, select(vec![WhenFull::Reject, WhenFull::EvictOldest]))
        .prop_map(|(max, when_full)| Limit { max: NonZeroU32::new(max).unwrap(), when_full });
    let absolute = option::of(select(vec![45, 300]));
    (
        any::<bool>(),
        option::of(limit),
        select(vec![20, 100]),
        select(vec![1, 30]),
        absolute,
        select(vec![0, 10]),
        0_u64..2,
    )
        .prop_map(|(tracking, limit, expiration, access, absolute, grace, leeway)| Terms {
            tracking,
            limit: limit.filter(|_| tracking),
            expiration,
            access,
            idle: 90,
            absolute,
            grace,
            leeway: leeway * 3,
        })
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Data {
    n: u8,
}

/// A refresh token that was handed out: session and generation.
struct Known {
    session: usize,
    generation: u32,
    token: RefreshToken,
}

struct History {
    provider: TokenProvider,
    clock: TurnedClock,
    model: Model,
    access: Vec<Access>,
    refresh: Vec<Known>,
    /// Reads the provider's clock whenever it is tried.
    probe: AccessToken,
}

impl History {
    fn new(terms: Terms) -> Self {
        let seconds = Duration::from_secs;
        let mut config = ProviderConfig::new(SigningKey::generate(Algorithm::HS256).unwrap())
            .expiration(seconds(terms.expiration))
            .access_expiration(seconds(terms.access))
            .refresh_idle(seconds(terms.idle))
            .refresh_grace(seconds(terms.grace))
            .leeway(seconds(terms.leeway));
        if terms.tracking {
            config = config.track_sessions();
        }
        if let Some(limit) = terms.limit {
            config = config.limit(limit);
        }
        if let Some(absolute) = terms.absolute {
            config = config.session_absolute(seconds(absolute));
        }
        let clock = TurnedClock::new();
        let provider = TokenProvider::builder(config)
            .store(MemoryStore::builder().clock(clock.clone()).build())
            .clock(clock.clone())
            .clock_step_margin(Duration::ZERO)
            .build()
            .unwrap();
        let probe = now(provider.issue("probe", &())).unwrap();
        let model = Model {
            terms,
            now: clock.turn(0),
            sessions: Vec::new(),
            denied: Default::default(),
            floors: Default::default(),
        };
        Self { provider, clock, model, access: Vec::new(), refresh: Vec::new(), probe }
    }

    fn step(&mut self, op: &Op) -> TestCaseResult {
        match op {
            Op::Issue { user, data } => self.issue(*user, *data)?,
            Op::IssuePair { user, data } => self.issue_pair(*user, *data)?,
            Op::Refresh(token) => {
                if let Some(token) = token.of(&self.access).cloned() {
                    self.refresh(&token)?;
                }
            }
            Op::RefreshPair { token, data } => self.refresh_pair(token, *data)?,
            Op::Revoke(token) => {
                if let Some(token) = token.of(&self.access).cloned() {
                    let answer = now(self.provider.revoke(&token.text));
                    match self.model.verdict(&token) {
                        Verdict::Good => prop_assert!(answer.is_ok(), "{:?}", answer),
                        Verdict::Expired => {
                            let expired = matches!(&answer, Err(RevokeError::Auth(error)) if is_expired(error));
                            prop_assert!(expired, "{:?}", answer);
                        }
                        _ => prop_assert!(matches!(answer, Err(RevokeError::AlreadyRevoked))),
                    }
                    if answer.is_ok() {
                        self.revoked(&token);
                    }
                }
            }
            Op::RevokeById(token) => {
                if let Some(token) = token.of(&self.access).cloned() {
                    let first = match token.session {
                        Some(_) => self.model.standing(&token) == Verdict::Good,
                        // Nothing but the id is known.
                        None => !self.model.denied.contains_key(&token.id),
                    };
                    let answer = now(self.provider.revoke_by_id(&token.id));
                    match first {
                        true => prop_assert!(answer.is_ok(), "{:?}", answer),
                        false => prop_assert!(matches!(answer, Err(RevokeError::AlreadyRevoked))),
                    }
                    if first || token.session.is_none() {
                        self.revoked(&token);
                    }
                }
            }
            Op::RevokeRefreshToken(token) => {
                if let Some(known) = token.of(&self.refresh) {
                    let answer = now(self.provider.revoke_refresh_token(&known.token));
                    match self.model.is_live(known.session) {
                        true => prop_assert!(answer.is_ok(), "{:?}", answer),
                        false => prop_assert!(matches!(answer, Err(RevokeError::AlreadyRevoked))),
                    }
                    self.model.sessions[known.session].ended = true;
                }
            }
            Op::EndSession { session, own } => {
                if !self.model.sessions.is_empty() {
                    let index = session.index(self.model.sessions.len());
                    let session = &self.model.sessions[index];
                    let user = if *own { session.user } else { 1 - session.user };
                    let ended = now(self.provider.end_session(SUBJECTS[user], session.id)).unwrap();
                    prop_assert_eq!(ended, *own && self.model.is_live(index));
                    self.model.sessions[index].ended |= own;
                }
            }
            Op::RevokeAll(user) => {
                let ended = now(self.provider.revoke_all(SUBJECTS[*user])).unwrap();
                prop_assert_eq!(ended, self.model.revoke_all(*user));
            }
            Op::CleanUp => {
                now(self.provider.clean_up()).unwrap();
                self.model.clean_up();
            }
            Op::Turn(millis) => self.turn(*millis),
            Op::TurnToSecond => self.turn((1000 - self.clock.turn(0) % 1000).cast_signed()),
        }
        self.compare()
    }

    fn turn(&mut self, millis: i64) {
        self.model.now = self.model.now.max(self.clock.turn(millis));
        let _ = now(self.provider.authenticate::<()>(self.probe.expose()));
    }

    fn revoked(&mut self, token: &Access) {
        match token.session {
            Some((session, _)) => self.model.sessions[session].ended = true,
            None => {
                let until = self.model.now + self.model.terms.keep();
                let entry = self.model.denied.entry(token.id.clone()).or_default();
                *entry = until.max(*entry);
            }
        }
    }

    /// Notes a token with the times that it must have.
    fn hand_out(
        &mut self,
        token: &AccessToken,
        user: usize,
        session: Option<(usize, u32)>,
        (issued_at, expires_at): (u64, u64),
        data: u8,
    ) -> TestCaseResult {
        prop_assert_eq!(token.expires_at().as_secs(), expires_at as i64);
        prop_assert_eq!(token.session_id(), session.map(|(session, _)| self.model.sessions[session].id));
        let (text, id) = (token.expose().to_owned(), token.id().to_owned());
        prop_assert!(self.access.iter().all(|other| other.id != id), "an id twice");
        self.access.push(Access { user, session, text, id, issued_at, expires_at, data });
        Ok(())
    }

    fn issue(&mut self, user: usize, data: u8) -> TestCaseResult {
        let answer = now(self.provider.issue(SUBJECTS[user], &Data { n: data }));
        if !self.model.terms.tracking {
            return self.hand_out(&answer.unwrap(), user, None, self.model.untracked_times(), data);
        }
        if let Some(full) = self.model.full(user) {
            return is_full(answer, full);
        }
        let token = answer.unwrap();
        let times = self.model.open(user, false, data).unwrap();
        self.opened(&token, user, times, data)
    }

    fn opened(&mut self, token: &AccessToken, user: usize, times: (u64, u64), data: u8) -> TestCaseResult {
        let session = self.model.sessions.len() - 1;
        self.model.sessions[session].id = token.session_id().unwrap();
        self.hand_out(token, user, Some((session, 0)), times, data)
    }

    fn issue_pair(&mut self, user: usize, data: u8) -> TestCaseResult {
        let answer = now(self.provider.issue_pair(SUBJECTS[user], &Data { n: data }));
        if let Some(full) = self.model.full(user) {
            return is_full(answer, full);
        }
        let pair = answer.unwrap();
        let times = self.model.open(user, true, data).unwrap();
        let session = self.model.sessions.len() - 1;
        self.refresh.push(Known { session, generation: 0, token: pair.refresh });
        self.opened(&pair.access, user, times, data)
    }

    fn refresh(&mut self, token: &Access) -> TestCaseResult {
        let answer = now(self.provider.refresh(&token.text));
        let pair = |session: usize| self.model.is_live(session) && self.model.sessions[session].pair;
        match self.model.verdict(token) {
            Verdict::Expired => {
                let expired = matches!(&answer, Err(RefreshError::Auth(error)) if is_expired(error));
                prop_assert!(expired, "{:?}", answer);
            }
            _ if token.session.is_some_and(|(session, _)| pair(session)) => {
                prop_assert!(matches!(answer, Err(RefreshError::WrongCredential)));
            }
            Verdict::Good => match token.session {
                None => {
                    self.revoked(token);
                    let times = self.model.untracked_times();
                    self.hand_out(&answer.unwrap(), token.user, None, times, token.data)?;
                }
                Some((session, generation)) => match self.model.refresh(session, generation) {
                    Refresh::Rotated { issued_at, expires_at } => {
                        let (next, times) = ((session, generation + 1), (issued_at, expires_at));
                        self.hand_out(&answer.unwrap(), token.user, Some(next), times, token.data)?;
                    }
                    other => {
                        prop_assert_eq!(other, Refresh::Ended);
                        prop_assert!(matches!(answer, Err(RefreshError::SessionEnded)), "{:?}", answer);
                    }
                },
            },
            bad => prop_assert!(
                matches!(answer, Err(RefreshError::Revoked(reason)) if reason == reason_of(bad)),
                "{:?}, {:?}",
                bad,
                answer
            ),
        }
        Ok(())
    }

    fn refresh_pair(&mut self, token: &Which, data: Option<u8>) -> TestCaseResult {
        let Some(Known { session, generation, token }) = token.of(&self.refresh) else { return Ok(()) };
        let (session, generation) = (*session, *generation);
        let answer = match data {
            Some(n) => now(self.provider.refresh_pair_with(token, &Data { n })),
            None => now(self.provider.refresh_pair(token)),
        };
        match self.model.refresh(session, generation) {
            Refresh::Rotated { issued_at, expires_at } => {
                let pair = answer.unwrap();
                let Session { user, data: granted, .. } = &mut self.model.sessions[session];
                *granted = data.unwrap_or(*granted);
                let (user, granted, next) = (*user, *granted, (session, generation + 1));
                self.refresh.push(Known { session, generation: generation + 1, token: pair.refresh });
                self.hand_out(&pair.access, user, Some(next), (issued_at, expires_at), granted)?;
            }
            Refresh::Repeated => {
                let pair = answer.unwrap();
                let next = (session, generation + 1);
                let access = self.access.iter().find(|access| access.session == Some(next)).unwrap();
                let refresh = self.refresh.iter().find(|known| (known.session, known.generation) == next).unwrap();
                // HS256 signs the same alike, so all of it is the same.
                prop_assert_eq!(pair.access.expose(), &access.text);
                prop_assert_eq!(pair.refresh.expose(), refresh.token.expose());
            }
            Refresh::Ended => prop_assert!(matches!(answer, Err(RefreshError::SessionEnded)), "{:?}", answer),
            Refresh::Reused => prop_assert!(matches!(answer, Err(RefreshError::Reused)), "{:?}", answer),
        }
        Ok(())
    }

    /// Every token, every list.
    fn compare(&self) -> TestCaseResult {
        for token in &self.access {
            let answer = now(self.provider.authenticate::<Data>(&token.text));
            match self.model.verdict(token) {
                Verdict::Good => {
                    let jwt = answer.map_err(|error| TestCaseError::fail(format!("{token:?}: {error}")))?;
                    prop_assert_eq!(jwt.subject(), Some(SUBJECTS[token.user]));
                    prop_assert_eq!(jwt.custom().n, token.data);
                }
                Verdict::Expired => {
                    prop_assert!(answer.is_err_and(|error| is_expired(&error)), "{:?}", token);
                }
                bad => prop_assert!(
                    matches!(answer, Err(AuthError::Revoked(reason)) if reason == reason_of(bad)),
                    "{:?}, {:?}",
                    token,
                    bad
                ),
            }
            let revoked = match token.session {
                Some(_) => self.model.standing(token) != Verdict::Good,
                None => self.model.denied.contains_key(&token.id),
            };
            prop_assert_eq!(now(self.provider.is_token_revoked(&token.id)).unwrap(), revoked, "{:?}", token);
        }
        for (user, subject) in SUBJECTS.iter().enumerate() {
            let live = self.model.live(user);
            prop_assert_eq!(now(self.provider.session_count(subject)).unwrap(), live.len() as u64);
            let sessions = now(self.provider.sessions(subject)).unwrap();
            prop_assert_eq!(sessions.len(), live.len());
            for (session, index) in sessions.iter().zip(live) {
                let model = &self.model.sessions[index];
                let current =
                    self.access.iter().find(|access| access.session == Some((index, model.generation))).unwrap();
                prop_assert_eq!(session.id, model.id);
                prop_assert_eq!(&*session.token_id, &current.id);
                prop_assert_eq!((session.pair, session.rotation_count), (model.pair, model.generation));
                let times = [session.created, session.refreshed, session.expires].map(|time| time.as_millis());
                prop_assert_eq!(times, [model.created, model.refreshed, model.expires]);
            }
        }
        Ok(())
    }
}

fn is_expired(error: &AuthError) -> bool {
    matches!(error, AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. })))
}

fn is_full<T: Debug>(answer: Result<T, IssueError>, full: (u64, u64)) -> TestCaseResult {
    let told = match &answer {
        Err(IssueError::TooManySessions { active, limit }) => Some((*active, *limit)),
        _ => None,
    };
    prop_assert_eq!(told, Some(full), "{:?}", answer);
    Ok(())
}

fn reason_of(verdict: Verdict) -> Revoked {
    match verdict {
        Verdict::Ended => Revoked::Session,
        Verdict::Superseded => Revoked::Superseded,
        Verdict::Denied => Revoked::Token,
        Verdict::UserRevoked => Revoked::User,
        Verdict::Good | Verdict::Expired => panic!("not revoked"),
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_provider_takes_the_tokens_that_the_model_takes(terms in terms(), ops in vec(op(), 1..60)) {
        let mut history = History::new(terms);
        for op in &ops {
            history.step(op)?;
        }
    }
}
