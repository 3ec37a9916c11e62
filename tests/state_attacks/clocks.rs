//! Clocks that step: row 57. Within a process time never goes back, so what has ended has ended.

use std::time::Duration;

use jwtward::{
    AuthError, Clock, IssueError, RefreshError, RefreshToken, Revoked, TokenProvider,
    store::{MemoryStore, WhenFull},
};

use crate::{
    probe::Probe,
    support::{
        NOW, Time, World, assert_matches, foreign, limit, over, payload, run, signed, tracked, untracked, world,
    },
};

/// Where clocks end up: the ends of their range, the year 0, before and after 1970, 2262 (2^63 ns), 9999.
const EXTREMES: [i64; 14] = [
    i64::MIN,
    i64::MIN + 1,
    -62_167_219_200,
    -1,
    0,
    1,
    NOW - 86_400,
    NOW,
    NOW + 86_400,
    9_223_372_036,
    9_223_372_037,
    253_402_300_799,
    i64::MAX - 1,
    i64::MAX,
];

#[test]
fn a57_a_step_back_revives_nothing_that_expired() {
    let World { time, provider, .. } = world(tracked().expiration(Duration::from_secs(60)));
    let single = run(provider.issue("alice", &())).unwrap();
    let pair = run(provider.issue_pair("alice", &())).unwrap();
    // Provider and store each see the time at which it is all over.
    time.pass_secs(2_592_000);
    assert!(run(provider.authenticate::<()>(single.expose())).is_err());
    assert!(run(provider.refresh_pair(&pair.refresh)).is_err());
    for back in [NOW + 1, NOW - 3600, 0, i64::MIN] {
        time.set(back);
        for token in [&single, &pair.access] {
            assert_matches!(run(provider.authenticate::<()>(token.expose())), Err(AuthError::Token(_)), "{back}");
        }
        assert_matches!(run(provider.refresh_pair(&pair.refresh)), Err(RefreshError::SessionEnded), "{back}");
        assert_eq!(run(provider.session_count("alice")).unwrap(), 0);
    }
}

#[test]
fn a57_a_step_back_from_beyond_2262_revives_nothing() {
    // 2262 is where nanoseconds no longer fit 64 bits.
    let World { time, provider, .. } = world(tracked());
    time.set(253_000_000_000);
    let pair = run(provider.issue_pair("alice", &())).unwrap();
    time.pass_secs(1_209_600);
    assert_matches!(run(provider.refresh_pair(&pair.refresh)), Err(RefreshError::SessionEnded));
    for back in [253_000_000_001, 9_223_372_037, NOW, i64::MIN] {
        time.set(back);
        assert_matches!(run(provider.refresh_pair(&pair.refresh)), Err(RefreshError::SessionEnded), "{back}");
        assert!(run(provider.authenticate::<()>(pair.access.expose())).is_err());
    }
}

#[test]
fn a57_a_step_back_revives_nothing_that_was_revoked() {
    let World { time, store, provider, .. } = world(untracked());
    time.pass_secs(10);
    let tokens = ["one", "two", "three"].map(|id| foreign("\"alice\"", &format!("\"{id}\"")));
    run(provider.revoke(&tokens[0])).unwrap();
    run(provider.refresh(&tokens[1])).unwrap();
    // By the time that the clean-up takes away the denials, the tokens are long over; and then the clock is set back.
    time.pass_secs(86_400 + 5 + 3600);
    assert_eq!(run(provider.clean_up()).unwrap(), 2);
    assert_eq!(store.stats().revoked, 0);
    assert_matches!(run(provider.authenticate::<()>(&tokens[2])), Err(AuthError::Token(_)));
    for back in [NOW + 20, NOW - 86_400, 0, i64::MIN] {
        time.set(back);
        for token in &tokens {
            assert_matches!(run(provider.authenticate::<()>(token)), Err(AuthError::Token(_)), "{back}");
        }
    }
}

