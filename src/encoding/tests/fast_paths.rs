//! What is read several octets at a time, or by a short way, is read as one octet at a time would.

use proptest::prelude::*;

use crate::encoding::{
    json::{JsonError, Parser},
    number::{Number, scan, short_integer, value},
};

/// Where a string's plain text ends, one octet at a time.
fn end(text: &str) -> Result<usize, JsonError> {
    match text.bytes().position(|octet| octet == b'"' || octet < 0x20) {
        Some(at) if text.as_bytes()[at] == b'"' => Ok(at),
        _ => Err(JsonError::Syntax),
    }
}

#[test]
fn a_string_ends_where_its_first_quote_stands() {
    // What differs from an end by one bit or one, what looks like one with its highest bit set, and the ends themselves.
    for special in
        ['"', '!', '#', '\u{0}', '\u{1}', '\u{1f}', ' ', '\u{7f}', 'é', '\u{a2}', '\u{dc}', '\u{ffff}', '😀', '[', ']']
    {
        for (before, between) in (0..20).flat_map(|before| (0..10).map(move |between| (before, between))) {
            let text = format!("{}{special}{}\"{}", "a".repeat(before), "é".repeat(between), "\u{1}".repeat(before));
            let json = format!("\"{text}");
            let read = Parser::over(&json).string_or_skip();
            assert_eq!(read.map(|read| read.unwrap().len()), end(&text), "{json:?}");
        }
    }
}

#[test]
fn integers_are_read_alike_both_ways() {
    let digits = "12345678901234567890123456789012345678901234567890123456789012345678";
    let starts = ["", "-", "0", "00", "-0", "9", "18446744073709551615", "18446744073709551616", "9007199254740993"];
    for start in starts {
        for (length, tail) in (0..digits.len()).flat_map(|length| {
            ["", ",", "}", " ", ".", ".5", "e", "e1", "E+2", "-", "a", ":", "/"].map(|tail| (length, tail))
        }) {
            let text = format!("{start}{}{tail}", &digits[..length]);
            let slow = scan(text.as_bytes()).and_then(|end| value(&text[..end]).map(|value| (end, value)));
            match short_integer(text.as_bytes()) {
                Some((end, integer)) => assert_eq!(slow, Ok((end, Number::Unsigned(integer))), "{text}"),
                None => assert!(!(1..=18).contains(&text.len()) || !is_plain(&text), "{text}"),
            }
        }
    }
    assert_eq!(short_integer(b""), None);
    assert_eq!(short_integer(b"1234567890123456789"), None, "19 digits");
}

/// Digits alone, the first not zero.
fn is_plain(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// The same name with its first character as an escape.
fn escaped(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("\\u{:04x}{rest}", u32::from(first.as_bytes()[0]))
}

#[test]
fn a_name_is_found_again_wherever_and_however_it_was_written() {
    // More names than there are bits for them, with many that begin and end alike.
    let names: Vec<_> = (0..100).map(|i| format!("{}{i}{}", i % 7, i % 3)).collect();
    for (first, second) in [(0, 1), (0, 99), (3, 17), (42, 43), (98, 99)] {
        for escapes in 0..4 {
            let mut written = names.clone();
            written[second] = names[first].clone();
            for (bit, at) in [(1, first), (2, second)] {
                if escapes & bit != 0 {
                    written[at] = escaped(&written[at]);
                }
            }
            let object = |names: &[String]| {
                format!(
                    "{{{}}}",
                    names.iter().map(|name| format!("\"{name}\":{{\"{name}\":0}}")).collect::<Vec<_>>().join(",")
                )
            };
            assert_eq!(Parser::over(&object(&written)).raw_value(), Err(JsonError::DuplicateMember), "{escapes}");
            written.remove(second);
            assert!(Parser::over(&object(&written)).raw_value().is_ok());
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_as_serde_json_reads_it(text in any::<String>(), json in "\"[ -~é\\\\\"]{0,40}\"?") {
        let quoted = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(Parser::over(&quoted).string_or_skip().unwrap().unwrap(), text);
        let mut parser = Parser::over(&json);
        let read = parser.string_or_skip().map(|read| read.unwrap().into_owned());
        let read = read.ok().filter(|_| parser.end().is_ok());
        prop_assert_eq!(read, serde_json::from_str::<String>(&json).ok());
    }
}

#[test]
fn a_part_of_a_text_is_where_it_begins() {
    let text = "{\"a\":1}";
    for at in 0..text.len() {
        assert_eq!(Parser::over(text).place(&text[at..]), at);
    }
}
