//! Good tokens with one thing changed: a character, a bit, or where they end.

use jwtward::Algorithm;
use serde_json::Value;

use crate::{
    corpus::{
        Corpus, NOT_AN_OBJECT, Refusal, SYNTAX, UTF8, algorithm, base64, header, parameter, segments, signature,
        too_short,
    },
    keys::{Key, decode, encode},
};

pub(crate) fn add(corpus: &mut Corpus) {
    truncated(corpus);
    flipped(corpus);
    swapped(corpus);
}

const THREE: [Algorithm; 3] = [Algorithm::HS256, Algorithm::ES256, Algorithm::EdDSA];

fn truncated(corpus: &mut Corpus) {
    corpus.begin("truncated");
    for algorithm in THREE {
        let key = Key::new(algorithm);
        let token = key.plain(corpus.claims());
        let dots: Vec<usize> = token.match_indices('.').map(|(at, _)| at).collect();
        for length in (0..token.len()).rev().step_by(6) {
            let (cut, signed) = (&token[..length], length.saturating_sub(dots[1] + 1));
            let refusal = match () {
                () if length < 7 => too_short(),
                () if signed == 0 => segments(),
                () if is_canonical(&cut[dots[1] + 1..]) => signature(),
                () => base64(),
            };
            if length > 0 && !corpus.has(cut) {
                corpus.refused(&key, cut.into(), refusal, format!("The first {length} of {} characters.", token.len()));
            }
        }
        for skip in [1, 2, 3, 4, 8] {
            let (cut, head) = (&token[skip..], &token[skip..dots[0]]);
            let refusal = if is_canonical(head) { broken_header(&decode(head), algorithm) } else { base64() };
            if !corpus.has(cut) {
                corpus.refused(&key, cut.into(), refusal, format!("Without the first {skip} characters."));
            }
        }
    }
}

/// Whether a text is the one text of some octets.
fn is_canonical(text: &str) -> bool {
    text.len() % 4 != 1
        && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_')
        && {
            use base64ct::{Base64UrlUnpadded, Encoding};
            Base64UrlUnpadded::decode_vec(text).is_ok_and(|octets| encode(octets) == text)
        }
}

/// What is wrong with a header of which one octet is not what it was.
fn broken_header(octets: &[u8], expected: Algorithm) -> Refusal {
    let Ok(text) = std::str::from_utf8(octets) else { return header(UTF8) };
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return header(NOT_AN_OBJECT);
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        // `2HS256"` is a number, of the wrong type before it is wrong JSON; `2ES256"` is a number without its exponent.
        let number = text.starts_with(r#"{"alg":2"#) && !text.starts_with(r#"{"alg":2E"#);
        return if number { parameter("alg") } else { header(SYNTAX) };
    };
    match value.get("alg").map(Value::as_str) {
        None | Some(None) => parameter("alg"),
        Some(Some(name)) if name != expected.as_str() => algorithm(),
        _ => signature(),
    }
}

fn flipped(corpus: &mut Corpus) {
    corpus.begin("flipped");
    for algorithm in THREE {
        let key = Key::new(algorithm);
        let token = key.plain(corpus.claims());
        let parts: Vec<Vec<u8>> = token.split('.').map(decode).collect();
        for (segment, which) in ["header", "payload", "signature"].into_iter().enumerate() {
            let bits = parts[segment].len() * 8;
            let count = [16, 22, 14][segment];
            for n in 0..count {
                let bit = n * bits / count + n % 8;
                let mut parts = parts.clone();
                parts[segment][bit / 8] ^= 1 << (bit % 8);
                let refusal = if segment == 0 { broken_header(&parts[0], algorithm) } else { signature() };
                let token = parts.iter().map(encode).collect::<Vec<_>>().join(".");
                if !corpus.has(&token) {
                    let reason = format!("Bit {} of octet {} of the {which} is turned over.", bit % 8, bit / 8);
                    corpus.refused(&key, token, refusal, reason);
                }
            }
        }
    }
}

fn swapped(corpus: &mut Corpus) {
    corpus.begin("swapped");
    for &algorithm in Algorithm::ALL {
        let key = Key::new(algorithm);
        let (user, admin) = (corpus.claims_with(r#""sub":"alice""#), corpus.claims_with(r#""sub":"admin""#));
        let (one, two) = (key.plain(&user), key.plain(&admin));
        let mixed = format!("{}.{}", two.rsplit_once('.').unwrap().0, one.rsplit_once('.').unwrap().1);
        corpus.refused(&key, mixed, signature(), "The payload of one token, the signature of another.");
        let named = key.token(format!(r#"{{"alg":"{algorithm}","kid":"key-1"}}"#), corpus.claims());
        let plain = key.plain(corpus.claims());
        let mixed = format!("{}.{}", named.rsplit_once('.').unwrap().0, plain.rsplit_once('.').unwrap().1);
        corpus.refused(&key, mixed, signature(), "The header of one token, the rest of another.");
        let longer = corpus.claims().replace("1800000900", "1800009000");
        let token = key.plain(corpus.claims());
        let input = format!("{}.{}", encode(key.header()), encode(longer));
        let token = format!("{input}.{}", token.rsplit_once('.').unwrap().1);
        corpus.refused(&key, token, signature(), "exp was moved after signing.");
        let input = format!("{}.{}", encode(key.header()), encode(format!("{} ", corpus.claims())));
        let token = format!("{input}.{}", key.plain(corpus.claims()).rsplit_once('.').unwrap().1);
        corpus.refused(&key, token, signature(), "A space was added to the payload after signing.");
    }
}
