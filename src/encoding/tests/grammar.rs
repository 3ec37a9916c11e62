use serde::de::{self};
use serde_json::json;

use super::super::json::{Error, JsonError, Parser};
use super::support::*;

#[test]
fn what_is_not_json_is_a_syntax_error() {
    for text in [
        // Nothing, or not all.
        "",
        " ",
        "{",
        "[",
        "\"",
        "\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "[1",
        "[1,",
        "{\"a\":1,",
        "tru",
        "-",
        "1.",
        "1e",
        "1e+",
        // Too much.
        "{}x",
        "{}{}",
        "[] []",
        "1 2",
        "null,",
        "{}]",
        "true false",
        "\"a\"\"b\"",
        "{}\0",
        "0\u{a0}",
        // Commas and colons.
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[,]",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "{\"a\"}",
        "{\"a\",\"b\"}",
        "[1:2]",
        "{\"a\":}",
        "{:1}",
        // The wrong bracket.
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        // Names that are none.
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{null:1}",
        "{[]:1}",
        "{\"a\":1,b:2}",
        // Other languages' literals.
        "'a'",
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "inf",
        "True",
        "TRUE",
        "None",
        "undefined",
        "nulll",
        "truefalse",
        // Numbers.
        "+1",
        ".5",
        "-.5",
        "01",
        "-01",
        "00",
        "1.e5",
        "1.5.5",
        "1e5.5",
        "0x10",
        "1_000",
        "1e5e5",
        "--1",
        "1f",
        "٣",
        // Comments.
        "// a\n1",
        "1 // a",
        "/* a */ 1",
        "[1, /* a */ 2]",
        "# a\n1",
        // White space that is none.
        "\u{feff}{}",
        "{}\u{feff}",
        "\u{a0}1",
        "\u{2003}1",
        "\u{c}1",
        "\u{b}1",
        "\u{85}1",
        "[\u{2028}]",
        "\u{0}",
        // Escapes.
        r#""\x41""#,
        r#""\'""#,
        r#""\0""#,
        r#""\u""#,
        r#""\u12""#,
        r#""\u123""#,
        r#""\u+123""#,
        r#""\u 123""#,
        r#""\uu0061""#,
        r#""\U00000041""#,
        r#""\u00g0""#,
        r#""\v""#,
        r#""\a""#,
        r#""\B""#,
        r#""\é""#,
        r#""\u00é""#,
        r#""\uD83D\u12""#,
        "\"\\\n\"",
        r#""\"#,
        r#""\""#,
    ] {
        assert_eq!(refused(text), JsonError::Syntax, "{text:?}");
    }
}

#[test]
fn control_characters_are_escaped_in_strings() {
    for control in 0..0x20_u8 {
        let control = char::from(control);
        assert_eq!(refused(format!("\"{control}\"")), JsonError::Syntax);
        assert_eq!(refused(format!("{{\"{control}\":0}}")), JsonError::Syntax);
        assert_eq!(accepted(&format!("\"\\u{:04x}\"", u32::from(control))), control.to_string());
    }
    // Not control characters as JSON counts them.
    for character in ["\u{7f}", "\u{80}", "\u{2028}", "\u{feff}", "\u{fffe}", "\u{10ffff}"] {
        assert_eq!(accepted(&format!("\"{character}\"")), character);
    }
}

#[test]
fn only_four_white_space_characters_exist() {
    assert_eq!(accepted(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \t\r\n"), json!({"a": [1, 2], "b": {}}));
    for octet in 0..=0x7f_u8 {
        let text = format!("{}1", char::from(octet));
        let expected = matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'-' | b'1'..=b'9');
        assert_eq!(value(&text).is_ok(), expected, "{text:?}");
    }
}

#[test]
fn all_escapes_are_resolved() {
    assert_eq!(accepted(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(accepted(r#""\u0041\u00e9\u20AC\ud83d\uDE00\uDBFF\uDFFF\uFFFF\u0000""#), "Aé€😀\u{10ffff}\u{ffff}\0");
    assert_eq!(accepted(r#""a\\u0041""#), "a\\u0041");
    assert_eq!(accepted(r#"{"\u0061\/":1}"#), json!({"a/": 1}));
}

#[test]
fn every_character_is_read_from_its_escape() {
    for character in (0..=0x10_ffff_u32).step_by(7).filter_map(char::from_u32) {
        let mut units = [0; 2];
        let escape: String = character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        assert_eq!(read(format!("\"{escape}\"").as_bytes()), Ok(character), "{escape}");
    }
}

#[test]
fn surrogates_come_in_pairs() {
    for text in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud800a",
        r"\ud800\n",
        r"\ud800 \udc00",
        r"\ud800\ud800",
        r"\udc00\ud800",
        r"\udc00\udc00",
        r"\ud800\u0061",
        r"\ud800\ue000",
        r"a\ud83db",
        r"\ud83d\ude00\ude00",
        r"\uDEAD",
    ] {
        assert_eq!(refused(format!("\"{text}\"")), JsonError::LoneSurrogate, "{text}");
        assert_eq!(refused(format!("{{\"{text}\":0}}")), JsonError::LoneSurrogate, "{text}");
        assert_eq!(refused(format!("[{{\"a\":\"{text}\"}}]")), JsonError::LoneSurrogate, "{text}");
    }
    for neighbour in ["\\ud7ff", "\\ue000"] {
        accepted(&format!("\"{neighbour}\""));
    }
}

#[test]
fn what_is_not_utf_8_is_refused_wherever_it_stands() {
    for octets in [
        &b"\xff"[..],
        b"\"\xff\"",
        b"\"\xc0\x80\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf5\x80\x80\x80\"",
        b"{}\x80",
        b"\"\xc3\"",
        b"\xfe\xff\0{",
    ] {
        assert_eq!(refused(octets), JsonError::Utf8);
    }
}

#[test]
fn names_are_compared_after_their_escapes() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\u0061":1,"\u0061":2}"#,
        r#"{"é":1,"\u00e9":2}"#,
        r#"{"😀":1,"\ud83d\ude00":2}"#,
        r#"{"":1,"":2}"#,
        r#"{"/":1,"\/":2}"#,
        r#"{"a":{"b":{"a":1,"a":2}}}"#,
        r#"[[{"a":1,"b":2,"a":3}]]"#,
        r#"{"a":{"a":1},"b":1,"a":{"a":1}}"#,
        r#"{"a":[{"x":1},{"x":1,"y":2,"x":3}]}"#,
    ] {
        assert_eq!(refused(text), JsonError::DuplicateMember, "{text}");
    }
    for text in [
        r#"{"a":{"a":{"a":1}}}"#,
        r#"{"a":1,"A":2,"á":3,"a ":4,"a\u0000":5}"#,
        r#"[{"a":1},{"a":2}]"#,
        r#"{"x":{"a":1},"a":{"x":1,"a":2}}"#,
        // Two ways to write é stay two names: nothing is normalised.
        r#"{"\u00e9":1,"e\u0301":2}"#,
    ] {
        accepted(text);
    }
}

#[test]
fn the_last_of_256_members_may_not_repeat_the_first() {
    let members: String = (0..255).map(|i| format!("\"{i}\":0,")).collect();
    assert_eq!(refused(format!("{{{members}\"0\":0}}")), JsonError::DuplicateMember);
    assert_eq!(refused(format!("{{{members}\"254\":0}}")), JsonError::DuplicateMember);
    accepted(&format!("{{{members}\"255\":0}}"));
}

#[test]
fn an_object_is_asked_for_by_name() {
    for text in ["", "[]", "1", "\"{}\"", "null", " [{}]"] {
        let mut parser = Parser::new(text.as_bytes()).unwrap();
        assert_eq!(parser.object().err(), Some(JsonError::NotAnObject), "{text}");
    }
}

#[test]
fn errors_have_texts_and_hold_nothing_of_the_input() {
    for (error, text) in [
        (JsonError::Utf8, "not utf-8"),
        (JsonError::Syntax, "not well-formed json"),
        (JsonError::NotAnObject, "not a json object"),
        (JsonError::DuplicateMember, "a member name occurs twice"),
        (JsonError::TooDeep, "nested too deep"),
        (JsonError::TooManyMembers, "too many members in one object"),
        (JsonError::StringTooLong, "a string is too long"),
        (JsonError::NumberTooLong, "a number is too long"),
        (JsonError::NumberOutOfRange, "a number is out of range"),
        (JsonError::LoneSurrogate, "a string holds a lone surrogate"),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(Error::Json(error).to_string(), text);
    }
    assert_eq!(Error::Shape.to_string(), "a value is not of the expected type");
    assert_eq!(Error::MissingMember("canary").to_string(), "a required member is missing");
    let error = read::<u64>(b"\"canary\"").unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"));
    assert_eq!(<Error as de::Error>::custom("canary"), Error::Shape);
}
