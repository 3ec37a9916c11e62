//! Random cases that are the same in each run.

use sha2::{Digest, Sha512};

/// A stream of octets that follows from its seed.
pub(super) struct Random {
    seed: Sha512,
    blocks: u64,
    rest: Vec<u8>,
}

impl Random {
    pub(super) fn new(seed: &str) -> Self {
        Self { seed: Sha512::new().chain_update(seed), blocks: 0, rest: Vec::new() }
    }

    /// How many cases to try: `JWTWARD_PREPARED_CASES`, or as many as every run of the tests can afford.
    pub(super) fn cases(default: usize) -> usize {
        std::env::var("JWTWARD_PREPARED_CASES").map_or(default, |cases| cases.parse().unwrap())
    }

    pub(super) fn vec(&mut self, length: usize) -> Vec<u8> {
        while self.rest.len() < length {
            self.rest.extend(self.seed.clone().chain_update(self.blocks.to_be_bytes()).finalize());
            self.blocks += 1;
        }
        self.rest.drain(..length).collect()
    }

    pub(super) fn octets<const N: usize>(&mut self) -> [u8; N] {
        self.vec(N).try_into().unwrap()
    }

    /// A number from 0 to `bound` − 1, for small bounds.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(u32::from_be_bytes(self.octets())).unwrap() % bound
    }
}
