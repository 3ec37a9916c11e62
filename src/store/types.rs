//! What is asked of a store, and what it answers.

use std::{fmt, num::NonZeroU32, time::Duration};

pub use super::{metadata::SessionMetadata, store_time::StoreTime};
use crate::id::{SessionId, UserKey};

/// How many sessions a user may have at once, and what happens to one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub max: NonZeroU32,
    /// What happens to one more.
    pub when_full: WhenFull,
}

/// What happens to a login at the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WhenFull {
    /// It is refused. Whoever is logged in stays so; a user who has lost his devices waits, or is helped.
    #[default]
    Reject,
    /// The oldest session is ended. Whoever knows the password can push others out.
    EvictOldest,
}

/// What a store can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it keeps sessions. One that only revokes answers [`StoreError::unsupported`](super::StoreError::unsupported) to
    /// `open`, `load`, `rotate`, `end`, `count` and `list`, and is refused by a provider that tracks sessions.
    pub sessions: bool,
    /// Whether it ends with this process and no other process sees it, so that a key for refresh tokens may be made up at the
    /// start. Said wrongly, refresh tokens fail on every other node.
    pub process_local: bool,
}

/// An operation's name: 64 random bits made by the caller, the same when the same call is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(u64);

impl OperationId {
    /// From a number. Callers take it from a random source.
    #[must_use]
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// As a number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// Which session: a session is found within its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey {
    /// Whose.
    pub user: UserKey,
    /// Which of his.
    pub session: SessionId,
}

/// What kind of credential a session lives by, fixed when it is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionKind {
    /// One access token at a time, refreshed by itself.
    Single,
    /// An access token and a refresh token.
    Pair {
        /// Random, and known to the store alone: without it a refresh token cannot be made, even with the key.
        seed: u64,
    },
}

/// Without the seed.
impl fmt::Debug for SessionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Single => "Single",
            Self::Pair { .. } => "Pair",
        })
    }
}

/// The `iat` and `exp` of a generation's access token, in seconds of the issuer's clock. A store only keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuedTimes {
    /// `iat`.
    pub issued_at: i64,
    /// `exp`.
    pub expires_at: i64,
}

/// [`Store::begin`](super::Store::begin): about to sign a token for a user.
#[derive(Clone, Copy, Debug)]
pub struct Begin {
    /// For whom.
    pub user: UserKey,
    /// The limit to compare with; `None` for none, or if the token is not to be tracked.
    pub limit: Option<Limit>,
}

/// The answer to [`Begin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The time now, above the floors.
    pub begun: StoreTime,
    /// The number of live sessions, if there are as many as a limit with [`WhenFull::Reject`] allows.
    pub full: Option<u64>,
    /// The store's incarnation: see [`Standing::incarnation`].
    pub incarnation: u64,
}

/// [`Store::open`](super::Store::open).
#[derive(Clone)]
pub struct OpenSession {
    /// Whose, and which: a fresh random id, which is also the operation's.
    pub key: SessionKey,
    /// Which kind.
    pub kind: SessionKind,
    /// From [`Beginning::begun`].
    pub begun: StoreTime,
    /// The limit to hold.
    pub limit: Option<Limit>,
    /// How long it lives unless it is refreshed.
    pub lifetime: Duration,
    /// How long it lives at most, refreshed or not.
    pub absolute: Option<Duration>,
    /// Its first access token's times.
    pub issued: IssuedTimes,
    /// Where it was opened.
    pub metadata: SessionMetadata,
    /// What was granted: the provider's text, which a store only keeps. Of pairs only.
    pub data: Option<Box<str>>,
}

/// Without what is granted, which may be personal.
impl fmt::Debug for OpenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenSession")
            .field("key", &self.key)
            .field("kind", &self.kind)
            .field("begun", &self.begun)
            .field("limit", &self.limit)
            .field("lifetime", &self.lifetime)
            .field("absolute", &self.absolute)
            .field("issued", &self.issued)
            .finish_non_exhaustive()
    }
}

/// The answer to [`OpenSession`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opening {
    /// Opened.
    Opened {
        /// When: above the floors.
        created: StoreTime,
        /// Which sessions made room, oldest first.
        evicted: Vec<SessionId>,
    },
    /// The limit is reached, and nothing was changed.
    Full {
        /// How many live sessions there are.
        active: u64,
    },
    /// The user's sessions, or all, were revoked since [`OpenSession::begun`].
    Revoked,
}

