//! What the programs share: words with valgrind, and keys.

pub mod keys;
pub mod valgrind;

use jwtward::{ProviderConfig, TokenProvider, store::MemoryStore};

/// A provider without clean-up: its runtime ends here. On a thread of its own it would be counted, or refused memory, now and then.
pub fn provider(config: ProviderConfig, store: MemoryStore) -> TokenProvider {
    block_on(async { TokenProvider::new(config, store).expect("a provider") })
}

/// Runs a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}
