//! Rows 42 to 46: issuer, audience, types of token, and custom claims.

use std::{collections::BTreeMap, time::Duration};

use jwtward::{
    Algorithm, Claim, ClaimError, Claims, JsonError, JwtSigner, JwtVerifier, NumericDate, SignError, SigningKey,
    VerifyError, VerifyingKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{CLAIMS, NOW, SECRET, at, hs256, signed, token, verify, with_payload};

const ISSUER: &str = "https://auth.example";

fn strict() -> JwtVerifier {
    JwtVerifier::builder(hs256()).issuer(ISSUER).audience("api").clock(at(NOW)).build()
}

fn verify_strict(payload: &str) -> Result<(), VerifyError> {
    strict().verify::<()>(&with_payload(payload)).map(|_| ())
}

fn claim(error: ClaimError) -> Result<(), VerifyError> {
    Err(VerifyError::Claim(error))
}

#[test]
fn a42_aud_missing_empty_or_another() {
    let with_aud = |aud: &str| verify_strict(&format!(r#"{{"exp":1000900,"iss":"{ISSUER}","aud":{aud}}}"#));
    for fine in [r#""api""#, r#"["api"]"#, r#"["x","api"]"#, r#"["api","api"]"#, r#""a\u0070i""#] {
        assert_eq!(with_aud(fine), Ok(()), "{fine}");
    }
    let missing = verify_strict(&format!(r#"{{"exp":1000900,"iss":"{ISSUER}"}}"#));
    assert_eq!(missing, claim(ClaimError::Missing(Claim::Audience)));
    for other in [
        "[]",
        r#""""#,
        r#"[""]"#,
        r#""ap""#,
        r#""apis""#,
        r#""api ""#,
        r#"" api""#,
        r#""API""#,
        r#""api,other""#,
        r#""api other""#,
        r#""https://example.com/api""#,
        r#"["ap","i"]"#,
        r#"["*"]"#,
        r#"["\u0430pi"]"#,
        r#""api\u0000""#,
    ] {
        assert_eq!(with_aud(other), claim(ClaimError::Mismatch(Claim::Audience)), "{other}");
    }
    for wrong in [
        "null",
        "true",
        "1",
        "{}",
        r#"{"api":1}"#,
        r#"["api",1]"#,
        r#"[1,"api"]"#,
        r#"["api",null]"#,
        r#"[["api"]]"#,
        r#"["api",{}]"#,
        "[null]",
        "[0]",
    ] {
        assert_eq!(with_aud(wrong), claim(ClaimError::Type(Claim::Audience)), "{wrong}");
    }
}

#[test]
fn a42_iss_missing_or_another() {
    let with_iss = |iss: &str| verify_strict(&format!(r#"{{"exp":1000900,"aud":"api","iss":{iss}}}"#));
    assert_eq!(with_iss(&format!("\"{ISSUER}\"")), Ok(()));
    assert_eq!(verify_strict(r#"{"exp":1000900,"aud":"api"}"#), claim(ClaimError::Missing(Claim::Issuer)));
    for other in [
        r#""""#,
        r#""https://auth.example/""#,
        r#""https://auth.exampl""#,
        r#""HTTPS://auth.example""#,
        r#""https://auth.example ""#,
        r#""https://auth.example.attacker.example""#,
        r#""https://auth.example@attacker.example""#,
        r#""https://auth.example\u0000""#,
    ] {
        assert_eq!(with_iss(other), claim(ClaimError::Mismatch(Claim::Issuer)), "{other}");
    }
    for wrong in ["null", "1", "true", "[]", &format!("[\"{ISSUER}\"]"), &format!("{{\"{ISSUER}\":1}}")] {
        assert_eq!(with_iss(wrong), claim(ClaimError::Type(Claim::Issuer)), "{wrong}");
    }
}

#[test]
fn a42_a_wrong_type_is_an_error_even_where_the_claim_is_not_asked_for() {
    for (name, kind) in
        [("iss", Claim::Issuer), ("sub", Claim::Subject), ("jti", Claim::TokenId), ("aud", Claim::Audience)]
    {
        for value in ["1", "null", "true", "{}", "[1]"] {
            let payload = format!(r#"{{"exp":1000900,"{name}":{value}}}"#);
            assert_eq!(verify(&with_payload(&payload)), claim(ClaimError::Type(kind)), "{payload}");
        }
        if kind != Claim::Audience {
            let payload = format!(r#"{{"exp":1000900,"{name}":["x"]}}"#);
            assert_eq!(verify(&with_payload(&payload)), claim(ClaimError::Type(kind)), "{payload}");
        }
    }
}

#[test]
fn a42_claims_that_are_required_or_expected() {
    let base = || JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW));
    for (kind, member) in [
        (Claim::Issuer, r#""iss":"a""#),
        (Claim::Subject, r#""sub":"a""#),
        (Claim::Audience, r#""aud":["a"]"#),
        (Claim::NotBefore, r#""nbf":1000000"#),
        (Claim::IssuedAt, r#""iat":1000000"#),
        (Claim::TokenId, r#""jti":"a""#),
    ] {
        let verifier = base().require(kind).build();
        let error = verifier.verify::<()>(&with_payload(CLAIMS)).unwrap_err();
        assert_eq!(error, VerifyError::Claim(ClaimError::Missing(kind)));
        // With it, no other is needed.
        let payload = format!(r#"{{"exp":1000900,{member}}}"#);
        assert!(verifier.verify::<()>(&with_payload(&payload)).is_ok(), "{payload}");
    }
    let expiry = base().danger_allow_missing_expiry().require(Claim::ExpiresAt).build();
    let error = expiry.verify::<()>(&with_payload("{}")).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::Missing(Claim::ExpiresAt)));
    let alice = base().subject("alice").token_id("1").build();
    for (payload, error) in [
        (r#"{"exp":1000900,"jti":"1"}"#, ClaimError::Missing(Claim::Subject)),
        (r#"{"exp":1000900,"jti":"1","sub":"Alice"}"#, ClaimError::Mismatch(Claim::Subject)),
        (r#"{"exp":1000900,"sub":"alice"}"#, ClaimError::Missing(Claim::TokenId)),
        (r#"{"exp":1000900,"sub":"alice","jti":"01"}"#, ClaimError::Mismatch(Claim::TokenId)),
    ] {
        assert_eq!(alice.verify::<()>(&with_payload(payload)).map(|_| ()), claim(error), "{payload}");
    }
}

/// An audience that is asked for by `require` alone is not there when it is an empty list.
#[test]
fn a42_an_empty_aud_is_not_the_required_audience() {
    let verifier =
        JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW)).require(Claim::Audience);
    let error = verifier.build().verify::<()>(&with_payload(r#"{"exp":1000900,"aud":[]}"#)).map(|_| ());
    assert_eq!(error, claim(ClaimError::Missing(Claim::Audience)));
}

#[test]
fn a43_another_kind_of_token_where_an_access_token_is_due() {
    let access =
        JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().token_type("at+jwt").clock(at(NOW)).build();
    let verify = |header: &str| access.verify::<()>(&signed(header, CLAIMS)).map(|_| ());
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        assert_eq!(verify(&json!({"alg": "HS256", "typ": typ}).to_string()), Ok(()), "{typ}");
    }
    assert_eq!(verify(r#"{"alg":"HS256"}"#), Err(VerifyError::TokenType));
    for typ in [
        "JWT",
        "jwt",
        "id+jwt",
        "rt+jwt",
        "logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "at",
        "at+jwt ",
        " at+jwt",
        "at+jwt2",
        "xat+jwt",
        "application/application/at+jwt",
        "text/at+jwt",
        "/at+jwt",
        "at+jwt\0",
        "",
    ] {
        let header = json!({"alg": "HS256", "typ": typ}).to_string();
        assert_eq!(verify(&header), Err(VerifyError::TokenType), "{typ:?}");
    }
}

#[test]
fn a43_an_access_token_where_another_kind_is_due() {
    // By default only `JWT` or nothing; a token that names its kind is not taken for one that does not.
    for typ in ["at+jwt", "logout+jwt", "JOSE", "JWS", "x"] {
        let token = signed(json!({"alg": "HS256", "typ": typ}).to_string(), CLAIMS);
        assert_eq!(verify(&token), Err(VerifyError::TokenType), "{typ}");
    }
    for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"HS256","typ":"application/jwt"}"#]
    {
        assert_eq!(verify(&signed(header, CLAIMS)), Ok(()), "{header}");
    }
    // Refused before the signature is looked at.
    let forged = token(r#"{"alg":"HS256","typ":"at+jwt"}"#, CLAIMS, |_| vec![0; 32]);
    assert_eq!(verify(&forged), Err(VerifyError::TokenType));
}

#[test]
fn a44_a_key_of_one_issuer_and_the_name_of_another() {
    // Each issuer's keys are in a verifier of their own.
    let other_secret = [7; 32];
    let trust = |issuer: &str, secret: &[u8]| {
        let key = VerifyingKey::from_secret(Algorithm::HS256, secret).unwrap();
        JwtVerifier::builder(key).issuer(issuer).ignore_audience().clock(at(NOW)).build()
    };
    let (a, b) = (trust("https://a.example", SECRET), trust("https://b.example", &other_secret));
    let by_a = |issuer: &str| with_payload(format!(r#"{{"exp":1000900,"iss":"{issuer}"}}"#));
    assert!(a.verify::<()>(&by_a("https://a.example")).is_ok());
    let error = VerifyError::Claim(ClaimError::Mismatch(Claim::Issuer));
    assert_eq!(a.verify::<()>(&by_a("https://b.example")).unwrap_err(), error);
    assert_eq!(b.verify::<()>(&by_a("https://b.example")).unwrap_err(), VerifyError::BadSignature);
    assert_eq!(b.verify::<()>(&by_a("https://a.example")).unwrap_err(), VerifyError::BadSignature);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Role {
    admin: bool,
    level: u8,
}

#[test]
fn a45_custom_claims_that_do_not_deserialize() {
    let verify = |members: &str| {
        let token = with_payload(format!(r#"{{"exp":1000900{members}}}"#));
        strict_custom().verify::<Role>(&token).map(|jwt| jwt.into_claims().into_custom())
    };
    assert_eq!(verify(r#","admin":false,"level":1"#), Ok(Role { admin: false, level: 1 }));
    for (members, error) in [
        ("", ClaimError::MissingCustom("admin")),
        (r#","admin":true"#, ClaimError::MissingCustom("level")),
        (r#","Admin":true,"level":1"#, ClaimError::MissingCustom("admin")),
        (r#","admin":"true","level":1"#, ClaimError::CustomType),
        (r#","admin":1,"level":1"#, ClaimError::CustomType),
        (r#","admin":null,"level":1"#, ClaimError::CustomType),
        (r#","admin":[true],"level":1"#, ClaimError::CustomType),
        (r#","admin":true,"level":"1""#, ClaimError::CustomType),
        (r#","admin":true,"level":256"#, ClaimError::CustomType),
        (r#","admin":true,"level":-1"#, ClaimError::CustomType),
        (r#","admin":true,"level":1.0"#, ClaimError::CustomType),
    ] {
        assert_eq!(verify(members), Err(VerifyError::Claim(error)), "{members}");
    }
}

fn strict_custom() -> JwtVerifier {
    JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW)).build()
}

#[test]
fn a45_custom_claims_of_a_shape_that_is_no_object() {
    let token = with_payload(r#"{"exp":1000900,"x":1}"#);
    let verifier = strict_custom();
    let error = VerifyError::Claim(ClaimError::CustomType);
    assert_eq!(verifier.verify::<Vec<u8>>(&token).unwrap_err(), error);
    assert_eq!(verifier.verify::<String>(&token).unwrap_err(), error);
    assert_eq!(verifier.verify::<u64>(&token).unwrap_err(), error);
    assert_eq!(verifier.verify::<bool>(&token).unwrap_err(), error);
}

#[test]
fn a45_an_expired_token_is_expired_whatever_else_is_wrong() {
    let expired = ClaimError::Expired { exp: NumericDate::from_secs(1), now: NumericDate::from_secs(NOW) };
    let payload = r#"{"exp":1,"iss":7,"aud":[3],"nbf":"x","iat":9e9,"jti":null,"admin":"yes"}"#;
    let verifier = JwtVerifier::builder(hs256()).issuer(ISSUER).audience("api").clock(at(NOW)).build();
    assert_eq!(verifier.verify::<Role>(&with_payload(payload)).unwrap_err(), VerifyError::Claim(expired));
    // And a registered claim's fault comes before a custom one's.
    let error = verifier.verify::<Role>(&with_payload(CLAIMS)).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::Missing(Claim::Issuer)));
}

#[test]
fn a45_registered_claims_do_not_reach_the_custom_type() {
    let token =
        with_payload(r#"{"exp":1000900,"sub":"alice","iss":"x","aud":["y"],"jti":"z","iat":1,"nbf":1,"EXP":5}"#);
    let jwt = strict_custom().verify::<BTreeMap<String, Value>>(&token).unwrap();
    assert_eq!(jwt.custom().keys().collect::<Vec<_>>(), ["EXP"]);
}

fn signer() -> JwtSigner {
    JwtSigner::new(SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap(), ISSUER, "api", Duration::from_secs(900))
        .unwrap()
}

#[test]
fn a46_custom_claims_with_a_registered_name() {
    for (name, kind) in [
        ("iss", Claim::Issuer),
        ("sub", Claim::Subject),
        ("aud", Claim::Audience),
        ("exp", Claim::ExpiresAt),
        ("nbf", Claim::NotBefore),
        ("iat", Claim::IssuedAt),
        ("jti", Claim::TokenId),
    ] {
        for value in [json!(99_999_999_999_u64), json!("x"), json!(null)] {
            let custom = json!({"fine": 1, name: value});
            assert_eq!(signer().sign("alice", &custom).unwrap_err(), SignError::ReservedClaim(kind), "{custom}");
            let claims = Claims::new(custom);
            assert_eq!(signer().sign_claims(&claims).unwrap_err(), SignError::ReservedClaim(kind));
        }
        // Deeper, or in another case, it is a name like any other.
        assert!(signer().sign("alice", &json!({"x": {name: 1}, name.to_uppercase(): 2})).is_ok());
    }
}

#[test]
fn a46_custom_claims_by_flatten_that_repeat_a_name() {
    #[derive(Serialize)]
    struct Twice {
        admin: bool,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let rest = |name: &str| Twice { admin: false, rest: BTreeMap::from([(name.to_string(), json!(true))]) };
    assert_eq!(signer().sign("alice", &rest("admin")).unwrap_err(), SignError::Json(JsonError::DuplicateMember));
    assert_eq!(signer().sign("alice", &rest("exp")).unwrap_err(), SignError::ReservedClaim(Claim::ExpiresAt));
    assert!(signer().sign("alice", &rest("other")).is_ok());
}

#[test]
fn a46_custom_claims_that_no_verifier_would_read() {
    let sign = |custom: Value| signer().max_token_size(1 << 20).unwrap().sign("alice", &custom).unwrap_err();
    for not_object in [json!([1]), json!("x"), json!(1), json!(true)] {
        assert_eq!(sign(not_object), SignError::NotAnObject);
    }
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(sign(json!({"x": deep})), SignError::Json(JsonError::TooDeep));
    let many: BTreeMap<String, u8> = (0..250).map(|i| (i.to_string(), 0)).collect();
    assert_eq!(signer().sign("alice", &many).unwrap_err(), SignError::Json(JsonError::TooManyMembers));
    assert_eq!(sign(json!({"x": "a".repeat(70_000)})), SignError::Json(JsonError::StringTooLong));
    assert_eq!(
        signer().sign("alice", &BTreeMap::from([("x", u128::MAX)])).unwrap_err(),
        SignError::Json(JsonError::NumberOutOfRange)
    );
    let size = match signer().sign("alice", &json!({"x": "a".repeat(9000)})).unwrap_err() {
        SignError::TooLarge { size, limit: 8192 } => size,
        error => panic!("{error}"),
    };
    assert!(size > 12_000);
}

#[test]
fn a46_text_in_claims_cannot_break_out_of_its_string() {
    let hostile = "\",\"admin\":true,\"x\":\"\\\u{0}\u{7f}\u{2028}\n";
    let token = signer().clock(at(NOW)).sign(hostile, &json!({hostile: hostile})).unwrap();
    let jwt = strict().verify::<BTreeMap<String, String>>(&token).unwrap();
    assert_eq!(jwt.subject(), Some(hostile));
    assert_eq!(jwt.custom(), &BTreeMap::from([(hostile.to_string(), hostile.to_string())]));
    let signer = JwtSigner::new(
        SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap(),
        hostile,
        hostile,
        Duration::from_secs(900),
    );
    let token = signer.unwrap().token_type("a\",\"alg\":\"none").clock(at(NOW)).sign("alice", &()).unwrap();
    let verifier = JwtVerifier::builder(hs256()).issuer(hostile).audience(hostile).clock(at(NOW));
    let verified = verifier.token_type("a\",\"alg\":\"none").build().verify::<()>(&token);
    assert!(verified.is_ok(), "{verified:?}");
}
