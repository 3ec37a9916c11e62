//! What the types promise besides their values: threads, sources of errors, custom claims of any shape, limits on what is signed.

#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeMap, error::Error, time::Duration};

use jwtward::*;
use serde::{Deserialize, Serialize};

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::HS256).unwrap()
}

fn signer(key: &SigningKey) -> JwtSigner {
    JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(60)).unwrap()
}

fn verifier(key: &SigningKey) -> JwtVerifier {
    JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").build()
}

#[test]
fn every_public_type_crosses_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<(Algorithm, KeyId, SecretString, NumericDate, SystemClock, FixedClock)>();
    crosses::<(SigningKey, VerifyingKey, KeySet, SkippedKey, KeyLoader, PublicJwk, PublicJwkSet)>();
    crosses::<(Header, JwsSigner, UnverifiedJws<'_>, VerifiedJws<'_>)>();
    crosses::<(Claims<()>, ValidatedJwt<()>, JwtSigner, JwtVerifier, JwtVerifierBuilder<Decided, Undecided>)>();
    crosses::<(KeyError, KeySetError, JwsError, VerifyError, ClaimError, SignError, ConfigError, JsonError)>();
}

#[test]
fn errors_keep_their_source_and_have_none_where_there_is_none() {
    let json = JsonError::TooDeep;
    let source = |error: &dyn Error| error.source().map(ToString::to_string);
    let text = Some(json.to_string());
    assert_eq!(source(&KeyError::Json(json)), text);
    assert_eq!(source(&KeySetError::Json(json)), text);
    assert_eq!(source(&JwsError::Malformed(Malformed::Header(json))), text);
    assert_eq!(source(&VerifyError::from(Malformed::Payload(json))), text);
    assert_eq!(source(&SignError::Json(json)), text);
    let unusable = KeySet::from_jwks(r#"{"keys":[{"kty":"RSA"}]}"#).unwrap_err();
    assert_eq!(source(&unusable), Some(KeyError::AlgorithmRequired.to_string()));
    for error in [
        &KeyError::Pem as &dyn Error,
        &KeySetError::Mixed,
        &Malformed::Segments,
        &JwsError::BadSignature,
        &VerifyError::BadSignature,
        &SignError::NotAnObject,
    ] {
        assert!(error.source().is_none(), "{error}");
    }
}

#[test]
fn a_jws_error_becomes_the_same_verify_error() {
    for (jws, verify) in [
        (JwsError::from(Malformed::Segments), VerifyError::Malformed(Malformed::Segments)),
        (JwsError::NoMatchingKey, VerifyError::NoMatchingKey),
        (JwsError::AlgorithmMismatch, VerifyError::AlgorithmMismatch),
        (JwsError::BadSignature, VerifyError::BadSignature),
    ] {
        assert_eq!(VerifyError::from(jws), verify);
        assert_eq!(jws.to_string(), verify.to_string());
    }
}

#[test]
fn custom_claims_are_a_map_a_struct_a_wrapper_or_nothing() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Nothing;
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Wrapper(BTreeMap<String, u64>);
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Empty {}

    let key = key();
    let map = BTreeMap::from([("a".to_owned(), 1_u64)]);
    let token = signer(&key).sign("alice", &map).unwrap();
    let verifier = verifier(&key);
    assert_eq!(verifier.verify::<BTreeMap<String, u64>>(&token).unwrap().into_claims().into_custom(), map);
    assert_eq!(verifier.verify::<Wrapper>(&token).unwrap().custom(), &Wrapper(map.clone()));
    assert_eq!(verifier.verify::<Option<Wrapper>>(&token).unwrap().custom(), &Some(Wrapper(map)));
    assert_eq!(verifier.verify::<Nothing>(&token).unwrap().custom(), &Nothing);
    assert_eq!(verifier.verify::<Empty>(&token).unwrap().custom(), &Empty {});
    assert_eq!(verifier.verify::<u64>(&token).unwrap_err(), VerifyError::Claim(ClaimError::CustomType));

    // What other libraries want in one struct is read from two places here.
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Everything {
        sub: String,
    }
    let error = verifier.verify::<Everything>(&token).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::RegisteredInCustom(Claim::Subject)));

    for token in [signer(&key).sign("alice", &Nothing), signer(&key).sign("alice", &Empty {})] {
        let jwt = verifier.verify::<BTreeMap<String, u64>>(&token.unwrap()).unwrap();
        assert_eq!(jwt.claims().custom(), &BTreeMap::new());
    }
    for nothing_to_write in [signer(&key).sign("alice", &7), signer(&key).sign("alice", &["a"])] {
        assert_eq!(nothing_to_write, Err(SignError::NotAnObject));
    }
}

