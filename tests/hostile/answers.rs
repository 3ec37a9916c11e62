//! The files against the generator, and each line against the library.

use std::{collections::BTreeSet, fs, iter, time::Duration};

use jwtward::{Algorithm, FixedClock, JwtVerifier, KeySet, NumericDate, VerifyError, VerifyingKey};
use serde_json::Value;

use crate::{
    accepted, algorithm, claims,
    corpus::{Corpus, policies_json},
    curves, form, header, json, mutations, signatures,
};

const TOKENS: &str = include_str!("../../vectors/hostile/tokens.jsonl");
const POLICIES: &str = include_str!("../../vectors/hostile/policies.json");
const README: &str = include_str!("../../vectors/hostile/README.md");

fn generate() -> Corpus {
    let mut corpus = Corpus::new();
    accepted::add(&mut corpus);
    algorithm::add(&mut corpus);
    header::add(&mut corpus);
    form::add(&mut corpus);
    json::add(&mut corpus);
    claims::add(&mut corpus);
    signatures::add(&mut corpus);
    curves::add(&mut corpus);
    mutations::add(&mut corpus);
    corpus
}

/// The lines that differ, not both files.
#[test]
fn the_files_are_what_the_generator_writes() {
    let corpus = generate();
    let generated = corpus.tokens_jsonl();
    for (n, (written, file)) in generated.lines().zip(TOKENS.lines()).enumerate() {
        assert_eq!(written, file, "line {}", n + 1);
    }
    assert!(generated == TOKENS, "{} lines are generated, {} are there", generated.len(), TOKENS.len());
    assert_eq!(policies_json(), POLICIES);
    for (category, refused, accepted) in corpus.categories() {
        let row = format!("| `{category}` | {refused} | {accepted} |");
        assert!(README.contains(&row), "the README lacks the row {row}");
    }
    let total = |of: fn(&(&str, usize, usize)) -> usize| corpus.categories().iter().map(of).sum::<usize>();
    let totals = format!(
        "{} tokens that a verifier must refuse, and {} that it must accept",
        total(|row| row.1),
        total(|row| row.2)
    );
    assert!(README.contains(&totals), "the README lacks: {totals}");
}

#[test]
#[ignore = "writes the files"]
fn write_the_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/hostile");
    let corpus = generate();
    fs::write(format!("{folder}/tokens.jsonl"), corpus.tokens_jsonl()).unwrap();
    fs::write(format!("{folder}/policies.json"), policies_json()).unwrap();
    for (category, refused, accepted) in corpus.categories() {
        println!("| `{category}` | {refused} | {accepted} |");
    }
}

fn lines() -> Vec<Value> {
    TOKENS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(algorithm: Algorithm, key: &Value) -> KeySet {
    let text = key.to_string();
    match (key.get("keys").is_some(), algorithm.is_symmetric()) {
        (true, true) => KeySet::from_secret_jwks(algorithm, &text).unwrap(),
        (true, false) => KeySet::from_jwks_as(algorithm, &text).unwrap(),
        _ => VerifyingKey::from_jwk_as(algorithm, &text).unwrap().into(),
    }
}

fn verify(line: &Value, policy: &Value) -> Result<(), VerifyError> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let number = |name: &str| policy[name].as_u64().unwrap();
    let algorithm = line["alg"].as_str().unwrap().parse().unwrap();
    let builder = JwtVerifier::builder(keys(algorithm, &line["key"]));
    let builder = builder.issuer(&text(&policy["issuer"]).unwrap()).audience(&text(&policy["audience"]).unwrap());
    let builder = match text(&policy["typ"]) {
        Some(typ) => builder.token_type(&typ),
        None => builder.ignore_token_type(),
    };
    let builder = builder.leeway(Duration::from_secs(number("leewaySeconds"))).unwrap();
    let builder = builder.max_token_size(usize::try_from(number("maxTokenSize")).unwrap()).unwrap();
    let now = NumericDate::from_secs(policy["now"].as_i64().unwrap());
    builder.clock(FixedClock(now)).build().verify::<()>(line["token"].as_str().unwrap()).map(|_| ())
}

/// An error and its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let sources = iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

#[test]
fn every_token_is_answered_as_expected() {
    let policies: Value = serde_json::from_str(POLICIES).unwrap();
    let mut wrong = Vec::new();
    for line in lines() {
        let answer = verify(&line, &policies[line["policy"].as_str().unwrap()]);
        let said = answer.as_ref().err().map(|error| chain(error));
        if said.as_deref() != line["error"].as_str() || answer.is_ok() != (line["expect"] == "valid") {
            wrong.push(format!("{}: {:?} instead of {}: {}", line["id"], said, line["error"], line["reason"]));
        }
    }
    assert!(wrong.is_empty(), "{} tokens were answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_tokens_are_many_and_distinct_and_of_both_kinds() {
    let lines = lines();
    let distinct = |name: &str| lines.iter().map(|line| line[name].as_str().unwrap()).collect::<BTreeSet<_>>().len();
    assert_eq!((distinct("id"), distinct("token")), (lines.len(), lines.len()));
    let valid: Vec<&Value> = lines.iter().filter(|line| line["expect"] == "valid").collect();
    assert!(lines.len() - valid.len() >= 1500 && valid.len() >= 100, "{} of {}", valid.len(), lines.len());
    for algorithm in Algorithm::ALL {
        let of = |lines: &[&Value]| lines.iter().filter(|line| line["alg"] == algorithm.as_str()).count();
        assert!(of(&valid) >= 4 && of(&lines.iter().collect::<Vec<_>>()) >= 30, "{algorithm}");
    }
    assert!(TOKENS.is_ascii() && TOKENS.len() < 2 << 20, "{}", TOKENS.len());
}
