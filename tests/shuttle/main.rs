//! Schedules of the memory store's steps and of the caches: `scripts/shuttle`. Without `--cfg shuttle` there is nothing here.
//!
//! The locks and atomics are the explorer's, so each run is one interleaving of the threads at those points, chosen at random or
//! by priorities (PCT). `JWTWARD_SHUTTLE_ITERATIONS` is how many of each kind every test tries.

#![cfg(shuttle)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod caches;
mod memory;
mod support;
