//! Refreshes that are refused.

use super::subject::{HOUR, Outcome, SHORT, Subject, opened, same};
use crate::store::{OnReuse, OpenSession, Rotate, Rotation, Store};

/// A credential that the session never issued is refused, and changes nothing.
pub(super) async fn a_newer_generation_is_refused<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    for generation in 0..2 {
        let before = s.live(key).await?;
        for presented in [generation + 1, generation + 2, u32::MAX] {
            let rotate = Rotate { grace: HOUR, ..s.rotation(key, presented) };
            same("a generation never issued", s.store.rotate(&rotate).await?, Rotation::Newer)?;
            same("a session after such a refresh", s.live(key).await?, before.clone())?;
        }
        s.store.rotate(&s.rotation(key, generation)).await?;
    }
    Ok(())
}

/// Without a grace, the credential before is reuse: the session ends whole.
pub(super) async fn reuse_ends_the_session<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let [key, other] = [s.session(user).await?, s.session(user).await?];
    s.store.rotate(&s.rotation(key, 0)).await?;
    same("reuse", s.store.rotate(&s.rotation(key, 0)).await?, Rotation::Reused)?;
    s.is_gone(key, "a session after reuse").await?;
    s.has(user, 1, "after the reuse of one of two").await?;
    same("the current credential after reuse", s.store.rotate(&s.rotation(key, 1)).await?, Rotation::Gone)?;
    same("the old credential after reuse", s.store.rotate(&s.rotation(key, 0)).await?, Rotation::Gone)?;
    s.is_live(other, "the user's other session").await
}

/// Where reuse is refused only, the session lives on as it was.
pub(super) async fn reuse_may_leave_the_session<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    s.store.rotate(&s.rotation(key, 0)).await?;
    let before = s.live(key).await?;
    for _ in 0..3 {
        let rotate = Rotate { on_reuse: OnReuse::Refuse, lifetime: HOUR * 5, ..s.rotation(key, 0) };
        same("reuse, refused only", s.store.rotate(&rotate).await?, Rotation::Superseded)?;
        same("a session after a refused refresh", s.live(key).await?, before.clone())?;
    }
    same("the next refresh", s.store.rotate(&s.rotation(key, 1)).await?, Rotation::Rotated { generation: 2 })
}

/// The grace is for the credential just before; what is older is reuse.
pub(super) async fn the_grace_is_for_one_generation<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    for presented in 0..3 {
        s.store.rotate(&s.rotation(key, presented)).await?;
    }
    for presented in [0, 1] {
        let rotate = Rotate { grace: HOUR, on_reuse: OnReuse::Refuse, ..s.rotation(key, presented) };
        same("two generations back", s.store.rotate(&rotate).await?, Rotation::Superseded)?;
    }
    let rotate = Rotate { grace: HOUR, ..s.rotation(key, 1) };
    same("two generations back", s.store.rotate(&rotate).await?, Rotation::Reused)?;
    s.is_gone(key, "a session after reuse").await
}

/// What is not live is not refreshed, whatever is presented and whatever the grace.
pub(super) async fn what_is_not_live_is_not_refreshed<S: Store>(s: Subject<S>) -> Outcome {
    let never = s.key(s.user());

    let ended = s.session(s.user()).await?;
    s.store.rotate(&s.rotation(ended, 0)).await?;
    s.store.end(&s.ending(ended)).await?;

    let open = OpenSession { lifetime: SHORT, ..s.opening(s.user(), s.now().await?) };
    opened(s.store.open(&open).await?)?;
    let expired = open.key;
    s.store.rotate(&Rotate { lifetime: SHORT, ..s.rotation(expired, 0) }).await?;
    s.past(s.now().await?.plus(SHORT)).await?;

    let revoked = s.session(s.user()).await?;
    s.store.rotate(&s.rotation(revoked, 0)).await?;
    s.store.revoke_user(&s.revoking(revoked.user)).await?;

    let below = s.session(s.user()).await?;
    s.store.rotate(&s.rotation(below, 0)).await?;
    s.past(s.now().await?).await?;
    s.store.raise_floor(s.live(below).await?.created).await?;

    for (key, which) in [
        (never, "a session never opened"),
        (ended, "an ended session"),
        (expired, "an expired session"),
        (revoked, "a session of a revoked user"),
        (below, "a session below the floor of all"),
    ] {
        for presented in [0, 1, 2] {
            let rotate = Rotate { grace: HOUR, ..s.rotation(key, presented) };
            same(&format!("refreshing {which}"), s.store.rotate(&rotate).await?, Rotation::Gone)?;
        }
        s.is_gone(key, which).await?;
    }
    Ok(())
}
