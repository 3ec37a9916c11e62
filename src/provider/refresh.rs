//! Refreshing: sign first, then the one step that decides who wins.

use serde::{Serialize, de::IgnoredAny};

use super::{
    authenticate::Known,
    data,
    error::{AuthError, IssueError, RefreshError, Revoked},
    event::{self, Event, EventKind},
    issue::access_times,
    token_id::TrackedId,
    token_provider::{TokenProvider, operation},
    tokens::{AccessToken, RefreshToken, TokenPair},
};
use crate::{
    jwt::ValidatedJwt,
    store::{Denial, DenyToken, IssuedTimes, LoadedSession, OnReuse, Rotate, Rotation, SessionKind, Standing},
};

impl TokenProvider {
    /// Replaces the access token of a single session, or one that is not tracked, by a new one with the same data and a new
    /// lifetime. The old one is refused from then on, and the session keeps its place, at the limit too.
    ///
    /// The token must pass every check of [`authenticate`](Self::authenticate). Of any number of parallel calls with one token
    /// exactly one succeeds; the others get [`RefreshError::Revoked`] and the session lives on. There is no grace: a client
    /// whose reply was lost logs in again.
    ///
    /// # Errors
    /// [`RefreshError`]; [`RefreshError::WrongCredential`] for an access token of a pair.
    pub async fn refresh(&self, token: &str) -> Result<AccessToken, RefreshError> {
        let result = self.refresh_single(token).await;
        if let Err(error) = &result {
            event::trace_refusal("refresh", error);
        }
        result
    }

    async fn refresh_single(&self, token: &str) -> Result<AccessToken, RefreshError> {
        if self.store().is_none() {
            return Err(RefreshError::StoreRequired);
        }
        let jwt = self.validate_only(token)?;
        let Some(known) = self.known(&jwt)? else { return Err(RefreshError::StoreRequired) };
        let standing = self.standing(&known).await?;
        if standing.session.is_some_and(|session| session.pair) {
            return Err(RefreshError::WrongCredential);
        }
        let refreshed = match self.judge(&known, &standing) {
            Ok(()) => match known {
                Known::Tracked(id) => self.rotate_single(&jwt, id, &standing).await,
                // Past tracking and the limit, for ever: whoever has such a token logs in again.
                Known::Untracked { .. } if self.0.settings.tracking => Err(AuthError::Untracked.into()),
                Known::Untracked { token_id, .. } => self.replace(&jwt, token_id, &standing).await,
            },
            Err(reason) => Err(RefreshError::Revoked(reason)),
        };
        let event = |kind| Event::new(kind).of(known.user()).session(jwt.session_id());
        let event = |kind| jwt.subject().into_iter().fold(event(kind), Event::subject);
        match &refreshed {
            Ok(token) => self.tell(&event(EventKind::Refreshed).token(token.id())),
            Err(RefreshError::Revoked(_) | RefreshError::SessionEnded) => {
                let refused = event(EventKind::RefreshRefused);
                self.tell(&jwt.token_id().into_iter().fold(refused, Event::token));
            }
            Err(_) => {}
        }
        refreshed
    }

    async fn rotate_single(
        &self,
        jwt: &ValidatedJwt<IgnoredAny>,
        id: TrackedId,
        standing: &Standing,
    ) -> Result<AccessToken, RefreshError> {
        let store = self.store().ok_or(RefreshError::StoreRequired)?;
        let (now, lifetime) = (self.now(), self.0.settings.timing.expiration);
        let left = standing.session.and_then(|session| session.remaining).unwrap_or(lifetime);
        let issued = access_times(now, lifetime, left).ok_or(RefreshError::SessionEnded)?;
        let generation = id.generation.checked_add(1).ok_or(RefreshError::SessionEnded)?;
        let next = TrackedId { generation, ..id };
        let subject = jwt.subject().unwrap_or_default();
        let token = self.sign_tracked(subject, data::raw_data(jwt.payload()), next, issued)?;
        let rotate = Rotate {
            key: id.key,
            operation: operation()?,
            presented: id.generation,
            lifetime: self.session_lifetime(SessionKind::Single, now, issued),
            issued,
            grace: std::time::Duration::ZERO,
            on_reuse: OnReuse::Refuse,
            data: None,
        };
        match self.change(|| store.rotate(&rotate)).await? {
            Rotation::Rotated { .. } => Ok(token),
            Rotation::Gone => Err(RefreshError::Revoked(Revoked::Session)),
            _ => Err(RefreshError::Revoked(Revoked::Superseded)),
        }
    }

    /// Without a session: the new token is signed, then denying the old one decides.
    async fn replace(
        &self,
        jwt: &ValidatedJwt<IgnoredAny>,
        token_id: &str,
        standing: &Standing,
    ) -> Result<AccessToken, RefreshError> {
        let store = self.store().ok_or(RefreshError::StoreRequired)?;
        let subject = jwt.subject().unwrap_or_default();
        let token = self.sign_untracked(subject, data::raw_data(jwt.payload()), standing.incarnation)?;
        let deny = DenyToken { token_id: token_id.into(), operation: operation()?, keep: self.0.settings.keep() };
        match self.change(|| store.deny(&deny)).await? {
            Denial::First => Ok(token),
            Denial::Already => Err(RefreshError::Revoked(Revoked::Token)),
        }
    }

