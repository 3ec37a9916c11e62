//! A call repeated under its operation id gets the first answer, and has no second effect.

use std::time::Duration;

use super::subject::{HOUR, Outcome, Subject, ensure, evict, opened, reject, same};
use crate::store::{Begin, Denial, Ending, OpenSession, Rotate, Rotation, Store};

/// An opening repeated opens nothing more, although the limit is reached by the first.
pub(super) async fn an_opening_repeated_opens_once<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let begun = s.store.begin(&Begin { user, limit: reject(1) }).await?.begun;
    let open = OpenSession { limit: reject(1), ..s.opening(user, begun) };
    let first = s.store.open(&open).await?;
    let before = s.live(open.key).await?;
    s.past(s.now().await?).await?;
    same("an opening repeated", s.store.open(&open).await?, first.clone())?;
    same("the session after its opening was repeated", s.live(open.key).await?, before)?;
    s.has(user, 1, "after an opening was repeated").await?;

    s.store.rotate(&s.rotation(open.key, 0)).await?;
    let before = s.live(open.key).await?;
    s.purge(100, Duration::ZERO).await?;
    same("an opening repeated after a refresh", s.store.open(&open).await?, first)?;
    same("a refreshed session after its opening was repeated", s.live(open.key).await?, before)
}

/// An opening repeated names the same sessions that made room, and evicts none that came later.
pub(super) async fn an_opening_repeated_evicts_once<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let sessions = s.sessions(user, 4).await?;
    let open = OpenSession { limit: evict(2), ..s.opening(user, s.now().await?) };
    let first = s.store.open(&open).await?;
    let evicted: Vec<_> = sessions.iter().take(3).map(|(key, _)| key.session).collect();
    same("what made room", opened(first.clone())?.1, evicted)?;
    s.past(s.now().await?).await?;
    let later = s.session(user).await?;
    same("an opening repeated", s.store.open(&open).await?, first.clone())?;
    s.purge(100, Duration::ZERO).await?;
    same("an opening repeated after a purge", s.store.open(&open).await?, first)?;
    s.has(user, 3, "after an opening that evicts was repeated").await?;
    for key in sessions.iter().skip(3).map(|(key, _)| *key).chain([open.key, later]) {
        s.is_live(key, "a session not evicted by the first opening").await?;
    }
    Ok(())
}

/// An opening repeated after all was revoked brings nothing back.
pub(super) async fn an_opening_repeated_revives_nothing<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let open = s.opening(user, s.begin(user, None).await?.begun);
    opened(s.store.open(&open).await?)?;
    s.store.revoke_user(&s.revoking(user)).await?;
    // Whether it is told of the first opening or of the revocation.
    s.store.open(&open).await?;
    s.is_gone(open.key, "a session of a revoked user whose opening was repeated").await?;

    let user = s.user();
    let begun = s.begin(user, None).await?.begun;
    let open = s.opening(user, begun);
    let (created, _) = opened(s.store.open(&open).await?)?;
    s.past(created).await?;
    s.store.raise_floor(created).await?;
    s.store.open(&open).await?;
    s.is_gone(open.key, "a session below the floor whose opening was repeated").await
}

/// An opening repeated after its session ended, however that was, opens it no more.
pub(super) async fn an_opening_repeated_after_its_session_ended_opens_nothing<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let open = s.opening(user, s.begin(user, None).await?.begun);
    opened(s.store.open(&open).await?)?;
    same("ending a session", s.store.end(&s.ending(open.key)).await?, Ending::Ended)?;
    s.purge(100, Duration::ZERO).await?;
    s.store.open(&open).await?;
    s.is_gone(open.key, "an ended session whose opening was repeated").await?;
    s.has(user, 0, "after an ended session's opening was repeated").await?;

    let [first, second] = [(); 2].map(|()| s.opening(user, open.begun));
    opened(s.store.open(&first).await?)?;
    opened(s.store.open(&OpenSession { limit: evict(1), ..second }).await?)?;
    s.purge(100, Duration::ZERO).await?;
    s.store.open(&first).await?;
    s.is_gone(first.key, "an evicted session whose opening was repeated").await?;
    s.has(user, 1, "after an evicted session's opening was repeated").await
}

/// A refresh repeated is told of its success again, not that its credential was used twice.
pub(super) async fn a_refresh_repeated_moves_once<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    for presented in 0..3 {
        let rotate = s.rotation(key, presented);
        let want = Rotation::Rotated { generation: presented + 1 };
        same("a refresh", s.store.rotate(&rotate).await?, want.clone())?;
        let before = s.live(key).await?;
        s.past(s.now().await?).await?;
        same("a refresh repeated", s.store.rotate(&rotate).await?, want.clone())?;
        s.purge(100, Duration::ZERO).await?;
        same("a refresh repeated after a purge", s.store.rotate(&rotate).await?, want.clone())?;
        let graced = Rotate { grace: HOUR, ..rotate };
        same("a refresh repeated within the grace", s.store.rotate(&graced).await?, want)?;
        same("the session after a refresh was repeated", s.live(key).await?, before)?;
    }
    Ok(())
}

/// Reuse that ended a session is told again: it is what an alarm hangs on.
pub(super) async fn reuse_repeated_is_told_again<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    s.store.rotate(&s.rotation(key, 0)).await?;
    let reuse = s.rotation(key, 0);
    for when in ["", " repeated", " repeated once more"] {
        same(&format!("reuse{when}"), s.store.rotate(&reuse).await?, Rotation::Reused)?;
        s.purge(100, Duration::ZERO).await?;
    }
    same("another refresh after reuse", s.store.rotate(&s.rotation(key, 1)).await?, Rotation::Gone)
}

