//! What verifying allocates, and what happens when memory is refused.
//!
//! 1. The most heap memory in use at once while each token of the fuzz corpora, the vectors and some made to be costly is verified, beside
//!    a line `FIXED + FACTOR · length` that it may not cross.
//! 2. Each operation is done in child processes in which the first allocation fails, then the second, and so on. Each child must abort, or
//!    come to the result that it comes to with memory. A refused allocation never makes a token accepted.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{
    Algorithm, FixedClock, JwsSigner, JwtVerifier, KeyId, KeyLoader, KeySet, NumericDate, ProviderConfig, RefreshToken,
    SecretSource, SigningKey, store::MemoryStore,
};
use jwtward_assurance::{block_on, keys, provider};
use serde_json::Value;

struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The number of the allocation that fails; 0 for none.
static FAILS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call that is not refused goes to the system's allocator as it came. `realloc` is the trait's own, which is these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNT.fetch_add(1, Relaxed) + 1 == FAILS.load(Relaxed) {
            return std::ptr::null_mut();
        }
        PEAK.fetch_max(IN_USE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller keeps what `GlobalAlloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above; the memory came from the system's allocator.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Does something of which the allocation with that number fails; how many there were.
fn failing<T>(number: usize, action: impl FnOnce() -> T) -> (T, usize) {
    COUNT.store(0, Relaxed);
    FAILS.store(number, Relaxed);
    let result = action();
    FAILS.store(0, Relaxed);
    (result, COUNT.load(Relaxed))
}

/// How much more was in use at once than before.
fn peak<T>(action: impl FnOnce() -> T) -> (T, usize) {
    let before = IN_USE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = action();
    (result, PEAK.load(Relaxed) - before)
}

const NOW: i64 = 1_800_000_000;
const PAYLOAD: &[u8] = br#"{"iss":"a","aud":"b","exp":1800000900}"#;

const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::HS256, Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES512, Algorithm::EdDSA];

fn key(algorithm: Algorithm) -> SigningKey {
    if algorithm.is_symmetric() {
        keys::key(algorithm, &keys::octets(1, 32))
    } else {
        KeyLoader::new(algorithm).signing_pem(keys::pem(algorithm)).expect("a key")
    }
}

fn verifier(keys: impl Into<KeySet>, size: usize) -> JwtVerifier {
    let clock = FixedClock(NumericDate::from_secs(NOW));
    let builder = JwtVerifier::builder(keys).ignore_issuer().ignore_audience().ignore_token_type().clock(clock);
    builder.danger_allow_missing_expiry().max_token_size(size).expect("a size in bounds").build()
}

/// The token with another signature of the same length.
fn forged(token: &str) -> String {
    let at = token.len() - 5;
    let mut token = token.to_owned();
    token.replace_range(at..=at, if &token[at..=at] == "A" { "B" } else { "A" });
    token
}

// ---- 1. How much

/// What a verifier takes whatever the token, in octets: the arithmetic of the widest signature, or the names of a header, of which there
/// are at most 256. One written with an escape is kept as a string of its own.
const FIXED: usize = 12 * 1024;
/// Octets for each octet of a token without a good signature: its decoded payload, and nothing that multiplies.
const FORGED: usize = 1;
/// The same for a token that a trusted key has signed. An empty audience takes three characters in a payload and 24 octets in a list,
/// and a list that grows exists twice for a moment.
const SIGNED: usize = 20;
/// The same where the caller asks for everything as `serde_json::Value`, in which a digit and its comma take 32 octets, likewise.
const VALUE: usize = 80;

/// Every text that may be a token, from the files of the fuzz corpora, the vectors and the other libraries' tokens.
fn collected() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = Vec::new();
    for target in ["compact", "verify", "bearer", "sign_verify", "json", "base64url", "numeric_date", "refresh_token"] {
        for entry in fs::read_dir(root.join("fuzz/corpus").join(target)).expect("a corpus") {
            let octets = fs::read(entry.expect("an entry").path()).expect("a file");
            texts.extend(
                octets
                    .split(|octet| matches!(octet, b'\n' | 0xff))
                    .map(|part| String::from_utf8_lossy(part).into_owned()),
            );
            texts.push(String::from_utf8_lossy(octets.get(2..).unwrap_or_default()).into_owned());
        }
    }
    let mut files = vec![root.join("tests/interop/corpus.jsonl")];
    for folder in ["vectors", "vectors/hostile"] {
        let entries = fs::read_dir(root.join(folder)).expect("vectors").map(|entry| entry.expect("an entry").path());
        files.extend(entries.filter(|path| path.is_file()));
    }
    for file in files {
        let text = fs::read_to_string(file).expect("a file");
        texts.extend(text.split('"').filter(|part| part.matches('.').count() == 2).map(str::to_owned));
    }
    texts
}

/// Payloads that take as much memory as they can: many of everything, deep, long, and with escapes.
fn costly(size: usize) -> Vec<String> {
    let fill = |start: &str, part: &str, end: &str| {
        let room = (size - start.len() - end.len()) / part.len();
        format!("{start}{}{end}", part.repeat(room))
    };
    let members: String = (0..256).map(|i| format!(r#""m{i}":0,"#)).collect();
    let nested = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    vec![
        fill(r#"{"x":["#, "0,", "0]}"),
        fill(r#"{"x":["#, "[],", "0]}"),
        fill(r#"{"x":["#, "{},", "0]}"),
        fill(r#"{"x":["#, r#""","#, "0]}"),
        fill(r#"{"x":["#, r#"{"":0},"#, "0]}"),
        fill(r#"{"aud":["#, r#""","#, r#"""]}"#),
        fill(r#"{"aud":["#, r#""\n","#, r#"""]}"#),
        fill(r#"{"iss":""#, r"\n", r#""}"#),
        fill(r#"{"x":""#, "a", r#""}"#),
        format!("{{{}}}", members.trim_end_matches(',')),
        nested(30),
    ]
}

/// Headers that do the same, with a payload and a signature of no meaning: many names, plain and with an escape in each.
fn costly_headers() -> Vec<String> {
    let many =
        |number: usize, escape: &str| -> String { (0..number).map(|i| format!(r#","{escape}{i:x}":0"#)).collect() };
    let headers = [
        many(255, ""),
        many(256, ""),
        many(255, r"\n"),
        format!(r#","b64":1,"crit":["b64"]{}"#, many(250, r"\n")),
        format!(r#","kid":"{}""#, r"\n".repeat(1500)),
        format!(r#","x":"{}""#, "a".repeat(3000)),
    ];
    headers
        .map(|members| {
            format!("{}.e30.AA", Base64UrlUnpadded::encode_string(format!(r#"{{"alg":"HS256"{members}}}"#).as_bytes()))
        })
        .into()
}

/// Prints a row; whether no token needs more than it may.
fn report(what: &str, factor: usize, seen: &[(usize, usize)]) -> bool {
    let most = seen.iter().map(|(_, peak)| peak).max().copied().unwrap_or(0);
    let beyond =
        seen.iter().map(|(length, peak)| peak.saturating_sub(FIXED) as f64 / *length as f64).fold(0.0, f64::max);
    let good = seen.iter().all(|(length, peak)| *peak <= FIXED + factor * length);
    println!(
        "{what:<44} {:>7} {most:>10} {beyond:>9.2} {factor:>7}  {}",
        seen.len(),
        if good { "" } else { "TOO MUCH" }
    );
    good
}

/// The length of a token that is refused, and how much that takes.
fn refused(verifier: &JwtVerifier, token: &str) -> (usize, usize) {
    let (accepted, octets) = peak(|| verifier.verify::<Value>(token).is_ok());
    assert!(!accepted, "a wrong signature");
    (token.len(), octets)
}

fn amounts() -> bool {
    println!("{:<44} {:>7} {:>10} {:>9} {:>7}", "heap while verifying, octets", "tokens", "most", "beyond*", "allowed");
    // The control: what grows with the square of its input must be seen.
    let control: Vec<(usize, usize)> = [100, 1000, 10_000]
        .map(|length| (length, peak(|| std::hint::black_box(Vec::<u8>::with_capacity(length * length))).1))
        .into();
    let seen = control.iter().any(|(length, peak)| *peak > FIXED + VALUE * length);
    println!("{:<44} {:>7} {:>10}", "control: the square of the length", control.len(), control[2].1);

    let public: Vec<_> = [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA]
        .map(|algorithm| {
            key(algorithm).verifying_key().with_key_id(KeyId::new(&algorithm.to_string()).expect("a short name"))
        })
        .into();
    let public = verifier(KeySet::new(public).expect("a set"), 1 << 20);
    let secret_key = key(Algorithm::HS256);
    let secret = verifier(secret_key.verifying_key(), 1 << 20);
    let mut rows = Vec::new();
    for text in collected() {
        for verifier in [&public, &secret] {
            rows.push((text.len().max(1), peak(|| drop(verifier.verify::<Value>(&text))).1));
        }
    }
    let mut good = seen & report("fuzz corpora, vectors, other libraries' tokens", FORGED, &rows);

    let headers: Vec<_> = costly_headers().iter().map(|token| refused(&secret, token)).collect();
    good &= report("costly headers", FORGED, &headers);

    let families = ALGORITHMS.map(|algorithm| {
        let key = key(algorithm);
        let verifier = verifier(key.verifying_key(), 8192);
        refused(&verifier, &forged(&JwsSigner::new(key).sign(PAYLOAD).expect("a token")))
    });
    good &= report("a wrong signature of each family", FORGED, &families);

    for size in [1000, 6000, 60_000, 700_000] {
        let tokens: Vec<String> = costly(size)
            .iter()
            .map(|payload| JwsSigner::new(secret_key.clone()).sign(payload.as_bytes()).expect("a token"))
            .collect();
        let (mut wrong, mut ignored, mut valued) = (Vec::new(), Vec::new(), Vec::new());
        for token in &tokens {
            wrong.push(refused(&secret, &forged(token)));
            ignored.push((token.len(), peak(|| drop(secret.verify::<()>(token))).1));
            valued.push((token.len(), peak(|| drop(secret.verify::<Value>(token))).1));
        }
        good &= report(&format!("costly payloads of {size}, forged"), FORGED, &wrong);
        good &= report(&format!("costly payloads of {size}, signed, no claims"), SIGNED, &ignored);
        good &= report(&format!("costly payloads of {size}, signed, as Value"), VALUE, &valued);
    }
    println!("* octets beyond {FIXED} for each octet of the token");
    good
}

// ---- 2. Refused

/// What a child found: with memory, and so never otherwise without.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Accepted = 10,
    Refused = 11,
}

const fn outcome(accepted: bool) -> Outcome {
    if accepted { Outcome::Accepted } else { Outcome::Refused }
}

/// Prepares an operation, then does it with one allocation refused; what came out, and how many allocations there were.
fn operate(operation: &str, number: usize) -> (Outcome, usize) {
    let (what, algorithm) = operation.split_once(' ').expect("two words");
    if what == "refresh" {
        return refresh(algorithm, number);
    }
    let key = key(algorithm.parse().expect("an algorithm"));
    let verifier = verifier(key.verifying_key(), 8192);
    let signer = JwsSigner::new(key);
    let mut token = signer.sign(PAYLOAD).expect("a token");
    if what == "forged" {
        token = forged(&token);
    }
    if what == "sign" {
        return failing(number, || outcome(signer.sign(PAYLOAD).is_ok()));
    }
    failing(number, || outcome(verifier.verify::<Value>(&token).is_ok()))
}

/// A refresh token that is good, forged, or used before.
fn refresh(which: &str, number: usize) -> (Outcome, usize) {
    let config = ProviderConfig::new(key(Algorithm::HS256)).refresh_grace(Duration::ZERO);
    let config = config.refresh_key(SecretSource::inline("another secret of 32 octets and some more"));
    let provider = provider(config, MemoryStore::default());
    block_on(async {
        let pair = provider.issue_pair("alice", &()).await.expect("a pair");
        let mut text = pair.refresh.expose().to_owned();
        match which {
            "forged" => text.replace_range(60..61, if &text[60..61] == "A" { "B" } else { "A" }),
            "used" => drop(provider.refresh_pair(&pair.refresh).await.expect("the next pair")),
            _ => {}
        }
        let token = RefreshToken::new(text);
        COUNT.store(0, Relaxed);
        FAILS.store(number, Relaxed);
        let accepted = provider.refresh_pair(&token).await.is_ok();
        FAILS.store(0, Relaxed);
        (outcome(accepted), COUNT.load(Relaxed))
    })
}

/// At most so many children for one operation; beyond that, evenly spread.
const CHILDREN: usize = 100;

fn refusals() -> bool {
    let mut operations: Vec<(String, Outcome)> = Vec::new();
    for algorithm in ALGORITHMS {
        operations.push((format!("verify {algorithm}"), Outcome::Accepted));
        operations.push((format!("forged {algorithm}"), Outcome::Refused));
        operations.push((format!("sign {algorithm}"), Outcome::Accepted));
    }
    operations.push(("refresh good".into(), Outcome::Accepted));
    operations.push(("refresh forged".into(), Outcome::Refused));
    operations.push(("refresh used".into(), Outcome::Refused));
    println!(
        "\n{:<16} {:>11} {:>8} {:>8} {:>8} {:>8}",
        "memory refused", "allocations", "children", "aborted", "accepted", "refused"
    );
    let mut good = true;
    let mut aborts = 0;
    for (operation, expected) in operations {
        let (with_memory, allocations) = operate(&operation, 0);
        let step = allocations.div_ceil(CHILDREN).max(1);
        let (mut aborted, mut accepted, mut refused, mut wrong) = (0, 0, 0, with_memory != expected);
        for number in (1..=allocations).step_by(step) {
            match child(&operation, number) {
                None => aborted += 1,
                Some(outcome) => {
                    match outcome {
                        Outcome::Accepted => accepted += 1,
                        Outcome::Refused => refused += 1,
                    }
                    wrong |= outcome != expected;
                }
            }
        }
        let children = aborted + accepted + refused;
        println!(
            "{operation:<16} {allocations:>11} {children:>8} {aborted:>8} {accepted:>8} {refused:>8}  {}",
            if wrong { "WRONG" } else { "" }
        );
        good &= !wrong;
        aborts += aborted;
    }
    // The control: the allocator does refuse.
    good & (aborts > 0)
}

/// What came of it in a process of its own: `None` if it was aborted.
fn child(operation: &str, number: usize) -> Option<Outcome> {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["child", operation, &number.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().expect("a child");
    match status.code() {
        None => None,
        Some(10) => Some(Outcome::Accepted),
        Some(11) => Some(Outcome::Refused),
        Some(code) => panic!("{operation}, allocation {number}: the child ended with {code}"),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, operation, number] = &arguments[..]
        && mode == "child"
    {
        let (outcome, _) = operate(operation, number.parse().expect("a number"));
        return ExitCode::from(outcome as u8);
    }
    let bounded = amounts();
    let refused = refusals();
    if bounded && refused { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
