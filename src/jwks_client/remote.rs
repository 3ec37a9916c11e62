//! The set at hand, and when another is fetched.
//!
//! The set lies behind a lock that is held for the copy of one pointer: a standard `RwLock`, which needs no further crate, and
//! whose cost is nothing beside a signature's. Everything about attempts lies behind another, taken only when a fetch may be due;
//! whoever takes both takes that one first. Neither is held while anything is waited for.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use tokio::{runtime::Handle, sync::watch, time::Instant};

use super::{builder::RemoteJwksBuilder, error::JwksError, source::Source};
use crate::key::{KeyLoader, KeySet};

/// A JWK Set behind a URL. Cloning shares it: one for each issuer, for as long as the process runs.
///
/// # When it fetches
///
/// At most one fetch is under way at any time, and whoever needs its outcome waits for the same one.
///
/// | the set is | what happens |
/// |---|---|
/// | not there yet | the caller waits for the fetch |
/// | younger than 4/5 of its lifetime (300 s) | used |
/// | older | used, while a new one is fetched |
/// | past its lifetime | the caller waits for the fetch; if it fails, that is an outage, and the set is used for an hour more, without waiting |
/// | past that hour | not used: [`JwksError`], never a verdict about the token |
///
/// A key that is not in the set is looked for by a fetch, unless one began in the last 30 s, for whatever reason and with whatever
/// outcome. So a new key of a `kid` of its own is known to its first token, or half a minute later (one that takes the place of another under
/// its `kid` with the next renewal), and made-up `kid`s cause two fetches a minute. If
/// that fetch fails, [`JwksError`] says so: the key may exist. After failures the next attempt is put off by 1 s, 2 s, 4 s, up to
/// 30 s. A fetch that fails or brings a bad set changes nothing of the set at hand; a good one replaces it at once.
///
/// # What it means for security
///
/// - The issuer's removal of a key takes effect with the next fetch: after 300 s at most, in an outage after 65 minutes. Who can cut
///   the connection to the issuer can make use of that; [`RemoteJwksBuilder::outage_tolerance`] shortens it.
/// - HTTPS alone, and no redirects: the URL, the operating system's list of authorities and the issuer's metadata say whose keys
///   these are. A metadata document may name a URL of another host, as those of large issuers do.
/// - Nothing of a token leaves the process.
/// - A set of HMAC keys is refused, and of one with a key that cannot be used the others are: see [`KeySet`](crate::KeySet).
#[derive(Clone)]
pub struct RemoteJwks(Arc<Inner>);

struct Inner {
    source: Source,
    timing: Timing,
    #[cfg(feature = "prepared")]
    max_prepared: usize,
    current: RwLock<Option<Fetched>>,
    attempts: Mutex<Attempts>,
}

#[derive(Clone, Debug)]
pub(super) struct Timing {
    pub(super) lifetime: Duration,
    pub(super) outage_tolerance: Duration,
    pub(super) cool_down: Duration,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    /// When the fetch began: what the issuer says is at least as old as its answer.
    at: Instant,
}

#[derive(Default)]
struct Attempts {
    under_way: Option<Outcome>,
    /// When the last one began.
    last: Option<Instant>,
    /// Since the last success.
    failures: u32,
    /// Of the last one, if it failed.
    error: Option<JwksError>,
    /// When that was.
    failed: Option<Instant>,
}

impl Attempts {
    fn fail(&mut self, error: JwksError, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        (self.error, self.failed) = (Some(error), Some(now));
    }
}

/// Of one attempt, once it is there.
type Outcome = watch::Receiver<Option<Result<(), JwksError>>>;

/// After one failure; twice as long after each further one, up to the cool-down.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What a caller does next.
enum Step {
    Use(Arc<KeySet>),
    Wait(Outcome),
    Fail(JwksError),
}

impl RemoteJwks {
    /// The set at that URL: of HTTPS, without user name and fragment.
    #[must_use]
    pub fn at(url: &str) -> RemoteJwksBuilder {
        RemoteJwksBuilder::at_url(url)
    }

    /// The set of that issuer (OpenID Connect Discovery): its metadata, at `/.well-known/openid-configuration` under the
    /// identifier, name the URL. They must also name the identifier exactly as it is given here, where a slash at the end counts.
    #[must_use]
    pub fn discover(issuer: &str) -> RemoteJwksBuilder {
        RemoteJwksBuilder::of_issuer(issuer)
    }

    pub(super) fn new(source: Source, timing: Timing, #[cfg(feature = "prepared")] max_prepared: usize) -> Self {
        Self(Arc::new(Inner {
            source,
            timing,
            #[cfg(feature = "prepared")]
            max_prepared,
            current: RwLock::default(),
            attempts: Mutex::default(),
        }))
    }

