//! The provider's keys over time: one that signs, those to come, those that have signed.

mod error;
mod handle;
mod schedule;
mod snapshot;

pub use error::KeyRingError;
pub use handle::{KeyRing, KeyStatus, RingKey};

pub(super) use schedule::Schedule;
pub(super) use snapshot::{Keys, RotatingKeys};
