//! The end of service, and stores that only revoke.

use std::{fmt::Debug, time::Duration};

use super::subject::{HOUR, Outcome, Subject, ensure};
use crate::store::{Begin, CheckToken, Store, StoreError, StoreTime};

fn refused<T: Debug>(call: &str, answer: Result<T, StoreError>) -> Outcome {
    match answer {
        Err(error) => ensure!(error.is_closed(), "after close, {call} fails with {error:?}, not as closed"),
        Ok(answer) => ensure!(false, "after close, {call} answers {answer:?}"),
    }
    Ok(())
}

/// After close every call is refused as closed, whatever it asks.
pub(super) async fn a_closed_store_refuses<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let id = s.token_id();
    let begun = s.begin(user, None).await?.begun;
    s.store.deny(&s.denying(&id, HOUR)).await?;
    // Closing a closed store does nothing.
    for _ in 0..2 {
        s.store.close().await;
        refused("begin", s.store.begin(&Begin { user, limit: None }).await)?;
        refused("check", s.store.check(CheckToken::Untracked { user, token_id: &id }).await)?;
        refused("check", s.store.check(CheckToken::Tracked(s.key(user))).await)?;
        refused("deny", s.store.deny(&s.denying(&id, HOUR)).await)?;
        refused("is_denied", s.store.is_denied(&id).await)?;
        refused("revoke_user", s.store.revoke_user(&s.revoking(user)).await)?;
        refused("raise_floor", s.store.raise_floor(begun).await)?;
        refused("list_revoked", s.store.list_revoked(None, 10).await)?;
        refused("purge", s.store.purge(10, Duration::ZERO).await)?;
    }
    Ok(())
}

/// The same of what sessions need.
pub(super) async fn a_closed_store_refuses_sessions<S: Store>(s: Subject<S>) -> Outcome {
    let user = s.user();
    let open = s.opening(user, s.begin(user, None).await?.begun);
    let key = s.session(user).await?;
    let end = s.ending(s.session(user).await?);
    s.store.end(&end).await?;
    for _ in 0..2 {
        s.store.close().await;
        refused("open", s.store.open(&open).await)?;
        refused("check", s.store.check(CheckToken::Tracked(key)).await)?;
        refused("load", s.store.load(key).await)?;
        refused("rotate", s.store.rotate(&s.rotation(key, 0)).await)?;
        refused("end", s.store.end(&s.ending(key)).await)?;
        refused("a repeated end", s.store.end(&end).await)?;
        refused("count", s.store.count(user).await)?;
        refused("list", s.store.list(user).await)?;
    }
    Ok(())
}

/// Calls that overlap with close take effect, or are refused as closed; those that come after it are refused.
pub(super) async fn closing_amid_calls_refuses_the_rest<S: Store>(s: Subject<S>) -> Outcome {
    let answers = s
        .at_once(super::subject::RACERS, |number, s| async move {
            if number == super::subject::RACERS / 2 {
                s.store.close().await;
                return Ok(s.store.is_denied("any").await.map(|_| None));
            }
            for _ in 0..100 {
                if let Err(error) = s.store.deny(&s.denying(&s.token_id(), HOUR)).await {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(Some(())))
        })
        .await?;
    for answer in answers {
        match answer {
            Ok(finished) => ensure!(finished.is_some(), "is_denied answers after close"),
            Err(error) => ensure!(error.is_closed(), "a call that close overtook fails with {error:?}, not as closed"),
        }
    }
    refused("deny", s.store.deny(&s.denying("any", HOUR)).await)
}

/// A store without sessions says so to each call that is about them.
pub(super) async fn without_sessions_their_calls_are_unsupported<S: Store>(s: Subject<S>) -> Outcome {
    fn unsupported<T>(call: &str, answer: Result<T, StoreError>) -> Outcome {
        let is_unsupported = answer.err().is_some_and(|error| error.is_unsupported());
        ensure!(is_unsupported, "{call} is not answered with `unsupported`, in a store without sessions");
        Ok(())
    }
    let user = s.user();
    let key = s.key(user);
    unsupported("open", s.store.open(&s.opening(user, s.begin(user, None).await?.begun)).await)?;
    unsupported("load", s.store.load(key).await)?;
    unsupported("rotate", s.store.rotate(&s.rotation(key, 0)).await)?;
    unsupported("end", s.store.end(&s.ending(key)).await)?;
    unsupported("count", s.store.count(user).await)?;
    unsupported("list", s.store.list(user).await)?;
    ensure!(s.standing(key).await?.session.is_none(), "check finds a session in a store without sessions");
    ensure!(s.store.raise_floor(StoreTime::default()).await?.as_millis() == 0, "a floor of 0 is not 0");
    Ok(())
}
