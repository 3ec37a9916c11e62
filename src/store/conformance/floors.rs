//! Floors: what was issued at or before them is revoked.

use std::time::{Duration, Instant};

use super::subject::{HOUR, Outcome, SHORT, Subject, ensure, opened, same};
use crate::store::{Ending, OpenSession, Opening, Rotation, Store, StoreTime};

/// A new store denies nobody anything, and has no floors.
pub(super) async fn a_new_store_has_no_floors<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for standing in [s.untracked(user, "any").await?, s.standing(s.key(user)).await?] {
        same("the session of a token never issued", standing.session, None)?;
        ensure!(!standing.denied, "a token id never denied is denied");
        same("the user's floor", standing.user_floor.as_millis(), 0)?;
        same("the floor of all", standing.floor.as_millis(), 0)?;
    }
    same("what is revoked", s.store.list_revoked(None, 10).await?.entries, Vec::new())
}

/// Revoking a user who has no session stops the tokens that were never tracked.
pub(super) async fn revoking_a_user_sets_a_floor<S: Store>(s: Subject<S>) -> Outcome {
    let [user, other] = [s.user(), s.user()];
    let before = s.begin(user, None).await?.begun;
    same("what revoking a user ended", s.store.revoke_user(&s.revoking(user)).await?, 0)?;
    let standing = s.untracked(user, "any").await?;
    let floor = standing.user_floor;
    ensure!(floor >= before, "a login begun before a revocation is above the floor");
    same("the floor, for a session's token", s.standing(s.key(user)).await?.user_floor, floor)?;
    same("the floor of all", standing.floor.as_millis(), 0)?;
    ensure!(!standing.denied, "a revoked user's token id is denied by itself");
    same("another user's floor", s.user_floor(other).await?.as_millis(), 0)?;
    let after = s.begin(user, None).await?.begun;
    ensure!(after > floor, "a login begun after a revocation is not above the floor");
    Ok(())
}

/// Each revocation is above what came before it and below what comes after, within one millisecond too.
pub(super) async fn every_revocation_raises_the_floor<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let mut last = StoreTime::default();
    for _ in 0..100 {
        let before = s.begin(user, None).await?.begun;
        s.store.revoke_user(&s.revoking(user)).await?;
        let floor = s.user_floor(user).await?;
        ensure!(floor > last, "a second revocation did not raise the floor");
        ensure!(floor >= before, "a login begun before a revocation is above the floor");
        let after = s.begin(user, None).await?.begun;
        ensure!(after > floor, "a login begun after a revocation is not above the floor");
        last = floor;
    }
    Ok(())
}

/// Revoking a user ends all sessions of that user, and no others.
pub(super) async fn revoking_a_user_ends_all_sessions<S: Store>(s: Subject<S>) -> Outcome {
    let [user, other] = [s.user(), s.user()];
    let short = OpenSession { lifetime: SHORT, ..s.opening(user, s.now().await?) };
    opened(s.store.open(&short).await?)?;
    s.past(s.now().await?.plus(SHORT)).await?;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(s.session(user).await?);
    }
    let others = s.session(other).await?;
    if let Some(first) = sessions.first() {
        s.store.rotate(&s.rotation(*first, 0)).await?;
    }
    same("what revoking a user ended", s.store.revoke_user(&s.revoking(user)).await?, 5)?;
    for key in sessions {
        s.is_gone(key, "a session of a revoked user").await?;
        same("ending it", s.store.end(&s.ending(key)).await?, Ending::Absent)?;
    }
    s.has(user, 0, "of a revoked user").await?;
    same("what revoking the user again ended", s.store.revoke_user(&s.revoking(user)).await?, 0)?;
    s.is_live(others, "the session of a user not revoked").await?;
    let later = s.session(user).await?;
    s.is_live(later, "a session opened after a revocation").await
}

/// A login that overlaps a revocation does not survive it, within one millisecond too.
pub(super) async fn a_login_begun_before_a_revocation_is_refused<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for _ in 0..200 {
        let stale = s.opening(user, s.begin(user, None).await?.begun);
        let older = s.session(user).await?;
        same("what revoking a user ended", s.store.revoke_user(&s.revoking(user)).await?, 1)?;
        s.is_gone(older, "a session of a revoked user").await?;
        same("a login begun before a revocation", s.store.open(&stale).await?, Opening::Revoked)?;
        s.is_gone(stale.key, "a session that was refused").await?;

        let fresh = s.opening(user, s.begin(user, None).await?.begun);
        let (created, _) = opened(s.store.open(&fresh).await?)?;
        ensure!(created > s.user_floor(user).await?, "a session was created at or below the floor");
        s.is_live(fresh.key, "a session opened after a revocation").await?;
        same("ending it", s.store.end(&s.ending(fresh.key)).await?, Ending::Ended)?;
    }
    Ok(())
}

