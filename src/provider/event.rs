//! What happened, for audit logs and alarms.

use std::{error::Error, fmt};

use crate::id::{KeyId, SessionId, UserKey};

/// Something that happened. It holds no token and no secret; the subject is personal data.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What.
    pub kind: EventKind,
    /// To whom, as stores name users.
    pub user: Option<UserKey>,
    /// To whom, where the subject is known: an id alone does not say it.
    pub subject: Option<&'a str>,
    /// To which session.
    pub session: Option<SessionId>,
    /// To the token of which `jti`.
    pub token_id: Option<&'a str>,
    /// To the key of which `kid`.
    pub key_id: Option<&'a KeyId>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// An untracked token was issued.
    Issued,
    /// A session was opened, and its first token issued.
    SessionOpened,
    /// A login was refused for the number of sessions.
    LimitReached {
        /// How many are live.
        active: u64,
        /// How many may be.
        limit: u64,
    },
    /// A session made room for a newer one.
    SessionEvicted,
    /// A session, or an untracked token, was refreshed.
    Refreshed,
    /// A refresh was refused: a token refreshed already, a session that has ended, or, without a user, a refresh token never
    /// issued.
    RefreshRefused,
    /// A refresh token was used again after its grace. The session was ended. **Someone holds a stolen token.**
    ReuseDetected,
    /// A session was ended by its id or by one of its tokens.
    SessionEnded,
    /// An untracked token was revoked.
    TokenRevoked,
    /// All tokens of a user were revoked.
    UserRevoked {
        /// How many sessions ended.
        sessions: u64,
    },
    /// Everything up to a point in time was revoked.
    EverythingRevoked,
    /// A key was published, to sign later.
    KeyPublished,
    /// A key signs from now on, and the one that did has retired. By schedule this is told when the first thing happens after
    /// its time.
    KeyPromoted,
    /// A key was taken out: what it has signed is refused.
    KeyRemoved,
}

impl<'a> Event<'a> {
    pub(super) const fn new(kind: EventKind) -> Self {
        Self { kind, user: None, subject: None, session: None, token_id: None, key_id: None }
    }

    pub(super) const fn of(mut self, user: UserKey) -> Self {
        self.user = Some(user);
        self
    }

    pub(super) const fn subject(mut self, subject: &'a str) -> Self {
        self.subject = Some(subject);
        self
    }

    pub(super) fn session(mut self, session: impl Into<Option<SessionId>>) -> Self {
        self.session = session.into();
        self
    }

    pub(super) const fn token(mut self, id: &'a str) -> Self {
        self.token_id = Some(id);
        self
    }

    pub(super) const fn key(mut self, id: &'a KeyId) -> Self {
        self.key_id = Some(id);
        self
    }
}

/// Without the subject, which is personal.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("user", &self.user)
            .field("session", &self.session)
            .field("token_id", &self.token_id)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Receives events, in the course of the operation and after it took effect: it should be quick, and hand on what takes time,
/// for instance into a channel. Any `Fn(&Event<'_>)` is one.
pub trait EventSink: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync> EventSink for F {
    fn event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Writes events and refusals as `tracing` events, with the user's key in place of the subject.
pub(super) fn trace(event: &Event<'_>) {
    #[cfg(feature = "tracing")]
    {
        let user = event.user.map(tracing::field::display);
        let session = event.session.map(tracing::field::display);
        let (kind, jti, kid) = (event.kind, event.token_id, event.key_id.map(KeyId::as_str));
        if kind == EventKind::ReuseDetected {
            tracing::warn!(?kind, user, session, jti, kid, "refresh token reuse");
        } else {
            tracing::info!(?kind, user, session, jti, kid);
        }
    }
    #[cfg(not(feature = "tracing"))]
    let _ = event;
}

/// Writes why something was refused, and what lies behind it. Errors hold nothing of the token.
pub(super) fn trace_refusal(operation: &'static str, error: &dyn Error) {
    #[cfg(feature = "tracing")]
    tracing::debug!(operation, reason = %error, cause = error.source().map(tracing::field::display), "refused");
    #[cfg(not(feature = "tracing"))]
    let _ = (operation, error);
}
