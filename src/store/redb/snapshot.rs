//! The last committed state, as readers see it.

use redb::{Database, ReadOnlyTable};

use super::{
    error::RedbOpenError,
    schema::{DENIED, Denied, FLOOR, Floor, META, Octets, SESSIONS, Session, USERS, User},
};
use crate::store::types::StoreTime;

/// One commit's tables. Kept open from commit to commit: opening them for each check would take longer than the check.
pub(super) struct Snapshot {
    pub(super) sessions: ReadOnlyTable<Session, Octets>,
    pub(super) users: ReadOnlyTable<User, Floor>,
    pub(super) denied: ReadOnlyTable<&'static str, Denied>,
    /// The floor of all.
    pub(super) floor: StoreTime,
}

impl Snapshot {
    pub(super) fn new(database: &Database) -> Result<Self, RedbOpenError> {
        let txn = database.begin_read()?;
        let floor = txn.open_table(META)?.get(FLOOR)?.map_or(0, |floor| floor.value());
        Ok(Self {
            sessions: txn.open_table(SESSIONS)?,
            users: txn.open_table(USERS)?,
            denied: txn.open_table(DENIED)?,
            floor: StoreTime::from_millis(floor),
        })
    }
}
