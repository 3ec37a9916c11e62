//! What opening a session makes, and how it ends by itself.

use std::time::Duration;

use super::subject::{HOUR, Outcome, SHORT, Subject, ensure, issued, opened, same};
use crate::{
    id::{SessionId, UserKey},
    store::{Ending, OpenSession, Rotation, SessionKey, SessionKind, SessionMetadata, Store},
};

/// An opened session is found by every call, with all that it was opened with.
pub(super) async fn an_opened_session_is_found<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    s.has(user, 0, "of a user never seen").await?;
    for kind in [SessionKind::Single, SessionKind::Pair { seed: u64::MAX }, SessionKind::Pair { seed: 0 }] {
        let before = s.begin(user, None).await?.begun;
        let open = OpenSession { kind, absolute: Some(HOUR * 2), issued: issued(7), ..s.opening(user, before) };
        s.is_gone(open.key, "a session not yet opened").await?;
        let (created, evicted) = opened(s.store.open(&open).await?)?;
        let after = s.begin(user, None).await?.begun;
        same("what an opening without a limit evicts", evicted, Vec::new())?;
        ensure!(created >= before, "a session's creation is earlier than what begin said before");
        ensure!(created <= after, "a session's creation is later than what begin says after it");

        let pair = matches!(kind, SessionKind::Pair { .. });
        let record = s.live(open.key).await?;
        same("pair, in a list", record.pair, pair)?;
        same("created, in a list", record.created, created)?;
        same("rotated, of a session never refreshed", record.rotated, created)?;
        same("generation, in a list", record.generation, 0)?;
        same("issued, in a list", record.issued, issued(7))?;
        ensure!(
            record.expires >= before.plus(HOUR) && record.expires <= after.plus(HOUR),
            "a session of an hour ends at {}, opened at {}",
            record.expires.as_millis(),
            created.as_millis()
        );
        let standing = s.standing(open.key).await?;
        ensure!(!standing.denied, "check calls a session's token denied");
        if let Some(session) = standing.session {
            same("pair, in a check", session.pair, pair)?;
            same("generation, in a check", session.generation, 0)?;
            remaining_is_within(session.remaining)?;
        }
        if let Some(loaded) = s.store.load(open.key).await? {
            ensure!(loaded.kind == kind, "load gives another kind, or another seed, than the session was opened with");
            same("generation, loaded", loaded.generation, 0)?;
            remaining_is_within(loaded.remaining)?;
        }
    }
    s.has(user, 3, "after three logins").await
}

fn remaining_is_within(remaining: Option<Duration>) -> Outcome {
    let Some(remaining) = remaining else {
        return Err(super::subject::Reason("a session with an absolute end has no time remaining".into()));
    };
    ensure!(
        remaining <= HOUR * 2 && remaining > HOUR,
        "of an absolute lifetime of two hours just begun, {remaining:?} remain"
    );
    Ok(())
}

/// A session without an absolute end has none.
pub(super) async fn no_absolute_end_unless_asked_for<S: Store>(s: Subject<S>) -> Outcome {
    let key = s.session(s.user()).await?;
    same("remaining", s.standing(key).await?.session.and_then(|session| session.remaining), None)?;
    same("remaining, loaded", s.store.load(key).await?.and_then(|loaded| loaded.remaining), None)
}

/// The store's time does not go back, and begin is above the floors, which are 0 at first.
pub(super) async fn time_does_not_go_back<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let standing = s.untracked(user, "any").await?;
    ensure!(standing.epoch.as_millis() > 0, "the epoch is 1970");
    let mut last = standing.epoch;
    for _ in 0..200 {
        let now = s.begin(user, None).await?.begun;
        ensure!(now >= last, "the store's time went from {} back to {}", last.as_millis(), now.as_millis());
        last = now;
    }
    Ok(())
}

/// A session is gone, for every call, once its lifetime has passed.
pub(super) async fn an_expired_session_is_gone<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let open = OpenSession { lifetime: SHORT, ..s.opening(user, s.now().await?) };
    opened(s.store.open(&open).await?)?;
    let other = s.session(user).await?;
    s.past(s.now().await?.plus(SHORT)).await?;
    s.is_gone(open.key, "an expired session").await?;
    s.has(user, 1, "beside an expired session").await?;
    same("rotating an expired session", s.store.rotate(&s.rotation(open.key, 0)).await?, Rotation::Gone)?;
    same("ending an expired session", s.store.end(&s.ending(open.key)).await?, Ending::Absent)?;
    same("what revoking a user ended", s.store.revoke_user(&s.revoking(user)).await?, 1)?;
    s.is_gone(other, "a session of a revoked user").await
}

