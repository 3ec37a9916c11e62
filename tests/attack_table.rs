//! `docs/attacks.md` against the tests it names.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeSet, fs};

/// The names of the functions in the folders that the page names.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["attacks", "state_attacks", "http", "jwks_client", "redb", "redis", "postgres"] {
        for entry in fs::read_dir(format!("{}/tests/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            for line in fs::read_to_string(path).unwrap().lines() {
                let line = line.trim_start().trim_start_matches("async ");
                if let Some((name, _)) = line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names
}

#[test]
fn every_row_names_tests_that_exist() {
    let tests = tests();
    let mut rows = BTreeSet::new();
    for line in include_str!("../docs/attacks.md").lines() {
        let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        let [number, .., named] = cells.as_slice() else { continue };
        let Ok(number) = number.parse::<u32>() else { continue };
        assert!(rows.insert(number), "row {number} occurs twice");
        let names: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "row {number} names no test");
        for name in names {
            let exists = match name.strip_suffix('…') {
                Some(start) => tests.iter().any(|test| test.starts_with(start)),
                None => tests.contains(name),
            };
            assert!(exists, "row {number} names {name}, which is no test");
        }
    }
    assert_eq!(rows, (1..=68).collect());
}
