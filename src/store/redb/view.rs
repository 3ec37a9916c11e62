//! What steps and readers ask of the tables.

use std::time::Duration;

use redb::ReadableTable;

use super::{
    codec::{session_id, session_octets},
    failed,
    record::{Hot, Record},
    schema::{Floor, Octets, Session, User, all_of},
};
use crate::{
    id::{SessionId, UserKey},
    store::{
        StoreError,
        types::{SessionKey, StoreTime},
    },
};

/// The time of a step, and the floors as one user has them then.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: StoreTime,
    pub(super) floor: StoreTime,
    pub(super) user_floor: StoreTime,
}

impl Moment {
    /// What was issued at or before this is revoked.
    pub(super) fn floors(self) -> StoreTime {
        self.floor.max(self.user_floor)
    }

    /// The present, or the first millisecond above the floors if that is later.
    pub(super) fn above_floors(self) -> StoreTime {
        self.now.max(self.floors().plus(Duration::from_millis(1)))
    }

    pub(super) fn live(self, session: &Hot) -> bool {
        self.now < session.expires && session.created > self.floors()
    }
}

pub(super) fn moment(
    users: &impl ReadableTable<User, Floor>,
    user: UserKey,
    now: StoreTime,
    floor: StoreTime,
) -> Result<Moment, StoreError> {
    let found = users.get(user.octets()).map_err(failed)?;
    let user_floor = found.map_or_else(StoreTime::default, |found| StoreTime::from_millis(found.value().0));
    Ok(Moment { now, floor, user_floor })
}

/// A session, live or not, as `read` reads it.
pub(super) fn find<T>(
    sessions: &impl ReadableTable<Session, Octets>,
    key: SessionKey,
    read: impl FnOnce(&[u8]) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let found = sessions.get(&session_octets(key)).map_err(failed)?;
    found.map(|found| read(found.value())).transpose()
}

/// A live session, without what only some have.
pub(super) fn live_hot(
    sessions: &impl ReadableTable<Session, Octets>,
    key: SessionKey,
    at: Moment,
) -> Result<Option<Hot>, StoreError> {
    Ok(find(sessions, key, Hot::read)?.filter(|hot| at.live(hot)))
}

/// A live session.
pub(super) fn live(
    sessions: &impl ReadableTable<Session, Octets>,
    key: SessionKey,
    at: Moment,
) -> Result<Option<Record>, StoreError> {
    Ok(find(sessions, key, Record::read)?.filter(|record| at.live(&record.hot)))
}

/// All of a user's sessions, live or not, as `read` reads them.
pub(super) fn sessions_of<T>(
    sessions: &impl ReadableTable<Session, Octets>,
    user: UserKey,
    read: impl Fn(&[u8]) -> Result<T, StoreError>,
) -> Result<Vec<(SessionId, T)>, StoreError> {
    let range = all_of(user);
    let found = sessions.range::<&[u8; 32]>(range.start()..=range.end()).map_err(failed)?;
    found
        .map(|entry| {
            let (key, value) = entry.map_err(failed)?;
            Ok((session_id(key.value()), read(value.value())?))
        })
        .collect()
}

/// How many live sessions a user has.
pub(super) fn count(
    sessions: &impl ReadableTable<Session, Octets>,
    user: UserKey,
    at: Moment,
) -> Result<u64, StoreError> {
    let all = sessions_of(sessions, user, Hot::read)?;
    Ok(all.iter().filter(|(_, hot)| at.live(hot)).map(|_| 1).sum())
}
