//! Limits on sessions, one login at a time, and what has expired: rows 54, 55 and 61.

use std::time::Duration;

use jwtward::{
    AuthError, IssueError, RevokeError, Revoked, TokenProvider,
    store::{MemoryStore, WhenFull},
};

use crate::{
    probe::{Fault, Probe},
    support::{NOW, Time, assert_matches, foreign, limit, over, run, tracked, untracked, world},
};

#[test]
fn a54_a_limit_that_was_reached_between_the_question_and_the_login() {
    // The question whether there is room is a courtesy; opening decides.
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let probe = Probe::new(&store);
    let config = || tracked().limit(limit(1, WhenFull::Reject));
    let provider = over(config(), probe.clone(), &time).build().unwrap();
    let rival = over(config(), store, &time).build().unwrap();
    probe.after(
        1,
        Fault::Meanwhile({
            let rival = rival.clone();
            std::sync::Arc::new(move || drop(run(rival.issue("alice", &())).unwrap()))
        }),
    );
    assert_matches!(run(provider.issue("alice", &())), Err(IssueError::TooManySessions { active: 1, limit: 1 }));
    assert_eq!(probe.calls(), ["begin", "open"]);
    assert_eq!(run(rival.session_count("alice")).unwrap(), 1);
}

#[test]
fn a54_a_limit_without_sessions_is_refused_at_the_start() {
    // A store that answers "not full" to everyone must not be asked to keep a limit.
    #[derive(Clone)]
    struct RevokesOnly(MemoryStore);
    macro_rules! forward {
        ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
            impl Store for RevokesOnly {
                fn capabilities(&self) -> Capabilities {
                    Capabilities { sessions: false, process_local: true }
                }
                $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, jwtward::store::StoreError> {
                    self.0.$name($($arg),*).await
                })*
                async fn close(&self) {
                    self.0.close().await;
                }
            }
        };
    }
    use jwtward::store::*;
    forward! {
        begin(begin: &Begin) -> Beginning;
        open(open: &OpenSession) -> Opening;
        check(token: CheckToken<'_>) -> Standing;
        load(session: SessionKey) -> Option<LoadedSession>;
        rotate(rotate: &Rotate) -> Rotation;
        deny(deny: &DenyToken) -> Denial;
        is_denied(token_id: &str) -> bool;
        end(end: &EndSession) -> Ending;
        revoke_user(revoke: &RevokeUser) -> u64;
        raise_floor(instant: StoreTime) -> StoreTime;
        count(user: jwtward::UserKey) -> u64;
        list(user: jwtward::UserKey) -> Vec<SessionRecord>;
        list_revoked(after: Option<&Cursor>, most: usize) -> RevokedPage;
        purge(slice: usize, margin: Duration) -> Purged;
    }
    let store = RevokesOnly(MemoryStore::default());
    for config in [tracked(), tracked().limit(limit(3, WhenFull::Reject))] {
        assert_eq!(TokenProvider::new(config, store.clone()).unwrap_err(), jwtward::ConfigError::SessionsUnsupported);
    }
    let provider = TokenProvider::new(untracked(), store).unwrap();
    assert_matches!(run(provider.issue_pair("alice", &())), Err(IssueError::Store(error)) if error.is_unsupported());
}

#[test]
fn a55_expired_sessions_do_not_count() {
    for when_full in [WhenFull::Reject, WhenFull::EvictOldest] {
        let config = tracked().limit(limit(3, when_full)).expiration(Duration::from_secs(60));
        let world = world(config);
        let provider = &world.provider;
        let login = || run(provider.issue("alice", &()));
        for _ in 0..3 {
            login().unwrap();
        }
        world.time.set(NOW + 59);
        assert_eq!(run(provider.session_count("alice")).unwrap(), 3);
        if when_full == WhenFull::Reject {
            assert_matches!(login(), Err(IssueError::TooManySessions { active: 3, limit: 3 }));
        }
        world.time.set(NOW + 60);
        assert_eq!(run(provider.session_count("alice")).unwrap(), 0);
        assert_eq!(run(provider.sessions("alice")).unwrap(), []);
        for left in 1..=3 {
            login().unwrap();
            assert_eq!(run(provider.session_count("alice")).unwrap(), left);
        }
        // None was evicted: there was room. And what had expired is gone without any clean-up.
        assert_eq!(world.events.count(jwtward::EventKind::SessionEvicted), 0);
        assert_eq!(world.store.stats().sessions, 3);
    }
}