#[test]
fn claims_are_signed_exactly_as_they_were_set() {
    let key = key();
    let payload = |claims: &Claims<BTreeMap<&str, u64>>| {
        let token = signer(&key).sign_claims(claims).unwrap();
        let jws = UnverifiedJws::parse(&token, UnverifiedJws::DEFAULT_MAX_SIZE).unwrap();
        String::from_utf8(jws.verify(&key.verifying_key()).unwrap().payload().to_vec()).unwrap()
    };
    let custom = BTreeMap::from([("a", 1)]);
    assert_eq!(payload(&Claims::new(BTreeMap::new())), "{}");
    assert_eq!(payload(&Claims::new(custom.clone())), r#"{"a":1}"#);
    assert_eq!(payload(&Claims::new(BTreeMap::new()).with_subject("s")), r#"{"sub":"s"}"#);
    let all = Claims::new(custom)
        .with_issuer("i\n")
        .with_subject("s")
        .with_audience("a")
        .with_audience("b")
        .with_expires_at(NumericDate::from_secs(3))
        .with_not_before(NumericDate::from_secs(-1))
        .with_issued_at(NumericDate::from_secs(2))
        .with_token_id("t");
    assert_eq!(payload(&all), r#"{"iss":"i\n","sub":"s","aud":["a","b"],"exp":3,"nbf":-1,"iat":2,"jti":"t","a":1}"#);
}

#[test]
fn what_verifiers_would_refuse_is_not_signed() {
    let key = key();
    let signer = signer(&key).max_token_size(1 << 20).unwrap();
    let sign = |claims: Claims<()>| signer.sign_claims(&claims);
    let far = NumericDate::from_secs(i64::MAX).plus(Duration::from_secs(u64::MAX));
    assert_eq!(sign(Claims::new(()).with_expires_at(far)), Err(SignError::Json(JsonError::NumberOutOfRange)));
    let long = "x".repeat((64 << 10) + 1);
    for claims in [
        Claims::new(()).with_issuer(&long),
        Claims::new(()).with_subject(&long),
        Claims::new(()).with_audience(&long),
        Claims::new(()).with_token_id(&long),
    ] {
        assert_eq!(sign(claims), Err(SignError::Json(JsonError::StringTooLong)));
    }
    let many: BTreeMap<String, u64> = (0..250).map(|i| (i.to_string(), i)).collect();
    assert_eq!(signer.sign("alice", &many), Err(SignError::Json(JsonError::TooManyMembers)));
    let typ = "t".repeat(5000);
    let failed = signer.clone().token_type(&typ).sign("alice", &()).unwrap_err();
    assert_eq!(failed, SignError::Failed(SigningFailed::HeaderTooLarge));
    assert_eq!(failed.source().map(ToString::to_string), Some(SigningFailed::HeaderTooLarge.to_string()));
    assert_eq!(JwsSigner::with_token_type(key, &typ).sign(b""), Err(SigningFailed::HeaderTooLarge));
    for size in [0, (1 << 20) + 1] {
        assert_eq!(signer.clone().max_token_size(size).unwrap_err(), ConfigError::MaxTokenSize);
    }
    let small = signer.max_token_size(100).unwrap();
    assert!(matches!(small.sign("alice", &()), Err(SignError::TooLarge { size: 200.., limit: 100 })));
}

#[test]
fn a_check_of_ones_own_comes_last_and_its_reason_is_kept() {
    let key = key();
    let token = signer(&key).sign("alice", &()).unwrap();
    let refuse = |_: &Claims<()>| Err("not on a Sunday");
    let error = verifier(&key).verify_with(&token, refuse).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::Rejected("not on a Sunday")));
    let elsewhere = JwtVerifier::builder(key.verifying_key()).issuer("other").audience("api").build();
    let error = elsewhere.verify_with(&token, refuse).unwrap_err();
    assert_eq!(error, VerifyError::Claim(ClaimError::Mismatch(Claim::Issuer)));
    assert!(
        verifier(&key).verify_with(&token, |claims: &Claims<()>| claims.subject().map(drop).ok_or("nobody")).is_ok()
    );
}

#[test]
fn a_claims_set_given_as_text_is_checked_as_verifiers_read_it() {
    assert_eq!(check_claims_set(br#"{"exp":"soon","a":{}}"#), Ok(()));
    for (text, error) in [
        (&b"[]"[..], JsonError::NotAnObject),
        (br#"{"a":1,"a":2}"#, JsonError::DuplicateMember),
        (b"{} {}", JsonError::Syntax),
        (b"{\"\xff\":1}", JsonError::Utf8),
    ] {
        assert_eq!(check_claims_set(text), Err(error));
    }
}

#[test]
fn rsa_keys_are_made_in_bounds_only() {
    for bits in [0, 1024, 2047, 8193] {
        assert_eq!(SigningKey::generate_rsa(Algorithm::RS256, bits).unwrap_err(), KeyError::Modulus { bits });
    }
    assert_eq!(SigningKey::generate_rsa(Algorithm::ES256, 2048).unwrap_err(), KeyError::WrongKeyType);
}

#[test]
fn exports_say_no_where_a_form_does_not_exist() {
    let key = key().with_key_id(KeyId::new("k").unwrap());
    assert_eq!(key.danger_export_private_pem().unwrap_err(), KeyError::Symmetric);
    assert_eq!(key.verifying_key().to_pem().unwrap_err(), KeyError::Symmetric);
    assert_eq!(key.verifying_key().to_jwk().unwrap_err(), KeyError::Symmetric);
    assert_eq!(format!("{:?}", key.key_id().unwrap()), "\"k\"");
    let public = SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key();
    let jwk = public.to_jwk().unwrap().without_algorithm().to_string();
    assert!(!jwk.contains("alg"));
    assert_eq!(VerifyingKey::from_jwk_as(Algorithm::Ed25519, &jwk).unwrap().thumbprint(), public.thumbprint());
}

#[test]
fn a_kind_of_token_can_be_waived_by_name_only() {
    let key = key();
    let token = signer(&key).token_type("dpop+jwt").sign("alice", &()).unwrap();
    let builder = || JwtVerifier::builder(key.verifying_key()).ignore_issuer().ignore_audience();
    assert_eq!(builder().build().verify::<()>(&token).unwrap_err(), VerifyError::TokenType);
    builder().ignore_token_type().build().verify::<()>(&token).unwrap();
    let jwt = builder().token_type("application/DPoP+JWT").build().verify::<()>(&token).unwrap();
    assert!(jwt.header().is_type("dpop+jwt") && !jwt.header().is_type("jwt"));
}

#[test]
fn lists_of_names_are_bounded() {
    let names = |count: usize| (0..count).map(|i| format!("\"n{i}\"")).collect::<Vec<_>>().join(",");
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = |operations: String| {
        VerifyingKey::from_jwk(&format!(
            r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","key_ops":["verify",{operations}]}}"#
        ))
    };
    assert!(jwk(names(15)).is_ok());
    assert_eq!(jwk(names(16)).unwrap_err(), KeyError::Member("key_ops"));
    assert_eq!(jwk(names(5000)).unwrap_err(), KeyError::Member("key_ops"));
}

#[test]
fn a_kid_is_unique_among_usable_and_unusable_keys() {
    let key = |usage: &str, kid: &str| {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","use":"{usage}","kid":"{kid}"}}"#)
    };
    let set = |keys: [String; 2]| KeySet::from_jwks(&format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    assert_eq!(set([key("sig", "a"), key("enc", "b")]).unwrap().skipped().len(), 1);
    assert_eq!(set([key("sig", "a"), key("enc", "a")]).unwrap_err(), KeySetError::DuplicateKeyId);
    assert_eq!(set([key("sig", "a"), key("sig", "\\u0061")]).unwrap_err(), KeySetError::DuplicateKeyId);
}

#[test]
fn a_number_of_a_key_has_no_escapes() {
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"\u00311qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert_eq!(VerifyingKey::from_jwk(jwk).unwrap_err(), KeyError::Member("x"));
}

#[test]
fn a_set_is_loaded_with_the_same_exceptions_as_a_key() {
    let set = r#"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#;
    let strict = KeyLoader::new(Algorithm::HS256);
    assert!(matches!(strict.verifying_secret_jwks(set), Err(KeySetError::NothingUsable(_))));
    assert_eq!(strict.danger_allow_short_hmac_key().verifying_secret_jwks(set).unwrap().len(), 1);
}
