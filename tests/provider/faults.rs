//! A store that fails, is late, or loses replies: refused, and never accepted.

use std::{error::Error, time::Duration};

use jwtward::{AuthError, IssueError, NumericDate, QueryError, RefreshError, RevokeError, store::StoreError};

use crate::{
    faulty::{Fault, Faulty},
    support::{START, World, assert_matches, config},
};

fn failed(error: &StoreError, late: bool) -> bool {
    let source = error.source().map(ToString::to_string);
    error.is_timeout() == late && source.as_deref() == (!late).then_some("connection refused")
}

#[tokio::test]
async fn a_store_that_fails_or_is_late_means_refusal_in_every_call() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let build = |config| world.over(store.clone(), config).build().unwrap();
    let quick = || config().store_timeout(Duration::from_millis(1));
    let (provider, plain) = (build(quick().track_sessions()), build(quick()));
    let single = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let untracked = plain.issue("alice", &()).await.unwrap();
    let before = provider.sessions("alice").await.unwrap();

    for (late, fault) in [(false, Fault::Fails as fn(&'static str) -> Fault), (true, Fault::Hangs)] {
        macro_rules! refused {
            ($($at:literal $provider:ident.$call:ident($($arg:expr),*) $error:path;)*) => {$(
                store.set(fault($at));
                assert_matches!(
                    $provider.$call($($arg),*).await.unwrap_err(),
                    $error(error) if failed(&error, late)
                );
            )*};
        }
        refused! {
            "begin" provider.issue("alice", &()) IssueError::Store;
            "open" provider.issue("alice", &()) IssueError::Store;
            "open" provider.issue_pair("alice", &()) IssueError::Store;
            "begin" plain.issue("alice", &()) IssueError::Store;
            "check" provider.refresh(single.expose()) RefreshError::Store;
            "rotate" provider.refresh(single.expose()) RefreshError::Store;
            "deny" plain.refresh(untracked.expose()) RefreshError::Store;
            "load" provider.refresh_pair(&pair.refresh) RefreshError::Store;
            "rotate" provider.refresh_pair(&pair.refresh) RefreshError::Store;
            "check" provider.revoke(single.expose()) RevokeError::Store;
            "end" provider.revoke(single.expose()) RevokeError::Store;
            "end" provider.revoke_by_id(single.id()) RevokeError::Store;
            "deny" plain.revoke(untracked.expose()) RevokeError::Store;
            "deny" provider.revoke_by_id("id") RevokeError::Store;
            "load" provider.revoke_refresh_token(&pair.refresh) RevokeError::Store;
            "check" provider.is_token_revoked(single.id()) RevokeError::Store;
            "is_denied" provider.is_token_revoked("id") RevokeError::Store;
            "end" provider.end_session("alice", single.session_id().unwrap()) QueryError::Store;
            "revoke_user" provider.revoke_all("alice") QueryError::Store;
            "raise_floor" provider.revoke_everything_before(NumericDate::from_secs(START)) QueryError::Store;
            "list_revoked" provider.list_revoked(None, 10) QueryError::Store;
            "list" provider.sessions("alice") QueryError::Store;
            "count" provider.session_count("alice") QueryError::Store;
            "purge" provider.clean_up() QueryError::Store;
        }
        store.set(fault("check"));
        for (provider, token) in [(&provider, &single), (&provider, &pair.access), (&plain, &untracked)] {
            assert_matches!(
                provider.authenticate::<()>(token.expose()).await.unwrap_err(),
                AuthError::Store(error) if failed(&error, late)
            );
        }
    }

    // Nothing has changed, and all is well again when the store is.
    store.set(Fault::None);
    assert_eq!(provider.sessions("alice").await.unwrap(), before);
    provider.refresh(single.expose()).await.unwrap();
    provider.refresh_pair(&pair.refresh).await.unwrap();
    plain.refresh(untracked.expose()).await.unwrap();
}

#[tokio::test]
async fn nothing_that_did_not_take_effect_is_told() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config().track_sessions()).build().unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    world.log.take();
    for at in ["begin", "open", "rotate", "end", "revoke_user"] {
        store.set(Fault::Fails(at));
        let _ = provider.issue("bob", &()).await;
        let _ = provider.revoke_all("bob").await;
        world.log.take();
        match at {
            "begin" | "open" => assert!(provider.issue("bob", &()).await.is_err()),
            "rotate" => assert!(provider.refresh(token.expose()).await.is_err()),
            "end" => assert!(provider.revoke(token.expose()).await.is_err()),
            _ => assert!(provider.revoke_all("alice").await.is_err()),
        }
        assert_eq!(world.log.take(), Vec::<String>::new(), "{at}");
    }
}

#[tokio::test]
async fn a_session_whose_opening_got_no_reply_is_known_to_nobody_and_can_be_ended() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config().track_sessions()).build().unwrap();
    store.set(Fault::LosesReply("open"));
    assert_matches!(provider.issue("alice", &()).await.unwrap_err(), IssueError::Store(_));
    store.set(Fault::None);
    let session = provider.sessions("alice").await.unwrap()[0].id;
    assert!(provider.end_session("alice", session).await.unwrap());
}

#[tokio::test]
async fn a_single_token_whose_refresh_got_no_reply_is_used_up() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config().track_sessions()).build().unwrap();
    let token = provider.issue("alice", &()).await.unwrap();
    store.set(Fault::LosesReply("rotate"));
    assert_matches!(provider.refresh(token.expose()).await.unwrap_err(), RefreshError::Store(_));
    store.set(Fault::None);
    assert_matches!(provider.refresh(token.expose()).await.unwrap_err(), RefreshError::Revoked(_));
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
}

/// Each call that changes something commits, its reply is lost on the way, and the caller gets success once all the same.
#[tokio::test]
async fn a_lost_reply_is_asked_for_again_and_nothing_happens_twice() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let config = config().track_sessions().refresh_grace(std::time::Duration::ZERO);
    let provider = world.over(store.clone(), config).build().unwrap();

    store.set(Fault::LosesOneReply("open"));
    let single = provider.issue("alice", &()).await.unwrap();
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);

    store.set(Fault::LosesOneReply("rotate"));
    let single = provider.refresh(single.expose()).await.unwrap();
    provider.authenticate::<()>(single.expose()).await.unwrap();
    assert_eq!(provider.sessions("alice").await.unwrap()[0].rotation_count, 1);

    let pair = provider.issue_pair("alice", &()).await.unwrap();
    store.set(Fault::LosesOneReply("rotate"));
    let next = provider.refresh_pair(&pair.refresh).await.unwrap();
    // Reuse is still found out, and said, without a reply too.
    store.set(Fault::LosesOneReply("rotate"));
    assert_matches!(provider.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::Reused);
    assert_matches!(provider.refresh_pair(&next.refresh).await.unwrap_err(), RefreshError::SessionEnded);

    store.set(Fault::LosesOneReply("end"));
    provider.revoke(single.expose()).await.unwrap();
    store.set(Fault::LosesOneReply("deny"));
    provider.revoke_by_id("foreign").await.unwrap();
    assert_matches!(provider.revoke_by_id("foreign").await.unwrap_err(), jwtward::RevokeError::AlreadyRevoked);

    provider.issue("alice", &()).await.unwrap();
    store.set(Fault::LosesOneReply("revoke_user"));
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 1);
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
}