#[test]
fn a55_a_mix_of_expired_ended_revoked_and_live_sessions() {
    let config = tracked().limit(limit(3, WhenFull::Reject)).expiration(Duration::from_secs(60));
    let world = world(config.refresh_idle(Duration::from_secs(90)).access_expiration(Duration::from_secs(30)));
    let provider = &world.provider;
    let login = || run(provider.issue("alice", &()));
    let full = || assert_matches!(login(), Err(IssueError::TooManySessions { active: 3, limit: 3 }));

    let early = login().unwrap();
    let pair = run(provider.issue_pair("alice", &())).unwrap();
    world.time.set(NOW + 30);
    let late = login().unwrap();
    full();
    // One expires: one place. The pair's session lives on although its access token has expired.
    world.time.set(NOW + 60);
    let third = login().unwrap();
    full();
    // Ended: one place. Refreshed: none.
    run(provider.revoke(third.expose())).unwrap();
    let late = run(provider.refresh(late.expose())).unwrap();
    let pair = run(provider.refresh_pair(&pair.refresh)).unwrap();
    login().unwrap();
    full();
    // Revoked all: three places, at once.
    assert_eq!(run(provider.revoke_all("alice")).unwrap(), 3);
    let after = [login().unwrap(), login().unwrap(), login().unwrap()];
    full();
    for dead in [&early, &late, &third, &pair.access] {
        assert!(run(provider.authenticate::<()>(dead.expose())).is_err());
    }
    // Everything revoked: likewise.
    world.time.pass(Duration::from_millis(1));
    run(provider.revoke_everything_before(jwtward::NumericDate::from_secs(NOW + 61))).unwrap();
    let _ = [login().unwrap(), login().unwrap(), login().unwrap()];
    full();
    assert_matches!(run(provider.authenticate::<()>(after[0].expose())), Err(AuthError::Revoked(Revoked::Session)));
}

#[test]
fn a55_a_session_is_live_until_its_end_and_not_a_millisecond_longer() {
    // The limit, the count, the list and the check are of one mind.
    let config = tracked().limit(limit(1, WhenFull::Reject)).expiration(Duration::from_secs(60));
    let world = world(config.leeway(Duration::from_secs(5)));
    let token = run(world.provider.issue("alice", &())).unwrap();
    let is_live = || {
        let refused = run(world.provider.issue("alice", &())).is_err();
        assert_eq!(run(world.provider.session_count("alice")).unwrap(), u64::from(refused));
        assert_eq!(run(world.provider.sessions("alice")).unwrap().len(), usize::from(refused));
        assert_eq!(run(world.provider.authenticate::<()>(token.expose())).is_ok(), refused);
        refused
    };
    world.time.set(NOW + 64);
    world.time.pass(Duration::from_millis(999));
    assert!(is_live());
    world.time.pass(Duration::from_millis(1));
    // The login that finds room here is the one that takes it.
    assert_matches!(run(world.provider.authenticate::<()>(token.expose())), Err(AuthError::Token(_)));
    assert_eq!(run(world.provider.session_count("alice")).unwrap(), 0);
    assert!(run(world.provider.issue("alice", &())).is_ok());
}

const MANY: usize = 20_000;
/// What a provider has a store look at in one call.
const SLICE: usize = 1024;

