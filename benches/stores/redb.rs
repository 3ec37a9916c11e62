//! The redb store at several sizes, next to redb alone.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench store_redb` prints Markdown; `-- 1000000` adds that many
//! sessions. `-- --dir=PATH` puts the file there: an `fsync` is what its disk takes for it.

#[path = "../sessions/figures.rs"]
#[allow(dead_code)]
mod figures;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use figures::{Times, head, mixed, row};
use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, CheckToken, DenyToken, EndSession, IssuedTimes, OnReuse, OpenSession, OperationId, RedbStore,
        RevokeUser, Rotate, SessionKey, SessionKind, SessionMetadata, Store, StoreTime,
    },
};
use redb::{Database, TableDefinition};
use tokio::runtime::Runtime;

const HOUR: Duration = Duration::from_secs(3600);
const START: i64 = 1_800_000_000;
/// Callers at once, where there are many.
const CALLERS: u64 = 64;
const PER_USER: u64 = 2;

fn main() {
    let mut sizes = vec![1_000, 100_000];
    let mut dir = std::env::temp_dir();
    for argument in std::env::args().skip(1) {
        match argument.strip_prefix("--dir=") {
            Some(path) => dir = PathBuf::from(path),
            None => sizes.extend(argument.parse::<u64>()),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    println!("\nThe redb store. One caller: median and p99 in µs. {CALLERS} callers: calls a second.\n");
    head(&["sessions", "operation", "median", "p99", "calls a second, one caller", "with all callers"]);
    for size in sizes {
        let folder = dir.join(format!("jwtward-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        measure(&runtime, &folder, size);
        plain(&folder, size);
        fs::remove_dir_all(&folder).expect("the folder is there");
    }
}

fn key(number: u64) -> SessionKey {
    let octets = |number: u64| (u128::from(mixed(number)) << 64 | u128::from(mixed(!number))).to_le_bytes();
    SessionKey {
        user: UserKey::from_octets(octets(number / PER_USER)),
        session: SessionId::from_octets(octets(number + (1 << 40))),
    }
}

fn operation() -> OperationId {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static NEXT: AtomicU64 = AtomicU64::new(1 << 50);
    OperationId::from_u64(mixed(NEXT.fetch_add(1, Relaxed)))
}

fn opening(key: SessionKey, begun: StoreTime) -> OpenSession {
    OpenSession {
        key,
        kind: SessionKind::Pair { seed: 7 },
        begun,
        limit: None,
        lifetime: HOUR,
        absolute: Some(HOUR * 24),
        issued: IssuedTimes { issued_at: START, expires_at: START + 900 },
        metadata: SessionMetadata::new(),
        data: None,
    }
}

/// Times `calls` calls one after the other, then `many` by all callers at once, and prints a row.
fn operation_row<F>(
    runtime: &Runtime,
    name: (u64, &str),
    (calls, many): (u64, u64),
    call: impl Fn(u64) -> F + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send,
{
    let call = Arc::new(call);
    let mut times = Times::new(usize::try_from(calls).unwrap_or(0));
    let from = Instant::now();
    runtime.block_on(async {
        for number in 0..calls {
            let from = Instant::now();
            call(number).await;
            times.record_nanos(u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX));
        }
    });
    let alone = calls as f64 / from.elapsed().as_secs_f64();
    let from = Instant::now();
    runtime.block_on(async {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let call = Arc::clone(&call);
                runtime.spawn(async move {
                    for number in (caller..many).step_by(CALLERS as usize) {
                        call(calls + number).await;
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.expect("no call panics");
        }
    });
    let together = many as f64 / from.elapsed().as_secs_f64();
    let micros = |nanos: u64| format!("{:.1}", nanos as f64 / 1000.0);
    row(&[
        name.0.to_string(),
        name.1.to_owned(),
        micros(times.median()),
        micros(times.p99()),
        format!("{alone:.0}"),
        format!("{together:.0}"),
    ]);
}

fn measure(runtime: &Runtime, folder: &Path, size: u64) {
    let file = folder.join("store.redb");
    let store = RedbStore::open(&file).expect("a store");
    let begun = StoreTime::from_millis(u64::MAX / 2);
    let from = Instant::now();
    runtime.block_on(async {
        let fill: Vec<_> = (0..256_u64)
            .map(|caller| {
                let store = store.clone();
                runtime.spawn(async move {
                    for number in (caller..size).step_by(256) {
                        store.open(&opening(key(number), begun)).await.expect("opened");
                    }
                })
            })
            .collect();
        for caller in fill {
            caller.await.expect("no call panics");
        }
    });
    let filled = from.elapsed();
    let octets = fs::metadata(&file).expect("a file").len();

    let changes = (200, 4_000.min(size * 2));
    let with = |call: fn(RedbStore, u64, u64) -> _| {
        let store = store.clone();
        move |number| call(store.clone(), number, size)
    };
    type Boxed = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
    operation_row(
        runtime,
        (size, "check"),
        (100_000, 400_000),
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let key = key(mixed(number) % size);
                store.check(CheckToken::Tracked(key)).await.expect("an answer").session.expect("live");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "check, untracked"),
        (100_000, 400_000),
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let user = key(mixed(number) % size).user;
                store.check(CheckToken::Untracked { user, token_id: "an id never denied" }).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "count"),
        (20_000, 20_000),
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                store.count(key(mixed(number) % size).user).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "list"),
        (20_000, 20_000),
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                store.list(key(mixed(number) % size).user).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "begin"),
        (2_000, 20_000),
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let user = key(mixed(number) % size).user;
                store.begin(&Begin { user, limit: None }).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "open"),
        changes,
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let begun = StoreTime::from_millis(u64::MAX / 2);
                store.open(&opening(key(size * 2 + number), begun)).await.expect("opened");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "rotate"),
        changes,
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let rotate = Rotate {
                    key: key(size * 2 + number),
                    operation: operation(),
                    presented: 0,
                    lifetime: HOUR,
                    issued: IssuedTimes { issued_at: START, expires_at: START + 900 },
                    grace: Duration::from_secs(30),
                    on_reuse: OnReuse::EndSession,
                    data: None,
                };
                store.rotate(&rotate).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "deny"),
        changes,
        with(|store, number, _| -> Boxed {
            Box::pin(async move {
                let token_id = format!("{:032x}", mixed(number)).into();
                store.deny(&DenyToken { token_id, operation: operation(), keep: HOUR }).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "end"),
        changes,
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let end = EndSession { key: key(size * 2 + number), operation: operation() };
                store.end(&end).await.expect("an answer");
            })
        }),
    );
    operation_row(
        runtime,
        (size, "revoke_user"),
        changes,
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let user = key(size * 2 + number).user;
                store.revoke_user(&RevokeUser { user, operation: operation(), keep: HOUR }).await.expect("an answer");
            })
        }),
    );
    // A check while changes are made all the time.
    let busy = store.clone();
    let working = runtime.spawn(async move {
        for number in 0_u64.. {
            let token_id = format!("busy {number}").into();
            if busy.deny(&DenyToken { token_id, operation: operation(), keep: HOUR }).await.is_err() {
                return;
            }
        }
    });
    operation_row(
        runtime,
        (size, "check beside changes"),
        (100_000, 400_000),
        with(|store, number, size| -> Boxed {
            Box::pin(async move {
                let key = key(mixed(number) % size);
                store.check(CheckToken::Tracked(key)).await.expect("an answer").session.expect("live");
            })
        }),
    );
    let mut slices = Times::new(100_000);
    runtime.block_on(async {
        loop {
            let from = Instant::now();
            let purged = store.purge(1024, HOUR).await.expect("an answer");
            slices.record_nanos(u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX));
            if purged.done {
                break;
            }
        }
        store.close().await;
    });
    runtime.block_on(working).expect("no call panics");
    let from = Instant::now();
    let store = RedbStore::open(&file).expect("the store is whole");
    let opened = from.elapsed();
    runtime.block_on(store.close());
    println!(
        "\n{size} sessions: filled in {:.1} s by 256 callers; {:.0} octets of the file a session; \
         opened again in {:.0} ms; \
         a slice of a clean-up beside changes: median {:.1} ms, longest {:.1} ms\n",
        filled.as_secs_f64(),
        octets as f64 / size as f64,
        opened.as_secs_f64() * 1000.0,
        slices.median() as f64 / 1e6,
        slices.longest() as f64 / 1e6,
    );
}

