//! The program from outside: `verify --batch`, which answers every line by one line, whatever the line is.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[path = "cli/support.rs"]
mod support;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, SigningKey};
use serde_json::{Value, json};

use support::{CLAIMS, NOTES, file, key_and_token, private_pem, run, unsigned};

/// The answers to those lines.
fn batch(arguments: &str, lines: &[u8]) -> Vec<Value> {
    let out = run(&format!("verify --batch{arguments}"), lines).ok();
    assert!(out.is_empty() || out.ends_with('\n'));
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for answer in &answers {
        let members = answer.as_object().unwrap();
        assert_eq!(members.keys().collect::<Vec<_>>(), ["error", "id", "ok", "payload"]);
        let ok = answer["ok"].as_bool().unwrap();
        assert!(answer["error"].is_null() == ok && answer["payload"].is_string() == ok, "{answer}");
    }
    answers
}

/// The answer to one line.
fn answer(arguments: &str, line: &str) -> Value {
    let answers = batch(arguments, format!("{line}\n").as_bytes());
    assert_eq!(answers.len(), 1);
    answers[0].clone()
}

fn error(arguments: &str, line: &str) -> String {
    answer(arguments, line)["error"].as_str().unwrap().to_owned()
}

#[test]
fn lines_of_every_algorithm_are_answered_in_order_with_their_id() {
    let (mut lines, mut expected) = (String::new(), Vec::new());
    for (i, &algorithm) in Algorithm::ALL.iter().enumerate() {
        let key = match algorithm.is_symmetric() {
            true => SigningKey::generate(algorithm).unwrap(),
            false => SigningKey::from_pem(algorithm, &private_pem(algorithm)).unwrap(),
        };
        let private = file(&format!("order-{algorithm}"), key.danger_export_private_jwk().unwrap().expose());
        let token = run(&format!("sign --alg {algorithm} --key {private} -"), CLAIMS).ok();
        let mut keys = vec![serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap()];
        if !algorithm.is_symmetric() {
            keys.push(serde_json::from_str(&key.verifying_key().to_jwk().unwrap().to_string()).unwrap());
            keys.push(json!(key.verifying_key().to_pem().unwrap()));
        }
        for (k, key) in keys.iter().enumerate() {
            for token in [token.trim_end(), &format!("{}A", token.trim_end())] {
                let id = json!([i, k, token.len()]);
                lines += &json!({"id": id, "token": token, "alg": algorithm.as_str(), "key": key}).to_string();
                lines += "\n";
                expected.push(id);
            }
        }
    }
    let answers = batch("", lines.as_bytes());
    assert_eq!(answers.len(), expected.len());
    for (n, (answer, id)) in answers.iter().zip(expected).enumerate() {
        assert_eq!((&answer["id"], answer["ok"].as_bool()), (&id, Some(n % 2 == 0)), "{answer}");
        if n % 2 == 0 {
            let payload = Base64UrlUnpadded::decode_vec(answer["payload"].as_str().unwrap()).unwrap();
            assert_eq!(payload, CLAIMS);
        }
    }
}

