//! Whether tokens in regular use stay in the cache while tokens that are used once pass through it.
//!
//! The cache tells nobody what it holds, so a hit is told from a miss by its time: a miss verifies an Ed25519 signature, which
//! takes many times as long as a hit, whatever else the machine does.

use jwtward::Algorithm;

use crate::{
    figures::{Times, head, mixed, own_nanos, row},
    service::{Behind, Service},
};

/// The cache's size in octets.
const CACHE: u64 = 1 << 20;
/// Octets a token for which the cache has to have room, about.
const ENTRY: u64 = 1024;
/// Uses of each token in regular use: the first warm up, the others are counted.
const WARM: u64 = 8;
const COUNTED: u64 = 12;

pub(crate) fn table() {
    let room = CACHE / ENTRY;
    println!(
        "\nHits of tokens in regular use (at random, {COUNTED} uses of each), per cent, in a cache of {CACHE} octets: room for some \
         {room} tokens. Beside each use so many fresh tokens come in that are used once. Last: one pass over the tokens after {} \
         fresh ones in a row.\n",
        10 * room
    );
    head(&["tokens in regular use", "no fresh tokens", "1 a use", "10 a use", "after a flood in a row"]);
    for tokens in [room / 4, room / 2, room * 3 / 4] {
        let mut cells = vec![tokens.to_string()];
        for fresh in [0, 1, 10] {
            eprintln!("{tokens} tokens, {fresh} fresh ones a use");
            let cached = Cached::new(tokens);
            cached.use_regularly(0..WARM * tokens, fresh);
            cells.push(percent(cached.use_regularly(WARM * tokens..(WARM + COUNTED) * tokens, fresh)));
        }
        let cached = Cached::new(tokens);
        cached.use_regularly(0..WARM * tokens, 0);
        (0..10 * room).for_each(|_| cached.bring_fresh());
        let hits = cached.service.tokens.iter().filter(|token| cached.hits(token)).count();
        cells.push(percent(hits as f64 / tokens as f64));
        row(&cells);
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

struct Cached {
    service: Service,
    /// What takes longer, in nanoseconds, is a miss.
    longest_hit: u64,
}

impl Cached {
    fn new(tokens: u64) -> Self {
        let service = Service::new(Algorithm::EdDSA, Behind::Nothing, Some(CACHE), tokens);
        // The first use of a token is a miss, the second a hit.
        let (mut hits, mut misses) = (Times::new(101), Times::new(101));
        for _ in 0..101 {
            let token = service.fresh(0);
            misses.time_own(|| service.accept(&token));
            hits.time_own(|| service.accept(&token));
        }
        let (hit, miss) = (hits.median(), misses.median());
        assert!(miss > 3 * hit, "a miss of {miss} ns is not told from a hit of {hit} ns");
        Self { service, longest_hit: miss / 2 + hit / 2 }
    }

    /// Uses a token, and tells whether the cache had it.
    fn hits(&self, token: &str) -> bool {
        let from = own_nanos();
        self.service.accept(token);
        own_nanos() - from <= self.longest_hit
    }

    fn bring_fresh(&self) {
        self.service.accept(&self.service.fresh(0));
    }

    /// The share of hits.
    fn use_regularly(&self, uses: std::ops::Range<u64>, fresh: u64) -> f64 {
        let (number, tokens) = ((uses.end - uses.start) as f64, &self.service.tokens);
        let mut hits = 0.0;
        for call in uses {
            let place = usize::try_from(mixed(call) % tokens.len() as u64).expect("a place");
            hits += f64::from(u8::from(self.hits(&tokens[place])));
            (0..fresh).for_each(|_| self.bring_fresh());
        }
        hits / number
    }
}