#[test]
fn a61_20_000_expired_sessions_of_one_user() {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let probe = Probe::new(&store);
    let config = || tracked().expiration(Duration::from_secs(60));
    let unlimited = over(config(), store.clone(), &time).build().unwrap();
    let limited = over(config().limit(limit(3, WhenFull::Reject)), probe.clone(), &time).build().unwrap();
    for _ in 0..MANY {
        run(unlimited.issue("alice", &())).unwrap();
    }
    let bystander = run(unlimited.issue("bob", &())).unwrap();
    assert_matches!(run(limited.issue("alice", &())), Err(IssueError::TooManySessions { active: 20_000, limit: 3 }));

    time.set(NOW + 59);
    let bystander = run(unlimited.refresh(bystander.expose())).unwrap();
    time.set(NOW + 60);
    assert_eq!(run(limited.session_count("alice")).unwrap(), 0);
    assert_eq!(run(limited.sessions("alice")).unwrap(), []);
    assert_eq!(store.stats().sessions, MANY as u64 + 1);
    // In slices: no call looks at all of them, and there is none too many.
    probe.calls();
    assert_eq!(run(limited.clean_up()).unwrap(), MANY as u64);
    let calls = probe.calls();
    assert!(calls.iter().all(|call| *call == "purge"));
    assert!((MANY / SLICE..=MANY / SLICE + 3).contains(&calls.len()), "{} calls", calls.len());
    assert_eq!(store.stats().sessions, 1);
    assert!(store.stats().slots < MANY as u64 / 8, "memory is given back: {} slots", store.stats().slots);
    assert!(run(limited.authenticate::<()>(bystander.expose())).is_ok());
    assert_eq!(run(limited.clean_up()).unwrap(), 0);
}

#[test]
fn a61_a_login_before_20_000_expired_sessions_were_cleaned_up() {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let config = || tracked().expiration(Duration::from_secs(60));
    let unlimited = over(config(), store.clone(), &time).build().unwrap();
    let limited = over(config().limit(limit(3, WhenFull::Reject)), store.clone(), &time).build().unwrap();
    for _ in 0..MANY {
        run(unlimited.issue("alice", &())).unwrap();
    }
    time.set(NOW + 60);
    for live in 1..=3 {
        let token = run(limited.issue("alice", &())).unwrap();
        assert!(run(limited.authenticate::<()>(token.expose())).is_ok());
        assert_eq!(run(limited.session_count("alice")).unwrap(), live);
    }
    assert_matches!(run(limited.issue("alice", &())), Err(IssueError::TooManySessions { active: 3, limit: 3 }));
    // The first login found them dead and took them away.
    assert_eq!(store.stats().sessions, 3);
    assert_eq!(run(limited.clean_up()).unwrap(), 0);
}

#[test]
fn a61_20_000_revoked_tokens_that_have_expired() {
    let minute = Duration::from_secs(60);
    let world = world(untracked().expiration(minute).access_expiration(minute));
    for id in 0..MANY {
        run(world.provider.revoke_by_id(&format!("id {id}"))).unwrap();
    }
    assert_eq!(world.store.stats().revoked, MANY as u64);
    // For as long as a token could live by whatever clock they are all kept: lifetime, skew, and the margin for steps.
    world.time.set(NOW + 60 + 5 + 3600 - 1);
    assert_eq!(run(world.provider.clean_up()).unwrap(), 0);
    assert_matches!(run(world.provider.revoke_by_id("id 7")), Err(RevokeError::AlreadyRevoked));
    world.time.set(NOW + 60 + 5 + 3600);
    assert_eq!(run(world.provider.clean_up()).unwrap(), MANY as u64 - 1, "but the one that was revoked again");
    assert_eq!(world.store.stats().revoked, 1);
    assert!(run(world.provider.is_token_revoked("id 7")).unwrap());
}

#[test]
fn a61_many_denials_of_one_token_are_one_record() {
    let world = world(untracked());
    world.time.pass_secs(10);
    let token = foreign("\"alice\"", "\"one\"");
    run(world.provider.revoke(&token)).unwrap();
    for _ in 0..1000 {
        assert_matches!(run(world.provider.revoke(&token)), Err(RevokeError::AlreadyRevoked));
        assert_matches!(run(world.provider.revoke_by_id("one")), Err(RevokeError::AlreadyRevoked));
        run(world.provider.revoke_all("alice")).unwrap();
    }
    assert_eq!(world.store.stats().revoked, 2, "the id, and the user's floor");
}
