//! A clock that never goes back.

use std::sync::{Arc, LazyLock, PoisonError};

use super::{Clock, NumericDate, SystemClock};
use crate::sync::{AtomicI64, Mutex, Ordering};

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

#[cfg(all(test, loom))]
mod schedules {
    use loom::thread;

    use super::*;
    use crate::sync::explore;

    /// Shows one after the other, to whoever asks next: back and forth, and once beyond 2262.
    #[derive(Debug)]
    struct Steps(AtomicI64);

    const STEPS: [i64; 5] = [20, 10, 10_000_000_000, 30, 5];

    impl Clock for Steps {
        fn now(&self) -> NumericDate {
            let at = self.0.fetch_add(1, Ordering::Relaxed);
            NumericDate::from_secs(STEPS[usize::try_from(at).unwrap() % STEPS.len()])
        }
    }

    fn never_goes_back<C: Clock + 'static>(new: impl Fn(Arc<dyn Clock>) -> C) {
        let clock = Arc::new(new(Arc::new(Steps(AtomicI64::new(0)))));
        let said = Arc::new(AtomicI64::new(i64::MIN));
        let other = (clock.clone(), said.clone());
        let first = thread::spawn(move || {
            let (clock, said) = other;
            let first = clock.now();
            said.store(first.as_secs(), Ordering::Release);
            let second = clock.now();
            assert!(first <= second, "went back");
            second
        });
        let heard = said.load(Ordering::Acquire);
        let here = [clock.now(), clock.now()];
        assert!(heard <= here[0].as_secs() && here[0] <= here[1], "went back");
        let there = first.join().unwrap();
        assert!(clock.now() >= there.max(here[1]), "went back");
    }

    #[test]
    fn loom_a_clock_never_goes_back_for_any_thread() {
        explore("monotonic clock", || never_goes_back(MonotonicClock::new));
    }

    #[test]
    #[should_panic(expected = "went back")]
    fn loom_finds_out_a_clock_that_reads_and_then_writes() {
        #[derive(Debug)]
        struct Torn(Arc<dyn Clock>, AtomicI64);
        impl Clock for Torn {
            fn now(&self) -> NumericDate {
                let now = self.0.now().as_secs().max(self.1.load(Ordering::SeqCst));
                self.1.store(now, Ordering::SeqCst);
                NumericDate::from_secs(now)
            }
        }
        loom::model(|| never_goes_back(|clock| Torn(clock, AtomicI64::new(i64::MIN))));
    }
}
