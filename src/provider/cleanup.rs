//! Removing what has expired, in the background.

use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::Notify,
};

use super::deadline::within;
use crate::store::{ErasedStore, StoreError};

/// Records looked at under one lock: some 0.1 ms.
const SLICE: usize = 1024;

/// One whole pass. Gives how many records were removed.
pub(super) async fn pass(store: &dyn ErasedStore, timeout: Duration, margin: Duration) -> Result<u64, StoreError> {
    let mut removed = 0;
    loop {
        let purged = within(timeout, store.purge(SLICE, margin)).await?;
        removed += purged.removed;
        if purged.done {
            return Ok(removed);
        }
        // Others go first.
        tokio::task::yield_now().await;
    }
}

/// Cleans up every `interval` until stopped or the store is gone: on the runtime this is called in, else on a thread of its
/// own.
pub(super) fn start(
    store: Weak<dyn ErasedStore>,
    interval: Duration,
    timeout: Duration,
    margin: Duration,
    stop: Arc<Notify>,
) {
    let work = async move {
        // The interval is measured on the monotonic clock, whatever the wall clock does.
        while tokio::time::timeout(interval, stop.notified()).await.is_err() {
            let Some(store) = store.upgrade() else { return };
            match pass(&*store, timeout, margin).await {
                Err(error) if error.is_closed() => return,
                Err(error) => super::event::trace_refusal("clean-up", &error),
                Ok(_) => {}
            }
        }
    };
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(work)),
        // If no thread can be had, expired records stay until the application cleans up by itself.
        Err(_) => drop(thread::Builder::new().name("jwtward-cleanup".into()).spawn(move || {
            if let Ok(runtime) = Builder::new_current_thread().enable_time().build() {
                runtime.block_on(work);
            }
        })),
    }
}
