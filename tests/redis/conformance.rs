//! The suite that every store must pass.

use std::sync::atomic::{AtomicU32, Ordering};

use jwtward::store::{
    RedisStore,
    conformance::{Report, check_all},
};

use crate::{
    servers::{RedisCluster, RedisServer, is_installed},
    support::{PATIENCE, patient},
};

/// A prefix for each store: new and empty ones on one server.
fn fresh() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("t{}:", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn passed_all(report: &Report) {
    assert!(report.passed().len() > 80, "{} cases", report.passed().len());
    assert_eq!(report.skipped(), ["without_sessions_their_calls_are_unsupported"]);
}

async fn one_server(program: &'static str) {
    if !is_installed(program) {
        return;
    }
    let server = RedisServer::start(program, &[]);
    let url = server.url();
    let make = || async { patient(&url).prefix(&fresh()).connect().await.unwrap() };
    let report = check_all(make).await.unwrap_or_else(|failure| panic!("{failure}"));
    passed_all(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_conforms_on_redis() {
    one_server("redis-server").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_conforms_on_valkey() {
    one_server("valkey-server").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_conforms_on_a_cluster() {
    if !is_installed("redis-server") {
        return;
    }
    let cluster = RedisCluster::start("redis-server", 3, 0, &[]);
    let urls = cluster.urls();
    let make = || async {
        let urls = urls.iter().map(String::as_str);
        let builder = RedisStore::cluster_builder(urls).response_timeout(PATIENCE).connect_timeout(PATIENCE);
        builder.prefix(&fresh()).connect().await.unwrap()
    };
    let report = check_all(make).await.unwrap_or_else(|failure| panic!("{failure}"));
    passed_all(&report);
}
