//! The value of an Authorization header: a token is taken exactly where a reader written here, octet by octet from the end, takes
//! the same, whatever the limit.
#![no_main]

use jwtward::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The first octet is the limit.
    let Some((limit, value)) = data.split_first() else { return };
    for limit in [usize::from(*limit), 1 << 20] {
        assert_eq!(fuzzing::bearer(value, limit).map(str::as_bytes), reference(value, limit));
    }
});

fn reference(value: &[u8], limit: usize) -> Option<&[u8]> {
    let mut token = value;
    for letter in *b"BEARER" {
        let (first, rest) = token.split_first()?;
        if *first != letter && *first != letter + 32 {
            return None;
        }
        token = rest;
    }
    let (space, token) = token.split_first()?;
    if *space != 0x20 || token.is_empty() || token.len() > limit {
        return None;
    }
    // Backwards: first only padding, then none of it, and something that is not padding.
    let mut padding = true;
    for octet in token.iter().rev() {
        match octet {
            b'=' if padding => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/' => padding = false,
            _ => return None,
        }
    }
    (!padding).then_some(token)
}
