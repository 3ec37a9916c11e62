//! The published corpus of hostile tokens, `vectors/hostile`, through the program: a line of it is a line of
//! `verify --batch`.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[path = "cli/support.rs"]
mod support;

use serde_json::Value;

use support::run_with;

const TOKENS: &str = include_str!("../vectors/hostile/tokens.jsonl");
const POLICIES: &str = include_str!("../vectors/hostile/policies.json");

/// The flags that say what a policy says.
fn flags(policy: &Value) -> Vec<String> {
    let mut flags: Vec<String> = ["verify", "--batch"].map(str::to_owned).into();
    for (flag, member) in [
        ("--iss", "issuer"),
        ("--aud", "audience"),
        ("--now", "now"),
        ("--leeway", "leewaySeconds"),
        ("--typ", "typ"),
        ("--max-size", "maxTokenSize"),
    ] {
        match &policy[member] {
            Value::Null => {}
            Value::String(text) => flags.extend([flag.to_owned(), text.clone()]),
            number => flags.extend([flag.to_owned(), number.to_string()]),
        }
    }
    flags
}

#[test]
fn the_program_answers_every_token_as_expected() {
    let policies: Value = serde_json::from_str(POLICIES).unwrap();
    let (mut answered, mut wrong) = (0, Vec::new());
    for (name, policy) in policies.as_object().unwrap() {
        let of_policy = format!(r#""policy":"{name}""#);
        let lines: Vec<&str> = TOKENS.lines().filter(|line| line.contains(&of_policy)).collect();
        let flags = flags(policy);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let out = run_with(&flags, lines.join("\n").as_bytes()).ok();
        assert_eq!(out.lines().count(), lines.len(), "{name}");
        for (line, answer) in lines.iter().zip(out.lines()) {
            let line: Value = serde_json::from_str(line).unwrap();
            let answer: Value = serde_json::from_str(answer).unwrap();
            assert_eq!((&answer["id"], name), (&line["id"], &line["policy"].as_str().unwrap().to_owned()));
            answered += 1;
            if answer["ok"] != (line["expect"] == "valid") || answer["error"] != line["error"] {
                wrong.push(format!("{answer} instead of {}: {}", line["error"], line["reason"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} tokens were answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(answered, TOKENS.lines().count());
}
