//! The names of the tests that are really run, for the pages that name them.

use std::{collections::BTreeSet, fs};

/// The tests in a folder of `tests/`: functions below `#[test]` or `#[tokio::test]`, not ignored, in files that the
/// folder's `main.rs` compiles.
pub(crate) fn in_folder(folder: &str) -> BTreeSet<String> {
    let folder = format!("{}/tests/{folder}", env!("CARGO_MANIFEST_DIR"));
    let main = fs::read_to_string(format!("{folder}/main.rs")).unwrap();
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let compiled = stem == "main" || main.lines().any(|line| line.trim() == format!("mod {stem};"));
        if path.extension().is_some_and(|extension| extension == "rs") && compiled {
            names.append(&mut in_file(&fs::read_to_string(path).unwrap()));
        }
    }
    names
}

/// The tests in the text of a file.
pub(crate) fn in_file(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut is_test, mut ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.trim_start_matches("async ").strip_prefix("fn ") {
            if is_test && !ignored {
                names.insert(rest.split(['(', '<']).next().unwrap().to_owned());
            }
            (is_test, ignored) = (false, false);
        }
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        ignored |= line.starts_with("#[ignore");
    }
    names
}
