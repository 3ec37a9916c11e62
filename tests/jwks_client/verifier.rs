//! What is looked at before anything is fetched, and what the verifier says.

use jwtward::{
    Algorithm, Claims, JwtSigner, KeyId, Malformed, SigningKey, VerifyError, jwks_client::RemoteVerifyError,
};

use crate::support::{
    Answer, Issuer, KEYS, freeze, is_good, is_refused, is_unavailable, key, pass, secs, token, verifier,
};

fn base64url(text: &str) -> String {
    use std::fmt::Write as _;
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            write!(out, "{}", char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63])).unwrap();
        }
    }
    out
}

#[tokio::test]
async fn a_token_that_no_key_could_make_good_fetches_nothing() {
    let issuer = Issuer::new(&[&key("a")]);
    let verifier = verifier(&issuer);
    for (text, error) in [
        (String::new(), Malformed::TooShort),
        ("a.b".to_owned(), Malformed::TooShort),
        ("abcdefgh".to_owned(), Malformed::Segments),
        ("x".repeat(8193), Malformed::TooLarge { size: 8193, limit: 8192 }),
    ] {
        is_refused(verifier.verify(&text).await, VerifyError::Malformed(error));
    }
    for header in ["{", "[]", r#"{"kid":"b"}"#, r#"{"alg":"ES256","alg":"ES256"}"#, r#"{"alg":"ES256","crit":["b"]}"#] {
        let verdict = verifier.verify::<()>(&format!("{}.e30.AAAA", base64url(header))).await;
        let error = verdict.unwrap_err();
        assert!(matches!(error, RemoteVerifyError::Token(VerifyError::Malformed(_))), "{header}: {error:?}");
    }
    for alg in ["none", "None", "HS256", "HS512", "ES256K", "RSA-OAEP", "es256"] {
        let header = base64url(&format!(r#"{{"alg":"{alg}","kid":"b"}}"#));
        is_refused(verifier.verify(&format!("{header}.e30.AAAA")).await, VerifyError::AlgorithmMismatch);
    }
    assert_eq!(issuer.count(), 0);
}

#[tokio::test]
async fn a_known_key_is_not_looked_for_again_whatever_is_wrong_with_its_token() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(60)).await;
    let other = key("a");
    is_refused(verifier.verify(&token(&other)).await, VerifyError::BadSignature);
    let other = SigningKey::generate(Algorithm::ES384).unwrap().with_key_id(KeyId::new("a").unwrap());
    is_refused(verifier.verify(&token(&other)).await, VerifyError::AlgorithmMismatch);
    let signer = JwtSigner::new(a.clone(), "iss", "aud", secs(60)).unwrap().token_type("at+jwt");
    is_refused(verifier.verify(&signer.sign("alice", &()).unwrap()).await, VerifyError::TokenType);
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn the_callers_own_check_has_the_last_word() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let check = |claims: &Claims<()>| if claims.subject() == Some("bob") { Ok(()) } else { Err("not bob") };
    let verdict = verifier(&issuer).verify_with(&token(&a), check).await;
    is_refused(verdict, VerifyError::Claim(jwtward::ClaimError::Rejected("not bob")));
}

#[tokio::test]
async fn errors_say_why_and_keep_their_source() {
    use std::error::Error as _;
    let issuer = Issuer::new(&[]);
    issuer.answer(KEYS, Answer::Status(500, Vec::new()));
    let error = is_unavailable(verifier(&issuer).verify(&token(&key("a"))).await);
    let error = RemoteVerifyError::from(error);
    assert_eq!(error.to_string(), "the issuer's keys could not be fetched");
    assert_eq!(error.source().unwrap().to_string(), "the response's status is 500");
}

#[tokio::test]
async fn verifying_is_possible_from_any_thread() {
    fn any_thread<T: Send + Sync>(_: &T) {}
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    any_thread(&verifier);
    let token = token(&a);
    is_good(sendable(verifier.verify(&token)).await);
}
