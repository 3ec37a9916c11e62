//! Texts that two readers read differently, that crash one, or that cost too much.

use jwtward::{JsonError, JwtVerifier, Malformed, UnverifiedJws, VerifyError};
use serde_json::Value;

use crate::support::{CLAIMS, encode, hs256, verify, with_header, with_payload};

const SEGMENTS: Result<(), VerifyError> = Err(VerifyError::Malformed(Malformed::Segments));
const BASE64: Result<(), VerifyError> = Err(VerifyError::Malformed(Malformed::Base64));

fn parts() -> [String; 3] {
    let token = with_payload(CLAIMS);
    token.split('.').map(String::from).collect::<Vec<_>>().try_into().unwrap()
}

/// A verifier with the largest limit there is.
fn largest() -> JwtVerifier {
    let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience();
    builder.max_token_size(UnverifiedJws::MAX_SIZE).unwrap().build()
}

#[test]
fn cve_2019_17195_a_token_that_makes_the_parser_throw() {
    // Whatever is cut off or put in, an error comes back, and no panic.
    let token = with_payload(CLAIMS);
    for length in 0..token.len() {
        assert!(verify(&token[..length]).is_err(), "{length}");
        let (head, tail) = token.split_at(length);
        for odd in ["\0", ".", "=", "\u{feff}", "\u{10ffff}", "{", "e30"] {
            assert!(verify(&format!("{head}{odd}{tail}")).is_err(), "{length} {odd:?}");
        }
    }
}

#[test]
fn cve_2019_18848_segments_that_are_not_counted() {
    let [header, payload, signature] = parts();
    for extra in [".x", ".x.y", ".x.y.z", "."] {
        assert_eq!(verify(&format!("{header}.{payload}.{signature}{extra}")), SEGMENTS, "{extra}");
    }
    assert_eq!(verify(&format!("{header}.{payload}")), SEGMENTS);
}

#[test]
fn cve_2022_25898_characters_that_are_not_base64url_in_the_signature() {
    let [header, payload, signature] = parts();
    for odd in
        ["!", "@", "#", "$", "%", "^", "&", "*", "(", ")", "~", "`", "'", "\"", "\\", " ", "\t", "\n", "\0", "\u{e9}"]
    {
        for at in [0, 1, 20, signature.len()] {
            let (head, tail) = signature.split_at(at);
            assert_eq!(verify(&format!("{header}.{payload}.{head}{odd}{tail}")), BASE64, "{odd:?} {at}");
        }
    }
}

#[test]
fn cve_2022_39227_json_to_one_reader_and_a_compact_token_to_another() {
    let [header, payload, signature] = parts();
    let fake = encode(r#"{"exp":1000900,"sub":"admin"}"#);
    let polyglot = format!(
        r#"{{"  {header}.{fake}.":"","protected":"{header}", "payload":"{payload}","signature":"{signature}"}}"#
    );
    assert_eq!(verify(&polyglot), BASE64);
    let json = format!(r#"{{"protected":"{header}", "payload":"{payload}","signature":"{signature}"}}"#);
    assert_eq!(verify(&json), SEGMENTS);
}

#[test]
fn cve_2024_5037_a_json_token_with_an_issuer_beside_the_payload() {
    let [header, payload, signature] = parts();
    let json = format!(
        r#"{{"iss":"https://trusted.example","payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#
    );
    assert_eq!(verify(&json), SEGMENTS);
    // With dots enough to pass for segments.
    let json = json.replace("https://trusted.example", "a.b");
    assert_eq!(verify(&json), SEGMENTS);
}

#[test]
fn cve_2024_21664_a_json_token_without_its_protected_header() {
    assert_eq!(verify(r#"{"signature": ""}"#), SEGMENTS);
    assert_eq!(verify(r#"{"payload":"e30","signature":""}"#), SEGMENTS);
    assert_eq!(verify(r#"{"payload":"e30","signatures":[{"signature":""}]}"#), SEGMENTS);
}

#[test]
fn cve_2025_22868_a_token_of_dots() {
    let dots = ".".repeat(1 << 20);
    assert_eq!(largest().verify::<()>(&dots).map(|_| ()), SEGMENTS);
}

#[test]
fn cve_2025_27144_a_megabyte_with_a_dot_after_each_letter() {
    let dots = "a.".repeat(1 << 19);
    assert_eq!(largest().verify::<()>(&dots).map(|_| ()), SEGMENTS);
    let error = Malformed::TooLarge { size: dots.len(), limit: 8192 };
    assert_eq!(verify(&dots), Err(VerifyError::Malformed(error)));
}

#[test]
fn cve_2025_30204_a_header_field_full_of_dots() {
    // `Authorization: Bearer ....`, as long as a server lets it be.
    for size in [1_000_000, 20_000_000] {
        let error = Malformed::TooLarge { size, limit: 8192 };
        assert_eq!(verify(&".".repeat(size)), Err(VerifyError::Malformed(error)));
    }
}

#[test]
fn cve_2025_61920_segments_of_megabytes() {
    let [header, payload, signature] = parts();
    let much = "A".repeat(3_000_000);
    for token in [format!("{much}.{payload}.{signature}"), format!("{header}.{payload}.{much}")] {
        let error = Malformed::TooLarge { size: token.len(), limit: 8192 };
        assert_eq!(verify(&token), Err(VerifyError::Malformed(error)));
    }
    // Within the largest limit that can be set, a header still has its own.
    let header = format!("{}.{payload}.{signature}", &much[..1_000_000]);
    let error = VerifyError::Malformed(Malformed::HeaderTooLarge);
    assert_eq!(largest().verify::<()>(&header).map(|_| ()), Err(error));
}

#[test]
fn cve_2025_53864_json_nested_without_end() {
    std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(|| {
            let payload = format!("{{\"x\":{}", r#"{"x":"#.repeat(100_000));
            let error = VerifyError::Malformed(Malformed::Payload(JsonError::TooDeep));
            assert_eq!(largest().verify::<Value>(&with_payload(payload)).map(|_| ()), Err(error));
            let header = format!("{{\"x\":{}", r#"{"x":"#.repeat(500));
            let error = VerifyError::Malformed(Malformed::Header(JsonError::TooDeep));
            assert_eq!(verify(&with_header(header)), Err(error));
        })
        .unwrap()
        .join()
        .unwrap();
}