/// The same keys and values in redb alone.
fn plain(folder: &Path, size: u64) {
    const TABLE: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("plain");
    let octets = |number: u64| {
        let SessionKey { user, session } = key(number);
        let mut octets = [0; 32];
        octets[..16].copy_from_slice(user.octets());
        octets[16..].copy_from_slice(session.octets());
        octets
    };
    let mut builder = Database::builder();
    let file = folder.join("plain.redb");
    let database = builder.create_with_file_format_v3(true).set_cache_size(64 << 20).create(&file).expect("a file");
    let insert = |numbers: std::ops::Range<u64>, two_phases: bool| {
        let mut txn = database.begin_write().expect("a transaction");
        txn.set_two_phase_commit(two_phases);
        let mut table = txn.open_table(TABLE).expect("a table");
        for number in numbers {
            table.insert(&octets(number), [7_u8; 77].as_slice()).expect("inserted");
        }
        drop(table);
        txn.commit().expect("committed");
    };
    for from in (0..size).step_by(256) {
        insert(from..size.min(from + 256), true);
    }
    let octets_each = fs::metadata(&file).expect("a file").len() as f64 / size as f64;
    let mut times = Times::new(100_000);
    for number in 0..100_000 {
        let key = octets(mixed(number) % size);
        times.time(|| {
            let txn = database.begin_read().expect("a transaction");
            let table = txn.open_table(TABLE).expect("a table");
            assert!(table.get(&key).expect("an answer").is_some());
        });
    }
    let micros = |nanos: u64| format!("{:.1}", nanos as f64 / 1000.0);
    let print = |name: &str, times: &mut Times| {
        let [median, p99] = [times.median(), times.p99()].map(micros);
        row(&[size.to_string(), name.to_owned(), median, p99, String::new(), String::new()]);
    };
    print("redb alone: get in a transaction of its own", &mut times);
    for (two_phases, name) in
        [(true, "redb alone: insert and commit, two phases"), (false, "redb alone: insert and commit, one phase")]
    {
        let mut times = Times::new(200);
        for number in 0..200 {
            let number = size * 3 + number + u64::from(two_phases) * 1000;
            times.time(|| insert(number..number + 1, two_phases));
        }
        print(name, &mut times);
    }
    println!("\nredb alone: {octets_each:.0} octets of the file a record\n");
}
