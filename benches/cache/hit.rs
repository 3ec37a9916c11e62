//! One thread: `authenticate` with and without the cache, with and without a store.

use jwtward::Algorithm;

use crate::{
    allocations::allocations,
    figures::{Times, head, own_nanos, row},
    service::{Behind, Service},
};

const ROUNDS: usize = 31;
/// Calls of one round.
const CALLS: u64 = 2000;
const TOKENS: u64 = 1000;
const CACHE: u64 = 8 << 20;

pub(crate) fn table() {
    println!(
        "\n`authenticate`, {TOKENS} tokens at random, in ns: median and least of {ROUNDS} rounds of {CALLS} calls.\n"
    );
    head(&["", "octets a token", "median", "least", "allocations"]);
    let mut rows = Vec::new();
    for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        for (behind, cache, name) in [
            (Behind::Nothing, None, "verified"),
            (Behind::Nothing, Some(CACHE), "a hit"),
            (Behind::Store, None, "verified, and the memory store asked"),
            (Behind::Store, Some(CACHE), "a hit, and the memory store asked"),
        ] {
            eprintln!("{algorithm}, {name}: tokens");
            // RSA signs slowly, and whether its tokens differ changes nothing in how they are verified.
            let tokens = if algorithm == Algorithm::RS256 { TOKENS / 10 } else { TOKENS };
            let service = Service::new(algorithm, behind, cache, tokens);
            service.tokens.iter().for_each(|token| service.accept(token));
            rows.push((format!("{algorithm}, {name}"), service, Times::new(ROUNDS)));
        }
    }
    for round in 0..ROUNDS as u64 {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for (_, service, times) in &mut rows {
            times.time_own(|| (0..CALLS).for_each(|call| service.accept_any(round * CALLS + call)));
        }
    }
    for (name, service, times) in &mut rows {
        let before = allocations();
        service.accept(&service.tokens[0]);
        let allocated = allocations() - before;
        let each = |nanos: u64| (nanos / CALLS).to_string();
        let octets = service.tokens[0].len().to_string();
        row(&[name.clone(), octets, each(times.median()), each(times.least()), allocated.to_string()]);
    }
    let clock = (0..1000).map(|_| own_nanos()).collect::<Vec<_>>();
    eprintln!("reading the clock takes {} ns, once a round", (clock[999] - clock[0]) / 999);
}
