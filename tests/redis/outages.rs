//! What a provider does while its server is away: it refuses, in time, and comes back by itself.

use std::time::{Duration, Instant};

use jwtward::{
    AuthError, TokenProvider,
    store::{RedisConnectError, RedisStore, SessionMetadata, Store},
};

use crate::{
    proxy::{Mode, Proxy},
    servers::{RedisServer, is_installed},
    support::{DEADLINE, SLACK, connected, eventually, limited, node, over, patient, told, tracked, untracked},
};

/// Tokens of both kinds, good and revoked.
struct World {
    tracking: TokenProvider,
    plain: TokenProvider,
    good: [String; 2],
    revoked: [String; 2],
}

async fn world(url: &str) -> World {
    let store = connected(RedisStore::builder(url)).await;
    let (tracking, plain) =
        (over(tracked().store_timeout(DEADLINE), store.clone()), over(untracked().store_timeout(DEADLINE), store));
    let mut good = Vec::new();
    let mut revoked = Vec::new();
    for provider in [node(tracked(), url).await, node(untracked(), url).await] {
        good.push(provider.issue("alice", &()).await.unwrap().expose().to_owned());
        let token = provider.issue("alice", &()).await.unwrap();
        provider.revoke(token.expose()).await.unwrap();
        revoked.push(token.expose().to_owned());
    }
    World { tracking, plain, good: good.try_into().unwrap(), revoked: revoked.try_into().unwrap() }
}

impl World {
    /// How many of the tokens are accepted.
    async fn accepted(&self, tokens: &[String; 2]) -> usize {
        let tracked = self.tracking.authenticate::<()>(&tokens[0]).await.is_ok();
        let plain = self.plain.authenticate::<()>(&tokens[1]).await.is_ok();
        usize::from(tracked) + usize::from(plain)
    }

    /// Asks everything, and gives how much was granted and how long the slowest refusal took.
    async fn refused(&self) -> (usize, Duration) {
        let mut slowest = Duration::ZERO;
        let mut granted = 0;
        for call in 0..6 {
            let start = Instant::now();
            granted += match call {
                0 => usize::from(self.tracking.authenticate::<()>(&self.good[0]).await.is_ok()),
                1 => usize::from(self.plain.authenticate::<()>(&self.good[1]).await.is_ok()),
                2 => usize::from(self.tracking.authenticate::<()>(&self.revoked[0]).await.is_ok()),
                3 => usize::from(self.plain.authenticate::<()>(&self.revoked[1]).await.is_ok()),
                4 => usize::from(self.tracking.issue("bob", &()).await.is_ok()),
                _ => usize::from(self.tracking.refresh(&self.good[0]).await.is_ok()),
            };
            slowest = slowest.max(start.elapsed());
        }
        (granted, slowest)
    }

    async fn is_back(&self) {
        eventually("the server, for the provider", async || self.accepted(&self.good).await == 2).await;
        assert_eq!(self.accepted(&self.revoked).await, 0, "what was revoked stays so");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_fails_is_refused_in_time_and_comes_back() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let proxy = Proxy::start(server.address()).await;
    let world = world(&format!("redis://{}", proxy.address())).await;
    world.is_back().await;
    let faults =
        [Mode::Refuse, Mode::Hang, Mode::Mute, Mode::BlackHole, Mode::Reset, Mode::Slow(DEADLINE * 2), Mode::Garbage];
    for fault in faults {
        proxy.set(fault);
        let (granted, slowest) = world.refused().await;
        println!("{fault:?}: accepted during the outage: {granted}; the slowest refusal took {slowest:?}");
        assert_eq!(granted, 0, "{fault:?}");
        assert!(slowest < DEADLINE + SLACK, "{fault:?}: {slowest:?}");
        proxy.set(Mode::Pass);
        world.is_back().await;
    }
    // Slow, but in time.
    proxy.set(Mode::Slow(Duration::from_millis(5)));
    world.is_back().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_restarted_is_found_again() {
    if !is_installed("redis-server") {
        return;
    }
    let mut server = RedisServer::start("redis-server", &[]);
    let world = world(&server.url()).await;
    server.kill();
    let (granted, slowest) = world.refused().await;
    println!("killed: accepted during the outage: {granted}; the slowest refusal took {slowest:?}");
    assert_eq!(granted, 0);
    assert!(slowest < DEADLINE + SLACK);
    server.start_again();
    world.is_back().await;
}

/// A fail-over that somebody else arranged: the address leads to a replica now, which answers reads from whatever data it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_primary_that_is_made_a_replica_is_refused_until_it_is_promoted() {
    if !is_installed("redis-server") {
        return;
    }
    let other = RedisServer::start("redis-server", &[]);
    // With its own data, as long as it has no others: the master that it is given does not let it in.
    let server = RedisServer::start("redis-server", &["--masterauth", "wrong"]);
    let store = patient(&server.url()).connect().await.unwrap();
    let (tracking, plain) = (over(tracked(), store.clone()), over(untracked(), store.clone()));
    let (one, two) = (tracking.issue("alice", &()).await.unwrap(), plain.issue("alice", &()).await.unwrap());
    let denied = plain.issue("alice", &()).await.unwrap();
    plain.revoke(denied.expose()).await.unwrap();

    server.cli(&["REPLICAOF", "127.0.0.1", &other.address().port().to_string()]);
    assert!(server.cli(&["ROLE"]).starts_with("slave"));
    // The connection that is open, then those made anew.
    for _ in 0..3 {
        let refused = tracking.authenticate::<()>(one.expose()).await.unwrap_err();
        assert!(matches!(&refused, AuthError::Store(_)) && told(&refused).contains("slave"), "{refused:?}");
        let refused = plain.authenticate::<()>(two.expose()).await.unwrap_err();
        assert!(matches!(&refused, AuthError::Store(_)), "not said to be revoked: {refused:?}");
        assert!(store.is_denied(denied.id()).await.is_err());
        assert!(tracking.session_count("alice").await.is_err());
        assert!(tracking.issue("bob", &()).await.is_err());
    }
    let refused = patient(&server.url()).connect().await.unwrap_err();
    assert!(matches!(&refused, RedisConnectError::NotPrimary { role } if role == "slave"), "{refused:?}");

    server.cli(&["REPLICAOF", "NO", "ONE"]);
    assert!(tracking.authenticate::<()>(one.expose()).await.is_ok());
    assert!(plain.authenticate::<()>(two.expose()).await.is_ok());
    assert!(plain.authenticate::<()>(denied.expose()).await.is_err());
    patient(&server.url()).connect().await.unwrap();
}

/// A caller whose own deadline is the shorter one gets off a connection that hangs too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_hangs_is_replaced_though_the_callers_deadline_is_shorter() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let proxy = Proxy::start(server.address()).await;
    let builder = RedisStore::builder(&format!("redis://{}", proxy.address()));
    let store = connected(builder.response_timeout(Duration::from_secs(600))).await;
    let provider = over(tracked().store_timeout(DEADLINE), store);
    let token = node(tracked(), &server.url()).await.issue("alice", &()).await.unwrap();
    // Its connection hangs for good; new ones do not.
    proxy.set_for_open(Mode::Hang);
    let start = Instant::now();
    assert!(provider.authenticate::<()>(token.expose()).await.is_err());
    assert!(start.elapsed() < DEADLINE + SLACK);
    eventually("a new connection", async || provider.authenticate::<()>(token.expose()).await.is_ok()).await;
}

