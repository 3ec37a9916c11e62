//! The verified-token cache: what a hit costs, what two threads cost each other, and how many hits a flood of fresh tokens leaves.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench cache` prints Markdown; `-- hit`, `-- contention` or `-- flood` one table
//! alone. Times are the thread's own; the rounds of all rows alternate.

#[path = "../shared/allocations.rs"]
mod allocations;
mod contention;
#[path = "../sessions/figures.rs"]
#[allow(dead_code)]
mod figures;
mod flood;
mod hit;
mod service;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, table) in [("hit", hit::table as fn()), ("contention", contention::table), ("flood", flood::table)] {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            table();
        }
    }
}
