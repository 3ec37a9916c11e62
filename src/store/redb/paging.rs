//! The list of what is revoked, page by page: the token ids in their order, then the users.

use std::ops::Bound::{self, Excluded, Unbounded};

use super::{failed, snapshot::Snapshot};
use crate::{
    id::UserKey,
    store::{
        StoreError,
        types::{Cursor, RevokedEntry, RevokedPage, StoreTime},
    },
};

/// After what a page begins: `t` and a token id, or `u` and a user. So it stands whatever is added or removed.
enum After<'a> {
    Start,
    Token(&'a str),
    User(UserKey),
}

impl<'a> After<'a> {
    fn read(cursor: Option<&'a Cursor>) -> Result<Self, StoreError> {
        let not_ours = || StoreError::new("not a cursor of this store");
        let Some(cursor) = cursor else { return Ok(Self::Start) };
        match cursor.as_str().split_at_checked(1) {
            Some(("t", token_id)) => Ok(Self::Token(token_id)),
            Some(("u", user)) => user.parse().map(Self::User).map_err(|_| not_ours()),
            _ => Err(not_ours()),
        }
    }
}

fn cursor_after(entry: &RevokedEntry) -> Cursor {
    Cursor::new(&match entry {
        RevokedEntry::Token { token_id, .. } => format!("t{token_id}"),
        RevokedEntry::User { user, .. } => format!("u{user}"),
    })
}

pub(super) fn page(snapshot: &Snapshot, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
    let after = After::read(after)?;
    let most = most.max(1);
    let mut entries = Vec::new();
    let (tokens, users): (Option<Bound<&str>>, Bound<UserKey>) = match after {
        After::Start => (Some(Unbounded), Unbounded),
        After::Token(token_id) => (Some(Excluded(token_id)), Unbounded),
        After::User(user) => (None, Excluded(user)),
    };
    // One more than there is room for tells whether this is the last page.
    let enough = most.saturating_add(1);
    if let Some(from) = tokens {
        for entry in snapshot.denied.range::<&str>((from, Unbounded)).map_err(failed)?.take(enough) {
            let (token_id, denied) = entry.map_err(failed)?;
            let until = StoreTime::from_millis(denied.value().0);
            entries.push(RevokedEntry::Token { token_id: token_id.value().into(), until });
        }
    }
    let from = users.as_ref().map(UserKey::octets);
    for entry in snapshot.users.range::<&[u8; 16]>((from, Unbounded)).map_err(failed)?.take(enough - entries.len()) {
        let (user, floor) = entry.map_err(failed)?;
        let (floor, until) = floor.value();
        let [floor, until] = [floor, until].map(StoreTime::from_millis);
        entries.push(RevokedEntry::User { user: UserKey::from_octets(*user.value()), floor, until });
    }
    let more = entries.len() > most;
    entries.truncate(most);
    let next = if more { entries.last().map(cursor_after) } else { None };
    Ok(RevokedPage { entries, next })
}