/// [`Store::check`](super::Store::check): which token.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CheckToken<'a> {
    /// One that belongs to a session.
    Tracked(SessionKey),
    /// One that does not.
    Untracked {
        /// Whose.
        user: UserKey,
        /// Its `jti`.
        token_id: &'a str,
    },
}

/// The answer to [`CheckToken`]: facts, of which the provider makes the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The session, if it is live.
    pub session: Option<SessionStanding>,
    /// Whether the untracked token's id is denied.
    pub denied: bool,
    /// The user's floor; 0 if there is none.
    pub user_floor: StoreTime,
    /// The floor of all; 0 if there is none.
    pub floor: StoreTime,
    /// When the store began to remember. What was denied before is not known here.
    pub epoch: StoreTime,
    /// A random number made at the epoch. A token that carries it was issued with the store as it is now, whatever the clocks
    /// say.
    pub incarnation: u64,
}

/// A live session, as far as a check goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionStanding {
    /// How often it was refreshed.
    pub generation: u32,
    /// Whether it lives by a refresh token.
    pub pair: bool,
    /// How long it can live yet, if it has an absolute end.
    pub remaining: Option<Duration>,
}

/// A live session, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Which.
    pub id: SessionId,
    /// Whether it lives by a refresh token.
    pub pair: bool,
    /// When it was opened.
    pub created: StoreTime,
    /// When it ends unless it is refreshed.
    pub expires: StoreTime,
    /// When it was last refreshed; `created` if never.
    pub rotated: StoreTime,
    /// How often it was refreshed.
    pub generation: u32,
    /// The current access token's times.
    pub issued: IssuedTimes,
    /// Where it was opened.
    pub metadata: SessionMetadata,
}

/// A live session with what a refresh needs.
#[derive(Clone)]
pub struct LoadedSession {
    /// Its kind, with the seed.
    pub kind: SessionKind,
    /// How often it was refreshed.
    pub generation: u32,
    /// How long it can live yet, if it has an absolute end.
    pub remaining: Option<Duration>,
    /// What was granted, as it was given.
    pub data: Option<Box<str>>,
}

/// Without what was granted, which may be personal.
impl fmt::Debug for LoadedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedSession")
            .field("kind", &self.kind)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// [`Store::rotate`](super::Store::rotate).
#[derive(Clone)]
pub struct Rotate {
    /// Which session.
    pub key: SessionKey,
    /// The operation.
    pub operation: OperationId,
    /// The generation that the presented credential is of.
    pub presented: u32,
    /// How long the session lives from now on unless it is refreshed again; never past its absolute end.
    pub lifetime: Duration,
    /// The new access token's times.
    pub issued: IssuedTimes,
    /// For how long after a rotation the credential before it gets the same successor; zero for never.
    pub grace: Duration,
    /// What an older credential means.
    pub on_reuse: OnReuse,
    /// What is granted from now on; `None` to leave it, `Some(None)` for nothing.
    pub data: Option<Option<Box<str>>>,
}

/// Without what is granted, which may be personal.
impl fmt::Debug for Rotate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotate")
            .field("key", &self.key)
            .field("operation", &self.operation)
            .field("presented", &self.presented)
            .field("lifetime", &self.lifetime)
            .field("issued", &self.issued)
            .field("grace", &self.grace)
            .field("on_reuse", &self.on_reuse)
            .finish_non_exhaustive()
    }
}

/// What it means that a credential is older than the grace allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnReuse {
    /// It is refused. The session lives on.
    Refuse,
    /// It was stolen, from someone or by someone: the session is ended whole (RFC 9700 section 4.14.2).
    EndSession,
}

/// The answer to [`Rotate`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotation {
    /// The session has moved on, to this generation, by this operation.
    Rotated {
        /// The generation that is current now.
        generation: u32,
    },
    /// Another operation was faster, within the grace: its successor is this one's too. Nothing has moved.
    Repeated {
        /// The current generation.
        generation: u32,
        /// The current access token's times.
        issued: IssuedTimes,
        /// What it grants.
        data: Option<Box<str>>,
    },
    /// The credential is too old; the session lives on ([`OnReuse::Refuse`]).
    Superseded,
    /// The credential is too old; the session was ended ([`OnReuse::EndSession`]).
    Reused,
    /// The credential is newer than the session, so never issued by it.
    Newer,
    /// There is no such live session.
    Gone,
}

