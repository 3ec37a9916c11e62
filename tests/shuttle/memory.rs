//! The memory store's steps.

use std::{sync::Arc, time::Duration};

use jwtward::store::{
    Begin, CheckToken, Denial, DenyToken, EndSession, Ending, MemoryStore, OnReuse, OpenSession, Opening, OperationId,
    RevokeUser, Rotate, Rotation, SessionKind, SessionMetadata, Store, StoreError, StoreTime, WhenFull,
};
use shuttle::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    thread,
};

use crate::support::{DEPTH, HOUR, START, Turned, USER, both, explore, issued, key, limit, login, now, store};

fn rotate(store: &MemoryStore, operation: u8, grace: Duration, on_reuse: OnReuse) -> Result<Rotation, StoreError> {
    now(store.rotate(&Rotate {
        key: key(1),
        operation: OperationId::from_u64(operation.into()),
        presented: 0,
        lifetime: HOUR,
        issued: issued(operation.into()),
        grace,
        on_reuse,
        data: None,
    }))
}

fn end(store: &MemoryStore, operation: u64) -> Result<Ending, StoreError> {
    now(store.end(&EndSession { key: key(1), operation: OperationId::from_u64(operation) }))
}

fn deny(store: &MemoryStore, operation: u64) -> Result<Denial, StoreError> {
    let operation = OperationId::from_u64(operation);
    now(store.deny(&DenyToken { token_id: "token".into(), operation, keep: HOUR }))
}

fn revoke_user(store: &MemoryStore) -> Result<u64, StoreError> {
    now(store.revoke_user(&RevokeUser { user: USER, operation: OperationId::from_u64(99), keep: HOUR }))
}

fn is_live(store: &MemoryStore, number: u8) -> bool {
    now(store.check(CheckToken::Tracked(key(number)))).unwrap().session.is_some()
}

#[test]
fn of_two_logins_at_limit_1_one_is_refused() {
    explore("two logins, reject", || {
        let (store, reject) = (store(), limit(1, WhenFull::Reject));
        let (a, b) = both(
            &store,
            move |store| login(store, 1, reject, HOUR).unwrap(),
            move |store| login(store, 2, reject, HOUR).unwrap(),
        );
        let opened = [&a, &b].map(|opening| matches!(opening, Opening::Opened { .. }));
        assert_eq!(opened, [is_live(&store, 1), is_live(&store, 2)]);
        assert!(opened[0] != opened[1]);
        assert!([a, b].contains(&Opening::Full { active: 1 }));
        assert_eq!(now(store.count(USER)).unwrap(), 1);
    });
}

#[test]
fn of_two_logins_at_limit_1_the_later_evicts_the_earlier() {
    explore("two logins, evict the oldest", || {
        let (store, evict) = (store(), limit(1, WhenFull::EvictOldest));
        let opening = |number| {
            move |store: &MemoryStore| match login(store, number, evict, HOUR).unwrap() {
                Opening::Opened { evicted, .. } => evicted,
                other => panic!("{other:?}"),
            }
        };
        let evicted = both(&store, opening(1), opening(2));
        let live = (is_live(&store, 1), is_live(&store, 2));
        assert!(live.0 != live.1);
        let (first, second) = (vec![key(1).session], vec![key(2).session]);
        assert_eq!(evicted, if live.0 { (second, vec![]) } else { (vec![], first) });
        assert_eq!(now(store.count(USER)).unwrap(), 1);
    });
}

/// A login against something that revokes it: what had begun before is dead, what begins after lives.
fn login_against(revoke: fn(&MemoryStore)) {
    let store = store();
    let [begun, revoked] = [Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false))];
    let (sets, sees) = (revoked.clone(), begun.clone());
    let ((opening, after), before) = both(
        &store,
        move |store| {
            let after = revoked.load(SeqCst);
            let beginning = now(store.begin(&Begin { user: USER, limit: None })).unwrap();
            begun.store(true, SeqCst);
            let opening = now(store.open(&OpenSession {
                key: key(1),
                kind: SessionKind::Single,
                begun: beginning.begun,
                limit: None,
                lifetime: HOUR,
                absolute: None,
                issued: issued(0),
                metadata: SessionMetadata::new(),
                data: None,
            }));
            (opening.unwrap(), after)
        },
        move |store| {
            let before = sees.load(SeqCst);
            revoke(store);
            sets.store(true, SeqCst);
            before
        },
    );
    let live = is_live(&store, 1);
    assert!(!(before && live), "begun before, and it lives: {opening:?}");
    assert!(!after || live, "begun after, and it is dead: {opening:?}");
    assert!(!live || matches!(opening, Opening::Opened { .. }));
    assert_eq!(now(store.count(USER)).unwrap(), u64::from(live));
}

