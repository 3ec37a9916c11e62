//! The JSON parser against serde_json: what ours accepts, serde_json accepts with an equal value; what serde_json refuses, ours
//! refuses; what ours refuses beyond that, it refuses for one of its own named reasons. Typed numbers are exact.
#![no_main]

use std::{collections::BTreeMap, fmt::Debug};

use jwtward::{JsonError, fuzzing};
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let ours = fuzzing::json::<Value>(data);
    let theirs = serde_json::from_slice::<Value>(data);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Ok(ours), Err(error)) => panic!("accepted what serde_json refuses ({error}): {ours}"),
        (Err(None), _) => panic!("every JSON text is a value"),
        (Err(Some(error)), Ok(theirs)) => check_stricter(*error, data, theirs),
        (Err(_), Err(_)) => {}
    }

    let typed = [
        same::<u8>(data),
        same::<u64>(data),
        same::<i64>(data),
        same::<u128>(data),
        same::<i128>(data),
        same::<f64>(data),
        same::<Vec<u64>>(data),
        same::<Vec<i64>>(data),
        same::<Option<bool>>(data),
        same::<String>(data),
        same::<BTreeMap<String, u64>>(data),
        numbered(data),
    ];
    if ours.is_err() {
        assert!(!typed.contains(&true), "a type must not make an unacceptable text acceptable");
    }
    // A reader that looks at nothing is as strict as one that looks at everything.
    assert_eq!(fuzzing::json::<serde::de::IgnoredAny>(data).err(), ours.err());
});

/// Whether ours reads a `T`; when it does, serde_json reads the same.
fn same<T: DeserializeOwned + PartialEq + Debug>(data: &[u8]) -> bool {
    let Ok(ours) = fuzzing::json::<T>(data) else { return false };
    assert_eq!(ours, serde_json::from_slice::<T>(data).expect("what ours accepts, serde_json accepts"));
    true
}

/// The same for names that are numbers. serde_json takes them from the text as it is written; ours are names like any other, so that
/// an escape changes nothing: equal to what serde_json makes of names that it has read.
fn numbered(data: &[u8]) -> bool {
    let Ok(ours) = fuzzing::json::<BTreeMap<u32, Value>>(data) else { return false };
    let read = serde_json::from_slice::<Value>(data).expect("what ours accepts, serde_json accepts");
    assert_eq!(ours, serde_json::from_value(read).expect("each name is a number"));
    true
}

/// The reasons to refuse what serde_json accepts.
fn check_stricter(error: JsonError, data: &[u8], value: &Value) {
    match error {
        JsonError::DuplicateMember => assert!(members(value) < data.iter().filter(|octet| **octet == b':').count()),
        JsonError::TooDeep => assert!(data.iter().filter(|octet| matches!(octet, b'[' | b'{')).count() > 32),
        JsonError::TooManyMembers => assert!(data.iter().filter(|octet| **octet == b':').count() > 256),
        JsonError::StringTooLong => assert!(data.len() > 64 * 1024),
        JsonError::NumberTooLong => assert!(data.len() > 64),
        // serde_json makes a float of a large integer.
        JsonError::NumberOutOfRange => assert!(data.iter().filter(|octet| octet.is_ascii_digit()).count() > 18),
        other => panic!("refused without need: {other:?}"),
    }
}

fn members(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.iter().map(members).sum(),
        Value::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
        _ => 0,
    }
}
