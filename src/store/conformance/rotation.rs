//! Refreshes that succeed.

use std::time::Duration;

use super::subject::{HOUR, Outcome, Reason, SHORT, Subject, ensure, issued, opened, same};
use crate::store::{
    OnReuse, OpenSession, Rotate, Rotation, RotationState, SessionKind, Store, StoreTime, Turn, decide_rotation,
};

/// A refresh with the current generation moves the session on, and changes nothing but what a refresh is there to change.
pub(super) async fn a_refresh_moves_the_session_on<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    for kind in [SessionKind::Single, SessionKind::Pair { seed: 0x0123_4567_89ab_cdef }] {
        let open = OpenSession { kind, ..s.opening(user, s.now().await?) };
        opened(s.store.open(&open).await?)?;
        let other = s.session(user).await?;
        let first = s.live(open.key).await?;
        for presented in 0..3 {
            s.past(s.now().await?).await?;
            let before = s.now().await?;
            let lifetime = HOUR * (presented + 2);
            let rotate = Rotate { lifetime, ..s.rotation(open.key, presented) };
            let generation = presented + 1;
            same("a refresh", s.store.rotate(&rotate).await?, Rotation::Rotated { generation })?;
            let after = s.now().await?;

            let record = s.live(open.key).await?;
            same("generation, in a list", record.generation, generation)?;
            same("issued, in a list", record.issued, rotate.issued)?;
            same("created, after a refresh", record.created, first.created)?;
            same("pair, after a refresh", record.pair, first.pair)?;
            ensure!(
                record.rotated >= before && record.rotated <= after,
                "a session refreshed between {} and {} says {}",
                before.as_millis(),
                after.as_millis(),
                record.rotated.as_millis()
            );
            ensure!(
                record.expires >= before.plus(lifetime) && record.expires <= after.plus(lifetime),
                "a session refreshed for {lifetime:?} at {} ends at {}",
                record.rotated.as_millis(),
                record.expires.as_millis()
            );
            let found = s.standing(open.key).await?.session;
            same("generation, in a check", found.map(|session| session.generation), Some(generation))?;
            let loaded = s.store.load(open.key).await?;
            ensure!(
                loaded.as_ref().is_some_and(|loaded| loaded.generation == generation && loaded.kind == kind),
                "after a refresh load gives {loaded:?}, or another seed"
            );
        }
        same("another session's generation", s.live(other).await?.generation, 0)?;
    }
    s.has(user, 4, "after refreshes").await
}

/// A refresh makes a session live on past its first end.
pub(super) async fn a_refresh_outlives_the_first_end<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    // A session that ends before it could be refreshed is tried again with more time.
    let mut lifetime = SHORT;
    loop {
        let open = OpenSession { lifetime, ..s.opening(user, s.now().await?) };
        opened(s.store.open(&open).await?)?;
        let first_end = s.now().await?.plus(lifetime);
        if s.store.rotate(&s.rotation(open.key, 0)).await? != Rotation::Gone {
            s.past(first_end).await?;
            s.is_live(open.key, "a refreshed session after its first end").await?;
            s.purge(100, Duration::ZERO).await?;
            s.is_live(open.key, "a refreshed session after its first end and a purge").await?;
            return s.has(user, 1, "of a session refreshed before its first end").await;
        }
        ensure!(lifetime < HOUR, "no session can be refreshed before it ends");
        lifetime *= 2;
    }
}

/// A refresh can shorten what is left.
pub(super) async fn a_refresh_sets_the_lifetime<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    let rotate = Rotate { lifetime: SHORT, ..s.rotation(key, 0) };
    same("a refresh", s.store.rotate(&rotate).await?, Rotation::Rotated { generation: 1 })?;
    s.past(s.now().await?.plus(SHORT)).await?;
    s.is_gone(key, "a session after the lifetime of its last refresh").await
}