/// The same of the floor of all.
pub(super) async fn a_login_begun_before_the_floor_is_refused<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for _ in 0..50 {
        let begun = s.begin(user, None).await?.begun;
        let stale = s.opening(user, begun);
        // It may be a millisecond ahead of the present, which no floor can pass.
        let start = Instant::now();
        let mut floor = s.store.raise_floor(begun).await?;
        while floor < begun {
            ensure!(start.elapsed() < Duration::from_secs(30), "the floor cannot be raised to what begin said");
            tokio::task::yield_now().await;
            floor = s.store.raise_floor(begun).await?;
        }
        same("a login begun before the floor was raised", s.store.open(&stale).await?, Opening::Revoked)?;
        s.is_gone(stale.key, "a session that was refused").await?;
        let fresh = s.begin(user, None).await?.begun;
        ensure!(fresh > floor, "a login begun after the floor was raised is not above it");
        let open = s.opening(user, fresh);
        let (created, _) = opened(s.store.open(&open).await?)?;
        ensure!(created > floor, "a session was created at or below the floor of all");
        s.is_live(open.key, "a session opened after the floor was raised").await?;
    }
    Ok(())
}

/// A user's floor gets above what came before also where the floor of all had pushed that ahead.
pub(super) async fn both_floors_hold_together<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for _ in 0..200 {
        s.store.raise_floor(StoreTime::from_millis(u64::MAX)).await?;
        let stale = s.opening(user, s.begin(user, None).await?.begun);
        let older = s.session(user).await?;
        same("what revoking a user ended", s.store.revoke_user(&s.revoking(user)).await?, 1)?;
        s.is_gone(older, "a session of a revoked user").await?;
        let answer = s.store.open(&stale).await?;
        same("a login begun between the floor of all and a revocation", answer, Opening::Revoked)?;
        let standing = s.untracked(user, "any").await?;
        ensure!(standing.user_floor >= stale.begun, "a login begun before a revocation is above the user's floor");
        let begun = s.begin(user, None).await?.begun;
        ensure!(begun > standing.user_floor && begun > standing.floor, "begin is not above both floors");
    }
    Ok(())
}

/// The floor of all ends what was created at or before it, for every user and every call.
pub(super) async fn the_floor_ends_older_sessions<S: Store>(s: Subject<S>) -> Outcome {
    let [alice, bob] = [s.user(), s.user()];
    let sessions = s.sessions(alice, 2).await?;
    let bobs = s.sessions(bob, 1).await?;
    let [(first, _), (second, floor)] = sessions.as_slice() else { return Ok(()) };
    same("the floor", s.store.raise_floor(*floor).await?, *floor)?;
    for user in [alice, bob, s.user()] {
        same("the floor, for an untracked token", s.untracked(user, "any").await?.floor, *floor)?;
        same("the floor, for a session's token", s.standing(s.key(user)).await?.floor, *floor)?;
        same("the user's own floor", s.user_floor(user).await?.as_millis(), 0)?;
    }
    for key in [*first, *second] {
        s.is_gone(key, "a session at or below the floor").await?;
        same("refreshing it", s.store.rotate(&s.rotation(key, 0)).await?, Rotation::Gone)?;
        same("ending it", s.store.end(&s.ending(key)).await?, Ending::Absent)?;
    }
    s.has(alice, 0, "below the floor").await?;
    for (key, _) in bobs {
        s.is_live(key, "a session above the floor").await?;
    }
    let later = s.session(alice).await?;
    s.is_live(later, "a session opened after the floor was raised").await?;
    same(
        "what revoking a user ended, beside sessions below the floor",
        s.store.revoke_user(&s.revoking(alice)).await?,
        1,
    )
}

/// The floor of all is never lowered, and not raised past the present.
pub(super) async fn the_floor_only_rises<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let first = s.now().await?;
    s.past(first).await?;
    same("the floor", s.store.raise_floor(first).await?, first)?;
    for lower in [0, first.as_millis() - 1, first.as_millis()] {
        same("the floor, asked to be lower", s.store.raise_floor(StoreTime::from_millis(lower)).await?, first)?;
        same("the floor, in a check", s.untracked(user, "any").await?.floor, first)?;
    }
    let before = s.now().await?;
    for far in [before.plus(HOUR * 24), StoreTime::from_millis(u64::MAX)] {
        let floor = s.store.raise_floor(far).await?;
        // A day, which this cannot have taken.
        ensure!(floor < before.plus(HOUR * 24), "the floor was raised past the present");
        ensure!(floor >= before.max(first), "the floor, asked to be in the future, was not raised to the present");
        same("the floor, in a check", s.untracked(user, "any").await?.floor, floor)?;
    }
    s.past(s.now().await?).await?;
    Ok(())
}

/// The epoch and the incarnation are the store's, for every user, whatever happens.
pub(super) async fn the_epoch_does_not_move<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let first = s.untracked(user, "any").await?;
    s.past(first.epoch).await?;
    for step in 0..5 {
        match step {
            0 => drop(s.store.deny(&s.denying("some", HOUR)).await?),
            1 => drop(s.store.revoke_user(&s.revoking(user)).await?),
            2 => drop(s.store.raise_floor(s.now().await?).await?),
            3 => drop(s.purge(100, Duration::ZERO).await?),
            _ => {}
        }
        for user in [user, s.user()] {
            let standings =
                [s.untracked(user, "any").await?, s.untracked(user, "some").await?, s.standing(s.key(user)).await?];
            for standing in standings {
                same("the epoch", standing.epoch, first.epoch)?;
                same("the incarnation", standing.incarnation, first.incarnation)?;
            }
            same("the incarnation, in begin", s.begin(user, None).await?.incarnation, first.incarnation)?;
        }
    }
    Ok(())
}
