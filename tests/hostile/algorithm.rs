//! `alg`: none, another one, and one that only looks right. The key alone decides.

use base64ct::{Base64, Encoding};
use jwtward::{Algorithm, VerifyingKey};

use crate::{
    corpus::{Corpus, algorithm, header, no_key, parameter, segments, signature},
    keys::{Key, Owner, decode, encode, is_rsa, mac, public_jwk, secret, sign, signed_by},
};

pub(crate) fn add(corpus: &mut Corpus) {
    none(corpus);
    public_key_as_secret(corpus);
    another_algorithm(corpus);
    relabelled(corpus);
    lookalikes(corpus);
}

fn none(corpus: &mut Corpus) {
    corpus.begin("alg-none");
    let (hs, rs, es) = (Key::new(Algorithm::HS256), Key::new(Algorithm::RS256), Key::new(Algorithm::ES256));
    for mask in 0..16_u32 {
        let cased = |(i, c): (usize, char)| if mask >> i & 1 == 1 { c.to_ascii_uppercase() } else { c };
        let none: String = "none".chars().enumerate().map(cased).collect();
        let header = format!(r#"{{"alg":"{none}"}}"#);
        let unsigned = signed_by(&header, corpus.claims(), |_| Vec::new());
        corpus.refused(&rs, unsigned, segments(), format!("alg is {none} and there is no signature."));
        let maced = hs.token(&header, corpus.claims());
        corpus.refused(&hs, maced, algorithm(), format!("alg is {none}, though the right key has signed."));
        let zeros = signed_by(&header, corpus.claims(), |_| vec![0; 64]);
        corpus.refused(&es, zeros, algorithm(), format!("alg is {none} and the signature is all zeros."));
    }
    for (alg, reason) in [
        ("\"\\u006eone\"", "alg is none, written with an escape."),
        ("\"\\u006e\\u006f\\u006e\\u0065\"", "alg is none, written with escapes alone."),
        ("\"none \"", "alg is none and a space."),
        ("\" none\"", "alg is a space and none."),
        ("\"none\\u0000\"", "alg is none and a NUL."),
        ("\"none\\t\"", "alg is none and a tab."),
        ("\"none\\n\"", "alg is none and a line feed."),
        ("\"n\u{43e}ne\"", "alg is none with a Cyrillic o."),
        ("\"\u{ff4e}\u{ff4f}\u{ff4e}\u{ff45}\"", "alg is none in full-width letters."),
        ("\"no\u{200b}ne\"", "alg is none with a space of no width."),
        ("\"null\"", "alg is the text null."),
        ("\"\"", "alg is the empty text."),
        ("\"undefined\"", "alg is the text undefined."),
        ("\"false\"", "alg is the text false."),
        ("\"NULL\"", "alg is the text NULL."),
        ("\"nil\"", "alg is the text nil."),
        ("\"plain\"", "alg is the text plain."),
        ("\"unsecured\"", "alg is the text unsecured."),
        ("\"none,HS256\"", "alg lists none and another one."),
        ("\"HS256,none\"", "alg lists another one and none."),
        ("\"zzz\"", "alg is nobody's name."),
    ] {
        let header = format!(r#"{{"alg":{alg}}}"#);
        let unsigned = signed_by(&header, corpus.claims(), |_| Vec::new());
        corpus.refused(&es, unsigned, segments(), format!("{reason} There is no signature."));
        let empty_mac = signed_by(&header, corpus.claims(), |input| mac(Algorithm::HS256, b"", input));
        corpus.refused(&hs, empty_mac, algorithm(), format!("{reason} The MAC is that of the empty secret."));
    }
    for (token, reason) in [
        // RFC 7519 section 6.1.
        (
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
            "The unsecured JWT of RFC 7519 section 6.1.",
        ),
        ("eyJhbGciOiJub25lIn0.e30.", "The smallest unsecured JWT."),
        ("eyJhbGciOiJub25lIn0.e30", "An unsecured JWT without its last dot."),
        ("eyJhbGciOiJub25lIn0.", "A header that says none, and nothing else."),
    ] {
        corpus.refused(&hs, token.into(), segments(), reason);
    }
}

/// A public key's texts, as a confused verifier may hold them.
fn spellings(key: &Key) -> Vec<(&'static str, Vec<u8>)> {
    let loaded = VerifyingKey::from_jwk_as(key.algorithm, &key.public).unwrap();
    let pem = loaded.to_pem().unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = Base64::decode_vec(&body).unwrap();
    let jwk = public_jwk(key.algorithm, Owner::Issuer);
    let member = |name: &str| {
        let jwk: serde_json::Value = serde_json::from_str(&jwk).unwrap();
        jwk[name].as_str().map(str::to_owned)
    };
    let first = member("n").or(member("x")).unwrap();
    let texts = [
        ("its PEM", pem.clone()),
        ("its PEM without the last line end", pem.trim_end().into()),
        ("its PEM and one more line end", format!("{pem}\n")),
        ("its PEM after a line end", format!("\n{pem}")),
        ("its PEM after a space", format!(" {pem}")),
        ("its PEM with CRLF", pem.replace('\n', "\r\n")),
        ("its PEM with CR", pem.replace('\n', "\r")),
        ("its PEM on one line", pem.replace('\n', "")),
        ("its PEM with spaces for line ends", pem.replace('\n', " ")),
        ("its PEM with written-out line ends", pem.replace('\n', "\\n")),
        ("its PEM after a byte-order mark", format!("\u{feff}{pem}")),
        ("its PEM in quotes", format!("\"{pem}\"")),
        ("its PEM named as PKCS#1", pem.replace("PUBLIC KEY", "RSA PUBLIC KEY")),
        ("the base64 within its PEM", body),
        ("its JWK", jwk.clone()),
        ("its JWK with spaces", jwk.replace(',', ", ").replace(':', ": ")),
        ("its JWK Set", format!(r#"{{"keys":[{jwk}]}}"#)),
        ("its JWK as the verifier has it", key.public.clone()),
        ("a member of its JWK", first.clone()),
    ];
    let utf16 = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let octets = [
        ("its PEM in UTF-16", utf16),
        ("its DER", der),
        ("the octets of a member of its JWK", decode(&first)),
        ("nothing", Vec::new()),
        ("one NUL", vec![0]),
    ];
    texts.into_iter().map(|(what, text)| (what, text.into_bytes())).chain(octets).collect()
}

fn public_key_as_secret(corpus: &mut Corpus) {
    corpus.begin("key-confusion");
    for (asymmetric, macs) in [
        (Algorithm::RS256, &[Algorithm::HS256, Algorithm::HS384, Algorithm::HS512][..]),
        (Algorithm::PS256, &[Algorithm::HS256]),
        (Algorithm::ES256, &[Algorithm::HS256]),
        (Algorithm::ES512, &[Algorithm::HS512]),
        (Algorithm::EdDSA, &[Algorithm::HS256]),
    ] {
        let key = Key::new(asymmetric);
        for (what, secret) in spellings(&key) {
            for &hmac in macs {
                let header = format!(r#"{{"alg":"{hmac}"}}"#);
                let token = signed_by(header, corpus.claims(), |input| mac(hmac, &secret, input));
                let reason = format!("{hmac} by {what}, for an {asymmetric} public key.");
                corpus.refused(&key, token, algorithm(), reason);
            }
        }
        for (what, secret) in spellings(&key).into_iter().step_by(5) {
            let token = signed_by(key.header(), corpus.claims(), |input| mac(Algorithm::HS256, &secret, input));
            let reason = format!("An HMAC by {what} under the header of {asymmetric}.");
            corpus.refused(&key, token, signature(), reason);
        }
    }
    let set = Key::in_a_set(Algorithm::RS256);
    let pem = spellings(&Key::new(Algorithm::RS256)).swap_remove(0).1;
    for (header, refusal, reason) in [
        (r#"{"alg":"HS256"}"#, no_key(), "HS256 by the public key, for a set of public keys."),
        (r#"{"alg":"HS256","kid":"key-1"}"#, algorithm(), "HS256 by the public key that the kid names in a set."),
        (r#"{"alg":"HS256","kid":"key-2"}"#, algorithm(), "HS256 by the other public key of a set."),
    ] {
        let token = signed_by(header, corpus.claims(), |input| mac(Algorithm::HS256, &pem, input));
        corpus.refused(&set, token, refusal, reason);
    }
}

fn another_algorithm(corpus: &mut Corpus) {
    corpus.begin("another-algorithm");
    for &sent in Algorithm::ALL {
        for &expected in Algorithm::ALL.iter().filter(|&&expected| expected != sent) {
            if is_rsa(sent) != is_rsa(expected) && (is_long_rsa(sent) || is_long_rsa(expected)) {
                continue;
            }
            let (sender, key) = (Key::new(sent), Key::new(expected));
            let reason = format!("A valid {sent} token where the key is for {expected}.");
            corpus.refused(&key, sender.plain(corpus.claims()), algorithm(), reason);
        }
    }
    for name in ["ES256K", "Ed448", "RS1", "HS1", "ES224", "RSA1_5", "dir", "A128KW", "PBES2-HS256+A128KW", "ESB256"] {
        let key = Key::new(Algorithm::ES256);
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let reason = format!("{name} is an algorithm elsewhere, and not the key's.");
        corpus.refused(&key, key.token(header, corpus.claims()), algorithm(), reason);
    }
}

/// One signature under another name.
fn relabelled(corpus: &mut Corpus) {
    corpus.begin("relabelled");
    for &signed in Algorithm::ALL {
        for &named in Algorithm::ALL.iter().filter(|&&named| named != signed) {
            let key = Key::new(named);
            let token = signed_by(key.header(), corpus.claims(), |input| sign(signed, Owner::Issuer, input));
            if [signed, named].iter().all(|algorithm| matches!(algorithm, Algorithm::EdDSA | Algorithm::Ed25519)) {
                corpus.accepted(&key, token, "EdDSA over Ed25519 and Ed25519 are two names of one signature.");
                continue;
            }
            let family = is_rsa(signed) && is_rsa(named) || signed.is_symmetric() && named.is_symmetric();
            if family || !is_long_rsa(signed) && !is_long_rsa(named) && is_third(signed, named) {
                let reason = format!("A {signed} signature by the right key under the name {named}.");
                corpus.refused(&key, token, signature(), reason);
            }
        }
    }
}

/// One of RSA's algorithms with a hash longer than SHA-256. Of pairs across families those with SHA-256 are enough.
fn is_long_rsa(algorithm: Algorithm) -> bool {
    is_rsa(algorithm) && !algorithm.as_str().ends_with("256")
}

/// Of the pairs of unlike families a third is enough.
fn is_third(a: Algorithm, b: Algorithm) -> bool {
    (a.as_str().len() + b.as_str().len() + usize::from(b.as_str().as_bytes()[2])).is_multiple_of(3)
}

fn lookalikes(corpus: &mut Corpus) {
    corpus.begin("alg-lookalike");
    let (hs, es) = (Key::new(Algorithm::HS256), Key::new(Algorithm::ES256));
    for key in [&hs, &es] {
        let name = key.algorithm.as_str();
        let (head, last) = name.split_at(4);
        for (alg, what) in [
            (name.to_lowercase(), "in small letters"),
            (format!(" {name}"), "after a space"),
            (format!("{name} "), "before a space"),
            (format!("{name}\\u0000"), "before a NUL"),
            (format!("\\u0000{name}"), "after a NUL"),
            (format!("{name}\\n"), "before a line feed"),
            (format!("{name}\\r\\n"), "before a line end"),
            (format!("{name},{name}"), "twice"),
            (format!("{}-256", &name[..2]), "with a hyphen"),
            (format!("{} 256", &name[..2]), "with a space"),
            (format!("{}_256", &name[..2]), "with a low line"),
            (format!("{head}\u{ff16}"), "with a full-width digit"),
            (format!("{head}{last}\u{200b}"), "before a space of no width"),
            (format!("\u{feff}{name}"), "after a byte-order mark"),
            (name.replace('S', "\u{405}"), "with a Cyrillic letter"),
            (name.replace('S', "\u{17f}"), "with a long s"),
            (head.into(), "cut short"),
            (format!("{name}6"), "with a digit more"),
            (format!("{name}K"), "with a letter more"),
            (format!("http://www.w3.org/2001/04/xmldsig-more#{}", name.to_lowercase()), "as an XML signature's"),
            (name.replace("256", "\\\\u0032\\\\u0035\\\\u0036"), "with escapes that are themselves escaped"),
        ] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            let reason = format!("alg is the key's own name {what}.");
            corpus.refused(key, key.token(header, corpus.claims()), algorithm(), reason);
        }
        for (header, what) in [
            ("{}".to_owned(), "missing"),
            (r#"{"typ":"JWT"}"#.into(), "missing beside typ"),
            (format!(r#"{{"ALG":"{name}"}}"#), "written ALG"),
            (format!(r#"{{"Alg":"{name}"}}"#), "written Alg"),
            (format!(r#"{{"alg ":"{name}"}}"#), "followed by a space"),
            (r#"{"alg":null}"#.into(), "null"),
            (r#"{"alg":256}"#.into(), "a number"),
            (r#"{"alg":true}"#.into(), "true"),
            (r#"{"alg":false}"#.into(), "false"),
            (r#"{"alg":0}"#.into(), "zero"),
            (format!(r#"{{"alg":["{name}"]}}"#), "an array"),
            (format!(r#"{{"alg":["none","{name}"]}}"#), "an array with none in it"),
            (format!(r#"{{"alg":{{"{name}":1}}}}"#), "an object"),
            (format!(r#"{{"x":{{"alg":"{name}"}}}}"#), "within another member"),
        ] {
            let reason = format!("alg is {what}.");
            corpus.refused(key, key.token(header, corpus.claims()), parameter("alg"), reason);
        }
        let raw = format!("{{\"alg\":\"{name}\0\"}}");
        let reason = "alg ends in a NUL that is not written as an escape.";
        corpus.refused(key, key.token(raw, corpus.claims()), header("not well-formed json"), reason);
    }
    // The secret is right; only the header lies.
    let secret = secret(Owner::Issuer);
    let input = format!("{}.{}", encode(r#"{"alg":"RS256"}"#), encode(corpus.claims()));
    let token = format!("{input}.{}", encode(mac(Algorithm::HS256, &secret, input.as_bytes())));
    corpus.refused(&hs, token, algorithm(), "The header says RS256; the MAC is right for the HMAC key.");
}
