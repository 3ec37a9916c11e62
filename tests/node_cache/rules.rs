//! Each rule by itself.

use std::{num::NonZeroU32, time::Duration};

use jwtward::store::{
    CheckToken, Consistency, Limit, MemoryStore, NodeCache, OpenSession, Standing, Store, StoreError, StoreTime,
    WhenFull,
};
use tokio::time::advance;

use crate::link::{Link, denying, ending, key, login, opening, revoking, rotation, user};

const BOUND: Duration = Duration::from_secs(2);
const MILLI: Duration = Duration::from_millis(1);

type Node = NodeCache<Link>;

/// Two nodes on one store, each with its own link.
fn nodes() -> [(Node, Link); 2] {
    let store = MemoryStore::default();
    [(); 2].map(|()| {
        let link = Link::to(&store);
        (NodeCache::new(link.clone(), Consistency::Bounded(BOUND)), link)
    })
}

async fn check(node: &Node, session: u64) -> Result<Standing, StoreError> {
    node.check(CheckToken::Tracked(key(1, session))).await
}

async fn is_live(node: &Node, session: u64) -> bool {
    check(node, session).await.unwrap().session.is_some()
}

async fn is_denied(node: &Node, token_id: &str) -> bool {
    node.check(CheckToken::Untracked { user: user(1), token_id }).await.unwrap().denied
}

/// Lets what was spawned go on as far as it can.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_remembered_for_less_than_the_bound() {
    let [(node, link), _] = nodes();
    login(&node, key(1, 1)).await;
    assert!(is_live(&node, 1).await && !is_denied(&node, "id").await);
    assert_eq!(link.checks(), 2);
    advance(BOUND - MILLI).await;
    assert!(is_live(&node, 1).await && !is_denied(&node, "id").await);
    assert_eq!(link.checks(), 0);
    advance(MILLI).await;
    assert!(is_live(&node, 1).await && !is_denied(&node, "id").await);
    assert_eq!(link.checks(), 2);
    assert_eq!(format!("{node:?}"), "NodeCache { answers: 2, .. }");
}

#[tokio::test(start_paused = true)]
async fn hits_do_not_make_an_answer_last() {
    let [(node, link), (other, _)] = nodes();
    login(&node, key(1, 1)).await;
    assert!(is_live(&node, 1).await);
    other.end(&ending(key(1, 1))).await.unwrap();
    for _ in 0..19 {
        advance(BOUND / 20).await;
        assert!(is_live(&node, 1).await);
    }
    assert_eq!(link.checks(), 1);
    advance(BOUND / 20).await;
    assert!(!is_live(&node, 1).await);
}

