//! Several nodes on one server: each has its own connections, or is a process of its own.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use jwtward::{
    AuthError, IssueError, RefreshError, Revoked, TokenProvider,
    store::{PostgresStore, WhenFull},
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    server::{config, fresh_schema, shared},
    support::{PATIENCE, connect, limit, node, report, tracked},
};

const NODES: usize = 4;
const RACERS: usize = 64;
const USERS: usize = 8;
const LIMIT: u32 = 5;
const SCHEMA: &str = "JWTWARD_TEST_SCHEMA";
const ADDRESS: &str = "JWTWARD_TEST_ADDRESS";
const EVICT: &str = "JWTWARD_TEST_EVICT";

fn when_full(evict: bool) -> WhenFull {
    if evict { WhenFull::EvictOldest } else { WhenFull::Reject }
}

/// Not a test: a process that logs in, started by the tests below. It says when it is ready, waits for a line, and says
/// how many logins of each user succeeded.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "started by other tests as a process"]
async fn a_process_that_logs_in() {
    let (Ok(schema), Ok(address)) = (std::env::var(SCHEMA), std::env::var(ADDRESS)) else { return };
    let builder = PostgresStore::builder(config(address.parse().unwrap())).schema(schema).call_timeout(PATIENCE);
    let when_full = when_full(std::env::var_os(EVICT).is_some());
    let provider = Arc::new(node(tracked().limit(limit(LIMIT, when_full)), builder).await);
    println!("node ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let mut logins = JoinSet::new();
    for number in 0..USERS * RACERS / NODES {
        let provider = Arc::clone(&provider);
        logins.spawn(async move {
            let user = number % USERS;
            match provider.issue(&format!("user {user}"), &()).await {
                Ok(_) => Some(user),
                Err(IssueError::TooManySessions { .. }) => None,
                Err(error) => panic!("{error:?}"),
            }
        });
    }
    let mut opened = [0; USERS];
    logins.join_all().await.into_iter().flatten().for_each(|user| opened[user] += 1);
    println!("node {}", opened.map(|count| count.to_string()).join(" "));
}

struct Process {
    child: Child,
    lines: Box<dyn Iterator<Item = String>>,
}

impl Process {
    fn start(schema: &str, address: &str, evict: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "--nocapture", "nodes::a_process_that_logs_in"]);
        command.env(SCHEMA, schema).env(ADDRESS, address);
        if evict {
            command.env(EVICT, "1");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        // The test harness writes to the same output, on the same line at first.
        let lines = lines.filter_map(|line| line.split_once("node ").map(|(_, rest)| rest.to_owned()));
        Self { child, lines: Box::new(lines) }
    }

    fn say(&mut self) -> String {
        self.lines.next().expect("the process says what is asked of it")
    }
}

async fn processes_keep_a_limit(evict: bool) {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    let here = node(tracked(), server.builder().schema(&schema)).await;
    let address = server.address().to_string();
    let mut processes: Vec<_> = (0..NODES).map(|_| Process::start(&schema, &address, evict)).collect();
    processes.iter_mut().for_each(|process| assert_eq!(process.say(), "ready"));
    for process in &mut processes {
        process.child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let mut opened = [0; USERS];
    for process in &mut processes {
        process.say().split(' ').zip(&mut opened).for_each(|(more, sum)| *sum += more.parse::<usize>().unwrap());
        assert!(process.child.wait().unwrap().success());
    }
    let want = if evict { RACERS } else { LIMIT as usize };
    assert_eq!(opened, [want; USERS], "logins that succeeded");
    for user in 0..USERS {
        assert_eq!(here.session_count(&format!("user {user}")).await.unwrap(), u64::from(LIMIT), "user {user}");
    }
    report(&format!(
        "{NODES} processes, {USERS} users, {RACERS} logins of each at once, at most {LIMIT} ({:?}): {LIMIT} live of each",
        when_full(evict)
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_that_rejects_holds_over_processes() {
    processes_keep_a_limit(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_that_evicts_holds_over_processes() {
    processes_keep_a_limit(true).await;
}

/// Providers with a pool of their own each.
async fn nodes(grace: Duration) -> Option<Vec<Arc<TokenProvider>>> {
    let server = shared()?;
    let schema = fresh_schema();
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        let builder = server.builder().schema(&schema).pool_size(8);
        nodes.push(Arc::new(node(tracked().refresh_grace(grace), builder).await));
    }
    Some(nodes)
}

/// Lets racers on all nodes begin together.
async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    nodes: &[Arc<TokenProvider>],
    act: impl Fn(Arc<TokenProvider>) -> F,
) -> Vec<T> {
    let start = Arc::new(Barrier::new(RACERS));
    let mut racers = JoinSet::new();
    for number in 0..RACERS {
        let (start, work) = (Arc::clone(&start), act(Arc::clone(&nodes[number % nodes.len()])));
        racers.spawn(async move {
            start.wait().await;
            work.await
        });
    }
    racers.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_refresh_wins_over_nodes() {
    let Some(nodes) = nodes(Duration::ZERO).await else { return };
    for round in 0..5 {
        let pair = nodes[0].issue_pair(&format!("user {round}"), &()).await.unwrap();
        let answers = race(&nodes, |node| {
            let token = jwtward::RefreshToken::new(pair.refresh.expose().to_owned());
            async move { node.refresh_pair(&token).await.map(|pair| pair.refresh.expose().to_owned()) }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(RefreshError::Reused))).count(), 1);
    }
    report(&format!("{RACERS} refreshes of one token at once on {NODES} nodes: one succeeded, 5 times of 5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn within_the_grace_all_nodes_give_one_successor() {
    let Some(nodes) = nodes(Duration::from_secs(300)).await else { return };
    let pair = nodes[0].issue_pair("alice", &()).await.unwrap();
    let answers = race(&nodes, |node| {
        let token = jwtward::RefreshToken::new(pair.refresh.expose().to_owned());
        async move { node.refresh_pair(&token).await.unwrap().refresh.expose().to_owned() }
    })
    .await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(nodes[1].sessions("alice").await.unwrap()[0].rotation_count, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_node_revokes_the_others_refuse_at_once() {
    let Some(nodes) = nodes(Duration::ZERO).await else { return };
    let mut accepted = 0;
    let rounds = 50;
    for round in 0..rounds {
        let subject = format!("user {round}");
        let token = nodes[round % NODES].issue(&subject, &()).await.unwrap();
        for node in &nodes {
            node.authenticate::<()>(token.expose()).await.unwrap();
        }
        let by = &nodes[(round + 1) % NODES];
        match round % 3 {
            0 => by.revoke(token.expose()).await.unwrap(),
            1 => assert_eq!(by.revoke_all(&subject).await.unwrap(), 1),
            _ => assert!(by.end_session(&subject, token.session_id().unwrap()).await.unwrap()),
        }
        for node in &nodes {
            match node.authenticate::<()>(token.expose()).await {
                Err(AuthError::Revoked(Revoked::Session | Revoked::User)) => {}
                Ok(_) => accepted += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    assert_eq!(accepted, 0);
    report(&format!("{rounds} revocations, each asked about on {NODES} nodes as soon as it had returned: 0 accepted"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_node_caches_a_revocation_is_known_within_the_bound() {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    let mut stores = Vec::new();
    for _ in 0..NODES {
        stores.push(connect(server.builder().schema(schema.clone())).await);
    }
    crate::node_caches::what_one_revokes_the_others_refuse_within_the_bound(stores, tracked).await;
}
