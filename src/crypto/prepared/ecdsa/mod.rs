//! ECDSA by u1·G + u2·Q = R (FIPS 186-5 section 6.4.2), where all multiples of G and Q that can be needed lie in tables: a signature
//! takes additions alone, no doublings.
//!
//! [`field`] and its two kinds are the numbers, [`point`] the sums, [`comb`] the tables, [`curve`] what differs from curve to
//! curve, [`verifier`] the equation. The scalars are RustCrypto's.

mod comb;
mod curve;
mod field;
mod montgomery;
mod p521;
mod point;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use verifier::PreparedEc;
