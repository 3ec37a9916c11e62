//! What is there after the store was closed and opened again, and who may open it.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use jwtward::store::{
    Capabilities, CheckToken, Denial, EndSession, Ending, IssuedTimes, OnReuse, Opening, RedbOpenError, RedbStore,
    Rotate, Rotation, SessionKind, Store, StoreTime,
};

use crate::support::{
    Folder, HOUR, HandClock, START, begun, denying, is_live, key, login, opening, operation, revoking, standing, user,
};

async fn reopened(store: RedbStore, folder: &Folder) -> RedbStore {
    store.close().await;
    RedbStore::open(folder.file()).unwrap()
}

#[tokio::test]
async fn sessions_revocations_floors_and_the_epoch_are_there_after_a_restart() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.file()).unwrap();
    let (live, ended, revoked, below) = (key(1, 1), key(1, 2), key(2, 1), key(3, 1));
    for key in [live, ended, revoked] {
        login(&store, key, HOUR).await;
    }
    let rotate = Rotate {
        key: live,
        operation: operation(),
        presented: 0,
        lifetime: HOUR,
        issued: IssuedTimes { issued_at: 5, expires_at: 905 },
        grace: Duration::ZERO,
        on_reuse: OnReuse::EndSession,
        data: None,
    };
    assert_eq!(store.rotate(&rotate).await.unwrap(), Rotation::Rotated { generation: 1 });
    let end = EndSession { key: ended, operation: operation() };
    assert_eq!(store.end(&end).await.unwrap(), Ending::Ended);
    let revoke = revoking(user(2));
    assert_eq!(store.revoke_user(&revoke).await.unwrap(), 1);
    let deny = denying("a token");
    assert_eq!(store.deny(&deny).await.unwrap(), Denial::First);

    let before = (standing(&store, live).await, store.list(live.user).await.unwrap());
    let (revocations, untracked) =
        (store.list_revoked(None, 10).await.unwrap(), CheckToken::Untracked { user: user(2), token_id: "a token" });
    let denied = store.check(untracked).await.unwrap();
    let store = reopened(store, &folder).await;
    assert_eq!((standing(&store, live).await, store.list(live.user).await.unwrap()), before);
    assert_eq!(store.list_revoked(None, 10).await.unwrap(), revocations);
    assert_eq!(store.check(untracked).await.unwrap(), denied);
    assert!(denied.denied && denied.user_floor > StoreTime::default() && denied.epoch > StoreTime::default());
    let loaded = store.load(live).await.unwrap().unwrap();
    assert_eq!((loaded.kind, loaded.generation), (SessionKind::Pair { seed: 77 }, 1));
    assert_eq!(loaded.data.as_deref(), Some("{\"granted\":1}"));
    assert!(!is_live(&store, ended).await && !is_live(&store, revoked).await);

    // Each operation is still known by its id.
    assert_eq!(store.rotate(&rotate).await.unwrap(), Rotation::Rotated { generation: 1 });
    assert_eq!(store.end(&end).await.unwrap(), Ending::Ended);
    assert_eq!(store.revoke_user(&revoke).await.unwrap(), 1);
    assert_eq!(store.deny(&deny).await.unwrap(), Denial::First);
    assert_eq!(store.deny(&denying("a token")).await.unwrap(), Denial::Already);
    let again = store.open(&opening(ended, begun(&store, ended.user).await, HOUR)).await.unwrap();
    assert!(matches!(again, Opening::Opened { .. }));
    assert!(!is_live(&store, ended).await, "an opening that was repeated after a restart revived its session");

    login(&store, below, HOUR).await;
    let floor = store.raise_floor(StoreTime::from_millis(u64::MAX)).await.unwrap();
    let store = reopened(store, &folder).await;
    assert_eq!(standing(&store, live).await.floor, floor);
    assert!(!is_live(&store, live).await && !is_live(&store, below).await);
    assert!(begun(&store, user(9)).await > floor);
}

#[tokio::test]
async fn an_ended_session_is_not_opened_again_by_repeating_its_opening() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.file()).unwrap();
    let key = key(1, 1);
    let open = opening(key, begun(&store, key.user).await, HOUR);
    let first = store.open(&open).await.unwrap();
    store.end(&EndSession { key, operation: operation() }).await.unwrap();
    assert_eq!(store.open(&open).await.unwrap(), first);
    assert!(!is_live(&store, key).await);
}

#[tokio::test]
async fn answers_are_forgotten_after_a_minute_and_not_before() {
    let (folder, clock) = (Folder::new(), HandClock::at(START));
    let store = RedbStore::builder(folder.file()).clock(clock.clone()).open().unwrap();
    login(&store, key(1, 1), HOUR).await;
    let end = EndSession { key: key(1, 1), operation: operation() };
    store.end(&end).await.unwrap();
    for (after, answer) in [(60_000, Ending::Ended), (60_001, Ending::Absent)] {
        clock.set(START + after);
        while !store.purge(1000, Duration::ZERO).await.unwrap().done {}
        assert_eq!(store.end(&end).await.unwrap(), answer);
    }
}

#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    let folder = Folder::new();
    let _store = RedbStore::open(folder.file()).unwrap();
    assert_eq!(folder.file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let folder = Folder::new();
    std::fs::write(folder.file(), b"").unwrap();
    assert!(RedbStore::open(folder.file()).is_ok());
}

#[tokio::test]
async fn a_file_is_opened_once_until_it_is_closed() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.file()).unwrap();
    let error = RedbStore::open(folder.file()).unwrap_err();
    assert!(matches!(error, RedbOpenError::InUse), "{error:?}");
    assert_eq!(error.to_string(), "the store's file is in use by another process");
    // The refused attempt has not hurt it.
    login(&store, key(1, 1), HOUR).await;
    let clone = store.clone();
    store.close().await;
    assert!(clone.check(CheckToken::Tracked(key(1, 1))).await.unwrap_err().is_closed());
    assert!(clone.list_revoked(None, 1).await.unwrap_err().is_closed());
    let again = RedbStore::open(folder.file()).unwrap();
    assert!(is_live(&again, key(1, 1)).await);
    // Closing the closed one leaves the other alone.
    clone.close().await;
    assert!(is_live(&again, key(1, 1)).await);
}

#[tokio::test]
async fn a_store_that_is_dropped_frees_its_file() {
    let folder = Folder::new();
    drop(RedbStore::open(folder.file()).unwrap());
    // The writer's thread does it.
    let start = std::time::Instant::now();
    while let Err(error) = RedbStore::open(folder.file()) {
        assert!(matches!(error, RedbOpenError::InUse) && start.elapsed() < Duration::from_secs(30), "{error:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn it_keeps_sessions_and_is_not_the_processs_own() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.file()).unwrap();
    assert_eq!(store.capabilities(), Capabilities { sessions: true, process_local: false });
    assert_eq!(format!("{store:?}"), "RedbStore { .. }");
}
