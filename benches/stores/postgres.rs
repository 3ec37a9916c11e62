//! The PostgreSQL store on a server that this starts for itself, next to a plain SELECT by primary key on the same
//! server in the same run.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench store_postgres` prints Markdown; `-- 1000000` adds a table
//! with that many sessions. The server is on the same machine and shares its processors with this.

use std::{
    collections::VecDeque,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, CheckToken, DenyToken, EndSession, IssuedTimes, Limit, OnReuse, OpenSession, OperationId, PostgresStore,
        RevokeUser, Rotate, SessionKey, SessionKind, SessionMetadata, Store as _, StoreTime, WhenFull,
        tokio_postgres::Client,
    },
};
use tokio::task::JoinSet;

#[allow(dead_code)]
#[path = "../../tests/postgres/server.rs"]
mod server;
#[path = "../../tests/support/servers.rs"]
#[allow(dead_code)]
mod servers;

/// How many ask at once where throughput is measured; the store has as many connections.
const CLIENTS: usize = 16;
const HOUR: Duration = Duration::from_secs(3600);
/// How long each figure is measured for.
const TIME: Duration = Duration::from_millis(1500);

fn main() {
    let mut sizes = vec![1_000];
    sizes.extend(std::env::args().filter_map(|argument| argument.parse::<i64>().ok()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let settings = ["shared_buffers=512MB", "max_wal_size=4GB", "shared_preload_libraries=pg_stat_statements"];
    let Some(server) = server::Server::start(&settings) else { return };
    for size in sizes {
        runtime.block_on(table(&server, size));
    }
}

struct Bench {
    store: PostgresStore,
    /// Asks the server how long it took.
    stats: Client,
    /// Sessions that are there, each to be used once by what changes them.
    sessions: Vec<SessionKey>,
}

/// Numbers that have nothing in common.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0)
}

fn octets() -> [u8; 16] {
    ((u128::from(random()) << 64) | u128::from(random())).to_be_bytes()
}

fn operation() -> OperationId {
    OperationId::from_u64(random())
}

impl Bench {
    fn opening(&self, user: UserKey, begun: StoreTime, limit: Option<Limit>) -> OpenSession {
        OpenSession {
            key: SessionKey { user, session: SessionId::from_octets(octets()) },
            kind: SessionKind::Pair { seed: random() },
            begun,
            limit,
            lifetime: HOUR,
            absolute: Some(HOUR * 24),
            issued: IssuedTimes { issued_at: 0, expires_at: 0 },
            metadata: SessionMetadata::new(),
            data: None,
        }
    }
}

async fn table(server: &server::Server, size: i64) {
    let schema = server::fresh_schema();
    let builder = server.builder().schema(&schema).pool_size(CLIENTS).call_timeout(Duration::from_secs(30));
    let store = builder.connect_local().await.expect("the server is up");
    let client = server.client().await;
    client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await.expect("it comes with the server");
    fill(&client, &schema, size).await;
    let each: i64 = one(&client, &format!("SELECT pg_total_relation_size('{schema}.sessions')")).await / size;
    let users: i64 = one(&client, &format!("SELECT pg_total_relation_size('{schema}.users')")).await * 2 / size;
    println!("\n{size} sessions, {each} octets each with indexes, and {users} a user\n");
    println!(
        "| operation | one client: median µs | p99 µs | {CLIENTS} clients: calls a second | median µs | p99 µs | server, µs each |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: |");

    let sample = format!(
        "SELECT uuid_send(user_key), uuid_send(sid) FROM {schema}.sessions
         WHERE sid < 'ffffffff-0000-0000-0000-000000000000' LIMIT 100000"
    );
    let key = |octets: Vec<u8>| -> [u8; 16] { octets.try_into().expect("a uuid has 16 octets") };
    let sessions = client.query(&sample, &[]).await.expect("sessions").into_iter().map(|row| SessionKey {
        user: UserKey::from_octets(key(row.get(0))),
        session: SessionId::from_octets(key(row.get(1))),
    });
    let sessions = sessions.collect();
    let bench = Arc::new(Bench { store, stats: server.client().await, sessions });

    // What the same server and driver take for the least that a check could be.
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let client = server.client().await;
        let select = format!(
            "SELECT expires FROM {schema}.sessions WHERE user_key = encode($1, 'hex')::uuid AND sid = encode($2, 'hex')::uuid"
        );
        let statement = client.prepare(&select).await.expect("a statement");
        clients.push(Arc::new((client, statement)));
    }
    let plain = move |bench: Arc<Bench>, number: usize, client: usize| {
        let connection = Arc::clone(&clients[client]);
        async move {
            let key = bench.sessions[number % bench.sessions.len()];
            let (client, statement) = &*connection;
            let with: [&(dyn jwtward::store::tokio_postgres::types::ToSql + Sync); 2] =
                [&key.user.octets().as_slice(), &key.session.octets().as_slice()];
            client.query(statement, &with).await.expect("a row");
        }
    };
    row("plain SELECT by primary key", &bench, plain).await;

    row("check, tracked", &bench, move |bench, number, _| async move {
        let key = bench.sessions[number % bench.sessions.len()];
        assert!(bench.store.check(CheckToken::Tracked(key)).await.expect("an answer").session.is_some());
    })
    .await;
    row("check, untracked", &bench, move |bench, number, _| async move {
        let user = bench.sessions[number % bench.sessions.len()].user;
        bench.store.check(CheckToken::Untracked { user, token_id: "some token id" }).await.expect("an answer");
    })
    .await;
    row("count", &bench, move |bench, number, _| async move {
        bench.store.count(bench.sessions[number % bench.sessions.len()].user).await.expect("an answer");
    })
    .await;
    row("list", &bench, move |bench, number, _| async move {
        bench.store.list(bench.sessions[number % bench.sessions.len()].user).await.expect("an answer");
    })
    .await;
    row("load", &bench, move |bench, number, _| async move {
        bench.store.load(bench.sessions[number % bench.sessions.len()]).await.expect("an answer");
    })
    .await;
    row("rotate", &bench, move |bench, number, _| async move {
        let rotate = Rotate {
            key: bench.sessions[number % bench.sessions.len()],
            operation: operation(),
            presented: u32::try_from(number / bench.sessions.len()).unwrap_or(0),
            lifetime: HOUR,
            issued: IssuedTimes { issued_at: 0, expires_at: 0 },
            grace: Duration::ZERO,
            on_reuse: OnReuse::Refuse,
            data: None,
        };
        bench.store.rotate(&rotate).await.expect("an answer");
    })
    .await;
    row("begin", &bench, move |bench, _, _| async move {
        bench.store.begin(&Begin { user: UserKey::from_octets(octets()), limit: None }).await.expect("an answer");
    })
    .await;
    let limit = Limit { max: 5.try_into().expect("not 0"), when_full: WhenFull::EvictOldest };
    let begin = Begin { user: UserKey::from_octets(octets()), limit: None };
    let begun = bench.store.begin(&begin).await.expect("an answer").begun;
    row("open, no limit, a new user", &bench, move |bench, _, _| async move {
        let open = bench.opening(UserKey::from_octets(octets()), begun, None);
        bench.store.open(&open).await.expect("an answer");
    })
    .await;
    row("open, at most 5, evicting", &bench, move |bench, number, _| async move {
        let user = bench.sessions[number % 100].user;
        let open = bench.opening(user, begun, Some(limit));
        bench.store.open(&open).await.expect("an answer");
    })
    .await;
    row("deny", &bench, move |bench, _, _| async move {
        let deny = DenyToken { token_id: format!("{:016x}", random()).into(), operation: operation(), keep: HOUR };
        bench.store.deny(&deny).await.expect("an answer");
    })
    .await;
    // Each once.
    row_of("end", &bench, bench.sessions.len(), move |bench, number, _| async move {
        let end = EndSession { key: bench.sessions[number % bench.sessions.len()], operation: operation() };
        bench.store.end(&end).await.expect("an answer");
    })
    .await;
    row("revoke a user", &bench, move |bench, number, _| async move {
        let user = bench.sessions[number % bench.sessions.len()].user;
        bench.store.revoke_user(&RevokeUser { user, operation: operation(), keep: HOUR }).await.expect("an answer");
    })
    .await;
}

