//! The node cache and the provider's own: what has ended is not let in by what is remembered of it.

use std::{sync::Arc, time::Duration};

use jwtward::{
    Algorithm, AuthError, EventKind, KeyId, NumericDate, ProviderConfig, Revoked, SecretSource, SigningKey,
    TokenProvider, VerifyError,
    store::{
        CheckToken, Consistency, DenyToken, EndSession, MemoryStore, NodeCache, OnReuse, OperationId, RevokeUser,
        Rotate, Store, StoreTime, WhenFull,
    },
};
use shuttle::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
};

use crate::support::{DEPTH, HOUR, START, Turned, USER, explore, issued, key, limit, login, now, store};

/// Longer than any schedule takes.
const BOUND: Consistency = Consistency::Bounded(Duration::from_secs(86_400));

type Node = NodeCache<MemoryStore>;

fn operation(number: u64) -> OperationId {
    OperationId::from_u64(number)
}

fn is_let_in(node: &Node, token: CheckToken<'_>) -> bool {
    let standing = now(node.check(token)).unwrap();
    let is_tracked = matches!(token, CheckToken::Tracked(_));
    !standing.denied && standing.floor == StoreTime::default() && standing.session.is_some() == is_tracked
}

/// Two threads ask, one ends: once that has returned, nobody who asks then is let in.
fn ended_is_not_let_in(node: &Node, token: CheckToken<'static>, end: impl FnOnce(&Node) + Send + 'static) {
    let asking: Vec<_> = (0..2)
        .map(|_| {
            let node = node.clone();
            // While the end is under way, either may be said.
            thread::spawn(move || [is_let_in(&node, token), is_let_in(&node, token)])
        })
        .collect();
    end(node);
    assert!(!is_let_in(node, token), "let in");
    for thread in asking {
        thread.join().unwrap();
    }
    assert!(!is_let_in(node, token), "let in");
}

/// A session in a store behind a cache.
fn node() -> (Node, MemoryStore) {
    let store = store();
    login(&store, 1, None, HOUR).unwrap();
    (NodeCache::new(store.clone(), BOUND), store)
}

const TRACKED: fn() -> CheckToken<'static> = || CheckToken::Tracked(key(1));
const UNTRACKED: CheckToken<'static> = CheckToken::Untracked { user: USER, token_id: "token" };

#[test]
fn what_ends_by_the_node_is_not_let_in_by_its_cache() {
    explore("node cache: check and end", || {
        ended_is_not_let_in(&node().0, TRACKED(), |node| {
            now(node.end(&EndSession { key: key(1), operation: operation(1) })).unwrap();
        });
    });
    explore("node cache: check and revoke_user", || {
        ended_is_not_let_in(&node().0, TRACKED(), |node| {
            now(node.revoke_user(&RevokeUser { user: USER, operation: operation(1), keep: HOUR })).unwrap();
        });
    });
    explore("node cache: check and deny", || {
        ended_is_not_let_in(&node().0, UNTRACKED, |node| {
            now(node.deny(&DenyToken { token_id: "token".into(), operation: operation(1), keep: HOUR })).unwrap();
        });
    });
    explore("node cache: check and raise_floor", || {
        ended_is_not_let_in(&node().0, UNTRACKED, |node| {
            now(node.raise_floor(StoreTime::from_millis(u64::MAX))).unwrap();
        });
    });
    explore("node cache: check and an evicting login", || {
        ended_is_not_let_in(&node().0, TRACKED(), |node| {
            login(node, 2, limit(1, WhenFull::EvictOldest), HOUR).unwrap();
        });
    });
}

#[test]
fn what_was_rotated_by_the_node_is_not_remembered_as_it_was() {
    explore("node cache: check and rotate", || {
        let (node, _) = node();
        let generation = |node: &Node| now(node.check(TRACKED())).unwrap().session.unwrap().generation;
        let other = node.clone();
        let asking = thread::spawn(move || {
            let [earlier, later] = [generation(&other), generation(&other)];
            assert!(earlier <= later, "went back");
        });
        now(node.rotate(&Rotate {
            key: key(1),
            operation: operation(1),
            presented: 0,
            lifetime: HOUR,
            issued: issued(1),
            grace: HOUR,
            on_reuse: OnReuse::EndSession,
            data: None,
        }))
        .unwrap();
        assert_eq!(generation(&node), 1);
        asking.join().unwrap();
        assert_eq!(generation(&node), 1);
    });
}

