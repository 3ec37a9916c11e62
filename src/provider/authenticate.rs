//! Authenticating: verify, validate, then ask the store.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{
    data::Members,
    error::{AuthError, Revoked},
    event,
    revoke::check_token_id,
    token_id::{MAX_TOKEN_ID, TrackedId, incarnation},
    token_provider::TokenProvider,
};
use crate::{
    id::UserKey,
    jwt::{Claim, ClaimError, ValidatedJwt, VerifyError},
    store::{CheckToken, SessionKind, SessionStanding, Standing, StoreTime},
    time::NumericDate,
};

/// A token as the store knows it.
pub(super) enum Known<'a> {
    Tracked(TrackedId),
    Untracked { user: UserKey, token_id: &'a str, issued_at: NumericDate },
}

impl Known<'_> {
    pub(super) fn user(&self) -> UserKey {
        match self {
            Self::Tracked(id) => id.key.user,
            Self::Untracked { user, .. } => *user,
        }
    }
}

impl TokenProvider {
    /// Accepts a token or says why not. `C` receives the member `data`, or `{}` if there is none; `()` if it is of no interest.
    ///
    /// In this order: size, form, header, key by `kid`, `alg`, `typ`, signature; then the payload's JSON, `exp`, `nbf`, `iat`,
    /// issuer, audience; then, with a store, whether the token, its session, or all of its user's were revoked. The store is
    /// asked last, so that a token that is no good anyway costs no call.
    ///
    /// # Errors
    /// [`AuthError`]. A store that fails or is late is an error and never an acceptance.
    pub async fn authenticate<C: DeserializeOwned>(&self, token: &str) -> Result<ValidatedJwt<C>, AuthError> {
        let result = self.accept(token).await.map(|(jwt, _)| jwt);
        if let Err(error) = &result {
            event::trace_refusal("authenticate", error);
            // What cannot be good again need not be remembered.
            let over = matches!(error, AuthError::Revoked(_) | AuthError::Token(VerifyError::Claim(_)));
            if let (Some(cache), true) = (&self.0.cache, over) {
                cache.forget(token);
            }
        }
        result
    }

    /// The same, with how the token stands in the store, if there is one.
    pub(super) async fn accept<C: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<(ValidatedJwt<C>, Option<Standing>), AuthError> {
        let jwt = self.validate::<C>(token)?;
        let Some(known) = self.known(&jwt)? else {
            self.check_open()?;
            return Ok((jwt, None));
        };
        let standing = self.standing(&known).await?;
        self.judge(&known, &standing)?;
        Ok((jwt, Some(standing)))
    }

    /// Verifies and validates.
    pub(super) fn validate<C: DeserializeOwned>(&self, token: &str) -> Result<ValidatedJwt<C>, VerifyError> {
        let keys = self.keys();
        let verified = match &self.0.cache {
            Some(cache) => cache.verify(&self.0.rules, &keys.set, token)?,
            None => self.0.rules.verify(&keys.set, self.0.rules.parse(token)?)?.0,
        };
        let jwt = self.0.rules.validate::<Members<C>>(verified, |_| Ok(()))?;
        Ok(jwt.try_map(|members| Ok::<_, ClaimError>((members.sid, members.into_data()?)))?)
    }

