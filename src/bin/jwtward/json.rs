//! JSON taken apart without changing it. serde_json checks the grammar; the parts stay as written, since its values would
//! neither keep every number nor notice a name that occurs twice.

use std::fmt::Write;

use serde::de::IgnoredAny;

/// The most members or elements that are taken apart, and their deepest nesting: more than any use here has.
const MAX_PARTS: usize = 256;
const MAX_DEPTH: usize = 127;

const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Whether the text is one JSON object, whatever is in it.
pub(crate) fn is_object(text: &str) -> bool {
    text.trim_start_matches(WHITE_SPACE).starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// An object's members, their names without escapes and their values as written.
pub(crate) fn members(text: &str) -> Result<Vec<(String, &str)>, &'static str> {
    if !is_object(text) {
        return Err("not a json object");
    }
    let mut members: Vec<(String, &str)> = Vec::new();
    for member in parts(content(text), b',')? {
        let [name, value] = parts(member, b':')?[..] else { return Err("not a json object") };
        let name = string(name).ok_or("a member name holds a lone surrogate")?;
        if members.iter().any(|(earlier, _)| *earlier == name) {
            return Err("a member name occurs twice");
        }
        members.push((name, value));
    }
    Ok(members)
}

/// The elements of an array that was part of a text already checked; of anything else none.
pub(crate) fn elements(text: &str) -> Result<Vec<&str>, &'static str> {
    if text.starts_with('[') { parts(content(text), b',') } else { Ok(Vec::new()) }
}

/// The member of that name.
pub(crate) fn member<'a>(members: &[(String, &'a str)], name: &str) -> Option<&'a str> {
    members.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
}

/// A string without its quotes and escapes; `None` for a value of another type.
pub(crate) fn string(value: &str) -> Option<String> {
    serde_json::from_str(value).ok()
}

/// The text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What stands between the brackets of an object or array.
fn content(text: &str) -> &str {
    let text = text.trim_matches(WHITE_SPACE);
    text.strip_prefix(['{', '[']).and_then(|text| text.strip_suffix(['}', ']'])).unwrap_or_default()
}

/// Splits well-formed JSON at the separators that stand in no string and between no brackets.
fn parts(text: &str, separator: u8) -> Result<Vec<&str>, &'static str> {
    let mut parts = Vec::new();
    let (mut rest, mut taken) = (text, 0);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' if depth == MAX_DEPTH => return Err("nested too deep"),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ if octet == separator && depth == 0 => {
                if parts.len() == MAX_PARTS {
                    return Err("too many members or elements");
                }
                let (part, after) = rest.split_at_checked(at - taken).unwrap_or_default();
                parts.push(part.trim_matches(WHITE_SPACE));
                rest = after.get(1..).unwrap_or_default();
                taken = at + 1;
            }
            _ => {}
        }
    }
    let last = rest.trim_matches(WHITE_SPACE);
    if !last.is_empty() {
        parts.push(last);
    }
    Ok(parts)
}

/// Well-formed JSON as one line that is safe to show, of the same value: no line ends of any kind, and escapes for what a
/// terminal would take for a command or would not show.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Within a string these cannot stand unescaped.
            '\t' | '\n' | '\r' => line.push(' '),
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            c => line.push(c),
        }
    }
    line
}

/// Control characters, line and paragraph separators, and characters without width or that turn the direction of text.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_as_written() {
        let text = " {\"a\" : [1, {\"b\":2}] ,\"\\u0062\":\"x,\\\"}:\\\\\", \"c\":1e400,\"d\":{}}\r";
        let found = members(text).unwrap();
        let expected = [("a", "[1, {\"b\":2}]"), ("b", "\"x,\\\"}:\\\\\""), ("c", "1e400"), ("d", "{}")];
        assert_eq!(found.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>(), expected);
        assert_eq!(elements("[1, [2,3] ,\"]\"]"), Ok(vec!["1", "[2,3]", "\"]\""]));
        assert_eq!(members("{ }"), Ok(Vec::new()));
        assert_eq!(elements("[ ]"), Ok(Vec::new()));
        assert_eq!(elements("7"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_ambiguous_or_endless_is_refused() {
        for (text, reason) in [
            ("", "not a json object"),
            ("[]", "not a json object"),
            ("{\"a\":1} {}", "not a json object"),
            ("{\"a\":1,}", "not a json object"),
            ("{\"a\":1,\"\\u0061\":2}", "a member name occurs twice"),
            ("{\"\\ud800\":1}", "a member name holds a lone surrogate"),
        ] {
            assert_eq!(members(text), Err(reason), "{text}");
        }
        let nested = |depth| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(members(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(members(&nested(MAX_DEPTH + 1)), Err("nested too deep"));
        assert_eq!(members(&nested(1_000_000)), Err("nested too deep"));
        let wide = |names| format!("{{{}}}", (0..names).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(","));
        assert!(members(&wide(MAX_PARTS)).is_ok());
        assert_eq!(members(&wide(MAX_PARTS + 2)), Err("too many members or elements"));
    }

    #[test]
    fn one_line_keeps_the_value_and_hides_nothing() {
        let text = "{\"a\":\r\n\"\u{9b}2J\u{7f}\u{2028}\u{202e}\u{e0041}Zo\u{eb} \\n\"}";
        let line = one_line(text);
        assert_eq!(line, "{\"a\":  \"\\u009b2J\\u007f\\u2028\\u202e\\udb40\\udc41Zo\u{eb} \\n\"}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&line), value(text));
    }
}
