//! Removing what has expired, a slice at a time.

use std::{
    ops::Bound::{self, Excluded, Unbounded},
    time::Duration,
};

use redb::{Key, ReadableTable, Table, Value};

use super::{answers::Answer, codec::user_of, failed, record::Hot, step::Step, view::moment};
use crate::store::{
    StoreError,
    types::{Purged, StoreTime},
};

/// How many records a slice removes at most. A removal costs more than a look, and what is written waits for the slice.
const REMOVED: usize = 128;

/// Where the next slice begins.
#[derive(Default)]
pub(super) enum PurgeCursor {
    #[default]
    Start,
    Sessions([u8; 32]),
    Denied(Option<String>),
    Users(Option<[u8; 16]>),
    Answers(Option<Vec<u8>>),
}

/// What a slice did in one table.
struct Swept<K> {
    looked_at: usize,
    removed: usize,
    /// Where to go on; `None` at the end of the table.
    next: Option<K>,
}

/// Looks at `most` records after `from` and removes those that are over, as many as there is room for.
fn sweep<K: Key + 'static, V: Value + 'static, O>(
    table: &mut Table<'_, K, V>,
    from: Bound<K::SelfType<'_>>,
    (most, room): (usize, usize),
    own: impl for<'a> Fn(K::SelfType<'a>) -> O,
    borrow: impl for<'a> Fn(&'a O) -> K::SelfType<'a>,
    over: impl for<'a> Fn(K::SelfType<'a>, V::SelfType<'a>) -> Result<bool, StoreError>,
) -> Result<Swept<O>, StoreError> {
    let (mut looked_at, mut last, mut dead) = (0, None, Vec::new());
    let mut ended = true;
    for entry in table.range::<K::SelfType<'_>>((from, Unbounded)).map_err(failed)? {
        if looked_at == most || dead.len() == room {
            ended = false;
            break;
        }
        let (key, value) = entry.map_err(failed)?;
        looked_at += 1;
        if over(key.value(), value.value())? {
            dead.push(own(key.value()));
        }
        last = Some(own(key.value()));
    }
    for key in &dead {
        table.remove(borrow(key)).map_err(failed)?;
    }
    Ok(Swept { looked_at, removed: dead.len(), next: if ended { None } else { last } })
}

fn after<T>(from: Option<T>) -> Bound<T> {
    from.map_or(Unbounded, Excluded)
}

impl Step<'_> {
    /// Looks at `slice` records, table after table, from where the last slice ended. At the end of all the time is
    /// kept, so that also a store that is only read loses little of it.
    pub(super) fn purge(
        &mut self,
        cursor: &mut PurgeCursor,
        slice: usize,
        margin: Duration,
    ) -> Result<Purged, StoreError> {
        let (now, floor) = (self.now, self.floor);
        let past = |until: u64| StoreTime::from_millis(until).plus(margin) <= now;
        let (mut left, mut room, mut done, mut forgotten) = (slice.max(1), REMOVED, false, 0);
        while left > 0 && room > 0 && !done {
            let most = (left, room);
            let (looked_at, removed);
            (looked_at, removed, *cursor) = match &*cursor {
                PurgeCursor::Start | PurgeCursor::Sessions(_) => {
                    let from = if let PurgeCursor::Sessions(from) = cursor { Some(from) } else { None };
                    let users = &self.users;
                    let over = |key: &[u8; 32], value: &[u8]| {
                        let at = moment(users, user_of(key), now, floor)?;
                        Ok(!at.live(&Hot::read(value)?))
                    };
                    let swept = sweep(&mut self.sessions, after(from.map(|from| &*from)), most, |k| *k, |k| k, over)?;
                    (
                        swept.looked_at,
                        swept.removed,
                        swept.next.map_or(PurgeCursor::Denied(None), PurgeCursor::Sessions),
                    )
                }
                PurgeCursor::Denied(from) => {
                    let over = |_: &str, (until, _)| Ok(past(until));
                    let swept =
                        sweep(&mut self.denied, after(from.as_deref()), most, str::to_owned, |k| k.as_str(), over)?;
                    let next = swept.next.map_or(PurgeCursor::Users(None), |last| PurgeCursor::Denied(Some(last)));
                    (swept.looked_at, swept.removed, next)
                }
                PurgeCursor::Users(from) => {
                    let over = |_: &[u8; 16], (_, until)| Ok(past(until));
                    let swept = sweep(&mut self.users, after(from.as_ref()), most, |k| *k, |k| k, over)?;
                    let next = swept.next.map_or(PurgeCursor::Answers(None), |last| PurgeCursor::Users(Some(last)));
                    (swept.looked_at, swept.removed, next)
                }
                PurgeCursor::Answers(from) => {
                    let over = |_: &[u8], value: &[u8]| Ok(Answer::until(value)? < now);
                    let from = after(from.as_deref());
                    let swept = sweep(&mut self.answers, from, most, <[u8]>::to_vec, |k| k.as_slice(), over)?;
                    done = swept.next.is_none();
                    let next = swept.next.map_or(PurgeCursor::Start, |last| PurgeCursor::Answers(Some(last)));
                    forgotten = swept.removed;
                    (swept.looked_at, swept.removed, next)
                }
            };
            left = left.saturating_sub(looked_at);
            room = room.saturating_sub(removed);
        }
        self.changed |= done || room < REMOVED;
        // An answer that is forgotten is no record of the caller's.
        Ok(Purged { removed: (REMOVED - room - forgotten) as u64, done })
    }
}
