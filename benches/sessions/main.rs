//! The memory store and the provider on it: octets a session, time a call, and how long a purge holds a lock.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench sessions` prints Markdown; `-- 10000000` adds that many sessions. Each
//! call is timed alone, so about 30 ns of each figure are the clock's.

mod counting;
mod crowd;
#[allow(dead_code)]
mod figures;
mod provider;
mod store;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() {
    let mut sizes = vec![1_000, 100_000, 1_000_000];
    sizes.extend(std::env::args().filter_map(|argument| argument.parse::<usize>().ok()));
    store::table(&sizes);
    crowd::table();
    provider::table();
}
