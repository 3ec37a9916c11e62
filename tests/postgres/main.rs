//! The PostgreSQL store on a real server, which each test starts for itself or shares: the contract, races over several
//! nodes, and what happens when the server or the network fails. Without PostgreSQL on the machine the tests are
//! skipped, and say so; with `JWTWARD_REQUIRE_SERVERS=postgresql` they fail then.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod conformance;
mod faults;
mod locks;
#[path = "../support/node_caches.rs"]
mod node_caches;
mod nodes;
mod preflight;
#[path = "../support/proxy.rs"]
#[allow(dead_code, reason = "the tests of other stores use the rest")]
mod proxy;
mod server;
#[path = "../support/servers.rs"]
#[allow(dead_code, reason = "the tests of other stores use the rest")]
mod servers;
mod support;
