//! The lock.

use crate::{
    store::StoreError,
    sync::{Mutex, MutexGuard},
};

/// Locks, unless a thread panicked while it held the lock: no step panics, but if one did, what it left is not to be relied on.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, StoreError> {
    mutex.lock().map_err(|_| StoreError::new("a step of the store was broken off"))
}
