//! Locks, atomics and cells that threads share, which the explorers of schedules put their own in the place of: `scripts/loom` for
//! the small pieces, `scripts/shuttle` for the memory store and the caches.

#[cfg(not(loom))]
pub(crate) use std::sync::OnceLock;

#[cfg(all(feature = "provider", not(any(loom, shuttle))))]
pub(crate) use {
    arc_swap::{ArcSwap, Guard},
    std::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

#[cfg(any(loom, shuttle))]
pub(crate) use stand_ins::*;

/// What an explorer lacks stands on its lock: so what is explored is the use that is made of it, as one that has an order.
#[cfg(any(loom, shuttle))]
mod stand_ins {
    use std::sync::{Arc, PoisonError};

    #[cfg(loom)]
    pub(crate) use loom::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    };
    #[cfg(shuttle)]
    pub(crate) use shuttle::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    };

    /// Leaks what it is given: a reference into a lock would need `unsafe`.
    #[cfg(loom)]
    pub(crate) struct OnceLock<T: 'static>(Mutex<Option<&'static T>>);

    #[cfg(loom)]
    impl<T> Default for OnceLock<T> {
        fn default() -> Self {
            Self(Mutex::new(None))
        }
    }

    #[cfg(loom)]
    impl<T> OnceLock<T> {
        pub(crate) fn get(&self) -> Option<&T> {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        pub(crate) fn get_or_init(&self, value: impl FnOnce() -> T) -> &T {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            held.get_or_insert_with(|| Box::leak(Box::new(value())))
        }
    }

    pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

    pub(crate) type Guard<T> = T;

    impl<T> ArcSwap<T> {
        pub(crate) fn from_pointee(value: T) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        pub(crate) fn load(&self) -> Guard<Arc<T>> {
            Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }

        pub(crate) fn store(&self, value: Arc<T>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
        }
    }
}

/// Tries every schedule, and says how many there are.
#[cfg(all(test, loom))]
pub(crate) fn explore(name: &str, model: impl Fn() + Send + Sync + 'static) {
    use std::sync::{Arc, atomic::AtomicU64};
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    loom::model(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!("{name}: all {} schedules", count.load(Ordering::Relaxed));
}
