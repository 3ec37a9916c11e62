//! HMAC secrets that are no secrets: public keys, certificates and JWKs (the algorithm confusion attack, RFC 8725 section 2.1).

use zeroize::Zeroizing;

use crate::encoding::base64url;

/// Whether `secret` is, or holds, a key in some file format, whatever its white space, also within base64: PEM, DER, SSH, JWK.
pub(super) fn is_a_key(secret: &[u8]) -> bool {
    looks_like_a_key(secret) || from_base64(secret).is_some_and(|octets| looks_like_a_key(&octets))
}

fn looks_like_a_key(octets: &[u8]) -> bool {
    // A byte-order mark, white space and letter case do not hide a text.
    let mut text = kept(octets, u8::is_ascii_graphic);
    text.make_ascii_lowercase();
    // PEM, also with half its armour, and SSH2's own armour of four dashes.
    let is_armoured = holds(&text, b"----begin") || holds(&text, b"----end");
    is_armoured || is_ssh(&text, octets) || is_jwk(&text) || is_der(octets)
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

/// What base64 in either alphabet holds: a PEM file's body without its armour, or any key as an environment variable has it.
fn from_base64(secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = kept(secret, |octet| octet.is_ascii_graphic() && *octet != b'=');
    for octet in text.iter_mut() {
        match octet {
            b'+' => *octet = b'-',
            b'/' => *octet = b'_',
            _ => {}
        }
    }
    base64url::decode(&text).ok().map(Zeroizing::new)
}

/// One DER SEQUENCE of well-formed elements, with nothing but white space or NUL around it: SPKI, PKCS#1, PKCS#8, SEC1 and
/// certificates are all of this shape. A random secret is so by chance less than once in 2^24.
fn is_der(octets: &[u8]) -> bool {
    let Some((0x30, mut content, rest)) = element(octets.trim_ascii_start()) else { return false };
    let mut elements = 0;
    while !content.is_empty() {
        let Some((_, _, rest)) = element(content) else { return false };
        content = rest;
        elements += 1;
    }
    elements >= 2 && rest.iter().all(|octet| octet.is_ascii_whitespace() || *octet == 0)
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
    fn a_der_key_is_seen_whatever_its_last_octet_and_what_surrounds_it() {
        // An Ed25519 public key as SPKI, but for its last octet, which may be any.
        let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
        der.extend([0xab; 32]);
        for last in [0xab, b'\t', b'\n', 0xc, b'\r', b' ', 0] {
            *der.last_mut().unwrap() = last;
            for (before, after) in [("", ""), ("\n", ""), ("", "\n"), (" \r\n", "\r\n\r\n"), ("", "\0")] {
                assert!(
                    is_a_key(&[before.as_bytes(), &der, after.as_bytes()].concat()),
                    "{last:#x} {before:?} {after:?}"
                );
            }
            let encoded = base64url::encode(&der);
            for text in
                [encoded.clone(), format!("{encoded}=\n"), format!("\u{feff}{encoded}"), encoded.replace('_', "/")]
            {
                assert!(is_a_key(text.as_bytes()), "{last:#x} {text}");
            }
        }
    }

    #[test]
    fn base64_does_not_hide_a_key() {
        for key in ["-----BEGIN PUBLIC KEY-----", "{\"kty\":\"RSA\"}", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"] {
            assert!(is_a_key(base64url::encode(key.as_bytes()).as_bytes()), "{key}");
        }
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
