//! The key ring: one key signs, the next are known ahead of it, the retired are known after, and what is removed is refused.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use jwtward::{
    Algorithm, AuthError, ConfigError, KeyId, KeyRing, KeyRingError, KeySetError, KeyStatus, NumericDate,
    ProviderConfig, SecretSource, SigningKey, TokenProvider, VerifyError, VerifyingKey, store::MemoryStore,
};

use crate::support::{START, World, assert_matches, config, secs};

/// Known to verifiers this long before it signs.
const AHEAD: i64 = 300;

fn es256(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::ES256).unwrap().with_key_id(KeyId::new(kid).unwrap())
}

fn hs256(octet: u8, kid: &str) -> SigningKey {
    SigningKey::from_secret(Algorithm::HS256, &[octet; 32]).unwrap().with_key_id(KeyId::new(kid).unwrap())
}

/// Tokens of a minute, no leeway, five seconds of skew: a key is needed for 65 seconds after its last signature.
const KEEP: i64 = 65;

fn at(secs: i64) -> NumericDate {
    NumericDate::from_secs(START + secs)
}

/// Of that key, or of that name alone.
fn configured(key: SigningKey) -> ProviderConfig {
    ProviderConfig::new(key).issuer("https://auth.example").expiration(secs(60)).access_expiration(secs(60))
}

fn world() -> (World, TokenProvider) {
    let world = World::new();
    let provider = world.builder(configured(es256("a"))).cache_verified_tokens(1 << 20).build().unwrap();
    (world, provider)
}