/// Two sessions a user, as `open` writes them.
async fn fill(client: &Client, schema: &str, size: i64) {
    let fill = format!(
        "INSERT INTO {schema}.users (user_key, latest, opened, purge_at)
         SELECT md5('u' || i)::uuid, {schema}.present(0, 0), 2, {schema}.present(0, 0) + 172800000
         FROM generate_series(0, {size} / 2) i;
         INSERT INTO {schema}.sessions (created, number, expires, rotated, issued_at, expires_at, user_key, sid, seed, ends)
         SELECT now, i, now + 3600000 + i, now, 0, 0, md5('u' || i / 2)::uuid, md5('s' || i)::uuid, i, now + 86400000
         FROM generate_series(1, {size}) i, {schema}.present(0, 0) AS t(now)"
    );
    client.batch_execute(&fill).await.expect("sessions");
    for statement in
        [format!("VACUUM ANALYZE {schema}.sessions"), format!("VACUUM ANALYZE {schema}.users"), "CHECKPOINT".into()]
    {
        client.batch_execute(&statement).await.expect("a vacuum");
    }
}

async fn one(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.expect("a row").get(0)
}

async fn row<F: Future<Output = ()> + Send + 'static>(
    name: &str,
    bench: &Arc<Bench>,
    call: impl Fn(Arc<Bench>, usize, usize) -> F + Clone + Send + 'static,
) {
    row_of(name, bench, usize::MAX, call).await;
}

