//! A folder of its own for each store, and what the tests ask of one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use jwtward::{
    Clock, NumericDate, SessionId, UserKey,
    store::{
        Begin, CheckToken, DenyToken, IssuedTimes, OpenSession, Opening, OperationId, RedbStore, RevokeUser,
        SessionKey, SessionKind, SessionMetadata, Standing, Store, StoreTime,
    },
};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// A folder that is removed with this.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self::within(Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    /// In memory where there is such a place: for what would wait for a disk thousands of times.
    pub(crate) fn without_disk() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::within(memory) } else { Self::new() }
    }

    fn within(folder: &Path) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("jwtward-redb-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("store.redb")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A clock that is set by hand, in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct HandClock(Arc<AtomicI64>);

pub(crate) const START: i64 = 1_800_000_000_000;

impl HandClock {
    pub(crate) fn at(millis: i64) -> Self {
        Self(Arc::new(AtomicI64::new(millis)))
    }

    pub(crate) fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> NumericDate {
        let millis = self.0.load(Ordering::SeqCst);
        NumericDate::from_secs(millis / 1000).plus(Duration::from_millis(u64::try_from(millis % 1000).unwrap()))
    }
}

pub(crate) fn user(number: u64) -> UserKey {
    UserKey::from_octets(u128::from(number).to_be_bytes())
}

pub(crate) fn key(user_number: u64, session: u64) -> SessionKey {
    SessionKey { user: user(user_number), session: SessionId::from_octets(u128::from(session).to_be_bytes()) }
}

pub(crate) fn operation() -> OperationId {
    OperationId::from_u64(getrandom::u64().unwrap())
}

pub(crate) fn opening(key: SessionKey, begun: StoreTime, lifetime: Duration) -> OpenSession {
    OpenSession {
        key,
        kind: SessionKind::Pair { seed: 77 },
        begun,
        limit: None,
        lifetime,
        absolute: None,
        issued: IssuedTimes { issued_at: 1, expires_at: 901 },
        metadata: SessionMetadata::new().with_label("a label"),
        data: Some("{\"granted\":1}".into()),
    }
}

pub(crate) async fn begun(store: &RedbStore, user: UserKey) -> StoreTime {
    store.begin(&Begin { user, limit: None }).await.unwrap().begun
}

pub(crate) async fn login(store: &RedbStore, key: SessionKey, lifetime: Duration) -> StoreTime {
    let begun = begun(store, key.user).await;
    match store.open(&opening(key, begun, lifetime)).await.unwrap() {
        Opening::Opened { created, .. } => created,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn standing(store: &RedbStore, key: SessionKey) -> Standing {
    store.check(CheckToken::Tracked(key)).await.unwrap()
}

pub(crate) async fn is_live(store: &RedbStore, key: SessionKey) -> bool {
    standing(store, key).await.session.is_some()
}

pub(crate) fn denying(token_id: &str) -> DenyToken {
    DenyToken { token_id: token_id.into(), operation: operation(), keep: HOUR }
}

pub(crate) fn revoking(user: UserKey) -> RevokeUser {
    RevokeUser { user, operation: operation(), keep: HOUR }
}
