//! Times and what is made of them.

#[path = "../shared/own_time.rs"]
mod own_time;

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Instant,
};

pub(crate) use own_time::own_nanos;

/// Runs a future that is ready at once, as the memory store's are.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the memory store does not wait"),
    }
}

/// Nanoseconds, one for each call. Room is made before anything is counted.
pub(crate) struct Times(Vec<u64>);

impl Times {
    pub(crate) fn new(most: usize) -> Self {
        Self(Vec::with_capacity(most))
    }

    pub(crate) fn time<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let from = Instant::now();
        let answer = call();
        self.record_nanos(u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX));
        answer
    }

    /// The thread's own time: it is not the call's doing when it is interrupted.
    pub(crate) fn time_own<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let from = own_nanos();
        let answer = call();
        self.record_nanos(own_nanos().saturating_sub(from));
        answer
    }

    pub(crate) fn record_nanos(&mut self, took: u64) {
        if self.0.len() < self.0.capacity() {
            self.0.push(took);
        }
    }

    /// Of what is done in many pieces, the longest piece.
    pub(crate) fn record_longest(&mut self, work: impl FnOnce(&mut Self)) {
        let mut pieces = Self::new(10_000_000);
        work(&mut pieces);
        self.record_nanos(pieces.longest());
    }

    /// The time that `part` of a thousand calls took no more than.
    fn quantile(&mut self, part: usize) -> u64 {
        self.0.sort_unstable();
        self.0.get(self.0.len().saturating_sub(1) * part / 1000).copied().unwrap_or(0)
    }

    pub(crate) fn median(&mut self) -> u64 {
        self.quantile(500)
    }

    pub(crate) fn p99(&mut self) -> u64 {
        self.quantile(990)
    }

    pub(crate) fn least(&mut self) -> u64 {
        self.quantile(0)
    }

    pub(crate) fn longest(&mut self) -> u64 {
        self.quantile(1000)
    }
}

/// SplitMix64.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

pub(crate) fn micros(nanos: u64) -> String {
    format!("{:.0}", nanos as f64 / 1000.0)
}

pub(crate) fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// The head of a table: the first column is text.
pub(crate) fn head(names: &[&str]) {
    row(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let lines = names.iter().enumerate().map(|(i, _)| if i == 0 { "---".to_owned() } else { "--:".to_owned() });
    row(&lines.collect::<Vec<_>>());
}