/// Ending repeated is told of its success again; another's ending is not.
pub(super) async fn an_ending_repeated_ended_once<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let [key, other] = [s.session(user).await?, s.session(user).await?];
    let end = s.ending(key);
    same("an ending", s.store.end(&end).await?, Ending::Ended)?;
    same("an ending repeated", s.store.end(&end).await?, Ending::Ended)?;
    same("another ending", s.store.end(&s.ending(key)).await?, Ending::Absent)?;
    s.purge(100, Duration::ZERO).await?;
    same("an ending repeated after a purge", s.store.end(&end).await?, Ending::Ended)?;
    s.is_live(other, "the user's other session").await
}

/// Revoking a user repeated counts the same, raises no floor and ends no session that was opened in between.
pub(super) async fn a_revocation_repeated_ends_nothing_new<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    s.sessions(user, 2).await?;
    let revoke = s.revoking(user);
    same("what revoking a user ended", s.store.revoke_user(&revoke).await?, 2)?;
    let floor = s.user_floor(user).await?;
    let later = s.session(user).await?;
    s.past(s.now().await?).await?;
    same("what revoking a user ended, asked again", s.store.revoke_user(&revoke).await?, 2)?;
    s.purge(100, Duration::ZERO).await?;
    same("what revoking a user ended, asked after a purge", s.store.revoke_user(&revoke).await?, 2)?;
    s.is_live(later, "a session opened between a revocation and its repetition").await?;
    same("the floor after a repetition", s.user_floor(user).await?, floor)?;

    same("what another revocation ended", s.store.revoke_user(&s.revoking(user)).await?, 1)?;
    let last = s.session(user).await?;
    same("the first revocation, asked again after a second", s.store.revoke_user(&revoke).await?, 2)?;
    s.is_live(last, "a session opened after two revocations, when the first was repeated").await
}

/// The same of a user without sessions.
pub(super) async fn a_revocation_repeated_raises_no_floor<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let revoke = s.revoking(user);
    same("what revoking a user ended", s.store.revoke_user(&revoke).await?, 0)?;
    let floor = s.user_floor(user).await?;
    let begun = s.begin(user, None).await?.begun;
    s.past(s.now().await?).await?;
    same("what revoking a user ended, asked again", s.store.revoke_user(&revoke).await?, 0)?;
    same("the floor after a repetition", s.user_floor(user).await?, floor)?;
    ensure!(begun > floor, "a login begun between a revocation and its repetition is below the floor");
    Ok(())
}

/// A denial repeated was the first again; another's was not.
pub(super) async fn a_denial_repeated_was_the_first<S: Store>(s: Subject<S>) -> Outcome {
    let deny = s.denying(&s.token_id(), HOUR);
    same("a denial", s.store.deny(&deny).await?, Denial::First)?;
    same("a denial repeated", s.store.deny(&deny).await?, Denial::First)?;
    let other = s.denying(&deny.token_id, HOUR * 2);
    same("another denial", s.store.deny(&other).await?, Denial::Already)?;
    same("another denial repeated", s.store.deny(&other).await?, Denial::Already)?;
    s.purge(100, Duration::ZERO).await?;
    same("a denial repeated after a purge", s.store.deny(&deny).await?, Denial::First)
}

/// Repetitions that overlap are one operation too.
pub(super) async fn repetitions_at_once_are_one_operation<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..super::subject::ROUNDS {
        let user = s.user();
        let open = OpenSession { limit: reject(1), ..s.opening(user, s.begin(user, None).await?.begun) };
        let key = open.key;
        let answers = s
            .at_once(16, |_, s| {
                let open = open.clone();
                async move { Ok(s.store.open(&open).await?) }
            })
            .await?;
        let first = answers.first().cloned().into_iter().cycle().take(16).collect();
        same("one opening, sent 16 times at once", answers.clone(), first)?;
        answers.into_iter().try_for_each(|answer| opened(answer).map(drop))?;
        s.has(user, 1, "after one opening was sent 16 times").await?;

        let rotate = s.rotation(key, 0);
        let answers = s
            .at_once(16, |_, s| {
                let rotate = rotate.clone();
                async move { Ok(s.store.rotate(&rotate).await?) }
            })
            .await?;
        same("one refresh, sent 16 times at once", answers, vec![Rotation::Rotated { generation: 1 }; 16])?;
        same("the generation", s.live(key).await?.generation, 1)?;

        let end = s.ending(key);
        let answers = s.at_once(16, move |_, s| async move { Ok(s.store.end(&end).await?) }).await?;
        same("one ending, sent 16 times at once", answers, vec![Ending::Ended; 16])?;

        let deny = s.denying(&s.token_id(), HOUR);
        let answers = s
            .at_once(16, |_, s| {
                let deny = deny.clone();
                async move { Ok(s.store.deny(&deny).await?) }
            })
            .await?;
        same("one denial, sent 16 times at once", answers, vec![Denial::First; 16])?;

        s.sessions(user, 2).await?;
        let revoke = s.revoking(user);
        let answers = s.at_once(16, move |_, s| async move { Ok(s.store.revoke_user(&revoke).await?) }).await?;
        same("one revocation, sent 16 times at once", answers, vec![2; 16])?;
    }
    Ok(())
}
