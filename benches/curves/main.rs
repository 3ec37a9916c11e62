//! How cost grows: with a token's size, with the keys of a set, with the sessions of the memory store.
//!
//! `scripts/curves` runs it and writes each as CSV and as SVG, for a light and a dark page; `scripts/curves tokens`, `keys` or
//! `sessions` one alone. Times are the thread's own, in microseconds a call: the median of rounds in which all curves take turns.

#[path = "../sessions/counting.rs"]
mod counting;
mod curve;
#[path = "../sessions/figures.rs"]
#[allow(dead_code)]
mod figures;
mod keys;
mod plot;
mod sessions;
#[path = "../sessions/store.rs"]
#[allow(dead_code)]
mod store;
mod tokens;

use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut folder, mut largest, mut wanted) = (PathBuf::from("."), 10_000_000, Vec::new());
    for argument in std::env::args().skip(1) {
        if let Some(path) = argument.strip_prefix("--into=") {
            folder = path.into();
        } else if let Some(sessions) = argument.strip_prefix("--sessions=") {
            largest = sessions.parse()?;
        } else if !argument.starts_with('-') {
            wanted.push(argument);
        }
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let mut graphs = Vec::new();
    if is_wanted("tokens") {
        graphs.extend(tokens::graphs());
    }
    if is_wanted("keys") {
        graphs.push(keys::graph());
    }
    if is_wanted("sessions") {
        graphs.extend(sessions::graphs(largest));
    }
    for graph in &graphs {
        graph.write_csv(&folder)?;
        plot::write(graph, &folder)?;
        print!("{}", graph.table());
    }
    Ok(())
}
