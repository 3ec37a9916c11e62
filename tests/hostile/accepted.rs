//! Tokens that must be accepted, so that refusing everything is no answer.

use jwtward::Algorithm;
use serde_json::json;

use crate::{
    corpus::{ACCESS, AUDIENCE, Corpus, ISSUER, LEEWAY, SMALL},
    keys::{Key, encode, public_jwk},
};

pub(crate) fn add(corpus: &mut Corpus) {
    corpus.begin("accepted");
    every_algorithm(corpus);
    headers(corpus);
    claims(corpus);
    audiences_and_times(corpus);
    json_forms(corpus);
    policies(corpus);
}

fn every_algorithm(corpus: &mut Corpus) {
    for &algorithm in Algorithm::ALL {
        let key = Key::new(algorithm);
        corpus.accepted(&key, key.plain(corpus.claims()), format!("An ordinary {algorithm} token."));
        let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"key-1"}}"#);
        corpus.accepted(&key, key.token(header, corpus.claims()), "The header has typ and the key's own kid.");
        let header = format!(r#" {{ "typ" : "JWT" ,{}"alg" : "{algorithm}" }} "#, "\r\n\t");
        corpus.accepted(&key, key.token(header, corpus.claims()), "White space that JSON allows, in the header.");
        let unnamed = Key::unnamed(algorithm);
        let header = format!(r#"{{"kid":"any","alg":"{algorithm}"}}"#);
        let reason = "The only key has no name, so a kid in the header names nothing.";
        corpus.accepted(&unnamed, unnamed.token(header, corpus.claims()), reason);
    }
    for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA] {
        let set = Key::in_a_set(algorithm);
        let header = format!(r#"{{"alg":"{algorithm}","kid":"key-1"}}"#);
        corpus.accepted(&set, set.token(header, corpus.claims()), "The kid chooses one key of two.");
    }
}

