//! Rows 31 to 36: JSON, in the payload, the header and JWK Sets.

use std::{collections::HashMap, fmt::Write as _};

use jwtward::{ClaimError, JsonError, KeyError, KeySet, KeySetError, Malformed, VerifyError, VerifyingKey};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::support::{hs256, verifier, verify, with_header, with_payload};

fn payload_error(error: JsonError) -> Result<(), VerifyError> {
    Err(VerifyError::Malformed(Malformed::Payload(error)))
}

fn header_error(error: JsonError) -> Result<(), VerifyError> {
    Err(VerifyError::Malformed(Malformed::Header(error)))
}

/// Claims that are valid but for this member.
fn with_member(member: &str) -> String {
    with_payload(format!(r#"{{"exp":1000900,{member}}}"#))
}

#[test]
fn a31_a_payload_that_is_not_an_object() {
    for payload in ["[]", r#"[{"exp":1000900}]"#, r#""{\"exp\":1000900}""#, "1000900", "null", "true", "", " ", "NaN"] {
        assert_eq!(verify(&with_payload(payload)), payload_error(JsonError::NotAnObject), "{payload}");
    }
    for header in ["[]", r#""x""#, "null", "5", "  ", "true"] {
        assert_eq!(verify(&with_header(header)), header_error(JsonError::NotAnObject), "{header:?}");
    }
    let objects = r#"{"exp":1000900}{"exp":1000900}"#;
    assert_eq!(verify(&with_payload(objects)), payload_error(JsonError::Syntax));
}

#[test]
fn a32_a_claim_that_occurs_twice() {
    for payload in [
        r#"{"exp":1000900,"exp":1000900}"#,
        r#"{"exp":1,"exp":1000900}"#,
        r#"{"exp":1000900,"exp":1}"#,
        r#"{"exp":1000900,"\u0065xp":1}"#,
        r#"{"exp":1000900,"sub":"alice","sub":"admin"}"#,
        r#"{"exp":1000900,"admin":false,"admin":true}"#,
        r#"{"exp":1000900,"admin":false,"\u0061dmin":true}"#,
        r#"{"exp":1000900,"x":{"admin":false,"admin":true}}"#,
        r#"{"exp":1000900,"x":[[[{"y":{"z":1,"z":1}}]]]}"#,
    ] {
        let token = with_payload(payload);
        let duplicate = payload_error(JsonError::DuplicateMember);
        assert_eq!(verify(&token), duplicate, "{payload}");
        // Whatever type receives it, and whether that type looks at the member or not.
        let verifier = verifier(hs256());
        assert_eq!(verifier.verify::<Value>(&token).map(|_| ()), duplicate, "{payload}");
        assert_eq!(verifier.verify::<HashMap<String, Value>>(&token).map(|_| ()), duplicate, "{payload}");
        assert_eq!(verifier.verify::<OptionalAdmin>(&token).map(|_| ()), duplicate, "{payload}");
    }
}

/// `1`, `01` and `+1` are three names, and one number: as keys of a map, the last would silently win.
#[test]
fn a32_names_that_become_one_number() {
    let verify = |names: &str| {
        let token = with_payload(format!(r#"{{"exp":1000900,"rights":{{{names}}}}}"#));
        verifier(hs256()).verify::<Rights>(&token).map(|jwt| jwt.into_claims().into_custom().rights)
    };
    #[derive(Debug, Deserialize)]
    struct Rights {
        rights: HashMap<u64, String>,
    }
    assert_eq!(verify(r#""1":"read""#), Ok(HashMap::from([(1, "read".into())])));
    for names in [r#""1":"read","+1":"write""#, r#""1":"read","01":"write""#, r#""+1":"write""#, r#""01":"write""#] {
        assert_eq!(verify(names), Err(VerifyError::Claim(ClaimError::CustomType)), "{names}");
    }
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct OptionalAdmin {
    admin: bool,
}

#[expect(clippy::derivable_impls, reason = "the safe default is what the tests are about")]
impl Default for OptionalAdmin {
    fn default() -> Self {
        Self { admin: false }
    }
}

#[test]
fn a32_claim_names_that_differ_by_case_are_other_names() {
    use jwtward::Claim::{ExpiresAt, Issuer};
    let missing = Err(VerifyError::Claim(ClaimError::Missing(ExpiresAt)));
    for payload in [r#"{"EXP":1000900}"#, r#"{"Exp":1000900}"#, r#"{"exp ":1000900}"#, r#"{"ｅxp":1000900}"#] {
        assert_eq!(verify(&with_payload(payload)), missing, "{payload}");
    }
    let token = with_payload(r#"{"exp":1000900,"ISS":"https://auth.example","Admin":true,"ADMIN":true}"#);
    let strict = jwtward::JwtVerifier::builder(hs256()).issuer("https://auth.example").ignore_audience();
    let strict = strict.clock(crate::support::at(crate::support::NOW)).build();
    let error = VerifyError::Claim(ClaimError::Missing(Issuer));
    assert_eq!(strict.verify::<()>(&token).unwrap_err(), error);
    assert!(!verifier(hs256()).verify::<OptionalAdmin>(&token).unwrap().custom().admin);
    // `EXP` in the past does not expire a token either: it is somebody's own claim.
    assert_eq!(verify(&with_payload(r#"{"exp":1000900,"EXP":1}"#)), Ok(()));
}

fn nested(depth: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Runs on a stack far smaller than any thread's default.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 * 1024).spawn(test).unwrap().join().unwrap();
}

#[test]
fn a33_a_depth_bomb_in_the_header_or_payload() {
    on_a_small_stack(|| {
        let (header, payload) = (header_error(JsonError::TooDeep), payload_error(JsonError::TooDeep));
        for (open, inner, close) in [("[", "", "]"), (r#"{"a":"#, "1", "}"), (r#"[{"a":"#, "1", "}]")] {
            for depth in [33, 100, 300] {
                let bomb = nested(depth, open, inner, close);
                assert_eq!(verify(&with_header(format!(r#"{{"alg":"HS256","x":{bomb}}}"#))), header, "{depth} {open}");
                assert_eq!(verify(&with_member(&format!(r#""x":{bomb}"#))), payload, "{depth} {open}");
                let token = with_member(&format!(r#""x":{bomb}"#));
                assert_eq!(verifier(hs256()).verify::<Value>(&token).map(|_| ()), payload, "{depth} {open}");
            }
        }
        // Never closed, as long as the limits admit.
        assert_eq!(verify(&with_header("{\"x\":".repeat(600))), header);
        assert_eq!(verify(&with_payload("{\"x\":".repeat(1200))), payload);
        assert_eq!(verify(&with_member(&format!("\"x\":{}", "[".repeat(5900)))), payload);
        assert_eq!(verify(&with_header("[".repeat(3000))), header_error(JsonError::NotAnObject));
        // As `aud` or `crit`, which are read by other code.
        for claim in ["aud", "iss", "exp", "jti"] {
            assert_eq!(verify(&with_payload(format!("{{\"{claim}\":{}", "[".repeat(5900)))), payload, "{claim}");
        }
        for parameter in ["alg", "kid", "typ", "crit"] {
            assert_eq!(verify(&with_header(format!("{{\"{parameter}\":{}", "[".repeat(3000)))), header, "{parameter}");
        }
        // This is of the wrong type before it is deep.
        let bomb = with_header(format!("{{\"b64\":{}", "[".repeat(3000)));
        assert_eq!(verify(&bomb), Err(VerifyError::Malformed(Malformed::HeaderParameter("b64"))));
    });
}

#[test]
fn a33_the_deepest_nesting_that_is_accepted_fits_a_small_stack() {
    on_a_small_stack(|| {
        // The object itself is the first level.
        assert_eq!(verify(&with_member(&format!("\"x\":{}", nested(31, "[", "", "]")))), Ok(()));
        let error = payload_error(JsonError::TooDeep);
        assert_eq!(verify(&with_member(&format!("\"x\":{}", nested(32, "[", "", "]")))), error);
        let token = with_member(&format!("\"x\":{}", nested(31, r#"{"a":"#, "1", "}")));
        assert!(verifier(hs256()).verify::<Value>(&token).is_ok());
        let header = format!(r#"{{"alg":"HS256","x":{}}}"#, nested(31, "[", "", "]"));
        assert_eq!(verify(&with_header(header)), Ok(()));
    });
}

#[test]
fn a33_a_depth_bomb_in_a_megabyte_token() {
    on_a_small_stack(|| {
        let builder = jwtward::JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience();
        let verifier = builder.max_token_size(1 << 20).unwrap().build();
        let token = with_payload(format!("{{\"x\":{}", "[".repeat(700_000)));
        assert_eq!(verifier.verify::<Value>(&token).map(|_| ()), payload_error(JsonError::TooDeep));
    });
}

#[test]
fn a33_a_depth_bomb_in_a_jwk_or_jwk_set() {
    on_a_small_stack(|| {
        let bomb = "[".repeat(60_000);
        for json in [format!("{{\"keys\":{bomb}"), format!("{{\"x\":{bomb}"), format!("{{\"keys\":[{{\"x\":{bomb}")] {
            let error = KeySetError::Json(JsonError::TooDeep);
            assert_eq!(KeySet::from_jwks(&json).unwrap_err(), error);
        }
        assert_eq!(KeySet::from_jwks(&bomb).unwrap_err(), KeySetError::Json(JsonError::NotAnObject));
        let error = KeyError::Json(JsonError::TooDeep);
        for name in ["x", "kty", "other"] {
            assert_eq!(VerifyingKey::from_jwk(&format!("{{\"{name}\":{bomb}")).unwrap_err(), error);
        }
    });
}

/// A payload of any octets between two members.
fn with_octets(octets: &[u8]) -> String {
    with_payload([br#"{"exp":1000900,"x":"#, octets, b"}"].concat())
}

#[test]
fn a34_octets_that_are_not_utf_8() {
    for octets in [
        &b"\"\xff\""[..],
        b"\"\x80\"",
        b"\"\xc3\"",
        // An overlong `/`, a surrogate, and a number beyond U+10FFFF.
        b"\"\xc0\xaf\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf4\x90\x80\x80\"",
        b"\xfe",
    ] {
        assert_eq!(verify(&with_octets(octets)), payload_error(JsonError::Utf8), "{octets:02x?}");
        let header = [br#"{"alg":"HS256","x":"#, octets, b"}"].concat();
        assert_eq!(verify(&with_header(header)), header_error(JsonError::Utf8), "{octets:02x?}");
    }
    let utf16: Vec<u8> = r#"{"exp":1000900}"#.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(verify(&with_payload(utf16)), payload_error(JsonError::NotAnObject));
}

#[test]
fn a34_a_lone_surrogate() {
    for escape in
        [r"\ud800", r"\udc00", r"\udfff", r"\udbff\udbff", r"\ud800x", r"\ud800\n", r"\udc00\ud800", r"\ud800A"]
    {
        assert_eq!(
            verify(&with_member(&format!(r#""x":"{escape}""#))),
            payload_error(JsonError::LoneSurrogate),
            "{escape}"
        );
        assert_eq!(
            verify(&with_member(&format!(r#""{escape}":1"#))),
            payload_error(JsonError::LoneSurrogate),
            "{escape}"
        );
        let header = format!(r#"{{"alg":"HS256","kid":"{escape}"}}"#);
        assert_eq!(verify(&with_header(header)), header_error(JsonError::LoneSurrogate), "{escape}");
    }
    assert_eq!(verify(&with_member(r#""x":"\ud83d\ude00""#)), Ok(()));
}

#[test]
fn a34_a_byte_order_mark_or_nul() {
    assert_eq!(verify(&with_payload("\u{feff}{\"exp\":1000900}")), payload_error(JsonError::NotAnObject));
    assert_eq!(verify(&with_header("\u{feff}{\"alg\":\"HS256\"}")), header_error(JsonError::NotAnObject));
    assert_eq!(verify(&with_payload("{\"exp\":1000900}\u{feff}")), payload_error(JsonError::Syntax));
    assert_eq!(verify(&with_payload("{\"exp\":1000900}\0")), payload_error(JsonError::Syntax));
    assert_eq!(verify(&with_payload("\0{\"exp\":1000900}")), payload_error(JsonError::NotAnObject));
    assert_eq!(verify(&with_payload("{\0\"exp\":1000900}")), payload_error(JsonError::Syntax));
    for control in (0..0x20_u8).map(char::from) {
        assert_eq!(
            verify(&with_member(&format!("\"x\":\"{control}\""))),
            payload_error(JsonError::Syntax),
            "{control:?}"
        );
        assert_eq!(verify(&with_member(&format!("\"{control}\":1"))), payload_error(JsonError::Syntax), "{control:?}");
        assert_eq!(
            verify(&with_member(&format!("\"x\":\"\\{control}\""))),
            payload_error(JsonError::Syntax),
            "{control:?}"
        );
    }
}

#[test]
fn a34_trailing_octets_comments_and_other_dialects() {
    for payload in [
        r#"{"exp":1000900}x"#,
        r#"{"exp":1000900},"#,
        r#"{"exp":1000900}}"#,
        r#"{"exp":1000900}]"#,
        r#"{"exp":1000900} null"#,
        r#"{"exp":1000900}//"#,
        r#"{"exp":1000900,}"#,
        r#"{,"exp":1000900}"#,
        r#"{"exp":1000900,,"x":1}"#,
        r#"{"exp":1000900 "x":1}"#,
        r#"{"exp":1000900;"x":1}"#,
        r#"{"exp"=1000900}"#,
        r#"{"exp":1000900"#,
        r#"{"exp":"#,
        r#"{"exp"}"#,
        r#"{"exp":}"#,
        "{",
        r#"{exp:1000900}"#,
        r#"{'exp':1000900}"#,
        "{1:1000900}",
        "{null:1}",
        r#"{"exp":1000900/*x*/}"#,
        "{\"exp\":1000900//x\n}",
        "{\"exp\":1000900,#x\n\"y\":1}",
        "{\u{a0}\"exp\":1000900}",
        "{\u{2028}\"exp\":1000900}",
        "{\u{c}\"exp\":1000900}",
    ] {
        assert_eq!(verify(&with_payload(payload)), payload_error(JsonError::Syntax), "{payload}");
    }
    for value in [
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "True",
        "FALSE",
        "nul",
        "nulll",
        "truefalse",
        "undefined",
        "'x'",
        "0x10",
        "010",
        "00",
        "-01",
        "+1",
        ".5",
        "5.",
        "1e",
        "1e+",
        "- 1",
        "1_000",
        "1,",
        "--1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "[1}",
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        r#""\x41""#,
        r#""\'""#,
        r#""\u12""#,
        r#""\u+123""#,
        r#""\uZZZZ""#,
        r#""\"#,
        r#""abc"#,
        r#""\é""#,
        "\u{1}",
        "",
    ] {
        assert_eq!(verify(&with_member(&format!("\"x\":{value}"))), payload_error(JsonError::Syntax), "{value}");
        let header = format!("{{\"alg\":\"HS256\",\"x\":{value}}}");
        assert_eq!(verify(&with_header(header)), header_error(JsonError::Syntax), "{value}");
    }
}

#[test]
fn a35_numbers_that_no_type_holds() {
    for number in [
        "1e400",
        "-1e400",
        "1E+309",
        "-1.5e999999999",
        "1e99999999999999999999",
        "18446744073709551616",
        "-9223372036854775809",
        "100000000000000000000000000000",
    ] {
        assert_eq!(
            verify(&with_member(&format!("\"x\":{number}"))),
            payload_error(JsonError::NumberOutOfRange),
            "{number}"
        );
        let exp = with_payload(format!("{{\"exp\":{number}}}"));
        assert_eq!(verify(&exp), payload_error(JsonError::NumberOutOfRange), "{number}");
    }
}

#[test]
fn a35_numbers_of_a_hundred_thousand_digits() {
    let digits = "1".repeat(100_000);
    let builder = jwtward::JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience();
    let verifier = builder.max_token_size(1 << 20).unwrap().build();
    for number in
        [digits.clone(), format!("-{digits}"), format!("0.{digits}"), format!("1e{digits}"), format!("1E-{digits}")]
    {
        for payload in [format!("{{\"exp\":{number}}}"), format!("{{\"exp\":1000900,\"x\":{number}}}")] {
            let error = verifier.verify::<Value>(&with_payload(payload)).map(|_| ());
            assert_eq!(error, payload_error(JsonError::NumberTooLong));
        }
        let json = format!("{{\"keys\":[{number}]}}");
        assert_eq!(KeySet::from_jwks(&json).unwrap_err(), KeySetError::Json(JsonError::NumberTooLong));
    }
    assert_eq!(verify(&with_member(&format!("\"x\":{}", "1".repeat(65)))), payload_error(JsonError::NumberTooLong));
}

#[test]
fn a35_what_is_accepted_is_exact() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbers {
        zero: f64,
        integer: u64,
        negative: i64,
    }
    let token = with_member(r#""zero":-0,"integer":9007199254740993,"negative":-9223372036854775808"#);
    let numbers = verifier(hs256()).verify::<Numbers>(&token).unwrap().into_claims().into_custom();
    assert_eq!((numbers.integer, numbers.negative), (9_007_199_254_740_993, i64::MIN));
    assert!(numbers.zero == 0.0 && numbers.zero.is_sign_negative());
    // −0 is no integer, and a number with a fraction is none either: never rounded into one.
    #[derive(Debug, Deserialize)]
    struct Integer {
        #[expect(dead_code, reason = "read by the test's deserialization only")]
        x: u64,
    }
    for number in ["-0", "1.0", "1.5", "1e3", "-1"] {
        let error = verifier(hs256()).verify::<Integer>(&with_member(&format!("\"x\":{number}"))).unwrap_err();
        assert_eq!(error, VerifyError::Claim(ClaimError::CustomType), "{number}");
    }
}

#[test]
fn a36_a_flood_of_member_names() {
    let members = |count: usize| {
        (0..count).fold(String::new(), |mut members, i| {
            write!(members, ",\"{i:x}\":0").unwrap();
            members
        })
    };
    // 256 in one object are accepted, one more is refused before it is looked at.
    assert_eq!(verify(&with_payload(format!("{{\"exp\":1000900{}}}", members(255)))), Ok(()));
    let error = payload_error(JsonError::TooManyMembers);
    assert_eq!(verify(&with_payload(format!("{{\"exp\":1000900{}}}", members(256)))), error);
    assert_eq!(verify(&with_member(&format!("\"x\":{{\"y\":0{}}}", members(256)))), error);
    let error = header_error(JsonError::TooManyMembers);
    assert_eq!(verify(&with_header(format!("{{\"alg\":\"HS256\"{}}}", members(256)))), error);
    let jwk = format!("{{\"m\":0{}}}", members(300).replace(",\"", ",\"_"));
    assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap_err(), KeyError::Json(JsonError::TooManyMembers));
    let set = format!("{{\"keys\":[]{}}}", members(256));
    assert_eq!(KeySet::from_jwks(&set).unwrap_err(), KeySetError::Json(JsonError::TooManyMembers));
}

#[test]
fn a36_a_string_longer_than_64_kib() {
    let builder = jwtward::JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience();
    let verifier = builder.max_token_size(1 << 20).unwrap().clock(crate::support::at(crate::support::NOW)).build();
    for (length, expected) in [
        (65_536, Ok(())),
        (65_537, payload_error(JsonError::StringTooLong)),
        (500_000, payload_error(JsonError::StringTooLong)),
    ] {
        let token = with_member(&format!("\"x\":\"{}\"", "a".repeat(length)));
        assert_eq!(verifier.verify::<()>(&token).map(|_| ()), expected, "{length}");
    }
}

/// A claims type that takes whatever fails for its default, as careless types do.
#[derive(Debug, Deserialize)]
struct Swallowing {
    #[serde(default, deserialize_with = "or_default")]
    x: Option<HashMap<String, u64>>,
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

fn verify_swallowing(payload: &str) -> Result<(), VerifyError> {
    let verified = verifier(hs256()).verify::<Swallowing>(&with_payload(payload));
    verified.map(|jwt| assert_eq!(jwt.custom().x, None, "{payload}"))
}

#[test]
fn a34_a_custom_type_that_swallows_errors_does_not_let_bad_json_pass() {
    for (payload, error) in [
        (r#"{"exp":1000900,"x":1e400}"#, JsonError::NumberOutOfRange),
        (r#"{"exp":1000900,"x":18446744073709551616}"#, JsonError::NumberOutOfRange),
        (r#"{"exp":1000900,"x":"\ud800"}"#, JsonError::LoneSurrogate),
        (r#"{"exp":1000900,"x":{"a":1e400}}"#, JsonError::NumberOutOfRange),
        (r#"{"exp":1000900,"x":{"a":1,"a":2}}"#, JsonError::DuplicateMember),
    ] {
        assert_eq!(verify_swallowing(payload), payload_error(error), "{payload}");
    }
}

/// Where the inner object breaks off, the outer one must not go on with what is left of it.
#[test]
fn a34_a_custom_type_that_swallows_errors_does_not_unbalance_the_brackets() {
    assert!(verify_swallowing(r#"{"x":{"a":"b","exp":1000900}"#).is_err());
    assert!(verify_swallowing(r#"{"x":{"a":"b"},"exp":1000900"#).is_err());
}

#[test]
fn a34_a_custom_type_that_swallows_errors_does_not_change_the_registered_claims() {
    // The outer exp is long past; the inner object's is not.
    for payload in [
        r#"{"x":{"a":"b","exp":1000900},"exp":1}"#,
        r#"{"exp":1,"x":{"a":"b","nbf":0}}"#,
        r#"{"x":{"a":{"b":{"exp":1000900}}},"exp":1}"#,
        r#"{"x":[{"exp":1000900}],"exp":1}"#,
    ] {
        assert!(verifier(hs256()).verify::<Swallowing>(&with_payload(payload)).is_err(), "{payload}");
    }
    let json = json!({"exp": 1_000_900, "x": {"a": 1}}).to_string();
    let jwt = verifier(hs256()).verify::<Swallowing>(&with_payload(json)).unwrap();
    assert_eq!(jwt.custom().x, Some(HashMap::from([("a".into(), 1)])));
}
