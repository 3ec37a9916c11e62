//! The store: the contract, call by call.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::Value;

use super::{
    builder::RedisStoreBuilder,
    codec::{
        Reader, Session, array, millis, number, read_issued, read_kind, read_metadata, some_octets, text, time,
        unsigned, write_issued, write_kind, write_metadata,
    },
    connect::Connector,
    error::{RedisConnectError, as_store_error, unexpected},
    keys::{Keys, shard_of_token, shard_of_user},
    scripts::{Scripts, Step},
};
use crate::{
    id::{SessionId, UserKey},
    store::{
        Store, StoreError,
        types::{
            Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, LoadedSession,
            OnReuse, OpenSession, Opening, Purged, RevokeUser, RevokedPage, Rotate, Rotation, SessionKey,
            SessionRecord, Standing, StoreTime, WhenFull,
        },
    },
};

/// Keeps sessions and revocations in Redis or Valkey: shared by all processes that reach the server, and as durable as it is set up
/// to be, which is looked at on connecting. Cloning shares the connection.
///
/// ```no_run
/// use jwtward::{Algorithm, ProviderConfig, SigningKey, TokenProvider, store::RedisStore};
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::connect("redis://127.0.0.1:6379").await?;
/// let config = ProviderConfig::new(SigningKey::generate(Algorithm::ES256)?)
///     .issuer("https://auth.example").audience("api").track_sessions();
/// let provider = TokenProvider::new(config, store)?;
/// # Ok(())
/// # }
/// ```
///
/// A server must be a primary of Redis 6.2 or later, or of Valkey, with `appendonly yes`, `appendfsync always`,
/// `no-appendfsync-on-rewrite no`, and `maxmemory-policy noeviction`; anything else is refused, unless it is allowed by name
/// ([`RedisStoreBuilder`]); a replica always. One server's settings are looked at again whenever a connection is made anew, a
/// cluster's when the store connects. `rediss://` URLs need TLS turned on in the crate `redis` (`tokio-rustls-comp`, for instance),
/// in the application's own dependencies.
///
/// With `appendfsync always` nothing that was acknowledged is lost when the server is killed. With `everysec` up to two seconds can be.
///
/// What a call that fails has done is not known, and nothing is accepted meanwhile. A connection that breaks or hangs is replaced by
/// the next call. After a fail-over without [`wait_for_replicas`](RedisStoreBuilder::wait_for_replicas), the last changes may be
/// lost: sessions that were ended can be live again. `TokenProvider::revoke_everything_before` is for that.
///
/// | | |
/// |---|---|
/// | check, load, rotate, deny, end | O(1), one round trip |
/// | begin and open with a limit, count, list, revoke all of a user | O(k) in the user's sessions, one round trip |
/// | raise the floor of all | 256 writes, one for each shard |
/// | memory | O(active): keys expire, and what is over within a key is removed as others are added |
#[derive(Clone)]
pub struct RedisStore(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) connector: Connector,
    pub(super) keys: Keys,
    pub(super) scripts: Scripts,
    margin: Duration,
    pub(super) replicas: u32,
    closed: AtomicBool,
}

impl RedisStore {
    /// Connects to one server, such as `redis://user:password@host:6379/0`, with everything else as it is by default.
    ///
    /// # Errors
    /// [`RedisConnectError`].
    pub async fn connect(url: &str) -> Result<Self, RedisConnectError> {
        Self::builder(url).connect().await
    }

    /// Begins with one server's URL, to set what is not by default.
    #[must_use]
    pub fn builder(url: &str) -> RedisStoreBuilder {
        RedisStoreBuilder::new(vec![url.to_owned()], false)
    }

    /// Begins with the URLs of some nodes of a cluster. The others are found through them.
    #[must_use]
    pub fn cluster_builder<'a>(urls: impl IntoIterator<Item = &'a str>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(urls.into_iter().map(str::to_owned).collect(), true)
    }

    pub(super) async fn connect_with(builder: RedisStoreBuilder) -> Result<Self, RedisConnectError> {
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b':' | b'.' | b'_' | b'-');
        if builder.prefix.len() > 32 || !builder.prefix.bytes().all(allowed) {
            return Err(RedisConnectError::InvalidPrefix);
        }
        let store = Self(Arc::new(Inner {
            connector: Connector::new(&builder)?,
            keys: Keys::new(&builder.prefix),
            scripts: Scripts::new(),
            margin: builder.margin,
            replicas: builder.replicas,
            closed: AtomicBool::new(false),
        }));
        // Before anything is written.
        store.0.connector.link().await?;
        store.0.establish().await?;
        Ok(store)
    }

    /// Does a call, unless the store is closed or gets closed meanwhile.
    async fn call<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.0.check_open()?;
        let answer = call.await;
        self.0.check_open()?;
        answer
    }
}

/// Whether a script changes what must not be lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Changes,
}

