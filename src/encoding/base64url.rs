//! base64url without padding (RFC 7515 section 2): the URL-safe alphabet only, no line ends, canonical trailing bits, so that
//! every octet string has exactly one accepted form.
//!
//! [`decode`] and [`encode`] are constant-time in the octets, so that keys and MACs may pass through them. A token's header and
//! payload are public text, which [`decode_public`] and [`encode_public`] take through tables, several times as fast.

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroize;

/// The text is not canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid;

/// How many octets `length` characters decode to.
pub(crate) const fn decoded_len(length: usize) -> usize {
    length / 4 * 3 + length % 4 * 3 / 4
}

/// Decodes `text`. A buffer that is given up because of a late error is wiped: it may hold part of a key.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, Invalid> {
    let mut octets = vec![0; decoded_len(text.len())];
    if Base64UrlUnpadded::decode(text, &mut octets).is_err() {
        octets.zeroize();
        return Err(Invalid);
    }
    Ok(octets)
}

/// Decodes `text` into `octets`, which is as long as [`decoded_len`] says.
pub(crate) fn decode_into(text: &[u8], octets: &mut [u8]) -> Result<(), Invalid> {
    Base64UrlUnpadded::decode(text, octets).map(|_| ()).map_err(|_| Invalid)
}

/// Encodes `octets`.
pub(crate) fn encode(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// No character of the alphabet: more than six bits.
const NONE: u8 = 0xff;

/// What each character stands for.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut i = 0;
    while i < 64 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            values[ALPHABET[i] as usize] = i as u8;
        }
        i += 1;
    }
    values
};

/// Any octet is an index of 256 entries.
#[allow(clippy::indexing_slicing)]
const fn value(character: u8) -> u32 {
    VALUES[character as usize] as u32
}

/// Six bits are an index of 64 characters.
#[allow(clippy::indexing_slicing)]
const fn character(bits: u32) -> u8 {
    ALPHABET[(bits & 63) as usize]
}

/// Decodes public text; what is accepted is what [`decode`] accepts.
pub(crate) fn decode_public(text: &[u8]) -> Result<Vec<u8>, Invalid> {
    let (quads, rest) = text.as_chunks::<4>();
    let mut octets = vec![0; decoded_len(text.len())];
    let (triples, last) = octets.as_chunks_mut::<3>();
    // What is in no alphabet has bits that no character has; they are looked at once, at the end.
    let mut seen = 0;
    for (&[a, b, c, d], out) in quads.iter().zip(triples) {
        let [a, b, c, d] = [value(a), value(b), value(c), value(d)];
        seen |= a | b | c | d;
        let [_, x, y, z] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
        *out = [x, y, z];
    }
    match (rest, last) {
        ([], []) => {}
        (&[a, b], [out]) => {
            let (a, b) = (value(a), value(b));
            // The bits that no octet takes must be zero.
            seen |= a | b | (b & 0x0f) << 6;
            *out = (a << 2 | b >> 4) as u8;
        }
        (&[a, b, c], [x, y]) => {
            let [a, b, c] = [value(a), value(b), value(c)];
            seen |= a | b | c | (c & 0x03) << 6;
            [*x, *y] = [(a << 2 | b >> 4) as u8, (b << 4 | c >> 2) as u8];
        }
        _ => return Err(Invalid),
    }
    if seen < 64 { Ok(octets) } else { Err(Invalid) }
}

/// Appends what encodes `octets` to `text`; for what the token's holder may read anyway.
pub(crate) fn encode_public(octets: &[u8], text: &mut Vec<u8>) {
    text.reserve(octets.len().div_ceil(3) * 4);
    let (triples, rest) = octets.as_chunks::<3>();
    for &[x, y, z] in triples {
        let bits = u32::from_be_bytes([0, x, y, z]);
        text.extend_from_slice(&[bits >> 18, bits >> 12, bits >> 6, bits].map(character));
    }
    match *rest {
        [x] => text.extend_from_slice(&[u32::from(x) >> 2, u32::from(x) << 4].map(character)),
        [x, y] => {
            let bits = u32::from(x) << 8 | u32::from(y);
            text.extend_from_slice(&[bits >> 10, bits >> 4, bits << 2].map(character));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn each_octet_string_has_one_form() {
        for (octets, text) in [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (&[0xfb, 0xff], "-_8")] {
            assert_eq!(encode(octets), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Ok(octets));
            assert_eq!(decode_public(text.as_bytes()).as_deref(), Ok(octets));
            let mut decoded = vec![0; decoded_len(text.len())];
            assert_eq!(decode_into(text.as_bytes(), &mut decoded), Ok(()));
            assert_eq!(decoded, octets);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["A", "AAAAA", "Zg==", "Zh", "Zm9", "Zm8=", "Zg\n", " Zg", "Z g", "+/8", "Zg.", "Zg%3D", "Zg\0", "é"]
        {
            assert_eq!(decode(text.as_bytes()), Err(Invalid), "{text:?}");
            assert_eq!(decode_public(text.as_bytes()), Err(Invalid), "{text:?}");
            assert_eq!(decode_into(text.as_bytes(), &mut [0; 8]), Err(Invalid), "{text:?}");
        }
        assert_eq!(decode_into(b"Zm9v", &mut [0; 2]), Err(Invalid), "no room");
    }

    /// Every group of up to three octets one way, every end of up to three characters the other.
    #[test]
    fn both_ways_agree_on_every_short_text() {
        for last in 0..=u16::MAX {
            let octets = last.to_be_bytes();
            for octets in [&octets[..], &octets[..1], &[octets[0], octets[1], octets[0]]] {
                let mut text = b"x".to_vec();
                encode_public(octets, &mut text);
                assert_eq!(&text[1..], encode(octets).as_bytes());
            }
            for text in [&octets[..], &[b'A', octets[0], octets[1]], &[octets[0], octets[1], b'A', b'-']] {
                assert_eq!(decode_public(text), decode(text), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn both_ways_agree_on_any_octets(octets in vec(any::<u8>(), 0..200), text in "[A-Za-z0-9_=+/.-]{0,40}") {
            let mut encoded = Vec::new();
            encode_public(&octets, &mut encoded);
            prop_assert_eq!(&encoded, &encode(&octets).into_bytes());
            prop_assert_eq!(decode_public(&encoded), Ok(octets.clone()));
            prop_assert_eq!(decode_public(&octets), decode(&octets));
            prop_assert_eq!(decode_public(text.as_bytes()), decode(text.as_bytes()));
        }
    }
}
