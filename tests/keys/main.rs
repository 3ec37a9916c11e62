//! Loading keys: every form OpenSSL writes, and everything that must be refused. How the files were made: README.md.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod files;
mod jwks;
mod mismatches;
mod selection;
mod strength;
mod support;
