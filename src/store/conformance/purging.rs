//! What a purge removes, and what it must leave.

use std::time::Duration;

use super::{
    revoked_list::listed,
    subject::{HOUR, Outcome, Reason, SHORT, Subject, ensure, evict, issued, opened, same},
};
use crate::store::{Denial, OpenSession, Purged, RevokeUser, Store, StoreTime};

/// An empty store is soon purged, and again.
pub(super) async fn an_empty_store_is_soon_purged<S: Store>(s: Subject<S>) -> Outcome {
    for slice in [1, 100, usize::MAX] {
        same("what was removed from an empty store", s.purge(slice, HOUR).await?, 0)?;
    }
    Ok(())
}

/// What is revoked stays revoked.
pub(super) async fn a_purge_leaves_what_is_revoked<S: Store>(s: Subject<S>) -> Outcome {
    let users = [s.user(), s.user(), s.user()];
    let ids = [s.token_id(), s.token_id(), s.token_id()];
    for (user, id) in users.iter().zip(&ids) {
        s.store.revoke_user(&s.revoking(*user)).await?;
        s.store.deny(&s.denying(id, HOUR)).await?;
    }
    let floor = s.store.raise_floor(s.now().await?).await?;
    let mut before = Vec::new();
    for (user, id) in users.iter().zip(&ids) {
        before.push(s.untracked(*user, id).await?);
    }
    for slice in [1, 2, 100] {
        same("what was removed from a store where nothing has ended", s.purge(slice, Duration::ZERO).await?, 0)?;
        for ((user, id), before) in users.iter().zip(&ids).zip(&before) {
            same("a check after a purge", s.untracked(*user, id).await?, *before)?;
            ensure!(s.store.is_denied(id).await?, "a denied id is not denied after a purge");
            let again = s.denying(id, HOUR);
            same("denying again after a purge", s.store.deny(&again).await?, Denial::Already)?;
        }
        let listed = listed(&s, 100).await?;
        same("how many ids are listed after a purge", listed.tokens.len(), ids.len())?;
        same("how many floors are listed after a purge", listed.users.len(), users.len())?;
        same("the floor of all after a purge", s.store.raise_floor(StoreTime::default()).await?, floor)?;
    }
    Ok(())
}

/// Live sessions stay, with all they have.
pub(super) async fn a_purge_leaves_live_sessions<S: Store>(s: Subject<S>) -> Outcome {
    let mut sessions = Vec::new();
    for number in 0..20 {
        let data = Some("{\"kept\":true}".into());
        let open = OpenSession { data, issued: issued(number), ..s.opening(s.user(), s.now().await?) };
        opened(s.store.open(&open).await?)?;
        let short = OpenSession { lifetime: SHORT, ..s.opening(open.key.user, s.now().await?) };
        opened(s.store.open(&short).await?)?;
        let record = s.live(open.key).await?;
        sessions.push((open, short.key, record));
    }
    s.past(s.now().await?.plus(SHORT)).await?;
    for slice in [1, 3, 1000] {
        s.purge(slice, Duration::ZERO).await?;
        for (open, short, record) in &sessions {
            same("a session after a purge", s.live(open.key).await?, record.clone())?;
            s.is_gone(*short, "an expired session after a purge").await?;
            s.has(open.key.user, 1, "after a purge").await?;
            let loaded = s.store.load(open.key).await?;
            ensure!(
                loaded.is_some_and(|loaded| loaded.data == open.data && loaded.kind == open.kind),
                "a purge changed a session's data or seed"
            );
        }
    }
    // The places that were purged are free, and no others.
    for (open, ..) in &sessions {
        s.past(s.now().await?).await?;
        let (_, opening) = s.login(open.key.user, evict(2)).await?;
        same("what made room after a purge", opened(opening)?.1, Vec::new())?;
    }
    Ok(())
}

/// What has ended is removed in the end.
pub(super) async fn a_purge_removes_what_has_ended<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..20 {
        s.store.deny(&s.denying(&s.token_id(), SHORT)).await?;
        let user = s.user();
        s.store.revoke_user(&RevokeUser { keep: SHORT, ..s.revoking(user) }).await?;
    }
    // A floor may be some milliseconds ahead of the clock, and so may its end.
    s.past(s.now().await?.plus(SHORT * 2)).await?;
    s.purge(7, Duration::ZERO).await?;
    let listed = listed(&s, 100).await?;
    ensure!(listed.tokens.is_empty(), "denials that have ended are still listed after a purge");
    ensure!(listed.users.is_empty(), "floors that have ended are still listed after a purge");
    Ok(())
}

/// Denials and floors stay for the margin past their end.
pub(super) async fn a_purge_keeps_a_margin<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..5 {
        s.store.deny(&s.denying(&s.token_id(), SHORT)).await?;
        let user = s.user();
        s.store.revoke_user(&RevokeUser { keep: SHORT, ..s.revoking(user) }).await?;
    }
    s.past(s.now().await?.plus(SHORT * 2)).await?;
    same("what was removed within the margin", s.purge(100, HOUR).await?, 0)
}

/// One call does not look at everything.
pub(super) async fn a_purge_works_in_slices<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..400 {
        s.store.deny(&s.denying(&s.token_id(), Duration::from_millis(1))).await?;
    }
    s.past(s.now().await?.plus(Duration::from_millis(1))).await?;
    for _ in 0..10_000 {
        let Purged { removed, done } = s.store.purge(10, Duration::ZERO).await?;
        ensure!(removed <= 100, "a purge of 10 records removed {removed}");
        if done {
            return Ok(());
        }
    }
    Err(Reason("purge never says that it is done".into()))
}

/// A purge in the midst of work harms none of it.
pub(super) async fn a_purge_beside_work_harms_nothing<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..super::subject::ROUNDS {
        let users = [s.user(), s.user(), s.user(), s.user()];
        let keys = s
            .at_once(super::subject::RACERS, move |number, s| async move {
                if number % 8 == 0 {
                    s.purge(3, Duration::ZERO).await?;
                    return Ok(None);
                }
                let user = users.get(number % 4).copied().unwrap_or_else(|| s.user());
                let short = OpenSession {
                    lifetime: Duration::from_millis(1),
                    ..s.opening(user, s.begin(user, None).await?.begun)
                };
                s.store.open(&short).await?;
                let id = s.token_id();
                s.store.deny(&s.denying(&id, HOUR)).await?;
                let key = s.session(user).await?;
                s.store.rotate(&s.rotation(key, 0)).await?;
                Ok(Some((key, id)))
            })
            .await?;
        s.past(s.now().await?.plus(Duration::from_millis(1))).await?;
        s.purge(100, Duration::ZERO).await?;
        for (key, id) in keys.into_iter().flatten() {
            same("the generation of a session refreshed beside a purge", s.live(key).await?.generation, 1)?;
            ensure!(s.store.is_denied(&id).await?, "an id denied beside a purge is not denied");
        }
    }
    Ok(())
}
