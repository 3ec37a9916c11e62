//! base64url: what decodes, encodes to the same text again, so no octet string has two forms; and a plain decoder written here,
//! from RFC 4648 section 5, agrees on every input.
#![no_main]

use jwtward::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let ours = fuzzing::base64url_decode(data);
    assert_eq!(ours, reference(data));
    if let Some(octets) = ours {
        assert_eq!(fuzzing::base64url_encode(&octets).as_bytes(), data);
    }
    let text = fuzzing::base64url_encode(data);
    assert_eq!(fuzzing::base64url_decode(text.as_bytes()).as_deref(), Some(data));
});

fn reference(text: &[u8]) -> Option<Vec<u8>> {
    let mut bits: u32 = 0;
    let mut count = 0;
    let mut octets = Vec::new();
    for character in text {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // What is left is padding: less than one character's bits, and all zero.
    (count < 6 && bits == 0).then_some(octets)
}
