//! Two threads on one provider, beside one thread alone.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use jwtward::Algorithm;

use crate::{
    figures::{Times, head, own_nanos, row},
    service::{Behind, Service},
};

const ROUNDS: usize = 31;
/// Calls of one thread in one round.
const CALLS: u64 = 10_000;
const TOKENS: u64 = 1000;
const CACHE: u64 = 8 << 20;
/// Tokens of which a thread brings in one after the other: more than the cache holds.
const FRESH: u64 = 20_000;

struct Case {
    name: &'static str,
    service: Service,
    alone: Times,
    together: Times,
    /// Calls a second of all threads, by the wall clock.
    rate_alone: Times,
    rate_together: Times,
}

pub(crate) fn table() {
    println!(
        "\nTwo threads (HS256), median of {ROUNDS} rounds of {CALLS} calls a thread: the thread's own ns a call, and thousands of \
         calls a second of all threads by the wall clock.\n"
    );
    head(&["", "one thread", "two threads", "ratio", "1000/s, one thread", "1000/s, two threads", "ratio"]);
    let case = |name, behind, cache, tokens| {
        let service = Service::new(Algorithm::HS256, behind, cache, tokens);
        service.tokens.iter().for_each(|token| service.accept(token));
        let [alone, together, rate_alone, rate_together] = std::array::from_fn(|_| Times::new(2 * ROUNDS));
        Case { name, service, alone, together, rate_alone, rate_together }
    };
    let mut cases = [
        case("verified each time", Behind::Nothing, None, TOKENS),
        case("a hit, 1000 tokens", Behind::Nothing, Some(CACHE), TOKENS),
        case("a hit, one token for both", Behind::Nothing, Some(CACHE), 1),
        case("a hit and the memory store, 1000 tokens", Behind::Store, Some(CACHE), TOKENS),
        case("a hit and the memory store, one token for both", Behind::Store, Some(CACHE), 1),
    ];
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for case in &mut cases {
            run(&case.service, 1, &mut case.alone, &mut case.rate_alone);
            run(&case.service, 2, &mut case.together, &mut case.rate_together);
        }
    }
    for case in &mut cases {
        let (alone, together) = (case.alone.median(), case.together.median());
        let (rate, rates) = (case.rate_alone.median(), case.rate_together.median());
        let ratio = |a: u64, b: u64| format!("{:.2}", a as f64 / b as f64);
        let cells = [alone.to_string(), together.to_string(), ratio(together, alone)];
        let rest = [(rate / 1000).to_string(), (rates / 1000).to_string(), ratio(rates, rate)];
        row(&[&[case.name.to_owned()], &cells[..], &rest[..]].concat());
    }
    beside_fresh_tokens();
}

fn run(service: &Service, threads: u64, own: &mut Times, rate: &mut Times) {
    let start = Barrier::new(usize::try_from(threads).expect("few"));
    let taken: Vec<_> = thread::scope(|scope| {
        let work = |thread: u64| {
            start.wait();
            let (wall, from) = (Instant::now(), own_nanos());
            (0..CALLS).for_each(|call| service.accept_any(thread * CALLS + call));
            ((own_nanos() - from) / CALLS, wall.elapsed())
        };
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    });
    let longest = taken.iter().map(|(_, wall)| wall.as_secs_f64()).fold(0.0, f64::max);
    taken.iter().for_each(|(nanos, _)| own.record_nanos(*nanos));
    rate.record_nanos(((threads * CALLS) as f64 / longest) as u64);
}

/// Hits of one thread, while another brings in tokens that the cache has not seen and that push others out.
fn beside_fresh_tokens() {
    let service = Service::new(Algorithm::HS256, Behind::Nothing, Some(CACHE), TOKENS);
    let fresh: Vec<_> = (0..FRESH).map(|user| service.fresh(user)).collect();
    service.tokens.iter().for_each(|token| service.accept(token));
    let (mut alone, mut beside) = (Times::new(ROUNDS), Times::new(ROUNDS));
    let pass = |times: &mut Times| {
        let from = own_nanos();
        (0..CALLS).for_each(|call| service.accept_any(call));
        times.record_nanos((own_nanos() - from) / CALLS);
    };
    for _ in 0..ROUNDS {
        pass(&mut alone);
        let (begun, done) = (Barrier::new(2), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                begun.wait();
                for token in fresh.iter().cycle().take_while(|_| !done.load(Relaxed)) {
                    service.accept(token);
                }
            });
            begun.wait();
            pass(&mut beside);
            done.store(true, Relaxed);
        });
    }
    println!(
        "\nA hit of one thread while another brings in fresh tokens: {} ns; alone {} ns.",
        beside.median(),
        alone.median()
    );
}
