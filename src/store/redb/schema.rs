//! The tables, and what a file must hold to be one of ours.

use redb::{ReadableTable, TableDefinition, TableHandle, WriteTransaction};

use super::{codec::session_octets, error::RedbOpenError};
use crate::{
    id::{SessionId, UserKey},
    store::types::{SessionKey, StoreTime},
};

/// Raised when the tables, or what is in them, change so that older code would misread them.
pub(super) const VERSION: u64 = 1;

pub(super) type User = &'static [u8; 16];
pub(super) type Session = &'static [u8; 32];
pub(super) type Octets = &'static [u8];
/// A user's floor, and until when it is kept.
pub(super) type Floor = (u64, u64);
/// Until when a token id is denied, and by which operation.
pub(super) type Denied = (u64, u64);

/// Single numbers, by name.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("jwtward");
/// By user and session, so that a user's are neighbours.
pub(super) const SESSIONS: TableDefinition<'_, Session, Octets> = TableDefinition::new("sessions");
pub(super) const USERS: TableDefinition<'_, User, Floor> = TableDefinition::new("users");
pub(super) const DENIED: TableDefinition<'_, &str, Denied> = TableDefinition::new("denied");
/// What was answered to operations whose effect cannot be seen any more: by an operation's 8 octets, or by the 32 of a
/// session that was opened and has ended.
pub(super) const ANSWERS: TableDefinition<'_, Octets, Octets> = TableDefinition::new("answers");

/// The names in [`META`].
pub(super) const SCHEMA: &str = "schema";
pub(super) const EPOCH: &str = "epoch";
pub(super) const INCARNATION: &str = "incarnation";
/// The floor of all.
pub(super) const FLOOR: &str = "floor";
/// The latest time of which the store is known to have told.
pub(super) const LATEST: &str = "latest";
/// How many sessions were ever opened.
pub(super) const OPENED: &str = "opened";

/// What does not change while a store is open.
#[derive(Clone, Copy)]
pub(super) struct Identity {
    pub(super) epoch: StoreTime,
    pub(super) incarnation: u64,
    /// The latest time stored.
    pub(super) latest: StoreTime,
}

/// Reads who the store is, or makes it one if the file is new, and says whether it was.
pub(super) fn identify(txn: &WriteTransaction, now: StoreTime) -> Result<(Identity, bool), RedbOpenError> {
    let names: Vec<String> = txn.list_tables()?.map(|table| table.name().to_owned()).collect();
    let is_new = names.is_empty() && txn.list_multimap_tables()?.next().is_none();
    if !is_new && !names.iter().any(|name| name == META.name()) {
        return Err(RedbOpenError::NotAStore);
    }
    let mut meta = txn.open_table(META)?;
    if is_new {
        meta.insert(SCHEMA, VERSION)?;
        meta.insert(EPOCH, now.as_millis())?;
        meta.insert(LATEST, now.as_millis())?;
        meta.insert(INCARNATION, getrandom::u64().map_err(|_| RedbOpenError::Random)?)?;
    }
    let number = |name| Ok::<_, RedbOpenError>(meta.get(name)?.map(|number| number.value()));
    let found = number(SCHEMA)?.ok_or(RedbOpenError::NotAStore)?;
    if found != VERSION {
        return Err(RedbOpenError::Schema { found, known: VERSION });
    }
    let time = |name| Ok::<_, RedbOpenError>(number(name)?.map(StoreTime::from_millis));
    let identity = Identity {
        epoch: time(EPOCH)?.ok_or(RedbOpenError::NotAStore)?,
        incarnation: number(INCARNATION)?.ok_or(RedbOpenError::NotAStore)?,
        latest: time(LATEST)?.ok_or(RedbOpenError::NotAStore)?,
    };
    Ok((identity, is_new))
}

/// From a user's first possible session to the last.
pub(super) fn all_of(user: UserKey) -> std::ops::RangeInclusive<[u8; 32]> {
    let key = |session| session_octets(SessionKey { user, session: SessionId::from_octets(session) });
    key([0; 16])..=key([0xff; 16])
}
