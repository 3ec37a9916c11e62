//! The node cache: answers of a check remembered by one node for a bounded time.
//!
//! The age of an answer counts from the *start* of its fetch, on a monotonic clock: a fetch that hangs may carry what
//! the store said before it hung, and a revocation meanwhile must not have to wait for δ after its end. Each change
//! that goes through this node, whether it succeeds, fails or is dropped, raises a counter of its user or token; an
//! answer counts only while the counters are as they were before its fetch began. So a fetch that overlapped a change
//! is not remembered, whichever came first, and nothing has to be searched for and removed. Users share counters by a
//! keyed hash: another user's change may cost a fetch, nothing else.

mod entries;
mod node_cache;

pub use node_cache::{Consistency, NodeCache};
