//! A deadline on every store call.

use std::{future::poll_fn, task::Poll, time::Duration};

use crate::store::{Answer, StoreError};

/// The answer, or a refusal when it is late. An answer that is there at once, as the memory store's, costs no timer and needs
/// no runtime.
pub(super) async fn within<T>(limit: Duration, mut call: Answer<'_, T>) -> Result<T, StoreError> {
    let at_once = poll_fn(|context| {
        Poll::Ready(match call.as_mut().poll(context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })
    });
    if let Some(answer) = at_once.await {
        return answer;
    }
    // Without a runtime there is no timer, and without a deadline no waiting.
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(StoreError::new("a store that is waited for needs a tokio runtime"));
    }
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| Err(StoreError::timeout()))
}
