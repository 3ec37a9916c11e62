use serde::{Deserialize, de};

use super::super::json::{Error, JsonError};
use super::support::*;

#[test]
fn an_error_that_a_type_hides_keeps_its_reason() {
    #[derive(Debug, Deserialize)]
    struct Hides {
        #[serde(default, deserialize_with = "or_default")]
        #[allow(dead_code)]
        a: u64,
    }
    fn or_default<'de, D: de::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        Ok(u64::deserialize(deserializer).unwrap_or_default())
    }
    for (text, error) in
        [(r#"{"a":1e999}"#, JsonError::NumberOutOfRange), (r#"{"a":"\ud800"}"#, JsonError::LoneSurrogate)]
    {
        assert_eq!(read::<Hides>(text.as_bytes()).unwrap_err(), Error::Json(error), "{text}");
    }
}

#[test]
fn a_number_that_stops_short_of_the_limit_is_no_number_rather_than_too_long() {
    for text in [format!("{}.", "1".repeat(63)), format!("{}e", "1".repeat(63)), format!("{}e+", "1".repeat(62))] {
        assert_eq!(refused(&text), JsonError::Syntax, "{text}");
    }
    for text in [format!("{}.", "1".repeat(64)), format!("{}e+", "1".repeat(63))] {
        assert_eq!(refused(&text), JsonError::NumberTooLong, "{text}");
    }
}
