//! The published suite, races included.

use jwtward::store::{PostgresStore, conformance::check_all};

use crate::{
    server::{fresh_schema, shared},
    support::PATIENCE,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_postgresql_store_conforms() {
    let Some(server) = shared() else { return };
    // Nothing here depends on what a crash leaves: without waiting for the disk the races are closer, and the suite is
    // faster.
    let store = || async {
        let builder = PostgresStore::builder(server.config().options("-c synchronous_commit=off").to_owned());
        let builder = builder.schema(fresh_schema()).pool_size(8).call_timeout(PATIENCE);
        builder.danger_allow_asynchronous_commit().connect_local().await.unwrap()
    };
    let report = check_all(store).await.unwrap();
    assert!(report.passed().len() > 80, "{} cases", report.passed().len());
    assert_eq!(report.skipped(), ["without_sessions_their_calls_are_unsupported"]);
}
