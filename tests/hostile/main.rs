//! The published corpus of hostile tokens, `vectors/hostile`: it is what this program writes, and every line is answered as
//! it says.
//! `cargo test --test hostile -- --ignored` writes it anew.

#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod accepted;
mod algorithm;
mod answers;
mod claims;
mod corpus;
mod curves;
mod form;
mod header;
mod json;
mod keys;
mod mutations;
mod signatures;
