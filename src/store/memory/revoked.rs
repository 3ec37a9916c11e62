//! The denylist and the users' floors of a shard, in order, so that they can be paged and purged bit by bit.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    time::Duration,
};

use super::sessions::Swept;
use crate::{
    id::UserKey,
    store::types::{Denial, DenyToken, OperationId, StoreTime},
};

pub(super) struct Denied {
    pub(super) until: StoreTime,
    operation: OperationId,
}

pub(super) struct Floor {
    pub(super) floor: StoreTime,
    pub(super) until: StoreTime,
}

#[derive(Default)]
pub(super) struct Revoked {
    pub(super) tokens: BTreeMap<Box<str>, Denied>,
    pub(super) users: BTreeMap<UserKey, Floor>,
}

impl Revoked {
    pub(super) fn deny(&mut self, deny: &DenyToken, now: StoreTime) -> Denial {
        let until = now.plus(deny.keep);
        let Some(denied) = self.tokens.get_mut(&deny.token_id) else {
            self.tokens.insert(deny.token_id.clone(), Denied { until, operation: deny.operation });
            return Denial::First;
        };
        denied.until = denied.until.max(until);
        if denied.operation == deny.operation { Denial::First } else { Denial::Already }
    }

    pub(super) fn user_floor(&self, user: UserKey) -> StoreTime {
        self.users.get(&user).map_or_else(StoreTime::default, |floor| floor.floor)
    }

    /// Raises a user's floor to `now`, or one above what any earlier `begun` can be if that is later.
    pub(super) fn raise(&mut self, user: UserKey, now: StoreTime, floor_of_all: StoreTime, keep: Duration) {
        let (until, next) = (now.plus(keep), Duration::from_millis(1));
        let entry = self.users.entry(user).or_insert(Floor { floor: StoreTime::default(), until });
        entry.floor = now.max(entry.floor.plus(next)).max(floor_of_all.plus(next));
        entry.until = entry.until.max(until);
    }

    /// Looks at `most` tokens after `from` and removes those whose time is over.
    pub(super) fn purge_tokens(
        &mut self,
        from: Option<&str>,
        most: usize,
        over: impl Fn(StoreTime) -> bool,
    ) -> Swept<Box<str>> {
        purge(&mut self.tokens, from, most, |denied| over(denied.until))
    }

    /// The same for users.
    pub(super) fn purge_users(
        &mut self,
        from: Option<&UserKey>,
        most: usize,
        over: impl Fn(StoreTime) -> bool,
    ) -> Swept<UserKey> {
        purge(&mut self.users, from, most, |floor| over(floor.until))
    }
}

fn purge<K: Ord + Clone + Borrow<Q>, Q: Ord + ?Sized, V>(
    map: &mut BTreeMap<K, V>,
    from: Option<&Q>,
    most: usize,
    over: impl Fn(&V) -> bool,
) -> Swept<K> {
    let start = from.map_or(Unbounded, Excluded);
    let seen: Vec<(K, bool)> =
        map.range::<Q, _>((start, Unbounded)).take(most).map(|(key, value)| (key.clone(), over(value))).collect();
    let next = if seen.len() == most { seen.last().map(|(key, _)| key.clone()) } else { None };
    let before = map.len();
    for (key, _) in seen.iter().filter(|(_, over)| *over) {
        map.remove(key.borrow());
    }
    Swept { looked_at: seen.len(), removed: (before - map.len()) as u64, next }
}