#[test]
fn a_login_against_revoke_user() {
    fn revoke(store: &MemoryStore) {
        revoke_user(store).unwrap();
    }
    explore("login and revoke_user", || login_against(revoke));
}

#[test]
fn a_login_against_raise_floor() {
    fn raise(store: &MemoryStore) {
        now(store.raise_floor(StoreTime::from_millis(u64::MAX))).unwrap();
    }
    explore("login and raise_floor", || login_against(raise));
}

#[test]
fn of_two_rotations_one_wins() {
    explore("two rotations", || {
        for (grace, on_reuse) in
            [(HOUR, OnReuse::EndSession), (Duration::ZERO, OnReuse::EndSession), (Duration::ZERO, OnReuse::Refuse)]
        {
            let store = store();
            login(&store, 1, None, HOUR).unwrap();
            let (a, b) = both(
                &store,
                move |store| rotate(store, 1, grace, on_reuse).unwrap(),
                move |store| rotate(store, 2, grace, on_reuse).unwrap(),
            );
            let won = Rotation::Rotated { generation: 1 };
            let (winner, loser) = if a == won { (1, b) } else { (2, a) };
            let expected = match (grace, on_reuse) {
                (HOUR, _) => Rotation::Repeated { generation: 1, issued: issued(winner), data: Some("{}".into()) },
                (_, OnReuse::EndSession) => Rotation::Reused,
                _ => Rotation::Superseded,
            };
            assert_eq!(loser, expected);
            assert_eq!(is_live(&store, 1), loser != Rotation::Reused);
        }
    });
}

#[test]
fn one_rotation_asked_for_twice_is_one() {
    explore("a rotation and its repetition", || {
        let store = store();
        login(&store, 1, None, HOUR).unwrap();
        let again = |store: &MemoryStore| rotate(store, 1, Duration::ZERO, OnReuse::EndSession).unwrap();
        let won = Rotation::Rotated { generation: 1 };
        assert_eq!(both(&store, again, again), (won.clone(), won));
    });
}

#[test]
fn a_rotation_does_not_bring_back_what_ends() {
    explore("rotate, end and end", || {
        let store = store();
        login(&store, 1, None, HOUR).unwrap();
        let other = store.clone();
        let ending = thread::spawn(move || end(&other, 1).unwrap());
        let (rotation, second) =
            both(&store, |store| rotate(store, 3, HOUR, OnReuse::EndSession).unwrap(), |store| end(store, 2).unwrap());
        let endings = [ending.join().unwrap(), second];
        assert!(endings.contains(&Ending::Ended) && endings.contains(&Ending::Absent));
        assert!([Rotation::Rotated { generation: 1 }, Rotation::Gone].contains(&rotation));
        assert!(!is_live(&store, 1));
    });
}

#[test]
fn of_two_denials_one_is_first() {
    explore("deny and deny", || {
        let store = store();
        let (a, b) = both(&store, |store| deny(store, 1).unwrap(), |store| deny(store, 2).unwrap());
        assert!(a != b);
        assert!(now(store.is_denied("token")).unwrap());
        let store = self::store();
        let (a, b) = both(&store, |store| deny(store, 1).unwrap(), |store| deny(store, 1).unwrap());
        assert_eq!((a, b), (Denial::First, Denial::First), "one operation, asked for twice");
    });
}

#[test]
fn a_check_sees_what_was_revoked_before_it() {
    explore("check, deny and revoke_user", || {
        let store = store();
        let done = Arc::new(AtomicU64::new(0));
        let so_far = done.clone();
        let ((denied, revoked), standing) = both(
            &store,
            move |store| {
                let denied = deny(store, 1).unwrap();
                done.store(1, SeqCst);
                let revoked = revoke_user(store).unwrap();
                done.store(2, SeqCst);
                (denied, revoked)
            },
            move |store| {
                let done = so_far.load(SeqCst);
                let standing = now(store.check(CheckToken::Untracked { user: USER, token_id: "token" })).unwrap();
                assert!(standing.denied || done < 1);
                assert!(standing.user_floor > StoreTime::default() || done < 2);
                standing
            },
        );
        assert_eq!((denied, revoked), (Denial::First, 0));
        assert_eq!(standing.session, None);
    });
}

