//! The attack catalogue: what an attacker sends, and the exact refusal. A test's name begins with the number of its row in
//! `docs/attacks.md`. Every hostile token is signed with the right key unless the attack is on the signature itself, so that
//! nothing but the check under test can refuse it.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod algorithm;
mod any_bytes;
mod claims;
mod curve_keys;
mod ecdsa;
mod eddsa;
mod extreme_times;
mod header;
mod hmac_secrets;
mod json;
mod keys;
mod known_headers;
mod rsa_keys;
mod rsa_signatures;
mod seen_elsewhere;
mod segments;
mod support;
mod texts;
mod times;
