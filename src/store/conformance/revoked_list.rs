//! The list of what is revoked, page by page.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::subject::{HOUR, Outcome, Reason, SHORT, Subject, ensure, same};
use crate::{
    id::UserKey,
    store::{Cursor, RevokedEntry, Store, StoreTime},
};

/// What the pages so far have listed, each entry once.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) tokens: BTreeMap<Box<str>, StoreTime>,
    pub(super) users: BTreeMap<UserKey, (StoreTime, StoreTime)>,
    next: Option<Cursor>,
    pages: usize,
}

impl Listed {
    /// Reads the next page, and says whether there is one more.
    async fn page<S: Store>(&mut self, s: &Subject<S>, most: usize) -> Result<bool, Reason> {
        let page = s.store.list_revoked(self.next.as_ref(), most).await?;
        ensure!(page.entries.len() <= most, "a page of at most {most} entries has {}", page.entries.len());
        for entry in page.entries {
            let again = match entry {
                RevokedEntry::Token { token_id, until } => self.tokens.insert(token_id, until).is_some(),
                RevokedEntry::User { user, floor, until } => self.users.insert(user, (floor, until)).is_some(),
            };
            ensure!(!again, "an entry is listed twice");
        }
        self.pages += 1;
        ensure!(self.pages < 10_000, "the list of what is revoked never ends");
        // As a client gives it back that was sent it as text.
        self.next = page.next.map(|next| Cursor::new(next.as_str()));
        Ok(self.next.is_some())
    }
}

/// Lists all.
pub(super) async fn listed<S: Store>(s: &Subject<S>, most: usize) -> Result<Listed, Reason> {
    let mut listed = Listed::default();
    while listed.page(s, most).await? {}
    Ok(listed)
}

async fn deny_some<S: Store>(s: &Subject<S>, how_many: usize, keep: Duration) -> Result<BTreeSet<Box<str>>, Reason> {
    let mut ids = BTreeSet::new();
    for _ in 0..how_many {
        let deny = s.denying(&s.token_id(), keep);
        s.store.deny(&deny).await?;
        ids.insert(deny.token_id);
    }
    Ok(ids)
}

/// Pages of any size hold every entry once, as it is, and nothing else.
pub(super) async fn pages_hold_every_entry_once<S: Store>(s: Subject<S>) -> Outcome {
    let before = s.now().await?;
    let ids = deny_some(&s, 23, HOUR).await?;
    let mut floors = BTreeMap::new();
    for number in 0..11 {
        let user = s.user();
        // Raised more than once, it is still one floor.
        for _ in 0..=number % 3 {
            s.store.revoke_user(&s.revoking(user)).await?;
        }
        floors.insert(user, s.user_floor(user).await?);
    }
    // A session ended, or a floor of all, is no entry.
    s.store.raise_floor(before).await?;
    for most in [1, 2, 7, 11, 23, 34, 1000] {
        let listed = listed(&s, most).await?;
        let after = s.now().await?;
        same("the ids listed", listed.tokens.keys().cloned().collect(), ids.clone())?;
        let found: BTreeMap<_, _> = listed.users.iter().map(|(user, (floor, _))| (*user, *floor)).collect();
        same("the floors listed", found, floors.clone())?;
        for until in listed.tokens.values() {
            ensure!(*until >= before.plus(HOUR), "what is denied for an hour is listed until less than that");
            ensure!(*until <= after.plus(HOUR), "what is denied for an hour is listed until more than that");
        }
        for (_, until) in listed.users.values() {
            ensure!(*until >= before.plus(HOUR), "a floor kept for an hour is listed until less than that");
        }
    }
    Ok(())
}

/// What is there from the first page to the last is listed once, whatever is added in between.
pub(super) async fn pages_stand_what_is_added<S: Store>(s: Subject<S>) -> Outcome {
    let ids = deny_some(&s, 20, HOUR).await?;
    let users = [s.user(), s.user(), s.user()];
    for user in users {
        s.store.revoke_user(&s.revoking(user)).await?;
    }
    let mut listed = Listed::default();
    while listed.page(&s, 3).await? {
        if listed.pages < 20 {
            deny_some(&s, 4, HOUR).await?;
            s.store.revoke_user(&s.revoking(s.user())).await?;
        }
    }
    for id in &ids {
        ensure!(listed.tokens.contains_key(id), "a denied id was left out while others were added");
    }
    for user in &users {
        ensure!(listed.users.contains_key(user), "a floor was left out while others were added");
    }
    Ok(())
}

/// Nor is anything left out because something else was purged.
pub(super) async fn pages_stand_what_is_purged<S: Store>(s: Subject<S>) -> Outcome {
    let mut ids = BTreeSet::new();
    for _ in 0..10 {
        ids.append(&mut deny_some(&s, 2, HOUR).await?);
        deny_some(&s, 3, SHORT * 3).await?;
    }
    let end = s.now().await?.plus(SHORT * 3);
    let user = s.user();
    s.store.revoke_user(&s.revoking(user)).await?;
    let mut listed = Listed::default();
    while listed.page(&s, 4).await? {
        if listed.pages == 2 {
            s.past(end).await?;
            s.purge(100, Duration::ZERO).await?;
        }
    }
    for id in &ids {
        ensure!(listed.tokens.contains_key(id), "a denied id was left out while others were purged");
    }
    ensure!(listed.users.contains_key(&user), "a floor was left out while ids were purged");
    Ok(())
}
