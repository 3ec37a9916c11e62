//! The compact serialization: no input panics, whatever is accepted obeys the rules that can be told from the text, and the
//! three ways to parse agree with each other.
#![no_main]

use jwtward::{Malformed, UnverifiedJws};
use libfuzzer_sys::fuzz_target;

const MAX_SIZE: usize = 4096;

fuzz_target!(|data: &[u8]| {
    // The token, and after a line feed the detached payload.
    let (token, payload) = match data.iter().position(|octet| *octet == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b""[..]),
    };
    let Ok(token) = std::str::from_utf8(token) else { return };

    let attached = UnverifiedJws::parse(token, MAX_SIZE);
    let detached = UnverifiedJws::parse_detached(token, payload, MAX_SIZE);
    let unencoded = UnverifiedJws::parse_rfc7797(token, Some(payload), MAX_SIZE);
    let attached_7797 = UnverifiedJws::parse_rfc7797(token, None, MAX_SIZE);

    if attached.is_ok() || detached.is_ok() || unencoded.is_ok() || attached_7797.is_ok() {
        assert!(token.len() <= MAX_SIZE);
        assert_eq!(token.matches('.').count(), 2);
        let encoded = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        assert!(encoded);
        check_header(token);
    }
    if let Ok(jws) = &attached {
        let middle = token.split('.').nth(1).expect("three segments");
        assert_eq!(jwtward::fuzzing::base64url_encode(jws.danger_unverified_payload()), middle);
        assert!(attached_7797.is_ok(), "what has no b64 parses with and without RFC 7797");
        assert!(detached.is_ok() == middle.is_empty());
    }
    if let Ok(jws) = &detached {
        assert_eq!(jws.danger_unverified_payload(), payload);
        assert!(unencoded.is_ok());
    }
    if let (Err(plain), Ok(_)) = (attached, attached_7797) {
        assert!(matches!(plain, Malformed::UnencodedPayload | Malformed::CriticalNotUnderstood), "{plain:?}");
    }
});

/// An independent reader agrees on the header's fixed rules.
fn check_header(token: &str) {
    let header = token.split('.').next().expect("a first segment");
    let header = jwtward::fuzzing::base64url_decode(header.as_bytes()).expect("it was accepted");
    let header: serde_json::Value = serde_json::from_slice(&header).expect("a header is JSON");
    assert!(header["alg"].is_string());
    for name in ["kid", "typ", "cty"] {
        assert!(header.get(name).is_none_or(serde_json::Value::is_string));
    }
    // The one extension understood is b64.
    match header.get("crit") {
        None => assert!(header.get("b64").is_none()),
        Some(crit) => assert!(*crit == serde_json::json!(["b64"]) && header["b64"].is_boolean()),
    }
}
