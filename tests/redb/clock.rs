//! A clock that is set back between two runs.

use std::time::Duration;

use jwtward::store::{CheckToken, RedbOpenError, RedbStore, Store};

use crate::support::{Folder, HOUR, HandClock, START, begun, denying, is_live, key, login, revoking, user};

const MINUTE: i64 = 60_000;

fn open(folder: &Folder, millis: i64) -> (RedbStore, HandClock) {
    let clock = HandClock::at(millis);
    (RedbStore::builder(folder.file()).clock(clock.clone()).open().unwrap(), clock)
}

#[tokio::test]
async fn the_time_does_not_go_back_across_a_restart() {
    let folder = Folder::new();
    let (store, _) = open(&folder, START);
    let (short, long) = (key(1, 1), key(1, 2));
    login(&store, short, Duration::from_secs(60)).await;
    login(&store, long, HOUR).await;
    store.close().await;
    let (store, _) = open(&folder, START + 2 * MINUTE);
    assert!(!is_live(&store, short).await);
    store.close().await;

    // Set back by two minutes: what had ended stays ended, and time stands still until the clock has caught up.
    let (store, clock) = open(&folder, START);
    assert!(!is_live(&store, short).await && is_live(&store, long).await);
    let stands = begun(&store, user(9)).await;
    assert!(i64::try_from(stands.as_millis()).unwrap() >= START + 2 * MINUTE);
    clock.set(START + MINUTE);
    assert_eq!(begun(&store, user(9)).await, stands);
    clock.set(START + 3 * MINUTE);
    assert!(begun(&store, user(9)).await > stands);
    clock.set(START + 60 * MINUTE + 1);
    assert!(!is_live(&store, long).await);
}

#[tokio::test]
async fn the_time_of_a_finished_purge_is_kept() {
    let folder = Folder::new();
    let (store, clock) = open(&folder, START);
    let key = key(1, 1);
    login(&store, key, Duration::from_secs(60)).await;
    clock.set(START + 2 * MINUTE);
    // Nothing to remove within the slice, and still the time is written down.
    while !store.purge(1, HOUR).await.unwrap().done {}
    store.close().await;
    let (store, _) = open(&folder, START);
    assert!(!is_live(&store, key).await);
    assert!(i64::try_from(begun(&store, user(9)).await.as_millis()).unwrap() >= START + 2 * MINUTE);
}

#[tokio::test]
async fn revocations_outlive_a_clock_that_is_set_back() {
    let folder = Folder::new();
    let (store, clock) = open(&folder, START);
    store.deny(&denying("a token")).await.unwrap();
    store.revoke_user(&revoking(user(1))).await.unwrap();
    let floor = store.check(CheckToken::Untracked { user: user(1), token_id: "any" }).await.unwrap().user_floor;
    // An hour, and half the margin.
    clock.set(START + 90 * MINUTE);
    while !store.purge(100, HOUR).await.unwrap().done {}
    store.close().await;
    let (store, _) = open(&folder, START);
    let standing = store.check(CheckToken::Untracked { user: user(1), token_id: "a token" }).await.unwrap();
    assert!(standing.denied && standing.user_floor == floor);
    // A login begun before a revocation, by a clock that stands still, does not outlive it.
    let before = begun(&store, user(1)).await;
    store.revoke_user(&revoking(user(1))).await.unwrap();
    let standing = store.check(CheckToken::Untracked { user: user(1), token_id: "any" }).await.unwrap();
    assert!(standing.user_floor >= before && begun(&store, user(1)).await > standing.user_floor);
}

#[tokio::test]
async fn a_clock_that_is_days_behind_is_refused() {
    let folder = Folder::new();
    let (store, _) = open(&folder, START);
    login(&store, key(1, 1), HOUR).await;
    store.close().await;
    for millis in [0, START - 24 * 60 * MINUTE - 1] {
        let error = RedbStore::builder(folder.file()).clock(HandClock::at(millis)).open().unwrap_err();
        assert!(matches!(error, RedbOpenError::ClockBehind { by } if by > HOUR * 24), "{error:?}");
        assert!(error.to_string().ends_with(" s behind the time in the store's file"));
    }
    let (store, _) = open(&folder, START - 24 * 60 * MINUTE);
    assert!(is_live(&store, key(1, 1)).await);
}
