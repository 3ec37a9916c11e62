//! `docs/features.md` against the tests it names.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeSet, fs, path::Path};

/// The names of the tests in a folder and those below it: functions under an attribute that ends in `test`.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim_start) {
                if let Some(attribute) = line.strip_prefix("#[") {
                    let name = attribute.split(['(', ']']).next().unwrap();
                    is_test |= name == "test" || name.ends_with("::test");
                } else {
                    let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
                    if let (true, Some((name, _))) = (is_test, function.and_then(|rest| rest.split_once('('))) {
                        names.insert(name.to_owned());
                    }
                    is_test = false;
                }
            }
        }
    }
}

/// What stands in backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_feature_names_tests_that_exist() {
    let mut names = BTreeSet::new();
    tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut names);
    let mut rows = BTreeSet::new();
    let mut errors = 0;
    for line in include_str!("../docs/features.md").lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (row, named) = match cells.as_slice() {
            [_, number, _, _, named, _] if number.parse::<u32>().is_ok() => {
                assert!(rows.insert(number.parse::<u32>().unwrap()), "row {number} occurs twice");
                (number, named)
            }
            [_, error, _, named, _] if error.starts_with("`Err") => {
                errors += 1;
                (error, named)
            }
            _ => continue,
        };
        assert!(quoted(named).next().is_some(), "{row} names no test");
        for name in quoted(named) {
            assert!(names.contains(name), "{row} names {name}, which is no test");
        }
    }
    assert_eq!(rows, (1..=22).collect());
    assert_eq!(errors, 13);
}
