//! The program from outside: keys, signing, inspecting, help.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[path = "cli/support.rs"]
mod support;

use jwtward::{Algorithm, SigningKey};
use serde_json::{Value, json};

use support::{CLAIMS, base64, der, file, header, private_pem, run, run_with, unsigned};

#[test]
fn every_algorithm_signs_and_verifies_with_every_form_of_its_key() {
    for &algorithm in Algorithm::ALL {
        let mut files = Vec::new();
        if algorithm.is_symmetric() {
            files.push(file(&format!("{algorithm}.jwk"), run(&format!("keygen --alg {algorithm}"), b"").ok()));
            files.push(file(&format!("{algorithm}.raw"), (0..64).collect::<Vec<u8>>()));
        } else {
            let pem = private_pem(algorithm);
            let key = SigningKey::from_pem(algorithm, &pem).unwrap();
            let jwk = key.danger_export_private_jwk().unwrap();
            files.push(file(&format!("{algorithm}.jwk"), jwk.expose()));
            files.push(file(&format!("{algorithm}.set"), format!("{{\"keys\":[{}]}}", jwk.expose())));
            files.push(file(&format!("{algorithm}.der"), der(&pem)));
            files.push(file(&format!("{algorithm}.pem"), pem));
        }
        for private in &files {
            let token = run(&format!("sign --alg {algorithm} --key {private} -"), CLAIMS).ok();
            let mut verifying = vec![private.clone()];
            for format in ["pem", "jwk", "jwks"].iter().filter(|_| !algorithm.is_symmetric()) {
                let public = run(&format!("public --key {private} --format {format}"), b"").ok();
                assert!(!public.contains("PRIVATE") && !public.contains("\"d\""));
                if *format == "pem" {
                    verifying.push(file(&format!("{algorithm}.spki"), der(&public)));
                }
                verifying.push(file(&format!("{algorithm}.public.{format}"), public));
            }
            for key in verifying {
                let ran = run(&format!("verify --alg {algorithm} --key {key} --iss i --aud b -"), token.as_bytes());
                assert_eq!(ran.err, "", "{algorithm} {private} {key}");
                assert_eq!(ran.ok().as_bytes(), [CLAIMS, b"\n"].concat());
            }
        }
    }
}

