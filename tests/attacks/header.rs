//! Rows 27 to 29: header parameters.

use jwtward::{
    Algorithm, JsonError, KeyError, KeyId, KeySet, KeySetError, Malformed, SigningKey, UnverifiedJws, VerifyError,
    VerifyingKey,
};
use serde_json::json;

use crate::support::{CLAIMS, P256, SECRET, encode, hs256, jwk, public, signed, verify, verify_with, with_header};

#[test]
fn a27_crit_names_what_is_not_understood() {
    for header in [
        r#"{"alg":"HS256","crit":["x"],"x":1}"#,
        r#"{"alg":"HS256","x":null,"crit":["x"]}"#,
        r#"{"alg":"HS256","crit":["exp"],"exp":1000900}"#,
        r#"{"alg":"HS256","crit":["http://example.com/u"],"http://example.com/u":true}"#,
        r#"{"alg":"HS256","crit":["x","y"],"x":1,"y":2}"#,
        r#"{"alg":"HS256","crit":["\u0078"],"x":1}"#,
        r#"{"alg":"HS256","\u0063rit":["x"],"x":1}"#,
        r#"{"alg":"HS256","crit":["zip"],"zip":"DEF"}"#,
        r#"{"alg":"HS256","crit":["enc"],"enc":"A256GCM"}"#,
        r#"{"alg":"HS256","crit":["ALG"],"ALG":1}"#,
        r#"{"alg":"HS256","crit":[""],"":1}"#,
        r#"{"alg":"none","crit":["x"],"x":1}"#,
    ] {
        let error = Malformed::CriticalNotUnderstood;
        assert_eq!(verify(&with_header(header)), Err(VerifyError::Malformed(error)), "{header}");
        assert_eq!(UnverifiedJws::parse_rfc7797(&with_header(header), None, 8192).unwrap_err(), error, "{header}");
    }
}

