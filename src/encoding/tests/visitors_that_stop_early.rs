use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::super::json::{Error, JsonError};
use super::support::*;

/// Reads the first element of an array, or the first member of an object, and returns.
#[derive(Debug, PartialEq)]
struct First<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
            type Value = First<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything with a first part")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<First<T>, A::Error> {
                seq.next_element().map(First)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First<T>, A::Error> {
                Ok(First(map.next_entry::<IgnoredAny, T>()?.map(|(_, value)| value)))
            }
        }
        deserializer.deserialize_any(FirstVisitor(PhantomData))
    }
}

/// Looks at nothing of an array or object.
#[derive(Debug, PartialEq)]
struct Blind;

impl<'de> Deserialize<'de> for Blind {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BlindVisitor;
        impl<'de> Visitor<'de> for BlindVisitor {
            type Value = Blind;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Blind, A::Error> {
                Ok(Blind)
            }
            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Blind, A::Error> {
                Ok(Blind)
            }
        }
        deserializer.deserialize_any(BlindVisitor)
    }
}

/// Garbage after the first part, with the reason for which it must be refused.
const LATER: [(&str, JsonError); 10] = [
    (r#"[1,x]"#, JsonError::Syntax),
    (r#"[1,{"a":1,"a":2}]"#, JsonError::DuplicateMember),
    (r#"[1,"\ud800"]"#, JsonError::LoneSurrogate),
    (r#"[1,1e999]"#, JsonError::NumberOutOfRange),
    (r#"[1"#, JsonError::Syntax),
    (r#"[1,]"#, JsonError::Syntax),
    (r#"{"a":1,"a":2}"#, JsonError::DuplicateMember),
    (r#"{"a":1,"b":[}"#, JsonError::Syntax),
    (r#"{"a":1,"b":{"c":1,"c":1}}"#, JsonError::DuplicateMember),
    (r#"{"a":1"#, JsonError::Syntax),
];

#[test]
fn what_they_leave_is_as_strict_as_what_they_read() {
    for (text, reason) in LATER {
        let nested = format!("[{text}]");
        assert_eq!(read::<First<u64>>(text.as_bytes()), Err(reason.into()), "{text}");
        assert_eq!(read::<First<First<u64>>>(nested.as_bytes()), Err(reason.into()), "{text}");
        assert_eq!(read::<Blind>(text.as_bytes()), Err(reason.into()), "{text}");
        assert_eq!(read::<Blind>(nested.as_bytes()), Err(reason.into()), "{text}");
        assert_eq!(refused(text), reason);
    }
    let deep = format!("[1,{}{}]", "[".repeat(32), "]".repeat(32));
    assert_eq!(read::<First<u64>>(deep.as_bytes()), Err(JsonError::TooDeep.into()));
}

#[test]
fn what_they_leave_makes_the_value_another_than_they_wanted() {
    assert_eq!(read(br#"[[1],[],[4]]"#), Ok([First(Some(1)), First(None), First(Some(4))]));
    assert_eq!(read(br#"{"a":{"x":1},"b":{}}"#), Ok(BTreeMap::from([("a", First(Some(1))), ("b", First(None))])));
    assert_eq!(read(br#"[{},[]]"#), Ok([Blind, Blind]));
    for text in ["[1,2]", "{\"a\":1,\"b\":2}"] {
        assert_eq!(read::<First<u64>>(text.as_bytes()), Err(Error::Shape), "{text}");
        assert_eq!(read::<Blind>(text.as_bytes()), Err(Error::Shape), "{text}");
    }
}

#[test]
fn a_tuple_takes_an_array_of_its_length_only() {
    assert_eq!(read::<(u64,)>(b"[1]"), Ok((1,)));
    assert_eq!(read::<(u64,)>(b"[1,2]"), Err(Error::Shape));
    assert_eq!(read::<(u64, u64)>(b"[1]"), Err(Error::Shape));
    for (text, reason) in LATER.iter().filter(|(text, _)| text.starts_with('[')) {
        assert_eq!(read::<(u64,)>(text.as_bytes()), Err((*reason).into()), "{text}");
    }
}

/// Asks for two names in turn, so that nobody reads the value between them.
#[derive(Debug)]
struct NamesOnly;

impl<'de> Deserialize<'de> for NamesOnly {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;
        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = NamesOnly;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NamesOnly, A::Error> {
                while map.next_key::<IgnoredAny>()?.is_some() {}
                Ok(NamesOnly)
            }
        }
        deserializer.deserialize_any(NamesVisitor)
    }
}

#[test]
fn a_value_cannot_be_left_out() {
    assert!(read::<NamesOnly>(b"{}").is_ok());
    for text in [r#"{"a":,"b":}"#, r#"{"a":1,"b":2}"#, r#"{"a": 1}"#] {
        assert!(read::<NamesOnly>(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_struct_ignores_unknown_members_only_if_they_are_good() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Small {
        a: u64,
    }
    assert_eq!(read(br#"{"x":[{}],"a":1,"y":null}"#), Ok(Small { a: 1 }));
    for (member, reason) in [
        (r#""x":{"y":1,"y":1}"#, JsonError::DuplicateMember),
        (r#""x":1,"x":2"#, JsonError::DuplicateMember),
        (r#""x":tru"#, JsonError::Syntax),
        (r#""x":"\udfff""#, JsonError::LoneSurrogate),
        (r#""a":1"#, JsonError::DuplicateMember),
    ] {
        assert_eq!(read::<Small>(format!("{{\"a\":1,{member}}}").as_bytes()), Err(reason.into()), "{member}");
    }
}