/// The words of a request, by which the proxy tells one script from the others.
fn evalsha(words: usize) -> Vec<u8> {
    format!("*{words}\r\n$7\r\nEVALSHA\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reply_that_is_lost_costs_nothing_and_does_nothing_twice() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let proxy = Proxy::start(server.address()).await;
    let store = patient(&format!("redis://{}", proxy.address())).connect().await.unwrap();
    let (provider, plain) = (over(limited(2), store.clone()), over(untracked(), store));
    // The server knows the scripts.
    for _ in 0..2 {
        let pair = provider.issue_pair("warm", &()).await.unwrap();
        provider.refresh_pair(&pair.refresh).await.unwrap();
        provider.revoke_refresh_token(&pair.refresh).await.unwrap();
        provider.revoke_all("warm").await.unwrap();
        plain.revoke(plain.issue("cool", &()).await.unwrap().expose()).await.unwrap();
    }

    proxy.lose_reply_to(&evalsha(20));
    let pair = provider.issue_pair_with("alice", &(), SessionMetadata::new()).await.unwrap();
    assert_eq!((proxy.lost(), provider.session_count("alice").await.unwrap()), (1, 1), "opened once");

    proxy.lose_reply_to(&evalsha(17));
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    let rotations = provider.sessions("alice").await.unwrap()[0].rotation_count;
    assert_eq!((proxy.lost(), rotations), (2, 1), "moved once");
    assert!(provider.authenticate::<()>(pair.access.expose()).await.is_ok());

    let session = pair.access.session_id().unwrap();
    proxy.lose_reply_to(&evalsha(10));
    assert!(provider.end_session("alice", session).await.unwrap(), "the first answer");
    assert_eq!((proxy.lost(), provider.session_count("alice").await.unwrap()), (3, 0));

    for _ in 0..2 {
        provider.issue("alice", &()).await.unwrap();
    }
    proxy.lose_reply_to(&evalsha(12));
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 2, "the first answer");
    assert_eq!((proxy.lost(), provider.session_count("alice").await.unwrap()), (4, 0));

    let token = plain.issue("bob", &()).await.unwrap();
    proxy.lose_reply_to(&evalsha(8));
    plain.revoke(token.expose()).await.unwrap();
    assert_eq!(proxy.lost(), 5);
    assert!(plain.authenticate::<()>(token.expose()).await.is_err());
    println!("5 replies lost: each caller got success once, each state changed once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_full_refuses_and_keeps_what_it_has() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let world = world(&server.url()).await;
    let provider = node(tracked(), &server.url()).await;
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let refused = provider.issue("bob", &()).await.unwrap_err();
    let store_is_full = |error: &jwtward::IssueError| matches!(error, jwtward::IssueError::Store(e) if e.is_full());
    assert!(store_is_full(&refused), "{refused:?}");
    assert!(provider.revoke(&world.good[0]).await.is_err(), "not said to be done when it is not");
    // What is read is as it was.
    world.is_back().await;
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    provider.revoke(&world.good[0]).await.unwrap();
    assert!(provider.authenticate::<()>(&world.good[0]).await.is_err());
    eventually("the other token", async || world.accepted(&world.good).await == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_lost_everything_lets_nobody_in() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let world = world(&server.url()).await;
    let (first, second) = (node(untracked(), &server.url()).await, node(untracked(), &server.url()).await);
    server.cli(&["FLUSHALL"]);
    assert_eq!(world.accepted(&world.good).await, 0, "sessions are gone, and plain tokens are older than the store");
    assert_eq!(world.accepted(&world.revoked).await, 0);
    // Both nodes go on with the new store.
    for provider in [&first, &second] {
        let token = provider.issue("alice", &()).await.unwrap();
        assert!(first.authenticate::<()>(token.expose()).await.is_ok());
        assert!(second.authenticate::<()>(token.expose()).await.is_ok());
    }
}