    /// The set, as a verifier would use it now; the first call waits for the fetch. Called at the start, it tells whether the
    /// issuer can be reached; [`KeySet::skipped`] tells which keys cannot be used.
    ///
    /// Needs a tokio runtime with time enabled.
    ///
    /// # Errors
    /// [`JwksError`].
    pub async fn key_set(&self) -> Result<Arc<KeySet>, JwksError> {
        self.fitting(|_| true).await
    }

    /// Why the last fetch failed, if it did. Until a later one succeeds the set is not renewed: worth an alarm.
    #[must_use]
    pub fn last_error(&self) -> Option<JwksError> {
        self.0.attempts().error.clone()
    }

    pub(super) fn loader(&self) -> &KeyLoader {
        &self.0.source.loader
    }

    /// The set, renewed if it does not fit and may be renewed. It may still not fit.
    pub(super) async fn fitting(&self, fits: impl Fn(&KeySet) -> bool + Send) -> Result<Arc<KeySet>, JwksError> {
        if let Some(keys) = self.0.fresh(&fits) {
            return Ok(keys);
        }
        let outcome = match self.next(&fits)? {
            Step::Use(keys) => return Ok(keys),
            Step::Fail(error) => return Err(error),
            Step::Wait(outcome) => self.wait(outcome).await,
        };
        match (outcome, self.0.usable(Instant::now())) {
            (Ok(()), Some(fetched)) => Ok(fetched.keys),
            (Err(_), Some(fetched)) if fits(&fetched.keys) => Ok(fetched.keys),
            (Err(error), _) => Err(error),
            // The caller was not run again for as long as a set is usable.
            (Ok(()), None) => Err(JwksError::Deadline),
        }
    }

    /// The attempt has a deadline of its own; this one is for an attempt that nobody drives.
    async fn wait(&self, mut outcome: Outcome) -> Result<(), JwksError> {
        let outcome = async move { outcome.wait_for(Option::is_some).await.ok()?.clone() };
        match tokio::time::timeout(self.0.patience(), outcome).await {
            Ok(outcome) => outcome.unwrap_or(Err(JwksError::Aborted)),
            Err(_) => Err(JwksError::Deadline),
        }
    }

    /// Decides under the lock of the attempts, and so upon the set that the last one has left.
    fn next(&self, fits: &impl Fn(&KeySet) -> bool) -> Result<Step, JwksError> {
        let runtime = Handle::try_current().map_err(|_| JwksError::NoRuntime)?;
        let mut attempts = self.0.attempts();
        let (step, landing) = self.decide(&mut attempts, Instant::now(), fits);
        // A runtime that is shutting down drops the task at once, which then needs the lock.
        drop(attempts);
        if let Some(landing) = landing {
            runtime.spawn(landing.fly());
        }
        Ok(step)
    }

    fn decide(
        &self,
        attempts: &mut Attempts,
        now: Instant,
        fits: &impl Fn(&KeySet) -> bool,
    ) -> (Step, Option<Landing>) {
        let timing = &self.0.timing;
        let retry = timing.pause_after(attempts.failures);
        let Some(Fetched { keys, at }) = self.0.usable(now) else {
            let landing = self.depart(attempts, now, retry);
            let error = || attempts.error.clone().unwrap_or(JwksError::Aborted);
            return (attempts.under_way.clone().map_or_else(|| Step::Fail(error()), Step::Wait), landing);
        };
        let (age, fits) = (now - at, fits(&keys));
        let landing = if age >= timing.renewal() {
            self.depart(attempts, now, retry)
        } else if !fits {
            self.depart(attempts, now, timing.cool_down)
        } else {
            None
        };
        // In an outage nobody waits for a set that will do. A failure of long ago is none: while there is one, whoever asks tries
        // again within a cool-down.
        let outage = attempts.failed.is_some_and(|failed| now - failed < timing.lifetime);
        let must_wait = !fits || age >= timing.lifetime && !outage;
        let step = match (&attempts.under_way, &attempts.error) {
            (Some(outcome), _) if must_wait => Step::Wait(outcome.clone()),
            // Whether there is such a key is not known.
            (None, Some(error)) if !fits => Step::Fail(error.clone()),
            _ => Step::Use(keys),
        };
        (step, landing)
    }

