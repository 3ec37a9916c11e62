//! Opening a redb store.

use std::{
    fs::{File, OpenOptions},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use redb::Database;
use tokio::sync::mpsc;

use super::{
    error::RedbOpenError,
    schema::{Identity, identify},
    snapshot::Snapshot,
    step::Step,
    store::RedbStore,
    writer::{QUEUE, Shared, Writer},
};
use crate::{
    store::types::StoreTime,
    time::{Clock, MonotonicClock},
};

/// By how much the clock may be behind the file: more than time zones and daylight saving can make.
const BEHIND: Duration = Duration::from_secs(24 * 3600);

/// Opens a [`RedbStore`].
#[derive(Debug)]
pub struct RedbStoreBuilder {
    path: PathBuf,
    clock: MonotonicClock,
    cache_size: usize,
}

impl RedbStoreBuilder {
    /// How much of the file is kept in memory, in octets, unless set.
    pub const DEFAULT_CACHE_SIZE: usize = 64 << 20;

    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), clock: MonotonicClock::system(), cache_size: Self::DEFAULT_CACHE_SIZE }
    }

    /// Takes the time from there: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = MonotonicClock::new(Arc::new(clock));
        self
    }

    /// Keeps about that many octets of the file in memory. A check of a session that is not among them reads the file
    /// where it is called. See `docs/stores/redb.md` for how many octets a session takes.
    #[must_use]
    pub const fn cache_size(mut self, octets: usize) -> Self {
        self.cache_size = octets;
        self
    }

    /// Opens the file, or makes it with mode 0600 if it is missing or empty, and reads all of it to see that it is
    /// whole. This waits for the disk: call it at the start, or on a thread that may wait.
    ///
    /// # Errors
    /// [`RedbOpenError`].
    pub fn open(self) -> Result<RedbStore, RedbOpenError> {
        // On some damage redb panics; that is damage like any other.
        catch_unwind(AssertUnwindSafe(|| self.open_file()))
            .unwrap_or_else(|_| Err(RedbOpenError::Damaged("reading it failed".into())))
    }

    fn open_file(self) -> Result<RedbStore, RedbOpenError> {
        let file = StoreFile { path: self.path, cache_size: self.cache_size };
        let database = file.open(self::file(&file.path)?)?;
        let now = StoreTime::from(self.clock.now());
        let identity = prepare(&database, now)?;
        let by = identity.latest.since(now);
        if by > BEHIND {
            return Err(RedbOpenError::ClockBehind { by });
        }
        let shared = Arc::new(Shared::new(Snapshot::new(&database)?, self.clock, identity.latest));
        let (sender, queue) = mpsc::channel(QUEUE);
        let writer = Writer::new(file, database, identity, Arc::clone(&shared));
        thread::Builder::new()
            .name("jwtward-redb".into())
            .spawn(move || writer.run(queue))
            .map_err(RedbOpenError::Io)?;
        Ok(RedbStore::new(shared, sender, identity))
    }
}

/// Where the file is and how it is opened.
pub(super) struct StoreFile {
    path: PathBuf,
    cache_size: usize,
}

impl StoreFile {
    fn open(&self, file: File) -> Result<Database, RedbOpenError> {
        let mut builder = Database::builder();
        // The format that later releases of redb read too.
        builder.create_with_file_format_v3(true).set_cache_size(self.cache_size);
        let mut database = builder.create_file(file)?;
        // Reading alone would take a damaged page as it is.
        // "Repaired" is a commit further back: revocations may be missing.
        if database.check_integrity()? {
            Ok(database)
        } else {
            Err(RedbOpenError::Damaged("a commit is missing".into()))
        }
    }

    /// Opens the file again after it failed, if it is the same store yet.
    ///
    /// Nothing is made or written: a store that begins here would not know what this one had revoked, and must not have its
    /// epoch.
    pub(super) fn open_again(&self, identity: Identity) -> Result<Database, RedbOpenError> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path).map_err(RedbOpenError::Io)?;
        if file.metadata().map_err(RedbOpenError::Io)?.len() == 0 {
            return Err(RedbOpenError::NotAStore);
        }
        let database = self.open(file)?;
        let txn = database.begin_write()?;
        let found = identify(&txn, identity.epoch)?;
        txn.abort()?;
        match found {
            (found, false) if found.incarnation == identity.incarnation => Ok(database),
            _ => Err(RedbOpenError::NotAStore),
        }
    }
}

/// The file, only its owner's if it is made here.
fn file(path: &Path) -> Result<File, RedbOpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        file => return file.map_err(RedbOpenError::Io),
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.create(true).truncate(false).open(path).map_err(RedbOpenError::Io)?;
    // That there is a file must be durable as well.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(RedbOpenError::Io)?;
    }
    Ok(file)
}

/// Makes a new file a store, and reads who an old one is.
fn prepare(database: &Database, now: StoreTime) -> Result<Identity, RedbOpenError> {
    let mut txn = database.begin_write()?;
    txn.set_two_phase_commit(true);
    let (identity, is_new) = identify(&txn, now)?;
    if is_new {
        // All tables are there from now on.
        drop(Step::new(&txn, now).map_err(|error| RedbOpenError::Damaged(error.into()))?);
        txn.commit()?;
    } else {
        txn.abort()?;
    }
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_failed_does_not_begin_anew_under_its_old_epoch() {
        let path = std::env::temp_dir().join(format!("jwtward-redb-again-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let store = StoreFile { path: path.clone(), cache_size: 1 << 20 };
        let now = StoreTime::from_millis(1_800_000_000_000);
        let identity = prepare(&store.open(file(&path).unwrap()).unwrap(), now).unwrap();
        assert!(store.open_again(identity).is_ok());

        // Whoever removes the file, or empties it, has another store the next time, with an epoch of its own.
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(store.open_again(identity), Err(RedbOpenError::Io(_))));
        assert!(!path.exists());
        File::create(&path).unwrap();
        assert!(matches!(store.open_again(identity), Err(RedbOpenError::NotAStore)));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);

        // So has whoever puts another store in its place.
        let other = prepare(&store.open(file(&path).unwrap()).unwrap(), now).unwrap();
        assert!(matches!(store.open_again(identity), Err(RedbOpenError::NotAStore)));
        assert!(store.open_again(other).is_ok());
        std::fs::remove_file(&path).unwrap();
    }
}
