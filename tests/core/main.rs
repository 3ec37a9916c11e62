//! The core's edges that no other file's subject is: what is said beside a verdict, and what is accepted or refused one step beside
//! what the other tests try. Many a test here is the one that notices a mutant (`scripts/mutants`).
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod accessors;
mod debug;
mod headers;
mod keys;
mod payloads;
mod segments;
#[path = "../attacks/support.rs"]
#[allow(dead_code)]
mod support;
