use std::collections::BTreeMap;

use serde::{
    Deserialize,
    de::{self},
};

use super::super::json::JsonError;
use super::support::*;

/// A field that is left at its default when it is not as expected: a common helper, and it hides the error from the caller.
#[derive(Debug, PartialEq, Deserialize)]
struct Lenient {
    #[serde(default, deserialize_with = "or_default")]
    a: BTreeMap<String, u64>,
    b: Option<u64>,
}

fn or_default<'de, D: de::Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

#[test]
fn a_type_that_hides_errors_of_shape_is_served() {
    assert_eq!(read(br#"{"a":7,"b":1}"#), Ok(Lenient { a: BTreeMap::new(), b: Some(1) }));
}

#[test]
fn a_type_that_hides_errors_does_not_make_bad_json_good() {
    // The text of `a` is at fault, so no type can make the whole acceptable.
    for text in [
        r#"{"a":"\ud800","b":1}"#,
        r#"{"a":1e999,"b":1}"#,
        r#"{"a":{"x":1,"x":,"b":1}"#,
        r#"{"a":{"x":[,"b":1}"#,
        r#"{"a":{"x":"not a number","b":1}"#,
    ] {
        assert!(read::<Lenient>(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_number_that_goes_on_beyond_the_limit_is_too_long() {
    for text in [format!("{}.5", "1".repeat(64)), format!("{}e5", "1".repeat(64)), format!("{}e+5", "1".repeat(63))] {
        assert_eq!(refused(text), JsonError::NumberTooLong);
    }
}
