//! `docs/attacks.md` against the tests it names.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/test_names.rs"]
mod test_names;

use std::collections::BTreeSet;

/// The names of the tests in the folders that the page names.
fn tests() -> BTreeSet<String> {
    let folders = ["attacks", "state_attacks", "http", "jwks_client", "redb", "redis", "postgres"];
    folders.into_iter().flat_map(test_names::in_folder).collect()
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
            assert!(exists, "row {number} names {name}, which is no test that runs");
        }
    }
    assert_eq!(rows, (1..=68).collect());
}
