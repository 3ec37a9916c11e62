//! HMAC secrets that are no secrets: public keys, certificates and JWKs (the algorithm confusion attack, RFC 8725 section 2.1).

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

/// Whether `secret` is, or holds, a key in some file format, whatever its white space: PEM, DER, base64 of DER, SSH, JWK.
pub(super) fn is_a_key(secret: &[u8]) -> bool {
    // A byte-order mark, white space and letter case do not hide a text.
    let mut text = kept(secret, u8::is_ascii_graphic);
    text.make_ascii_lowercase();
    // PEM, also with half its armour, and SSH2's own armour of four dashes.
    let is_armoured = holds(&text, b"----begin") || holds(&text, b"----end");
    is_armoured || is_ssh(&text, secret) || is_jwk(&text) || is_der(secret.trim_ascii_end()) || is_base64_der(secret)
}

/// The octets for which `keep` holds, in a buffer that is wiped on drop and never grows.
fn kept(secret: &[u8], keep: impl Fn(&u8) -> bool) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len()));
    text.extend(secret.iter().copied().filter(keep));
    text
}

fn holds(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}

/// An OpenSSH public key: the line, its base64 alone, or the octets that this encodes, which begin with the type's length and
/// the type.
fn is_ssh(text: &[u8], secret: &[u8]) -> bool {
    // Base64, here in lower case, of the lengths and types `ssh-…`, `ecdsa-sha2-…`, `sk-ssh-…` and `sk-ecdsa-…`.
    const ENCODED: [&[u8]; 5] = [b"aaaab3nzac1", b"aaaac3nzac1", b"aaaae2vjzhnhl", b"aaaagnnrl", b"aaaainnrl"];
    const TYPES: [&[u8]; 4] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-"];
    let is_blob = matches!(secret, [0, 0, 0, _, kind @ ..] if TYPES.iter().any(|known| kind.starts_with(known)));
    is_blob || ENCODED.iter().any(|start| holds(text, start))
}

/// JSON with a key type in it, also as an escape or within a JSON string.
fn is_jwk(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'{' | b'[' | b'"'))
        && [&b"\"kty"[..], b"\"keys", b"\\u00"].iter().any(|name| holds(text, name))
}

/// Base64 of DER: a PEM file's body without its armour.
fn is_base64_der(secret: &[u8]) -> bool {
    let text = kept(secret, |b| !b.is_ascii_whitespace() && *b != b'=');
    let Ok(text) = std::str::from_utf8(&text) else { return false };
    // DER structures longer than 127 octets begin with 0x30 0x8…, shorter ones with 0x30: `M` in base64.
    text.starts_with('M')
        && [Base64Unpadded::decode_vec(text), Base64UrlUnpadded::decode_vec(text)]
            .into_iter()
            .any(|der| der.map(Zeroizing::new).is_ok_and(|der| is_der(&der)))
}

/// One DER SEQUENCE that fills `octets` exactly and holds well-formed elements: SPKI, PKCS#1, PKCS#8, SEC1 and certificates
/// are all of this shape. A random secret is so by chance less than once in 2^24.
fn is_der(octets: &[u8]) -> bool {
    let Some((0x30, mut content, [])) = element(octets) else { return false };
    let mut elements = 0;
    while !content.is_empty() {
        let Some((_, _, rest)) = element(content) else { return false };
        content = rest;
        elements += 1;
    }
    elements >= 2
}

/// The first DER element: its tag, its content, and what follows.
fn element(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = octets.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (length.iter().fold(0, |value, octet| value << 8 | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwk_is_seen_through_white_space_escapes_and_quotes() {
        for jwk in [
            "{\"kty\":\"RSA\"}",
            "\u{feff} {\n\"kty\" : \"EC\" }",
            "{\"keys\":[]}",
            "[{\"kty\":\"OKP\"}]",
            "{\"\\u006bty\":\"RSA\"}",
            "\"{\\\"kty\\\":\\\"RSA\\\"}\"",
        ] {
            assert!(is_a_key(jwk.as_bytes()), "{jwk}");
        }
        assert!(!is_a_key(b"kty is only a word, and so are keys"));
    }

    #[test]
    fn random_secrets_are_not_taken_for_keys() {
        let mut octets = [0u8; 64];
        for _ in 0..20_000 {
            getrandom::fill(&mut octets).unwrap();
            assert!(!is_a_key(&octets));
            assert!(!is_a_key(crate::encoding::base64url::encode(&octets).as_bytes()));
        }
        assert!(!is_a_key(b""));
        assert!(!is_a_key(b"{\"a password in json\": true}"));
        assert!(!is_a_key(&[
            0x30, 30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29, 30
        ]));
    }
}
