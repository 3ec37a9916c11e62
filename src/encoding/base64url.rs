//! base64url without padding (RFC 7515 section 2): the URL-safe alphabet only, no line ends, canonical trailing bits, so that
//! every octet string has exactly one accepted form.
//!
//! [`decode`], [`decode_into`] and [`encode`] are constant-time in the octets, so that keys and MACs may pass through them. A token's
//! header and payload are public text, which [`decode_public`] and [`encode_public`] take through tables, several times as fast.

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

/// Decodes a signature into `octets`, which is as long as [`decoded_len`] says; what is accepted is what [`decode`] accepts. In
/// constant time, too, and eight characters at a time: a MAC's decoding would take as long as a third of the HMAC.
pub(crate) fn decode_into(text: &[u8], octets: &mut [u8]) -> Result<(), Invalid> {
    if text.len() % 4 == 1 || octets.len() != decoded_len(text.len()) {
        return Err(Invalid);
    }
    let (eights, rest) = text.as_chunks::<8>();
    let mut bad = 0;
    let mut room = octets.chunks_mut(6);
    for characters in eights.iter().chain([&padded(rest)]) {
        let (six, none) = six_octets(*characters);
        let out = room.next().unwrap_or_default();
        out.iter_mut().zip(six).for_each(|(out, octet)| *out = octet);
        // Bits beyond the octets must be zero.
        bad |= six.iter().skip(out.len()).fold(none, |bad, octet| bad | u64::from(*octet));
    }
    if bad == 0 { Ok(()) } else { Err(Invalid) }
}

/// What is left of a text after its groups of eight, with zero bits behind it.
fn padded(rest: &[u8]) -> [u8; 8] {
    let mut eight = [b'A'; 8];
    eight.iter_mut().zip(rest).for_each(|(padded, character)| *padded = *character);
    eight
}

/// Eight characters as six octets; beside them zero, if all are of the alphabet. Neither a branch nor a place in memory depends on
/// any of them.
fn six_octets(characters: [u8; 8]) -> ([u8; 6], u64) {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let word = u64::from_be_bytes(characters);
    // Seven bits each, so that no sum below reaches the next octet.
    let ascii = word & !HIGH;
    let at_least = |least: u8| ascii + ONES * u64::from(0x80 - least);
    // One in each octet that is within.
    let within = |first: u8, last: u8| (at_least(first) & !at_least(last + 1) & HIGH) >> 7;
    let [upper, lower] = [within(b'A', b'Z'), within(b'a', b'z')];
    let [digit, minus, underscore] = [within(b'0', b'9'), within(b'-', b'-'), within(b'_', b'_')];
    let none = (word & HIGH) | (ONES ^ (upper | lower | digit | minus | underscore));
    // Each character's place in the alphabet, in the lower six bits.
    let places = ascii + upper * (128 - 65) + lower * (128 - 71) + digit * 4 + minus * 17 + underscore * (128 - 32);
    // Neighbours are joined: to 12 bits, 24, 48.
    let twelve = (places & 0x003f_003f_003f_003f) | (places & 0x3f00_3f00_3f00_3f00) >> 2;
    let twenty_four = (twelve & 0x0000_0fff_0000_0fff) | (twelve & 0x0fff_0000_0fff_0000) >> 4;
    let all = (twenty_four & 0x0000_0000_00ff_ffff) | (twenty_four & 0x00ff_ffff_0000_0000) >> 8;
    let [_, _, six @ ..] = all.to_be_bytes();
    (six, none)
}

/// Encodes `octets`.
pub(crate) fn encode(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

/// How many characters encode that many octets.
pub(crate) const fn encoded_len(octets: usize) -> usize {
    (octets * 4).div_ceil(3)
}

/// Encodes `octets` into `room`, which is as long as [`encoded_len`] says.
pub(crate) fn encode_into<'r>(octets: &[u8], room: &'r mut [u8]) -> Result<&'r str, Invalid> {
    Base64UrlUnpadded::encode(octets, room).map_err(|_| Invalid)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What each character stands for in each of the four places of a group, 24 bits; beyond them, bits for what is no character.
/// `static`, so that it is not copied.
static GROUPS: [[u32; 256]; 4] = {
    let mut groups = [[!0 << 24; 256]; 4];
    let mut i = 0;
    while i < 64 {
        let mut place = 0;
        while place < 4 {
            #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
            {
                groups[place][ALPHABET[i] as usize] = (i as u32) << (18 - 6 * place);
            }
            place += 1;
        }
        i += 1;
    }
    groups
};

