//! The Redis store on a server that this starts for itself, next to a plain GET on the same server in the same run.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench store_redis` prints Markdown; `-- 1000000` adds a table with that many
//! sessions. The server is on the same machine and shares its processors with this. It appends every change (`appendfsync everysec`).

#[path = "../sessions/figures.rs"]
#[allow(dead_code)]
mod figures;
#[path = "../../tests/support/servers.rs"]
#[allow(dead_code)]
mod servers;

use std::{
    future::Future,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use figures::{head, micros, mixed, row};
use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, CheckToken, DenyToken, EndSession, IssuedTimes, Limit, OnReuse, OpenSession, Opening, OperationId,
        RedisStore, RevokeUser, Rotate, Rotation, SessionKey, SessionKind, SessionMetadata, Store as _, StoreTime,
        WhenFull,
    },
};
use redis::aio::MultiplexedConnection;
use servers::RedisServer;
use tokio::task::JoinSet;

/// How many ask at once where throughput is measured, all over one connection.
const CLIENTS: u64 = 64;
const HOUR: Duration = Duration::from_secs(3600);
/// Calls by one that asks alone, and by all together.
const ALONE: u64 = 3_000;
const TOGETHER: u64 = 40_000;

fn main() {
    let mut sizes = vec![1_000];
    sizes.extend(std::env::args().filter_map(|argument| argument.parse::<u64>().ok()));
    if !servers::is_installed("redis-server") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for size in sizes {
        for per_user in [1, 3] {
            runtime.block_on(table(size, per_user));
        }
    }
}

#[derive(Clone)]
struct Bench {
    store: RedisStore,
    plain: MultiplexedConnection,
    size: u64,
    per_user: u64,
    /// Numbers that were not used before: of what is done once only.
    next: Arc<AtomicU64>,
}

fn octets(number: u64) -> [u8; 16] {
    (u128::from(mixed(number)) << 64 | u128::from(mixed(!number))).to_le_bytes()
}

fn operation(number: u64) -> OperationId {
    OperationId::from_u64(mixed(number ^ 0x5555))
}

impl Bench {
    fn key(&self, number: u64) -> SessionKey {
        SessionKey {
            user: UserKey::from_octets(octets(number / self.per_user)),
            session: SessionId::from_octets(octets(number + (1 << 40))),
        }
    }

    fn opening(&self, number: u64, begun: StoreTime, limit: Option<Limit>) -> OpenSession {
        OpenSession {
            key: self.key(number),
            kind: SessionKind::Pair { seed: number },
            begun,
            limit,
            lifetime: HOUR,
            absolute: Some(HOUR * 24),
            issued: IssuedTimes { issued_at: 1_800_000_000, expires_at: 1_800_000_900 },
            metadata: SessionMetadata::new(),
            data: None,
        }
    }

    async fn login(&self, number: u64) {
        let limit = NonZeroU32::new(5).map(|max| Limit { max, when_full: WhenFull::Reject });
        let begin = Begin { user: self.key(number).user, limit };
        let begun = self.store.begin(&begin).await.expect("begin").begun;
        let opening = self.store.open(&self.opening(number, begun, limit)).await.expect("open");
        assert!(matches!(opening, Opening::Opened { .. }));
    }

    async fn do_one(&self, what: &str, call: u64) {
        let number = mixed(call) % self.size;
        let (store, key) = (&self.store, self.key(number));
        match what {
            "plain GET" => {
                let mut plain = self.plain.clone();
                let _: Option<Vec<u8>> = redis::cmd("GET").arg("plain").query_async(&mut plain).await.expect("GET");
            }
            "check, tracked" => {
                let standing = store.check(CheckToken::Tracked(key)).await.expect("check");
                assert!(standing.session.is_some());
            }
            "check, untracked" => {
                let token_id = "0123456789abcdef0123456789abcdef0123456789abcdef";
                store.check(CheckToken::Untracked { user: key.user, token_id }).await.expect("check");
            }
            "begin" => drop(store.begin(&Begin { user: key.user, limit: None }).await.expect("begin")),
            "login: begin + open" => self.login(self.next.fetch_add(1, Relaxed)).await,
            "load" => assert!(store.load(key).await.expect("load").is_some()),
            "rotate" => {
                // Of a generation that is none of its own: the whole way but for the record. One in so many moves on.
                let rotate = Rotate {
                    key,
                    operation: operation(call),
                    presented: 0,
                    lifetime: HOUR,
                    issued: IssuedTimes { issued_at: 1, expires_at: 2 },
                    grace: HOUR,
                    on_reuse: OnReuse::Refuse,
                    data: None,
                };
                let rotation = store.rotate(&rotate).await.expect("rotate");
                assert!(!matches!(rotation, Rotation::Gone));
            }
            "deny" => {
                let number = self.next.fetch_add(1, Relaxed);
                let token_id = UserKey::from_octets(octets(number)).to_string().into();
                let _denial =
                    store.deny(&DenyToken { token_id, operation: operation(number), keep: HOUR }).await.expect("deny");
            }
            "count" => assert!(store.count(key.user).await.expect("count") > 0),
            "list" => assert!(!store.list(key.user).await.expect("list").is_empty()),
            "end" => {
                // Of the logins above, each once.
                let number = self.next.fetch_sub(1, Relaxed) - 1;
                let _ending =
                    store.end(&EndSession { key: self.key(number), operation: operation(number) }).await.expect("end");
            }
            "revoke all of a user" => {
                let number = self.next.fetch_add(1, Relaxed);
                let user = self.key(number).user;
                store
                    .revoke_user(&RevokeUser { user, operation: operation(number), keep: HOUR })
                    .await
                    .expect("revoke");
            }
            other => unreachable!("{other}"),
        }
    }
}

