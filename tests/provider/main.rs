//! The token provider over the memory store, from outside, with a clock that only the tests move.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]

mod support;

mod authenticate;
mod background;
mod cache;
mod cleanup;
mod config;
mod credentials;
mod data;
mod events;
mod faults;
mod faulty;
mod go_layout;
mod issue;
mod key_ring;
mod keys;
mod lifetimes;
mod limits;
mod migration;
mod races;
mod refresh_grace;
mod refresh_keys;
mod refresh_pair;
mod refresh_single;
mod refresh_untracked;
mod revoke;
mod revoke_all;
mod secrets;
mod sessions;
mod stateless;
mod texts;