#[test]
fn a27_crit_that_is_malformed() {
    for crit in [
        // Empty, or no array.
        "[]",
        "null",
        "true",
        "1",
        r#""b64""#,
        r#""x""#,
        r#"{"x":1}"#,
        // Members that are no strings.
        "[1]",
        "[null]",
        "[true]",
        r#"[["x"]]"#,
        r#"[{"x":1}]"#,
        r#"["x",1]"#,
        // Duplicates.
        r#"["x","x"]"#,
        r#"["x","y","x"]"#,
        r#"["x","\u0078"]"#,
        // Registered names.
        r#"["alg"]"#,
        r#"["crit"]"#,
        r#"["kid"]"#,
        r#"["typ"]"#,
        r#"["cty"]"#,
        r#"["jwk"]"#,
        r#"["jku"]"#,
        r#"["x5u"]"#,
        r#"["x5c"]"#,
        r#"["x5t"]"#,
        r##"["x5t#S256"]"##,
        r#"["x","alg"]"#,
        // Names that the header lacks.
        r#"["b64"]"#,
        r#"["absent"]"#,
        r#"["x","absent"]"#,
        r#"["X"]"#,
        r#"[""]"#,
    ] {
        let all = r##""kid":"1","typ":"JWT","cty":"x","jwk":{},"jku":"","x5u":"","x5c":[],"x5t":"","x5t#S256":"""##;
        let header = format!(r#"{{"alg":"HS256","x":1,"y":2,{all},"crit":{crit}}}"#);
        assert_eq!(verify(&with_header(&header)), Err(VerifyError::Malformed(Malformed::Critical)), "{crit}");
        let first = format!(r#"{{"crit":{crit},"alg":"HS256","x":1,"y":2}}"#);
        assert_eq!(verify(&with_header(&first)), Err(VerifyError::Malformed(Malformed::Critical)), "{crit}");
    }
    // As many names as a header can hold cost no more than a refusal.
    let many: Vec<String> = (0..500).map(|i| i.to_string()).collect();
    let header = json!({"alg": "HS256", "crit": many}).to_string();
    assert!((3800..=4096).contains(&encode(&header).len()));
    assert_eq!(verify(&with_header(&header)), Err(VerifyError::Malformed(Malformed::Critical)));
}

#[test]
fn a28_a_header_member_that_occurs_twice() {
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
        r#"{"\u0061\u006C\u0067":"none","alg":"HS256"}"#,
        r#"{"al\u0067":"HS256","a\u006cg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","typ":"JWT","typ":"JWT"}"#,
        r#"{"alg":"HS256","x":1,"x":2}"#,
        r#"{"alg":"HS256","":1,"":2}"#,
        r#"{"alg":"HS256","\ud83d\ude00":1,"😀":2}"#,
        r#"{"alg":"HS256","a\/b":1,"a/b":2}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":2}}"#,
        r#"{"alg":"HS256","x":[[{"y":1,"\u0079":2}]]}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","kty":"RSA"}}"#,
        r#"{"alg":"HS256","crit":["x"],"crit":[]}"#,
    ] {
        let error = VerifyError::Malformed(Malformed::Header(JsonError::DuplicateMember));
        assert_eq!(verify(&with_header(header)), Err(error), "{header}");
    }
    // Equal names in different objects, and names that only look alike, are no duplicates.
    for header in [
        r#"{"alg":"HS256","x":{"alg":"none"}}"#,
        r#"{"alg":"HS256","x":[{"y":1},{"y":2}]}"#,
        r#"{"alg":"HS256","ALG":"none","Alg":1}"#,
        "{\"alg\":\"HS256\",\"\u{e9}\":1,\"e\u{301}\":2}",
    ] {
        assert_eq!(verify(&with_header(header)), Ok(()), "{header}");
    }
}

/// Two keys, so that a kid has to be found.
fn two_keys() -> KeySet {
    let named = |kid: &str, secret: &[u8]| {
        VerifyingKey::from_secret(Algorithm::HS256, secret).unwrap().with_key_id(KeyId::new(kid).unwrap())
    };
    KeySet::of_secrets([named("good", SECRET), named("other", &[9; 32])]).unwrap()
}

#[test]
fn a29_a_kid_is_looked_up_exactly_and_nothing_else() {
    assert_eq!(verify_with(two_keys(), &with_header(r#"{"alg":"HS256","kid":"good"}"#)), Ok(()));
    assert_eq!(verify_with(two_keys(), &with_header(r#"{"alg":"HS256","kid":"go\u006fd"}"#)), Ok(()));
    for kid in [
        "",
        "Good",
        "good ",
        " good",
        "goo",
        "goodd",
        "good\0",
        "\0good",
        "./good",
        "../../../../dev/null",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://attacker.example/key",
        "' OR '1'='1",
        "x' UNION SELECT 'secret' --",
        "good; rm -rf /",
        "$(id)",
        "| cat",
        "${jndi:ldap://attacker.example/x}",
        "*",
        "%67ood",
        "g\u{43e}od",
        "good\u{301}",
        "\r\nX-Injected: 1",
    ] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        assert_eq!(verify_with(two_keys(), &with_header(header)), Err(VerifyError::NoMatchingKey), "{kid:?}");
    }
    // The other key's name leads to the other key.
    let header = r#"{"alg":"HS256","kid":"other"}"#;
    assert_eq!(verify_with(two_keys(), &with_header(header)), Err(VerifyError::BadSignature));
    // Two keys fit the algorithm, so a token without a kid names neither.
    assert_eq!(verify_with(two_keys(), &with_header(r#"{"alg":"HS256"}"#)), Err(VerifyError::NoMatchingKey));
}

#[test]
fn a29_a_kid_does_not_reach_a_key_without_one_in_a_set() {
    let set = KeySet::of_secrets([hs256(), VerifyingKey::from_secret(Algorithm::HS512, SECRET).unwrap()]).unwrap();
    let named = with_header(r#"{"alg":"HS256","kid":"x"}"#);
    assert_eq!(verify_with(set.clone(), &named), Err(VerifyError::NoMatchingKey));
    assert_eq!(verify_with(set, &with_header(r#"{"alg":"HS256"}"#)), Ok(()));
    // A key alone: without a kid it takes any, with one only its own or none.
    assert_eq!(verify(&named), Ok(()));
    let own = hs256().with_key_id(KeyId::new("own").unwrap());
    assert_eq!(verify_with(own.clone(), &named), Err(VerifyError::NoMatchingKey));
    assert_eq!(verify_with(own, &with_header(r#"{"alg":"HS256"}"#)), Ok(()));
}

#[test]
fn a29_a_kid_that_is_not_a_string() {
    for kid in ["1", "null", "true", "[]", r#"["good"]"#, r#"{"good":1}"#] {
        let token = with_header(format!(r#"{{"alg":"HS256","kid":{kid}}}"#));
        let error = VerifyError::Malformed(Malformed::HeaderParameter("kid"));
        assert_eq!(verify_with(two_keys(), &token), Err(error), "{kid}");
        assert_eq!(verify(&token), Err(error), "{kid}");
    }
}

#[test]
fn a29_a_kid_of_a_hundred_kilobytes() {
    let header = json!({"alg": "HS256", "kid": "k".repeat(100_000)}).to_string();
    let token = with_header(header);
    let error = Malformed::TooLarge { size: token.len(), limit: 8192 };
    assert_eq!(verify_with(two_keys(), &token), Err(VerifyError::Malformed(error)));
    assert_eq!(UnverifiedJws::parse(&token, 1 << 20).unwrap_err(), Malformed::HeaderTooLarge);
    // The longest that passes is still only looked up.
    let header = json!({"alg": "HS256", "kid": "k".repeat(3000)}).to_string();
    assert_eq!(verify_with(two_keys(), &with_header(header)), Err(VerifyError::NoMatchingKey));
    // And no key has such a name.
    let long = "k".repeat(257);
    assert!(KeyId::new(&long).is_err());
    let named = jwk(&public(P256), &[("kid", json!(long))]);
    assert_eq!(VerifyingKey::from_jwk(&named).unwrap_err(), KeyError::KeyId);
    let KeySetError::NothingUsable(skipped) = KeySet::from_jwks(&format!(r#"{{"keys":[{named}]}}"#)).unwrap_err()
    else {
        panic!()
    };
    assert_eq!(skipped[0].reason, KeyError::KeyId);
    for kid in [json!(""), json!(7), json!(null)] {
        let named = jwk(&public(P256), &[("x5c", json!([]))]).replacen('{', &format!(r#"{{"kid":{kid},"#), 1);
        let error = if kid == "" { KeyError::KeyId } else { KeyError::Member("kid") };
        assert_eq!(VerifyingKey::from_jwk(&named).unwrap_err(), error, "{kid}");
        assert!(SigningKey::from_jwk(&named).is_err());
    }
}

#[test]
fn a29_typ_that_is_not_a_string() {
    for typ in ["1", "null", "[]", r#"["JWT"]"#, "{}"] {
        let token = signed(format!(r#"{{"alg":"HS256","typ":{typ}}}"#), CLAIMS);
        let error = VerifyError::Malformed(Malformed::HeaderParameter("typ"));
        assert_eq!(verify(&token), Err(error), "{typ}");
        assert_eq!(UnverifiedJws::parse(&token, 8192).unwrap_err(), Malformed::HeaderParameter("typ"), "{typ}");
    }
}

#[test]
fn of_all_that_is_wrong_with_a_token_the_first_is_reported() {
    let named = |kid: &str, algorithm| {
        VerifyingKey::from_secret(algorithm, SECRET).unwrap().with_key_id(KeyId::new(kid).unwrap())
    };
    let keys = KeySet::of_secrets([named("1", Algorithm::HS256), named("2", Algorithm::HS512)]).unwrap();
    let malformed = |malformed| Err(VerifyError::Malformed(malformed));
    // From line to line, what was reported is mended and nothing else.
    for (header, error) in [
        (
            r#"{"alg":"none","kid":"x","typ":"x","crit":["x"],"zip":"DEF","x":1,"x":2}"#,
            malformed(Malformed::Header(JsonError::DuplicateMember)),
        ),
        (
            r#"{"alg":"none","kid":"x","typ":"x","crit":["x"],"zip":"DEF","x":1,"b64":false}"#,
            malformed(Malformed::CriticalNotUnderstood),
        ),
        (r#"{"alg":"none","kid":"x","typ":"x","zip":"DEF","b64":false}"#, malformed(Malformed::UnencodedPayload)),
        (r#"{"alg":"none","kid":"x","typ":"x","zip":"DEF"}"#, malformed(Malformed::Compressed)),
        (r#"{"alg":"none","kid":"x","typ":"x"}"#, Err(VerifyError::NoMatchingKey)),
        (r#"{"alg":"none","kid":"1","typ":"x"}"#, Err(VerifyError::AlgorithmMismatch)),
        (r#"{"alg":"HS256","kid":"1","typ":"x"}"#, Err(VerifyError::TokenType)),
        (r#"{"alg":"HS256","kid":"1","typ":"JWT"}"#, Err(VerifyError::BadSignature)),
    ] {
        let token = crate::support::token(header, "no claims at all", |_| vec![0; 32]);
        assert_eq!(verify_with(keys.clone(), &token), error, "{header}");
    }
    let token = signed(r#"{"alg":"HS256","kid":"1","typ":"JWT"}"#, "no claims at all");
    assert_eq!(verify_with(keys, &token), malformed(Malformed::Payload(JsonError::NotAnObject)));
}
