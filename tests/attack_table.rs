//! `docs/attacks.md` against the tests and the code it names.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/test_names.rs"]
mod test_names;

use std::{collections::BTreeSet, fs, path::Path};

/// A row's number, what stops the attack, and the tests.
fn rows() -> Vec<(u32, &'static str, &'static str)> {
    let page = include_str!("../docs/attacks.md").lines();
    page.filter_map(|line| {
        let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        let [number, _, stopped, tests] = cells.as_slice() else { return None };
        Some((number.parse().ok()?, *stopped, *tests))
    })
    .collect()
}

/// What stands in backquotes.
fn code(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The names of the tests in the folders that the page names, and of the cache's own.
fn tests() -> BTreeSet<String> {
    let folders = ["attacks", "state_attacks", "http", "jwks_client", "redb", "redis", "postgres"];
    let cache = test_names::in_file(include_str!("../src/provider/cache.rs"));
    folders.into_iter().flat_map(test_names::in_folder).chain(cache).collect()
}

#[test]
fn every_row_names_tests_that_run() {
    let tests = tests();
    for (number, _, named) in rows() {
        assert!(code(named).next().is_some(), "row {number} names no test");
        for name in code(named) {
            let exists = match name.strip_suffix('…') {
                Some(start) => tests.iter().any(|test| test.starts_with(start)),
                None => tests.contains(name),
            };
            assert!(exists, "row {number} names {name}, which is no test that runs");
        }
    }
    assert_eq!(rows().iter().map(|row| row.0).collect::<Vec<_>>(), (1..=68).collect::<Vec<_>>());
}

/// Whatever test begins with a row's number is among the row's.
#[test]
fn every_test_of_a_row_is_named_by_it() {
    for test in tests() {
        let Some(number) = test.strip_prefix('a').and_then(|rest| rest.get(..2)).and_then(|n| n.parse().ok()) else {
            continue;
        };
        let row = rows().into_iter().find(|row| row.0 == number).unwrap_or_else(|| panic!("{test} has no row"));
        let named = code(row.2).any(|name| name == test || name.strip_suffix('…').is_some_and(|n| test.starts_with(n)));
        assert!(named, "row {number} does not name {test}");
    }
}

/// Every file of Rust in a folder, with its text.
fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn what_stops_an_attack_is_in_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = String::new();
    sources(&folder, &mut text);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = text.split(|c| !is_part(c)).collect();
    for (number, stopped, _) in rows() {
        for name in code(stopped) {
            if name.ends_with(".rs") {
                assert!(folder.join(name).is_file(), "row {number} names {name}, which is no file");
                continue;
            }
            for word in name.split(|c| !is_part(c)).filter(|word| !word.is_empty() && *word != "unsafe") {
                assert!(words.contains(word), "row {number} names {word}, which the code does not have");
            }
        }
    }
}
