//! `authenticate` over a store with a million sessions.

use jwtward::{Algorithm, ProviderConfig, SigningKey, TokenProvider, store::MemoryStore};
use serde::{Deserialize, Serialize};

use crate::{
    figures::{Times, head, mixed, now, row},
    store::open_other,
};

const SESSIONS: u64 = 1_000_000;
const TOKENS: u64 = 1000;
const CALLS: u64 = 20_000;

#[derive(Serialize, Deserialize)]
struct Data {
    role: String,
}

pub(crate) fn table() {
    println!("\n`TokenProvider::authenticate` over {SESSIONS} sessions, {TOKENS} tokens in turn, in ns.\n");
    head(&["", "median", "p99"]);
    for algorithm in [Algorithm::HS256, Algorithm::ES256] {
        let key = SigningKey::generate(algorithm).expect("the system has randomness");
        for (cache, name) in [(None, "every signature verified"), (Some(8 << 20), "verified tokens cached")] {
            let config = ProviderConfig::new(key.clone()).track_sessions();
            let store = MemoryStore::default();
            let mut builder = TokenProvider::builder(config).store(store.clone());
            if let Some(octets) = cache {
                builder = builder.cache_verified_tokens(octets);
            }
            let provider = builder.build().expect("the configuration is good");
            (0..SESSIONS).for_each(|number| open_other(&store, &provider, number));
            let data = Data { role: "administrator".into() };
            let tokens: Vec<_> = (0..TOKENS)
                .map(|user| now(provider.issue(&format!("user-{user}"), &data)).expect("there is room"))
                .collect();
            let mut times = Times::new(usize::try_from(CALLS).unwrap_or(0));
            let mut unused = Times::new(0);
            for call in 0..CALLS + TOKENS {
                // The first of each is not timed: it fills the cache.
                let times = if call < TOKENS { &mut unused } else { &mut times };
                let number = if call < TOKENS { call } else { mixed(call) % TOKENS };
                let token = usize::try_from(number).ok().and_then(|number| tokens.get(number));
                let token = token.expect("one of those issued").expose();
                times.time(|| now(provider.authenticate::<Data>(token))).expect("the token is good");
            }
            row(&[format!("{algorithm}, {name}"), times.median().to_string(), times.p99().to_string()]);
        }
    }
}