/// The ring, a word a key.
fn shown(ring: &KeyRing) -> String {
    let one = |key: &jwtward::RingKey| {
        let kid = key.key_id().unwrap().as_str();
        match key.status {
            KeyStatus::Next { from: Some(from) } => format!("{kid}:next@{}", from.as_secs() - START),
            KeyStatus::Next { from: None } => format!("{kid}:next"),
            KeyStatus::Active => format!("{kid}:active"),
            KeyStatus::Retired { until } => format!("{kid}:retired@{}", until.as_secs() - START),
            _ => panic!("a status unknown to this test"),
        }
    };
    ring.keys().iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The `kid`s that are published.
fn published(provider: &TokenProvider) -> Vec<String> {
    let set: serde_json::Value = serde_json::from_str(&provider.public_jwks().to_string()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn issued(provider: &TokenProvider) -> (String, String) {
    let token = provider.issue("alice", &()).await.unwrap();
    let jwt = provider.authenticate::<()>(token.expose()).await.unwrap();
    (token.expose().to_owned(), jwt.header().key_id().unwrap().to_owned())
}

async fn refused(provider: &TokenProvider, token: &str) -> VerifyError {
    match provider.authenticate::<()>(token).await.unwrap_err() {
        AuthError::Token(error) => error,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_rotation_by_schedule_goes_by_the_clock_alone() {
    let (world, provider) = world();
    let ring = provider.key_ring();
    ring.publish_at(es256("b"), at(AHEAD)).unwrap();
    assert_eq!(shown(&ring), "a:active b:next@300");
    assert_eq!(published(&provider), ["a", "b"]);
    assert_eq!(issued(&provider).await.1, "a");

    // To the last millisecond the old key signs, and what it signed lives out its time.
    world.clock.advance_millis(AHEAD * 1000 - 1);
    let (last, kid) = issued(&provider).await;
    assert_eq!(kid, "a");
    world.clock.advance_millis(1);
    assert_eq!(issued(&provider).await.1, "b");
    assert_eq!(shown(&ring), format!("b:active a:retired@{}", AHEAD + KEEP));
    world.clock.advance_millis(58_999);
    provider.authenticate::<()>(&last).await.unwrap();
    assert_eq!(published(&provider), ["b", "a"]);

    // Its last token has expired: it is gone.
    world.clock.advance_millis(6_000);
    assert_eq!(published(&provider), ["b", "a"]);
    world.clock.advance_millis(1);
    assert_eq!(published(&provider), ["b"]);
    assert_eq!(refused(&provider, &last).await, VerifyError::NoMatchingKey);
    assert_eq!(world.log.take().iter().filter(|line| line.starts_with("Key")).count(), 2, "published, promoted");
}

#[tokio::test]
async fn a_rotation_by_hand_waits_until_verifiers_know_the_key() {
    let (world, provider) = world();
    let ring = provider.key_ring();
    ring.publish(es256("b")).unwrap();
    let early = KeyRingError::TooSoon { earliest: at(AHEAD) };
    assert_eq!(ring.promote("b"), Err(early.clone()));
    assert_eq!(early.to_string(), format!("the key may not sign before {}", START + AHEAD));
    world.clock.advance_millis(AHEAD * 1000 - 1);
    assert_eq!(ring.promote("b"), Err(early));
    assert_eq!(issued(&provider).await.1, "a");
    world.clock.advance_millis(1);
    ring.promote("b").unwrap();
    assert_eq!(issued(&provider).await.1, "b");
    assert_eq!(shown(&ring), format!("b:active a:retired@{}", AHEAD + KEEP));
    world.clock.advance(KEEP);
    assert_eq!(shown(&ring), "b:active");
}

#[tokio::test]
async fn a_key_may_sign_before_it_is_known_if_that_is_said() {
    let (_, provider) = world();
    let ring = provider.key_ring();
    ring.publish(es256("b")).unwrap();
    ring.danger_promote_unknown("b").unwrap();
    assert_eq!(issued(&provider).await.1, "b");
}

#[tokio::test]
async fn what_the_next_key_signs_elsewhere_is_accepted_before_its_turn() {
    let (world, provider) = world();
    let next = es256("b");
    let ahead = world.builder(configured(next.clone())).build().unwrap();
    let token = ahead.issue("alice", &()).await.unwrap();
    assert_eq!(refused(&provider, token.expose()).await, VerifyError::NoMatchingKey);
    provider.key_ring().publish(next).unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
}

#[tokio::test]
async fn a_retired_key_never_signs_again() {
    let (world, provider) = world();
    let (ring, a) = (provider.key_ring(), es256("x"));
    ring.publish(a.clone()).unwrap();
    ring.publish(es256("b")).unwrap();
    world.clock.advance(AHEAD);
    ring.promote("x").unwrap();
    ring.promote("b").unwrap();
    for kid in ["a", "x"] {
        assert_eq!(ring.promote(kid), Err(KeyRingError::NotNext));
        assert_eq!(ring.danger_promote_unknown(kid), Err(KeyRingError::NotNext));
    }
    // Not under another name either.
    assert_eq!(ring.publish(a.clone()), Err(KeyRingError::SameKey));
    assert_eq!(ring.publish(a.with_key_id(KeyId::new("y").unwrap())), Err(KeyRingError::SameKey));
    assert_eq!(ring.promote("b"), Err(KeyRingError::NotNext));
    assert_eq!(issued(&provider).await.1, "b");
}

#[tokio::test]
async fn a_removed_key_is_refused_at_once_remembered_tokens_included() {
    let (_, provider) = world();
    let ring = provider.key_ring();
    let (stolen, _) = issued(&provider).await;
    // Without a key to follow it nothing is done.
    assert_eq!(ring.remove("a"), Err(KeyRingError::LastKey));
    provider.authenticate::<()>(&stolen).await.unwrap();
    ring.publish(es256("b")).unwrap();
    ring.remove("a").unwrap();
    assert_eq!(refused(&provider, &stolen).await, VerifyError::NoMatchingKey);
    assert_eq!(published(&provider), ["b"]);
    assert_eq!(issued(&provider).await.1, "b");
    assert_eq!(ring.remove("a"), Err(KeyRingError::UnknownKey));
}

#[tokio::test]
async fn a_removed_next_or_retired_key_is_gone() {
    let (world, provider) = world();
    let ring = provider.key_ring();
    ring.publish(es256("b")).unwrap();
    ring.publish(es256("c")).unwrap();
    world.clock.advance(AHEAD);
    let (old, _) = issued(&provider).await;
    ring.promote("b").unwrap();
    provider.authenticate::<()>(&old).await.unwrap();
    ring.remove("a").unwrap();
    assert_eq!(refused(&provider, &old).await, VerifyError::NoMatchingKey);
    ring.remove("c").unwrap();
    assert_eq!(shown(&ring), "b:active");
    assert_eq!(ring.promote("c"), Err(KeyRingError::UnknownKey));
}

#[tokio::test]
async fn the_key_whose_turn_comes_first_follows_one_that_is_removed() {
    let (_, provider) = world();
    let ring = provider.key_ring();
    ring.publish(es256("waits")).unwrap();
    ring.publish_at(es256("late"), at(900)).unwrap();
    ring.publish_at(es256("soon"), at(600)).unwrap();
    for (removed, left) in
        [("a", "soon:active waits:next late:next@900"), ("soon", "late:active waits:next"), ("late", "waits:active")]
    {
        ring.remove(removed).unwrap();
        assert_eq!(shown(&ring), left);
    }
}

#[tokio::test]
async fn several_turns_that_are_past_come_in_their_order() {
    let (world, provider) = world();
    let ring = provider.key_ring();
    ring.publish_at(es256("c"), at(400)).unwrap();
    ring.publish_at(es256("b"), at(350)).unwrap();
    world.clock.advance(410);
    assert_eq!(shown(&ring), "c:active a:retired@415 b:retired@465");
    world.clock.advance(10);
    assert_eq!(shown(&ring), "c:active b:retired@465");
}

#[tokio::test]
async fn keys_that_do_not_go_together_are_refused_and_change_nothing() {
    let (world, provider) = world();
    let ring = provider.key_ring();
    let nameless = SigningKey::generate(Algorithm::ES256).unwrap();
    assert_eq!(ring.publish(nameless), Err(KeyRingError::KeyIdRequired));
    assert_eq!(ring.publish(es256("a")), Err(KeyRingError::Keys(KeySetError::DuplicateKeyId)));
    assert_eq!(ring.publish(hs256(7, "b")), Err(KeyRingError::Keys(KeySetError::Mixed)));
    let earliest = at(AHEAD);
    for from in [at(0), at(AHEAD - 1), NumericDate::from_secs(0)] {
        assert_eq!(ring.publish_at(es256("b"), from), Err(KeyRingError::TooSoon { earliest }));
    }
    assert_eq!(ring.promote("b"), Err(KeyRingError::UnknownKey));
    assert_eq!(ring.promote(""), Err(KeyRingError::UnknownKey));
    assert_eq!(shown(&ring), "a:active");
    // Another algorithm goes with it.
    ring.publish(SigningKey::generate(Algorithm::EdDSA).unwrap().with_key_id(KeyId::new("b").unwrap())).unwrap();
    world.clock.advance(AHEAD);
    ring.promote("b").unwrap();
    assert_eq!(issued(&provider).await.1, "b");
}

#[tokio::test]
async fn a_ring_holds_no_more_keys_than_verifiers_read() {
    let (_, provider) = world();
    let ring = provider.key_ring();
    for octet in 1..64 {
        ring.publish(es256(&format!("key-{octet}"))).unwrap();
    }
    assert_eq!(ring.publish(es256("one-more")), Err(KeyRingError::Keys(KeySetError::TooManyKeys)));
    assert_eq!(jwtward::KeySet::from_jwks(&provider.public_jwks().to_string()).unwrap().len(), 64);
}

#[tokio::test]
async fn secrets_rotate_too_and_are_not_published() {
    let world = World::new();
    let refresh = [9; 32];
    let config =
        configured(hs256(1, "a")).refresh_key(SecretSource::inline(&String::from_utf8(refresh.into()).unwrap()));
    let provider = world.builder(config).build().unwrap();
    let ring = provider.key_ring();
    let (old, _) = issued(&provider).await;
    assert_eq!(ring.publish(hs256(9, "b")), Err(KeyRingError::SharedSecret), "it is the refresh key");
    assert_eq!(ring.publish(hs256(1, "b")), Err(KeyRingError::SameKey));
    // Whoever verified with it would hold the refresh key.
    let refresh_key = SecretSource::inline(&String::from_utf8(refresh.into()).unwrap());
    let retired = TokenProvider::builder(configured(hs256(1, "a")).refresh_key(refresh_key)).store(world.store.clone());
    let retired = retired.retired_key(hs256(9, "old").verifying_key(), at(60)).build().map(|_| ());
    assert_eq!(retired.unwrap_err(), ConfigError::SharedSecret);
    ring.publish(hs256(2, "b")).unwrap();
    ring.danger_promote_unknown("b").unwrap();
    provider.authenticate::<()>(&old).await.unwrap();
    assert_eq!(issued(&provider).await.1, "b");
    assert_eq!(published(&provider), Vec::<String>::new());
}

#[tokio::test]
async fn a_provider_begins_with_the_keys_it_is_given() {
    let world = World::new();
    let [old, active, next, far] = ["old", "active", "next", "far"].map(es256);
    let before = world.builder(configured(old.clone())).build().unwrap().issue("alice", &()).await.unwrap();
    let provider = world
        .builder(configured(active))
        .next_key(far)
        .next_key_at(next, at(10))
        .retired_key(old.verifying_key(), at(60))
        .build()
        .unwrap();
    let ring = provider.key_ring();
    assert_eq!(shown(&ring), "active:active far:next next:next@10 old:retired@60");
    provider.authenticate::<()>(before.expose()).await.unwrap();
    world.clock.advance(10);
    assert_eq!(issued(&provider).await.1, "next");
    world.clock.advance(50);
    assert_eq!(shown(&ring), format!("next:active far:next active:retired@{}", 10 + KEEP));
}

#[test]
fn a_provider_is_not_built_with_keys_that_do_not_go_together() {
    let (a, b) = (es256("a"), es256("b"));
    let build = |next: Option<SigningKey>, retired: Option<VerifyingKey>| {
        let mut builder = TokenProvider::builder(configured(a.clone())).store(MemoryStore::default());
        if let Some(key) = next {
            builder = builder.next_key(key);
        }
        if let Some(key) = retired {
            builder = builder.retired_key(key, NumericDate::from_secs(i64::MAX));
        }
        builder.build().map(|_| ()).unwrap_err()
    };
    let renamed = |key: &SigningKey, kid| key.clone().with_key_id(KeyId::new(kid).unwrap());
    let nameless = || SigningKey::generate(Algorithm::ES256).unwrap();
    assert_eq!(build(Some(renamed(&a, "b")), None), ConfigError::SameKey);
    assert_eq!(build(None, Some(renamed(&a, "b").verifying_key())), ConfigError::SameKey);
    assert_eq!(build(Some(b.clone()), Some(renamed(&b, "c").verifying_key())), ConfigError::SameKey);
    // Under another algorithm it is the same key.
    let pem = include_str!("../keys/files/rsa.pkcs8.pem");
    let [rs, ps] = [(Algorithm::RS256, "r"), (Algorithm::PS256, "p")].map(|(algorithm, kid)| {
        SigningKey::from_pem(algorithm, pem).unwrap().with_key_id(KeyId::new(kid).unwrap()).verifying_key()
    });
    let twice = TokenProvider::builder(configured(a.clone()));
    let until = NumericDate::from_secs(i64::MAX);
    let twice = twice.retired_key(rs, until).retired_key(ps, until).build().map(|_| ());
    assert_eq!(twice.unwrap_err(), ConfigError::SameKey);
    assert_eq!(build(Some(nameless()), None), ConfigError::Required("keyID"));
    assert_eq!(build(None, Some(nameless().verifying_key())), ConfigError::Required("keyID"));
    let duplicate = build(None, Some(renamed(&b, "a").verifying_key()));
    assert_eq!(duplicate, ConfigError::KeyRing(KeySetError::DuplicateKeyId));
    assert_eq!(duplicate.to_string(), "the keys of the ring do not go together");
    assert_eq!(build(None, Some(hs256(1, "c").verifying_key())), ConfigError::KeyRing(KeySetError::Mixed));
    assert_eq!(ConfigError::SameKey.to_string(), "a key is in the ring twice");
}

/// Sessions outlive the key: the next generation of a session is signed with the key of its time.
#[tokio::test]
async fn sessions_go_on_over_a_rotation() {
    let world = World::new();
    let provider = world.builder(configured(es256("a")).track_sessions()).build().unwrap();
    let ring = provider.key_ring();
    ring.publish_at(es256("b"), at(AHEAD)).unwrap();
    world.clock.advance(AHEAD - 10);
    let single = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("bob", &()).await.unwrap();
    world.clock.advance(20);
    let single = provider.refresh(single.expose()).await.unwrap();
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    for token in [single.expose(), pair.access.expose()] {
        assert_eq!(provider.authenticate::<()>(token).await.unwrap().header().key_id(), Some("b"));
    }
}

/// 8 threads issue and verify while the keys go round: no token that was just issued is ever refused.
#[test]
fn no_token_is_refused_while_keys_change_under_load() {
    let (world, provider) = world();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (rounds, threads) = (20, 8);
    let (round, passed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                runtime().block_on(async {
                    // At least one token in each round, and as many as there is time for.
                    for mine in 0..=rounds {
                        loop {
                            let before = round.load(Ordering::SeqCst);
                            let (_, kid) = issued(&provider).await;
                            if before >= mine {
                                break assert!(mine == 0 || kid != "a", "the first key has retired");
                            }
                        }
                        passed.fetch_add(1, Ordering::SeqCst);
                    }
                });
            });
        }
        for number in 1..=rounds {
            let begin = std::time::Instant::now();
            while passed.load(Ordering::SeqCst) < threads * number {
                assert!(begin.elapsed() < Duration::from_secs(60), "a thread has stopped");
                std::thread::yield_now();
            }
            let ring = provider.key_ring();
            let published = ring.publish(es256(&format!("key-{number}")));
            let promoted = ring.danger_promote_unknown(&format!("key-{number}"));
            // Whatever came of it, no thread waits for the round.
            round.store(number, Ordering::SeqCst);
            published.and(promoted).unwrap();
        }
    });
    assert_eq!(provider.key_ring().keys().len(), 1 + rounds);
    drop(world);
}

#[test]
fn the_ring_says_what_was_wrong() {
    let texts = [
        (KeyRingError::KeyIdRequired, "a key of a ring needs a kid"),
        (KeyRingError::SameKey, "the key is in the ring already"),
        (KeyRingError::Keys(KeySetError::Mixed), "the key does not go with the others of the ring"),
        (KeyRingError::SharedSecret, "the signing key must not be a refresh key"),
        (KeyRingError::SigningFailed, "the key does not sign"),
        (KeyRingError::UnknownKey, "no key of that kid is in the ring"),
        (KeyRingError::NotNext, "the key signs already or has retired"),
        (KeyRingError::LastKey, "there is no key to follow the one that signs"),
    ];
    for (error, text) in texts {
        assert_eq!(error.to_string(), text);
        assert_eq!(std::error::Error::source(&error).is_some(), matches!(error, KeyRingError::Keys(_)));
    }
    assert_eq!(KeyRing::PUBLISHED_AHEAD, Duration::from_secs(300));
    // What the ring shows of itself holds no secret.
    let provider = TokenProvider::without_store(config()).unwrap();
    let shown = format!("{:?} {:?}", provider.key_ring(), provider.key_ring().keys());
    assert!(!shown.contains(std::str::from_utf8(crate::support::SECRET).unwrap()), "{shown}");
    assert_matches!(provider.key_ring().keys()[0].algorithm(), Algorithm::HS256);
}

/// Which keys of the ring are prepared.
#[cfg(all(feature = "prepared", not(jwtward_prepare_all)))]
fn prepared(ring: &KeyRing) -> String {
    let is_prepared = |key: &&jwtward::RingKey| jwtward::KeySet::from(key.key.clone()).prepared_octets() > 0;
    ring.keys().iter().filter(is_prepared).map(|key| key.key_id().unwrap().as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(all(feature = "prepared", not(jwtward_prepare_all)))]
#[tokio::test]
async fn keys_are_prepared_when_they_come_into_the_ring_as_far_as_there_is_room() {
    const OCTETS: usize = 53_248;
    let world = World::new();
    let builder = |room| {
        let builder = world.builder(configured(es256("a"))).cache_verified_tokens(1 << 20).prepare_keys(room);
        let retired = es256("c").verifying_key();
        builder.next_key(es256("b")).retired_key(retired, at(10_000))
    };
    assert_eq!(prepared(&builder(0).build().unwrap().key_ring()), "");
    assert_eq!(prepared(&builder(OCTETS * 2).build().unwrap().key_ring()), "a b");

    let provider = builder(OCTETS * 4).build().unwrap();
    let ring = provider.key_ring();
    assert_eq!(prepared(&ring), "a b c");
    let (token, _) = issued(&provider).await;
    ring.publish(es256("d")).unwrap();
    ring.publish(es256("e")).unwrap();
    assert_eq!(prepared(&ring), "a b d c", "there is no room for e");
    // It signs, remembered tokens stay so, and what is removed makes room for those that come later.
    provider.authenticate::<()>(&token).await.unwrap();
    ring.danger_promote_unknown("e").unwrap();
    assert_eq!(issued(&provider).await.1, "e");
    provider.authenticate::<()>(&token).await.unwrap();
    ring.remove("a").unwrap();
    assert_eq!(refused(&provider, &token).await, VerifyError::NoMatchingKey);
    ring.publish(es256("f")).unwrap();
    assert_eq!(prepared(&ring), "b d f c");
    ring.danger_promote_unknown("f").unwrap();
    assert_eq!(issued(&provider).await.1, "f");
}
