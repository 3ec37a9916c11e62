//! The list of what is revoked, page by page: shard after shard, in each the tokens, then the users, both in order.

use std::ops::Bound::{Excluded, Unbounded};

use super::{lock::lock, shard::Shard};
use crate::{
    id::UserKey,
    store::{
        StoreError,
        types::{Cursor, RevokedEntry, RevokedPage},
    },
    sync::Mutex,
};

/// After which entry of which shard a page begins.
#[derive(Clone, Default)]
struct After {
    shard: usize,
    token: Option<Box<str>>,
    /// The tokens are through.
    users: bool,
    user: Option<UserKey>,
}

impl After {
    fn read(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.as_str().splitn(3, ':');
        let shard = parts.next()?.parse().ok()?;
        match (parts.next()?, parts.next()?) {
            ("token", id) => Some(Self { shard, token: Some(id.into()), users: false, user: None }),
            ("user", key) => Some(Self { shard, token: None, users: true, user: Some(key.parse().ok()?) }),
            _ => None,
        }
    }

    fn write(shard: usize, entry: &RevokedEntry) -> Cursor {
        Cursor::new(&match entry {
            RevokedEntry::Token { token_id, .. } => format!("{shard}:token:{token_id}"),
            RevokedEntry::User { user, .. } => format!("{shard}:user:{user}"),
        })
    }
}

pub(super) fn page(shards: &[Mutex<Shard>], after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
    let after = match after {
        Some(cursor) => After::read(cursor).ok_or_else(|| StoreError::new("not a cursor of this store"))?,
        None => After::default(),
    };
    let most = most.max(1);
    let mut page = RevokedPage::default();
    let first = after.shard;
    let mut last_shard = first;
    for (number, shard) in shards.iter().enumerate().skip(first) {
        let after = if number == first { after.clone() } else { After::default() };
        // One more than there is room for tells whether this is the last page.
        let room = most - page.entries.len();
        let entries = entries(&*lock(shard)?, &after, room.saturating_add(1));
        let more = entries.len() > room;
        if room > 0 && !entries.is_empty() {
            last_shard = number;
        }
        page.entries.extend(entries.into_iter().take(room));
        if more {
            page.next = page.entries.last().map(|last| After::write(last_shard, last));
            break;
        }
    }
    Ok(page)
}

fn entries(shard: &Shard, after: &After, most: usize) -> Vec<RevokedEntry> {
    let from = after.token.as_deref().map_or(Unbounded, Excluded);
    let tokens = (!after.users).then(|| shard.revoked.tokens.range::<str, _>((from, Unbounded)));
    let tokens = tokens
        .into_iter()
        .flatten()
        .map(|(token_id, denied)| RevokedEntry::Token { token_id: token_id.clone(), until: denied.until });
    let from = after.user.map_or(Unbounded, Excluded);
    let users = shard.revoked.users.range((from, Unbounded)).map(|(user, floor)| RevokedEntry::User {
        user: *user,
        floor: floor.floor,
        until: floor.until,
    });
    tokens.chain(users).take(most).collect()
}