/// No refresh gets a session past its absolute end.
pub(super) async fn no_refresh_passes_the_absolute_end<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let open = OpenSession { absolute: Some(HOUR * 2), ..s.opening(user, s.now().await?) };
    let (created, _) = opened(s.store.open(&open).await?)?;
    for presented in 0..3 {
        let rotate = Rotate { lifetime: HOUR * 10, ..s.rotation(open.key, presented) };
        s.store.rotate(&rotate).await?;
        let expires = s.live(open.key).await?.expires;
        ensure!(expires <= created.plus(HOUR * 2), "a refresh set the end to past the absolute end");
        ensure!(expires > created.plus(HOUR), "a refresh for ten hours did not use the two there are");
        let remaining = s.standing(open.key).await?.session.and_then(|session| session.remaining);
        ensure!(
            remaining.is_some_and(|remaining| remaining <= HOUR * 2 && remaining > HOUR),
            "of an absolute lifetime of two hours, {remaining:?} remain after a refresh"
        );
    }
    let open = OpenSession { lifetime: SHORT, absolute: Some(SHORT), ..s.opening(user, s.now().await?) };
    opened(s.store.open(&open).await?)?;
    let end = s.now().await?.plus(SHORT);
    // If it has ended already, so much the better.
    s.store.rotate(&s.rotation(open.key, 0)).await?;
    s.past(end).await?;
    s.is_gone(open.key, "a refreshed session past its absolute end").await
}

/// What was granted stays, or is replaced, or removed, as the refresh says.
pub(super) async fn a_refresh_keeps_or_replaces_data<S: Store>(s: Subject<S>) -> Outcome {
    let first = Some(Box::from("{\"role\":\"admin\"}"));
    let open = OpenSession { data: first.clone(), ..s.opening(s.user(), s.now().await?) };
    opened(s.store.open(&open).await?)?;
    let second: Option<Box<str>> = Some("{ \"role\":\"user \\u0000 '\" }".into());
    let steps = [
        (None, first),
        (Some(second.clone()), second.clone()),
        (None, second),
        (Some(None), None),
        (None, None),
        (Some(Some("{}".into())), Some("{}".into())),
    ];
    for (presented, (data, want)) in (0..).zip(steps) {
        let what = format!("data after a refresh with {data:?}");
        s.store.rotate(&Rotate { data, ..s.rotation(open.key, presented) }).await?;
        let loaded = s.store.load(open.key).await?;
        same(&what, loaded.and_then(|loaded| loaded.data), want)?;
    }
    Ok(())
}

/// Within the grace the credential before gets what is stored, whatever it asks for, and nothing moves.
pub(super) async fn the_grace_repeats_the_successor<S: Store>(s: Subject<S>) -> Outcome {
    let data: Option<Box<str>> = Some("{\"granted\":true}".into());
    let open = OpenSession { data: data.clone(), ..s.opening(s.user(), s.now().await?) };
    opened(s.store.open(&open).await?)?;
    s.store.rotate(&Rotate { issued: issued(5), ..s.rotation(open.key, 0) }).await?;
    let before = s.live(open.key).await?;
    for attempt in 0..5 {
        s.past(s.now().await?).await?;
        let late = Rotate {
            grace: HOUR,
            lifetime: HOUR * 3,
            issued: issued(100 + attempt),
            data: Some(Some("{\"granted\":false}".into())),
            ..s.rotation(open.key, 0)
        };
        let want = Rotation::Repeated { generation: 1, issued: issued(5), data: data.clone() };
        let got = s.store.rotate(&late).await?;
        ensure!(got == want, "within the grace: {got:?}, or other data, instead of {want:?}");
        same("a session after a repeat within the grace", s.live(open.key).await?, before.clone())?;
    }
    let loaded = s.store.load(open.key).await?;
    same("data after a repeat within the grace", loaded.and_then(|loaded| loaded.data), data)?;
    let next = Rotate { grace: HOUR, ..s.rotation(open.key, 1) };
    same("the next refresh", s.store.rotate(&next).await?, Rotation::Rotated { generation: 2 })
}