/// One client alone, then all at once; no more than `most` calls.
async fn row_of<F: Future<Output = ()> + Send + 'static>(
    name: &str,
    bench: &Arc<Bench>,
    most: usize,
    call: impl Fn(Arc<Bench>, usize, usize) -> F + Clone + Send + 'static,
) {
    let (mut first, mut calls) = (0, 1);
    let mut cells = Vec::new();
    for clients in [1, CLIENTS] {
        bench.stats.batch_execute("SELECT pg_stat_statements_reset()").await.expect("it is loaded");
        let start = Instant::now();
        let mut running = JoinSet::new();
        for client in 0..clients {
            let (bench, call) = (Arc::clone(bench), call.clone());
            running.spawn(async move {
                let mut times = VecDeque::new();
                let mut number = first + client;
                while start.elapsed() < TIME && number < most {
                    let from = Instant::now();
                    call(Arc::clone(&bench), number, client).await;
                    times.push_back(from.elapsed());
                    number += clients;
                }
                times
            });
        }
        let mut times: Vec<Duration> = running.join_all().await.into_iter().flatten().collect();
        let took = start.elapsed();
        first += times.len() + CLIENTS;
        calls = times.len().max(1);
        times.sort_unstable();
        if clients > 1 {
            cells.push(format!("{:.0}", times.len() as f64 / took.as_secs_f64()));
        }
        for part in [50, 99] {
            // None is left where each can be done once, and one client has done them all.
            let time = times.get(times.len().saturating_sub(1) * part / 100);
            cells.push(time.map_or("–".to_owned(), |time| time.as_micros().to_string()));
        }
    }
    // Of the calls of the many: what statements took, without the wait for the disk at their commit.
    let spent = "SELECT (coalesce(sum(total_exec_time), 0) * 1000)::bigint FROM pg_stat_statements WHERE query LIKE '%store\\_%'";
    let spent = one(&bench.stats, spent).await as f64;
    println!("| {name} | {} | {:.0} |", cells.join(" | "), spent / calls as f64);
}
