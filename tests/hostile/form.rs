//! The token's outer form: segments, base64url, and sizes.

use jwtward::Algorithm;

use crate::{
    corpus::{
        Corpus, SMALL, base64, crit_unknown, header_too_large, parameter, payload, segments, signature, too_large,
        too_short,
    },
    keys::{Key, encode},
};

pub(crate) fn add(corpus: &mut Corpus) {
    structure(corpus);
    around(corpus);
    alphabet(corpus);
    trailing_bits(corpus);
    sizes(corpus);
}

/// A valid token's three segments.
fn parts(key: &Key, corpus: &Corpus) -> [String; 3] {
    let token = key.plain(corpus.claims());
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

fn structure(corpus: &mut Corpus) {
    corpus.begin("structure");
    for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::RS256] {
        let key = Key::new(algorithm);
        for (form, reason) in [
            ("HPS", "No dot at all."),
            ("H.P", "The signature and its dot are missing."),
            ("H.PS", "The second dot is missing."),
            ("HP.S", "The first dot is missing."),
            ("P.S", "The header is missing."),
            ("H.S", "The payload is missing."),
            ("H.P.", "The signature is empty."),
            ("H..", "Payload and signature are empty."),
            ("..S", "Header and payload are empty."),
            (".P.", "Header and signature are empty."),
            (".P.S", "The header is empty."),
            ("H.P.S.", "A dot at the end."),
            (".H.P.S", "A dot at the beginning."),
            ("H..P.S", "Two dots after the header."),
            ("H.P..S", "Two dots before the signature."),
            ("H.P.S.S", "A fourth segment."),
            ("H.P.S.S.S", "Five segments, as a JWE has."),
            ("H..P.S.", "Five segments, some empty, as a JWE may have."),
            ("H.P.S,H.P.S", "Two tokens with a comma."),
            ("H.P.S H.P.S", "Two tokens with a space."),
            ("H.P.SH.P.S", "Two tokens without anything between."),
        ] {
            let [h, p, s] = parts(&key, corpus);
            let token = form.replace('H', "\u{1}").replace('P', "\u{2}").replace('S', "\u{3}");
            let token = token.replace('\u{1}', &h).replace('\u{2}', &p).replace('\u{3}', &s);
            corpus.refused(&key, token, segments(), reason);
        }
        let [h, p, s] = parts(&key, corpus);
        corpus.refused(&key, format!("{h}..{s}"), signature(), "The payload was taken out.");
        let reason = "An empty payload, validly signed, is a JWS and no JWT.";
        corpus.refused(&key, key.over(&format!("{h}.")), payload("not a json object"), reason);
        corpus.refused(&key, format!("{p}.{h}.{s}"), parameter("alg"), "Header and payload are swapped.");
    }
    let key = Key::new(Algorithm::HS256);
    for (token, reason) in [
        ("", "Nothing."),
        (".", "One dot."),
        ("..", "Two dots."),
        ("...", "Three dots."),
        ("....", "Four dots."),
        ("a.b.c", "Letters between dots."),
        ("e30..A", "One octet too few for any token."),
        ("      ", "Six spaces."),
        ("null", "The text null."),
        ("\n", "A line feed."),
        ("\u{0}", "A NUL."),
        ("Bearer", "The scheme alone."),
    ] {
        corpus.refused(&key, token.into(), too_short(), reason);
    }
    for (token, reason) in [
        ("undefined", "The text undefined."),
        (".......", "Seven dots."),
        ("{\"alg\":\"none\"}", "A header that is not encoded."),
        ("[object Object]", "What a script made of an object."),
        ("-----BEGIN PUBLIC KEY-----", "The beginning of a key."),
    ] {
        corpus.refused(&key, token.into(), segments(), reason);
    }
    corpus.refused(&key, "e30..AA".into(), parameter("alg"), "The smallest token there is; it names no algorithm.");
    corpus.refused(&key, "e30.e30.AA".into(), parameter("alg"), "Empty objects, and one octet for a signature.");
    for dots in [100, 8192] {
        corpus.refused(&key, ".".repeat(dots), segments(), format!("{dots} dots."));
    }
    let [h, p, s] = parts(&key, corpus);
    for (token, reason) in [
        (format!(r#"{{"protected":"{h}","payload":"{p}","signature":"{s}"}}"#), "The flattened JSON serialization."),
        (
            format!(r#"{{"payload":"{p}","signatures":[{{"protected":"{h}","signature":"{s}"}}]}}"#),
            "The general JSON serialization.",
        ),
        (format!(r#"{{"payload":"{p}","signatures":[]}}"#), "The general JSON serialization without a signature."),
        (
            format!(r#"{{"payload":"{p}","header":{{"alg":"HS256"}},"signature":"{s}"}}"#),
            "The JSON serialization with an unprotected header.",
        ),
        (format!(r#"["{h}","{p}","{s}"]"#), "The segments as a JSON array."),
    ] {
        corpus.refused(&key, token, segments(), reason);
    }
    let token = [h.as_str(), &p, &s].join(".");
    for (json, reason) in [
        (
            format!(r#"{{"{token}":"","protected":"{h}","payload":"{p}","signature":"{s}"}}"#),
            "JSON to one reader, three segments to another (CVE-2022-39227).",
        ),
        (format!(r#"  {{"{h}.{p}.": "", "signature": "{s}"}}"#), "JSON whose name is the beginning of a token."),
        (format!(r#"{{"x":"{token}"}}"#), "A token within JSON."),
        (format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#), "A whole OAuth response."),
    ] {
        corpus.refused(&key, json, base64(), reason);
    }
    for head in [
        r#"{"alg":"dir","enc":"A256GCM"}"#,
        r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#,
        r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}"#,
        r#"{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC"}}"#,
        r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#,
        r#"{"alg":"HS256"}"#,
    ] {
        let head = encode(head);
        for middle in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let jwe = format!("{head}.{middle}.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA");
            corpus.refused(&key, jwe, segments(), "A JWE of five segments where a JWS is due.");
        }
    }
    for head in [r#"{"alg":"dir","enc":"A256GCM"}"#, r#"{"enc":"A256GCM","alg":"A128KW"}"#] {
        let token = key.token(head, corpus.claims());
        corpus.refused(&key, token, crate::corpus::algorithm(), "A JWE's header over a validly signed JWS.");
    }
    let detached = key.over(&format!("{}.", encode(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#)));
    corpus.refused(&key, detached, crit_unknown(), "A JWS with a detached payload that is not encoded.");
}

fn around(corpus: &mut Corpus) {
    corpus.begin("around");
    let key = Key::new(Algorithm::EdDSA);
    for (before, after, reason) in [
        ("Bearer ", "", "The scheme before the token."),
        ("bearer ", "", "The scheme in small letters before the token."),
        ("JWT ", "", "Another scheme before the token."),
        (" ", "", "A space before the token."),
        ("", " ", "A space after the token."),
        ("\t", "", "A tab before the token."),
        ("", "\n", "A line feed after the token."),
        ("", "\r\n", "A line end after the token."),
        ("\n", "", "A line feed before the token."),
        ("\"", "\"", "Quotes around the token."),
        ("'", "'", "Single quotes around the token."),
        ("<", ">", "Angle brackets around the token."),
        ("", ",", "A comma after the token."),
        ("", ";", "A semicolon after the token."),
        ("", "?x=1", "A query after the token."),
        ("", "#x", "A fragment after the token."),
        ("", "&x", "A parameter after the token."),
        ("", "\u{0}", "A NUL after the token."),
        ("\u{0}", "", "A NUL before the token."),
        ("\u{feff}", "", "A byte-order mark before the token."),
        ("", "\u{200b}", "A space of no width after the token."),
        ("\u{202e}", "", "A mark that turns the direction of writing."),
        ("token=", "", "A name before the token."),
        ("", "~", "A tilde after the token, as an SD-JWT has."),
        ("", "~WyJhIiwiYiIsMV0~", "A disclosure after the token, as an SD-JWT has."),
    ] {
        let token = key.plain(corpus.claims());
        corpus.refused(&key, format!("{before}{token}{after}"), base64(), reason);
    }
}

fn alphabet(corpus: &mut Corpus) {
    corpus.begin("base64url");
    for (segment, algorithm) in [(0, Algorithm::HS256), (1, Algorithm::ES256), (2, Algorithm::RS256)] {
        let key = Key::new(algorithm);
        let which = ["header", "payload", "signature"][segment];
        type Change = fn(&str) -> String;
        let changes: [(Change, &str); 30] = [
            (|s| format!("{s}="), "ends in a padding character"),
            (|s| format!("{s}=="), "ends in two padding characters"),
            (|s| format!("{s}==="), "ends in three padding characters"),
            (|s| format!("={s}"), "begins with a padding character"),
            (|s| format!("{}={}", &s[..4], &s[4..]), "has a padding character within"),
            (|s| format!("{s}%3D"), "ends in an escaped padding character"),
            (|s| format!("{}+{}", &s[..4], &s[5..]), "has a plus sign"),
            (|s| format!("{}/{}", &s[..4], &s[5..]), "has a slash"),
            (|s| format!("{}?{}", &s[..4], &s[5..]), "has a question mark"),
            (|s| format!("{}~{}", &s[..4], &s[5..]), "has a tilde"),
            (|s| format!("{}*{}", &s[..4], &s[5..]), "has an asterisk"),
            (|s| format!("{}!{}", &s[..4], &s[5..]), "has an exclamation mark"),
            (|s| format!("{}%{}", &s[..4], &s[5..]), "has a per cent sign"),
            (|s| format!("{}\\{}", &s[..4], &s[5..]), "has a backslash"),
            (|s| format!(" {s}"), "begins with a space"),
            (|s| format!("{s} "), "ends in a space"),
            (|s| format!("{} {}", &s[..4], &s[4..]), "has a space within"),
            (|s| format!("{}\n{}", &s[..4], &s[4..]), "has a line feed within"),
            (|s| format!("{}\r\n{}", &s[..4], &s[4..]), "has a line end within"),
            (|s| format!("{s}\n"), "ends in a line feed"),
            (|s| format!("{s}\t"), "ends in a tab"),
            (|s| format!("{s}\0"), "ends in a NUL"),
            (|s| format!("{}\0{}", &s[..4], &s[5..]), "has a NUL within"),
            (|s| format!("{}\u{b}{}", &s[..4], &s[4..]), "has a vertical tab within"),
            (|s| format!("{s}\u{e9}"), "ends in a letter beyond ASCII"),
            (|s| format!("{}\u{a0}{}", &s[..4], &s[4..]), "has a no-break space within"),
            (|s| format!("{}\u{200b}{}", &s[..4], &s[4..]), "has a space of no width within"),
            (|s| format!("\u{ff21}{}", &s[1..]), "begins with a full-width letter"),
            (|s| format!("\u{410}{}", &s[1..]), "begins with a Cyrillic letter"),
            (|s| format!("{}\u{2013}{}", &s[..4], &s[5..]), "has a dash in place of a hyphen"),
        ];
        for (change, what) in changes {
            let mut parts = parts(&key, corpus);
            parts[segment] = change(&parts[segment]);
            // Header and payload are signed as they stand, so that nothing else is wrong with the token.
            let token = if segment < 2 { key.over(&parts[..2].join(".")) } else { parts.join(".") };
            corpus.refused(&key, token, base64(), format!("The {which} {what}."));
        }
        let mut parts = parts(&key, corpus);
        while parts[segment].len() % 4 != 1 {
            parts[segment].push('A');
        }
        let token = if segment < 2 { key.over(&parts[..2].join(".")) } else { parts.join(".") };
        let reason = format!("The {which} has a length that no octets have, 1 modulo 4.");
        corpus.refused(&key, token, base64(), reason);
    }
}

fn trailing_bits(corpus: &mut Corpus) {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    corpus.begin("trailing-bits");
    for (segment, algorithm) in
        [(0, Algorithm::EdDSA), (1, Algorithm::ES384), (2, Algorithm::HS256), (2, Algorithm::EdDSA)]
    {
        let key = Key::new(algorithm);
        let which = ["header", "payload", "signature"][segment];
        for spaces in 0..3 {
            if segment == 2 && spaces > 0 {
                continue;
            }
            let (header, payload) = (key.header(), corpus.claims());
            let pad = " ".repeat(spaces);
            let token = match segment {
                0 => key.token(header + &pad, payload),
                _ => key.token(header, payload + &pad),
            };
            let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
            let unused = match parts[segment].len() % 4 {
                2 => 15,
                3 => 3,
                _ => continue,
            };
            let last = parts[segment].pop().unwrap();
            let index = ALPHABET.find(last).unwrap();
            for bits in [1, 2, 3, 8, 15].into_iter().filter(|&bits| bits <= unused) {
                let mut parts = parts.clone();
                parts[segment].push(char::from(ALPHABET.as_bytes()[index | bits]));
                let token = if segment < 2 { key.over(&parts[..2].join(".")) } else { parts.join(".") };
                let reason = format!("The {which}'s last character has bits set that belong to no octet.");
                corpus.refused(&key, token, base64(), reason);
            }
        }
    }
}

fn sizes(corpus: &mut Corpus) {
    corpus.begin("size");
    let key = Key::new(Algorithm::HS256);
    let token = |length: usize, corpus: &Corpus| {
        let claims = corpus.claims();
        (0..length)
            .rev()
            .map(|padding| claims.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(padding)), 1))
            .find(|payload| (payload.len() * 4).div_ceil(3) + 65 == length)
            .map(|payload| key.plain(payload))
            .unwrap()
    };
    let exact = token(8192, corpus);
    assert_eq!(exact.len(), 8192);
    corpus.accepted(&key, exact, "A token of 8192 octets, exactly the limit.");
    let over = key.plain(corpus.claims_with(&format!(r#""x":"{}""#, "x".repeat(6014))));
    let size = over.len();
    assert!((8193..8200).contains(&size), "{size}");
    corpus.refused(&key, over, too_large(size, 8192), "Some octets over the limit of 8192, validly signed.");
    let dots = ".".repeat(8193);
    corpus.refused(&key, dots, too_large(8193, 8192), "One dot over the limit.");
    let [h, p, s] = parts(&key, corpus);
    let spaces = format!("{h}.{p}.{s}{}", " ".repeat(8200 - h.len() - p.len() - s.len()));
    let size = spaces.len();
    corpus.refused(&key, spaces, too_large(size, 8192), "A small token, and spaces up to the limit and over it.");
    let header = |length: usize| {
        let padding = length * 3 / 4 - r#"{"alg":"HS256","x":""}"#.len();
        format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(padding))
    };
    let largest = key.token(header(4096), corpus.claims());
    assert_eq!(largest.find('.'), Some(4096));
    corpus.accepted(&key, largest, "An encoded header of 4096 octets, exactly the limit.");
    let larger = key.token(format!("{} ", header(4096)), corpus.claims());
    corpus.refused(&key, larger, header_too_large(), "An encoded header of some octets over the limit of 4096.");
    let long = format!("{}.{p}.{s}", "A".repeat(4097));
    corpus.refused(&key, long, header_too_large(), "4097 letters for a header.");
    corpus.under(&SMALL);
    for extra in [1, 2, 3, 40, 400] {
        let mut token = key.plain(corpus.claims_with(&format!(r#""x":"{}""#, "x".repeat(150 + extra))));
        token.truncate(300 + extra);
        let size = token.len();
        corpus.refused(&key, token, too_large(size, 300), "Larger than the limit of its policy.");
    }
}
