//! Ed25519.

mod comb;
mod field;
mod point;
mod verifier;

pub(crate) use verifier::PreparedEd;
