use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, json};

use super::super::json::JsonError;
use super::support::*;

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Pieces of JSON text in any order: almost always wrong, often only just.
fn almost_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["{", "}", "[", "]", ",", ":", " ", "\n"]),
        4 => prop::sample::select(vec!["\"a\":", "\"a\"", "\"\\u0061\":", "{\"a\":1}", "[]", "{}", "\"b\":"]),
        2 => prop::sample::select(vec!["0", "-0", "1", "-", ".5", "1.5", "e3", "1e400", "00", "18446744073709551616"]),
        2 => prop::sample::select(vec!["true", "false", "null", "nul", "NaN", "\"", "\\", "\u{1}", "é", "\u{feff}"]),
        1 => prop::sample::select(vec!["\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\q\"", "'a'", "/**/", "\0"]),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What ours accepts, serde_json accepts with an equal value. Gives whether ours did.
fn agree<T: DeserializeOwned + Serialize>(text: &[u8]) -> bool {
    let Ok(ours) = read::<T>(text) else { return false };
    let theirs = serde_json::from_slice::<T>(text).unwrap();
    let (ours, theirs) = (serde_json::to_value(ours).unwrap(), serde_json::to_value(theirs).unwrap());
    assert!(alike(&ours, &theirs), "{:?}: {ours} {theirs}", String::from_utf8_lossy(text));
    true
}

/// Equal, but for the last digit of floats: serde_json's default reader does not always give the nearest one.
fn alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) if ours.is_f64() && theirs.is_f64() => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            ours.to_bits().abs_diff(theirs.to_bits()) <= 2
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| alike(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| ours.0 == theirs.0 && alike(ours.1, theirs.1))
        }
        _ => ours == theirs,
    }
}

fn agree_on_all_types(text: &[u8]) {
    let any = agree::<Value>(text);
    let typed = [
        agree::<u64>(text),
        agree::<i64>(text),
        agree::<u8>(text),
        agree::<f64>(text),
        agree::<i128>(text),
        agree::<String>(text),
        agree::<char>(text),
        agree::<Option<bool>>(text),
        agree::<Vec<Value>>(text),
        agree::<BTreeMap<String, Value>>(text),
        agree::<BTreeMap<i8, u64>>(text),
        agree::<Result<u64, String>>(text),
    ];
    assert!(any || !typed.contains(&true), "a type made an unacceptable text acceptable");
    assert_eq!(read::<IgnoredAny>(text).is_ok(), any);
    assert_eq!(raw(text).is_ok(), any);
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_value_is_read_back(value in any_value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(accepted(&text), value);
        agree_on_all_types(text.as_bytes());
    }

    #[test]
    fn a_changed_text_is_accepted_by_both_or_refused_by_ours(
        value in any_value(), at: prop::sample::Index, octet: u8, remove in 0..3_usize,
    ) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = at.index(text.len());
        text.splice(at..(at + remove).min(text.len()), [octet]);
        agree_on_all_types(&text);
    }

    #[test]
    fn a_cut_text_is_refused(value in any_value(), at: prop::sample::Index) {
        let text = json!([value]).to_string();
        prop_assert!(read::<Value>(&text.as_bytes()[..at.index(text.len())]).is_err());
    }

    #[test]
    fn pieces_of_json_are_read_alike(text in almost_json()) {
        agree_on_all_types(text.as_bytes());
    }

    #[test]
    fn octets_are_read_alike(octets: Vec<u8>) {
        agree_on_all_types(&octets);
    }

    #[test]
    fn numbers_are_exact(unsigned: u64, signed: i64, float in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
        prop_assert_eq!(read(unsigned.to_string().as_bytes()), Ok(unsigned));
        prop_assert_eq!(read(signed.to_string().as_bytes()), Ok(signed));
        let text = format!("{float:e}");
        prop_assert_eq!(read::<f64>(text.as_bytes()).map(f64::to_bits), Ok(float.to_bits()));
        let refused = i128::from(unsigned) + i128::from(u64::MAX) + 1;
        prop_assert_eq!(read::<i128>(refused.to_string().as_bytes()), Err(JsonError::NumberOutOfRange.into()));
    }

    #[test]
    fn a_repeated_name_is_refused_wherever_it_is(
        mut names in prop::collection::btree_set("[a-z]{0,3}", 1..6), which: prop::sample::Index, depth in 0..20_usize,
        escape: bool,
    ) {
        let names: Vec<String> = std::mem::take(&mut names).into_iter().collect();
        let again = &names[which.index(names.len())];
        let again =
            if escape { again.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect() } else { again.clone() };
        let members: String = names.iter().map(|name| format!("\"{name}\":0,")).collect();
        let text = format!("{}{{{members}\"{again}\":1}}{}", "[{\"a\":".repeat(depth / 2), "}]".repeat(depth / 2));
        prop_assert_eq!(refused(&text), JsonError::DuplicateMember);
        agree_on_all_types(text.replace(&format!("\"{again}\":1"), "\"!\":1").as_bytes());
    }
}