/// Runs calls, so many at once, and gives how long each took in nanoseconds, and all together.
async fn run<F: Future<Output = ()> + Send>(
    calls: u64,
    clients: u64,
    call: impl Fn(u64) -> F + Clone + Send + Sync + 'static,
) -> (Vec<u64>, Duration) {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let call = call.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            for number in (client..calls).step_by(usize::try_from(clients).unwrap_or(1)) {
                let from = Instant::now();
                call(number).await;
                times.push(u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
            times
        });
    }
    let mut times: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    times.sort_unstable();
    (times, start.elapsed())
}

/// The server's own time for each of so many operations, in microseconds: of scripts as a whole, else of all commands.
fn server_micros(server: &RedisServer, operations: u64) -> f64 {
    let stats = server.cli(&["INFO", "commandstats"]);
    let usec = |line: &str| -> Option<f64> { line.split("usec=").nth(1)?.split(',').next()?.parse().ok() };
    let lines = || stats.lines().filter(|line| line.starts_with("cmdstat_"));
    let scripts: f64 = lines().filter(|line| line.starts_with("cmdstat_evalsha")).filter_map(usec).sum();
    let ours = lines().filter(|line| !line.starts_with("cmdstat_config") && !line.starts_with("cmdstat_info"));
    let total = if scripts > 0.0 { scripts } else { ours.filter_map(usec).sum() };
    total / operations as f64
}

fn used_memory(server: &RedisServer) -> f64 {
    let info = server.cli(&["INFO", "memory"]);
    let line = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or(0.0)
}

async fn table(size: u64, per_user: u64) {
    let server =
        RedisServer::start("redis-server", &["--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"]);
    let builder = RedisStore::builder(&server.url()).response_timeout(Duration::from_secs(30));
    // So that the table is of the store and not of the disk.
    let builder = builder.danger_allow_appendfsync_everysec();
    let store = builder.connect().await.expect("a store");
    let client = redis::Client::open(server.url()).expect("a URL");
    let plain = client.get_multiplexed_async_connection().await.expect("a connection");
    let bench = Bench { store, plain, size, per_user, next: Arc::new(AtomicU64::new(size)) };
    server.cli(&["SET", "plain", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]);

    let before = used_memory(&server);
    let filling = bench.clone();
    run(size, CLIENTS, move |number| {
        let bench = filling.clone();
        async move { bench.login(number).await }
    })
    .await;
    let each = (used_memory(&server) - before) / size as f64;
    println!("\nThe Redis store, {size} sessions, {per_user} a user: {each:.0} octets a session.\n");
    head(&[
        "",
        "median alone, µs",
        "p99 alone, µs",
        "a second, 64 at once",
        "p99 of 64 at once, µs",
        "server, µs each",
    ]);
    for what in [
        "plain GET",
        "check, tracked",
        "check, untracked",
        "begin",
        "load",
        "rotate",
        "count",
        "list",
        "login: begin + open",
        "end",
        "deny",
        "revoke all of a user",
        "plain GET",
    ] {
        let one = |call: u64| {
            let (bench, what) = (bench.clone(), what);
            async move { bench.do_one(what, call).await }
        };
        let call = {
            let bench = bench.clone();
            move |call: u64| {
                let bench = bench.clone();
                async move { bench.do_one(what, call).await }
            }
        };
        one(0).await;
        let (alone, _) = run(ALONE, 1, call.clone()).await;
        server.cli(&["CONFIG", "RESETSTAT"]);
        let (together, took) = run(TOGETHER, CLIENTS, call).await;
        let own = server_micros(&server, TOGETHER);
        let at = |times: &[u64], part: usize| times.get(times.len() * part / 100).copied().unwrap_or(0);
        row(&[
            what.to_owned(),
            micros(at(&alone, 50)),
            micros(at(&alone, 99)),
            format!("{:.0}", TOGETHER as f64 / took.as_secs_f64()),
            micros(at(&together, 99)),
            format!("{own:.1}"),
        ]);
    }
}
