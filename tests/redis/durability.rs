//! What is acknowledged is kept: through a kill in the midst of writing where every change is synced, and through a fail-over for those who wait for replicas.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use jwtward::{AccessToken, TokenProvider, store::RedisStore};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    proxy::{Mode, Proxy},
    servers::{RedisCluster, RedisServer, is_installed},
    support::{connected, eventually, node, over, patient, told, tracked, untracked},
};

/// Revokes all of the tokens from several tasks, and calls `interrupt` once so many are acknowledged. Each task has one left to revoke
/// after that, so that not all can be acknowledged. Gives the acknowledged.
async fn revoke_amid(
    provider: &TokenProvider,
    tokens: Vec<AccessToken>,
    after: usize,
    interrupt: impl FnOnce() + Send + 'static,
) -> Vec<AccessToken> {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&acknowledged);
    let (interrupted, interruption) = watch::channel(false);
    let interrupting = thread::spawn(move || {
        let start = Instant::now();
        while count.load(SeqCst) < after {
            assert!(start.elapsed() < Duration::from_secs(120), "{} of {after} acknowledged", count.load(SeqCst));
            thread::sleep(Duration::from_micros(100));
        }
        interrupt();
        interrupted.send_replace(true);
    });
    let mut tasks = JoinSet::new();
    let mut tokens = tokens.into_iter();
    loop {
        let share: Vec<_> = tokens.by_ref().take(50).collect();
        if share.is_empty() {
            break;
        }
        let (provider, acknowledged) = (provider.clone(), Arc::clone(&acknowledged));
        let mut interruption = interruption.clone();
        tasks.spawn(async move {
            let mut done = Vec::new();
            let last = share.len() - 1;
            for (number, token) in share.into_iter().enumerate() {
                if number == last {
                    // Gone, if it fails: that is told below.
                    let _ = interruption.wait_for(|done| *done).await;
                }
                if provider.revoke(token.expose()).await.is_err() {
                    break;
                }
                acknowledged.fetch_add(1, SeqCst);
                done.push(token);
            }
            done
        });
    }
    let done: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    interrupting.join().unwrap();
    done
}

async fn issue(provider: &TokenProvider, how_many: usize) -> Vec<AccessToken> {
    let mut tokens = Vec::new();
    for number in 0..how_many {
        let user = format!("user {}", number % 100);
        eventually("a login", async || {
            provider.issue(&user, &()).await.is_ok_and(|token| {
                tokens.push(token);
                true
            })
        })
        .await;
    }
    tokens
}

async fn accepted(provider: &TokenProvider, tokens: &[AccessToken]) -> usize {
    let mut accepted = 0;
    for token in tokens {
        accepted += usize::from(provider.authenticate::<()>(token.expose()).await.is_ok());
    }
    accepted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_amid_writing_loses_nothing_that_was_synced_and_acknowledged() {
    if !is_installed("redis-server") {
        return;
    }
    for fsync in ["everysec", "always"] {
        for config in [tracked(), untracked()] {
            let mut server = RedisServer::start("redis-server", &["--appendfsync", fsync]);
            let store = patient(&server.url()).danger_allow_appendfsync_everysec().connect().await.unwrap();
            let provider = over(config, store);
            let tokens = issue(&provider, 600).await;
            let pid = server.pid();
            let kill = move || assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
            let done = revoke_amid(&provider, tokens, 150, kill).await;
            server.kill();
            server.start_again();
            eventually("the server", async || provider.issue("someone", &()).await.is_ok()).await;
            let lost = accepted(&provider, &done).await;
            println!("kill -9, appendfsync {fsync}: {} revocations acknowledged, {lost} lost", done.len());
            assert!((150..600).contains(&done.len()));
            // With `everysec` Redis answers before it writes while an fsync is under way, for up to two seconds: so it must
            // be allowed by name.
            assert!(lost == 0 || fsync == "everysec");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_is_waited_for_has_every_acknowledged_revocation() {
    if !is_installed("redis-server") {
        return;
    }
    let mut primary = RedisServer::start("redis-server", &["--repl-diskless-sync-delay", "0"]);
    let link = Arc::new(Proxy::start(primary.address()).await);
    let port = link.address().port().to_string();
    let mut replica = RedisServer::start("redis-server", &["--replicaof", "127.0.0.1", &port]);
    eventually("the replica", async || primary.cli(&["INFO", "replication"]).contains("state=online")).await;
    let builder = patient(&primary.url()).response_timeout(Duration::from_secs(4)).wait_for_replicas(1);
    let provider = over(tracked().store_timeout(Duration::from_secs(5)), connected(builder).await);
    let tokens = issue(&provider, 600).await;
    // Something is written for each wait, as a step that is repeated writes nothing itself.
    assert!(primary.cli(&["INFO", "commandstats"]).contains("cmdstat_set:"));
    // The replica falls behind, and then the primary is lost with all that the replica does not have.
    let cut_off = Arc::clone(&link);
    let cut = move || cut_off.set(Mode::BlackHole);
    let done = revoke_amid(&provider, tokens, 150, cut).await;
    primary.kill();
    replica.cli(&["REPLICAOF", "NO", "ONE"]);
    let provider = node(tracked(), &replica.url()).await;
    let lost = accepted(&provider, &done).await;
    println!("fail-over, one replica waited for: {} revocations acknowledged, {lost} lost", done.len());
    assert!((150..600).contains(&done.len()));
    assert_eq!(lost, 0);

    // Nobody is left to wait for: not acknowledged.
    let builder = patient(&replica.url()).response_timeout(Duration::from_secs(4)).wait_for_replicas(1);
    let refused = over(tracked(), connected(builder).await).issue("alice", &()).await.unwrap_err();
    assert!(told(&refused).contains("0 of 1 replicas"), "{refused:?}");
    replica.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_fails_over_by_itself() {
    if !is_installed("redis-server") {
        return;
    }
    let mut cluster = RedisCluster::start("redis-server", 3, 1, &[]);
    let urls = cluster.urls();
    let urls = urls.iter().map(String::as_str);
    let store = connected(RedisStore::cluster_builder(urls).wait_for_replicas(1)).await;
    let (provider, plain) = (over(tracked(), store.clone()), over(untracked(), store));
    let mut done = Vec::new();
    for token in issue(&provider, 100).await {
        if provider.revoke(token.expose()).await.is_ok() {
            done.push(token);
        }
    }
    let good = issue(&provider, 60).await;
    let everyone = issue(&plain, 30).await;
    let first = &mut cluster.nodes[0];
    assert!(first.cli(&["ROLE"]).starts_with("master"));
    first.kill();
    // Those of the lost primary are refused until its replica takes over; nobody is let in who should not be.
    eventually("the fail-over", async || {
        assert_eq!(accepted(&provider, &done[..5]).await, 0);
        accepted(&provider, &good).await == good.len() && accepted(&plain, &everyone).await == everyone.len()
    })
    .await;
    let lost = accepted(&provider, &done).await;
    println!("cluster fail-over, one replica waited for: {} revocations acknowledged, {lost} lost", done.len());
    assert_eq!(lost, 0);

    // One that hangs is failed over too.
    let second = cluster.nodes[1].pid();
    assert!(Command::new("kill").args(["-STOP", &second]).status().unwrap().success());
    eventually("the fail-over of a node that hangs", async || {
        assert_eq!(accepted(&provider, &done[..5]).await, 0);
        accepted(&provider, &good).await == good.len()
    })
    .await;
    assert_eq!(accepted(&provider, &done).await, 0);
}
