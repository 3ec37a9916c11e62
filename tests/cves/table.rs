//! `docs/cves.md` against the tests: each row names a test that is run, each test has a row.

use std::collections::BTreeSet;

use crate::test_names::in_folder;

#[test]
fn every_row_names_a_test_that_runs_and_every_test_has_a_row() {
    let here = in_folder("cves");
    let elsewhere = in_folder("state_attacks");
    let (mut cves, mut named) = (BTreeSet::new(), BTreeSet::new());
    for line in include_str!("../../docs/cves.md").lines() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [cve, product, wrong, test] = cells.as_slice() else { continue };
        let Some(number) = cve.strip_prefix("CVE-") else { continue };
        assert!(cves.insert(*cve), "{cve} occurs twice");
        assert!(!product.is_empty() && !wrong.is_empty(), "{cve} lacks a word");
        let test = test.split('`').nth(1).unwrap_or_else(|| panic!("{cve} names no test"));
        let own = test.starts_with(&format!("cve_{}_", number.replace('-', "_")));
        let runs = here.contains(test) && own || elsewhere.contains(test);
        assert!(runs, "{cve} names {test}, which is no test of its own");
        named.insert(test.to_owned());
    }
    assert!(cves.len() >= 90, "{}", cves.len());
    for test in here.iter().filter(|test| test.starts_with("cve_")) {
        assert!(named.contains(test), "{test} has no row");
    }
}
