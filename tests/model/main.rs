//! The state machine of sessions against models that are obviously right, and its races.
//!
//! `PROPTEST_CASES` sets the number of random histories, `JWTWARD_RACE_ROUNDS` that of the rounds of each race.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod history;
mod ops;
mod provider;
mod provider_model;
mod races;
mod store;
mod store_model;
mod support;
mod turned;