#[test]
fn keygen_writes_pem_or_for_hmac_a_jwk_and_a_kid_only_when_given() {
    assert!(run("keygen --alg EdDSA", b"").ok().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let jwk = |arguments: &str| serde_json::from_str::<Value>(&run(arguments, b"").ok()).unwrap();
    assert_eq!(jwk("keygen --alg HS512")["kty"], "oct");
    let plain = jwk("keygen --alg ES384 --format jwk");
    assert_eq!((&plain["alg"], plain.get("kid")), (&json!("ES384"), None));
    let named = run_with(&["keygen", "--alg", "Ed25519", "--format", "jwk", "--kid", "a \"b\""], b"").ok();
    assert_eq!(serde_json::from_str::<Value>(&named).unwrap()["kid"], "a \"b\"");
    let rsa = run("keygen --alg PS256", b"").ok();
    assert_eq!(SigningKey::from_pem(Algorithm::PS256, &rsa).unwrap().algorithm(), Algorithm::PS256);

    run("keygen --alg HS256 --format pem", b"").fails(2, "pem has no form for an hmac key: use --format jwk");
    let ran = run("keygen --alg ES256 --kid k", b"");
    assert_eq!((ran.status, ran.err.as_str()), (0, "note: pem has no place for the kid: give it to sign\n"));
    assert_eq!(run(&format!("keygen --alg ES256 --kid {}", "k".repeat(257)), b"").status, 2);
}

#[test]
fn public_shows_every_key_of_a_set_keeps_kid_and_alg_and_refuses_hmac() {
    let jwk = |arguments: &str| run(&format!("keygen --format jwk {arguments}"), b"").ok();
    let (ec, ed, hs) = (jwk("--alg ES256 --kid one"), jwk("--alg Ed25519 --kid two"), jwk("--alg HS256 --kid three"));
    let encryption = json!({"kty": "EC", "crv": "P-256", "use": "enc", "x": "", "y": ""});
    let set = file("public-set", format!("{{\"keys\":[{encryption},{ec},{ed}]}}"));
    let ran = run(&format!("public --key {set} --format jwks"), b"");
    assert_eq!(ran.err, "note: key 0 of the set was left out: the jwk's use or key_ops forbid this use\n");
    let shown: Value = serde_json::from_str(&ran.ok()).unwrap();
    let names = |key: &Value| [&key["kid"], &key["alg"], &key["d"]].map(Value::to_string).join(" ");
    assert_eq!(names(&shown["keys"][0]), "\"one\" \"ES256\" null");
    assert_eq!(names(&shown["keys"][1]), "\"two\" \"Ed25519\" null");
    assert_eq!(shown["keys"].as_array().unwrap().len(), 2);
    assert_eq!(run(&format!("public --key {set}"), b"").ok().matches("BEGIN PUBLIC KEY").count(), 2);
    assert_eq!(run(&format!("public --key {set} --format jwk"), b"").ok().lines().count(), 2);

    for (i, content) in
        [hs.clone(), format!("{{\"keys\":[{hs}]}}"), format!("{{\"keys\":[{ec},{hs}]}}")].iter().enumerate()
    {
        let key = file(&format!("public-hs-{i}"), content);
        for command in ["public", "thumbprint"] {
            let ran = run(&format!("{command} --key {key}"), b"");
            assert_eq!((ran.status, ran.out.as_str()), (2, ""));
        }
    }
    let raw = file("public-raw", [7; 32]);
    run(&format!("public --key {raw}"), b"").fails(2, &format!("the key in {raw} cannot be used: not a pem block"));
}

#[test]
fn public_names_no_algorithm_that_the_file_does_not_settle() {
    for (algorithm, expected) in [(Algorithm::RS256, None), (Algorithm::EdDSA, None), (Algorithm::ES512, Some("ES512"))]
    {
        let pem = file(&format!("alg-{algorithm}.pem"), private_pem(algorithm));
        let jwk = run(&format!("public --key {pem} --format jwk"), b"").ok();
        assert_eq!(serde_json::from_str::<Value>(&jwk).unwrap().get("alg").and_then(Value::as_str), expected);
        // And again from that JWK.
        let public = file(&format!("alg-{algorithm}.jwk"), &jwk);
        assert_eq!(run(&format!("public --key {public} --format jwk"), b"").ok(), jwk);
    }
}

#[test]
fn thumbprint_is_that_of_rfc_7638_whatever_the_form_of_the_key() {
    let key = json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n":
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
         tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91C\
         bOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
    let example = file("thumbprint", key.to_string());
    assert_eq!(run(&format!("thumbprint --key {example}"), b"").ok(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\n");
    for format in ["pem", "jwk", "jwks"] {
        let public = run(&format!("public --key {example} --format {format}"), b"").ok();
        let public = file(&format!("thumbprint-{format}"), public);
        let thumbprint = run(&format!("thumbprint --key {public}"), b"").ok();
        assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\n");
    }
}

#[test]
fn sign_writes_the_members_as_given_under_a_header_of_alg_typ_kid() {
    let key = file("sign.pem", private_pem(Algorithm::ES256));
    let claims = b" {\"b\":1.0,\"exp\":\"later\",\"a\":1e2}\n";
    let sign = |more: &str| run(&format!("sign --alg ES256 --key {key}{more}"), claims).ok();
    let token = sign("");
    assert_eq!(token.split('.').nth(1).unwrap(), base64(claims));
    assert_eq!((token.matches('\n').count(), token.ends_with('\n')), (1, true));
    assert_eq!(header(&token), r#"{"alg":"ES256","typ":"JWT"}"#);
    assert_eq!(header(&sign(" --typ at+jwt --kid k1")), r#"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#);
    assert_eq!(header(&sign(" --jws")), r#"{"alg":"ES256"}"#);
    assert_eq!(header(&sign(" --jws --typ JOSE --kid k1 -")), r#"{"alg":"ES256","typ":"JOSE","kid":"k1"}"#);

    let from_file = file("sign.json", claims);
    assert_eq!(sign(&format!(" {from_file}")).split('.').nth(1).unwrap(), base64(claims));
    assert_eq!(run(&format!("sign --alg ES256 --key {key} {key}.missing"), b"").status, 2);
    assert_eq!(run(&format!("sign --alg ES256 --key {key} --typ {}", "t".repeat(4096)), b"{}").status, 2);

    let octets: Vec<u8> = (0..=127).chain([10, 10]).collect();
    let token = run(&format!("sign --alg ES256 --key {key} --jws -"), &octets).ok();
    assert_eq!(token.split('.').nth(1).unwrap(), base64(&octets));
    let ran = run(&format!("verify --alg ES256 --key {key} --jws -"), token.as_bytes());
    assert_eq!((ran.out.as_bytes(), ran.err.as_str()), (&octets[..], "note: no claim was checked (--jws)\n"));
}

#[test]
fn sign_refuses_what_is_not_one_sound_object() {
    let key = file("refuse.pem", private_pem(Algorithm::ES256));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
    for (claims, reason) in [
        (&b""[..], "not a json object"),
        (b"[]", "not a json object"),
        (b"{} {}", "not well-formed json"),
        (b"{\"a\":1,}", "not well-formed json"),
        (b"{\"a\":1,\"\\u0061\":2}", "a member name occurs twice"),
        (b"{\"a\":[{\"b\":1,\"b\":2}]}", "a member name occurs twice"),
        (b"{\"a\":\"\xff\"}", "not utf-8"),
        (b"{\"a\":18446744073709551616}", "a number is out of range"),
        (deep.as_bytes(), "nested too deep"),
    ] {
        let ran = run(&format!("sign --alg ES256 --key {key} -"), claims);
        ran.fails(1, &format!("the claims cannot be signed: {reason}"));
    }
    let huge = vec![b' '; (1 << 20) + 1];
    run(&format!("sign --alg ES256 --key {key} -"), &huge).fails(1, "the input has more than 1048576 octets");
    assert_eq!(run(&format!("sign --alg ES256 --key {key} --jws -"), &huge[..1 << 20]).status, 1);
}

#[test]
fn inspect_marks_everything_as_unverified_and_shows_no_control_character() {
    let token = unsigned(
        "{\"alg\":\"none\", \r\"kid\":\"\u{9b}2J\\u001b\"}",
        "{\"sub\":\"Zoë\u{202e}\u{7f}\",\n\"n\":1.0}\r\n",
    );
    let expected = "UNVERIFIED: nothing here has been checked\n\
                    header: {\"alg\":\"none\",  \"kid\":\"\\u009b2J\\u001b\"}\n\
                    payload: {\"sub\":\"Zoë\\u202e\\u007f\", \"n\":1.0}\n";
    assert_eq!(run(&format!("inspect {token}"), b"").ok(), expected);
    assert_eq!(run("inspect", format!("{token}\n").as_bytes()).ok(), expected);
}

#[test]
fn inspect_never_succeeds_for_what_is_not_well_formed() {
    let good = unsigned(r#"{"alg":"HS256"}"#, "{}");
    for token in [
        "",
        "a",
        "..",
        "a.b.c",
        "{}",
        "-",
        &format!("{good}="),
        &format!("{good}."),
        &good.replace(".e", "."),
        &format!("{good}\n"),
        &unsigned("{}", "{}"),
        &unsigned("[]", "{}"),
        &unsigned(r#"{"alg":"HS256","alg":"HS256"}"#, "{}"),
        &unsigned(r#"{"alg":"HS256"}"#, ""),
        &unsigned(r#"{"alg":"HS256"}"#, "[]"),
        &unsigned(r#"{"alg":"HS256"}"#, r#"{"a":1,"a":1}"#),
        &unsigned(r#"{"alg":"HS256"}"#, b"\xff"),
        &unsigned(r#"{"alg":"HS256","crit":["x"]}"#, "{}"),
        &"a".repeat(100_000),
    ] {
        let ran = run_with(&["inspect", token], b"\xff");
        assert_eq!((ran.status, ran.out.as_str(), ran.err.lines().count()), (1, "", 1), "{token}");
    }
}

#[test]
fn help_is_there_for_every_command_with_an_example() {
    for command in ["keygen", "public", "sign", "verify", "inspect", "thumbprint"] {
        let help = run(&format!("{command} --help"), b"").ok();
        assert!(help.contains("Example:\n") && help.contains(&format!("jwtward {command}")), "{help}");
    }
    assert!(run("--help", b"").ok().contains("Exit status"));
    run_with(&[], b"").fails(2, "no command was given: see jwtward --help");
}

#[test]
fn no_error_repeats_a_secret_or_what_commands_a_terminal() {
    let secret = "c2VjcmV0LWNhbmFyeQ";
    for content in [
        format!("{{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"{secret}\"}}"),
        format!("-----BEGIN PRIVATE KEY-----\n{secret}\n"),
        secret.into(),
    ] {
        let key = file("canary\u{1b}[2J", content);
        for command in ["sign --alg ES256", "sign --alg HS256", "verify --alg RS256", "public"] {
            let ran = run(&format!("{command} --key {key}"), b"{}");
            assert_eq!(ran.status, 2);
            assert!(!ran.err.contains("canary\u{1b}") && !ran.err.contains(secret), "{}", ran.err);
        }
    }
    for arguments in [vec!["verify", "a", secret], vec![secret], vec!["sign", secret, secret]] {
        let ran = run_with(&arguments, b"");
        assert!(ran.status == 2 && !ran.err.contains(secret), "{}", ran.err);
    }
}
