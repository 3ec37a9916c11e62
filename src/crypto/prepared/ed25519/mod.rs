//! Ed25519 by S·B − k·A = R (RFC 8032 section 5.1.7), where the multiples of A and B that can be needed lie in tables: a signature
//! takes additions and a handful of doublings, and R is compared in its encoding, without being decoded.
//!
//! [`field`] is the numbers, [`point`] the sums, [`comb`] the tables, [`verifier`] the equation. The scalars are curve25519-dalek's.

mod comb;
mod field;
mod point;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use verifier::PreparedEd;
