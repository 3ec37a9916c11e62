use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use serde::{
    Deserialize,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::{Value, json};

use super::super::json::{Error, JsonError, Parser};
use super::support::*;

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(u64);

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(u64, String);

#[derive(Debug, PartialEq, Deserialize)]
struct Struct {
    required: u64,
    optional: Option<String>,
    #[serde(default)]
    defaulted: Vec<u8>,
    #[serde(rename = "new name", alias = "old name")]
    renamed: Option<bool>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum External {
    Unit,
    Newtype(u64),
    Tuple(u64, String),
    Struct { a: u64, b: Option<bool> },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Struct { a: u64 },
    Newtype(BTreeMap<String, u64>),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Adjacent {
    Unit,
    Newtype(u64),
    Tuple(u64, u64),
    Struct { a: u64 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    List(Vec<u64>),
    Struct { a: u64 },
    Nothing(()),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat {
    a: u64,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    a: u64,
}

#[track_caller]
fn gives<T: DeserializeOwned + PartialEq + fmt::Debug>(text: &str, expected: T) {
    assert_eq!(read::<T>(text.as_bytes()), Ok(expected), "{text}");
}

#[track_caller]
fn is_another_shape<T: DeserializeOwned + PartialEq + fmt::Debug>(texts: &[&str]) {
    for text in texts {
        assert_eq!(read::<T>(text.as_bytes()), Err(Error::Shape), "{text}");
    }
}

#[test]
fn scalars() {
    gives("true", true);
    gives("null", ());
    gives("null", Unit);
    gives("255", 255_u8);
    gives("-128", -128_i8);
    gives("18446744073709551615", u64::MAX);
    gives("18446744073709551615", u128::from(u64::MAX));
    gives("-9223372036854775808", i128::from(i64::MIN));
    gives("7", 7.0_f64);
    gives("0.1", 0.1_f64);
    gives("1.5", 1.5_f32);
    gives("\"x\"", 'x');
    gives("\"\\ud83d\\ude00\"", '😀');
    gives("\"\"", String::new());
    is_another_shape::<u8>(&["256", "-1", "1.0", "1e2", "\"1\"", "true", "null", "[1]", "{}"]);
    is_another_shape::<i8>(&["128", "-129", "0.5"]);
    is_another_shape::<u64>(&["-1", "-0", "1.0"]);
    is_another_shape::<i64>(&["9223372036854775808"]);
    is_another_shape::<u128>(&["-1"]);
    is_another_shape::<bool>(&["1", "0", "\"true\"", "null"]);
    is_another_shape::<char>(&["\"\"", "\"ab\"", "1"]);
    is_another_shape::<String>(&["1", "null", "[\"a\"]"]);
    is_another_shape::<()>(&["0", "[]", "{}", "\"\"", "false"]);
    is_another_shape::<f64>(&["\"1\"", "null"]);
}

#[test]
fn text_is_borrowed_when_it_can_be() {
    assert_eq!(read::<&str>(b"\"plain\""), Ok("plain"));
    assert_eq!(read::<&[u8]>("\"é\"".as_bytes()), Ok("é".as_bytes()));
    assert_eq!(read::<&str>(b"\"a\\nb\""), Err(Error::Shape), "an escape leaves nothing to borrow");
    assert_eq!(read::<BTreeMap<&str, &str>>(b"{\"a\":\"b\"}"), Ok(BTreeMap::from([("a", "b")])));
    assert_eq!(read::<String>(b"\"a\\nb\""), Ok("a\nb".to_owned()));
    assert_eq!(read::<Box<str>>(b"\"a\""), Ok("a".into()));
    assert_eq!(read::<std::borrow::Cow<'_, str>>(b"\"a\""), Ok("a".into()));
}

#[test]
fn bytes_are_text_or_an_array_of_numbers() {
    struct Bytes(Vec<u8>);
    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct BytesVisitor;
            impl Visitor<'_> for BytesVisitor {
                type Value = Bytes;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("bytes")
                }
                fn visit_str<E>(self, text: &str) -> Result<Bytes, E> {
                    Ok(Bytes(text.into()))
                }
            }
            deserializer.deserialize_byte_buf(BytesVisitor)
        }
    }
    assert_eq!(read::<Bytes>(b"\"a\\u0000\"").map(|bytes| bytes.0), Ok(b"a\0".to_vec()));
    gives("[0,255]", vec![0_u8, 255]);
    is_another_shape::<Vec<u8>>(&["[256]", "\"ab\"", "[-1]"]);
}

#[test]
fn options() {
    gives("null", None::<u64>);
    gives("1", Some(1));
    gives("[null,1]", vec![None, Some(1)]);
    gives("{\"a\":null}", BTreeMap::from([("a".to_owned(), None::<bool>)]));
    assert_eq!(read::<Option<u64>>(b"nul"), Err(JsonError::Syntax.into()));
    assert_eq!(read::<Option<u64>>(b"nullx"), Err(JsonError::Syntax.into()));
    is_another_shape::<Option<u64>>(&["\"1\"", "[]"]);
}

#[test]
fn sequences_and_tuples() {
    gives("[]", Vec::<u64>::new());
    gives("[1,2]", [1, 2]);
    gives("[1,\"a\"]", Pair(1, "a".into()));
    gives("7", Wrapped(7));
    gives("[[1,\"a\"],[2,\"b\"]]", vec![(1, "a".to_owned()), (2, "b".to_owned())]);
    is_another_shape::<[u64; 2]>(&["[1]", "[]", "[1,\"a\"]", "{}"]);
    is_another_shape::<Vec<u64>>(&["{}", "1", "[1,null]"]);
    is_another_shape::<Wrapped>(&["[7]", "{\"0\":7}"]);
}

#[test]
fn structs() {
    let expected = Struct { required: 1, optional: Some("x".into()), defaulted: vec![1], renamed: Some(true) };
    gives(r#"{"required":1,"optional":"x","defaulted":[1],"new name":true}"#, expected);
    let bare = || Struct { required: 1, optional: None, defaulted: vec![], renamed: None };
    gives(r#"{"required":1}"#, bare());
    gives(r#"{"unknown":{"required":2},"required":1,"optional":null}"#, bare());
    gives(r#"{"requ\u0069red":1,"old name":null}"#, bare());
    assert_eq!(read::<Struct>(b"{}"), Err(Error::MissingMember("required")));
    assert_eq!(read::<Struct>(br#"{"Required":1}"#), Err(Error::MissingMember("required")));
    is_another_shape::<Struct>(&[r#"{"required":"1"}"#, r#"{"required":1,"defaulted":null}"#, "null", "\"required\""]);
    // Two names for one field are two members, and serde itself refuses them.
    is_another_shape::<Struct>(&[r#"{"required":1,"old name":true,"new name":true}"#]);
}

#[test]
fn unknown_members_can_be_refused() {
    gives(r#"{"a":1}"#, Closed { a: 1 });
    is_another_shape::<Closed>(&[r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#]);
}

#[test]
fn flattened_members() {
    let rest = BTreeMap::from([("b".to_owned(), json!([1, {"c": null}])), ("d".to_owned(), json!(u64::MAX))]);
    gives(r#"{"b":[1,{"c":null}],"a":1,"d":18446744073709551615}"#, Flat { a: 1, rest });
    assert_eq!(read::<Flat>(br#"{"a":1,"b":{"c":1,"c":2}}"#), Err(JsonError::DuplicateMember.into()));
    assert_eq!(read::<Flat>(b"{}"), Err(Error::MissingMember("a")));
}

#[test]
fn map_keys() {
    gives(r#"{"1":"a","-2":"b"}"#, BTreeMap::from([(1_i64, "a".to_owned()), (-2, "b".to_owned())]));
    gives(r#"{"255":0}"#, HashMap::from([(255_u8, 0_u8)]));
    gives(r#"{"true":1,"false":0}"#, BTreeMap::from([(true, 1), (false, 0)]));
    gives(r#"{"x":1}"#, BTreeMap::from([('x', 1)]));
    gives(r#"{"18446744073709551615":1}"#, BTreeMap::from([(u64::MAX, 1)]));
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Name {
        Read,
        Write,
    }
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    struct Id(u32);
    gives(r#"{"read":1,"wr\u0069te":2}"#, BTreeMap::from([(Name::Read, 1), (Name::Write, 2)]));
    gives(r#"{"7":1}"#, BTreeMap::from([(Id(7), 1)]));
    gives(r#"{"7":1}"#, BTreeMap::from([(Some(7_u32), 1)]));
    is_another_shape::<BTreeMap<u8, u8>>(&[r#"{"256":1}"#, r#"{"a":1}"#, r#"{"":1}"#, r#"{" 1":1}"#, r#"{"1.0":1}"#]);
    is_another_shape::<BTreeMap<bool, u8>>(&[r#"{"1":1}"#, r#"{"True":1}"#]);
    is_another_shape::<BTreeMap<Name, u8>>(&[r#"{"execute":1}"#]);
    assert_eq!(read::<BTreeMap<u8, u8>>(br#"{"1":1,"\u0031":2}"#), Err(JsonError::DuplicateMember.into()));
}

#[test]
fn two_names_are_never_one_key() {
    for text in [r#"{"01":0}"#, r#"{"+1":0}"#, r#"{"1":0,"01":1}"#, r#"{"-0":0}"#, r#"{"00":0}"#, r#"{"-01":0}"#] {
        assert_eq!(read::<BTreeMap<i64, u64>>(text.as_bytes()), Err(Error::Shape), "{text}");
    }
}

#[test]
fn externally_tagged_enums() {
    gives("\"Unit\"", External::Unit);
    gives("{\"Unit\":null}", External::Unit);
    gives("{\"Newtype\":1}", External::Newtype(1));
    gives("{\"Tuple\":[1,\"a\"]}", External::Tuple(1, "a".into()));
    gives("{\"Struct\":{\"a\":1,\"b\":true}}", External::Struct { a: 1, b: Some(true) });
    gives("[\"Unit\",{\"Newtype\":1},\"Unit\"]", vec![External::Unit, External::Newtype(1), External::Unit]);
    is_another_shape::<External>(&[
        "\"Other\"",
        "\"Newtype\"",
        "{}",
        "1",
        "null",
        "true",
        "[]",
        "[\"Unit\"]",
        "{\"Unit\":1}",
        "{\"Newtype\":\"a\"}",
        "{\"Tuple\":[1]}",
        "{\"Tuple\":{}}",
        "{\"Struct\":\"a\"}",
        "{\"Unit\":null,\"Newtype\":1}",
        "{\"Newtype\":1,\"x\":1}",
    ]);
    assert_eq!(read::<External>(b"{\"Struct\":{}}"), Err(Error::MissingMember("a")));
    for (text, reason) in [
        (r#"{"Newtype":1,"Newtype":1}"#, JsonError::DuplicateMember),
        (r#"{"Struct":{"a":1,"a":1}}"#, JsonError::DuplicateMember),
        (r#"{"Tuple":[1,"a",}"#, JsonError::Syntax),
        (r#"{"Newtype":1"#, JsonError::Syntax),
        (r#"{"Newtype"}"#, JsonError::Syntax),
        (r#""Unit"x"#, JsonError::Syntax),
        (r#"{"Unit":"\ud800"}"#, JsonError::LoneSurrogate),
        ("x", JsonError::Syntax),
        ("", JsonError::Syntax),
    ] {
        assert_eq!(read::<External>(text.as_bytes()), Err(reason.into()), "{text}");
    }
}

#[test]
fn an_enum_as_deep_as_may_be() {
    let nested = |depth: usize| format!("{}{{\"Newtype\":1}}{}", "[".repeat(depth), "]".repeat(depth));
    accepted(&nested(31));
    assert_eq!(refused(nested(32)), JsonError::TooDeep);
    let mut parser = Parser::over("[{\"Newtype\":1},{\"Struct\":{\"a\":1}},\"Unit\"]");
    assert_eq!(parser.value::<Vec<External>>().map(|all| all.len()), Ok(3));
    assert_eq!(parser.end(), Ok(()));
}

#[test]
fn internally_tagged_enums() {
    gives(r#"{"kind":"Unit"}"#, Internal::Unit);
    gives(r#"{"a":1,"kind":"Struct"}"#, Internal::Struct { a: 1 });
    gives(r#"{"x":1,"kind":"Newtype"}"#, Internal::Newtype(BTreeMap::from([("x".into(), 1)])));
    is_another_shape::<Internal>(&[r#"{"kind":"Other"}"#, r#"{"kind":true}"#, "\"Unit\""]);
    assert_eq!(read::<Internal>(b"{}"), Err(Error::MissingMember("kind")));
    assert_eq!(read::<Internal>(br#"{"kind":"Unit","kind":"Unit"}"#), Err(JsonError::DuplicateMember.into()));
    assert_eq!(
        read::<Internal>(br#"{"kind":"Struct","a":1,"b":{"c":1,"c":1}}"#),
        Err(JsonError::DuplicateMember.into())
    );
}

#[test]
fn adjacently_tagged_enums() {
    gives(r#"{"kind":"Unit"}"#, Adjacent::Unit);
    gives(r#"{"kind":"Newtype","value":1}"#, Adjacent::Newtype(1));
    gives(r#"{"value":[1,2],"kind":"Tuple"}"#, Adjacent::Tuple(1, 2));
    gives(r#"{"kind":"Struct","value":{"a":1}}"#, Adjacent::Struct { a: 1 });
    is_another_shape::<Adjacent>(&[r#"{"kind":"Newtype","value":"a"}"#, r#"{"kind":"Other","value":1}"#]);
    assert_eq!(read::<Adjacent>(br#"{"kind":"Struct","value":{"a":1,"a":1}}"#), Err(JsonError::DuplicateMember.into()));
}

#[test]
fn untagged_enums() {
    gives("1", Untagged::Number(1));
    gives("\"a\\n\"", Untagged::Text("a\n".into()));
    gives("[1,2]", Untagged::List(vec![1, 2]));
    gives("{\"a\":1,\"b\":[]}", Untagged::Struct { a: 1 });
    gives("null", Untagged::Nothing(()));
    is_another_shape::<Untagged>(&["-1", "1.5", "[\"a\"]", "{}"]);
    // The text is judged before any variant is tried.
    assert_eq!(read::<Untagged>(br#"{"a":1,"b":1,"b":2}"#), Err(JsonError::DuplicateMember.into()));
    assert_eq!(read::<Untagged>(b"[1,]"), Err(JsonError::Syntax.into()));
}

#[test]
fn parts_as_written() {
    let mut parser = Parser::over(r#"[ {"a" : 1.50}, "é\n" , 7,null ]"#);
    let mut array = parser.array().unwrap();
    for expected in [r#"{"a" : 1.50}"#, r#""é\n""#, "7", "null"] {
        assert_eq!(array.next().unwrap().unwrap().raw_value(), Ok(expected));
    }
    assert!(array.next().unwrap().is_none());
    assert!(array.next().unwrap().is_none(), "the end stays the end");
    assert_eq!(parser.end(), Ok(()));
}

#[test]
fn strings_and_numbers_or_nothing() {
    for (text, string, number) in [
        ("\"a\\u0062\"", Some("ab"), None),
        ("1.50", None, Some("1.50")),
        ("-0", None, Some("-0")),
        ("[\"a\"]", None, None),
        ("{\"a\":1}", None, None),
        ("null", None, None),
        ("true", None, None),
    ] {
        let mut parser = Parser::over(text);
        assert_eq!(parser.string_or_skip().unwrap().as_deref(), string, "{text}");
        assert_eq!(parser.end(), Ok(()));
        let mut parser = Parser::over(text);
        assert_eq!(parser.number_or_skip().unwrap().map(|(written, _)| written), number, "{text}");
        assert_eq!(parser.end(), Ok(()));
    }
    for text in ["{\"a\":1,\"a\":1}", "[1e999]", "\"\\ud800\"", "1e999", "x", "", "-", "[1,]"] {
        assert!(Parser::over(text).string_or_skip().is_err(), "{text}");
        assert!(Parser::over(text).number_or_skip().is_err(), "{text}");
    }
}
