//! Issuing: check the data, ask whether there is room, sign, then open the session in one step.

use std::time::Duration;

use serde::Serialize;

use super::{
    data,
    error::IssueError,
    event::{Event, EventKind},
    refresh_token::RefreshKeys,
    token_id::{TrackedId, untracked_id},
    token_provider::TokenProvider,
    tokens::{AccessToken, TokenPair},
};
use crate::{
    id::{SessionId, UserKey},
    jwt::{Outgoing, SignError},
    secret::SecretString,
    store::{
        Begin, Beginning, ErasedStore, IssuedTimes, OpenSession, Opening, SessionKey, SessionKind, SessionMetadata,
        StoreError,
    },
    time::NumericDate,
};

impl TokenProvider {
    /// Issues a token about `subject` with `data`, a map or struct, `()` or null for none. With tracking it opens a session.
    ///
    /// The claims: `iss`, `sub`, `aud` (an array of one), `exp`, `nbf`, `iat` in whole seconds, `jti`, with tracking `sid`, and
    /// `data` unless it is empty.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue<D: Serialize + ?Sized>(&self, subject: &str, data: &D) -> Result<AccessToken, IssueError> {
        self.issue_with(subject, data, SessionMetadata::new()).await
    }

    /// The same, recording where the session was opened. Without tracking there is no session to record it in.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue_with<D: Serialize + ?Sized>(
        &self,
        subject: &str,
        data: &D,
        metadata: SessionMetadata,
    ) -> Result<AccessToken, IssueError> {
        let data = self.data_of(subject, data)?;
        if self.0.settings.tracking {
            return self.open(subject, data, metadata, SessionKind::Single).await;
        }
        let user = self.user_key(subject);
        let incarnation = match self.store() {
            Some(store) => {
                self.ask(store.begin(&Begin { user, limit: None })).await.map_err(IssueError::Store)?.incarnation
            }
            None => {
                self.check_open().map_err(IssueError::Store)?;
                random_u64()?
            }
        };
        let token = self.sign_untracked(subject, data.as_deref(), incarnation)?;
        self.tell(&Event::new(EventKind::Issued).of(user).subject(subject).token(token.id()));
        Ok(token)
    }

    /// Opens a session with an access token and a refresh token. The session keeps `subject` and `data`: each refreshed access
    /// token grants the same.
    ///
    /// A pair is a session whether or not [`issue`](Self::issue) tracks.
    ///
    /// # Errors
    /// [`IssueError`]; [`IssueError::TooLarge`] also when `data` is larger than a session keeps.
    pub async fn issue_pair<D: Serialize + ?Sized>(&self, subject: &str, data: &D) -> Result<TokenPair, IssueError> {
        self.issue_pair_with(subject, data, SessionMetadata::new()).await
    }

    /// The same, recording where the session was opened.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue_pair_with<D: Serialize + ?Sized>(
        &self,
        subject: &str,
        data: &D,
        metadata: SessionMetadata,
    ) -> Result<TokenPair, IssueError> {
        let data = self.data_of(subject, data)?;
        self.check_kept(data.as_deref())?;
        let keys = self.refresh_keys()?;
        let seed = random_u64()?;
        let access = self.open(subject, data, metadata, SessionKind::Pair { seed }).await?;
        // The id that was just signed.
        let id = TrackedId::from_text(access.id()).ok_or(IssueError::StoreRequired)?;
        Ok(TokenPair { access, refresh: keys.token(id, seed) })
    }

    pub(super) fn refresh_keys(&self) -> Result<&RefreshKeys, IssueError> {
        let store = self.store().ok_or(IssueError::StoreRequired)?;
        if !store.capabilities().sessions {
            return Err(IssueError::Store(StoreError::unsupported()));
        }
        self.0.refresh_keys.as_ref().ok_or(IssueError::RefreshKeyRequired)
    }

    fn data_of<D: Serialize + ?Sized>(&self, subject: &str, data: &D) -> Result<Option<Box<str>>, IssueError> {
        // A token without a subject is nobody's, whose sessions could not be ended.
        if subject.is_empty() {
            return Err(IssueError::EmptySubject);
        }
        data::to_json(data).map_err(IssueError::Data)
    }

    /// What the session of a pair keeps is limited.
    pub(super) fn check_kept(&self, data: Option<&str>) -> Result<(), IssueError> {
        let (size, limit) = (data.map_or(0, str::len), self.0.settings.max_data_size);
        if size > limit { Err(IssueError::TooLarge { size, limit }) } else { Ok(()) }
    }

    /// Opens a session and gives its first access token. Whatever fails before the store's step has changed nothing.
    async fn open(
        &self,
        subject: &str,
        data: Option<Box<str>>,
        metadata: SessionMetadata,
        kind: SessionKind,
    ) -> Result<AccessToken, IssueError> {
        let store = self.store().ok_or(IssueError::StoreRequired)?;
        let user = self.user_key(subject);
        let beginning = self.begin(store, user, subject).await?;

        let key = SessionKey { user, session: SessionId::from_octets(random()?) };
        let timing = &self.0.settings.timing;
        let now = self.now();
        let (access, lifetime, absolute) = match kind {
            SessionKind::Single => (timing.expiration, timing.expiration, timing.single_absolute),
            SessionKind::Pair { .. } => (timing.access, timing.idle, Some(timing.pair_absolute)),
        };
        let issued = access_times(now, access, absolute.map_or(lifetime, |absolute| absolute.min(lifetime)))
            .ok_or(IssueError::Lifetime)?;
        let token = self.sign_tracked(subject, data.as_deref(), TrackedId { key, generation: 0 }, issued)?;

        let request = OpenSession {
            key,
            kind,
            begun: beginning.begun,
            limit: self.0.settings.limit,
            lifetime: self.session_lifetime(kind, now, issued),
            absolute,
            issued,
            metadata,
            data: matches!(kind, SessionKind::Pair { .. }).then(|| data::grant(subject, data.as_deref()).into()),
        };
        match self.change(|| store.open(&request)).await.map_err(IssueError::Store)? {
            Opening::Opened { evicted, .. } => {
                let event = |kind| Event::new(kind).of(user).subject(subject);
                for session in evicted {
                    self.tell(&event(EventKind::SessionEvicted).session(session));
                }
                self.tell(&event(EventKind::SessionOpened).session(key.session).token(token.id()));
                Ok(token)
            }
            Opening::Full { active } => Err(self.too_many(user, subject, active)),
            Opening::Revoked => Err(IssueError::RevokedMeanwhile),
        }
    }

    /// Asks the store for its time, and whether there is room, so that no token is signed in vain.
    async fn begin(&self, store: &dyn ErasedStore, user: UserKey, subject: &str) -> Result<Beginning, IssueError> {
        let begin = Begin { user, limit: self.0.settings.limit };
        let beginning = self.ask(store.begin(&begin)).await.map_err(IssueError::Store)?;
        match beginning.full {
            Some(active) => Err(self.too_many(user, subject, active)),
            None => Ok(beginning),
        }
    }

    fn too_many(&self, user: UserKey, subject: &str, active: u64) -> IssueError {
        let limit = self.0.settings.limit.map_or(0, |limit| limit.max.get().into());
        self.tell(&Event::new(EventKind::LimitReached { active, limit }).of(user).subject(subject));
        IssueError::TooManySessions { active, limit }
    }

    /// How long a session lives without a refresh: a single one as long as its token is accepted, to the millisecond.
    pub(super) fn session_lifetime(&self, kind: SessionKind, now: NumericDate, issued: IssuedTimes) -> Duration {
        let timing = &self.0.settings.timing;
        match kind {
            SessionKind::Single => {
                let end = NumericDate::from_secs(issued.expires_at).plus(timing.leeway).as_millis();
                Duration::from_millis(u64::try_from(end.saturating_sub(now.as_millis())).unwrap_or(0))
            }
            SessionKind::Pair { .. } => timing.idle,
        }
    }

    /// Signs the access token of a session's generation.
    pub(super) fn sign_tracked(
        &self,
        subject: &str,
        data: Option<&str>,
        id: TrackedId,
        issued: IssuedTimes,
    ) -> Result<AccessToken, IssueError> {
        self.sign(subject, data, id.text(), Some(id.key.session), issued)
    }

    /// Signs a token that belongs to no session.
    pub(super) fn sign_untracked(
        &self,
        subject: &str,
        data: Option<&str>,
        incarnation: u64,
    ) -> Result<AccessToken, IssueError> {
        let lifetime = self.0.settings.timing.expiration;
        let issued = access_times(self.now(), lifetime, lifetime).ok_or(IssueError::Lifetime)?;
        self.sign(subject, data, untracked_id(incarnation, random()?), None, issued)
    }

    fn sign(
        &self,
        subject: &str,
        data: Option<&str>,
        id: String,
        session: Option<SessionId>,
        issued: IssuedTimes,
    ) -> Result<AccessToken, IssueError> {
        let [issued_at, expires_at] = [issued.issued_at, issued.expires_at].map(NumericDate::from_secs);
        let claims = Outgoing {
            issuer: Some(&self.0.settings.issuer),
            subject: Some(subject),
            audience: [&*self.0.settings.audience].into(),
            expires_at: Some(expires_at),
            not_before: Some(issued_at),
            issued_at: Some(issued_at),
            token_id: Some(&id),
        };
        let token =
            self.keys().signer.sign_text(&claims, &data::members(session, data)).map_err(|error| match error {
                SignError::TooLarge { size, limit } => IssueError::TooLarge { size, limit },
                error => IssueError::Sign(error),
            })?;
        Ok(AccessToken { token: SecretString::new(token), id: id.into(), session, expires_at })
    }
}

/// `iat` and `exp` of a token that lives for `lifetime` but not past what its session has left; `None` if that is no whole
/// second.
pub(super) fn access_times(now: NumericDate, lifetime: Duration, left: Duration) -> Option<IssuedTimes> {
    let issued_at = now.as_secs();
    let lifetime = i64::try_from(lifetime.as_secs()).ok()?;
    let expires_at = issued_at.checked_add(lifetime)?.min(now.plus(left).as_secs());
    (expires_at > issued_at).then_some(IssuedTimes { issued_at, expires_at })
}

fn random() -> Result<[u8; 16], IssueError> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets).map_err(|_| IssueError::Sign(SignError::Random))?;
    Ok(octets)
}

fn random_u64() -> Result<u64, IssueError> {
    getrandom::u64().map_err(|_| IssueError::Sign(SignError::Random))
}