#[test]
fn a_purge_takes_the_dead_and_leaves_the_living() {
    explore("purge, open and rotate", || {
        let clock = Turned::new();
        let store = MemoryStore::builder().clock(clock.clone()).max_sessions(3).build();
        login(&store, 1, None, Duration::from_millis(10)).unwrap();
        login(&store, 3, None, Duration::from_millis(10)).unwrap();
        let purge = |store: &MemoryStore, slice| now(store.purge(slice, Duration::ZERO)).unwrap();
        let other = store.clone();
        let purger = thread::spawn(move || {
            clock.0.store(START + 10, SeqCst);
            let mut removed = 0;
            loop {
                let purged = purge(&other, 1);
                removed += purged.removed;
                if purged.done {
                    return removed;
                }
            }
        });
        let (opening, rotation) = both(
            &store,
            |store| login(store, 2, limit(2, WhenFull::Reject), HOUR),
            |store| rotate(store, 1, HOUR, OnReuse::EndSession).unwrap(),
        );
        let rotated = rotation == Rotation::Rotated { generation: 1 };
        assert!(rotated || rotation == Rotation::Gone);
        assert_eq!(is_live(&store, 1), rotated);
        let opened = matches!(opening, Ok(Opening::Opened { .. }));
        assert_eq!(is_live(&store, 2), opened);
        let removed = purger.join().unwrap();
        assert!(removed <= 2);
        // The second pass finds what the first one passed by too soon; then the count of all is exact.
        while !purge(&store, 100).done {}
        let live = u64::from(rotated) + u64::from(opened);
        assert_eq!(store.stats().sessions, live);
        for number in 10..13 {
            let room = live + u64::from(number - 10) < 3;
            assert_eq!(login(&store, number, None, HOUR).is_ok(), room);
        }
    });
}

#[test]
fn two_purges_remove_each_record_once() {
    explore("purge and purge", || {
        let clock = Turned::new();
        let store = MemoryStore::builder().clock(clock.clone()).build();
        for number in 0..4 {
            login(&store, number, None, Duration::from_millis(1)).unwrap();
        }
        deny(&store, 1).unwrap();
        clock.0.store(START + 3_600_000, SeqCst);
        let purge = |store: &MemoryStore| {
            let mut removed = 0;
            for _ in 0..4 {
                removed += now(store.purge(2, Duration::ZERO)).unwrap().removed;
            }
            removed
        };
        let (a, b) = both(&store, purge, purge);
        assert_eq!(a + b, 5);
        assert_eq!((store.stats().sessions, store.stats().revoked), (0, 0));
    });
}

#[test]
fn nothing_is_answered_after_close() {
    type Call = fn(&MemoryStore) -> Option<StoreError>;
    const CALLS: [Call; 8] = [
        |store| login(store, 2, None, HOUR).err(),
        |store| rotate(store, 1, HOUR, OnReuse::EndSession).err(),
        |store| end(store, 1).err(),
        |store| deny(store, 1).err(),
        |store| revoke_user(store).err(),
        |store| now(store.check(CheckToken::Untracked { user: USER, token_id: "token" })).err(),
        |store| now(store.raise_floor(StoreTime::from_millis(1))).err(),
        |store| now(store.purge(10, Duration::ZERO)).err(),
    ];
    fn against_close(call: Call) {
        let store = store();
        login(&store, 1, None, HOUR).unwrap();
        let closed = Arc::new(AtomicBool::new(false));
        let sees = closed.clone();
        let (error, ()) = both(
            &store,
            move |store| {
                let closed = sees.load(SeqCst);
                let error = call(store);
                assert!(error.is_some() || !closed, "answered after it was closed");
                error
            },
            move |store| {
                now(store.close());
                closed.store(true, SeqCst);
            },
        );
        assert!(error.is_none_or(|error| error.is_closed()));
        assert!(call(&store).is_some_and(|error| error.is_closed()));
    }
    // One call a schedule, each in its turn.
    static TURN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    explore("close and anything", || {
        let turn = TURN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        against_close(CALLS[turn % CALLS.len()]);
    });
}

/// The explorer does find what it is here to find: a client that counts and then opens exceeds the limit.
#[test]
fn a_limit_that_is_read_and_then_written_is_found_out() {
    fn racy(store: &MemoryStore, number: u8) {
        if now(store.count(USER)).unwrap() < 1 {
            login(store, number, None, HOUR).unwrap();
        }
    }
    fn model() {
        let store = store();
        both(&store, |store| racy(store, 1), |store| racy(store, 2));
        assert!(now(store.count(USER)).unwrap() <= 1, "over the limit");
    }
    let explorers: [fn(); 2] = [|| shuttle::check_random(model, 1000), || shuttle::check_pct(model, 1000, DEPTH)];
    for explore in explorers {
        let found = std::panic::catch_unwind(explore);
        let panic = found.expect_err("no schedule exceeded the limit");
        assert_eq!(panic.downcast_ref(), Some(&"over the limit"));
        println!("a limit read and then written: found out");
    }
}
