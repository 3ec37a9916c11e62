//! What the programs share: words with valgrind, and keys.

pub mod keys;
pub mod valgrind;

/// Runs a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}
