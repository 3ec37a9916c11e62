//! How many sessions a user may have.

use super::subject::{Outcome, SHORT, Subject, ensure, evict, opened, reject, same};
use crate::store::{Ending, OpenSession, Opening, Rotation, Store};

/// At the limit a login is refused, and nothing changes.
pub(super) async fn a_full_limit_rejects<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for place in 0..3 {
        same("full, before it is", s.begin(user, reject(3)).await?.full, None)?;
        let (_, opening) = s.login(user, reject(3)).await?;
        ensure!(matches!(opening, Opening::Opened { .. }), "place {place} of 3 was refused with {opening:?}");
    }
    let before = s.store.list(user).await?;
    same("full, of three places taken", s.begin(user, reject(3)).await?.full, Some(3))?;
    same("full, of a limit that evicts", s.begin(user, evict(3)).await?.full, None)?;
    same("full, without a limit", s.begin(user, None).await?.full, None)?;
    same("full, of a limit not reached", s.begin(user, reject(4)).await?.full, None)?;
    let (refused, opening) = s.login(user, reject(3)).await?;
    same("a login at the limit", opening, Opening::Full { active: 3 })?;
    s.is_gone(refused, "a session that was refused").await?;
    same("the list after a refused login", s.store.list(user).await?, before)?;

    let (_, opening) = s.login(s.user(), reject(3)).await?;
    opened(opening)?;
    let (last, opening) = s.login(user, reject(4)).await?;
    opened(opening)?;
    same("a login under a lowered limit", s.login(user, reject(2)).await?.1, Opening::Full { active: 4 })?;
    same("full, of a lowered limit", s.begin(user, reject(2)).await?.full, Some(4))?;
    same("ending a session", s.store.end(&s.ending(last)).await?, Ending::Ended)?;
    same("a login at the limit", s.login(user, reject(3)).await?.1, Opening::Full { active: 3 })?;
    opened(s.login(user, reject(4)).await?.1).map(drop)
}

/// At a limit that evicts, the oldest session makes room, whichever was refreshed last.
pub(super) async fn the_oldest_makes_room<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let sessions = s.sessions(user, 3).await?;
    let other = s.session(s.user()).await?;
    if let [(oldest, _), (second, _), (third, _)] = sessions.as_slice() {
        s.store.rotate(&s.rotation(*oldest, 0)).await?;
        let (fourth, opening) = s.login(user, evict(3)).await?;
        same("what made room", opened(opening)?.1, vec![oldest.session])?;
        s.is_gone(*oldest, "an evicted session").await?;
        same("refreshing an evicted session", s.store.rotate(&s.rotation(*oldest, 1)).await?, Rotation::Gone)?;
        for key in [*second, *third, fourth] {
            s.is_live(key, "a session that was not the oldest").await?;
        }
    }
    s.has(user, 3, "after an eviction").await?;
    s.is_live(other, "another user's session").await
}

/// Below the limit nothing is evicted.
pub(super) async fn nothing_is_evicted_below_the_limit<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for _ in 0..4 {
        let (_, opening) = s.login(user, evict(4)).await?;
        same("what made room below the limit", opened(opening)?.1, Vec::new())?;
    }
    s.has(user, 4, "at the limit").await
}

/// When the limit was lowered, one login evicts as many as it takes, oldest first.
pub(super) async fn a_lowered_limit_evicts_several<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let sessions = s.sessions(user, 6).await?;
    let (_, opening) = s.login(user, evict(3)).await?;
    let want: Vec<_> = sessions.iter().take(4).map(|(key, _)| key.session).collect();
    same("what made room", opened(opening)?.1, want)?;
    s.has(user, 3, "after the limit was lowered").await?;
    for (index, (key, _)) in sessions.iter().enumerate() {
        if index < 4 {
            s.is_gone(*key, "an evicted session").await?;
        } else {
            s.is_live(*key, "a session young enough").await?;
        }
    }
    let (only, opening) = s.login(user, evict(1)).await?;
    same("how many made room for one", opened(opening)?.1.len(), 3)?;
    s.has(user, 1, "under a limit of one").await?;
    s.is_live(only, "the one session of a limit of one").await
}

/// Expired sessions take no place, and are not said to have made room.
pub(super) async fn expired_sessions_take_no_place<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for _ in 0..3 {
        let short = OpenSession { lifetime: SHORT, ..s.opening(user, s.now().await?) };
        opened(s.store.open(&short).await?)?;
    }
    s.past(s.now().await?.plus(SHORT)).await?;
    same("full, of expired sessions", s.begin(user, reject(1)).await?.full, None)?;
    let (first, opening) = s.login(user, reject(1)).await?;
    ensure!(matches!(opening, Opening::Opened { .. }), "expired sessions fill a limit: {opening:?}");
    same("a login at the limit", s.login(user, reject(1)).await?.1, Opening::Full { active: 1 })?;
    s.past(s.now().await?).await?;
    let (_, opening) = s.login(user, evict(1)).await?;
    same("what made room beside expired sessions", opened(opening)?.1, vec![first.session])
}

/// Sessions below the floor of all take no place either.
pub(super) async fn sessions_below_the_floor_take_no_place<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let sessions = s.sessions(user, 3).await?;
    if let Some((_, created)) = sessions.last() {
        s.store.raise_floor(*created).await?;
    }
    same("full, of sessions below the floor", s.begin(user, reject(1)).await?.full, None)?;
    let (first, opening) = s.login(user, reject(1)).await?;
    ensure!(matches!(opening, Opening::Opened { .. }), "sessions below the floor fill a limit: {opening:?}");
    s.past(s.now().await?).await?;
    let (_, opening) = s.login(user, evict(1)).await?;
    same("what made room beside sessions below the floor", opened(opening)?.1, vec![first.session])
}

/// Without a limit there is none.
pub(super) async fn without_a_limit_there_is_none<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for _ in 0..100 {
        s.session(user).await?;
    }
    s.has(user, 100, "without a limit").await
}
