//! The published suite over the memory store. All its calls go through one node, on which no change may lag, so every
//! case applies, with any bound. What may lag is an end that comes by itself, of a session that was checked just
//! before; no case does that.

use std::time::Duration;

use jwtward::store::{Consistency, MemoryStore, NodeCache, conformance::check_all};

async fn conforms(consistency: Consistency) {
    let report = check_all(|| async { NodeCache::new(MemoryStore::default(), consistency) }).await.unwrap();
    assert!(report.passed().len() > 80, "{} cases", report.passed().len());
    assert_eq!(report.skipped(), ["without_sessions_their_calls_are_unsupported"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_strong_cache_conforms() {
    conforms(Consistency::Strong).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bounded_cache_conforms() {
    conforms(Consistency::Bounded(Duration::from_secs(60))).await;
}
