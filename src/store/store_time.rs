//! Time as a store counts it.

use std::time::Duration;

use crate::time::NumericDate;

/// A point in time on a store's clock: milliseconds after 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreTime(u64);

impl StoreTime {
    /// That many milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How much time there is from `earlier` to here; none if it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Whole milliseconds; times before 1970 become 1970.
impl From<NumericDate> for StoreTime {
    fn from(date: NumericDate) -> Self {
        Self(u64::try_from(date.as_millis()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_time_does_not_wrap() {
        let last = StoreTime::from_millis(u64::MAX);
        assert_eq!(last.plus(Duration::MAX), last);
        assert_eq!(StoreTime::from_millis(1).since(last), Duration::ZERO);
        assert_eq!(StoreTime::from(NumericDate::from_secs(-1)), StoreTime::from_millis(0));
        assert_eq!(StoreTime::from(NumericDate::from_secs(i64::MAX)), StoreTime::from_millis(i64::MAX as u64));
    }
}
