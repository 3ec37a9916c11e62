//! The redb store: the contract, and that what it answered outlives a restart and `kill -9`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod clock;
mod conformance;
mod damage;
mod full_disk;
mod histories;
#[path = "../model/history.rs"]
mod history;
mod killing;
#[path = "../model/ops.rs"]
mod ops;
mod reopening;
#[path = "../model/store_model.rs"]
mod store_model;
mod support;
#[path = "../model/turned.rs"]
mod turned;