    /// Uses up a refresh token and gives the next pair, which grants what the session was opened with.
    ///
    /// Within the grace the token before the current one gets the same successor again, to the octet but for the access token's
    /// signature: a client whose reply was lost asks again. After it, **using a refresh token twice ends its session**: one of
    /// the two users is a thief.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh_pair(&self, token: &RefreshToken) -> Result<TokenPair, RefreshError> {
        self.refresh_traced(token, None).await
    }

    /// The same, and from now on the session grants `data` instead. Within the grace the successor is the one that exists.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh_pair_with<D: Serialize + ?Sized>(
        &self,
        token: &RefreshToken,
        data: &D,
    ) -> Result<TokenPair, RefreshError> {
        let data = data::to_json(data).map_err(IssueError::Data)?;
        self.check_kept(data.as_deref())?;
        self.refresh_traced(token, Some(data)).await
    }

    async fn refresh_traced(
        &self,
        token: &RefreshToken,
        data: Option<Option<Box<str>>>,
    ) -> Result<TokenPair, RefreshError> {
        let result = self.rotate_pair(token, data).await;
        if let Err(error) = &result {
            event::trace_refusal("refresh", error);
        }
        result
    }

    async fn rotate_pair(
        &self,
        token: &RefreshToken,
        new_data: Option<Option<Box<str>>>,
    ) -> Result<TokenPair, RefreshError> {
        let store = self.store().ok_or(RefreshError::StoreRequired)?;
        let keys = self.refresh_keys()?;
        let Some(presented) = keys.read(token) else {
            // Whom it names is anybody's guess.
            self.tell(&Event::new(EventKind::RefreshRefused));
            return Err(RefreshError::Invalid);
        };
        let id = presented.id;
        let event = |kind| Event::new(kind).of(id.key.user).session(id.key.session);

        let refused = |error| {
            self.tell(&event(EventKind::RefreshRefused));
            error
        };

        let session = self.ask(store.load(id.key)).await?.ok_or_else(|| refused(RefreshError::SessionEnded))?;
        let (SessionKind::Pair { seed }, Some(granted)) = (session.kind, session.data.as_deref()) else {
            return Err(refused(RefreshError::Invalid));
        };
        if !keys.proves(&presented, seed) {
            return Err(refused(RefreshError::Invalid));
        }
        let (subject, granted) = data::read_grant(granted).ok_or_else(|| refused(RefreshError::Invalid))?;
        // A user of another issuer on the same store, whose name here may be somebody else's.
        if self.user_key(&subject) != id.key.user {
            return Err(refused(RefreshError::Invalid));
        }
        let refused = |error| {
            self.tell(&event(EventKind::RefreshRefused).subject(&subject));
            error
        };
        let data = new_data.as_ref().map_or(granted, Option::as_deref);
        let next = |generation| TrackedId { generation, ..id };
        let pair = |access, generation| TokenPair { access, refresh: keys.token(next(generation), seed) };

        // Signed before the step, so that a failure loses nothing; but an old token moves nothing, so it gets no new signature, and
        // reuse is found out however little is left of the session.
        let old = id.generation < session.generation;
        let (issued, signed) = if old {
            let now = self.now().as_secs();
            (IssuedTimes { issued_at: now, expires_at: now }, None)
        } else {
            let issued = self.pair_times(&session).map_err(refused)?;
            let generation = id.generation.checked_add(1).ok_or(RefreshError::Invalid)?;
            (issued, Some(self.sign_tracked(&subject, data, next(generation), issued)?))
        };
        let timing = &self.0.settings.timing;
        let rotate = Rotate {
            key: id.key,
            operation: operation()?,
            presented: id.generation,
            lifetime: timing.idle,
            issued,
            grace: timing.grace,
            on_reuse: OnReuse::EndSession,
            data: new_data.as_ref().map(|data| Some(data::grant(&subject, data.as_deref()).into())),
        };
        match (self.change(|| store.rotate(&rotate)).await?, signed) {
            (Rotation::Rotated { generation }, Some(access)) => {
                self.tell(&event(EventKind::Refreshed).subject(&subject).token(access.id()));
                Ok(pair(access, generation))
            }
            (Rotation::Repeated { generation, issued, data: Some(grant) }, _) => {
                let (subject, data) = data::read_grant(&grant).ok_or(RefreshError::Invalid)?;
                Ok(pair(self.sign_tracked(&subject, data, next(generation), issued)?, generation))
            }
            (Rotation::Reused, _) => {
                self.tell(&event(EventKind::ReuseDetected).subject(&subject));
                Err(RefreshError::Reused)
            }
            (Rotation::Gone, _) => Err(refused(RefreshError::SessionEnded)),
            _ => Err(refused(RefreshError::Invalid)),
        }
    }

    /// The times of a pair's next access token: not past what its session will have left.
    fn pair_times(&self, session: &LoadedSession) -> Result<IssuedTimes, RefreshError> {
        let timing = &self.0.settings.timing;
        let left = session.remaining.map_or(timing.idle, |remaining| remaining.min(timing.idle));
        access_times(self.now(), timing.access, left).ok_or(RefreshError::SessionEnded)
    }
}
