//! Whether every public type is looked at.

use std::{collections::BTreeSet, fs, path::Path};

/// Types that are not shown by this test, and why none of them can show a secret.
const NO_SECRET: &[(&str, &[&str])] = &[
    (
        "a choice, or a mark without a value",
        &[
            "Algorithm",
            "Claim",
            "Consistency",
            "Decided",
            "Denial",
            "Ending",
            "EventKind",
            "KeyStatus",
            "OnReuse",
            "RejectionKind",
            "Turn",
            "Undecided",
            "WhenFull",
        ],
    ),
    (
        "numbers and times",
        &[
            "Begin",
            "Beginning",
            "Capabilities",
            "FixedClock",
            "IssuedTimes",
            "Limit",
            "MemoryStoreBuilder",
            "MemoryStoreStats",
            "NumericDate",
            "Purged",
            "RotationState",
            "SessionStanding",
            "Standing",
            "StoreTime",
            "SystemClock",
        ],
    ),
    (
        "ids, which a token shows to whoever holds it, and which open nothing",
        &[
            "CheckToken",
            "Cursor",
            "EndSession",
            "KeyId",
            "OperationId",
            "RevokedEntry",
            "RevokedPage",
            "RevokeUser",
            "DenyToken",
            "UserKey",
        ],
    ),
    (
        "an error that is a choice, a number or the name of a member: it has no room for a value",
        &[
            "DataError",
            "HttpConfigError",
            "InvalidId",
            "InvalidKeyId",
            "JwksConfigError",
            "JwksUrlError",
            "KeyRingError",
            "Malformed",
            "SigningFailed",
            "SkippedKey",
            "UnknownAlgorithm",
            "QueryError",
            "RemoteVerifyError",
            "StoreError",
        ],
    ),
    (
        "of a session its ids, times and kind; the kind's seed is SessionKind's to hide, which is shown here",
        &["LoadedSession", "OpenSession", "Opening", "Rotate", "Rotation", "SessionKey", "SessionRecord"],
    ),
    ("an outcome of the suite: names of checks and the store's own errors", &["Failure", "Report"]),
    (
        "holds the application's own service, body or closure beside what is shown here",
        &["BearerService", "GuardedBody"],
    ),
    ("names of a header or cookie, and origins", &["CsrfCheck", "TokenSource"]),
    ("certificates, which are public", &["ReqwestFetcher"]),
    (
        "connected to a real server with a password in tests/postgres and tests/redis, and shown there",
        &["PostgresStore", "RedisStore"],
    ),
    ("files of the local machine, without credentials", &["RedbStoreBuilder", "RedbStore", "RedbOpenError"]),
];

/// Every `pub struct` and `pub enum` in `src`, but for the program's. Some of them are only public within the crate.
fn public_types() -> BTreeSet<String> {
    fn walk(folder: &Path, types: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("bin") {
                walk(&path, types);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for line in text.lines().map(str::trim_start) {
                    let item = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
                    if let Some(item) = item {
                        types.insert(item.split(|c: char| !c.is_alphanumeric() && c != '$').next().unwrap().to_owned());
                    }
                }
            }
        }
    }
    let mut types = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut types);
    // The macro that makes the two sources of credentials.
    assert!(types.remove("$name"));
    types.extend(["KeySource", "SecretSource"].map(str::to_owned));
    assert!(types.len() > 100, "{types:?}");
    types
}

/// What is missing: every public type must be among those shown or have a reason, none may have both, and no reason may be for a type
/// that is not there.
pub(crate) fn forgotten(shown: &BTreeSet<String>) -> Vec<String> {
    let types = public_types();
    let excused: Vec<&str> = NO_SECRET.iter().flat_map(|(_, names)| *names).copied().collect();
    let mut wrong = Vec::new();
    for name in &types {
        match (shown.contains(name), excused.contains(&name.as_str())) {
            (false, false) => wrong.push(format!("{name} is not shown, and nothing says why it holds no secret")),
            (true, true) => wrong.push(format!("{name} is shown and excused")),
            _ => {}
        }
    }
    wrong.extend(
        excused.iter().filter(|name| !types.contains(**name)).map(|name| format!("{name} is excused and not there")),
    );
    wrong
}
