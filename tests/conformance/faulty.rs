//! The example store, made wrong in one way at a time.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, CheckToken, Cursor, EndSession, Ending, OpenSession, Opening, OperationId, RevokedEntry, RevokedPage,
        Rotate, Rotation, SessionKey, SessionKind, SessionMetadata, Store, StoreError, StoreTime,
    },
};
use tokio::task::yield_now;

use crate::{custom_store::CustomStore, fault::Fault};

/// What the faults need to remember.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) opened: Vec<SessionKey>,
    pub(crate) ended: HashSet<SessionId>,
    pub(crate) evicted: HashMap<SessionId, Opening>,
    pub(crate) reborn: HashMap<SessionKey, SessionKey>,
    pub(crate) absolute: HashMap<SessionId, Duration>,
    pub(crate) endings: HashMap<OperationId, Ending>,
    pub(crate) reused: HashSet<OperationId>,
    pub(crate) repeated: HashMap<SessionId, Instant>,
    pub(crate) denied: HashMap<Box<str>, Instant>,
    pub(crate) revoked: Vec<String>,
    pub(crate) floor: StoreTime,
    pub(crate) purged: bool,
    pub(crate) closed: bool,
}

pub(crate) struct Faulty {
    pub(crate) inner: CustomStore,
    pub(crate) fault: Fault,
    notes: Mutex<Notes>,
    number: AtomicU64,
}

impl Faulty {
    pub(crate) fn new(fault: Fault) -> Self {
        let inner = CustomStore::new().unwrap();
        Self { inner, fault, notes: Mutex::default(), number: AtomicU64::new(0) }
    }

    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    pub(crate) fn note<T>(&self, note: impl FnOnce(&mut Notes) -> T) -> T {
        note(&mut self.notes.lock().unwrap())
    }

    pub(crate) fn number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) async fn now(&self, user: UserKey) -> Result<StoreTime, StoreError> {
        Ok(self.inner.begin(&Begin { user, limit: None }).await?.begun)
    }

    pub(crate) fn session(&self, key: SessionKey) -> SessionKey {
        match self.fault {
            Fault::SessionsAreFoundUnderAnyUser => self.note(|notes| {
                let same = |opened: &&SessionKey| opened.session == key.session;
                notes.opened.iter().find(same).copied().unwrap_or(key)
            }),
            Fault::KeysEndAtNul => {
                let mut octets = *key.session.octets();
                let end = octets.iter().position(|octet| *octet == 0).unwrap_or(16);
                octets[end..].fill(0);
                SessionKey { session: SessionId::from_octets(octets), ..key }
            }
            _ => self.note(|notes| notes.reborn.get(&key).copied().unwrap_or(key)),
        }
    }

    /// Another session in that one's place: the store within knows the first, and would not open it again.
    pub(crate) fn reborn(&self, key: SessionKey) -> SessionKey {
        let session = SessionId::from_octets((u128::from(self.number()) + 1).to_be_bytes());
        let another = SessionKey { session, ..key };
        self.note(|notes| notes.reborn.insert(key, another));
        another
    }

    pub(crate) fn token_id(&self, id: &str) -> Box<str> {
        let id = match self.fault {
            Fault::IdsAreFolded => &id.to_lowercase(),
            Fault::IdsEndAtNul => id.split('\0').next().unwrap(),
            Fault::IdsAreTrimmed => id.trim_end(),
            Fault::IdsAreCut => &id.chars().take(255).collect::<String>(),
            _ => id,
        };
        id.into()
    }

    /// Whether this call is one that the closed store is wrong in.
    pub(crate) fn closed(&self, fault: Fault) -> bool {
        self.is(fault) && self.note(|notes| notes.closed)
    }

    pub(crate) fn sessions(&self) -> Result<(), StoreError> {
        if self.is(Fault::WithoutSessions) { Err(StoreError::unsupported()) } else { Ok(()) }
    }

    pub(crate) async fn evict(&self, open: &OpenSession, max: usize) -> Result<Opening, StoreError> {
        let user = open.key.user;
        let mut live = self.inner.list(user).await?;
        match self.fault {
            Fault::EvictionIsReadThenWritten => yield_now().await,
            Fault::EvictsTheNewest => live.reverse(),
            Fault::EvictsTheLeastRefreshed => live.sort_by_key(|record| record.rotated),
            _ => {}
        }
        let mut surplus = (live.len() + 1).saturating_sub(max);
        if self.is(Fault::EvictsAlways) {
            surplus = surplus.max(1);
        }
        if self.is(Fault::EvictsOnlyOne) {
            surplus = surplus.min(1);
        }
        let mut gone: Vec<_> = live.iter().take(surplus).map(|record| record.id).collect();
        for session in &gone {
            let key = SessionKey { user, session: *session };
            let operation = OperationId::from_u64(self.number());
            self.inner.end(&EndSession { key, operation }).await?;
        }
        if self.is(Fault::EvictsUnsaid) {
            gone.clear();
        }
        let answer = match self.inner.open(&OpenSession { limit: None, ..open.clone() }).await? {
            Opening::Opened { created, .. } => Opening::Opened { created, evicted: gone },
            other => other,
        };
        self.note(|notes| notes.evicted.insert(open.key.session, answer.clone()));
        Ok(answer)
    }

    /// What was issued at or before this is revoked.
    pub(crate) async fn floors(&self, user: UserKey) -> Result<(StoreTime, StoreTime), StoreError> {
        let standing = self.inner.check(CheckToken::Untracked { user, token_id: "any" }).await?;
        Ok((standing.user_floor, standing.floor))
    }

    /// Writes a whole session back, as one does who read it before.
    pub(crate) async fn revive(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let open = OpenSession {
            key: self.reborn(rotate.key),
            kind: SessionKind::Single,
            begun: self.now(rotate.key.user).await?,
            limit: None,
            lifetime: rotate.lifetime,
            absolute: None,
            issued: rotate.issued,
            metadata: SessionMetadata::new(),
            data: None,
        };
        self.inner.open(&open).await?;
        Ok(Rotation::Rotated { generation: 1 })
    }

    /// A page by its number of entries from the start.
    pub(crate) async fn numbered_page(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        let mut all = self.inner.list_revoked(None, 1_000_000).await?.entries;
        if self.is(Fault::PagesAreNumberedInOrderOfTime) {
            let order = self.note(|notes| notes.revoked.clone());
            let place = |entry: &RevokedEntry| {
                let name = match entry {
                    RevokedEntry::Token { token_id, .. } => format!("t{token_id}"),
                    RevokedEntry::User { user, .. } => format!("u{user}"),
                    _ => String::new(),
                };
                order.iter().position(|listed| *listed == name)
            };
            all.sort_by_key(place);
        }
        let first: usize = after.map_or(0, |after| after.as_str().parse().unwrap());
        let next = (first + most < all.len()).then(|| Cursor::new(&(first + most).to_string()));
        Ok(RevokedPage { entries: all.into_iter().skip(first).take(most).collect(), next })
    }
}

/// The present of a clock beside the store.
pub(crate) fn clock() -> StoreTime {
    StoreTime::default().plus(SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
}