#[test]
fn a57_a_node_whose_clock_lags_behind_the_stores() {
    // Validity is by the node's clock, forgetting by the store's: the margin is what lies between.
    let (node, clock) = (Time::new(), Time::new());
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let provider = over(untracked().expiration(Duration::from_secs(3600)), store.clone(), &node).build().unwrap();
    node.pass_secs(10);
    clock.pass_secs(10);
    let token = foreign("\"alice\"", "\"one\"");
    let another = foreign("\"bob\"", "\"two\"");
    run(provider.revoke(&token)).unwrap();
    run(provider.revoke_all("bob")).unwrap();
    for lag in [0, 1000, 3599] {
        // The last second of the token, as the node counts.
        node.set(NOW + 3609);
        clock.set(NOW + 3609 + lag);
        run(provider.clean_up()).unwrap();
        assert_matches!(run(provider.authenticate::<()>(&token)), Err(AuthError::Revoked(Revoked::Token)), "{lag}");
        assert_matches!(run(provider.authenticate::<()>(&another)), Err(AuthError::Revoked(Revoked::User)), "{lag}");
    }
    clock.set(NOW + 3615 + 3600);
    assert_eq!(run(provider.clean_up()).unwrap(), 2);
}

#[test]
fn a57_a_token_from_a_clock_that_leads_does_not_outlive_its_denial() {
    // The leeway lets it in before it was issued, by its own account, and then again past its end.
    let leeway = Duration::from_secs(600);
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let config = untracked().expiration(Duration::from_secs(3600)).leeway(leeway);
    let provider = over(config, store, &time).clock_step_margin(Duration::ZERO).build().unwrap();
    let ahead = signed(
        &payload(&foreign("\"alice\"", "\"one\""))
            .replace(&(NOW + 10).to_string(), &(NOW + 600).to_string())
            .replace(&(NOW + 3610).to_string(), &(NOW + 4200).to_string()),
    );
    assert!(run(provider.authenticate::<()>(&ahead)).is_ok());
    run(provider.revoke(&ahead)).unwrap();
    for passed in (0..4800).step_by(50) {
        time.set(NOW + passed);
        run(provider.clean_up()).unwrap();
        assert_matches!(run(provider.authenticate::<()>(&ahead)), Err(AuthError::Revoked(Revoked::Token)), "{passed}");
    }
    time.set(NOW + 4800);
    assert_matches!(run(provider.authenticate::<()>(&ahead)), Err(AuthError::Token(_)));
}

#[test]
fn a57_lifetimes_without_end_do_not_overflow() {
    let time = Time::new();
    let store = MemoryStore::builder().clock(time.clone()).build();
    let builder = over(untracked(), store, &time).accept_lifetime(Duration::MAX).clock_step_margin(Duration::MAX);
    let provider = builder.build().unwrap();
    time.pass_secs(10);
    let [one, two] = ["one", "two"].map(|id| foreign("\"alice\"", &format!("\"{id}\"")));
    run(provider.revoke(&one)).unwrap();
    run(provider.refresh(&two)).unwrap();
    run(provider.revoke_all("bob")).unwrap();
    time.set(i64::MAX);
    assert_eq!(run(provider.clean_up()).unwrap(), 0);
    assert!(run(provider.is_token_revoked("one")).unwrap());
}

#[test]
fn a57_a_step_forward_ends_what_it_passes_and_nothing_else() {
    let World { time, provider, .. } = world(tracked());
    let token = run(provider.issue("alice", &())).unwrap();
    time.pass_secs(86_399);
    assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
    time.pass_secs(1);
    assert_matches!(run(provider.authenticate::<()>(token.expose())), Err(AuthError::Token(_)));
    assert!(run(provider.issue("alice", &())).is_ok());
}

/// All that a provider can do, at whatever time. Gives what it issued.
fn exercise(provider: &TokenProvider, refreshes: &[RefreshToken]) -> (Vec<String>, Vec<RefreshToken>) {
    let mut tokens = Vec::new();
    let mut next = Vec::new();
    match run(provider.issue("alice", &())) {
        Ok(token) => {
            assert_matches!(
                run(provider.refresh(token.expose())),
                Ok(_) | Err(RefreshError::Revoked(_) | RefreshError::SessionEnded | RefreshError::Issue(_))
            );
            tokens.push(token.expose().to_owned());
        }
        Err(error) => assert_matches!(error, IssueError::Lifetime),
    }
    match run(provider.issue_pair("alice", &())) {
        Ok(pair) => {
            tokens.push(pair.access.expose().to_owned());
            next.push(pair.refresh);
        }
        Err(error) => assert_matches!(error, IssueError::Lifetime),
    }
    if let Some(token) = refreshes.last() {
        let _ = run(provider.refresh_pair(token));
    }
    let count = run(provider.session_count("alice")).unwrap();
    assert_eq!(run(provider.sessions("alice")).unwrap().len() as u64, count);
    run(provider.list_revoked(None, 10)).unwrap();
    run(provider.clean_up()).unwrap();
    (tokens, next)
}

