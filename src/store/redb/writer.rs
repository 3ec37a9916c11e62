//! The thread that makes the changes.
//!
//! Whatever has been asked for while a commit was under way shares the next one. So the more callers, the fewer
//! `fsync`s each costs, and one caller alone waits for nobody. Handing each call to the runtime's blocking threads
//! instead would make as many threads as callers, all waiting for redb's one writer, and an `fsync` or two for each.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use redb::{Database, Durability};
use tokio::sync::{mpsc, oneshot};

use super::{builder::StoreFile, failed, purge::PurgeCursor, schema::Identity, snapshot::Snapshot, step::Step};
use crate::{
    store::{StoreError, types::StoreTime},
    time::{Clock, MonotonicClock},
};

/// How many calls share a commit at most, so that none waits for a very long one.
const BATCH: usize = 256;
/// How many calls wait before more are not taken up. Those wait where they are, and give up by their deadline.
pub(super) const QUEUE: usize = 1024;

/// What readers and the writer have in common.
pub(super) struct Shared {
    /// `None` once the store is closed, and while its file has failed.
    pub(super) snapshot: RwLock<Option<Snapshot>>,
    pub(super) closed: AtomicBool,
    clock: MonotonicClock,
    /// The latest time in the file when it was opened.
    since: StoreTime,
}

impl Shared {
    pub(super) fn new(snapshot: Snapshot, clock: MonotonicClock, since: StoreTime) -> Self {
        Self { snapshot: RwLock::new(Some(snapshot)), closed: AtomicBool::new(false), clock, since }
    }

    /// The time. While the clock is behind the file it stands still.
    pub(super) fn now(&self) -> StoreTime {
        StoreTime::from(self.clock.now()).max(self.since)
    }

    pub(super) fn check_open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::SeqCst) { Err(StoreError::closed()) } else { Ok(()) }
    }

    pub(super) fn publish(&self, snapshot: Option<Snapshot>) -> Result<(), StoreError> {
        let mut place = self.snapshot.write().map_err(|_| StoreError::new("a reader was broken off"))?;
        let old = std::mem::replace(&mut *place, snapshot);
        drop(place);
        // Given back to redb without the lock.
        drop(old);
        Ok(())
    }
}

pub(super) enum Message {
    Call(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A call that waits for its turn.
pub(super) trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Takes the step, unless an earlier one of the batch failed, and keeps the answer for later.
    fn run(&mut self, step: &mut Step<'_>, cursor: &mut PurgeCursor) -> Result<(), StoreError>;
    /// Answers: with what the step said if it is committed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

pub(super) struct Call<T, F> {
    step: Option<F>,
    answer: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Call<T, F> {
    pub(super) fn new(step: F, reply: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { step: Some(step), answer: None, reply }
    }
}

impl<T, F> Job for Call<T, F>
where
    T: Send,
    F: FnOnce(&mut Step<'_>, &mut PurgeCursor) -> Result<T, StoreError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, step: &mut Step<'_>, cursor: &mut PurgeCursor) -> Result<(), StoreError> {
        if let Some(call) = self.step.take() {
            self.answer = Some(call(step, cursor)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { answer, reply, .. } = *self;
        let answer = committed.and_then(|()| answer.ok_or_else(|| StoreError::new("a step gave no answer")));
        // Nobody may wait for it any more.
        let _ = reply.send(answer);
    }
}

pub(super) struct Writer {
    file: StoreFile,
    /// `None` after it failed, until it could be opened again.
    database: Option<Database>,
    identity: Identity,
    shared: Arc<Shared>,
    cursor: PurgeCursor,
}

impl Writer {
    pub(super) fn new(file: StoreFile, database: Database, identity: Identity, shared: Arc<Shared>) -> Self {
        Self { file, database: Some(database), identity, shared, cursor: PurgeCursor::default() }
    }

    /// Makes changes until the store is closed or nobody can ask any more.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = queue.blocking_recv() else { break };
            let mut jobs = Vec::new();
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Call(job) => jobs.push(job),
                    Message::Close(reply) => closing = Some(reply),
                }
                next = if jobs.len() < BATCH && closing.is_none() { queue.try_recv().ok() } else { None };
            }
            jobs.retain(|job| !job.is_abandoned());
            if jobs.is_empty() {
                continue;
            }
            let outcome = self.shared.check_open().and_then(|()| self.guarded(&mut jobs));
            for job in jobs {
                job.answer(outcome.clone());
            }
        }
        // What cannot be kept or told any more is lost with the process anyway.
        let _ = self.transaction(|step, _| step.keep_time());
        let _ = self.shared.publish(None);
        // The file is free before anyone is told.
        drop(self.database);
        if let Some(reply) = closing {
            let _ = reply.send(());
        }
    }

    /// On some damage redb panics. Then nobody is told anything until the file could be opened again, as if it had failed.
    fn guarded(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        catch_unwind(AssertUnwindSafe(|| self.batch(jobs))).unwrap_or_else(|_| {
            let published = self.shared.publish(None);
            // What has panicked may do so again when it is dropped.
            let database = self.database.take();
            let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
            published.and(Err(StoreError::new("the file could not be written")))
        })
    }

    /// All steps in one transaction: each is answered as committed, or none is.
    fn batch(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        self.reopen()?;
        let shared = Arc::clone(&self.shared);
        let outcome = self.transaction(|step, cursor| {
            for job in jobs {
                // Each at its own time.
                step.now = shared.now();
                job.run(step, cursor)?;
            }
            if step.changed { step.keep_time() } else { Ok(()) }
        });
        if outcome.is_err() {
            // Whether a commit that failed is on the disk only the disk knows. Until it is asked, nobody is told
            // anything.
            let published = self.shared.publish(None);
            self.database = None;
            published?;
        }
        outcome
    }

    /// Opens the file again if it failed: a disk that was full may have room.
    fn reopen(&mut self) -> Result<(), StoreError> {
        if self.database.is_none() {
            let database = self.file.open_again(self.identity).map_err(StoreError::new)?;
            self.shared.publish(Some(Snapshot::new(&database).map_err(StoreError::new)?))?;
            self.database = Some(database);
        }
        Ok(())
    }

    /// Commits what `work` changes, and shows it to the readers. If anything fails, nothing of it counts.
    fn transaction(
        &mut self,
        work: impl FnOnce(&mut Step<'_>, &mut PurgeCursor) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let database = self.database.as_ref().ok_or_else(not_open)?;
        let mut txn = database.begin_write().map_err(failed)?;
        txn.set_durability(Durability::Immediate);
        // With one phase a commit that was cut off is told from a whole one by a checksum that can be forged by whoever
        // chooses what is stored; and a damaged file would silently fall back to the commit before, that is, forget
        // revocations.
        txn.set_two_phase_commit(true);
        let mut step = Step::new(&txn, self.shared.now())?;
        work(&mut step, &mut self.cursor)?;
        let changed = step.changed;
        drop(step);
        if !changed {
            return txn.abort().map_err(failed);
        }
        txn.commit().map_err(failed)?;
        let snapshot = Snapshot::new(database).map_err(StoreError::new)?;
        self.shared.publish(Some(snapshot))
    }
}

/// The file failed and could not be opened again yet.
pub(super) fn not_open() -> StoreError {
    StoreError::new("the store's file failed and is not open")
}