/// The explorer does find what it is here to find: an end that passes by the node is let in by what the node remembers.
#[test]
fn an_end_that_passes_by_the_cache_is_found_out() {
    fn model() {
        let (node, store) = node();
        ended_is_not_let_in(&node, TRACKED(), move |_| {
            now(store.end(&EndSession { key: key(1), operation: operation(1) })).unwrap();
        });
    }
    let explorers: [fn(); 2] = [|| shuttle::check_random(model, 1000), || shuttle::check_pct(model, 1000, DEPTH)];
    for explore in explorers {
        let found = std::panic::catch_unwind(explore);
        let panic = found.expect_err("no schedule let in what had ended");
        assert_eq!(panic.downcast_ref(), Some(&"let in"));
        println!("an end that passes by the cache: found out");
    }
}

fn signing_key(kid: &str) -> SigningKey {
    let key = SigningKey::from_secret(Algorithm::HS256, kid.repeat(32).as_bytes()).unwrap();
    key.with_key_id(KeyId::new(kid).unwrap())
}

/// Remembers verified tokens. The key `a` signs, and `b` comes next: an hour later by itself.
fn provider(clock: &Turned, told: &Arc<AtomicUsize>) -> TokenProvider {
    let told = told.clone();
    let hour_later = NumericDate::from_secs((START / 1000 + 3600).cast_signed());
    TokenProvider::builder(
        ProviderConfig::new(signing_key("a"))
            .ignore_issuer()
            .ignore_audience()
            .refresh_key(SecretSource::inline("a refresh key of more than thirty-two octets"))
            .track_sessions(),
    )
    .store(MemoryStore::builder().clock(clock.clone()).build())
    .clock(clock.clone())
    .next_key_at(signing_key("b"), hour_later)
    .cache_verified_tokens(1 << 16)
    .events(move |event: &jwtward::Event<'_>| {
        if event.kind == EventKind::KeyPromoted {
            told.fetch_add(1, SeqCst);
        }
    })
    .build()
    .unwrap()
}

/// Two threads use a token, one takes its right away: once that has returned, nobody who asks then is let in.
fn a_used_token_against(revoke: fn(&TokenProvider, &str), is_right: fn(&AuthError) -> bool) {
    let provider = provider(&Turned::new(), &Arc::new(AtomicUsize::new(0)));
    let token = now(provider.issue("alice", &())).unwrap();
    let is_let_in = move |provider: &TokenProvider| match now(provider.authenticate::<()>(token.expose())) {
        Ok(_) => true,
        Err(error) => {
            assert!(is_right(&error), "{error:?}");
            false
        }
    };
    let using: Vec<_> = (0..2)
        .map(|_| {
            let (provider, is_let_in) = (provider.clone(), is_let_in.clone());
            thread::spawn(move || {
                let earlier = is_let_in(&provider);
                assert!(earlier || !is_let_in(&provider), "revived");
            })
        })
        .collect();
    revoke(&provider, "alice");
    assert!(!is_let_in(&provider), "let in");
    for thread in using {
        thread.join().unwrap();
    }
    assert!(!is_let_in(&provider), "let in");
}

#[test]
fn a_verified_token_is_not_let_in_once_it_is_revoked() {
    explore("verified tokens: authenticate and revoke_all", || {
        a_used_token_against(
            |provider, user| {
                now(provider.revoke_all(user)).unwrap();
            },
            |error| matches!(error, AuthError::Revoked(Revoked::Session)),
        );
    });
}

#[test]
fn a_verified_token_is_not_let_in_once_its_key_is_removed() {
    explore("verified tokens: authenticate and remove its key", || {
        a_used_token_against(
            |provider, _| provider.key_ring().remove("a").unwrap(),
            |error| matches!(error, AuthError::Token(VerifyError::NoMatchingKey)),
        );
    });
}

#[test]
fn a_key_whose_time_has_come_takes_over_once_and_what_was_signed_stays_good() {
    explore("key ring: its time comes while tokens are issued", || {
        let (clock, told) = (Turned::new(), Arc::new(AtomicUsize::new(0)));
        let provider = provider(&clock, &told);
        let issuing: Vec<_> = (0..2)
            .map(|_| {
                let provider = provider.clone();
                thread::spawn(move || {
                    let token = now(provider.issue("alice", &())).unwrap();
                    assert!(now(provider.authenticate::<()>(token.expose())).is_ok());
                    token
                })
            })
            .collect();
        clock.0.store(START + 3_600_000, SeqCst);
        let after = now(provider.issue("alice", &())).unwrap();
        let tokens = issuing.into_iter().map(|thread| thread.join().unwrap());
        for token in tokens.chain([after]) {
            assert!(now(provider.authenticate::<()>(token.expose())).is_ok());
        }
        assert_eq!(told.load(SeqCst), 1, "told of once");
    });
}
