//! The published suite, races included.

use std::sync::Mutex;

use jwtward::store::{RedbStore, conformance::check_all};

use crate::support::Folder;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_redb_store_conforms() {
    let folders = Mutex::new(Vec::new());
    let make = || {
        let folder = Folder::new();
        let store = RedbStore::open(folder.file()).unwrap();
        folders.lock().unwrap().push(folder);
        async { store }
    };
    let report = check_all(make).await.unwrap();
    assert!(report.passed().len() > 80, "{} cases", report.passed().len());
    assert_eq!(report.skipped(), ["without_sessions_their_calls_are_unsupported"]);
}