    /// What the store can be asked about a validated token; `None` without a store.
    pub(super) fn known<'a, C>(&self, jwt: &'a ValidatedJwt<C>) -> Result<Option<Known<'a>>, AuthError> {
        if self.store().is_none() {
            return Ok(None);
        }
        // The verifier requires all three when there is a store.
        let missing = |claim| ClaimError::Missing(claim);
        let token_id = jwt.token_id().ok_or(missing(Claim::TokenId))?;
        let subject = jwt.subject().ok_or(missing(Claim::Subject))?;
        let issued_at = jwt.issued_at().ok_or(missing(Claim::IssuedAt))?;
        if subject.is_empty() {
            return Err(missing(Claim::Subject).into());
        }
        if token_id.is_empty() {
            return Err(missing(Claim::TokenId).into());
        }
        if token_id.len() > MAX_TOKEN_ID {
            return Err(ClaimError::TooLong(Claim::TokenId).into());
        }
        let user = self.user_key(subject);
        match (jwt.session_id(), TrackedId::from_text(token_id)) {
            (Some(session), Some(id)) if id.key.session == session && id.key.user == user => {
                Ok(Some(Known::Tracked(id)))
            }
            // The id and the claims contradict each other: none of ours.
            (Some(_), _) | (None, Some(_)) => Err(ClaimError::Mismatch(Claim::TokenId).into()),
            (None, None) if self.0.settings.tracking && !self.0.settings.accept_untracked => Err(AuthError::Untracked),
            (None, None) => Ok(Some(Known::Untracked { user, token_id, issued_at })),
        }
    }

    /// Asks the store.
    pub(super) async fn standing(&self, known: &Known<'_>) -> Result<Standing, AuthError> {
        let store = self.store().ok_or_else(crate::store::StoreError::closed)?;
        let check = match *known {
            Known::Tracked(id) => CheckToken::Tracked(id.key),
            Known::Untracked { user, token_id, .. } => CheckToken::Untracked { user, token_id },
        };
        let mut standing = self.ask(store.check(check)).await?;
        if let (Known::Tracked(id), Some(session)) = (known, standing.session)
            && id.generation > session.generation
        {
            // A node cache may not know yet that the session was refreshed on another node. `load` is never cached.
            let loaded = self.ask(store.load(id.key)).await?;
            standing.session = loaded.map(|loaded| SessionStanding {
                generation: loaded.generation,
                pair: matches!(loaded.kind, SessionKind::Pair { .. }),
                remaining: loaded.remaining,
            });
        }
        Ok(standing)
    }

    /// Decides by what the store knows.
    pub(super) fn judge(&self, known: &Known<'_>, standing: &Standing) -> Result<(), Revoked> {
        match *known {
            Known::Tracked(id) => judge_session(id.generation, standing.session),
            Known::Untracked { token_id, issued_at, .. } => {
                if standing.denied {
                    return Err(Revoked::Token);
                }
                // Times of two clocks, one of them in whole seconds: what could be from before is from before.
                let issued = StoreTime::from(issued_at);
                let from_before = |floor: StoreTime| issued <= floor.plus(self.0.settings.max_clock_skew);
                if standing.user_floor > StoreTime::default() && from_before(standing.user_floor) {
                    return Err(Revoked::User);
                }
                if standing.floor > StoreTime::default() && from_before(standing.floor) {
                    return Err(Revoked::Everything);
                }
                // A token that names the store's incarnation was issued with it, whatever the clocks say.
                let of_this_store = incarnation(token_id) == Some(standing.incarnation);
                if !of_this_store && !self.0.settings.accept_before_store && from_before(standing.epoch) {
                    return Err(Revoked::BeforeStore);
                }
                Ok(())
            }
        }
    }

    /// Whether a token id is revoked: denied, or its session has ended or moved on. Of an untracked token the user is not known
    /// by its id, so whether all of the user's tokens were revoked is not told.
    ///
    /// # Errors
    /// [`RevokeError`](super::RevokeError).
    pub async fn is_token_revoked(&self, token_id: &str) -> Result<bool, super::RevokeError> {
        let store = self.store().ok_or(super::RevokeError::StoreRequired)?;
        check_token_id(token_id)?;
        match TrackedId::from_text(token_id) {
            Some(id) => {
                let known = Known::Tracked(id);
                let standing = self.standing(&known).await?;
                Ok(self.judge(&known, &standing).is_err())
            }
            None => Ok(self.ask(store.is_denied(token_id)).await?),
        }
    }

    /// Validates a token of which only that it is good matters.
    pub(super) fn validate_only(&self, token: &str) -> Result<ValidatedJwt<IgnoredAny>, VerifyError> {
        self.validate::<IgnoredAny>(token)
    }
}

/// A single session has one good token; a pair's stay good until they expire. What the session has not come to yet was never
/// issued by it.
fn judge_session(generation: u32, session: Option<SessionStanding>) -> Result<(), Revoked> {
    match session {
        Some(session) if generation == session.generation => Ok(()),
        Some(session) if generation < session.generation && session.pair => Ok(()),
        Some(session) if generation < session.generation => Err(Revoked::Superseded),
        _ => Err(Revoked::Session),
    }
}
