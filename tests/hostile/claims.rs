//! Claims that do not hold; each token is validly signed.

use jwtward::Algorithm;

use crate::{
    corpus::{
        AUDIENCE, Corpus, ISSUER, LEEWAY, NUMBER_TOO_LONG, OUT_OF_RANGE, Refusal, expired, in_future, mismatch,
        missing, not_yet, payload, wrong_type,
    },
    keys::Key,
};

pub(crate) fn add(corpus: &mut Corpus) {
    times(corpus);
    types_of_times(corpus);
    issuer(corpus);
    audience(corpus);
    others(corpus);
    leeway(corpus);
}

/// The usual claims with one of them replaced, or taken away.
fn with(corpus: &Corpus, claim: &str, value: Option<&str>) -> String {
    let id = format!("\"{}\"", corpus.id());
    let issuer = format!("\"{ISSUER}\"");
    let audience = format!("\"{AUDIENCE}\"");
    let usual = [("iss", issuer.as_str()), ("aud", &audience), ("exp", "1800000900"), ("jti", &id)];
    let mut members: Vec<String> =
        usual.iter().filter(|(name, _)| *name != claim).map(|(name, value)| format!("\"{name}\":{value}")).collect();
    members.extend(value.map(|value| format!("\"{claim}\":{value}")));
    format!("{{{}}}", members.join(","))
}

fn case(corpus: &mut Corpus, key: &Key, claim: &str, value: Option<&str>, refusal: Refusal, reason: &str) {
    let token = key.plain(with(corpus, claim, value));
    corpus.refused(key, token, refusal, reason);
}

