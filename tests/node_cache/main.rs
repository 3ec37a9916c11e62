//! The node cache: what it remembers never outlives what it promises. Time is tokio's, turned by hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod conformance;
mod histories;
mod link;
mod providers;
mod rules;
