//! The redb store: everything in one file, durable on one machine, of one process at a time.
//!
//! - **Durable**: a change is answered after it is on the disk, with two `fsync`s (two-phase commit). After `kill -9`
//!   or a loss of power every answered change is there, as far as the disk keeps what it acknowledged. There is no
//!   weaker setting.
//! - **One writer**: a thread makes the changes, many in one transaction, so that callers at the same time share the
//!   `fsync`s and no worker of the runtime waits for a disk.
//! - **Readers do not wait**: a check reads the last committed state where it is called, some microseconds if the pages
//!   are cached. A change is visible to every reader before it is answered.
//! - **One process**: the file is locked; a second process is refused.

mod answers;
mod builder;
mod codec;
mod error;
mod paging;
mod purge;
mod record;
mod schema;
mod snapshot;
mod step;
mod store;
mod view;
mod writer;

pub use builder::RedbStoreBuilder;
pub use error::RedbOpenError;
pub use store::RedbStore;

/// What redb could not do. Its texts name tables and system errors, nothing that is stored.
fn failed(error: impl Into<redb::Error>) -> super::StoreError {
    super::StoreError::new(error.into())
}