fn times(corpus: &mut Corpus) {
    corpus.begin("time");
    let key = Key::new(Algorithm::HS256);
    for (exp, reason) in [
        ("1800000000", "exp is now: from that second on a token has expired."),
        ("1799999999", "exp was a second ago."),
        ("1799999999.9999999999", "exp was less than a nanosecond ago."),
        ("1799999100", "exp was fifteen minutes ago."),
        ("1799913600", "exp was a day ago."),
        ("1", "exp is the second second of 1970."),
        ("0", "exp is zero."),
        ("-0", "exp is minus zero."),
        ("0.0", "exp is zero with a fraction."),
        ("-1", "exp is before 1970."),
        ("-1800000900", "exp is the right one with a sign."),
        ("-9223372036854775808", "exp is the smallest 64-bit integer."),
        ("-1e300", "exp is minus 10^300."),
        ("1e-300", "exp is next to zero."),
        ("1.8e9", "exp is now, in scientific notation."),
        ("18E8", "exp is now, with a large exponent."),
        ("1800000000.0", "exp is now, with a fraction of zero."),
    ] {
        case(corpus, &key, "exp", Some(exp), expired(), reason);
    }
    case(corpus, &key, "exp", None, missing("exp"), "exp is missing.");
    for (name, reason) in [
        ("EXP", "exp is written EXP."),
        ("Exp", "exp is written Exp."),
        ("exp ", "exp is followed by a space."),
        (" exp", "exp follows a space."),
        ("\u{ff45}xp", "exp has a full-width letter."),
        ("e\u{445}p", "exp has a Cyrillic letter."),
        ("expires", "exp is called expires."),
        ("expiration", "exp is called expiration."),
        ("exp\\u0000", "exp is followed by a NUL."),
    ] {
        let token = key.plain(with(corpus, "exp", None).replacen('{', &format!("{{\"{name}\":1800000900,"), 1));
        corpus.refused(&key, token, missing("exp"), reason);
    }
    let token = key.plain(with(corpus, "exp", None).replacen('{', r#"{"data":{"exp":1800000900},"#, 1));
    corpus.refused(&key, token, missing("exp"), "exp is within another claim alone.");
    let token = key.token(r#"{"alg":"HS256","exp":1800000900}"#, with(corpus, "exp", None));
    corpus.refused(&key, token, missing("exp"), "exp is in the header alone.");
    for (nbf, reason) in [
        ("1800000001", "nbf is in a second."),
        ("1800000000.5", "nbf is in half a second."),
        ("1800000000.0000000001", "nbf is in less than a nanosecond."),
        ("1800000899", "nbf is just before exp."),
        ("1900000000", "nbf is after exp."),
        ("9223372036854775807", "nbf is the largest signed 64-bit integer."),
        ("9223372036854775808", "nbf is 2^63."),
        ("18446744073709551615", "nbf is 2^64-1."),
        ("1e300", "nbf is 10^300."),
        ("4294967296", "nbf is 2^32."),
        ("1800000000000", "nbf is in milliseconds."),
    ] {
        case(corpus, &key, "nbf", Some(nbf), not_yet(), reason);
        let reason = reason.replace("nbf", "iat");
        case(corpus, &key, "iat", Some(nbf), in_future(), &reason);
    }
    for claim in ["exp", "nbf", "iat"] {
        for (number, refusal) in [
            ("1e400", OUT_OF_RANGE),
            ("-1e400", OUT_OF_RANGE),
            ("18446744073709551616", OUT_OF_RANGE),
            ("-9223372036854775809", OUT_OF_RANGE),
            ("18446744075509552516", OUT_OF_RANGE),
            ("99999999999999999999999999999999999999999999999999999999999999999999", NUMBER_TOO_LONG),
        ] {
            let reason = format!("{claim} is {number}, which no 64-bit type holds.");
            case(corpus, &key, claim, Some(number), payload(refusal), &reason);
        }
        let reason = format!("{claim} has more digits than can be held exactly.");
        let long = format!("1800000900.{}", "1".repeat(50));
        case(corpus, &key, claim, Some(&long), wrong_type(claim), &reason);
    }
    // An expired token is called expired whatever else is wrong with its claims.
    let claims =
        format!(r#"{{"iss":"https://attacker.example","aud":"x","exp":1,"nbf":1900000000,"jti":"{}"}}"#, corpus.id());
    corpus.refused(&key, key.plain(claims), expired(), "Expired, not valid yet, and of another issuer and audience.");
}

fn types_of_times(corpus: &mut Corpus) {
    corpus.begin("time-type");
    let key = Key::new(Algorithm::ES256);
    for claim in ["exp", "nbf", "iat"] {
        for (value, what) in [
            (r#""1800000900""#, "a text of digits"),
            (r#""""#, "the empty text"),
            (r#""never""#, "a word"),
            (r#""99999999999""#, "a text of digits far away"),
            (r#""2027-01-15T08:15:00Z""#, "a date"),
            (r#""Infinity""#, "the text Infinity"),
            (r#""NaN""#, "the text NaN"),
            ("true", "true"),
            ("false", "false"),
            ("null", "null"),
            ("[]", "an empty array"),
            ("[1800000900]", "an array"),
            ("[[]]", "an array of an array"),
            ("{}", "an empty object"),
            (r#"{"exp":1800000900}"#, "an object"),
            (r#"{"$gt":0}"#, "an object as a database takes it"),
            (r#"{"valueOf":1800000900}"#, "an object as a script takes it"),
        ] {
            let reason = format!("{claim} is {what}, and not to be taken for absent.");
            case(corpus, &key, claim, Some(value), wrong_type(claim), &reason);
        }
    }
}

fn issuer(corpus: &mut Corpus) {
    corpus.begin("issuer");
    let key = Key::new(Algorithm::EdDSA);
    case(corpus, &key, "iss", None, missing("iss"), "iss is missing.");
    for (iss, what) in [
        ("", "empty"),
        ("https://attacker.example", "another one"),
        ("https://auth.example/", "with a slash at its end"),
        ("https://auth.example//", "with two slashes at its end"),
        ("https://auth.exampl", "cut short"),
        ("https://auth.examplee", "with a letter more"),
        ("https://auth.example ", "with a space at its end"),
        (" https://auth.example", "with a space before it"),
        ("https://auth.example\\n", "with a line feed at its end"),
        ("https://auth.example\\u0000", "with a NUL at its end"),
        ("https://auth.example\\u0000.attacker.example", "up to a NUL"),
        ("HTTPS://auth.example", "with a scheme in capital letters"),
        ("https://AUTH.example", "with a host in capital letters"),
        ("http://auth.example", "without TLS"),
        ("https://auth.example:443", "with the port that it has anyway"),
        ("https://auth.example/?", "with an empty query"),
        ("https://auth.example#", "with an empty fragment"),
        ("https://auth.example.", "with a dot at its end"),
        ("https://user@auth.example", "with a user's name"),
        ("https://auth.example@attacker.example", "as a user's name at another host"),
        ("https://auth.example.attacker.example", "as a part of another host's name"),
        ("https://attacker.example/https://auth.example", "within another URL"),
        ("https://attacker.example?https://auth.example", "within the query of another URL"),
        ("https://auth.example,https://attacker.example", "first of a list"),
        ("https://auth%2eexample", "with an escaped dot"),
        ("https://%61uth.example", "with an escaped letter"),
        ("https://\u{430}uth.example", "with a Cyrillic letter"),
        ("https://auth\u{ff0e}example", "with a full-width dot"),
        ("https://auth\u{3002}example", "with an ideographic full stop"),
        ("https://auth.e\u{301}xample", "with an accent"),
        ("https://auth.\u{200b}example", "with a space of no width"),
        ("https:\\\\/\\\\/auth.example", "with escapes that are themselves escaped"),
        ("https://xn--uth-7cd.example", "in Punycode"),
        ("auth.example", "without its scheme"),
        ("//auth.example", "without its scheme, with slashes"),
        ("*", "an asterisk"),
        (".*", "a pattern"),
        ("https://*.example", "a pattern of hosts"),
        ("null", "the text null"),
    ] {
        let reason = format!("iss is the expected one or looks like it: {what}.");
        case(corpus, &key, "iss", Some(&format!("\"{iss}\"")), mismatch("iss"), &reason);
    }
    for value in [
        "null",
        "1",
        "0",
        "true",
        "[]",
        r#"["https://auth.example"]"#,
        r#"["https://attacker.example","https://auth.example"]"#,
        "{}",
        r#"{"https://auth.example":1}"#,
    ] {
        case(corpus, &key, "iss", Some(value), wrong_type("iss"), "iss is not a text.");
    }
    for name in ["ISS", "Iss", "issuer", "iss ", "\u{131}ss"] {
        let token = key.plain(with(corpus, "iss", None).replacen('{', &format!("{{\"{name}\":\"{ISSUER}\","), 1));
        corpus.refused(&key, token, missing("iss"), "iss has another name.");
    }
}

fn audience(corpus: &mut Corpus) {
    corpus.begin("audience");
    let key = Key::new(Algorithm::ES512);
    case(corpus, &key, "aud", None, missing("aud"), "aud is missing.");
    for (aud, reason) in [
        ("[]", "aud is an empty array."),
        (r#""""#, "aud is the empty text."),
        (r#"[""]"#, "aud is an array of the empty text."),
        (r#"["",""]"#, "aud is an array of empty texts."),
        (r#""ap""#, "aud is the beginning of the audience."),
        (r#""pi""#, "aud is the end of the audience."),
        (r#""apis""#, "aud begins with the audience."),
        (r#""xapi""#, "aud ends with the audience."),
        (r#""api ""#, "aud is the audience and a space."),
        (r#"" api""#, "aud is a space and the audience."),
        (r#""API""#, "aud is the audience in capital letters."),
        (r#""Api""#, "aud is the audience with a capital letter."),
        (r#""api,other""#, "aud is a list in one text, with a comma."),
        (r#""api other""#, "aud is a list in one text, with a space."),
        (r#""[\"api\"]""#, "aud is an array in a text."),
        (r#""https://example.com/api""#, "aud is a URL that ends in the audience."),
        (r#""api/""#, "aud is the audience and a slash."),
        (r#"["ap","i"]"#, "aud holds the audience in pieces."),
        (r#"["a","p","i"]"#, "aud holds the audience letter by letter."),
        (r#"["*"]"#, "aud is an asterisk in an array."),
        (r#""*""#, "aud is an asterisk."),
        (r#"".*""#, "aud is a pattern."),
        (r#"["\u0430pi"]"#, "aud has a Cyrillic letter."),
        (r#""ap\u0131""#, "aud has an i without a dot."),
        (r#""api\u0000""#, "aud is the audience and a NUL."),
        (r#""api\u0301""#, "aud is the audience with an accent."),
        (r#""api\n""#, "aud is the audience and a line feed."),
        (r#"["other"]"#, "aud is another audience in an array."),
        (r#"["other","API","api "]"#, "aud holds three audiences, none the right one."),
        (r#""null""#, "aud is the text null."),
    ] {
        case(corpus, &key, "aud", Some(aud), mismatch("aud"), reason);
    }
    for (aud, reason) in [
        ("null", "aud is null."),
        ("true", "aud is true."),
        ("0", "aud is zero."),
        ("1", "aud is a number."),
        ("{}", "aud is an object without members."),
        (r#"{"api":1}"#, "aud is an object with the audience for a name."),
        (r#"{"0":"api"}"#, "aud is an object that looks like an array."),
        (r#"["api",1]"#, "aud holds the audience and a number."),
        (r#"[1,"api"]"#, "aud holds a number and the audience."),
        (r#"["api",null]"#, "aud holds the audience and null."),
        (r#"[["api"]]"#, "aud holds an array."),
        (r#"["api",{}]"#, "aud holds the audience and an object."),
        (r#"["api",["x"]]"#, "aud holds the audience and an array."),
        ("[null]", "aud holds null."),
        ("[true]", "aud holds true."),
        ("[0]", "aud holds zero."),
    ] {
        case(corpus, &key, "aud", Some(aud), wrong_type("aud"), reason);
    }
}

fn others(corpus: &mut Corpus) {
    corpus.begin("claim-type");
    let key = Key::new(Algorithm::RS256);
    for claim in ["sub", "jti"] {
        for value in ["null", "0", "1.5", "true", "[]", r#"["x"]"#, "{}", r#"{"x":1}"#] {
            let id = corpus.id();
            let claims = with(corpus, claim, Some(value)).replacen('{', &format!("{{\"n\":\"{id}\","), 1);
            corpus.refused(&key, key.plain(claims), wrong_type(claim), format!("{claim} is {value} and not a text."));
        }
    }
}

fn leeway(corpus: &mut Corpus) {
    corpus.begin("leeway");
    corpus.under(&LEEWAY);
    let key = Key::new(Algorithm::ES384);
    for (claim, value, refusal, reason) in [
        ("exp", "1799999940", expired(), "exp was 60 seconds ago: the leeway of 60 ends."),
        ("exp", "1799999939", expired(), "exp was 61 seconds ago."),
        ("exp", "1799999939.999", expired(), "exp was a millisecond longer ago than the leeway."),
        ("exp", "1799999940.0", expired(), "exp was 60 seconds ago, with a fraction of zero."),
        ("nbf", "1800000061", not_yet(), "nbf is in 61 seconds, a second past the leeway."),
        ("nbf", "1800000060.001", not_yet(), "nbf is a millisecond past the leeway."),
        ("iat", "1800000061", in_future(), "iat is in 61 seconds, a second past the leeway."),
        ("iat", "1800000060.001", in_future(), "iat is a millisecond past the leeway."),
        ("exp", "-60", expired(), "exp is minus 60: the leeway reaches 1970 and not now."),
        ("nbf", "18446744073709551615", not_yet(), "nbf is 2^64-1: less the leeway it does not wrap."),
        ("iat", "9223372036854775807", in_future(), "iat is 2^63-1: less the leeway it does not wrap."),
    ] {
        case(corpus, &key, claim, Some(value), refusal, reason);
    }
}
