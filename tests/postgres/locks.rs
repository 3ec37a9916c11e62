//! Two steps that meet, one of them held open in the middle: the other waits, and then sees what was done. What the
//! races of the suite find by chance is found here each time.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use jwtward::{
    SessionId, UserKey,
    store::{
        Begin, CheckToken, IssuedTimes, Limit, OpenSession, Opening, PostgresStore, SessionKey, SessionKind,
        SessionMetadata, Store as _, StoreTime, WhenFull, tokio_postgres,
    },
};
use tokio::task::JoinHandle;

use crate::{
    server::{Server, fresh_schema, shared},
    support::{PATIENCE, connect},
};

const HOUR: Duration = Duration::from_secs(3600);
const USER: UserKey = UserKey::from_octets([7; 16]);
const USER_TEXT: &str = "'07070707-0707-0707-0707-070707070707'";

struct Stage {
    server: &'static Server,
    schema: String,
    store: PostgresStore,
}

async fn stage() -> Option<Stage> {
    let server = shared()?;
    let schema = fresh_schema();
    let builder = server.builder().schema(&schema).call_timeout(PATIENCE);
    Some(Stage { server, store: connect(builder).await, schema })
}

impl Stage {
    /// Runs a step in a transaction that stays open, and gives what it answered.
    async fn hold(&self, step: &str) -> (tokio_postgres::Client, String) {
        let client = self.server.client().await;
        let step = format!("SELECT t::text FROM {}.{step} t", self.schema);
        client.batch_execute("BEGIN").await.unwrap();
        let answer = client.query_one(&step, &[]).await.unwrap().get(0);
        (client, answer)
    }

    /// Waits until another step waits for that one, then lets it commit.
    async fn release_when_awaited<T>(&self, held: tokio_postgres::Client, other: JoinHandle<T>) -> T {
        let waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'";
        let watch = self.server.client().await;
        let pattern = format!("\"{}\"", self.schema);
        let start = Instant::now();
        while watch.query(waiting, &[&pattern]).await.unwrap().is_empty() {
            assert!(start.elapsed() < PATIENCE && !other.is_finished(), "it does not wait");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        held.batch_execute("COMMIT").await.unwrap();
        other.await.unwrap()
    }

    async fn now(&self) -> StoreTime {
        self.store.begin(&Begin { user: UserKey::from_octets([8; 16]), limit: None }).await.unwrap().begun
    }

    fn open(&self, session: u8, begun: StoreTime, lifetime: Duration) -> JoinHandle<Opening> {
        let open = OpenSession {
            key: key(session),
            kind: SessionKind::Single,
            begun,
            limit: Some(Limit { max: NonZeroU32::MIN, when_full: WhenFull::Reject }),
            lifetime,
            absolute: None,
            issued: IssuedTimes { issued_at: 0, expires_at: 0 },
            metadata: SessionMetadata::new(),
            data: None,
        };
        let store = self.store.clone();
        tokio::spawn(async move { store.open(&open).await.unwrap() })
    }

    async fn lives(&self, session: u8) -> bool {
        self.store.check(CheckToken::Tracked(key(session))).await.unwrap().session.is_some()
    }
}

fn key(session: u8) -> SessionKey {
    SessionKey { user: USER, session: SessionId::from_octets([session; 16]) }
}

/// `open` of session 1 under a limit of one.
fn opening(begun: StoreTime) -> String {
    let begun = begun.as_millis();
    format!(
        "open(0, {USER_TEXT}, '01010101-0101-0101-0101-010101010101', NULL, {begun}, 1, false, 3600000, NULL, 0, 0, NULL, NULL, \
         NULL, NULL)"
    )
}

#[tokio::test]
async fn a_login_waits_for_the_one_before_and_counts_it() {
    let Some(stage) = stage().await else { return };
    let begun = stage.now().await;
    let (held, answer) = stage.hold(&opening(begun)).await;
    assert!(answer.starts_with("(opened,"), "{answer}");
    let other = stage.open(2, begun, HOUR);
    assert_eq!(stage.release_when_awaited(held, other).await, Opening::Full { active: 1 });
    assert!(stage.lives(1).await && !stage.lives(2).await);
}

#[tokio::test]
async fn a_login_waits_for_a_refresh_that_keeps_a_session_alive() {
    let Some(stage) = stage().await else { return };
    let lifetime = Duration::from_millis(300);
    // It must be refreshed before it expires: on a slow machine not the first one is.
    let start = Instant::now();
    let (held, begun) = loop {
        assert!(start.elapsed() < PATIENCE, "no session is refreshed in time");
        let begun = stage.now().await;
        stage.open(1, begun, lifetime).await.unwrap();
        let refresh = "'01010101-0101-0101-0101-010101010101', 5, 0, 3600000, 0, 0, 0, true, false, NULL";
        let (held, answer) = stage.hold(&format!("rotate(0, {USER_TEXT}, {refresh})")).await;
        if answer.starts_with("(rotated,1,") {
            break (held, begun);
        }
        held.batch_execute("ROLLBACK").await.unwrap();
        stage.server.execute(&format!("DELETE FROM {}.sessions", stage.schema)).await;
    };
    // As everyone else sees it, the session has expired by now.
    while stage.now().await <= begun.plus(lifetime * 2) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!stage.lives(1).await);
    let other = stage.open(2, begun, HOUR);
    assert_eq!(stage.release_when_awaited(held, other).await, Opening::Full { active: 1 });
    assert!(stage.lives(1).await && !stage.lives(2).await);
}

