//! Removing what has expired, a slice at a time.

use std::time::Duration;

use super::{
    lock::lock,
    sessions::{Extra, Sessions},
    store::Inner,
};
use crate::{
    id::UserKey,
    store::{
        StoreError,
        types::{Purged, StoreTime},
    },
};

/// Where the next slice begins.
#[derive(Default)]
pub(super) struct PurgeCursor {
    shard: usize,
    part: Part,
}

enum Part {
    Sessions(usize),
    Tokens(Option<Box<str>>),
    Users(Option<UserKey>),
}

impl Default for Part {
    fn default() -> Self {
        Self::Sessions(0)
    }
}

/// What was removed, to be dropped when no lock is held: an allocator may take milliseconds over a release that makes much free.
#[expect(clippy::vec_box, reason = "a box is moved, what is in it is not")]
struct Garbage {
    extra: Vec<Box<Extra>>,
    left_over: Vec<Sessions>,
}

impl Inner {
    /// Looks at `slice` records, shard after shard; each shard's lock is held for its part of them only.
    pub(super) fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        // Room is made before there is a lock, for the same reason.
        let mut garbage = Garbage { extra: Vec::with_capacity(slice.min(1024)), left_over: Vec::new() };
        let mut cursor = self.purge_at()?;
        let mut purged = Purged::default();
        let mut left = slice.max(1);
        while left > 0 {
            let Some(shard) = self.open_shards()?.get(cursor.shard) else {
                *cursor = PurgeCursor::default();
                purged.done = true;
                break;
            };
            let mut shard = lock(shard)?;
            let at = self.moment();
            let over = |until: StoreTime| until.plus(margin) <= at.now;
            let looked_at;
            (looked_at, purged.removed, cursor.part) = match &cursor.part {
                Part::Sessions(from) => {
                    let before = shard.sessions.len() as u64;
                    let swept = shard.sessions.sweep(*from, left, |slot| !at.live(slot), &mut garbage.extra);
                    self.count(before, before - swept.removed);
                    let forgotten = shard.recent.forget(at.now, left);
                    if swept.next.is_none() {
                        garbage.left_over.extend(shard.sessions.shrink());
                        shard.recent.shrink();
                    }
                    (
                        swept.looked_at.max(forgotten),
                        purged.removed + swept.removed,
                        swept.next.map_or(Part::Tokens(None), Part::Sessions),
                    )
                }
                Part::Tokens(from) => {
                    let swept = shard.revoked.purge_tokens(from.as_deref(), left, over);
                    let next = swept.next.map_or(Part::Users(None), |last| Part::Tokens(Some(last)));
                    (swept.looked_at, purged.removed + swept.removed, next)
                }
                Part::Users(from) => {
                    let swept = shard.revoked.purge_users(from.as_ref(), left, over);
                    if swept.next.is_none() {
                        cursor.shard += 1;
                    }
                    let next = swept.next.map_or(Part::default(), |last| Part::Users(Some(last)));
                    (swept.looked_at, purged.removed + swept.removed, next)
                }
            };
            left = left.saturating_sub(looked_at);
        }
        Ok(purged)
    }
}