#[tokio::test(start_paused = true)]
async fn strong_and_a_bound_of_zero_ask_each_time() {
    for consistency in [Consistency::default(), Consistency::Strong, Consistency::Bounded(Duration::ZERO)] {
        let link = Link::to(&MemoryStore::default());
        let node = NodeCache::new(link.clone(), consistency);
        login(&node, key(1, 1)).await;
        for _ in 0..3 {
            assert!(is_live(&node, 1).await);
        }
        assert_eq!(link.checks(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn every_change_is_known_at_once_on_its_node_and_within_the_bound_on_the_other() {
    async fn change(which: &str, node: &Node) {
        match which {
            "end" => drop(node.end(&ending(key(1, 1))).await.unwrap()),
            "revoke_user" => drop(node.revoke_user(&revoking(user(1))).await.unwrap()),
            "raise_floor" => drop(node.raise_floor(StoreTime::from_millis(u64::MAX)).await.unwrap()),
            "deny" => drop(node.deny(&denying("id")).await.unwrap()),
            "reuse" => drop(node.rotate(&rotation(key(1, 1), 0)).await.unwrap()),
            _ => {
                let limit = NonZeroU32::new(1).map(|max| Limit { max, when_full: WhenFull::EvictOldest });
                let begun = StoreTime::from_millis(u64::MAX);
                node.open(&OpenSession { limit, ..opening(key(1, 2), begun) }).await.unwrap();
            }
        }
    }
    async fn lets_in(which: &str, node: &Node) -> bool {
        if which == "deny" { !is_denied(node, "id").await } else { is_live(node, 1).await }
    }
    for which in ["end", "revoke_user", "raise_floor", "deny", "reuse", "open that evicts"] {
        let [(node, _), (other, _)] = nodes();
        login(&node, key(1, 1)).await;
        if which == "reuse" {
            node.rotate(&rotation(key(1, 1), 0)).await.unwrap();
        }
        for node in [&node, &other] {
            assert!(lets_in(which, node).await && lets_in(which, node).await, "{which}");
        }
        change(which, &node).await;
        assert!(!lets_in(which, &node).await, "{which}, on its node");
        advance(BOUND - MILLI).await;
        assert!(lets_in(which, &other).await, "{which}, on the other node: this is what the bound allows");
        advance(MILLI).await;
        assert!(!lets_in(which, &other).await, "{which}, on the other node");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_is_known_at_once_on_its_node() {
    let [(node, _), _] = nodes();
    login(&node, key(1, 1)).await;
    for generation in 0..3 {
        assert_eq!(check(&node, 1).await.unwrap().session.unwrap().generation, generation);
        node.rotate(&rotation(key(1, 1), generation)).await.unwrap();
    }
}

/// Breaks if an answer's age counted from the end of its fetch.
#[tokio::test(start_paused = true)]
async fn the_age_counts_from_the_start_of_the_fetch() {
    let [(node, link), (other, _)] = nodes();
    login(&node, key(1, 1)).await;
    // The store has answered "live", and the reply hangs.
    let release = link.hold_next();
    let hanging = tokio::spawn({
        let node = node.clone();
        async move { is_live(&node, 1).await }
    });
    settle().await;
    advance(BOUND / 10).await;
    other.end(&ending(key(1, 1))).await.unwrap();
    advance(BOUND * 8 / 10).await;
    release.send(()).unwrap();
    assert!(hanging.await.unwrap(), "asked before the end and answered within the bound");
    // The bound after the start is before the bound after the end, and before the bound after the reply.
    advance(BOUND / 10).await;
    assert!(!is_live(&node, 1).await);
    // Once more where the reply came just before.
    advance(BOUND / 10).await;
    assert!(!is_live(&node, 1).await);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_took_the_bound_is_refused_and_not_remembered() {
    let [(node, link), (other, _)] = nodes();
    login(&node, key(1, 1)).await;
    let release = link.hold_next();
    let hanging = tokio::spawn({
        let node = node.clone();
        async move { check(&node, 1).await }
    });
    settle().await;
    other.revoke_user(&revoking(user(1))).await.unwrap();
    advance(BOUND).await;
    release.send(()).unwrap();
    assert!(hanging.await.unwrap().unwrap_err().is_timeout());
    assert!(!is_live(&node, 1).await);

    // What does not let in may come late.
    let release = link.hold_next();
    let hanging = tokio::spawn({
        let node = node.clone();
        async move { is_live(&node, 1).await }
    });
    settle().await;
    advance(BOUND).await;
    release.send(()).unwrap();
    assert!(!hanging.await.unwrap());
}

/// Breaks if a fetch that overlapped a change were remembered.
#[tokio::test(start_paused = true)]
async fn a_fetch_that_overlapped_a_change_is_not_remembered() {
    for which in ["end", "revoke_user", "raise_floor", "deny"] {
        let [(node, link), _] = nodes();
        login(&node, key(1, 1)).await;
        let release = link.hold_next();
        let hanging = tokio::spawn({
            let node = node.clone();
            async move { if which == "deny" { !is_denied(&node, "id").await } else { is_live(&node, 1).await } }
        });
        settle().await;
        match which {
            "end" => drop(node.end(&ending(key(1, 1))).await.unwrap()),
            "revoke_user" => drop(node.revoke_user(&revoking(user(1))).await.unwrap()),
            "raise_floor" => drop(node.raise_floor(StoreTime::from_millis(u64::MAX)).await.unwrap()),
            _ => drop(node.deny(&denying("id")).await.unwrap()),
        }
        release.send(()).unwrap();
        assert!(hanging.await.unwrap(), "it was asked before");
        assert_eq!(format!("{node:?}"), "NodeCache { answers: 0, .. }");
        let refused = if which == "deny" { is_denied(&node, "id").await } else { !is_live(&node, 1).await };
        assert!(refused, "{which}");
    }
}

/// Breaks if a change were counted when it begins and not when it is over.
#[tokio::test(start_paused = true)]
async fn a_fetch_amid_a_change_is_not_remembered() {
    let [(node, link), _] = nodes();
    login(&node, key(1, 1)).await;
    let release = link.hold_next_end();
    let ending = tokio::spawn({
        let node = node.clone();
        async move { node.end(&ending(key(1, 1))).await }
    });
    settle().await;
    // The end is on its way and has not taken effect.
    assert!(is_live(&node, 1).await && is_live(&node, 1).await);
    release.send(()).unwrap();
    ending.await.unwrap().unwrap();
    assert!(!is_live(&node, 1).await);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_reply_is_lost_or_not_waited_for_counts() {
    let [(node, link), _] = nodes();
    for session in 1..=2 {
        login(&node, key(1, session)).await;
        assert!(is_live(&node, session).await);
    }
    link.lose_replies(true);
    assert!(node.end(&ending(key(1, 1))).await.is_err());
    link.lose_replies(false);
    assert!(!is_live(&node, 1).await && is_live(&node, 2).await);
    // Dropped before it was polled to its end: the store may have got it.
    drop(Box::pin(node.end(&ending(key(1, 2)))));
    let end = ending(key(1, 2));
    {
        let mut call = Box::pin(node.end(&end));
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context))).await;
    }
    assert!(!is_live(&node, 2).await);
}

#[tokio::test(start_paused = true)]
async fn in_an_outage_everything_is_refused_once_the_bound_has_passed() {
    let [(node, link), _] = nodes();
    login(&node, key(1, 1)).await;
    assert!(is_live(&node, 1).await && !is_denied(&node, "id").await);
    link.set_down(true);
    advance(BOUND - MILLI).await;
    assert!(is_live(&node, 1).await && !is_denied(&node, "id").await);
    assert!(node.check(CheckToken::Untracked { user: user(1), token_id: "another" }).await.is_err());
    advance(MILLI).await;
    for _ in 0..3 {
        assert!(check(&node, 1).await.is_err());
        assert!(node.check(CheckToken::Untracked { user: user(1), token_id: "id" }).await.is_err());
    }
    // An error is not remembered.
    link.set_down(false);
    assert!(is_live(&node, 1).await);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_let_in_is_asked_for_each_time() {
    let [(node, link), (other, _)] = nodes();
    assert!(!is_live(&node, 1).await && !is_live(&node, 1).await);
    // Opened elsewhere, it is let in here without waiting.
    login(&other, key(1, 1)).await;
    assert!(is_live(&node, 1).await);
    other.deny(&denying("id")).await.unwrap();
    assert!(is_denied(&node, "id").await && is_denied(&node, "id").await);
    assert_eq!(link.checks(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_hit_is_of_the_same_user_and_the_same_id() {
    let [(node, link), _] = nodes();
    login(&node, key(1, 1)).await;
    node.revoke_user(&revoking(user(2))).await.unwrap();
    assert!(is_live(&node, 1).await && !is_denied(&node, "id").await);
    let crossed = node.check(CheckToken::Tracked(key(2, 1))).await.unwrap();
    assert!(crossed.session.is_none());
    let others = node.check(CheckToken::Untracked { user: user(2), token_id: "id" }).await.unwrap();
    assert!(others.user_floor > StoreTime::default());
    assert!(!is_denied(&node, "iD").await && !is_denied(&node, "id\0").await);
    assert_eq!(link.checks(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_hit_counts_down_to_the_absolute_end_and_ends_there() {
    let [(node, link), _] = nodes();
    let absolute = Some(Duration::from_millis(1500));
    let begun = StoreTime::from_millis(u64::MAX);
    node.open(&OpenSession { absolute, ..opening(key(1, 1), begun) }).await.unwrap();
    let remaining = check(&node, 1).await.unwrap().session.unwrap().remaining.unwrap();
    advance(Duration::from_millis(400)).await;
    let later = check(&node, 1).await.unwrap().session.unwrap().remaining.unwrap();
    assert_eq!((remaining - later, link.checks()), (Duration::from_millis(400), 1));
    // Before the bound, and at the session's end: asked again. The store's clock is the system's and has not moved.
    advance(later).await;
    assert!(is_live(&node, 1).await);
    assert_eq!(link.checks(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_stays_within_the_capacity() {
    let link = Link::to(&MemoryStore::default());
    let node = NodeCache::with_capacity(link.clone(), Consistency::Bounded(BOUND), 100);
    for number in 0..10_000 {
        assert!(!is_denied(&node, &format!("id {number}")).await);
    }
    let shown = format!("{node:?}");
    let answers: usize = shown.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
    assert!((1..=100).contains(&answers), "{shown}");
    // An id too long to be remembered is asked for each time.
    link.checks();
    for _ in 0..3 {
        assert!(!is_denied(&node, &"x".repeat(257)).await);
    }
    assert_eq!(link.checks(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_load_says_is_newer_than_what_is_remembered() {
    let [(node, link), (other, _)] = nodes();
    login(&node, key(1, 1)).await;
    assert!(is_live(&node, 1).await);
    other.rotate(&rotation(key(1, 1), 0)).await.unwrap();
    assert_eq!(check(&node, 1).await.unwrap().session.unwrap().generation, 0);
    assert_eq!(node.load(key(1, 1)).await.unwrap().unwrap().generation, 1);
    assert_eq!(check(&node, 1).await.unwrap().session.unwrap().generation, 1);
    assert_eq!(link.checks(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_close_nothing_remembered_is_told() {
    let [(node, _), _] = nodes();
    login(&node, key(1, 1)).await;
    assert!(is_live(&node, 1).await);
    node.clone().close().await;
    assert!(check(&node, 1).await.unwrap_err().is_closed());
}
