//! Files that are damaged, or something else: an error that says so, and never a panic or a store that forgot.

use std::fs;

use jwtward::store::{RedbOpenError, RedbStore, RevokedPage, Store, StoreTime};
use redb::{Database, TableDefinition};

use crate::support::{Folder, HOUR, denying, key, login, revoking, standing, user};

/// A closed store with something of everything.
async fn filled(folder: &Folder) -> Vec<u8> {
    let store = RedbStore::open(folder.file()).unwrap();
    for number in 0..60 {
        login(&store, key(number, 1), HOUR * 24).await;
        store.deny(&denying(&format!("token {number}"))).await.unwrap();
    }
    store.revoke_user(&revoking(user(0))).await.unwrap();
    store.raise_floor(StoreTime::from_millis(1)).await.unwrap();
    store.close().await;
    fs::read(folder.file()).unwrap()
}

async fn seen(store: &RedbStore) -> (Vec<bool>, RevokedPage, StoreTime) {
    let mut live = Vec::new();
    for number in 0..60 {
        live.push(standing(store, key(number, 1)).await.session.is_some());
    }
    (live, store.list_revoked(None, 1000).await.unwrap(), standing(store, key(1, 1)).await.floor)
}

#[tokio::test]
async fn what_is_no_store_is_refused() {
    let folder = Folder::new();
    for content in [b"x".to_vec(), b"{\"a\":1}".to_vec(), vec![0; 5000], vec![0xff; 100_000]] {
        fs::write(folder.file(), &content).unwrap();
        let error = RedbStore::open(folder.file()).unwrap_err();
        assert!(matches!(error, RedbOpenError::NotAStore), "{error:?}");
        assert_eq!(error.to_string(), "the file is not a store");
        assert_eq!(fs::read(folder.file()).unwrap(), content, "the file was changed");
    }
    fs::remove_file(folder.file()).unwrap();
    fs::create_dir(folder.file()).unwrap();
    let error = RedbStore::open(folder.file()).unwrap_err();
    assert!(matches!(error, RedbOpenError::Io(_)), "{error:?}");
}

#[tokio::test]
async fn another_database_and_another_version_are_refused() {
    let folder = Folder::new();
    let write = |table: &str, name: &str, number: u64| {
        let database = Database::create(folder.file()).unwrap();
        let txn = database.begin_write().unwrap();
        txn.open_table(TableDefinition::<&str, u64>::new(table)).unwrap().insert(name, number).unwrap();
        txn.commit().unwrap();
    };
    write("someone's", "schema", 1);
    assert!(matches!(RedbStore::open(folder.file()).unwrap_err(), RedbOpenError::NotAStore));
    write("jwtward", "another", 1);
    assert!(matches!(RedbStore::open(folder.file()).unwrap_err(), RedbOpenError::NotAStore));

    fs::remove_file(folder.file()).unwrap();
    filled(&folder).await;
    for version in [0, 2, u64::MAX] {
        write("jwtward", "schema", version);
        let error = RedbStore::open(folder.file()).unwrap_err();
        assert!(matches!(error, RedbOpenError::Schema { found, known: 1 } if found == version), "{error:?}");
    }
    write("jwtward", "schema", 1);
    RedbStore::open(folder.file()).unwrap();
}

#[tokio::test]
async fn a_file_that_is_cut_short_is_refused() {
    let folder = Folder::new();
    let whole = filled(&folder).await;
    let mut refused = 0;
    for length in [1, 8, 64, 320, 4096, 8192, whole.len() / 3, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        fs::write(folder.file(), &whole[..length]).unwrap();
        if let Err(error) = RedbStore::open(folder.file()) {
            assert!(
                matches!(error, RedbOpenError::NotAStore | RedbOpenError::Damaged(_) | RedbOpenError::Io(_)),
                "{error:?}"
            );
            refused += 1;
        }
    }
    assert!(refused >= 8, "{refused}");
}

/// Whatever octet is hit: the store is refused, or holds all that it held.
#[tokio::test]
async fn a_damaged_octet_is_found_or_harmless() {
    let folder = Folder::new();
    let whole = filled(&folder).await;
    let store = RedbStore::open(folder.file()).unwrap();
    let held = seen(&store).await;
    store.close().await;
    let (mut refused, mut harmless, mut forgot) = (0, 0, Vec::new());
    // The head densely, the pages by samples.
    for at in (0..320).step_by(3).chain((320..whole.len()).step_by(whole.len() / 150)) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        fs::write(folder.file(), &damaged).unwrap();
        match RedbStore::open(folder.file()) {
            Err(_) => refused += 1,
            Ok(store) => {
                if seen(&store).await == held {
                    harmless += 1;
                } else {
                    forgot.push(at);
                }
                store.close().await;
            }
        }
    }
    println!("{refused} refused, {harmless} harmless, forgot at {forgot:?}, of {} octets", whole.len());
    assert!(refused > 20);
    assert_eq!(forgot, Vec::<usize>::new());
}
