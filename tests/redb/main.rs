//! The redb store: the contract, and that what it answered outlives a restart and `kill -9`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod clock;
mod conformance;
mod damage;
mod full_disk;
mod killing;
mod reopening;
mod support;