#[tokio::test]
async fn a_login_begun_before_a_revocation_waits_for_it_and_is_refused() {
    let Some(stage) = stage().await else { return };
    let begun = stage.now().await;
    let (held, answer) = stage.hold(&format!("revoke_user(0, {USER_TEXT}, 1, 1000)")).await;
    assert_eq!(answer, "0");
    let other = stage.open(2, begun, HOUR);
    assert_eq!(stage.release_when_awaited(held, other).await, Opening::Revoked);
}

#[tokio::test]
async fn a_revocation_waits_for_a_login_and_ends_it() {
    let Some(stage) = stage().await else { return };
    let (held, _) = stage.hold(&opening(stage.now().await)).await;
    let store = stage.store.clone();
    let revoke =
        jwtward::store::RevokeUser { user: USER, operation: jwtward::store::OperationId::from_u64(1), keep: HOUR };
    let other = tokio::spawn(async move { store.revoke_user(&revoke).await.unwrap() });
    assert_eq!(stage.release_when_awaited(held, other).await, 1);
    assert!(!stage.lives(1).await);
}

#[tokio::test]
async fn a_login_begun_before_the_floor_waits_for_it_and_is_refused() {
    let Some(stage) = stage().await else { return };
    let begun = stage.now().await;
    let (held, _) = stage.hold(&format!("raise_floor(0, {})", i64::MAX)).await;
    let other = stage.open(2, begun, HOUR);
    assert_eq!(stage.release_when_awaited(held, other).await, Opening::Revoked);
}

#[tokio::test]
async fn the_floor_waits_for_a_login_and_is_above_it() {
    let Some(stage) = stage().await else { return };
    let (held, _) = stage.hold(&opening(stage.now().await)).await;
    let store = stage.store.clone();
    let other = tokio::spawn(async move { store.raise_floor(StoreTime::from_millis(u64::MAX)).await.unwrap() });
    stage.release_when_awaited(held, other).await;
    assert!(!stage.lives(1).await);
}

/// A purge passes by what is held.
#[tokio::test]
async fn a_purge_waits_for_nobody() {
    let Some(stage) = stage().await else { return };
    let opening = stage.open(1, stage.now().await, Duration::from_millis(1)).await.unwrap();
    let Opening::Opened { created, .. } = opening else { panic!("{opening:?}") };
    while stage.now().await <= created.plus(Duration::from_millis(1)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let client = stage.server.client().await;
    client.batch_execute(&format!("BEGIN; SELECT FROM {}.sessions FOR UPDATE", stage.schema)).await.unwrap();
    let purged = stage.store.purge(100, Duration::ZERO).await.unwrap();
    assert_eq!((purged.removed, purged.done), (0, true));
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(stage.store.purge(100, Duration::ZERO).await.unwrap().removed, 1);
}
