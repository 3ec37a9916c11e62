//! The contract.

use std::future::Future;

use super::{
    StoreError,
    types::{
        Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
        OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey, SessionRecord, Standing,
        StoreTime,
    },
};
use crate::id::UserKey;

/// Where sessions and revocations are kept.
///
/// **Each call is one atomic step of the store**, never a read followed by a write of the client's. What happens otherwise is a
/// hole, not a nuisance: two logins that both see the last free slot exceed the limit; two refreshes that both see the current
/// generation give a thief a session of his own; a login that overlaps a revoke-all survives it.
///
/// **A call that fails must say so.** The provider takes an error, or an answer that is late, for a refusal. An implementation
/// that answers "not revoked" because it could not ask lets revoked tokens in.
///
/// **Time is the store's own**, in milliseconds, the same for all clients, and never goes back while the store runs. Clients
/// give durations, never points in time of their own clock.
///
/// **A call with the same [`OperationId`](super::OperationId) is the same operation.** When a reply was lost, the client asks
/// again with the id it made, and must get the first answer, without a second effect. [`Store::open`] is repeated under the
/// same session id. An implementation that forgets this turns one login into two, or tells the legitimate client of a refresh
/// that its token was stolen. How long an answer is remembered: as long as what it changed, and for what it removed at least 60
/// seconds: an opening that is repeated after its session was ended must not open it again.
///
/// **After [`Store::close`] every call is refused** with [`StoreError::closed`], also those under way that have not taken
/// effect.
///
/// Implement the methods as plain `async fn`. There are no default bodies, so that nothing is forgotten in silence. The
/// conformance suite (feature `conformance`) checks all of this, races included.
pub trait Store: Send + Sync + 'static {
    /// What this store can do. Asked once, when a provider is built.
    fn capabilities(&self) -> Capabilities;

    /// What a client must know before it signs a token: the present time as the store counts it for this user, and whether a
    /// limit is reached.
    ///
    /// `begun` must be later than the user's floor and the floor of all. A later [`Store::open`] with it is refused if either
    /// has been raised to it or past it in between; answer too late a time and a login that overlaps a revoke-all survives it.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is issued.
    fn begin(&self, begin: &Begin) -> impl Future<Output = Result<Beginning, StoreError>> + Send;

    /// Opens a session, unless the user has as many live ones as the limit allows, or the floor was raised to `begun` or past
    /// it.
    ///
    /// Live are the sessions whose expiry is still to come and whose `created` is above both floors; no others count. Under
    /// [`WhenFull::EvictOldest`](super::WhenFull::EvictOldest) as many of the oldest are ended as it takes. `created` is the
    /// later of the store's time and the first millisecond above the floors. A limit that a race can exceed is no limit.
    ///
    /// # Errors
    /// [`StoreError`]: then the session may have been opened, and the client asks again or ends it.
    fn open(&self, open: &OpenSession) -> impl Future<Output = Result<Opening, StoreError>> + Send;

    /// What there is to know of a token: its session, whether its id is denied, and the floors, **in one consistent read**.
    /// This is the call that every request makes.
    ///
    /// A session that has expired, or whose `created` is at or below a floor, must not be in the answer. One that is there is
    /// let in.
    ///
    /// # Errors
    /// [`StoreError`]: then the token is refused.
    fn check(&self, token: CheckToken<'_>) -> impl Future<Output = Result<Standing, StoreError>> + Send;

    /// A live session with all that a refresh needs, or `None`.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is refreshed.
    fn load(&self, session: SessionKey) -> impl Future<Output = Result<Option<LoadedSession>, StoreError>> + Send;

    /// Moves a live session to its next generation: **of any number of calls that present the same generation one gets
    /// [`Rotation::Rotated`]**. What the others get is decided by [`decide_rotation`](super::decide_rotation), which an
    /// implementation calls, or restates in its own language, within the atomic step.
    ///
    /// # Errors
    /// [`StoreError`]: then the client does not know, and asks again under the same operation id.
    fn rotate(&self, rotate: &Rotate) -> impl Future<Output = Result<Rotation, StoreError>> + Send;

    /// Denies a token id for `keep`, if it is not denied yet, and says whether it was the first to. Kept for less, a revoked
    /// token lives again. One already denied is kept for the longer of the two times.
    ///
    /// # Errors
    /// [`StoreError`]: then the token may not be revoked.
    fn deny(&self, deny: &DenyToken) -> impl Future<Output = Result<Denial, StoreError>> + Send;

    /// Whether a token id is denied.
    ///
    /// # Errors
    /// [`StoreError`].
    fn is_denied(&self, token_id: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends one session and says whether it was live. Once this has returned, no check finds it.
    ///
    /// # Errors
    /// [`StoreError`]: then the session may live.
    fn end(&self, end: &EndSession) -> impl Future<Output = Result<Ending, StoreError>> + Send;

    /// Ends every session of a user and raises the user's floor: to the store's time, or to one millisecond above the user's
    /// floor or the floor of all if that is later. Says how many live sessions ended. A [`Store::begin`] or [`Store::open`]
    /// that came before is at or below the new floor, one that comes after is above it, within the same millisecond too.
    ///
    /// The floor is kept for `keep` (the longer one, if there was a floor), also when the user has no session: it stops tokens
    /// that were never tracked.
    ///
    /// # Errors
    /// [`StoreError`]: then sessions may live.
    fn revoke_user(&self, revoke: &RevokeUser) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Raises the floor of all to `instant`, but not past the store's present time, and never lowers it. Returns it. It is
    /// kept for as long as the store's data. For operators: after a backup was restored, or when keys may have leaked.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing may be revoked.
    fn raise_floor(&self, instant: StoreTime) -> impl Future<Output = Result<StoreTime, StoreError>> + Send;

    /// How many live sessions a user has.
    ///
    /// # Errors
    /// [`StoreError`].
    fn count(&self, user: UserKey) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// A user's live sessions, oldest first: one snapshot.
    ///
    /// # Errors
    /// [`StoreError`].
    fn list(&self, user: UserKey) -> impl Future<Output = Result<Vec<SessionRecord>, StoreError>> + Send;

    /// The denylist and the users' floors, a page at a time: at most `most` entries, at least one if there are more. What is
    /// there from the first page to the last is listed once. `after` is the previous page's cursor. What is past its time may
    /// still be listed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn list_revoked(
        &self,
        after: Option<&Cursor>,
        most: usize,
    ) -> impl Future<Output = Result<RevokedPage, StoreError>> + Send;

    /// Removes what has expired, looking at no more than about `slice` records, so that no other call waits for longer than a
    /// millisecond. What was denied, and the floors, stay `margin` past their end, in case the wall clock is set back. The
    /// provider calls this until [`Purged::done`], then again after its interval. A store that expires its records by itself
    /// answers "done".
    ///
    /// # Errors
    /// [`StoreError`].
    fn purge(
        &self,
        slice: usize,
        margin: std::time::Duration,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Ends the store's service. Everything after is refused; nothing is un-revoked.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
