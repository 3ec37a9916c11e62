//! A store that fails, hangs, closes or is full: row 58. Whatever is asked is refused, within the deadline, and never accepted.

use std::{sync::Arc, time::Duration};

use jwtward::{
    AccessToken, AuthError, IssueError, NumericDate, QueryError, RefreshError, RevokeError, Revoked, TokenPair,
    TokenProvider,
    store::{MemoryStore, StoreError},
};
use tokio::time::Instant;

use crate::{
    probe::{Fault, Probe},
    support::{NOW, SECRET, Time, assert_matches, foreign, over, run, tracked, untracked},
};

const TIMEOUT: Duration = Duration::from_millis(1000);

/// Why an operation was refused.
#[derive(Debug)]
enum Refusal {
    Store(StoreError),
    Other(#[allow(dead_code, reason = "shown when a test fails")] String),
}

macro_rules! refusals {
    ($($error:ident)*) => {
        $(impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                match error {
                    $error::Store(error) => Self::Store(error),
                    other => Self::Other(format!("{other:?}")),
                }
            }
        })*
    };
}
refusals!(AuthError IssueError RefreshError RevokeError QueryError);

/// Providers over one store that can fail, and credentials that are good.
struct Ready {
    probe: Probe,
    tracking: TokenProvider,
    not_tracking: TokenProvider,
    single: AccessToken,
    pair: TokenPair,
    foreign: String,
}

fn ready() -> Ready {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let probe = Probe::new(&store);
    let tracking = over(tracked(), probe.clone(), &time).accept_untracked().build().unwrap();
    let not_tracking = over(untracked(), probe.clone(), &time).build().unwrap();
    time.pass_secs(10);
    let single = run(tracking.issue("alice", &())).unwrap();
    let pair = run(tracking.issue_pair("alice", &())).unwrap();
    probe.calls();
    Ready { probe, tracking, not_tracking, single, pair, foreign: foreign("\"alice\"", "\"one\"") }
}

/// Every operation of a provider that asks its store, with the calls it makes.
const OPERATIONS: [(&str, &[&str]); 22] = [
    ("issue", &["begin", "open"]),
    ("issue a pair", &["begin", "open"]),
    ("issue without tracking", &["begin"]),
    ("authenticate", &["check"]),
    ("authenticate without tracking", &["check"]),
    ("refresh", &["check", "rotate"]),
    ("refresh without tracking", &["check", "deny"]),
    ("refresh a pair", &["load", "rotate"]),
    ("revoke", &["check", "end"]),
    ("revoke without tracking", &["check", "deny"]),
    ("revoke by id", &["check", "end"]),
    ("revoke by a foreign id", &["deny"]),
    ("revoke a refresh token", &["load", "end"]),
    ("is revoked", &["check"]),
    ("is a foreign id revoked", &["is_denied"]),
    ("end a session", &["end"]),
    ("revoke all", &["revoke_user"]),
    ("revoke everything", &["raise_floor"]),
    ("sessions", &["list"]),
    ("count", &["count"]),
    ("list what is revoked", &["list_revoked"]),
    ("clean up", &["purge"]),
];

/// The calls that change something.
const CHANGES: [&str; 6] = ["open", "rotate", "deny", "end", "revoke_user", "raise_floor"];

impl Ready {
    async fn perform(&self, operation: &str) -> Result<(), Refusal> {
        let (provider, single) = (&self.tracking, self.single.expose());
        match operation {
            "issue" => drop(provider.issue("alice", &()).await?),
            "issue a pair" => drop(provider.issue_pair("alice", &()).await?),
            "issue without tracking" => drop(self.not_tracking.issue("alice", &()).await?),
            "authenticate" => drop(provider.authenticate::<()>(single).await?),
            "authenticate without tracking" => drop(provider.authenticate::<()>(&self.foreign).await?),
            "refresh" => drop(provider.refresh(single).await?),
            "refresh without tracking" => drop(self.not_tracking.refresh(&self.foreign).await?),
            "refresh a pair" => drop(provider.refresh_pair(&self.pair.refresh).await?),
            "revoke" => provider.revoke(single).await?,
            "revoke without tracking" => provider.revoke(&self.foreign).await?,
            "revoke by id" => provider.revoke_by_id(self.single.id()).await?,
            "revoke by a foreign id" => provider.revoke_by_id("one").await?,
            "revoke a refresh token" => provider.revoke_refresh_token(&self.pair.refresh).await?,
            "is revoked" => drop(provider.is_token_revoked(self.single.id()).await?),
            "is a foreign id revoked" => drop(provider.is_token_revoked("one").await?),
            "end a session" => drop(provider.end_session("alice", self.single.session_id().unwrap()).await?),
            "revoke all" => drop(provider.revoke_all("alice").await?),
            "revoke everything" => provider.revoke_everything_before(NumericDate::from_secs(NOW)).await?,
            "sessions" => drop(provider.sessions("alice").await?),
            "count" => drop(provider.session_count("alice").await?),
            "list what is revoked" => drop(provider.list_revoked(None, 10).await?),
            "clean up" => drop(provider.clean_up().await?),
            other => panic!("{other}"),
        }
        Ok(())
    }
}

