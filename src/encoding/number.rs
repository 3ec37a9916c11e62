//! JSON numbers: the grammar of RFC 8259 section 6, then an exact value or a refusal.

use super::{error::JsonError, limits};

/// A number's value. Integers are exact; what has a fraction or an exponent is the nearest 64-bit float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Unsigned(u64),
    Negative(i64),
    Float(f64),
}

/// The length in octets of the number that `text` begins with. Looks at no more than the allowed length.
pub(crate) fn scan(text: &[u8]) -> Result<usize, JsonError> {
    let at = |i: usize| text.get(i).copied();
    let digits = |mut i: usize| {
        while i <= limits::NUMBER && at(i).is_some_and(|b| b.is_ascii_digit()) {
            i += 1;
        }
        i
    };
    let one_or_more = |i: usize| match digits(i) {
        end if end > i => Ok(end),
        _ if i > limits::NUMBER => Err(JsonError::NumberTooLong),
        _ => Err(JsonError::Syntax),
    };

    let int = usize::from(at(0) == Some(b'-'));
    let mut end = if at(int) == Some(b'0') { int + 1 } else { one_or_more(int)? };
    if at(end) == Some(b'.') {
        end = one_or_more(end + 1)?;
    }
    if matches!(at(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(at(end + 1), Some(b'+' | b'-')));
        end = one_or_more(end + 1 + sign)?;
    }
    if end > limits::NUMBER {
        return Err(JsonError::NumberTooLong);
    }
    Ok(end)
}

/// The length and the value of what nearly every number is: an integer of up to 18 digits. Another is not looked at to its end.
pub(crate) fn short_integer(text: &[u8]) -> Option<(usize, u64)> {
    let (mut length, mut value) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = text.get(length).filter(|_| length < 18) {
        value = value * 10 + u64::from(digit - b'0');
        length += 1;
    }
    let more = matches!(text.get(length), Some(b'0'..=b'9' | b'.' | b'e' | b'E'));
    if more || matches!(text, [] | [b'0', ..]) || length == 0 { None } else { Some((length, value)) }
}

/// The value of a text that [`scan`] has accepted. Integers outside −2^63 … 2^64−1 and floats beyond the largest finite one
/// are refused: a value that cannot be held exactly, or at all, must not be guessed.
pub(crate) fn value(text: &str) -> Result<Number, JsonError> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) {
        return text.parse().map(Number::Unsigned).map_err(|_| JsonError::NumberOutOfRange);
    }
    // `-0` is not an integer any integer type could hold without losing its sign.
    if text.contains(['.', 'e', 'E']) || text == "-0" {
        return match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Number::Float(float)),
            _ => Err(JsonError::NumberOutOfRange),
        };
    }
    text.parse().map(Number::Negative).map_err(|_| JsonError::NumberOutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_that_of_rfc_8259() {
        for text in ["0", "-0", "7", "10", "-12", "0.5", "1.25e3", "1E+2", "1e-2"] {
            assert_eq!(scan(text.as_bytes()), Ok(text.len()), "{text}");
        }
        for text in ["", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "-a", "NaN", "Infinity"] {
            assert_eq!(scan(text.as_bytes()), Err(JsonError::Syntax), "{text}");
        }
        // What follows is the caller's to refuse.
        assert_eq!(scan(b"01"), Ok(1));
        assert_eq!(scan(b"0x10"), Ok(1));
        assert_eq!(scan(b"1,"), Ok(1));
    }

    #[test]
    fn a_number_has_at_most_64_octets() {
        let longest = "1".repeat(limits::NUMBER);
        assert_eq!(scan(longest.as_bytes()), Ok(limits::NUMBER));
        for text in
            ["1".repeat(65), format!("0.{}", "1".repeat(63)), format!("1e{}", "0".repeat(63)), "1".repeat(100_000)]
        {
            assert_eq!(scan(text.as_bytes()), Err(JsonError::NumberTooLong));
        }
    }

    #[test]
    fn integers_are_exact_or_refused() {
        assert_eq!(value("9007199254740993"), Ok(Number::Unsigned(9_007_199_254_740_993)));
        assert_eq!(value("18446744073709551615"), Ok(Number::Unsigned(u64::MAX)));
        assert_eq!(value("-9223372036854775808"), Ok(Number::Negative(i64::MIN)));
        assert_eq!(value("18446744073709551616"), Err(JsonError::NumberOutOfRange));
        assert_eq!(value("-9223372036854775809"), Err(JsonError::NumberOutOfRange));
    }

    #[test]
    fn floats_are_finite_and_keep_the_sign_of_zero() {
        assert_eq!(value("1e400"), Err(JsonError::NumberOutOfRange));
        assert_eq!(value("-1.5e400"), Err(JsonError::NumberOutOfRange));
        assert_eq!(value("1e-400"), Ok(Number::Float(0.0)));
        assert!(matches!(value("-0"), Ok(Number::Float(zero)) if zero == 0.0 && zero.is_sign_negative()));
        assert_eq!(value("0"), Ok(Number::Unsigned(0)));
    }
}