impl Inner {
    fn check_open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::SeqCst) { Err(StoreError::closed()) } else { Ok(()) }
    }

    /// Makes what a server lost, once its loss is seen.
    pub(super) async fn begin_anew(self: &Arc<Self>) -> Result<(), StoreError> {
        self.establish().await.map_err(as_store_error)
    }

    /// Runs a script on a user's keys.
    async fn of_user(
        self: &Arc<Self>,
        step: &Step,
        user: UserKey,
        effect: Effect,
        arguments: &[&[u8]],
    ) -> Result<Value, StoreError> {
        let shard = shard_of_user(user);
        let keys = [
            self.keys.shard(shard),
            self.keys.sessions(user),
            self.keys.cold(user),
            self.keys.answers(user),
            self.keys.floors(shard),
        ];
        let replicas = if effect == Effect::Changes { self.replicas } else { 0 };
        match step.run(&self.connector, &keys, arguments, replicas).await? {
            // It did nothing: the shard is not there.
            Value::Nil => {
                self.begin_anew().await?;
                match step.run(&self.connector, &keys, arguments, replicas).await? {
                    Value::Nil => Err(StoreError::new("the redis server lost its data")),
                    answer => Ok(answer),
                }
            }
            answer => Ok(answer),
        }
    }

    async fn begin(self: &Arc<Self>, begin: &Begin) -> Result<Beginning, StoreError> {
        let limit = begin.limit.filter(|limit| limit.when_full == WhenFull::Reject);
        let limit = limit.map_or_else(|| "-1".to_owned(), |limit| limit.max.to_string());
        let answer = self.of_user(&self.scripts.begin, begin.user, Effect::Reads, &[limit.as_bytes()]).await?;
        let [begun, active, incarnation] = array(&answer)? else { return Err(unexpected()) };
        Ok(Beginning {
            begun: time(begun)?,
            full: u64::try_from(number(active)?).ok(),
            incarnation: u64::from_be_bytes(Reader::new(some_octets(incarnation)?).take()?),
        })
    }

    async fn open(self: &Arc<Self>, open: &OpenSession) -> Result<Opening, StoreError> {
        let begun = open.begun.as_millis().to_string();
        let limit = open.limit.map_or_else(|| "-1".to_owned(), |limit| limit.max.to_string());
        let evict: &[u8] = match open.limit.map(|limit| limit.when_full) {
            Some(WhenFull::EvictOldest) => b"1",
            Some(WhenFull::Reject) | None => b"0",
        };
        let lifetime = millis(open.lifetime);
        let absolute = open.absolute.map_or_else(|| "-1".to_owned(), millis);
        let (kind, seed) = write_kind(open.kind);
        let (issued, metadata) = (write_issued(open.issued), write_metadata(&open.metadata));
        let (has_data, data): (&[u8], &str) = open.data.as_deref().map_or((b"0", ""), |data| (b"1", data));
        let arguments: [&[u8]; 12] = [
            open.key.session.octets(),
            begun.as_bytes(),
            limit.as_bytes(),
            evict,
            lifetime.as_bytes(),
            absolute.as_bytes(),
            kind,
            &seed,
            &issued,
            &metadata,
            has_data,
            data.as_bytes(),
        ];
        let answer = self.of_user(&self.scripts.open, open.key.user, Effect::Changes, &arguments).await?;
        let answer = array(&answer)?;
        match (answer.first().map(number).transpose()?, answer) {
            (Some(0), _) => Ok(Opening::Revoked),
            (Some(1), [_, created, evicted]) => {
                let (ids, []) = some_octets(evicted)?.as_chunks::<{ SessionId::LEN }>() else {
                    return Err(unexpected());
                };
                let evicted = ids.iter().copied().map(SessionId::from_octets).collect();
                Ok(Opening::Opened { created: time(created)?, evicted })
            }
            (Some(2), [_, active]) => Ok(Opening::Full { active: unsigned(active)? }),
            _ => Err(unexpected()),
        }
    }

    async fn load(self: &Arc<Self>, key: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        let answer = self.of_user(&self.scripts.load, key.user, Effect::Reads, &[key.session.octets()]).await?;
        match array(&answer)? {
            [_] => Ok(None),
            [_, kind, seed, generation, remaining, data] => Ok(Some(LoadedSession {
                kind: read_kind(number(kind)?, some_octets(seed)?)?,
                generation: generation_of(generation)?,
                remaining: u64::try_from(number(remaining)?).ok().map(Duration::from_millis),
                data: text(data)?,
            })),
            _ => Err(unexpected()),
        }
    }

    async fn rotate(self: &Arc<Self>, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let presented = rotate.presented.to_string();
        let (lifetime, grace) = (millis(rotate.lifetime), millis(rotate.grace));
        let ends: &[u8] = match rotate.on_reuse {
            OnReuse::Refuse => b"0",
            OnReuse::EndSession => b"1",
        };
        let (replaced, data): (&[u8], &str) = match &rotate.data {
            None => (b"0", ""),
            Some(None) => (b"1", ""),
            Some(Some(data)) => (b"2", data),
        };
        let (operation, issued) = (rotate.operation.as_u64().to_be_bytes(), write_issued(rotate.issued));
        let arguments: [&[u8]; 9] = [
            rotate.key.session.octets(),
            &operation,
            presented.as_bytes(),
            lifetime.as_bytes(),
            &issued,
            grace.as_bytes(),
            ends,
            replaced,
            data.as_bytes(),
        ];
        let answer = self.of_user(&self.scripts.rotate, rotate.key.user, Effect::Changes, &arguments).await?;
        let answer = array(&answer)?;
        match (answer.first().map(number).transpose()?, answer) {
            (Some(0), _) => Ok(Rotation::Gone),
            (Some(1), [_, generation]) => Ok(Rotation::Rotated { generation: generation_of(generation)? }),
            (Some(2), [_, generation, issued, data]) => Ok(Rotation::Repeated {
                generation: generation_of(generation)?,
                issued: read_issued(&mut Reader::new(some_octets(issued)?))?,
                data: text(data)?,
            }),
            (Some(3), _) => Ok(Rotation::Superseded),
            (Some(4), _) => Ok(Rotation::Reused),
            (Some(5), _) => Ok(Rotation::Newer),
            _ => Err(unexpected()),
        }
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        // Longer ids are none of any provider's, and the empty name is taken.
        if !(1..=256).contains(&deny.token_id.len()) {
            return Err(StoreError::new("a token id has 1 to 256 octets"));
        }
        let keys = [self.keys.denied(shard_of_token(&deny.token_id))];
        let (operation, keep, margin) = (deny.operation.as_u64().to_be_bytes(), millis(deny.keep), millis(self.margin));
        let arguments: [&[u8]; 4] = [deny.token_id.as_bytes(), &operation, keep.as_bytes(), margin.as_bytes()];
        let answer = self.scripts.deny.run(&self.connector, &keys, &arguments, self.replicas).await?;
        Ok(if number(&answer)? == 1 { Denial::First } else { Denial::Already })
    }

    async fn end(self: &Arc<Self>, end: &EndSession) -> Result<Ending, StoreError> {
        let operation = end.operation.as_u64().to_be_bytes();
        let arguments: [&[u8]; 2] = [end.key.session.octets(), &operation];
        let answer = self.of_user(&self.scripts.end, end.key.user, Effect::Changes, &arguments).await?;
        Ok(if number(&answer)? == 1 { Ending::Ended } else { Ending::Absent })
    }

    async fn revoke_user(self: &Arc<Self>, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let (operation, keep, margin) =
            (revoke.operation.as_u64().to_be_bytes(), millis(revoke.keep), millis(self.margin));
        let arguments: [&[u8]; 4] = [&operation, revoke.user.octets(), keep.as_bytes(), margin.as_bytes()];
        unsigned(&self.of_user(&self.scripts.revoke_user, revoke.user, Effect::Changes, &arguments).await?)
    }

    async fn list(self: &Arc<Self>, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        let answer = self.of_user(&self.scripts.list, user, Effect::Reads, &[]).await?;
        let record = |answer: &Value| {
            let [id, record, metadata] = array(answer)? else { return Err(unexpected()) };
            let session = Session::read(some_octets(record)?)?;
            Ok(SessionRecord {
                id: SessionId::from_octets(Reader::new(some_octets(id)?).take()?),
                pair: session.pair,
                created: session.created,
                expires: session.expires,
                rotated: session.rotated,
                generation: session.generation,
                issued: session.issued,
                metadata: read_metadata(some_octets(metadata)?)?,
            })
        };
        array(&answer)?.iter().map(record).collect()
    }
}

