//! The Redis store on real servers. Where `redis-server` is not installed these tests say "skipped"; with `JWTWARD_REQUIRE_SERVERS=redis-server`
//! that is a failure.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod conformance;
mod durability;
#[path = "../support/node_caches.rs"]
mod node_caches;
mod nodes;
mod outages;
mod preflight;
#[path = "../support/proxy.rs"]
#[allow(dead_code)]
mod proxy;
#[path = "../support/servers.rs"]
#[allow(dead_code)]
mod servers;
mod support;
