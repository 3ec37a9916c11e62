//! The cache around a store.

use std::{fmt, sync::Arc, time::Duration};

use super::entries::Entries;
use crate::{
    id::UserKey,
    store::{
        Store, StoreError,
        types::{
            Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
            OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey, SessionRecord,
            Standing, StoreTime,
        },
    },
    sync::{AtomicBool, AtomicU64, Ordering},
};

/// How soon a node must know of what was revoked on another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Consistency {
    /// At once: every check reads the store.
    #[default]
    Strong,
    /// Within this time: a revoked token may be let in elsewhere for as long. Some seconds at most make sense, and no
    /// less than the store's answers take. Zero is [`Consistency::Strong`].
    Bounded(Duration),
}

/// A store with a cache of this node's checks in front. Cloning shares it.
///
/// A store on the network costs a round trip for every request; this answers a repeated [`Store::check`] from memory,
/// for less than the `δ` of [`Consistency::Bounded`]. All else is asked of the store each time. **Each node has one of
/// these for its store, and everything on the node goes through it**: what passes by it is known here only after δ.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use jwtward::{
///     Algorithm, ProviderConfig, SigningKey, TokenProvider,
///     store::{Consistency, MemoryStore, NodeCache},
/// };
///
/// // Stands for a store on the network.
/// let store = MemoryStore::default();
/// let store = NodeCache::new(store, Consistency::Bounded(Duration::from_secs(2)));
/// let config = ProviderConfig::new(SigningKey::generate(Algorithm::ES256)?)
///     .issuer("https://auth.example").audience("api").track_sessions();
/// let provider = TokenProvider::new(config, store)?;
/// # let token = provider.issue("alice", &()).await?;
/// # provider.authenticate::<()>(token.expose()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # What is promised
///
/// - **Once `end`, `revoke_user`, `rotate`, `deny`, `raise_floor`, or an `open` that evicts, has returned on any node,
///   then after δ no node's check lets in what it ended; on the same node none does at once**, except one that was
///   asked before it returned and is answered within δ.
/// - An answer is never taken for longer than δ after it was *asked for*. So when the store is down or out of reach,
///   everything is refused once δ has passed. An answer that lets in and took δ or longer to come is refused as late.
/// - Only what lets in is remembered: a live session, an id that is not denied. Errors, ended sessions and denied ids
///   are asked for each time. A hit makes nothing live longer, and ends with the session's absolute end.
/// - There are no more answers than there is room for, whoever asks for what.
///
/// # What is not promised
///
/// - The store's own order holds for what is asked of it. If it answers with old data after a fail-over, so does this.
/// - When a session ends because it was not refreshed is not in the answer of a check: it may be told for up to δ
///   longer. The provider's access tokens expire by then in any case.
/// - A machine that was suspended may not count the time it slept.
pub struct NodeCache<S>(Arc<Inner<S>>);

struct Inner<S> {
    store: S,
    entries: Option<Entries>,
    closed: AtomicBool,
}

impl<S> Clone for NodeCache<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Counts a change when it is over, however it ended: it may have taken effect.
struct Change<'a>(Option<&'a AtomicU64>);

impl Drop for Change<'_> {
    fn drop(&mut self) {
        if let Some(counter) = self.0 {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl<S: Store> NodeCache<S> {
    /// How many answers are remembered, unless set.
    pub const DEFAULT_CAPACITY: usize = 1 << 16;

    /// Puts a cache in front of a store, of [`NodeCache::DEFAULT_CAPACITY`].
    #[must_use]
    pub fn new(store: S, consistency: Consistency) -> Self {
        Self::with_capacity(store, consistency, Self::DEFAULT_CAPACITY)
    }

    /// The same with room for about that many answers, of some 250 octets each, and of up to 250 more with long token
    /// ids.
    #[must_use]
    pub fn with_capacity(store: S, consistency: Consistency, answers: usize) -> Self {
        let entries = match consistency {
            Consistency::Bounded(bound) if !bound.is_zero() => Some(Entries::new(answers, bound)),
            Consistency::Bounded(_) | Consistency::Strong => None,
        };
        Self(Arc::new(Inner { store, entries, closed: AtomicBool::new(false) }))
    }
}

impl<S> Inner<S> {
    fn change<'a>(&'a self, counter: impl FnOnce(&'a Entries) -> &'a AtomicU64) -> Change<'a> {
        Change(self.entries.as_ref().map(counter))
    }

    fn change_of(&self, user: UserKey) -> Change<'_> {
        self.change(|entries| entries.of_user(user))
    }
}

/// Whether an answer lets anybody in.
fn lets_in(token: CheckToken<'_>, standing: &Standing) -> bool {
    match token {
        CheckToken::Tracked(_) => standing.session.is_some(),
        CheckToken::Untracked { .. } => !standing.denied,
    }
}

impl<S: Store> Store for NodeCache<S> {
    fn capabilities(&self) -> Capabilities {
        self.0.store.capabilities()
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        self.0.store.begin(begin).await
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        // It may evict others of the user.
        let _change = self.0.change_of(open.key.user);
        self.0.store.open(open).await
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        let Some(entries) = &self.0.entries else { return self.0.store.check(token).await };
        if self.0.closed.load(Ordering::SeqCst) {
            return Err(StoreError::closed());
        }
        let asked = entries.ask(token);
        if let Some(standing) = entries.find(token, asked) {
            return Ok(standing);
        }
        let standing = self.0.store.check(token).await?;
        if lets_in(token, &standing) {
            if entries.is_late(asked) {
                return Err(StoreError::timeout());
            }
            entries.insert(token, asked, standing);
        }
        Ok(standing)
    }

    /// What it says is newer than what is remembered: the session may have been refreshed elsewhere.
    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        if let Some(entries) = &self.0.entries {
            entries.forget(session);
        }
        self.0.store.load(session).await
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let _change = self.0.change_of(rotate.key.user);
        self.0.store.rotate(rotate).await
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        let _change = self.0.change(|entries| entries.of_token(&deny.token_id));
        self.0.store.deny(deny).await
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        self.0.store.is_denied(token_id).await
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        let _change = self.0.change_of(end.key.user);
        self.0.store.end(end).await
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let _change = self.0.change_of(revoke.user);
        self.0.store.revoke_user(revoke).await
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        let _change = self.0.change(Entries::of_all);
        self.0.store.raise_floor(instant).await
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.0.store.count(user).await
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.0.store.list(user).await
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        self.0.store.list_revoked(after, most).await
    }

    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        self.0.store.purge(slice, margin).await
    }

    async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        self.0.store.close().await;
    }
}

impl<S> fmt::Debug for NodeCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeCache")
            .field("answers", &self.0.entries.as_ref().map_or(0, Entries::len))
            .finish_non_exhaustive()
    }
}