#[test]
fn an_id_is_echoed_as_it_was_written() {
    for id in [
        "1.0",
        "1e400",
        "-0",
        "123456789012345678901234567890",
        r#""\u0041\/é""#,
        r#"{"b":[1, {"a":null}],"a":1,"a":2}"#,
        "null",
        "false",
        r#""""#,
    ] {
        let out = run("verify --batch", format!("{{\"token\":1, \"id\" : {id} }}").as_bytes()).ok();
        assert!(out.starts_with(&format!("{{\"id\":{id},\"ok\":false,")), "{out}");
    }
    // What a reader may take for the end of a line is escaped: another text of the same value.
    let out = run("verify --batch", "{\"id\":[\r\"\u{2028}\u{85}\"]}".as_bytes()).ok();
    assert!(out.starts_with(r#"{"id":[ "\u2028\u0085"],"ok":false,"#), "{out}");
}

#[test]
fn the_flags_serve_lines_that_lack_a_member_and_apply_to_all() {
    let (key, token) = key_and_token("flags.pem");
    let flags = format!(" --alg ES256 --key {key}");
    let line = json!({"id": 1, "token": token}).to_string();
    assert_eq!(answer(&flags, &line)["ok"], true);
    assert_eq!(answer(&format!("{flags} --iss i --aud a --leeway 600 --now 0 --typ JWT"), &line)["ok"], true);
    assert_eq!(error(&format!("{flags} --iss j"), &line), "the claim iss is not the expected one");
    assert_eq!(error(&format!("{flags} --aud c"), &line), "the claim aud is not the expected one");
    assert_eq!(error(&format!("{flags} --now 4102444800"), &line), "the token has expired");
    assert_eq!(error(&format!("{flags} --typ at+jwt"), &line), "the token's typ is not the expected one");
    assert!(error(&format!("{flags} --max-size 50"), &line).ends_with("more than the limit of 50"));

    // The line's own members win.
    let other = json!({"id": 1, "token": token, "alg": "ES384"}).to_string();
    assert_eq!(error(&flags, &other), "the key's type or curve does not fit the algorithm");
    let other = json!({"id": 1, "token": token, "key": private_pem(Algorithm::ES256)}).to_string();
    assert_eq!(error(&flags, &other), "the signature is not valid");
    assert_eq!(answer(&format!(" --key {key}"), &json!({"token": token, "alg": "ES256"}).to_string())["ok"], true);
    // A file that holds a public key is no HMAC secret, whatever the line says.
    let hs = json!({"token": unsigned(r#"{"alg":"HS256"}"#, CLAIMS), "alg": "HS256"}).to_string();
    assert!(error(&flags, &hs).starts_with("the hmac secret is itself a key"));

    let jws = run(&format!("sign --alg ES256 --key {key} --jws -"), b"\xff\n").ok();
    let answer = answer(&format!("{flags} --jws"), &json!({"id": 1, "token": jws.trim_end()}).to_string());
    assert_eq!((&answer["ok"], &answer["payload"]), (&json!(true), &json!("_wo")));
}

#[test]
fn the_status_is_0_once_everything_was_read_and_2_when_nothing_can_be() {
    let (key, token) = key_and_token("status.pem");
    let ran = run("verify --batch", b"");
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", NOTES));
    let ran = run("verify --batch --iss i --aud a", b"no\n");
    assert_eq!((ran.status, ran.out.lines().count(), ran.err.as_str()), (0, 1, ""));
    for arguments in [
        format!("--key {key}.missing"),
        format!("--alg ES384 --key {key}"),
        format!("--key {key} {token}"),
        "--alg none".into(),
    ] {
        let ran = run(&format!("verify --batch {arguments}"), b"{}\n");
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments}");
    }
}

#[test]
fn a_bad_line_is_answered_and_never_ends_the_batch() {
    let (key, token) = key_and_token("bad.pem");
    let pem = std::fs::read_to_string(key).unwrap();
    let good = json!({"id": "good", "token": token, "alg": "ES256", "key": pem}).to_string();
    let deep = format!("{{\"id\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("{{{}}}", (0..100_000).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(","));
    let huge = format!("{{\"id\":1,\"token\":\"{}\"}}", "a".repeat(10_000_000));
    let large =
        format!("{{\"id\":7,\"token\":\"{}\",\"alg\":\"ES256\",\"key\":{}}}", ".".repeat(3_000_000), json!(pem));
    let with_key = |alg: &str, key: Value| json!({"id": 7, "token": token, "alg": alg, "key": key}).to_string();
    let bad: Vec<(&[u8], Value)> = vec![
        (b"", json!(null)),
        (b" ", json!(null)),
        (b"\0", json!(null)),
        (b"\xff\xfe{}", json!(null)),
        (b"\xef\xbb\xbf{\"id\":7}", json!(null)),
        (b"{\"id\":7", json!(null)),
        (b"{\"id\":7}{\"id\":7}", json!(null)),
        (b"{\"id\":7,\"\\u0069d\":8}", json!(null)),
        (b"[7]", json!(null)),
        (b"7", json!(null)),
        (deep.as_bytes(), json!(null)),
        (wide.as_bytes(), json!(null)),
        (huge.as_bytes(), json!(null)),
        (large.as_bytes(), json!(7)),
        (b"{}", json!(null)),
        (b"{\"id\":7}", json!(7)),
        (b"{\"id\":7,\"token\":7,\"alg\":\"ES256\",\"key\":{}}", json!(7)),
        (b"{\"id\":7,\"token\":\"\\ud800\",\"alg\":\"ES256\",\"key\":{}}", json!(7)),
        (b"{\"id\":7,\"token\":\"a.b.c\",\"key\":{}}", json!(7)),
        (b"{\"id\":7,\"token\":\"a.b.c\",\"alg\":null,\"key\":{}}", json!(7)),
        (b"{\"id\":7,\"token\":\"a.b.c\",\"alg\":\"none\",\"key\":{}}", json!(7)),
        (b"{\"id\":7,\"token\":\"a.b.c\",\"alg\":\"ES256\"}", json!(7)),
    ];
    let keys: Vec<String> = [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!(""),
        json!("-----BEGIN"),
        json!({"keys": 7}),
        json!({"kty": 7}),
    ]
    .into_iter()
    .flat_map(|key| [with_key("ES256", key.clone()), with_key("HS256", key)])
    .chain([
        with_key("HS256", json!(pem)),
        with_key("HS256", json!("a secret of more than 32 octets, as text")),
        with_key("RS256", json!(pem)),
        with_key("ES256", json!({"kty": "oct", "k": "AAAA"})),
        with_key("RS256", json!({"kty": "RSA", "n": "AQAB", "e": "AQ"})),
        with_key("ES256", json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"})),
        with_key("ES256", json!("\u{0}".repeat(100_000))),
        with_key("ES256", json!({"keys": vec![json!({}); 1000]})),
    ])
    .collect();
    let bad = bad.into_iter().chain(keys.iter().map(|line| (line.as_bytes(), json!(7))));

    let (mut lines, mut ids) = (Vec::new(), Vec::new());
    for (line, id) in bad {
        lines.extend([line, b"\n", good.as_bytes(), b"\n"].concat());
        ids.extend([id, json!("good")]);
    }
    // The last line needs no line feed, and a carriage return is white space.
    lines.extend([good.as_bytes(), b"\r\n", good.as_bytes()].concat());
    ids.extend([json!("good"), json!("good")]);
    let answers = batch("", &lines);
    assert_eq!(answers.len(), ids.len());
    for (answer, id) in answers.iter().zip(ids) {
        assert_eq!((&answer["id"], &answer["ok"]), (&id, &json!(id == "good")), "{answer}");
    }
}

#[test]
fn there_are_as_many_answers_as_lines_whatever_the_octets() {
    // A linear congruential generator, so that every run reads the same.
    let mut state = 1_u64;
    let mut octet = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..100_000).map(|_| octet()).collect();
    let json_like: Vec<u8> = (0..100_000).map(|_| b"{}[]\":,\\\n 7etu\xc3\r"[usize::from(octet()) % 16]).collect();
    for octets in [noise, json_like] {
        let lines = octets.split_inclusive(|octet| *octet == b'\n').count();
        let answers = batch("", &octets);
        assert_eq!(answers.len(), lines);
        assert!(answers.iter().all(|answer| answer["ok"] == false));
    }
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_jwtward"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn an_answer_comes_before_the_next_line_is_complete() {
    let mut child = start(&["verify", "--batch", "--iss", "i", "--aud", "a"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |text: &str| {
        stdin.write_all(text.as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["id"].clone()
    };
    assert_eq!(ask("{\"id\":1}\n"), 1);
    assert_eq!(ask("{\"id\":2}\n{\"id\""), 2);
    assert_eq!(ask(":3}\n"), 3);
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_ends_the_batch_without_a_panic() {
    let mut child = start(&["verify", "--batch"]);
    drop(child.stdout.take());
    // The program may be gone before everything is written.
    let _ = child.stdin.take().unwrap().write_all("{}\n".repeat(100_000).as_bytes());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err.starts_with("error: cannot write to standard output: ") && err.lines().count() == 1, "{err}");
}
