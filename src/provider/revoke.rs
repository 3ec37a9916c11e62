//! Revoking: a token, a session, a user, everything.

use super::{
    authenticate::Known,
    error::{QueryError, RevokeError},
    event::{Event, EventKind},
    token_id::{MAX_TOKEN_ID, TrackedId},
    token_provider::{TokenProvider, operation},
    tokens::RefreshToken,
};
use crate::{
    id::SessionId,
    store::{Cursor, Denial, DenyToken, EndSession, Ending, RevokeUser, RevokedPage, SessionKey},
    time::NumericDate,
};

impl TokenProvider {
    /// Revokes an access token: the session it belongs to ends, or its id is denied for as long as it can live.
    ///
    /// Once this has returned, the token is refused everywhere. The token must itself be good; to log out with one that has
    /// expired, use the refresh token, or the session's id.
    ///
    /// # Errors
    /// [`RevokeError`]; [`RevokeError::AlreadyRevoked`] the second time.
    pub async fn revoke(&self, token: &str) -> Result<(), RevokeError> {
        if self.store().is_none() {
            return Err(RevokeError::StoreRequired);
        }
        let jwt = self.validate_only(token).map_err(|error| RevokeError::Auth(error.into()))?;
        match self.known(&jwt)?.ok_or(RevokeError::StoreRequired)? {
            Known::Tracked(id) => self.end_tracked(id).await,
            known @ Known::Untracked { token_id, .. } => {
                let standing = self.standing(&known).await?;
                self.judge(&known, &standing).map_err(|_| RevokeError::AlreadyRevoked)?;
                self.deny(token_id).await
            }
        }
    }

    /// Revokes a token by its `jti`. One made here for a session leads to it: the session ends. Any other is denied for as long
    /// as the longest-lived token accepted here can live.
    ///
    /// # Errors
    /// [`RevokeError`]; [`RevokeError::InvalidTokenId`] when it is empty or longer than 256 octets.
    pub async fn revoke_by_id(&self, token_id: &str) -> Result<(), RevokeError> {
        if self.store().is_none() {
            return Err(RevokeError::StoreRequired);
        }
        check_token_id(token_id)?;
        match TrackedId::from_text(token_id) {
            Some(id) => self.end_tracked(id).await,
            None => self.deny(token_id).await,
        }
    }

    /// Ends the session that a refresh token belongs to: logging out (RFC 7009 section 2.1). A token that was used up already
    /// does it too.
    ///
    /// # Errors
    /// [`RevokeError`]; [`RevokeError::AlreadyRevoked`] when the session has ended.
    pub async fn revoke_refresh_token(&self, token: &RefreshToken) -> Result<(), RevokeError> {
        let store = self.store().ok_or(RevokeError::StoreRequired)?;
        let keys = self.0.refresh_keys.as_ref().ok_or(RevokeError::InvalidRefreshToken)?;
        let presented = keys.read(token).ok_or(RevokeError::InvalidRefreshToken)?;
        let session = self.ask(store.load(presented.id.key)).await?.ok_or(RevokeError::AlreadyRevoked)?;
        match session.kind {
            crate::store::SessionKind::Pair { seed } if keys.proves(&presented, seed) => {}
            _ => return Err(RevokeError::InvalidRefreshToken),
        }
        if self.end(presented.id.key).await? { Ok(()) } else { Err(RevokeError::AlreadyRevoked) }
    }

    /// Ends one of a user's sessions and says whether it was live. The caller has made sure that it is the user's to end.
    ///
    /// # Errors
    /// [`QueryError`]: then the session may live.
    pub async fn end_session(&self, subject: &str, session: SessionId) -> Result<bool, QueryError> {
        self.end(SessionKey { user: self.user_key(subject), session }).await
    }

    /// Revokes all of a user's tokens, tracked or not, and says how many sessions ended. A login that overlaps this is revoked
    /// too; one that begins after it, even in the same second, is not, if it is tracked. Untracked tokens issued within the
    /// clock skew after it are refused as well.
    ///
    /// # Errors
    /// [`QueryError`]: then sessions may live.
    pub async fn revoke_all(&self, subject: &str) -> Result<u64, QueryError> {
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        let user = self.user_key(subject);
        let revoke = RevokeUser { user, operation: operation()?, keep: self.0.settings.keep() };
        let sessions = self.change(|| store.revoke_user(&revoke)).await?;
        self.tell(&Event::new(EventKind::UserRevoked { sessions }).of(user).subject(subject));
        Ok(sessions)
    }

    /// Revokes everything opened or issued up to `instant`, of all users; not past the store's present time. That is its clock's: if
    /// the clock was set back lately, call again once it has passed the step. For operators:
    /// after the store was set back to an earlier state, by a restored backup or a fail-over, which can revive what had ended
    /// since.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn revoke_everything_before(&self, instant: NumericDate) -> Result<(), QueryError> {
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        let instant = instant.into();
        self.change(|| store.raise_floor(instant)).await?;
        self.tell(&Event::new(EventKind::EverythingRevoked));
        Ok(())
    }

    /// What is revoked: denied token ids and users' floors, a page at a time. Ended sessions are not listed: they are known by
    /// not being there.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, QueryError> {
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        Ok(self.ask(store.list_revoked(after, most)).await?)
    }

    /// Ends the session of a token, unless the token is no good any more.
    async fn end_tracked(&self, id: TrackedId) -> Result<(), RevokeError> {
        let known = Known::Tracked(id);
        let standing = self.standing(&known).await?;
        self.judge(&known, &standing).map_err(|_| RevokeError::AlreadyRevoked)?;
        if self.end(id.key).await? { Ok(()) } else { Err(RevokeError::AlreadyRevoked) }
    }

    async fn end(&self, key: SessionKey) -> Result<bool, QueryError> {
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        let end = EndSession { key, operation: operation()? };
        let ended = self.change(|| store.end(&end)).await? == Ending::Ended;
        if ended {
            self.tell(&Event::new(EventKind::SessionEnded).of(key.user).session(key.session));
        }
        Ok(ended)
    }

    /// Denies an id, for as long as any token accepted here can live: there is no expiry to get wrong.
    async fn deny(&self, token_id: &str) -> Result<(), RevokeError> {
        let store = self.store().ok_or(RevokeError::StoreRequired)?;
        let deny = DenyToken { token_id: token_id.into(), operation: operation()?, keep: self.0.settings.keep() };
        match self.change(|| store.deny(&deny)).await? {
            Denial::First => {
                self.tell(&Event::new(EventKind::TokenRevoked).token(token_id));
                Ok(())
            }
            Denial::Already => Err(RevokeError::AlreadyRevoked),
        }
    }
}

/// What can be asked about by id, or denied: anything of 1 to 256 octets.
pub(super) fn check_token_id(token_id: &str) -> Result<(), RevokeError> {
    if token_id.is_empty() || token_id.len() > MAX_TOKEN_ID { Err(RevokeError::InvalidTokenId) } else { Ok(()) }
}
