//! When the set is fetched, and how often.

use std::sync::Arc;

use jwtward::VerifyError;
use tokio::task::JoinSet;

use crate::support::{
    Issuer, freeze, is_good, is_refused, jwks, key, over, pass, secs, settle, token, until, verifier,
};

#[tokio::test]
async fn the_first_verification_fetches_and_the_next_ones_do_not() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    assert_eq!(issuer.count(), 0, "building fetches nothing");
    for _ in 0..20 {
        is_good(verifier.verify(&token(&a)).await);
    }
    is_good(verifier.clone().verify(&token(&a)).await);
    assert_eq!(issuer.requests(), ["/keys.json"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_concurrent_first_verifications_are_one_fetch() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.hold(true);
    let (verifier, token) = (over(jwks(&issuer).deadline(secs(30))), token(&a));
    let mut tasks = JoinSet::new();
    for _ in 0..500 {
        let (verifier, token) = (verifier.clone(), token.clone());
        tasks.spawn(async move { is_good(verifier.verify(&token).await) });
    }
    issuer.has_seen(1).await;
    settle().await;
    issuer.hold(false);
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_new_key_is_known_to_its_first_token_by_one_fetch() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(30)).await;
    issuer.publish(&[&a, &b]);
    is_good(verifier.verify(&token(&b)).await);
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.count(), 2);

    // The old one is withdrawn, and with the next fetch no longer accepted.
    issuer.publish(&[&b]);
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(300)).await;
    is_refused(verifier.verify(&token(&a)).await, VerifyError::NoMatchingKey);
    is_good(verifier.verify(&token(&b)).await);
    assert_eq!(issuer.count(), 3);
}

#[tokio::test]
async fn a_key_that_is_not_in_the_set_is_looked_for_once_in_a_cool_down() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    let unknown = async |requests| {
        is_refused(verifier.verify(&token(&b)).await, VerifyError::NoMatchingKey);
        assert_eq!(issuer.count(), requests);
    };
    // The first fetch counts, too.
    unknown(1).await;
    unknown(1).await;
    pass(secs(29)).await;
    unknown(1).await;
    pass(secs(1)).await;
    unknown(2).await;
    unknown(2).await;
}

#[tokio::test]
async fn a_set_is_renewed_before_it_ends_and_nobody_waits_for_it() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(239)).await;
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.count(), 1);

    issuer.publish(&[&a, &b]);
    issuer.hold(true);
    pass(secs(1)).await;
    // The answer is held back, so these do not wait for it.
    for _ in 0..10 {
        is_good(verifier.verify(&token(&a)).await);
    }
    issuer.has_seen(2).await;
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(verifier.jwks().key_set().await.unwrap().len(), 1);
    issuer.hold(false);
    until(|| format!("{:?}", verifier.jwks()).contains("\"b\"")).await;
    is_good(verifier.verify(&token(&b)).await);
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn a_set_past_its_lifetime_is_not_used_while_a_new_one_can_be_had() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    issuer.publish(&[&b]);
    pass(secs(300)).await;
    is_refused(verifier.verify(&token(&a)).await, VerifyError::NoMatchingKey);
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn a_sets_age_counts_from_the_beginning_of_its_fetch() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.hold(true);
    let (verifier, token) = (verifier(&issuer), token(&a));
    let first = tokio::spawn({
        let (verifier, token) = (verifier.clone(), token.clone());
        async move { verifier.verify(&token).await }
    });
    issuer.has_seen(1).await;
    pass(secs(4)).await;
    issuer.hold(false);
    is_good(first.await.unwrap());
    pass(secs(236)).await;
    is_good(verifier.verify(&token).await);
    issuer.has_seen(2).await;
}

#[tokio::test]
async fn the_lifetime_and_the_cool_down_are_those_that_are_set() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    let jwks = jwks(&issuer).lifetime(secs(1000)).cool_down(secs(100));
    let verifier = crate::support::over(jwks);
    is_good(verifier.verify(&token(&a)).await);
    pass(secs(99)).await;
    is_refused(verifier.verify(&token(&b)).await, VerifyError::NoMatchingKey);
    assert_eq!(issuer.count(), 1);
    pass(secs(1)).await;
    is_refused(verifier.verify(&token(&b)).await, VerifyError::NoMatchingKey);
    assert_eq!(issuer.count(), 2);
    pass(secs(799)).await;
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.count(), 2);
    pass(secs(1)).await;
    is_good(verifier.verify(&token(&a)).await);
    issuer.has_seen(3).await;
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_nothing_from_the_others() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.hold(true);
    let (verifier, token) = (over(jwks(&issuer).deadline(secs(30))), token(&a));
    let spawn = || {
        let (verifier, token) = (verifier.clone(), token.clone());
        tokio::spawn(async move { verifier.verify::<()>(&token).await })
    };
    let first = spawn();
    issuer.has_seen(1).await;
    let second = spawn();
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    issuer.hold(false);
    is_good(second.await.unwrap());
    is_good(verifier.verify(&token).await);
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn when_all_callers_go_away_the_fetch_ends_all_the_same() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.hold(true);
    let (verifier, token) = (over(jwks(&issuer).deadline(secs(30))), token(&a));
    for _ in 0..3 {
        let waiting = verifier.verify::<()>(&token);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), waiting).await.is_err());
    }
    issuer.has_seen(1).await;
    issuer.hold(false);
    is_good(verifier.verify(&token).await);
    assert_eq!(issuer.count(), 1);
}