fn headers(corpus: &mut Corpus) {
    let key = Key::new(Algorithm::ES256);
    let attackers = public_jwk(Algorithm::ES256, crate::keys::Owner::Attacker);
    for (members, reason) in [
        (r#""\u0061lg":"ES256""#.into(), "The name alg is written with an escape."),
        (r#""alg":"\u0045S256""#.into(), "The value of alg is written with an escape."),
        (r#""alg":"ES256","ALG":"none""#.into(), "Names of members differ by letter case: ALG is not alg."),
        (r#""alg":"ES256","x":{"alg":"none"}"#.into(), "An alg within another member is not the header's."),
        (r#""alg":"ES256","typ":"application/jwt""#.into(), "typ may be written as a whole media type."),
        (r#""alg":"ES256","cty":"example""#.into(), "A content type that is no JWT means nothing here."),
        (format!(r#""alg":"ES256","jwk":{attackers}"#), "A key in the header is ignored; the right key has signed."),
        (r#""alg":"ES256","jku":"https://attacker.example/jwks""#.into(), "A jku in the header is ignored."),
        (r#""alg":"ES256","x5u":"https://attacker.example/x""#.into(), "An x5u in the header is ignored."),
        (r#""alg":"ES256","x5c":["MAA="]"#.into(), "An x5c in the header is ignored."),
        (r#""alg":"ES256","x5t":"AAAA","x5t#S256":7"#.into(), "Thumbprints in the header are ignored."),
        (r#""alg":"ES256","exp":1,"iss":"x""#.into(), "Claims repeated in the header are no claims."),
        (r#""alg":"ES256","é":"ü","日本":"😀""#.into(), "Names and values beyond ASCII are JSON."),
        (r#""alg":"ES256","x":[1,-0,1e3,null,true,{}]"#.into(), "Unknown parameters of every JSON type are ignored."),
    ] {
        corpus.accepted(&key, key.token(format!("{{{members}}}"), corpus.claims()), reason);
    }
}

fn claims(corpus: &mut Corpus) {
    let key = Key::new(Algorithm::HS256);
    for (members, reason) in [
        (r#""EXP":1"#, "EXP is somebody's own claim, not exp."),
        (r#""Iss":"https://attacker.example""#, "Iss is somebody's own claim, not iss."),
        (r#""data":{"exp":1,"iss":"x","aud":"y"}"#, "Claims within another claim are not the token's."),
        (r#""sub":"","nonce":"""#, "Empty texts are texts."),
        (r#""sub":"\u0000\ud83d\ude00\/""#, "Escapes in a text, a surrogate pair among them."),
        (r#""data":[[[[[[[[[[1]]]]]]]]]]"#, "Nesting within reason."),
        (r#""n":18446744073709551615,"m":-9223372036854775808"#, "Integers at the ends of 64 bits."),
        (r#""n":1.7976931348623157e308,"m":5e-324"#, "Floats at the ends of their range."),
        (r#""n":-0,"m":0.0,"o":1E+2,"p":1e-2"#, "Every notation of a number that JSON has."),
        (r#""":"the empty name""#, "The empty name is a name."),
        (r#""a":1,"A":2,"à":3,"a\u0300":4"#, "Four names that only look alike."),
        (r#""scope":"read write","roles":["admin"],"admin":false"#, "Claims that no RFC 7519 name is among."),
    ] {
        corpus.accepted(&key, key.plain(corpus.claims_with(members)), reason);
    }
}

fn audiences_and_times(corpus: &mut Corpus) {
    let key = Key::new(Algorithm::ES384);
    for (aud, reason) in [
        (json!(["api"]), "aud is an array of one."),
        (json!(["other", "api"]), "aud is an array that has the audience somewhere."),
        (json!(["api", "api"]), "The audience twice is the audience."),
        (json!(["", "API", "api"]), "Other audiences beside the right one."),
    ] {
        let claims = corpus.claims().replace(r#""aud":"api""#, &format!(r#""aud":{aud}"#));
        corpus.accepted(&key, key.plain(claims), reason);
    }
    for (exp, reason) in [
        ("1800000001", "exp is one second away."),
        ("1800000000.5", "exp is half a second away."),
        ("1800000000.0000000001", "exp is a tenth of a nanosecond away."),
        ("1.8000009e9", "exp in scientific notation."),
        ("18000009E+2", "exp in scientific notation, without a fraction."),
        ("1800000900.000", "exp with a fraction of zero."),
        ("9007199254740993", "exp beyond what a 64-bit float tells apart."),
        ("9223372036854775808", "exp of 2^63 is later than now, and not wrapped."),
        ("18446744073709551615", "exp of 2^64-1 is later than now."),
        ("1e300", "exp of 10^300 is later than now."),
    ] {
        let claims = corpus.claims().replace("1800000900", exp);
        corpus.accepted(&key, key.plain(claims), reason);
    }
    for (members, reason) in [
        (r#""nbf":1800000000"#, "nbf is now."),
        (r#""nbf":1799999999.999"#, "nbf is a moment ago."),
        (r#""iat":1800000000"#, "iat is now."),
        (r#""nbf":-1,"iat":-9223372036854775808"#, "Negative times are long past."),
        (r#""nbf":0,"iat":-0"#, "Zero, with and without its sign, is 1970."),
        (r#""iat":1.8e9,"nbf":1.8E9"#, "Times in scientific notation."),
    ] {
        corpus.accepted(&key, key.plain(corpus.claims_with(members)), reason);
    }
}

fn json_forms(corpus: &mut Corpus) {
    let key = Key::new(Algorithm::EdDSA);
    let claims = corpus.claims();
    let spaced = claims.replace(',', " ,\r\n\t").replace(":\"", " : \"");
    corpus.accepted(&key, key.plain(format!("\t{spaced}\n\n")), "White space that JSON allows, in the payload.");
    let escaped = corpus.claims().replace("iss", r"\u0069s\u0073").replace("api", r"a\u0070i");
    corpus.accepted(&key, key.plain(escaped), "Names and values of claims written with escapes.");
    let slashes = corpus.claims().replace('/', r"\/");
    corpus.accepted(&key, key.plain(slashes), "Slashes written with escapes.");
    for (depth, reason) in
        [(30, "Nested 31 deep with the object itself."), (31, "Nested 32 deep, the deepest allowed.")]
    {
        let deep = format!(r#""x":{}{}"#, "[".repeat(depth), "]".repeat(depth));
        corpus.accepted(&key, key.plain(corpus.claims_with(&deep)), reason);
    }
    let members: Vec<String> = (0..252).map(|i| format!(r#""{i}":0"#)).collect();
    corpus.accepted(&key, key.plain(corpus.claims_with(&members.join(","))), "256 members, the most in one object.");
    let long = format!(r#""x":{}"#, "1".repeat(19));
    corpus.accepted(&key, key.plain(corpus.claims_with(&long)), "An integer of 19 digits.");
    let long = format!(r#""x":0.{}"#, "1".repeat(62));
    corpus.accepted(&key, key.plain(corpus.claims_with(&long)), "A number written with 64 octets, the most allowed.");
    // 0, 1 and 2 octets in the last group of every segment.
    for spaces in 1..=3 {
        let header = format!("{}{}", key.header(), " ".repeat(spaces));
        let payload = format!("{}{}", corpus.claims(), " ".repeat(spaces));
        corpus.accepted(&key, key.token(header, payload), "Segments of every length modulo 4 that base64url has.");
    }
}

fn policies(corpus: &mut Corpus) {
    let key = Key::new(Algorithm::PS256);
    corpus.under(&ACCESS);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt", "at+\\u006awt"] {
        let header = format!(r#"{{"alg":"PS256","typ":"{typ}"}}"#);
        corpus.accepted(&key, key.token(header, corpus.claims()), "A spelling of the media type that is expected.");
    }
    let key = Key::new(Algorithm::HS512);
    corpus.under(&LEEWAY);
    let claims = |exp: &str, more: &str, id: String| {
        format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":{exp}{more},"jti":"{id}"}}"#)
    };
    for (exp, more, reason) in [
        ("1799999941", "", "exp was 59 seconds ago, within the leeway of 60."),
        ("1799999940.001", "", "exp is within the leeway by a millisecond."),
        ("1800000900", r#","nbf":1800000060"#, "nbf is in 60 seconds, just within the leeway."),
        ("1800000900", r#","iat":1800000060"#, "iat is in 60 seconds, just within the leeway."),
    ] {
        corpus.accepted(&key, key.plain(claims(exp, more, corpus.id())), reason);
    }
    corpus.under(&SMALL);
    let claims = corpus.claims();
    let token = |padding: usize| {
        let payload = claims.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(padding)), 1);
        (payload.len() * 4).div_ceil(3) + encode(key.header()).len() + 86 + 2
    };
    let padding = (0..200).find(|&padding| token(padding) == 300).unwrap();
    let payload = corpus.claims_with(&format!(r#""x":"{}""#, "x".repeat(padding)));
    let exact = key.plain(payload);
    assert_eq!(exact.len(), 300);
    corpus.accepted(&key, exact, "A token exactly as large as the limit of its policy.");
}