fn generation_of(answer: &Value) -> Result<u32, StoreError> {
    u32::try_from(number(answer)?).map_err(|_| unexpected())
}

impl Store for RedisStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true, process_local: false }
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        self.call(self.0.begin(begin)).await
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        self.call(self.0.open(open)).await
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        self.call(self.0.check(token)).await
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        self.call(self.0.load(session)).await
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        self.call(self.0.rotate(rotate)).await
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        self.call(self.0.deny(deny)).await
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        self.call(self.0.is_denied(token_id)).await
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        self.call(self.0.end(end)).await
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        self.call(self.0.revoke_user(revoke)).await
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        self.call(self.0.raise_floor(instant)).await
    }

    async fn count(&self, user: UserKey) -> Result<u64, StoreError> {
        self.call(async { unsigned(&self.0.of_user(&self.0.scripts.count, user, Effect::Reads, &[]).await?) }).await
    }

    async fn list(&self, user: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        self.call(self.0.list(user)).await
    }

    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        self.call(self.0.page(after, most)).await
    }

    /// Nothing to do: the server expires keys, and what is over within a key is removed as others are added.
    async fn purge(&self, _: usize, _: Duration) -> Result<Purged, StoreError> {
        self.0.check_open()?;
        Ok(Purged { removed: 0, done: true })
    }

    async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        self.0.connector.close();
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
