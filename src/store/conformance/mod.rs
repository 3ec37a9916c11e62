//! The suite that every store must pass.
//!
//! [`check_all`] asks of a store what the contract, [`Store`](super::Store), says in words. In a test of your own:
//!
//! ```
//! # async fn a_test<MyStore: jwtward::store::Store>(new_and_empty: fn() -> MyStore) {
//! use jwtward::store::conformance::check_all;
//!
//! let report = check_all(|| async { new_and_empty() }).await.expect("the store keeps the contract");
//! println!("{} cases passed", report.passed().len());
//! # }
//! ```
//!
//! Run it on a multi-thread runtime with time enabled (`#[tokio::test(flavor = "multi_thread", worker_threads = 4)]`): on a single
//! thread the races are less hard. The store keeps its own clock; the suite waits for that clock, with lifetimes of some hundredths of
//! a second, and never expects anything to be quick.
//!
//! What no client can see is not checked: that a store's data outlives a crash, that purging keeps nobody waiting, that an answer is
//! still remembered after nearly 60 seconds.

// Each file is a group of cases; a case is a function that is given a store of its own.
mod begin_and_open;
mod closing;
mod denial;
mod floors;
mod keeping;
mod limits;
mod purging;
mod races;
mod races_of_revocation;
mod repeats;
mod revoked_list;
mod rotation;
mod rotation_refused;
mod subject;
mod suite;

pub use suite::{Failure, Report, check_all};
