//! Calls at the same time: limits, refreshes, firsts.

use std::collections::BTreeSet;

use super::subject::{HOUR, Outcome, RACERS, ROUNDS, Subject, ensure, evict, issued, opened, reject, same};
use crate::store::{Denial, Ending, OnReuse, Opening, Rotate, Rotation, Store};

/// However many log in at once, a limit of five lets in five.
pub(super) async fn a_limit_that_rejects_holds<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let user = s.user();
        let answers = s.at_once(RACERS, move |_, s| async move { s.login(user, reject(5)).await }).await?;
        let mut live = 0;
        for (key, opening) in answers {
            match opening {
                Opening::Opened { evicted, .. } => {
                    same("what made room under a limit that rejects", evicted, Vec::new())?;
                    s.is_live(key, "a session that was opened").await?;
                    live += 1;
                }
                Opening::Full { active } => {
                    same("active, in a refusal", active, 5)?;
                    s.is_gone(key, "a session that was refused").await?;
                }
                Opening::Revoked => ensure!(false, "a login was refused as revoked, and nobody revoked"),
            }
        }
        same("how many got in at a limit of five", live, 5)?;
        s.has(user, 5, "at a limit of five").await?;
    }
    Ok(())
}

/// However many log in at once, there are never more than five, and who is out was said to have made room once.
pub(super) async fn a_limit_that_evicts_holds<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let user = s.user();
        let answers = s
            .at_once(RACERS, move |number, s| async move {
                // Some look on meanwhile.
                if number % 4 == 0 {
                    for _ in 0..10 {
                        let count = s.store.count(user).await?;
                        ensure!(count <= 5, "there are {count} sessions at a limit of five");
                        let listed = s.store.list(user).await?.len();
                        ensure!(listed <= 5, "{listed} sessions are listed at a limit of five");
                    }
                    return Ok(None);
                }
                s.login(user, evict(5)).await.map(Some)
            })
            .await?;
        let mut out = BTreeSet::new();
        let mut all = BTreeSet::new();
        for (key, opening) in answers.into_iter().flatten() {
            all.insert(key.session);
            for session in opened(opening)?.1 {
                ensure!(out.insert(session), "a session was said to have made room twice");
            }
        }
        let live: BTreeSet<_> = s.store.list(user).await?.into_iter().map(|record| record.id).collect();
        s.has(user, 5, "at a limit of five").await?;
        ensure!(live.is_disjoint(&out), "a session that was said to have made room lives");
        ensure!(live.union(&out).copied().collect::<BTreeSet<_>>() == all, "a session is out without having made room");
    }
    Ok(())
}

/// A place that gets free is taken once.
pub(super) async fn a_free_place_is_taken_once<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let user = s.user();
        let first = s.session(user).await?;
        s.session(user).await?;
        let answers = s
            .at_once(RACERS, move |number, s| async move {
                if number == RACERS / 2 {
                    s.store.end(&s.ending(first)).await?;
                    return Ok(false);
                }
                Ok(matches!(s.login(user, reject(2)).await?.1, Opening::Opened { .. }))
            })
            .await?;
        let taken = answers.into_iter().filter(|taken| *taken).count() as u64;
        ensure!(taken <= 1, "{taken} logins took one free place");
        s.has(user, 1 + taken, "after a place got free").await?;
    }
    Ok(())
}

/// Of any number of refreshes of one generation one succeeds; without a grace the next is reuse, and the rest come too late.
pub(super) async fn one_refresh_wins_and_reuse_ends_it<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let key = s.session(s.user()).await?;
        let answers =
            s.at_once(RACERS, move |_, s| async move { Ok(s.store.rotate(&s.rotation(key, 0)).await?) }).await?;
        let how_many = |want: Rotation| answers.iter().filter(|answer| **answer == want).count();
        same("how many refreshes succeeded", how_many(Rotation::Rotated { generation: 1 }), 1)?;
        same("how many were reuse", how_many(Rotation::Reused), 1)?;
        same("how many came too late", how_many(Rotation::Gone), RACERS - 2)?;
        s.is_gone(key, "a session after reuse").await?;
    }
    Ok(())
}

