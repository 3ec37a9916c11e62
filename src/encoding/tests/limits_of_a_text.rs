use super::super::{json::JsonError, limits};
use super::support::*;

#[test]
fn thirty_two_levels_are_accepted_and_no_more() {
    for (open, inner, close) in
        [("[", "", "]"), ("{\"a\":", "0", "}"), ("[0,", "0", "]"), (" [ ", " ", " ] "), ("{\"a\":0,\"b\":", "[]", "}")]
    {
        // The last one holds a level of its own.
        let depth = if inner == "[]" { 31 } else { 32 };
        accepted(&format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)));
        let deeper = format!("{}{inner}{}", open.repeat(depth + 1), close.repeat(depth + 1));
        assert_eq!(refused(deeper), JsonError::TooDeep);
    }
    let mixed = |n: usize| format!("{}1{}", "[{\"a\":".repeat(n), "}]".repeat(n));
    accepted(&mixed(16));
    assert_eq!(refused(format!("[{}]", mixed(16))), JsonError::TooDeep);
    assert_eq!(refused(format!("{{\"b\":{}}}", mixed(16))), JsonError::TooDeep);
}

#[test]
fn depth_is_refused_before_the_end_is_seen() {
    for text in ["[".repeat(33), "[".repeat(1 << 20), "{\"a\":".repeat(33), "[{\"a\":".repeat(100_000)] {
        assert_eq!(refused(text), JsonError::TooDeep);
    }
}

#[test]
fn depth_counts_what_is_open_not_what_was() {
    let wide = vec![format!("{}{}", "[".repeat(31), "]".repeat(31)); 100].join(",");
    accepted(&format!("[{wide}]"));
    let objects = (0..200).map(|i| format!("\"{i}\":{{}}")).collect::<Vec<_>>().join(",");
    accepted(&format!("{{{objects}}}"));
}

fn object(members: usize) -> String {
    format!("{{{}}}", (0..members).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(","))
}

#[test]
fn an_object_has_at_most_256_members() {
    assert_eq!(accepted(&object(256)).as_object().map(serde_json::Map::len), Some(256));
    assert_eq!(refused(object(257)), JsonError::TooManyMembers);
    assert_eq!(refused(format!("[{}]", object(257))), JsonError::TooManyMembers);
    assert_eq!(refused(format!("{{\"a\":{}}}", object(257))), JsonError::TooManyMembers);
    // Each object is counted alone, and arrays are not.
    accepted(&format!("{{\"a\":{0},\"b\":{0},\"c\":[{0},{0}]}}", object(256)));
    accepted(&format!("[{}]", vec!["0"; 1000].join(",")));
}

#[test]
fn a_string_has_at_most_64_kib_as_written() {
    let most = "a".repeat(limits::STRING);
    assert_eq!(accepted(&format!("\"{most}\"")), most.as_str());
    accepted(&format!("{{\"{most}\":0}}"));
    assert_eq!(refused(format!("\"{most}a\"")), JsonError::StringTooLong);
    assert_eq!(refused(format!("{{\"{most}a\":0}}")), JsonError::StringTooLong);
    // Without an end in sight.
    assert_eq!(refused(format!("\"{}", "a".repeat(1 << 20))), JsonError::StringTooLong);
    // Six octets to a character.
    let escaped = "\\u0061".repeat(limits::STRING / 6);
    accepted(&format!("\"{escaped}\""));
    assert_eq!(refused(format!("\"{escaped}\\u0061\"")), JsonError::StringTooLong);
    // The limit in the middle of an escape, or of a character.
    assert_eq!(refused(format!("\"{}\\n\"", &most[1..])), JsonError::StringTooLong);
    assert_eq!(refused(format!("\"{}é\"", &most[1..])), JsonError::StringTooLong);
}

#[test]
fn a_number_has_at_most_64_octets() {
    let fraction = |digits: usize| format!("0.{}", "3".repeat(digits));
    accepted(&fraction(62));
    accepted(&format!("-{}", fraction(61)));
    accepted(&format!("1e-{}1", "0".repeat(60)));
    for text in [fraction(63), format!("-{}", fraction(62)), format!("1e-{}1", "0".repeat(61)), "1".repeat(65)] {
        assert_eq!(refused(&text), JsonError::NumberTooLong, "{text}");
        assert_eq!(refused(format!("[{text}]")), JsonError::NumberTooLong);
    }
    assert_eq!(refused("1".repeat(1 << 20)), JsonError::NumberTooLong);
    // As long as may be, and too large.
    assert_eq!(refused("1".repeat(64)), JsonError::NumberOutOfRange);
}

#[test]
fn numbers_are_in_range_or_refused() {
    for text in
        ["18446744073709551615", "-9223372036854775808", "1.7976931348623157e308", "5e-324", "-0", "0", "1e-400"]
    {
        accepted(text);
    }
    for text in
        ["18446744073709551616", "-9223372036854775809", "1.7976931348623159e308", "1e309", "-1e309", "1e99999999"]
    {
        assert_eq!(refused(text), JsonError::NumberOutOfRange, "{text}");
        assert_eq!(refused(format!("{{\"a\":[{text}]}}")), JsonError::NumberOutOfRange, "{text}");
    }
}