#[test]
fn a57_no_walk_of_the_clock_panics_or_revives() {
    for seed in 0..24_u64 {
        let config = || tracked().limit(limit(3, WhenFull::EvictOldest)).expiration(Duration::from_secs(60));
        let World { time, provider, .. } = world(config());
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        // Each with whether it was refused once.
        let mut tokens: Vec<(String, bool)> = Vec::new();
        let mut refreshes: Vec<RefreshToken> = Vec::new();
        for step in 0..60 {
            match random(8) {
                // Only sometimes to an end, where there is little left to see.
                0 => time.set(EXTREMES[random(EXTREMES.len() - if step < 40 { 5 } else { 0 })]),
                1 => time.set(NOW + random(10_000) as i64 - 5000),
                2 => time.pass(Duration::from_millis(random(120_000) as u64)),
                3 => {
                    run(provider.revoke_all("alice")).unwrap();
                }
                4 => run(provider.revoke_everything_before(time.now())).unwrap(),
                _ => {}
            }
            let (issued, next) = exercise(&provider, &refreshes);
            assert!(run(provider.session_count("alice")).unwrap() <= 3);
            tokens.extend(issued.into_iter().map(|token| (token, false)));
            refreshes.extend(next);
            for (token, refused) in &mut tokens {
                match run(provider.authenticate::<()>(token)) {
                    Ok(_) => assert!(!*refused, "seed {seed}: revived at step {step}"),
                    Err(AuthError::Token(_) | AuthError::Revoked(_)) => *refused = true,
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    }
}

#[test]
fn a57_a_process_that_starts_at_any_time() {
    for start in EXTREMES {
        for end in EXTREMES {
            let time = Time::new();
            time.set(start);
            let store = MemoryStore::builder().clock(time.clone()).build();
            for config in [tracked(), untracked()] {
                let provider = over(config, store.clone(), &time).build().unwrap();
                let (tokens, refreshes) = exercise(&provider, &[]);
                time.set(end);
                exercise(&provider, &refreshes);
                run(provider.revoke_all("alice")).unwrap();
                for token in &tokens {
                    assert!(run(provider.authenticate::<()>(token)).is_err(), "{start} to {end}");
                }
                for token in &refreshes {
                    assert!(run(provider.refresh_pair(token)).is_err(), "{start} to {end}");
                }
                time.set(start);
                for token in &tokens {
                    assert!(run(provider.authenticate::<()>(token)).is_err(), "{start} to {end} and back");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a57_the_clean_up_goes_by_the_monotonic_clock() {
    // Ten intervals of the timer are ten passes, whatever the wall clock does meanwhile.
    for wall in [NOW, 0, i64::MIN, i64::MAX, NOW + 86_400] {
        let time = Time::new();
        let probe = Probe::new(&MemoryStore::builder().clock(time.clone()).build());
        let config = tracked().cleanup_interval(Duration::from_secs(60));
        let provider = over(config, probe.clone(), &time).build().unwrap();
        time.set(wall);
        tokio::time::sleep(Duration::from_secs(601)).await;
        assert_eq!(probe.calls(), ["purge"; 10], "{wall}");
        provider.close().await;
        tokio::time::sleep(Duration::from_secs(601)).await;
        assert_eq!(probe.calls(), [""; 0], "none after the end");
    }
}

#[tokio::test(start_paused = true)]
async fn a57_the_clean_up_removes_what_expired_by_the_wall_clock() {
    let World { time, store, provider, .. } = world(tracked().expiration(Duration::from_secs(60)));
    provider.issue("alice", &()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(store.stats().sessions, 1, "an hour of the timer is not an hour of the wall");
    time.pass_secs(60);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(store.stats().sessions, 0);
}
