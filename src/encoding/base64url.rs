//! base64url without padding (RFC 7515 section 2): the URL-safe alphabet only, no line ends, canonical trailing bits, so that
//! every octet string has exactly one accepted form. Constant-time in the octets, so that keys and MACs may pass through it.

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroize;

/// The text is not canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid;

/// Decodes `text`. A buffer that is given up because of a late error is wiped: it may hold part of a key.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, Invalid> {
    let mut octets = vec![0; text.len() / 4 * 3 + text.len() % 4 * 3 / 4];
    if Base64UrlUnpadded::decode(text, &mut octets).is_err() {
        octets.zeroize();
        return Err(Invalid);
    }
    Ok(octets)
}

/// Encodes `octets`.
pub(crate) fn encode(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_octet_string_has_one_form() {
        for (octets, text) in [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (&[0xfb, 0xff], "-_8")] {
            assert_eq!(encode(octets), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Ok(octets));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["A", "AAAAA", "Zg==", "Zh", "Zm9", "Zm8=", "Zg\n", " Zg", "Z g", "+/8", "Zg.", "Zg%3D", "Zg\0", "é"]
        {
            assert_eq!(decode(text.as_bytes()), Err(Invalid), "{text:?}");
        }
    }
}
