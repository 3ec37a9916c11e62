//! The thread's own time, which does not grow when the machine does other work.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The thread's own time so far.
pub(crate) fn own_nanos() -> u64 {
    let own = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default();
    u64::try_from(own.as_nanos()).unwrap_or(u64::MAX)
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