/// The 24 bits of four characters, and more when one is no character.
#[allow(clippy::indexing_slicing, reason = "any octet is an index of 256 entries")]
fn group(characters: [u8; 4]) -> u32 {
    let ([a, b, c, d], [first, second, third, fourth]) = (characters.map(usize::from), &GROUPS);
    first[a] | second[b] | third[c] | fourth[d]
}

/// Six bits are an index of 64 characters.
#[allow(clippy::indexing_slicing)]
const fn character(bits: u32) -> u8 {
    ALPHABET[(bits & 63) as usize]
}

/// Decodes public text; what is accepted is what [`decode`] accepts.
pub(crate) fn decode_public(text: &[u8]) -> Result<Vec<u8>, Invalid> {
    // One character alone is no octet.
    if text.len() % 4 == 1 {
        return Err(Invalid);
    }
    let (eights, rest) = text.as_chunks::<8>();
    let last = padded(rest);
    // Eight characters are six octets, written with two zeros behind them: one write of eight is faster than six of one.
    let length = decoded_len(text.len());
    #[allow(clippy::slow_vector_initialization, reason = "asking for zeroed memory is slower, for so little of it")]
    let mut octets = Vec::with_capacity(length + 8);
    octets.resize(length + 8, 0);
    let (mut at, mut seen) = (0, 0);
    for &[a, b, c, d, e, f, g, h] in eights.iter().chain([&last]) {
        let (high, low) = (group([a, b, c, d]), group([e, f, g, h]));
        seen |= high | low;
        if let Some(eight) = octets.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *eight = (u64::from(high) << 40 | u64::from(low) << 16).to_be_bytes();
        }
        at += 6;
    }
    // What is no character has bits that no group has. Bits beyond the octets must be zero.
    if seen >= 1 << 24 || octets.iter().skip(length).any(|octet| *octet != 0) {
        return Err(Invalid);
    }
    octets.truncate(length);
    Ok(octets)
}

/// Appends what encodes `octets` to `text`; for what the token's holder may read anyway.
pub(crate) fn encode_public(octets: &[u8], text: &mut Vec<u8>) {
    let (sixes, rest) = octets.as_chunks::<6>();
    let start = text.len();
    text.reserve(octets.len().div_ceil(3) * 4);
    text.resize(start + sixes.len() * 8, 0);
    let (eights, _) = text.get_mut(start..).unwrap_or_default().as_chunks_mut::<8>();
    for (&[a, b, c, d, e, f], eight) in sixes.iter().zip(eights) {
        let [high, low] = [[0, a, b, c], [0, d, e, f]].map(u32::from_be_bytes);
        *eight = [high >> 18, high >> 12, high >> 6, high, low >> 18, low >> 12, low >> 6, low].map(character);
    }
    let (triples, rest) = rest.as_chunks::<3>();
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
    fn what_is_decoded_takes_little_more_room_than_it_needs() {
        for length in [0, 1, 2, 3, 400, 6000] {
            let octets = decode_public(encode(&vec![7; length]).as_bytes()).unwrap();
            assert!(octets.capacity() <= length + 8, "{length}: {}", octets.capacity());
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

    /// By [`decode_into`].
    fn decoded(text: &[u8]) -> Result<Vec<u8>, Invalid> {
        let mut octets = vec![0; decoded_len(text.len())];
        decode_into(text, &mut octets).map(|()| octets)
    }

    #[test]
    fn every_octet_in_every_place_is_taken_alike() {
        for (length, octet) in (1..=20).flat_map(|length| (0..=u8::MAX).map(move |octet| (length, octet))) {
            for place in 0..length {
                for around in *b"A_m" {
                    let mut text = vec![around; length];
                    text[place] = octet;
                    assert_eq!(decoded(&text), decode(&text), "{text:?}");
                    assert_eq!(decode_public(&text), decode(&text), "{text:?}");
                }
            }
        }
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
                assert_eq!(decoded(text), decode(text), "{text:?}");
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
            prop_assert_eq!(decoded(&encoded), Ok(octets.clone()));
            prop_assert_eq!(decoded(&octets), decode(&octets));
            prop_assert_eq!(decoded(text.as_bytes()), decode(text.as_bytes()));
            prop_assert_eq!(decode_public(text.as_bytes()), decode(text.as_bytes()));
        }
    }
}
