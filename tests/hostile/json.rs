//! JSON that only some readers take, in the payload and in the header; each token is validly signed.

use jwtward::Algorithm;

use crate::{
    corpus::{
        Corpus, DUPLICATE, NOT_AN_OBJECT, NUMBER_TOO_LONG, OUT_OF_RANGE, SURROGATE, SYNTAX, TOO_DEEP, TOO_MANY, UTF8,
        header, payload,
    },
    keys::Key,
};

pub(crate) fn add(corpus: &mut Corpus) {
    payloads(corpus);
    values(corpus);
    headers(corpus);
}

/// Values that are no JSON, and what each is.
const NOT_JSON: [(&str, &str); 52] = [
    ("NaN", "NaN"),
    ("nan", "nan"),
    ("Infinity", "Infinity"),
    ("-Infinity", "minus Infinity"),
    ("inf", "inf"),
    ("True", "True with a capital letter"),
    ("FALSE", "FALSE in capital letters"),
    ("Null", "Null with a capital letter"),
    ("None", "None"),
    ("undefined", "undefined"),
    ("nul", "a literal cut short"),
    ("nulll", "a literal with a letter more"),
    ("truefalse", "two literals together"),
    ("'x'", "a text in single quotes"),
    ("`x`", "a text in backquotes"),
    ("x", "a bare word"),
    ("0x10", "a hexadecimal number"),
    ("0b1", "a binary number"),
    ("0o7", "an octal number"),
    ("010", "a number with a zero in front"),
    ("00", "two zeros"),
    ("-01", "a negative number with a zero in front"),
    ("+1", "a number with a plus sign"),
    (".5", "a number without an integer part"),
    ("5.", "a number without a fraction after its point"),
    ("1e", "a number without an exponent after its e"),
    ("1e+", "a number with the sign of an exponent alone"),
    ("1.e3", "a number with a point and an exponent"),
    ("- 1", "a sign apart from its number"),
    ("--1", "two signs"),
    ("-", "a sign alone"),
    ("1_000", "a number with a low line"),
    ("1,000", "a number with a comma"),
    ("1n", "a number with a suffix"),
    ("\u{661}", "an Arabic digit"),
    ("\u{ff11}", "a full-width digit"),
    ("[1,]", "an array that ends in a comma"),
    ("[,1]", "an array that begins with a comma"),
    ("[1 2]", "an array without a comma"),
    ("[1", "an array that does not end"),
    ("[1}", "an array that ends as an object"),
    (r#"{"a":1,}"#, "an object that ends in a comma"),
    (r#"{"a"}"#, "a name without a value"),
    (r#"{a:1}"#, "a name without quotes"),
    (r#""\x41""#, "a text with a hexadecimal escape"),
    (r#""\'""#, "a text with an escaped single quote"),
    (r#""\u12""#, "a text with a short escape"),
    (r#""\uZZZZ""#, "a text with an escape that is no number"),
    (r#""\u+123""#, "a text with an escape that has a sign"),
    (r#""\"#, "a text that ends in a backslash"),
    (r#""abc"#, "a text that does not end"),
    ("", "nothing"),
];

fn payloads(corpus: &mut Corpus) {
    corpus.begin("payload-json");
    let key = Key::new(Algorithm::EdDSA);
    for (text, reason) in [
        ("[]", "The payload is an array."),
        (
            r#"[{"iss":"https://auth.example","aud":"api","exp":1800000900}]"#,
            "The payload is an array with claims in it.",
        ),
        (r#""claims""#, "The payload is a text."),
        ("1800000900", "The payload is a number."),
        ("null", "The payload is null."),
        ("true", "The payload is true."),
        ("false", "The payload is false."),
        ("0", "The payload is zero."),
        (" ", "The payload is a space."),
        ("\n", "The payload is a line feed."),
        ("NaN", "The payload is NaN."),
        ("<claims/>", "The payload is XML."),
        ("exp: 1800000900", "The payload is YAML."),
        ("exp=1800000900&aud=api", "The payload is a form."),
        ("\u{a1}cexp\u{1a}kI", "The payload looks like CBOR."),
        ("(function(){return 1})()", "The payload is a script."),
        (")]}',\n{}", "The payload has a prefix against inclusion as a script."),
        ("//\n{}", "The payload begins with a comment."),
        ("/**/{}", "The payload begins with a comment that ends."),
        ("#\n{}", "The payload begins with a hash sign."),
        ("\u{1e}{}", "The payload begins as a JSON sequence has it."),
    ] {
        corpus.refused(&key, key.plain(text), payload(NOT_AN_OBJECT), reason);
    }
    for (before, after, what) in [
        ("\u{feff}", "", "A byte-order mark before the object"),
        ("\0", "", "A NUL before the object"),
        ("[", "]", "The object in an array"),
        ("\"", "\"", "The object in quotes"),
        ("\u{a0}", "", "A no-break space before the object"),
        ("\u{b}", "", "A vertical tab before the object"),
        ("1", "", "A digit before the object"),
    ] {
        let text = format!("{before}{}{after}", corpus.claims());
        corpus.refused(&key, key.plain(text), payload(NOT_AN_OBJECT), format!("{what}."));
    }
    for (after, what) in [
        ("x", "A letter"),
        ("}", "A brace"),
        ("]", "A bracket"),
        (",", "A comma"),
        (";", "A semicolon"),
        ("\0", "A NUL"),
        ("\u{feff}", "A byte-order mark"),
        ("\u{a0}", "A no-break space"),
        ("\u{c}", "A form feed"),
        ("//", "A comment"),
        ("/**/", "A comment that ends"),
        ("{}", "Another object"),
        ("\n{}", "Another object on a line of its own"),
        (" null", "A null"),
        (r#"{"iss":"https://auth.example","aud":"admin"}"#, "Other claims"),
        (" 0", "A number"),
    ] {
        let text = format!("{}{after}", corpus.claims());
        corpus.refused(&key, key.plain(text), payload(SYNTAX), format!("{what} after the object."));
    }
    let claims = corpus.claims();
    for (from, to, reason) in [
        ("}", ",}", "A comma before the end."),
        ("{", "{,", "A comma before the first member."),
        (",\"aud\"", ",,\"aud\"", "Two commas."),
        (",\"aud\"", " \"aud\"", "A comma is missing."),
        (",\"aud\"", ";\"aud\"", "A semicolon for a comma."),
        ("\"exp\":", "\"exp\"=", "An equals sign for a colon."),
        ("\"exp\":", "\"exp\"::", "Two colons."),
        ("\"exp\":", "\"exp\" ", "A colon is missing."),
        ("\"exp\"", "exp", "A name without quotes."),
        ("\"exp\"", "'exp'", "A name in single quotes."),
        ("\"exp\"", "1", "A number for a name."),
        ("\"exp\"", "null", "A null for a name."),
        ("}", "", "The end is missing."),
        ("}", "/*x*/}", "A comment before the end."),
        ("{", "{//x\n", "A comment up to the end of a line."),
        ("{", "{#x\n", "A comment after a hash sign."),
        ("{", "{\u{a0}", "A no-break space for white space."),
        ("{", "{\u{2028}", "A line separator for white space."),
        ("{", "{\u{c}", "A form feed for white space."),
        ("{", "{\u{feff}", "A byte-order mark within the object."),
        ("{", "{\0", "A NUL for white space."),
        ("{", "{...", "Dots before the first member."),
        ("}", "]", "A bracket for the last brace."),
    ] {
        let mutated = corpus.claims().replacen(from, to, 1);
        assert_ne!(mutated, claims, "{reason}");
        corpus.refused(&key, key.plain(mutated), payload(SYNTAX), reason);
    }
    for (octets, what) in [
        (&b"\"\xff\""[..], "an octet that UTF-8 never has"),
        (b"\"\x80\"", "a continuation without a beginning"),
        (b"\"\xc3\"", "a character cut short"),
        (b"\"\xc0\xaf\"", "an overlong slash"),
        (b"\"\xc0\x80\"", "an overlong NUL"),
        (b"\"\xe0\x80\xaf\"", "an overlong slash of three octets"),
        (b"\"\xed\xa0\x80\"", "a surrogate"),
        (b"\"\xed\xa0\xbd\xed\xb8\x80\"", "a pair of surrogates"),
        (b"\"\xf4\x90\x80\x80\"", "a number beyond U+10FFFF"),
        (b"\"\xf8\x88\x80\x80\x80\"", "a character of five octets"),
        (b"\xfe", "a bare octet that is none"),
        (b"\"caf\xe9\"", "Latin-1"),
    ] {
        let id = corpus.id();
        let claims = [&b"{\"x\":"[..], octets, format!(",\"jti\":\"{id}\",\"exp\":1800000900}}").as_bytes()].concat();
        corpus.refused(&key, key.plain(claims), payload(UTF8), format!("The payload is not UTF-8: {what}."));
        let head = [&b"{\"alg\":\"EdDSA\",\"x\":"[..], octets, b"}"].concat();
        let token = key.token(head, corpus.claims());
        corpus.refused(&key, token, header(UTF8), format!("The header is not UTF-8: {what}."));
    }
    let name = [&b"{\"\xff\":1,"[..], &corpus.claims().as_bytes()[1..]].concat();
    corpus.refused(&key, key.plain(name), payload(UTF8), "The name of a member is not UTF-8.");
    for (encode, what) in [
        (u16::to_le_bytes as fn(u16) -> [u8; 2], "UTF-16, low octet first"),
        (u16::to_be_bytes, "UTF-16, high octet first"),
    ] {
        let octets: Vec<u8> = corpus.claims().encode_utf16().flat_map(encode).collect();
        let refusal = if what.ends_with("low octet first") { payload(SYNTAX) } else { payload(NOT_AN_OBJECT) };
        corpus.refused(&key, key.plain(octets), refusal, format!("The payload is {what}."));
    }
    for (members, what) in [
        (r#""exp":1800000900"#, "exp, alike"),
        (r#""exp":1"#, "exp, long past first"),
        (r#""\u0065xp":1800000900"#, "exp, once with an escape"),
        (r#""e\u0078p":1,"#, "exp, in another place with an escape"),
        (r#""iss":"https://attacker.example""#, "iss"),
        (r#""\u0069\u0073\u0073":"https://attacker.example""#, "iss, with escapes alone"),
        (r#""aud":"admin""#, "aud"),
        (r#""aud":["api"]"#, "aud, a text and an array"),
        (r#""jti":"x""#, "jti"),
        (r#""sub":"alice","sub":"admin""#, "sub"),
        (r#""sub":"alice","s\u0075b":"admin""#, "sub, once with an escape"),
        (r#""admin":false,"admin":true"#, "a claim of one's own"),
        (r#""admin":false,"\u0061dmin":true"#, "a claim of one's own, once with an escape"),
        (r#""":1,"":2"#, "the empty name"),
        (r#""x":{"admin":false,"admin":true}"#, "a name within a claim"),
        (r#""x":[[[{"y":{"z":1,"z":1}}]]]"#, "a name deep within a claim"),
        (r#""x":{"a":1,"b":2,"c":3,"\u0061":4}"#, "a name within a claim, not side by side"),
        (r#""\ud83d\ude00":1,"😀":2"#, "a character, once as an escaped pair"),
    ] {
        let text = corpus.claims_with(members.trim_end_matches(','));
        corpus.refused(&key, key.plain(text), payload(DUPLICATE), format!("The payload has a name twice: {what}."));
    }
    let many: Vec<String> = (0..253).map(|i| format!("\"{i}\":0")).collect();
    let text = corpus.claims_with(&many.join(","));
    corpus.refused(&key, key.plain(text), payload(TOO_MANY), "257 members in one object.");
    let many: Vec<String> = (0..257).map(|i| format!("\"{i}\":0")).collect();
    let text = corpus.claims_with(&format!("\"x\":{{{}}}", many.join(",")));
    corpus.refused(&key, key.plain(text), payload(TOO_MANY), "257 members in an object within a claim.");
    let head = format!("{{\"alg\":\"EdDSA\",{}}}", many.join(","));
    corpus.refused(&key, key.token(head, corpus.claims()), header(TOO_MANY), "258 members in the header.");
}

fn values(corpus: &mut Corpus) {
    corpus.begin("payload-value");
    let key = Key::new(Algorithm::HS256);
    let with = |corpus: &Corpus, value: &str| key.plain(corpus.claims_with(&format!("\"x\":{value}")));
    for (value, what) in NOT_JSON {
        let token = with(corpus, value);
        corpus.refused(&key, token, payload(SYNTAX), format!("A claim's value is {what}."));
    }
    for control in (0..0x20_u8).map(char::from) {
        let token = with(corpus, &format!("\"{control}\""));
        let reason = format!("A text holds the control character U+{:04X}, not escaped.", u32::from(control));
        corpus.refused(&key, token, payload(SYNTAX), reason);
    }
    for escape in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\udbff\udbff",
        r"\ud800x",
        r"\ud800\n",
        r"\udc00\ud800",
        r"\ud800A",
        r"\ud83d \ude00",
        r"\ud83d\u0061",
        r"\uD800\uD800\uDC00",
    ] {
        let token = with(corpus, &format!("\"{escape}\""));
        corpus.refused(&key, token, payload(SURROGATE), format!("A text holds half a surrogate pair: {escape}."));
        let token = key.plain(corpus.claims_with(&format!("\"{escape}\":1")));
        corpus.refused(&key, token, payload(SURROGATE), format!("A name holds half a surrogate pair: {escape}."));
    }
    for number in [
        "1e400",
        "-1e400",
        "1E+309",
        "1.8e308",
        "-1.5e999999999",
        "1e99999999999999999999",
        "18446744073709551616",
        "-9223372036854775809",
        "99999999999999999999",
        "100000000000000000000000000000",
        "340282366920938463463374607431768211456",
    ] {
        let token = with(corpus, number);
        corpus.refused(&key, token, payload(OUT_OF_RANGE), format!("A number that no 64-bit type holds: {number}."));
    }
    for (number, what) in [
        ("1".repeat(65), "of 65 digits"),
        (format!("0.{}", "1".repeat(63)), "of 65 octets with a fraction"),
        (format!("1e{}1", "0".repeat(62)), "of 65 octets with an exponent"),
        ("1".repeat(1000), "of a thousand digits"),
        (format!("-{}", "9".repeat(2000)), "of two thousand digits, negative"),
        (format!("1E-{}", "9".repeat(1000)), "with an exponent of a thousand digits"),
    ] {
        let token = with(corpus, &number);
        corpus.refused(&key, token, payload(NUMBER_TOO_LONG), format!("A number {what}."));
    }
    for (open, inner, close, what) in [
        ("[", "", "]", "Arrays"),
        (r#"{"a":"#, "1", "}", "Objects"),
        (r#"[{"a":"#, "1", "}]", "Arrays and objects"),
        ("[0,", "1", "]", "Arrays with something before the next"),
    ] {
        for depth in [32, 33, 64, 200] {
            let bomb = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            let token = with(corpus, &bomb);
            corpus.refused(&key, token, payload(TOO_DEEP), format!("{what} nested {depth} times within a claim."));
        }
    }
    for (claim, depth) in [("x", 2000), ("aud", 500), ("iss", 500), ("exp", 500), ("nbf", 500), ("jti", 500)] {
        let text = format!("{{\"{claim}\":{}", "[".repeat(depth));
        let reason = format!("{depth} opening brackets for {claim}, and no closing one.");
        corpus.refused(&key, key.plain(text), payload(TOO_DEEP), reason);
    }
    let text = r#"{"a":"#.repeat(400);
    corpus.refused(&key, key.plain(text), payload(TOO_DEEP), "400 objects that are never closed.");
}

fn headers(corpus: &mut Corpus) {
    corpus.begin("header-json");
    let key = Key::new(Algorithm::HS256);
    for (text, reason) in [
        ("[]", "The header is an array."),
        (r#"[{"alg":"HS256"}]"#, "The header is an array with a header in it."),
        (r#""HS256""#, "The header is a text."),
        ("null", "The header is null."),
        ("true", "The header is true."),
        ("256", "The header is a number."),
        (" ", "The header is a space."),
        ("alg: HS256", "The header is YAML."),
        ("HS256", "The header is a bare word."),
        ("\u{feff}{\"alg\":\"HS256\"}", "A byte-order mark before the header."),
        ("\0{\"alg\":\"HS256\"}", "A NUL before the header."),
    ] {
        corpus.refused(&key, key.token(text, corpus.claims()), header(NOT_AN_OBJECT), reason);
    }
    for (text, reason) in [
        (r#"{"alg":"HS256"}x"#, "A letter after the header."),
        (r#"{"alg":"HS256"}{"alg":"none"}"#, "Another header after the header."),
        (r#"{"alg":"HS256"},"#, "A comma after the header."),
        ("{\"alg\":\"HS256\"}\0", "A NUL after the header."),
        ("{\"alg\":\"HS256\"}\u{feff}", "A byte-order mark after the header."),
        (r#"{"alg":"HS256",}"#, "A comma before the header's end."),
        (r#"{,"alg":"HS256"}"#, "A comma before the header's first member."),
        (r#"{"alg":"HS256""#, "The header does not end."),
        (r#"{"alg":"HS256"#, "The header ends within a text."),
        (r#"{"alg":}"#, "alg without a value."),
        (r#"{"alg"}"#, "alg without a colon."),
        ("{", "One brace."),
        (r#"{alg:"HS256"}"#, "alg without quotes."),
        (r#"{'alg':'HS256'}"#, "A header in single quotes."),
        (r#"{"alg":HS256}"#, "alg is a bare word."),
        (r#"{"alg":"HS256"/*none*/}"#, "A comment in the header."),
        ("{\"alg\":\"HS256\"//none\n}", "A comment up to the end of a line in the header."),
        ("{\u{a0}\"alg\":\"HS256\"}", "A no-break space in the header."),
        (r#"{"alg":"HS256";"typ":"JWT"}"#, "A semicolon in the header."),
        (r#"{"alg"="HS256"}"#, "An equals sign in the header."),
    ] {
        corpus.refused(&key, key.token(text, corpus.claims()), header(SYNTAX), reason);
    }
    for (value, what) in NOT_JSON.into_iter().step_by(2) {
        let head = format!("{{\"alg\":\"HS256\",\"x\":{value}}}");
        corpus.refused(
            &key,
            key.token(head, corpus.claims()),
            header(SYNTAX),
            format!("A parameter's value is {what}."),
        );
    }
    for escape in [r"\ud800", r"\udfff", r"\ud800x", r"\udc00\ud800"] {
        for head in [format!(r#"{{"alg":"HS256","kid":"{escape}"}}"#), format!(r#"{{"alg":"HS256","{escape}":1}}"#)] {
            let reason = format!("The header holds half a surrogate pair: {escape}.");
            corpus.refused(&key, key.token(head, corpus.claims()), header(SURROGATE), reason);
        }
    }
    for number in ["1e400", "18446744073709551616", "-9223372036854775809"] {
        let head = format!(r#"{{"alg":"HS256","x":{number}}}"#);
        let reason = format!("The header holds a number that no 64-bit type holds: {number}.");
        corpus.refused(&key, key.token(head, corpus.claims()), header(OUT_OF_RANGE), reason);
    }
    let head = format!(r#"{{"alg":"HS256","x":{}}}"#, "1".repeat(65));
    corpus.refused(&key, key.token(head, corpus.claims()), header(NUMBER_TOO_LONG), "The header holds 65 digits.");
    for parameter in ["x", "alg", "kid", "typ", "crit", "jwk"] {
        let head = format!(r#"{{"{parameter}":{}"#, "[".repeat(500));
        let reason = format!("500 opening brackets for {parameter}, and no closing one.");
        corpus.refused(&key, key.token(head, corpus.claims()), header(TOO_DEEP), reason);
    }
    for depth in [32, 100] {
        let head = format!(r#"{{"alg":"HS256","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        corpus.refused(
            &key,
            key.token(head, corpus.claims()),
            header(TOO_DEEP),
            format!("Arrays nested {depth} times."),
        );
    }
}