/// The grace counts from the refresh: repeating does not move the window.
pub(super) async fn the_grace_does_not_slide<S: Store>(s: Subject<S>) -> Outcome {
    // If the machine stalls over the end, nothing is learnt, and it is tried again with more time.
    let mut grace = SHORT;
    while !grace_ends(&s, grace).await? {
        ensure!(grace < HOUR, "the end of the grace cannot be observed");
        grace *= 2;
    }
    Ok(())
}

/// Repeats until the grace is over, and says whether a window that slides would have been noticed.
async fn grace_ends<S: Store>(s: &Subject<S>, grace: Duration) -> Result<bool, Reason> {
    let key = s.session(s.user()).await?;
    s.store.rotate(&s.rotation(key, 0)).await?;
    let end = s.live(key).await?.rotated.plus(grace);
    let mut last = StoreTime::default();
    loop {
        let before = s.now().await?;
        let again = Rotate { grace, on_reuse: OnReuse::Refuse, ..s.rotation(key, 0) };
        match s.store.rotate(&again).await? {
            Rotation::Repeated { .. } => {
                ensure!(before <= end, "the grace holds for longer than it was given");
                last = before;
            }
            Rotation::Superseded => {
                let after = s.now().await?;
                ensure!(after > end, "the grace is over before its time");
                s.is_live(key, "a session that was refused a refresh").await?;
                return Ok(after <= last.plus(grace));
            }
            other => return Err(Reason(format!("a refresh around the end of the grace got {other:?}"))),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Over long sequences of refreshes of every sort the store decides as [`decide_rotation`] does.
pub(super) async fn refreshes_follow_the_rules<S: Store>(s: Subject<S>) -> Outcome {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    // Xorshift64; the sequence is the same each time.
    let mut choose = move |from: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % from
    };
    for _ in 0..8 {
        let key = s.session(s.user()).await?;
        let mut state = RotationState { generation: 0, rotated: StoreTime::default(), operation: None };
        let mut last: Option<Rotate> = None;
        for step in 0..40 {
            let presented = match choose(4) {
                0 | 1 => state.generation,
                2 => state.generation.saturating_sub(1),
                _ => u32::try_from(choose(u64::from(state.generation) + 3)).unwrap_or(0),
            };
            let rotate = match &last {
                Some(last) if choose(6) == 0 => last.clone(),
                _ => Rotate {
                    // Long enough never to end here, so that the decision does not depend on the time.
                    grace: if choose(2) == 0 { HOUR } else { Duration::ZERO },
                    on_reuse: if choose(12) == 0 { OnReuse::EndSession } else { OnReuse::Refuse },
                    issued: issued(step),
                    ..s.rotation(key, presented)
                },
            };
            let stored = s.live(key).await?.issued;
            let turn = decide_rotation(&state, &rotate, StoreTime::default());
            let want = match turn {
                Turn::Next(generation) => Rotation::Rotated { generation },
                Turn::Done => Rotation::Rotated { generation: state.generation },
                Turn::Repeat => Rotation::Repeated { generation: state.generation, issued: stored, data: None },
                Turn::Superseded => Rotation::Superseded,
                Turn::Reused => Rotation::Reused,
                Turn::Newer => Rotation::Newer,
            };
            let what = format!("generation {} presented at {}", rotate.presented, state.generation);
            same(&what, s.store.rotate(&rotate).await?, want)?;
            match turn {
                Turn::Next(generation) => {
                    state = RotationState { generation, operation: Some(rotate.operation), ..state };
                    last = Some(rotate);
                }
                Turn::Reused => {
                    s.is_gone(key, "a session after reuse").await?;
                    break;
                }
                _ => {}
            }
            same("the generation", s.live(key).await?.generation, state.generation)?;
        }
    }
    Ok(())
}
