//! A clock that never goes back.

use std::sync::{
    Arc, LazyLock, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use super::{Clock, NumericDate, SystemClock};

/// A clock that never goes back: while the one behind it does, it stands still. So no step of the wall clock revives what had
/// ended within the life of a process. Clones are one clock.
#[derive(Clone, Debug)]
pub(crate) struct MonotonicClock {
    clock: Arc<dyn Clock>,
    latest: Arc<Latest>,
}

/// The latest time given.
#[derive(Debug)]
struct Latest {
    /// In nanoseconds, which reach to the year 2262.
    nanos: AtomicI64,
    /// From there on.
    far: Mutex<NumericDate>,
}

impl MonotonicClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let far = NumericDate { nanos: i64::MAX.into(), above: false };
        Self { clock, latest: Arc::new(Latest { nanos: AtomicI64::new(i64::MIN), far: Mutex::new(far) }) }
    }

    /// The system's clock, one for the process: a store must not forget by a time that its provider has never seen.
    pub(crate) fn system() -> Self {
        static SYSTEM: LazyLock<MonotonicClock> = LazyLock::new(|| MonotonicClock::new(Arc::new(SystemClock)));
        SYSTEM.clone()
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> NumericDate {
        let now = self.clock.now();
        let nanos = now.held(1);
        let latest = self.latest.nanos.fetch_max(nanos, Ordering::Relaxed).max(nanos);
        if latest < i64::MAX {
            return now.max(NumericDate { nanos: latest.into(), above: false });
        }
        let mut far = self.latest.far.lock().unwrap_or_else(PoisonError::into_inner);
        *far = now.max(*far);
        *far
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NumericDate {
        NumericDate::from_json(text).unwrap()
    }

    #[test]
    fn a_monotonic_clock_stands_still_while_the_one_behind_it_goes_back() {
        #[derive(Debug)]
        struct Steps(Mutex<Vec<&'static str>>);
        impl Clock for Steps {
            fn now(&self) -> NumericDate {
                date(self.0.lock().unwrap().remove(0))
            }
        }
        let steps = vec!["10", "9.9", "-1e300", "10.000000001", "10", "9223372037", "1e10", "1e28", "1e27", "5"];
        let clock = MonotonicClock::new(Arc::new(Steps(Mutex::new(steps))));
        let shown = ["10", "10", "10", "10.000000001", "10.000000001", "9223372037", "1e10", "1e28", "1e28", "1e28"];
        for shown in shown {
            assert_eq!(clock.now(), date(shown));
        }
    }

    #[test]
    fn clones_of_a_monotonic_clock_are_one_and_so_are_the_systems() {
        let clock = MonotonicClock::new(Arc::new(SystemClock));
        assert!(Arc::ptr_eq(&clock.latest, &clock.clone().latest));
        assert!(Arc::ptr_eq(&MonotonicClock::system().latest, &MonotonicClock::system().latest));
        assert!(MonotonicClock::system().now() <= MonotonicClock::system().now());
    }
}
