//! Rows 10, 30 and 67 of `docs/attacks.md`.

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{VerifyError, jwks_client::JwksError};
use p256::ecdsa::signature::Signer;
use tokio::task::JoinSet;

use crate::{
    answers::error_of,
    support::{
        Answer, Issuer, KEYS, MOMENT, freeze, is_good, is_refused, is_unavailable, key, pass, secs, set, settle, token,
        until, verifier,
    },
};

#[tokio::test]
async fn a30_a_flood_of_unknown_kids_is_one_fetch_in_a_cool_down() {
    let _clock = freeze();
    let (a, other) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    let flood: Vec<_> = (0..1000)
        .map(|i| token(&other.clone().with_key_id(jwtward::KeyId::new(&format!("canary-{i}")).unwrap())))
        .collect();
    for requests in [1, 2, 3, 4] {
        let mut tasks = JoinSet::new();
        for token in flood.clone() {
            let verifier = verifier.clone();
            tasks.spawn(async move { verifier.verify(&token).await });
        }
        while let Some(verdict) = tasks.join_next().await {
            is_refused(verdict.unwrap(), VerifyError::NoMatchingKey);
        }
        assert_eq!(issuer.count(), requests);
        is_good(verifier.verify(&token(&a)).await);
        pass(secs(30)).await;
    }
    // Nothing of a token went out.
    assert!(issuer.requests().iter().all(|request| request == KEYS));
}

#[tokio::test]
async fn a30_nor_does_a_flood_hammer_an_issuer_that_is_down_or_keep_others_waiting() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    issuer.hold(true);
    pass(secs(30)).await;
    let mut tasks = JoinSet::new();
    for _ in 0..1000 {
        let (verifier, token) = (verifier.clone(), token(&b));
        tasks.spawn(async move { verifier.verify(&token).await });
    }
    issuer.has_seen(2).await;
    settle().await;
    // The flood waits, and nobody else does.
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(5) + MOMENT).await;
    while let Some(verdict) = tasks.join_next().await {
        assert!(matches!(is_unavailable(verdict.unwrap()), JwksError::Deadline));
    }
    for _ in 0..100 {
        is_unavailable(verifier.verify(&token(&b)).await);
        is_good(verifier.verify(&token(&a)).await);
    }
    assert_eq!(issuer.count(), 2);
}

/// A client that does fetch keys still fetches them from its own URL alone.
#[tokio::test]
async fn a10_an_address_in_the_header_is_never_fetched() {
    let _clock = freeze();
    let (a, attackers) = (key("a"), key("attackers"));
    let (issuer, attacker) = (Issuer::new(&[&a]), Issuer::new(&[&attackers]));
    let verifier = verifier(&issuer);
    let good = token(&attackers);
    let parts: Vec<&str> = good.split('.').collect();
    let jwk = attackers.verifying_key().to_jwk().unwrap().to_string();
    let scalar: serde_json::Value =
        serde_json::from_str(attackers.danger_export_private_jwk().unwrap().expose()).unwrap();
    let scalar = Base64UrlUnpadded::decode_vec(scalar["d"].as_str().unwrap()).unwrap();
    let signer = p256::ecdsa::SigningKey::from_slice(&scalar).unwrap();
    for (kid, error) in [("a", VerifyError::BadSignature), ("attackers", VerifyError::NoMatchingKey)] {
        for offer in [
            format!(r#""jku":"{}""#, attacker.url(KEYS)),
            format!(r#""x5u":"{}""#, attacker.url("/certificate.pem")),
            format!(r#""jku":"{0}","x5u":"{0}","jwk":{jwk}"#, attacker.url(KEYS)),
        ] {
            let header =
                Base64UrlUnpadded::encode_string(format!(r#"{{"alg":"ES256","kid":"{kid}",{offer}}}"#).as_bytes());
            let input = format!("{header}.{}", parts[1]);
            let signature: p256::ecdsa::Signature = signer.sign(input.as_bytes());
            let forged = format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()));
            is_refused(verifier.verify(&forged).await, error);
        }
    }
    assert_eq!(attacker.count(), 0);
    assert!(issuer.requests().iter().all(|request| request == KEYS));
}

#[tokio::test]
async fn a67_a_redirect_is_not_followed() {
    let a = key("a");
    let target = Issuer::new(&[&a]);
    for status in [301, 302, 303, 307, 308] {
        for to in [target.url(KEYS), "file:///etc/passwd".into(), "https://issuer.example/".into(), KEYS.into()] {
            let error = error_of(Answer::Redirect(status, to)).await;
            assert_eq!(format!("{error:?}"), format!("Fetch(Status({status}))"));
        }
    }
    assert_eq!(target.count(), 0);
}

#[tokio::test]
async fn a67_whatever_is_wrong_with_an_answer_the_old_set_is_kept() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let elsewhere = Issuer::new(&[&b]);
    let good = set(&[&b]);
    let large = format!("{good}{}", " ".repeat(256 * 1024));
    for answer in [
        Answer::Redirect(302, elsewhere.url(KEYS)),
        Answer::Redirect(302, "file:///etc/passwd".into()),
        Answer::Body(large.into()),
        Answer::Endless,
        Answer::Body("<!doctype html><title>Welcome to the café</title>".into()),
        Answer::Body(Vec::new()),
        Answer::Body(br#"{"keys":[]}"#.to_vec()),
        Answer::Body(good[..good.len() - 2].into()),
        Answer::Status(500, good.clone().into()),
        Answer::Cut,
    ] {
        let issuer = Issuer::new(&[&a]);
        let verifier = verifier(&issuer);
        is_good(verifier.verify(&token(&a)).await);
        issuer.answer(KEYS, answer);
        pass(secs(250)).await;
        is_good(verifier.verify(&token(&a)).await);
        until(|| verifier.jwks().last_error().is_some()).await;
        is_good(verifier.verify(&token(&a)).await);
        is_unavailable(verifier.verify(&token(&b)).await);
        assert_eq!(issuer.count(), 2);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a67_a_body_that_never_ends_keeps_the_old_set() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    issuer.answer(KEYS, Answer::Half(set(&[&key("b")]).into()));
    pass(secs(250)).await;
    is_good(verifier.verify(&token(&a)).await);
    issuer.has_seen(2).await;
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(5) + MOMENT).await;
    until(|| matches!(verifier.jwks().last_error(), Some(JwksError::Deadline))).await;
    is_good(verifier.verify(&token(&a)).await);
}
