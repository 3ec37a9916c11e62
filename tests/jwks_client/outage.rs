//! An issuer that does not answer, and one that answers again.

use std::time::Duration;

use jwtward::jwks_client::{FetchError, JwksError, JwksFetcher};
use jwtward::{VerifyError, jwks_client::RemoteVerifier};

use crate::support::{
    Answer, Issuer, KEYS, freeze, is_good, is_refused, is_unavailable, jwks, key, over, pass, secs, set, token, until,
    verifier,
};

#[tokio::test]
async fn an_outage_is_survived_for_its_tolerance_and_no_longer() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    issuer.answer(KEYS, Answer::Cut);

    // Past the lifetime the first caller waits, and learns that there is nothing to be had.
    pass(secs(301)).await;
    is_good(verifier.verify(&token(&a)).await);
    assert!(matches!(verifier.jwks().last_error(), Some(JwksError::Fetch(_))));
    // Whether there is another key is not known.
    assert!(matches!(is_unavailable(verifier.verify(&token(&b)).await), JwksError::Fetch(_)));
    pass(secs(3598)).await;
    is_good(verifier.verify(&token(&a)).await);
    until(|| issuer.count() == 3).await;
    pass(secs(1)).await;
    is_unavailable(verifier.verify(&token(&a)).await);
    is_unavailable(verifier.verify(&token(&b)).await);

    issuer.publish(&[&a]);
    pass(secs(30)).await;
    is_good(verifier.verify(&token(&a)).await);
    assert!(verifier.jwks().last_error().is_none());
    is_refused(verifier.verify(&token(&b)).await, VerifyError::NoMatchingKey);
}

/// One failure, and then nobody asked for an hour: that was no outage.
#[tokio::test]
async fn a_failure_of_long_ago_lets_nobody_use_an_old_set() {
    let _clock = freeze();
    let (leaked, next) = (key("leaked"), key("next"));
    let issuer = Issuer::new(&[&leaked]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&leaked)).await);
    issuer.answer(KEYS, Answer::Status(502, Vec::new()));
    pass(secs(250)).await;
    is_good(verifier.verify(&token(&leaked)).await);
    until(|| verifier.jwks().last_error().is_some()).await;
    // The issuer is there again, and has removed the key.
    issuer.publish(&[&next]);
    pass(secs(3000)).await;
    is_refused(verifier.verify(&token(&leaked)).await, VerifyError::NoMatchingKey);
    is_good(verifier.verify(&token(&next)).await);
}

#[tokio::test]
async fn in_an_outage_nobody_waits_for_a_set_that_will_do() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    issuer.answer(KEYS, Answer::Status(500, Vec::new()));
    pass(secs(300)).await;
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.count(), 2);
    // The next attempt hangs, and who comes by is served.
    issuer.hold(true);
    pass(secs(1)).await;
    for _ in 0..10 {
        is_good(verifier.verify(&token(&a)).await);
    }
    issuer.has_seen(3).await;
    is_good(verifier.verify(&token(&a)).await);
}

#[tokio::test]
async fn without_tolerance_the_set_ends_with_its_lifetime() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let verifier = over(jwks(&issuer).outage_tolerance(Duration::ZERO));
    is_good(verifier.verify(&token(&a)).await);
    issuer.answer(KEYS, Answer::Status(503, Vec::new()));
    pass(secs(299)).await;
    is_good(verifier.verify(&token(&a)).await);
    until(|| verifier.jwks().last_error().is_some()).await;
    pass(secs(1)).await;
    is_unavailable(verifier.verify(&token(&a)).await);
}

#[tokio::test]
async fn attempts_are_put_off_twice_as_long_after_each_failure() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.answer(KEYS, Answer::Status(500, Vec::new()));
    let verifier = verifier(&issuer);
    let unavailable = async |requests| {
        let JwksError::Fetch(error) = is_unavailable(verifier.verify(&token(&a)).await) else {
            panic!("another error")
        };
        assert!(matches!(*error, FetchError::Status(500)));
        assert_eq!(issuer.count(), requests);
    };
    unavailable(1).await;
    let mut requests = 1;
    for pause in [1, 2, 4, 8, 16, 30, 30, 30] {
        unavailable(requests).await;
        pass(secs(pause) - Duration::from_millis(500)).await;
        unavailable(requests).await;
        pass(Duration::from_millis(500)).await;
        requests += 1;
        unavailable(requests).await;
    }
    // Once there is a set, the next failure begins anew.
    issuer.publish(&[&a]);
    pass(secs(30)).await;
    is_good(verifier.verify(&token(&a)).await);
    assert!(verifier.jwks().last_error().is_none());
    issuer.answer(KEYS, Answer::Status(500, Vec::new()));
    pass(secs(300)).await;
    is_good(verifier.verify(&token(&a)).await);
    issuer.has_seen(requests + 2).await;
    pass(secs(1)).await;
    is_good(verifier.verify(&token(&a)).await);
    issuer.has_seen(requests + 3).await;
}

#[tokio::test]
async fn failed_attempts_count_for_the_cool_down() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    issuer.answer(KEYS, Answer::Status(500, Vec::new()));
    pass(secs(30)).await;
    for _ in 0..10 {
        is_unavailable(verifier.verify(&token(&b)).await);
    }
    assert_eq!(issuer.count(), 2);
    issuer.publish(&[&a, &b]);
    pass(secs(29)).await;
    is_unavailable(verifier.verify(&token(&b)).await);
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.count(), 2);
    pass(secs(1)).await;
    is_good(verifier.verify(&token(&b)).await);
    assert_eq!(issuer.count(), 3);
}

#[tokio::test]
async fn a_bad_set_keeps_the_old_one() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    let good = set(&[&b]);
    issuer.answer(KEYS, Answer::Body(good[..good.len() - 1].into()));
    pass(secs(250)).await;
    is_good(verifier.verify(&token(&a)).await);
    until(|| verifier.jwks().last_error().is_some()).await;
    is_good(verifier.verify(&token(&a)).await);
    assert!(matches!(is_unavailable(verifier.verify(&token(&b)).await), JwksError::Keys(_)));
}

struct Panics;

impl JwksFetcher for Panics {
    async fn fetch(&self, _: &str, _: usize) -> Result<Vec<u8>, FetchError> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn a_fetcher_that_panics_is_a_failed_attempt() {
    let _clock = freeze();
    let issuer = Issuer::new(&[]);
    let jwks = jwks(&issuer).build_with(Panics).unwrap();
    let verifier = RemoteVerifier::builder(jwks).issuer("iss").audience("aud").build();
    for _ in 0..3 {
        assert!(matches!(is_unavailable(verifier.verify(&token(&key("a"))).await), JwksError::Aborted));
        pass(secs(30)).await;
    }
}
