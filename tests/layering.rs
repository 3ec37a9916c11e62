//! The house rules that a compiler does not check: which module may use which, and how long a file may be.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Which modules of the crate each may use. Data flows one way.
const ALLOWED: &[(&str, &[&str])] = &[
    ("algorithm", &[]),
    ("sync", &[]),
    ("time", &["sync"]),
    ("id", &["encoding"]),
    ("secret", &[]),
    ("encoding", &[]),
    ("crypto", &["algorithm", "secret"]),
    ("key", &["crypto", "algorithm", "encoding", "id", "secret"]),
    ("jws", &["key", "algorithm", "encoding", "id", "sync"]),
    ("jwt", &["jws", "key", "encoding", "time", "id"]),
    ("store", &["id", "sync", "time"]),
    ("provider", &["jwt", "key", "store", "secret", "id", "sync", "time", "crypto", "encoding", "algorithm"]),
    ("jwks_client", &["jwt", "key", "time", "encoding"]),
    ("http", &["provider", "jwks_client", "jwt", "key", "id", "secret", "time", "encoding"]),
];

/// Files that see everything: the crate root, and what exists in test and fuzz builds only.
const EXEMPT: &[&str] = &["lib.rs", "fuzzing.rs"];

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files.sort();
    assert!(files.len() > 30);
    files
}

/// The module of the crate that a file belongs to, or `None` for the program and the exempt.
fn module(path: &Path) -> Option<String> {
    let relative = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    let in_tests = relative.iter().any(|part| part.to_str().unwrap().trim_end_matches(".rs").ends_with("tests"));
    (first != "bin" && !EXEMPT.contains(&first) && !in_tests).then(|| first.trim_end_matches(".rs").to_owned())
}

/// A file's lines without comments and without its test module.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that `crate::a` and `use crate::{a, b}` name.
fn used_modules(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(word(rest));
            continue;
        };
        // The names at the group's own level.
        let mut depth = 0;
        let mut item_start = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => item_start = true,
                c if item_start && !c.is_whitespace() => {
                    used.insert(word(&group[i..]));
                    item_start = false;
                }
                _ => {}
            }
        }
    }
    used
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut found = BTreeSet::new();
    for path in sources() {
        let Some(module) = module(&path) else { continue };
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{} belongs to no known module", path.display()));
        for used in used_modules(&code(&path)) {
            let fine = used == module || allowed.contains(&used.as_str());
            assert!(fine, "{}: {module} must not use {used}", path.display());
            found.insert((module.clone(), used));
        }
    }
    // The reader of `use` lines works: these edges are known to exist.
    for (from, to) in [("jwt", "jws"), ("jws", "key"), ("key", "crypto"), ("crypto", "algorithm")] {
        assert!(found.contains(&(from.to_owned(), to.to_owned())), "{from} uses {to}");
    }
}

#[test]
fn the_reader_of_use_lines_sees_every_form() {
    let seen = used_modules(
        "use crate::a::B;\nuse crate::{\n    c,\n    d::{E, f::G},\n    h as i,\n};\nfn x() { crate::j::k() }",
    );
    assert_eq!(seen, ["a", "c", "d", "h", "j"].map(str::to_owned).into());
}

#[test]
fn no_source_file_is_over_500_lines_and_no_mod_file_over_60() {
    for path in sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let limit = if path.ends_with("mod.rs") { 60 } else { 500 };
        assert!(lines <= limit, "{} has {lines} lines", path.display());
    }
}