/// The same where reuse is only refused.
pub(super) async fn one_refresh_wins_and_others_are_refused<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let key = s.session(s.user()).await?;
        for presented in 0..3 {
            let answers = s
                .at_once(RACERS, move |_, s| async move {
                    let rotate = Rotate { on_reuse: OnReuse::Refuse, ..s.rotation(key, presented) };
                    Ok(s.store.rotate(&rotate).await?)
                })
                .await?;
            let want = Rotation::Rotated { generation: presented + 1 };
            same("how many refreshes succeeded", answers.iter().filter(|answer| **answer == want).count(), 1)?;
            let refused = answers.iter().filter(|answer| **answer == Rotation::Superseded).count();
            same("how many were refused", refused, RACERS - 1)?;
            same("the generation", s.live(key).await?.generation, presented + 1)?;
        }
    }
    Ok(())
}

/// With a grace one succeeds, and all others get that one's successor.
pub(super) async fn one_refresh_wins_and_others_repeat_it<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let key = s.session(s.user()).await?;
        let answers = s
            .at_once(RACERS, move |number, s| async move {
                // Each would make a successor of its own.
                let mark = i64::try_from(number).unwrap_or(0);
                let data: Option<Box<str>> = Some(format!("{{\"racer\":{number}}}").into());
                let rotate =
                    Rotate { grace: HOUR, issued: issued(mark), data: Some(data.clone()), ..s.rotation(key, 0) };
                Ok((s.store.rotate(&rotate).await?, rotate.issued, data))
            })
            .await?;
        let mut winners = answers.iter().filter(|(answer, ..)| *answer == Rotation::Rotated { generation: 1 });
        let (Some((_, times, granted)), None) = (winners.next(), winners.next()) else {
            return same("whether exactly one refresh succeeded", false, true);
        };
        let want = Rotation::Repeated { generation: 1, issued: *times, data: granted.clone() };
        let repeated = answers.iter().filter(|(answer, ..)| *answer == want).count();
        same("how many got the winner's successor", repeated, RACERS - 1)?;
        let record = s.live(key).await?;
        same("the generation", record.generation, 1)?;
        same("the times that are kept", record.issued, *times)?;
        let loaded = s.store.load(key).await?;
        same("the data that are kept", loaded.and_then(|loaded| loaded.data), granted.clone())?;
    }
    Ok(())
}

/// Of any number of denials of one id one is the first, and the longest counts.
pub(super) async fn one_denial_is_the_first<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let id = s.token_id();
        let before = s.now().await?;
        let answers = s
            .at_once(RACERS, |number, s| {
                let hours = u32::try_from(number % 7).unwrap_or(0) + 1;
                let deny = s.denying(&id, HOUR * hours);
                async move { Ok(s.store.deny(&deny).await?) }
            })
            .await?;
        same("how many were the first", answers.iter().filter(|answer| **answer == Denial::First).count(), 1)?;
        ensure!(s.store.is_denied(&id).await?, "a denied id is not denied");
        let listed = super::revoked_list::listed(&s, 100).await?;
        let until = listed.tokens.get(&id).copied().unwrap_or_default();
        ensure!(until >= before.plus(HOUR * 7), "of denials at once, the longest does not count");
    }
    Ok(())
}

/// Of any number of endings of one session one ends it.
pub(super) async fn one_ending_ends_a_session<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let user = s.user();
        let [key, other] = [s.session(user).await?, s.session(user).await?];
        let answers = s.at_once(RACERS, move |_, s| async move { Ok(s.store.end(&s.ending(key)).await?) }).await?;
        same("how many ended it", answers.iter().filter(|answer| **answer == Ending::Ended).count(), 1)?;
        s.is_gone(key, "an ended session").await?;
        s.is_live(other, "the user's other session").await?;
    }
    Ok(())
}