/// Each call of each operation: which, and how many come before it.
fn each_call() -> impl Iterator<Item = (&'static str, usize, &'static [&'static str])> {
    OPERATIONS.into_iter().flat_map(|(operation, calls)| (0..calls.len()).map(move |at| (operation, at, &calls[..=at])))
}

fn kinds(error: &StoreError) -> [bool; 4] {
    [error.is_timeout(), error.is_closed(), error.is_full(), error.is_unsupported()]
}

#[test]
fn a58_the_operations_and_their_calls() {
    for (operation, calls) in OPERATIONS {
        let ready = ready();
        assert_matches!(run(ready.perform(operation)), Ok(()), "{operation}");
        assert_eq!(ready.probe.calls(), calls, "{operation}");
    }
}

#[test]
fn a58_a_store_that_fails_at_any_call() {
    let errors = [
        StoreError::new("connection refused"),
        StoreError::timeout(),
        StoreError::closed(),
        StoreError::full(),
        StoreError::unsupported(),
    ];
    for (operation, at, calls) in each_call() {
        for error in &errors {
            let ready = ready();
            ready.probe.after(at, Fault::Error(error.clone()));
            match run(ready.perform(operation)) {
                Err(Refusal::Store(refused)) => assert_eq!(kinds(&refused), kinds(error), "{operation}"),
                other => panic!("{operation}, at call {at}: {other:?}"),
            }
            // A change is asked for once more, if its answer may have been lost; then nothing is asked any more.
            let call = calls[at];
            let again = CHANGES.contains(&call) && kinds(error) == [false; 4];
            let expected: Vec<_> = calls.iter().copied().chain(again.then_some(call)).collect();
            assert_eq!(ready.probe.calls(), expected, "{operation}");
            // Nothing was spent by it: the same works when the store is back.
            ready.probe.heal();
            assert_matches!(run(ready.perform(operation)), Ok(()), "{operation}, again");
        }
    }
}

/// What each operation leaves behind.
fn effect(ready: &Ready) -> (u64, Vec<u32>, usize) {
    let sessions = run(ready.tracking.sessions("alice")).unwrap();
    let revoked = run(ready.tracking.list_revoked(None, 100)).unwrap().entries.len();
    (sessions.len() as u64, sessions.iter().map(|session| session.rotation_count).collect(), revoked)
}

#[test]
fn a58_an_answer_that_was_lost_changes_nothing_twice() {
    for (operation, at, calls) in each_call() {
        if !CHANGES.contains(&calls[at]) {
            continue;
        }
        let undisturbed = ready();
        run(undisturbed.perform(operation)).unwrap();
        // Lost once, it is asked for again, and the first answer comes.
        let once = ready();
        once.probe.after(at, Fault::Lost(1));
        assert_matches!(run(once.perform(operation)), Ok(()), "{operation}");
        assert_eq!(effect(&once), effect(&undisturbed), "{operation}");
        // Lost twice, it is a refusal, although the change is made: once.
        let twice = ready();
        twice.probe.after(at, Fault::Lost(2));
        assert_matches!(run(twice.perform(operation)), Err(Refusal::Store(error)) if kinds(&error) == [false; 4]);
        assert_eq!(effect(&twice), effect(&undisturbed), "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a58_a_store_that_never_answers() {
    for (operation, at, calls) in each_call() {
        let ready = ready();
        ready.probe.after(at, Fault::Hang);
        // The clock of the timers is stopped, and moves only when all that is left is to wait.
        let start = Instant::now();
        match ready.perform(operation).await {
            Err(Refusal::Store(error)) => assert!(error.is_timeout(), "{operation}: {error:?}"),
            other => panic!("{operation}, at call {at}: {other:?}"),
        }
        // The timers tick once a millisecond.
        let late = start.elapsed().checked_sub(TIMEOUT).unwrap();
        assert!(late <= Duration::from_millis(1), "{operation}: {late:?}");
        assert_eq!(ready.probe.calls(), calls, "{operation}");
        assert_matches!(ready.perform(operation).await, Ok(()), "{operation}, again");
    }
}

#[tokio::test(start_paused = true)]
async fn a58_the_deadline_is_the_configured_one() {
    for timeout in [Duration::from_millis(1), Duration::from_millis(250), Duration::from_secs(30)] {
        let time = Time::new();
        let probe = Probe::new(&MemoryStore::builder().clock(time.clone()).build());
        let provider = over(tracked().store_timeout(timeout), probe.clone(), &time).build().unwrap();
        probe.after(0, Fault::Hang);
        let start = Instant::now();
        assert_matches!(provider.issue("alice", &()).await, Err(IssueError::Store(error)) if error.is_timeout());
        // To the next tick of the timer.
        assert!(start.elapsed() >= timeout && start.elapsed() <= timeout + Duration::from_millis(1));
    }
}

#[test]
fn a58_a_store_that_never_answers_where_there_is_no_timer() {
    // Without a runtime nothing would ever end the waiting: there is none.
    for (operation, at, _) in each_call() {
        let ready = ready();
        ready.probe.after(at, Fault::Hang);
        assert_matches!(run(ready.perform(operation)), Err(Refusal::Store(error)) if kinds(&error) == [false; 4]);
    }
}

#[test]
fn a58_a_store_that_closes_in_mid_operation() {
    for (operation, at, calls) in each_call() {
        let ready = ready();
        ready.probe.after(at, Fault::Close);
        assert_matches!(
            run(ready.perform(operation)),
            Err(Refusal::Store(error)) if error.is_closed(),
            "{operation}, at call {at}"
        );
        assert_eq!(ready.probe.calls(), calls, "{operation}");
        // It stays so, for everything.
        for (operation, _) in OPERATIONS {
            assert_matches!(run(ready.perform(operation)), Err(Refusal::Store(error)) if error.is_closed());
        }
    }
}

#[test]
fn a58_a_provider_that_closes_in_mid_operation() {
    // Before the store's step, and after it, when the answer is on its way: it is not acted on.
    for (operation, at, _) in each_call() {
        for fault in [Fault::Meanwhile as fn(_) -> _, Fault::Afterwards] {
            let ready = ready();
            let (tracking, not_tracking) = (ready.tracking.clone(), ready.not_tracking.clone());
            let close = move || {
                run(tracking.close());
                run(not_tracking.close());
            };
            let fault = fault(Arc::new(close));
            let cleaned_up = operation == "clean up" && matches!(fault, Fault::Afterwards(_));
            ready.probe.after(at, fault);
            match run(ready.perform(operation)) {
                Err(Refusal::Store(error)) => assert!(error.is_closed(), "{operation}, at call {at}"),
                // What is cleaned up is, and lets nobody in.
                Ok(()) => assert!(cleaned_up, "{operation}, at call {at}"),
                other => panic!("{operation}, at call {at}: {other:?}"),
            }
            ready.probe.calls();
            // The store is not even asked any more.
            for (operation, _) in OPERATIONS {
                assert_matches!(run(ready.perform(operation)), Err(Refusal::Store(error)) if error.is_closed());
            }
            assert_eq!(ready.probe.calls(), [""; 0]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a58_a_late_answer_is_not_taken_for_one_in_time() {
    // A login whose answer was late may have opened a session; its token was never given out.
    let ready = ready();
    ready.probe.after(1, Fault::Hang);
    assert_matches!(ready.tracking.issue("alice", &()).await, Err(IssueError::Store(error)) if error.is_timeout());
    assert_eq!(ready.tracking.session_count("alice").await.unwrap(), 2);
    // A refresh whose answer was late can be repeated.
    ready.probe.after(1, Fault::Hang);
    assert_matches!(
        ready.tracking.refresh_pair(&ready.pair.refresh).await,
        Err(RefreshError::Store(error)) if error.is_timeout()
    );
    assert!(ready.tracking.refresh_pair(&ready.pair.refresh).await.is_ok());
}

#[test]
fn a58_a_refresh_whose_answer_was_lost() {
    // The step was done, and no answer ever came. Within the grace a pair's client gets what it should have got.
    let ready = ready();
    ready.probe.after(1, Fault::Lost(2));
    assert_matches!(run(ready.tracking.refresh_pair(&ready.pair.refresh)), Err(RefreshError::Store(_)));
    let rotations = || {
        let sessions = run(ready.tracking.sessions("alice")).unwrap();
        sessions.into_iter().find(|session| session.pair).unwrap().rotation_count
    };
    assert_eq!(rotations(), 1, "it was done");
    assert!(run(ready.tracking.refresh_pair(&ready.pair.refresh)).is_ok());
    assert_eq!(rotations(), 1, "and not done again");
    // A single session has no grace: its old token is spent, and nobody has the new one.
    ready.probe.after(1, Fault::Lost(2));
    assert_matches!(run(ready.tracking.refresh(ready.single.expose())), Err(RefreshError::Store(_)));
    assert_matches!(
        run(ready.tracking.authenticate::<()>(ready.single.expose())),
        Err(AuthError::Revoked(Revoked::Superseded))
    );
}

#[test]
fn a58_a_store_that_is_full() {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).max_sessions(2).build();
    let provider = over(tracked().expiration(Duration::from_secs(60)), store.clone(), &time).build().unwrap();
    let [first, second] = ["alice", "bob"].map(|subject| run(provider.issue(subject, &())).unwrap());
    for subject in ["alice", "carol"] {
        assert_matches!(run(provider.issue(subject, &())), Err(IssueError::Store(error)) if error.is_full());
        assert_matches!(run(provider.issue_pair(subject, &())), Err(IssueError::Store(error)) if error.is_full());
    }
    assert_eq!((store.stats().sessions, run(provider.session_count("carol")).unwrap()), (2, 0));
    // Whoever is in stays in, and can refresh, and can be logged out.
    assert!(run(provider.authenticate::<()>(first.expose())).is_ok());
    let first = run(provider.refresh(first.expose())).unwrap();
    run(provider.revoke(second.expose())).unwrap();
    assert!(run(provider.issue("carol", &())).is_ok());
    assert_matches!(run(provider.issue("dave", &())), Err(IssueError::Store(error)) if error.is_full());
    // What has expired makes room once it is cleaned up.
    time.pass_secs(60);
    assert!(run(provider.authenticate::<()>(first.expose())).is_err());
    assert_eq!(run(provider.clean_up()).unwrap(), 2);
    assert!(run(provider.issue("dave", &())).is_ok());
}

#[test]
fn a58_a_refusal_shows_nothing_of_what_was_presented() {
    let ready = ready();
    for (operation, at, _) in each_call() {
        ready.probe.after(at, Fault::Error(StoreError::new("connection refused")));
        let refusal = format!("{:?}", run(ready.perform(operation)).unwrap_err());
        let secrets = [ready.single.expose(), ready.pair.refresh.expose(), &ready.foreign, "alice"];
        for secret in secrets.into_iter().chain(std::str::from_utf8(SECRET)) {
            assert!(!refusal.contains(secret), "{operation}: {refusal}");
        }
    }
}

#[test]
fn a58_a_page_of_any_size_leaves_the_store_whole() {
    // A step that panicked would break its part of the store for good.
    let ready = ready();
    run(ready.tracking.revoke_by_id("one")).unwrap();
    run(ready.tracking.revoke_all("alice")).unwrap();
    for most in [0, 1, 2, 3, usize::MAX - 1, usize::MAX] {
        let page = run(ready.tracking.list_revoked(None, most)).unwrap();
        assert_eq!(page.entries.len(), most.clamp(1, 2), "{most}");
        assert_eq!(page.next.is_some(), most < 2, "{most}");
    }
    for (operation, _) in OPERATIONS {
        assert!(!matches!(run(ready.perform(operation)), Err(Refusal::Store(_))), "{operation}");
    }
}