    /// Begins an attempt, unless one is under way or the last one began less than `pause` ago.
    fn depart(&self, attempts: &mut Attempts, now: Instant, pause: Duration) -> Option<Landing> {
        // The attempt is on the runtime of who began it. If that is not driven any more, it is given up.
        let patience = self.0.patience();
        if attempts.under_way.is_some() && attempts.last.is_some_and(|last| now - last >= patience) {
            attempts.under_way = None;
            attempts.fail(JwksError::Deadline, now);
        }
        if attempts.under_way.is_some() || attempts.last.is_some_and(|last| now - last < pause) {
            return None;
        }
        let (sender, outcome) = watch::channel(None);
        attempts.under_way = Some(outcome);
        attempts.last = Some(now);
        Some(Landing { jwks: self.clone(), began: now, sender: Some(sender) })
    }
}

impl Timing {
    /// The age from which a set is renewed.
    fn renewal(&self) -> Duration {
        self.lifetime / 5 * 4
    }

    fn pause_after(&self, failures: u32) -> Duration {
        match failures.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_PAUSE.saturating_mul(1 << doublings.min(12)).min(self.cool_down),
        }
    }
}

impl Inner {
    /// How long an attempt can take, if it is driven at all.
    fn patience(&self) -> Duration {
        self.source.deadline + Duration::from_secs(1)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Option<Fetched> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, fetched: Fetched) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let old = current.replace(fetched);
        drop(current);
        drop(old);
    }

    /// Prepares the set of that attempt, while it is in use, and puts it in place if it is still that one.
    #[cfg(feature = "prepared")]
    async fn prepare(&self, began: Instant) {
        let max_octets = self.max_prepared;
        let of_that_attempt = |fetched: &Fetched| max_octets > 0 && fetched.at == began;
        let Some(Fetched { keys, at }) = self.current().filter(of_that_attempt) else { return };
        let prepared = tokio::task::spawn_blocking(move || KeySet::clone(&keys).prepare(max_octets)).await;
        let Ok(prepared) = prepared else { return };
        // Whoever replaces the set holds this lock, so none comes between.
        let _attempts = self.attempts();
        if self.current().is_some_and(|fetched| of_that_attempt(&fetched)) {
            self.replace(Fetched { keys: Arc::new(prepared), at });
        }
    }

    /// The set, if it fits and nothing is due.
    fn fresh(&self, fits: &impl Fn(&KeySet) -> bool) -> Option<Arc<KeySet>> {
        let Fetched { keys, at } = self.current()?;
        (at.elapsed() < self.timing.renewal() && fits(&keys)).then_some(keys)
    }

    /// The set, if it is not too old for any use.
    fn usable(&self, now: Instant) -> Option<Fetched> {
        self.current().filter(|fetched| now - fetched.at < self.timing.lifetime + self.timing.outage_tolerance)
    }
}

/// An attempt under way. It ends in every case: when its task is dropped or panics, too.
struct Landing {
    jwks: RemoteJwks,
    began: Instant,
    /// `None` once it has ended.
    sender: Option<watch::Sender<Option<Result<(), JwksError>>>>,
}

impl Landing {
    /// In a task of its own: a caller that goes away takes nothing from the others.
    async fn fly(mut self) {
        let outcome = self.jwks.0.source.load().await;
        #[cfg(feature = "prepared")]
        let outcome = outcome.map(|keys| match self.jwks.0.current() {
            Some(earlier) => keys.with_tables_of(&earlier.keys),
            None => keys,
        });
        self.land(outcome);
        #[cfg(feature = "prepared")]
        self.jwks.0.prepare(self.began).await;
    }

    fn land(&mut self, outcome: Result<KeySet, JwksError>) {
        let Some(sender) = self.sender.take() else { return };
        let inner = &*self.jwks.0;
        let mut attempts = inner.attempts();
        // It was given up, and another has begun since.
        if attempts.last != Some(self.began) {
            return;
        }
        let outcome = match outcome {
            Ok(keys) => {
                inner.replace(Fetched { keys: Arc::new(keys), at: self.began });
                (attempts.failures, attempts.error, attempts.failed) = (0, None, None);
                Ok(())
            }
            Err(error) => {
                attempts.fail(error.clone(), Instant::now());
                Err(error)
            }
        };
        attempts.under_way = None;
        drop(attempts);
        if let Err(error) = &outcome {
            trace(&inner.source, error);
        }
        sender.send_replace(Some(outcome));
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.land(Err(JwksError::Aborted));
    }
}

/// Errors hold nothing of the URL.
fn trace(source: &Source, error: &JwksError) {
    #[cfg(feature = "tracing")]
    tracing::warn!(origin = ?source, error = %error, reason = ?std::error::Error::source(error), "keys not fetched");
    #[cfg(not(feature = "tracing"))]
    let _ = (source, error);
}

/// Of the URL no more than scheme, host and port.
impl fmt::Debug for RemoteJwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.current().map(|fetched| fetched.keys);
        f.debug_struct("RemoteJwks").field("origin", &self.0.source).field("keys", &keys).finish_non_exhaustive()
    }
}