/// The absolute end holds, also when the lifetime is longer.
pub(super) async fn the_absolute_end_holds<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let open = OpenSession { absolute: Some(HOUR / 2), ..s.opening(user, s.now().await?) };
    let (created, _) = opened(s.store.open(&open).await?)?;
    let record = s.live(open.key).await?;
    ensure!(record.expires <= created.plus(HOUR / 2), "a session is to end after its absolute end");

    let open = OpenSession { absolute: Some(SHORT), ..s.opening(user, s.now().await?) };
    opened(s.store.open(&open).await?)?;
    s.past(s.now().await?.plus(SHORT)).await?;
    s.is_gone(open.key, "a session past its absolute end").await
}

/// Ending a session ends that one, at once.
pub(super) async fn an_ended_session_is_gone<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let [first, second] = [s.session(user).await?, s.session(user).await?];
    same("ending a session", s.store.end(&s.ending(first)).await?, Ending::Ended)?;
    s.is_gone(first, "an ended session").await?;
    same("ending an ended session again", s.store.end(&s.ending(first)).await?, Ending::Absent)?;
    same("ending a session never opened", s.store.end(&s.ending(s.key(user))).await?, Ending::Absent)?;
    s.is_live(second, "the user's other session").await?;
    s.has(user, 1, "after one of two was ended").await
}

/// Users do not touch each other.
pub(super) async fn users_are_apart<S: Store>(s: Subject<S>) -> Outcome {
    let [alice, bob] = [s.user(), s.user()];
    let [hers, his] = [s.session(alice).await?, s.session(bob).await?];
    let crossed = SessionKey { user: bob, session: hers.session };
    s.is_gone(crossed, "another user's session").await?;
    same("rotating another user's session", s.store.rotate(&s.rotation(crossed, 0)).await?, Rotation::Gone)?;
    same("ending another user's session", s.store.end(&s.ending(crossed)).await?, Ending::Absent)?;
    s.is_live(hers, "a session that another user asked to end").await?;
    same("what revoking a user ended", s.store.revoke_user(&s.revoking(bob)).await?, 1)?;
    s.is_gone(his, "the revoked user's session").await?;
    s.is_live(hers, "the session of a user not revoked").await?;
    same("a user's floor after another's revocation", s.user_floor(alice).await?.as_millis(), 0)
}

/// One session id under two users is two sessions.
pub(super) async fn one_id_under_two_users_is_two_sessions<S: Store>(s: Subject<S>) -> Outcome {
    let first = OpenSession { issued: issued(1), ..s.opening(s.user(), s.now().await?) };
    let key = SessionKey { user: s.user(), session: first.key.session };
    let second = OpenSession { key, issued: issued(2), ..s.opening(key.user, s.now().await?) };
    opened(s.store.open(&first).await?)?;
    opened(s.store.open(&second).await?)?;
    same("the first user's", s.live(first.key).await?.issued, issued(1))?;
    same("the second user's", s.live(second.key).await?.issued, issued(2))?;
    same(
        "rotating the first's",
        s.store.rotate(&s.rotation(first.key, 0)).await?,
        Rotation::Rotated { generation: 1 },
    )?;
    same("the second's generation", s.live(second.key).await?.generation, 0)?;
    same("ending the first's", s.store.end(&s.ending(first.key)).await?, Ending::Ended)?;
    s.is_live(second.key, "the second user's session of that id").await
}

/// Keys are 16 octets of any value, which no encoding may confuse or cut short.
pub(super) async fn keys_are_any_octets<S: Store>(s: Subject<S>) -> Outcome {
    let octets: [[u8; 16]; 9] = [
        [0; 16],
        [0xff; 16],
        *b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
        *b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        *b"{}:*?[a]{}:*?[b]",
        *b"{}:*?[a]{}:*?[B]",
        *b"' OR ''='' -- \\\"",
        *b"\r\nFLUSHALL\r\n\r\n\r\n",
        *b"%_%_%_%_%_%_%_%_",
    ];
    for (index, user) in octets.iter().enumerate() {
        for session in octets.iter().take(index + 1) {
            let user = UserKey::from_octets(*user);
            let key = SessionKey { user, session: SessionId::from_octets(*session) };
            let open = OpenSession { key, metadata: SessionMetadata::new(), ..s.opening(user, s.now().await?) };
            opened(s.store.open(&open).await?)?;
        }
    }
    for (index, user) in octets.iter().enumerate() {
        let user = UserKey::from_octets(*user);
        s.has(user, index as u64 + 1, "of a user with a strange key").await?;
        for (place, session) in octets.iter().enumerate() {
            let key = SessionKey { user, session: SessionId::from_octets(*session) };
            let found = s.standing(key).await?.session.is_some();
            ensure!(found == (place <= index), "{key:?} {}", if found { "was never opened" } else { "is not found" });
        }
    }
    for (index, user) in octets.iter().enumerate() {
        let revoke = s.revoking(UserKey::from_octets(*user));
        same("what revoking a strange user ended", s.store.revoke_user(&revoke).await?, index as u64 + 1)?;
    }
    Ok(())
}
