//! Calls at the same time: revocations against logins, refreshes and checks.

use super::subject::{HOUR, Outcome, RACERS, ROUNDS, Reason, Subject, ensure, evict};
use crate::{
    id::UserKey,
    store::{OnReuse, Opening, Rotate, SessionKey, Store, StoreTime},
};

/// A login as it went, with what begin had said.
struct Login {
    key: SessionKey,
    begun: StoreTime,
    opening: Opening,
}

async fn login<S: Store>(s: &Subject<S>, user: UserKey) -> Result<Login, Reason> {
    let open = s.opening(user, s.begin(user, None).await?.begun);
    Ok(Login { key: open.key, begun: open.begun, opening: s.store.open(&open).await? })
}

/// After all have settled, a session lives if and only if its login began above the floor that resulted.
async fn floor_decides<S: Store>(s: &Subject<S>, logins: Vec<Login>, floor: StoreTime) -> Outcome {
    for Login { key, begun, opening } in logins {
        match opening {
            Opening::Opened { created, .. } => {
                ensure!(created >= begun, "a session was created before its login began");
                if created > floor {
                    ensure!(begun > floor, "a login begun before a revocation made a session that outlives it");
                    s.is_live(key, "a session above the floor").await?;
                } else {
                    s.is_gone(key, "a session at or below the floor").await?;
                }
            }
            Opening::Revoked => s.is_gone(key, "a session that was refused").await?,
            Opening::Full { .. } => ensure!(false, "a login without a limit was refused as full"),
        }
    }
    Ok(())
}

/// No login that overlaps a revocation survives it.
pub(super) async fn no_login_survives_a_revocation<S: Store>(s: Subject<S>) -> Outcome {
    for round in 0..ROUNDS * 4 {
        let user = s.user();
        // One revocation, or several.
        let every = if round % 2 == 0 { RACERS } else { 8 };
        let answers = s
            .at_once(RACERS, move |number, s| async move {
                if number % every == every / 2 {
                    s.store.revoke_user(&s.revoking(user)).await?;
                    return Ok(None);
                }
                login(&s, user).await.map(Some)
            })
            .await?;
        let floor = s.user_floor(user).await?;
        floor_decides(&s, answers.into_iter().flatten().collect(), floor).await?;
    }
    Ok(())
}

/// The same of the floor of all.
pub(super) async fn no_login_survives_the_floor<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS * 4 {
        let user = s.user();
        let answers = s
            .at_once(RACERS, move |number, s| async move {
                if number % 16 == 8 {
                    s.store.raise_floor(StoreTime::from_millis(u64::MAX)).await?;
                    return Ok(None);
                }
                login(&s, user).await.map(Some)
            })
            .await?;
        let floor = s.untracked(user, "any").await?.floor;
        floor_decides(&s, answers.into_iter().flatten().collect(), floor).await?;
    }
    Ok(())
}

/// Once a revocation has returned, nothing that it revoked is found by anyone, and no session is told apart from its floor.
pub(super) async fn a_check_is_one_reading<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS * 4 {
        let user = s.user();
        let mut sessions = Vec::new();
        for _ in 0..4 {
            let record = s.live(s.session(user).await?).await?;
            sessions.push((SessionKey { user, session: record.id }, record.created));
        }
        s.at_once(RACERS, |number, s| {
            let sessions = sessions.clone();
            async move {
                if number == RACERS / 2 {
                    s.store.revoke_user(&s.revoking(user)).await?;
                    for (key, _) in sessions {
                        s.is_gone(key, "a session of a revoked user").await?;
                    }
                    return Ok(());
                }
                let mut gone = false;
                for (key, created) in sessions.into_iter().cycle().take(20) {
                    let standing = s.standing(key).await?;
                    let live = standing.session.is_some();
                    ensure!(
                        !live || created > standing.user_floor.max(standing.floor),
                        "one check finds a session, and a floor that it is not above"
                    );
                    ensure!(
                        live || created <= standing.user_floor,
                        "one check finds a session revoked, and no floor above it"
                    );
                    ensure!(
                        !live || !gone,
                        "a session of a revoked user was gone, and another of the user is found after that"
                    );
                    gone = !live;
                }
                Ok(())
            }
        })
        .await?;
    }
    Ok(())
}

/// No refresh, and no repeated opening, brings back what was ended in the meantime.
pub(super) async fn no_refresh_revives_a_session<S: Store>(s: Subject<S>) -> Outcome {
    for round in 0..ROUNDS * 4 {
        let user = s.user();
        let open = s.opening(user, s.begin(user, None).await?.begun);
        s.store.open(&open).await?;
        let key = open.key;
        s.at_once(RACERS, move |number, s| async move {
            if number == RACERS / 2 {
                if round % 2 == 0 {
                    s.store.end(&s.ending(key)).await?;
                } else {
                    s.store.revoke_user(&s.revoking(user)).await?;
                }
                return s.is_gone(key, "a session that was ended").await;
            }
            for presented in 0..4 {
                let rotate = Rotate { grace: HOUR, on_reuse: OnReuse::Refuse, ..s.rotation(key, presented) };
                s.store.rotate(&rotate).await?;
            }
            Ok(())
        })
        .await?;
        s.is_gone(key, "a session that was ended while it was refreshed").await?;
        s.has(user, 0, "after the only session was ended while it was refreshed").await?;
    }
    Ok(())
}

/// Nor does an eviction leave one that is refreshed.
pub(super) async fn no_refresh_revives_an_evicted_session<S: Store>(s: Subject<S>) -> Outcome {
    for _ in 0..ROUNDS {
        let user = s.user();
        let key = s.session(user).await?;
        s.past(s.now().await?).await?;
        s.at_once(RACERS, move |number, s| async move {
            if number % 16 == 8 {
                let (_, opening) = s.login(user, evict(1)).await?;
                ensure!(matches!(opening, Opening::Opened { .. }), "a limit that evicts refused with {opening:?}");
                return s.is_gone(key, "an evicted session").await;
            }
            for presented in 0..4 {
                let rotate = Rotate { on_reuse: OnReuse::Refuse, ..s.rotation(key, presented) };
                s.store.rotate(&rotate).await?;
            }
            Ok(())
        })
        .await?;
        s.is_gone(key, "a session that was evicted while it was refreshed").await?;
        s.has(user, 1, "at a limit of one").await?;
    }
    Ok(())
}
