//! `authenticate` and the store's own check over the sessions that the memory store holds; its memory, and how long a clean-up locks.

use jwtward::{
    Algorithm, ProviderConfig, SigningKey, TokenProvider,
    store::{CheckToken, MemoryStore, Store},
};
use serde::{Deserialize, Serialize};

use crate::{
    counting::allocated,
    curve::{Case, Curve, Graph, measure},
    figures::{Times, mixed, now, own_nanos},
    store::{Kind, Population, SLICE, open_other},
};

const ROUNDS: u64 = 41;
/// Calls of one round. Their tokens are in the processor's cache, as a token is that has just come in; their sessions are not.
const CALLS: u64 = 64;
/// Of so many sessions there are tokens.
const TOKENS: u64 = 50_000;
/// The rounds in which the pauses are measured.
const PURGES: usize = 3;

#[derive(Deserialize, Serialize)]
struct Data {
    level: u64,
}

/// From 1000 to that many sessions.
pub(crate) fn graphs(largest: usize) -> Vec<Graph> {
    let sizes: Vec<_> =
        [1_000, 10_000, 100_000, 1_000_000, 10_000_000].into_iter().filter(|size| *size <= largest).collect();
    let mut authenticate: Vec<Curve> = Vec::new();
    let curve = |name: &str| Curve { name: name.to_owned(), points: Vec::new() };
    let mut octets = [curve("single"), curve("pair")];
    let mut pauses = [curve("longest lock"), curve("a whole pass")];
    for size in sizes {
        eprintln!("{size} sessions: authenticate");
        for curve in authenticate_with(size as u64) {
            match authenticate.iter_mut().find(|known| known.name == curve.name) {
                Some(known) => known.points.extend(curve.points),
                None => authenticate.push(curve),
            }
        }
        eprintln!("{size} sessions: memory and pauses");
        for (kind, curve) in [Kind::Single, Kind::Pair].into_iter().zip(&mut octets) {
            let population = Population::new(kind, 1);
            let empty = allocated();
            (0..size as u64).for_each(|number| population.open(number, &mut Times::new(0)));
            curve.points.push((size as f64, (allocated() - empty) as f64 / size as f64));
        }
        let (mut longest, mut whole) = (Times::new(PURGES), Times::new(PURGES));
        for _ in 0..PURGES {
            let expired = || {
                let population = Population::new(Kind::Single, 1);
                (0..size as u64).for_each(|number| population.open(number, &mut Times::new(0)));
                population.clock.turn(3601);
                population
            };
            expired().purge_locked(&mut longest);
            let population = expired();
            whole.time_own(|| population.purge(&mut Times::new(0)));
        }
        let [lock, pass] = &mut pauses;
        lock.points.push((size as f64, longest.median() as f64 / 1000.0));
        pass.points.push((size as f64, whole.median() as f64 / 1000.0));
    }
    let graph = |name, title, y, curves| Graph { name, title, x: "sessions", y, curves };
    let title = "Authenticating (HS256), by the sessions in the memory store";
    eprintln!("a clean-up looks at {SLICE} entries under one lock");
    vec![
        graph("authenticate-by-sessions", title, "µs a call", authenticate),
        graph("octets-by-sessions", "Memory of the memory store", "octets a session", octets.into()),
        graph(
            "purge-by-sessions",
            "A clean-up of the memory store when all sessions have expired",
            "µs",
            pauses.into(),
        ),
    ]
}

fn authenticate_with(size: u64) -> Vec<Curve> {
    let key = SigningKey::generate(Algorithm::HS256).expect("the system has randomness");
    let store = MemoryStore::default();
    let provider = |cache: Option<u64>| {
        let config = ProviderConfig::new(key.clone()).issuer("https://auth.example").audience("api").track_sessions();
        let mut builder = TokenProvider::builder(config).store(store.clone());
        if let Some(octets) = cache {
            builder = builder.cache_verified_tokens(octets);
        }
        builder.build().expect("the configuration is good")
    };
    let (verifying, caching) = (provider(None), provider(Some(256 << 20)));
    let issued = size.min(TOKENS);
    // Among the others, as they come.
    let mut tokens = Vec::new();
    let mut keys = Vec::new();
    for number in 0..size {
        if number % (size / issued) == 0 && tokens.len() < issued as usize {
            let token = now(verifying.issue(&format!("user-{number}"), &Data { level: 7 })).expect("there is room");
            tokens.push(token.expose().to_owned());
        } else {
            open_other(&store, &verifying, number);
        }
    }
    // What `check` alone is asked for: sessions of a store of the same size.
    let population = Population::new(Kind::Single, 1);
    for number in 0..size {
        population.open(number, &mut Times::new(0));
    }
    for call in 0..CALLS * (ROUNDS + 1) {
        keys.push(population.key(mixed(call) % size));
    }
    for token in &tokens {
        now(caching.authenticate::<Data>(token)).expect("the token is good");
    }

    let accept = |provider: &TokenProvider, round: u64| {
        let some: Vec<_> = (0..CALLS)
            .map(|call| tokens[usize::try_from(mixed(round * CALLS + call)).expect("64 bits") % tokens.len()].clone())
            .collect();
        let from = own_nanos();
        for token in &some {
            assert!(now(provider.authenticate::<Data>(token)).is_ok());
        }
        own_nanos() - from
    };
    let check = |round: u64| {
        let first = usize::try_from(round * CALLS).expect("few");
        let some = keys[first..][..usize::try_from(CALLS).expect("few")].to_vec();
        let from = own_nanos();
        for key in some {
            let standing = now(population.store.check(CheckToken::Tracked(key))).expect("the store is open");
            assert!(standing.session.is_some());
        }
        own_nanos() - from
    };
    let x = size as f64;
    let case = |name: &str, round| Case { curve: name.to_owned(), x, round, calls: CALLS };
    measure(
        &mut [
            case("signature verified", Box::new(|round| accept(&verifying, round))),
            case("a hit of the token cache", Box::new(|round| accept(&caching, round))),
            case("the store's check alone", Box::new(check)),
        ],
        ROUNDS,
    )
}
