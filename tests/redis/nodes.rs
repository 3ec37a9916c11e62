//! Several nodes, each a process of its own, on one server.

use std::process::{Command, Stdio};

use jwtward::{RefreshToken, TokenProvider};
use tokio::task::JoinSet;

use crate::{
    servers::{RedisServer, is_installed},
    support::{limited, node, over, patient, tracked, untracked},
};

const NODES: usize = 4;
const EACH: usize = 16;

/// Runs `a_node_of_its_own` as that many processes at once, and gives what they print, one answer a line.
fn nodes(work: &str, url: &str, what: &str) -> Vec<String> {
    let children: Vec<_> = (0..NODES)
        .map(|_| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "nodes::a_node_of_its_own", "--ignored", "--nocapture"]);
            command.env("NODE_WORK", work).env("NODE_URL", url).env("NODE_WHAT", what);
            command.stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut answers = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        answers.extend(text.lines().filter_map(|line| line.strip_prefix("answer: ")).map(str::to_owned));
    }
    assert_eq!(answers.len(), NODES * EACH);
    answers
}

/// What a process of the tests below does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the other tests as processes of their own"]
async fn a_node_of_its_own() {
    let of = |name: &str| std::env::var(name);
    let (Ok(work), Ok(what), Ok(url)) = (of("NODE_WORK"), of("NODE_WHAT"), of("NODE_URL")) else { return };
    let provider = node(limited(5), &url).await;
    let mut tasks = JoinSet::new();
    for _ in 0..EACH {
        let (provider, work, what) = (provider.clone(), work.clone(), what.clone());
        tasks.spawn(async move {
            match work.as_str() {
                "login" => match provider.issue(&what, &()).await {
                    Ok(_) => "in".to_owned(),
                    Err(jwtward::IssueError::TooManySessions { active, .. }) => format!("out at {active}"),
                    Err(error) => panic!("{error:?}"),
                },
                "refresh" => match provider.refresh_pair(&RefreshToken::new(what)).await {
                    Ok(pair) => pair.refresh.expose().to_owned(),
                    Err(error) => panic!("{error:?}"),
                },
                _ => match provider.refresh(&what).await {
                    Ok(token) => token.id().to_owned(),
                    Err(_) => "refused".to_owned(),
                },
            }
        });
    }
    for answer in tasks.join_all().await {
        println!("answer: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_holds_over_all_processes() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let provider = node(limited(5), &server.url()).await;
    for user in ["alice", "bob"] {
        let answers = nodes("login", &server.url(), user);
        let inside = answers.iter().filter(|answer| *answer == "in").count();
        println!("{} logins from {NODES} processes at a limit of 5: {inside} in", answers.len());
        assert_eq!((inside, provider.session_count(user).await.unwrap()), (5, 5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_refresh_wins_over_all_processes() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let provider = node(limited(5), &server.url()).await;
    // Of a pair, within the grace: one rotation, and all get the same successor.
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let mut successors = nodes("refresh", &server.url(), pair.refresh.expose());
    successors.sort();
    successors.dedup();
    assert_eq!(successors.len(), 1, "one successor for all");
    assert_eq!(provider.sessions("alice").await.unwrap()[0].rotation_count, 1);
    // Of a single session: one gets in, the others are refused.
    let token = provider.issue("bob", &()).await.unwrap();
    let answers = nodes("single", &server.url(), token.expose());
    let won = answers.iter().filter(|answer| *answer != "refused").count();
    println!("{} refreshes from {NODES} processes: {won} won", answers.len());
    assert_eq!((won, provider.sessions("bob").await.unwrap()[0].rotation_count), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_node_revokes_is_revoked_for_all_at_once() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let url = server.url();
    let mut all: Vec<(TokenProvider, TokenProvider)> = Vec::new();
    for _ in 0..NODES {
        let store = patient(&url).connect().await.unwrap();
        all.push((over(tracked(), store.clone()), over(untracked(), store)));
    }
    for round in 0..50 {
        let user = format!("user {round}");
        let (issuer, revoker) = (&all[round % NODES], &all[(round + 1) % NODES]);
        let tracked = issuer.0.issue(&user, &()).await.unwrap();
        let plain = issuer.1.issue(&user, &()).await.unwrap();
        for (one, other) in &all {
            assert!(one.authenticate::<()>(tracked.expose()).await.is_ok());
            assert!(other.authenticate::<()>(plain.expose()).await.is_ok());
        }
        if round % 2 == 0 {
            revoker.0.revoke(tracked.expose()).await.unwrap();
            revoker.1.revoke(plain.expose()).await.unwrap();
        } else {
            revoker.0.revoke_all(&user).await.unwrap();
        }
        for (one, other) in &all {
            assert!(one.authenticate::<()>(tracked.expose()).await.is_err());
            assert!(other.authenticate::<()>(plain.expose()).await.is_err());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_node_caches_a_revocation_is_known_within_the_bound() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    let mut stores = Vec::new();
    for _ in 0..NODES {
        stores.push(patient(&server.url()).connect().await.unwrap());
    }
    crate::node_caches::what_one_revokes_the_others_refuse_within_the_bound(stores, tracked).await;
}
