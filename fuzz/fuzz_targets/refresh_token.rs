//! Refresh tokens: whatever text is presented, neither of two sessions is refreshed or ended, unless it is a token as it was issued.
//! The structured modes start from such a token, so that they get as far as its MACs, and past the first of them.
#![no_main]

use std::{
    future::Future,
    pin::pin,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use fixed::SECRET;
use jwtward::{
    Algorithm, Event, EventKind, FixedClock, NumericDate, ProviderConfig, RefreshError, RefreshToken, RevokeError,
    SecretSource, SigningKey, TokenPair, TokenProvider, fuzzing, store::MemoryStore,
};
use libfuzzer_sys::fuzz_target;

/// Version, user, session and generation; the tag over them; the proof of the session's seed.
const ID: usize = 37;
const TAG: usize = ID + 16;
const ALL: usize = TAG + 16;

struct World {
    provider: TokenProvider,
    /// Of two sessions of one user: the first pair, and the one it was refreshed to.
    pairs: [[TokenPair; 2]; 2],
    octets: [Vec<u8>; 2],
}

/// Sessions that ended, and refreshes: none are to come.
static CHANGES: AtomicUsize = AtomicUsize::new(0);

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let clock = FixedClock(NumericDate::from_secs(1_800_000_000));
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).expect("long enough");
    let config = ProviderConfig::new(key).refresh_key(SecretSource::inline("a fixed refresh key of thirty-six octets"));
    let provider = TokenProvider::builder(config)
        .store(MemoryStore::builder().clock(clock).build())
        .clock(clock)
        .events(|event: &Event<'_>| {
            if event.kind != EventKind::RefreshRefused {
                CHANGES.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build()
        .expect("a sound configuration");
    let pairs = [(); 2].map(|()| {
        let first = run(provider.issue_pair("alice", &())).expect("a working random source");
        let second = run(provider.refresh_pair(&first.refresh)).expect("a token as it was issued");
        [first, second]
    });
    let decode = |pair: &TokenPair| fuzzing::base64url_decode(pair.refresh.expose().as_bytes()).expect("base64url");
    let octets = pairs.each_ref().map(|[_, current]| decode(current));
    assert!(octets.iter().all(|octets| octets.len() == ALL));
    CHANGES.store(0, Ordering::SeqCst);
    World { provider, pairs, octets }
});

/// The memory store answers at once.
fn run<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store never waits"),
    }
}

fuzz_target!(|data: &[u8]| {
    let [mode, rest @ ..] = data else { return };
    let [one, two] = &WORLD.octets;
    match mode % 4 {
        // A text as it is.
        0 => {
            if let Ok(text) = std::str::from_utf8(rest) {
                check(text);
            }
        }
        // A good token with octets changed.
        1 => {
            let mut octets = one.clone();
            for edit in rest.chunks_exact(2) {
                octets[usize::from(edit[0]) % ALL] ^= edit[1];
            }
            check_octets(&octets);
        }
        // Parts of two good tokens, and then cut or continued.
        2 => {
            let [mix, length, more @ ..] = rest else { return };
            let part = |bit: u8, from: usize, to: usize| &if mix >> bit & 1 == 0 { one } else { two }[from..to];
            let mut octets = [part(0, 0, ID), part(1, ID, TAG), part(2, TAG, ALL), more].concat();
            octets.truncate(usize::from(*length));
            check_octets(&octets);
        }
        // A good tag before another proof.
        _ => {
            let proof = rest.iter().copied().chain(std::iter::repeat(0)).take(ALL - TAG);
            check_octets(&one[..TAG].iter().copied().chain(proof).collect::<Vec<_>>());
        }
    }
});

fn check_octets(octets: &[u8]) {
    check(&fuzzing::base64url_encode(octets));
}

fn check(text: &str) {
    let World { provider, pairs, .. } = &*WORLD;
    if pairs.iter().flatten().any(|pair| pair.refresh.expose() == text) {
        return;
    }
    let token = RefreshToken::new(text.to_owned());
    assert!(matches!(run(provider.refresh_pair(&token)), Err(RefreshError::Invalid)));
    let refused = run(provider.refresh_pair_with(&token, &std::collections::BTreeMap::from([("admin", true)])));
    assert!(matches!(refused, Err(RefreshError::Invalid)));
    assert!(matches!(run(provider.revoke_refresh_token(&token)), Err(RevokeError::InvalidRefreshToken)));
    assert!(!format!("{token:?}").contains(text) || "RefreshToken(..)".contains(text));
    // No id of a token either, except as such.
    assert!(
        run(provider.is_token_revoked(text)).is_ok_and(|revoked| !revoked || text.len() == 50)
            || !(1..=256).contains(&text.len())
    );

    // The sessions survive, as they are, and nobody was told otherwise.
    assert_eq!(CHANGES.load(Ordering::SeqCst), 0);
    let sessions = run(provider.sessions("alice")).expect("a store that answers");
    assert!(sessions.len() == 2 && sessions.iter().all(|session| session.rotation_count == 1));
    for [_, current] in pairs {
        assert!(run(provider.authenticate::<()>(current.access.expose())).is_ok());
    }
}
