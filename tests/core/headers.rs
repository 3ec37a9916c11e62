//! Headers, one step beside those of the attacks.

use jwtward::{
    Algorithm, JsonError, JwsSigner, JwtVerifier, KeyId, Malformed, SigningFailed, SigningKey, UnverifiedJws,
    VerifyError,
};

use crate::support::{CLAIMS, NOW, SECRET, at, hs256, signed, verify, with_header};

#[test]
fn a_content_type_that_is_not_jwt_is_nobodys_concern() {
    for cty in ["json", "JWTS", "application/json", "application/jwt/x", "application-JWT", ""] {
        assert_eq!(verify(&with_header(format!(r#"{{"alg":"HS256","cty":"{cty}"}}"#))), Ok(()), "{cty}");
    }
}

#[test]
fn only_the_whole_prefix_of_a_media_type_may_be_left_out() {
    let verifier = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW)).build();
    for typ in ["application-JWT", "applicationsJWT", "application/x/JWT", "text/JWT", "x-JWT"] {
        let token = signed(format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#), CLAIMS);
        assert_eq!(verifier.verify::<()>(&token).unwrap_err(), VerifyError::TokenType, "{typ}");
    }
}

#[test]
fn a_b64_that_is_no_json_is_told_from_one_of_another_type() {
    let header = |json| VerifyError::Malformed(Malformed::Header(json));
    for (b64, error) in [
        ("tru", header(JsonError::Syntax)),
        ("[", VerifyError::Malformed(Malformed::HeaderParameter("b64"))),
        ("1e999", header(JsonError::NumberOutOfRange)),
        ("1", VerifyError::Malformed(Malformed::HeaderParameter("b64"))),
    ] {
        assert_eq!(verify(&with_header(format!(r#"{{"alg":"HS256","b64":{b64}}}"#))), Err(error), "{b64}");
    }
}

#[test]
fn debug_of_a_header_is_what_chooses_a_key_and_names_the_type() {
    let token = with_header(r#"{"alg":"HS256","kid":"k","typ":"JWT","x":"canary"}"#);
    let jws = UnverifiedJws::parse(&token, 8192).unwrap();
    let shown = r#"Header { algorithm: Some(HS256), kid: Some("k"), typ: Some("JWT"), cty: None, .. }"#;
    assert_eq!(format!("{:?}", jws.header()), shown);
    let shown = format!("UnverifiedJws {{ header: {shown}, .. }}");
    assert_eq!(format!("{jws:?}"), shown);
    assert_eq!(format!("{:?}", jws.verify(&hs256()).unwrap()), shown.replace("Unv", "V"));
}

#[test]
fn a_header_of_4096_characters_is_signed_and_read_and_a_longer_one_is_not() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    // What the longest header, of 3072 octets before their encoding, has beside its `typ`.
    let longest = 3072 - r#"{"alg":"HS256","typ":""}"#.len();
    let token = JwsSigner::with_token_type(key.clone(), &"t".repeat(longest)).sign(b"payload").unwrap();
    assert_eq!(token.find('.'), Some(4096));
    let jws = UnverifiedJws::parse(&token, 8192).unwrap();
    assert_eq!(jws.verify(&hs256()).unwrap().payload(), b"payload");

    let longer = JwsSigner::with_token_type(key, &"t".repeat(longest + 1));
    assert_eq!(longer.sign(b"payload"), Err(SigningFailed::HeaderTooLarge));
    assert_eq!(longer.sign_detached(b"payload"), Err(SigningFailed::HeaderTooLarge));
    let token = format!("{}.e30.AA", "A".repeat(4097));
    assert_eq!(UnverifiedJws::parse(&token, 8192).unwrap_err(), Malformed::HeaderTooLarge);
}

#[test]
fn debug_of_a_signer_shows_its_key_by_algorithm_and_kid() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap().with_key_id(KeyId::new("k").unwrap());
    let shown = r#"SigningKey { algorithm: HS256, kid: Some("k"), .. }"#;
    assert_eq!(format!("{key:?}"), shown);
    assert_eq!(format!("{:?}", JwsSigner::new(key)), format!("JwsSigner {{ key: {shown}, .. }}"));
}
