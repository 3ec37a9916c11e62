//! The program from outside: `verify`, and which keys it takes.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[path = "cli/support.rs"]
mod support;

use std::{
    io::Write,
    process::{Command, Stdio},
};

use jwtward::Algorithm;
use serde_json::{Value, json};

use support::{CLAIMS, NOTES, base64, der, file, header, key_and_token, private_pem, run, run_with, unsigned};

#[test]
fn verify_says_in_one_line_why_a_token_is_refused() {
    let (key, token) = key_and_token("why.pem");
    let other = file("why-other.pem", private_pem(Algorithm::ES256));
    let jwk = file("why.jwk", run("keygen --alg ES256 --format jwk --kid k", b"").ok());
    let claims =
        |claims: &str| run(&format!("sign --alg ES256 --key {key} -"), claims.as_bytes()).ok().trim_end().to_owned();
    let typed = run(&format!("sign --alg ES256 --key {jwk} --typ at+jwt --kid other -"), CLAIMS).ok();
    let payload = |text: &str| run(&format!("sign --alg ES256 --key {key} --jws -"), text.as_bytes()).ok();
    for (arguments, token, error) in [
        (format!("--key {key} --now 4102444800"), token.as_str(), "the token has expired"),
        (format!("--key {key} --iss j"), &token, "the claim iss is not the expected one"),
        (format!("--key {key} --iss i --aud c"), &token, "the claim aud is not the expected one"),
        (format!("--key {key} --aud a"), &claims(r#"{"exp":4102444800}"#), "the claim aud is missing"),
        (format!("--key {key}"), &claims("{}"), "the claim exp is missing"),
        (format!("--key {key}"), &claims(r#"{"exp":"4102444800"}"#), "the claim exp is not of its type"),
        (format!("--key {key} --now -5"), &claims(r#"{"exp":9,"nbf":1}"#), "the token is not valid yet"),
        (format!("--key {key} --now 5"), &claims(r#"{"exp":9,"iat":6}"#), "the token was issued in the future"),
        (format!("--key {other}"), &token, "the signature is not valid"),
        (format!("--key {jwk}"), typed.trim_end(), "no key matches the token"),
        (format!("--key {key} --typ at+jwt"), &token, "the token's typ is not the expected one"),
        (
            format!("--key {key} --max-size 100"),
            &"a".repeat(101),
            "the token has 101 octets, more than the limit of 100",
        ),
        (format!("--key {key}"), "", "the token is too short"),
        (format!("--key {key}"), "not a token", "the token does not consist of three segments, or one is empty"),
        (format!("--key {key}"), &token.replace('.', "=."), "a segment of the token is not canonical base64url"),
        (
            format!("--key {key}"),
            payload("[]").trim_end(),
            "the token's payload is not acceptable json: not a json object",
        ),
    ] {
        let arguments = format!("verify --alg ES256 {arguments} --");
        let arguments: Vec<_> = arguments.split(' ').chain([token]).collect();
        run_with(&arguments, b"").fails(1, error);
    }
    let hs = file("why.raw", [7; 32]);
    run(&format!("verify --alg HS256 --key {hs} {token}"), b"").fails(1, "the token's algorithm is not the key's");
    for jws in ["", " --jws"] {
        let verify =
            |header: &str| run(&format!("verify --alg ES256 --key {key}{jws} {}", unsigned(header, CLAIMS)), b"");
        verify(r#"{"alg":"ES256","b64":true,"crit":["b64"]}"#)
            .fails(1, "the header demands an extension that is not understood");
        verify(r#"{"alg":"ES256","b64":true}"#).fails(1, "the header parameter b64 is not allowed here");
        verify(r#"{"alg":"ES256","x":1,"crit":["x"]}"#)
            .fails(1, "the header demands an extension that is not understood");
        verify(r#"{"alg":"none"}"#).fails(1, "the token's algorithm is not the key's");
    }
}

#[test]
fn verify_ends_with_2_for_arguments_or_keys_of_no_use() {
    let (key, token) = key_and_token("usage.pem");
    for arguments in [
        format!("--key {key} {token}"),
        format!("--alg ES256 {token}"),
        format!("--alg none --key {key} {token}"),
        format!("--alg es256 --key {key} {token}"),
        format!("--alg ES256 --key {key} --leeway 601 {token}"),
        format!("--alg ES256 --key {key} --leeway -1 {token}"),
        format!("--alg ES256 --key {key} --max-size 0 {token}"),
        format!("--alg ES256 --key {key} --max-size 1048577 {token}"),
        format!("--alg ES256 --key {key} --now soon {token}"),
        format!("--alg ES256 --key {key} --jws --iss i {token}"),
        format!("--alg ES256 --key {key} --jws --aud a {token}"),
        format!("--alg ES256 --key {key} --unknown {token}"),
        format!("--alg ES256 --key {key} {token} {token}"),
        format!("--alg ES384 --key {key} {token}"),
        format!("--alg ES256 --key {key}.missing {token}"),
        format!("--alg ES256 --key {} {token}", env!("CARGO_TARGET_TMPDIR")),
        // The token may be someone else's, and these would end with 0.
        format!("--alg ES256 --key {key} --help"),
        format!("--alg ES256 --key {key} --version"),
    ] {
        let ran = run(&format!("verify {arguments}"), b"");
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments}");
        assert!(ran.err.starts_with("error: ") && !ran.err.contains(&token), "{}", ran.err);
    }
    for (name, content) in
        [("empty", ""), ("text", "no key"), ("json", "{\"kty\":\"EC\""), ("object", "{}"), ("set", "{\"keys\":[]}")]
    {
        let key = file(&format!("usage-{name}"), content);
        assert_eq!(run(&format!("verify --alg ES256 --key {key} {token}"), b"").status, 2, "{name}");
    }
    let huge = file("usage-huge", vec![b'a'; (256 << 10) + 1]);
    run(&format!("verify --alg ES256 --key {huge} {token}"), b"")
        .fails(2, &format!("{huge} has more than the 262144 octets of a key file"));
}

#[test]
fn leeway_and_now_move_the_time_of_the_check() {
    let key = file("leeway.pem", private_pem(Algorithm::ES256));
    let token = run(&format!("sign --alg ES256 --key {key} -"), br#"{"exp":1000,"nbf":900}"#).ok();
    let status = |now: i64, leeway: u32| {
        run(&format!("verify --alg ES256 --key {key} --now {now} --leeway {leeway}"), token.as_bytes()).status
    };
    assert_eq!([status(899, 0), status(900, 0), status(999, 0), status(1000, 0)], [1, 0, 0, 1]);
    assert_eq!([status(299, 600), status(300, 600), status(1599, 600), status(1600, 600)], [1, 0, 0, 1]);
}

#[test]
fn from_standard_input_one_line_feed_is_dropped_and_nothing_else() {
    let (key, token) = key_and_token("stdin.pem");
    let verify = |stdin: &[u8]| run(&format!("verify --alg ES256 --key {key} --iss i --aud a"), stdin).status;
    assert_eq!(verify(token.as_bytes()), 0);
    assert_eq!(verify(format!("{token}\n").as_bytes()), 0);
    for text in [
        format!("{token}\n\n"),
        format!("{token}\r\n"),
        format!(" {token}"),
        format!("{token} \n"),
        format!("\n{token}"),
    ] {
        assert_eq!(verify(text.as_bytes()), 1, "{text:?}");
    }
    assert_eq!(verify(b"\xff\xfe\n"), 1);
    // As an argument nothing is dropped.
    let line = format!("{token}\n");
    assert_eq!(run_with(&["verify", "--alg", "ES256", "--key", &key, &line], b"").status, 1);

    let size = token.len();
    let limited = |limit, stdin: &str| {
        run(&format!("verify --alg ES256 --key {key} --iss i --aud a --max-size {limit} -"), stdin.as_bytes())
    };
    assert_eq!(limited(size, &line).status, 0);
    limited(size - 1, &line).fails(1, &format!("the token has more octets than the limit of {}", size - 1));
    limited(size, &"a".repeat(100_000)).fails(1, &format!("the token has more octets than the limit of {size}"));
}

#[test]
fn what_was_not_checked_is_noted_when_the_token_passes_and_only_then() {
    let (key, token) = key_and_token("notes.pem");
    let notes = |arguments: &str| run(&format!("verify --alg ES256 --key {key} {arguments} {token}"), b"").err;
    assert_eq!(notes("--leeway 0"), NOTES);
    assert_eq!(notes("--iss i"), "note: the audience was not checked (no --aud)\n");
    assert_eq!(notes("--aud a"), "note: the issuer was not checked (no --iss)\n");
    assert_eq!(notes("--iss i --aud a"), "");
    assert_eq!(notes("--aud c"), "error: the claim aud is not the expected one\n");
}

#[test]
fn typ_is_checked_only_when_asked_for() {
    let key = file("typ.pem", private_pem(Algorithm::ES256));
    for (typ, expected, jws, status) in [
        ("at+jwt", "", "", 0),
        ("at+jwt", " --typ at+jwt", "", 0),
        ("application/AT+JWT", " --typ at+jwt", "", 0),
        ("at+jwt", " --typ JWT", "", 1),
        ("at+jwt", "", " --jws", 0),
        ("AT+JWT", " --typ application/at+jwt", " --jws", 0),
        ("at+jwt", " --typ JWT", " --jws", 1),
    ] {
        let token = run(&format!("sign --alg ES256 --key {key} --typ {typ} -"), CLAIMS).ok();
        let ran = run(&format!("verify --alg ES256 --key {key}{expected}{jws} -"), token.as_bytes());
        assert_eq!(ran.status, status, "{typ}{expected}{jws}");
    }
    let untyped = run(&format!("sign --alg ES256 --key {key} --jws -"), CLAIMS).ok();
    assert_eq!(run(&format!("verify --alg ES256 --key {key} -"), untyped.as_bytes()).status, 0);
    run(&format!("verify --alg ES256 --key {key} --typ JWT --jws -"), untyped.as_bytes())
        .fails(1, "the token's typ is not the expected one");
}

#[test]
fn an_hmac_file_is_an_oct_jwk_or_raw_octets_and_never_a_public_key() {
    let sign = |name: &str, content: &[u8]| {
        let key = file(&format!("hmac-{name}"), content);
        run(&format!("sign --alg HS256 --key {key} -"), CLAIMS)
    };
    let secret = [b'k'; 32];
    let jwk = json!({"kty": "oct", "k": base64(secret)}).to_string();
    let token = sign("raw", &secret).ok();
    assert_eq!(sign("jwk", jwk.as_bytes()).ok(), token);
    assert_eq!(sign("set", format!("{{\"keys\":[{jwk}]}}").as_bytes()).ok(), token);
    // Nothing is trimmed.
    assert_ne!(sign("line", &[&secret[..], b"\n"].concat()).ok(), token);
    assert_ne!(sign("brace", b"{ not an object, but 32 octets long").ok(), token);
    assert_eq!(sign("short", &secret[..31]).status, 2);

    let pem = private_pem(Algorithm::ES256);
    let private = file("hmac.pem", &pem);
    let public = |format: &str| run(&format!("public --key {private} --format {format}"), b"").ok();
    for (name, content) in [("pem", pem), ("spki", public("pem")), ("public", public("jwk")), ("jwks", public("jwks"))]
    {
        let ran = sign(name, content.as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{name}");
        let key = file("hmac-verify", content);
        assert_eq!(run(&format!("verify --alg HS256 --key {key} {}", token.trim_end()), b"").status, 2, "{name}");
    }
    assert_eq!(sign("der", &der(&public("pem"))).status, 2);
    assert_eq!(sign("object", br#"{"password": "of more than 32 octets"}"#).status, 2);
}

#[test]
fn of_a_set_the_kid_chooses_the_key() {
    let jwk = |kid: &str| run(&format!("keygen --alg ES256 --format jwk --kid {kid}"), b"").ok();
    let (one, two) = (jwk("one"), jwk("two"));
    let set = file("kid.set", format!("{{\"keys\":[{one},{two}]}}"));
    let public = file("kid.public", run(&format!("public --key {set} --format jwks"), b"").ok());
    let single = file("kid.single", format!("{{\"keys\":[{two},{{\"kty\":\"EC\"}}]}}"));
    let sign = |arguments: &str| run(&format!("sign --alg ES256 --key {arguments} -"), CLAIMS);
    let named = sign(&format!("{set} --kid two")).ok();
    assert_eq!(header(&named), r#"{"alg":"ES256","typ":"JWT","kid":"two"}"#);
    assert_eq!(header(&sign(&single).ok()), header(&named));
    let public_one = run(&format!("public --key {} --format jwk", file("kid.one", &one)), b"").ok();
    let mixed = file("kid.mixed", format!("{{\"keys\":[{public_one},{two}]}}"));
    for key in [&set, &public, &single, &mixed] {
        let verify = |token: &str| run(&format!("verify --alg ES256 --key {key} --iss i --aud a -"), token.as_bytes());
        assert_eq!(verify(&named).status, 0);
        let unknown = sign(&format!("{} --kid three", file("kid.one", &one))).ok();
        verify(&unknown).fails(1, "no key matches the token");
    }
    let unusable = |error: &str| format!("the key in {set} cannot be used: {error}");
    sign(&set).fails(2, &unusable("several keys of the set can be used: choose one by --kid"));
    sign(&format!("{set} --kid three")).fails(2, &unusable("no usable key of the set has this kid"));
    let twice = file("kid.twice", format!("{{\"keys\":[{one},{one}]}}"));
    assert_eq!(sign(&format!("{twice} --kid one")).status, 2);
    assert_eq!(run(&format!("verify --alg ES256 --key {twice} -"), named.as_bytes()).status, 2);
    assert_eq!(sign(&public).status, 2);
}

#[test]
fn a_jwk_is_used_only_as_it_says() {
    let jwk: Value = serde_json::from_str(&run("keygen --alg ES256 --format jwk", b"").ok()).unwrap();
    let key = |name: &str, change: Value| {
        let mut jwk = jwk.clone();
        jwk.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        file(&format!("uses-{name}"), jwk.to_string())
    };
    let verify = |key: &str, token: &str| run(&format!("verify --alg ES256 --key {key} -"), token.as_bytes()).status;
    // The private half signs, so its public half verifies.
    let sign = key("sign", json!({"key_ops": ["sign"]}));
    let token = run(&format!("sign --alg ES256 --key {sign} -"), CLAIMS).ok();
    assert_eq!(verify(&sign, &token), 0);
    for (name, change) in
        [("enc", json!({"use": "enc"})), ("ops", json!({"key_ops": ["encrypt"]})), ("alg", json!({"alg": "ES384"}))]
    {
        assert_eq!(verify(&key(name, change), &token), 2, "{name}");
    }
    // An HMAC key has no other half.
    let oct = file("uses-oct", json!({"kty": "oct", "k": base64([7; 32]), "key_ops": ["sign"]}).to_string());
    let token = run(&format!("sign --alg HS256 --key {oct} -"), CLAIMS).ok();
    assert_eq!(run(&format!("verify --alg HS256 --key {oct} -"), token.as_bytes()).status, 2);
}

#[test]
fn a_closed_pipe_is_an_error_and_no_panic() {
    let (key, token) = key_and_token("pipe.pem");
    let mut child = Command::new(env!("CARGO_BIN_EXE_jwtward"))
        .args(["verify", "--alg", "ES256", "--key", &key, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err.starts_with("error: cannot write to standard output: ") && err.lines().count() == 1, "{err}");
}

#[test]
fn verify_says_which_keys_of_a_set_were_left_out() {
    let (key, token) = key_and_token("left-out.pem");
    let public = run(&format!("public --key {key} --format jwk"), b"").ok();
    let set = format!("{{\"keys\":[{{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"bad\"}},{}]}}", public.trim_end());
    let set = file("left-out.jwks", set);
    let output = run(&format!("verify --alg ES256 --key {set} {token}"), b"");
    assert_eq!(output.status, 0);
    let note = "note: key 0 of the set was left out: the jwk member x is missing or malformed\n";
    assert!(output.err.starts_with(note), "{}", output.err);
}

#[test]
fn a_check_that_was_asked_for_is_never_dropped_with_jws() {
    let (key, token) = key_and_token("dropped.pem");
    for check in ["--iss a", "--aud a", "--now 5", "--leeway 5"] {
        let output = run(&format!("verify --alg ES256 --key {key} --jws {check} {token}"), b"");
        assert_eq!(output.status, 2, "{check}");
    }
}