/// Without what is granted, which may be personal.
impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rotated { generation } => f.debug_struct("Rotated").field("generation", generation).finish(),
            Self::Repeated { generation, issued, .. } => f
                .debug_struct("Repeated")
                .field("generation", generation)
                .field("issued", issued)
                .finish_non_exhaustive(),
            Self::Superseded => f.write_str("Superseded"),
            Self::Reused => f.write_str("Reused"),
            Self::Newer => f.write_str("Newer"),
            Self::Gone => f.write_str("Gone"),
        }
    }
}

/// [`Store::deny`](super::Store::deny).
#[derive(Clone, Debug)]
pub struct DenyToken {
    /// The token's `jti`, of 1 to 256 octets.
    pub token_id: Box<str>,
    /// The operation.
    pub operation: OperationId,
    /// For how long from now: at least as long as the token can live.
    pub keep: Duration,
}

/// The answer to [`DenyToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// Denied from now on.
    First,
    /// It was denied already.
    Already,
}

/// [`Store::end`](super::Store::end).
#[derive(Clone, Copy, Debug)]
pub struct EndSession {
    /// Which session.
    pub key: SessionKey,
    /// The operation.
    pub operation: OperationId,
}

/// The answer to [`EndSession`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// It was live, and is no more.
    Ended,
    /// There was no such live session.
    Absent,
}

/// [`Store::revoke_user`](super::Store::revoke_user).
#[derive(Clone, Copy, Debug)]
pub struct RevokeUser {
    /// Whose sessions.
    pub user: UserKey,
    /// The operation.
    pub operation: OperationId,
    /// How long the floor is kept: at least as long as a token that was never tracked can live.
    pub keep: Duration,
}

/// Something revoked, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokedEntry {
    /// A token id on the denylist.
    Token {
        /// The `jti`.
        token_id: Box<str>,
        /// Until when it is kept.
        until: StoreTime,
    },
    /// A user whose tokens up to a point in time are revoked.
    User {
        /// Whose.
        user: UserKey,
        /// What was issued at or before this is revoked.
        floor: StoreTime,
        /// Until when it is kept.
        until: StoreTime,
    },
}

/// Where a page of [`Store::list_revoked`](super::Store::list_revoked) ended. A store writes into it what it likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Box<str>);

impl Cursor {
    /// A cursor of that text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of what is revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevokedPage {
    /// The entries; possibly fewer than asked for.
    pub entries: Vec<RevokedEntry>,
    /// Where to go on; `None` after the last page.
    pub next: Option<Cursor>,
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// How many records were removed.
    pub removed: u64,
    /// Whether everything has been looked at once since the last time this was true.
    pub done: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_what_is_asked_and_answered_shows_no_grant() {
        let key = SessionKey { user: UserKey::from_octets([1; 16]), session: SessionId::from_octets([2; 16]) };
        let (kind, issued) = (SessionKind::Pair { seed: 77_777 }, IssuedTimes { issued_at: 1, expires_at: 2 });
        let (lifetime, data) = (Duration::ZERO, || Some(Box::from("canary")));
        let metadata = SessionMetadata::new().with_label("canary");
        let (begun, limit, absolute) = (StoreTime::default(), None, None);
        let open = OpenSession { key, kind, begun, limit, lifetime, absolute, issued, metadata, data: data() };
        let (operation, grace, on_reuse) = (OperationId::from_u64(3), lifetime, OnReuse::EndSession);
        let rotate = Rotate { key, operation, presented: 0, lifetime, issued, grace, on_reuse, data: Some(data()) };
        let loaded = LoadedSession { kind, generation: 0, remaining: None, data: data() };
        let repeated = Rotation::Repeated { generation: 1, issued, data: data() };
        for shown in [format!("{open:?}"), format!("{rotate:?}"), format!("{loaded:?}"), format!("{repeated:?}")] {
            assert!(!shown.contains("canary") && !shown.contains("77777"), "{shown}");
        }
    }
}