#[test]
fn a_runtime_that_ends_amid_a_fetch_leaves_the_set_usable_by_another() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.hold(true);
    let (verifier, token) = (verifier(&issuer), token(&a));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    first.block_on(async {
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), verifier.verify::<()>(&token));
        assert!(waiting.await.is_err());
        issuer.has_seen(1).await;
    });
    drop(first);
    assert!(matches!(verifier.jwks().last_error(), Some(jwtward::jwks_client::JwksError::Aborted)));
    issuer.hold(false);
    runtime().block_on(async {
        let _clock = freeze();
        // It counts as a failed attempt.
        pass(secs(1)).await;
        is_good(verifier.verify(&token).await);
    });
}

/// A fetch on a runtime that nobody drives any more is given up, and another is made.
#[test]
fn a_runtime_that_is_left_standing_amid_a_fetch_holds_nobody_up() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.hold(true);
    let (verifier, token) = (verifier(&issuer), token(&a));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let standing = runtime();
    standing.block_on(async {
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), verifier.verify::<()>(&token));
        assert!(waiting.await.is_err());
        issuer.has_seen(1).await;
    });
    issuer.hold(false);
    let other = runtime();
    other.block_on(async {
        let _clock = freeze();
        let waiting = tokio::spawn({
            let (verifier, token) = (verifier.clone(), token.clone());
            async move { verifier.verify::<()>(&token).await }
        });
        settle().await;
        pass(secs(7)).await;
        crate::support::is_unavailable(waiting.await.unwrap());
        pass(secs(30)).await;
        is_good(verifier.verify(&token).await);
        assert_eq!(issuer.count(), 2);
    });
    // What comes late from the first changes nothing.
    standing.block_on(async { settle().await });
    other.block_on(async { is_good(verifier.verify(&token).await) });
    assert!(verifier.jwks().last_error().is_none());
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let (verifier, token) = (verifier(&issuer), token(&a));
    let Poll::Ready(verdict) = pin!(verifier.verify(&token)).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits");
    };
    assert!(matches!(crate::support::is_unavailable(verdict), jwtward::jwks_client::JwksError::NoRuntime));
}

#[tokio::test]
async fn the_set_can_be_fetched_ahead_and_looked_at() {
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a, &b]);
    let jwks = jwks(&issuer).build().unwrap();
    let set = jwks.key_set().await.unwrap();
    assert_eq!((set.len(), set.skipped().len()), (2, 0));
    assert!(Arc::ptr_eq(&set, &jwks.key_set().await.unwrap()));
    assert!(jwks.last_error().is_none());
    assert_eq!(issuer.count(), 1);
}

#[cfg(all(feature = "prepared", not(jwtward_prepare_all)))]
#[tokio::test]
async fn a_set_is_prepared_while_it_is_in_use_and_as_far_as_there_is_room() {
    const OCTETS: usize = 53_248;
    let _clock = freeze();
    let (a, b, c) = (key("a"), key("b"), key("c"));
    let issuer = Issuer::new(&[&a, &b]);
    let jwks = jwks(&issuer).prepare_keys(OCTETS * 2).build().unwrap();
    let verifier = jwtward::jwks_client::RemoteVerifier::builder(jwks.clone()).issuer("iss").audience("aud").build();
    // The tokens do not wait for the tables, and are good before and after.
    is_good(verifier.verify(&token(&a)).await);
    let octets = async || jwks.key_set().await.unwrap().prepared_octets();
    let becomes = async |expected| {
        let deadline = std::time::Instant::now() + secs(60);
        while octets().await != expected {
            assert!(std::time::Instant::now() < deadline);
            // By the real clock: the tables are made on another thread.
            std::thread::sleep(crate::support::MOMENT);
            tokio::task::yield_now().await;
        }
    };
    becomes(OCTETS * 2).await;
    is_good(verifier.verify(&token(&a)).await);
    is_refused(verifier.verify(&token(&key("a"))).await, VerifyError::BadSignature);

    // The next set: `b` keeps its tables, of the new ones one has room.
    issuer.publish(&[&b, &c, &key("d")]);
    pass(secs(300)).await;
    is_good(verifier.verify(&token(&c)).await);
    becomes(OCTETS * 2).await;
    is_good(verifier.verify(&token(&b)).await);
    is_good(verifier.verify(&token(&c)).await);
    assert_eq!(issuer.count(), 2);

    // `c` keeps its own, although the names of the new ones come first.
    issuer.publish(&[&key("0"), &a, &c]);
    pass(secs(300)).await;
    is_good(verifier.verify(&token(&a)).await);
    becomes(OCTETS * 2).await;
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.count(), 3);
}
