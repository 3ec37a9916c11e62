//! The server is killed, the network fails, a reply is lost, a call is given up: nothing that was revoked comes back,
//! nobody gets in meanwhile, and nothing happens twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use jwtward::{
    AccessToken, AuthError, IssueError, QueryError, RefreshError, RevokeError, TokenPair, TokenProvider,
    store::{OperationId, PostgresStore, PostgresStoreBuilder, RevokeUser, Store as _, WhenFull},
};
use tokio::task::JoinSet;

use crate::{
    proxy::{Mode, Proxy},
    server::{Server, config, fresh_schema, shared},
    support::{PATIENCE, at_last, connect, limit, node, report, tracked},
};

/// A proxy before the shared server, and a way to connect through it.
async fn through_proxy() -> Option<(Proxy, PostgresStoreBuilder)> {
    let proxy = Proxy::start(shared()?.address()).await;
    let builder = PostgresStore::builder(config(proxy.address())).schema(fresh_schema());
    Some((proxy, builder.call_timeout(PATIENCE)))
}

#[derive(Default)]
struct Acknowledged {
    tokens: Vec<AccessToken>,
    ids: Vec<String>,
    users: Vec<AccessToken>,
}

/// Revokes in each of the ways, until the store fails; gives what was acknowledged.
async fn revoke_until_it_fails(
    provider: Arc<TokenProvider>,
    worker: usize,
    round: usize,
    count: Arc<AtomicUsize>,
) -> Acknowledged {
    let mut done = Acknowledged::default();
    for number in 0.. {
        let name = format!("{round}-{worker}-{number}");
        let Ok(token) = provider.issue(&name, &()).await else { break };
        match number % 3 {
            0 => match provider.revoke(token.expose()).await {
                Ok(()) => done.tokens.push(token),
                Err(_) => break,
            },
            1 => match provider.revoke_by_id(&name).await {
                Ok(()) => done.ids.push(name),
                Err(_) => break,
            },
            _ => match provider.revoke_all(&name).await {
                Ok(_) => done.users.push(token),
                Err(_) => break,
            },
        }
        count.fetch_add(1, Ordering::SeqCst);
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    // As some set it for speed: the store's own connections do not take it over.
    let Some(server) = Server::start(&["synchronous_commit=off"]) else { return };
    let schema = fresh_schema();
    let builder = || server.builder().schema(&schema);
    let provider = Arc::new(node(tracked().store_timeout(Duration::from_secs(5)), builder()).await);
    let (mut acknowledged, mut lost, mut asked, mut accepted, mut slowest) = (0, 0, 0, 0, Duration::ZERO);
    for round in 0..3 {
        let good = provider.issue(&format!("good {round}"), &()).await.unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            workers.spawn(revoke_until_it_fails(Arc::clone(&provider), worker, round, Arc::clone(&count)));
        }
        let start = Instant::now();
        while count.load(Ordering::SeqCst) < 80 {
            assert!(start.elapsed() < PATIENCE, "no revocations");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        // Down: nobody gets in, whatever he has.
        for _ in 0..50 {
            let start = Instant::now();
            asked += 1;
            accepted += usize::from(provider.authenticate::<()>(good.expose()).await.is_ok());
            slowest = slowest.max(start.elapsed());
        }
        let done = workers.join_all().await;
        server.run();
        at_last("after a restart", async || provider.authenticate::<()>(good.expose()).await).await;
        for Acknowledged { tokens, ids, users } in done {
            acknowledged += tokens.len() + ids.len() + users.len();
            for token in tokens.iter().chain(&users) {
                match provider.authenticate::<()>(token.expose()).await {
                    Err(AuthError::Revoked(_)) => {}
                    Ok(_) => lost += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            for id in &ids {
                lost += usize::from(!provider.is_token_revoked(id).await.unwrap());
            }
        }
    }
    report(&format!(
        "killed 3 times in mid-write: {acknowledged} acknowledged revocations, {lost} lost; {asked} requests while down, \
         {accepted} accepted, refused within {slowest:?}"
    ));
    assert_eq!((lost, accepted), (0, 0));
}

/// Every operation that a request can lead to, each to be refused. Gives which was not.
async fn all_refused(
    provider: &TokenProvider,
    good: &AccessToken,
    pair: &TokenPair,
    revoked: &AccessToken,
) -> Vec<&'static str> {
    let (subject, session) = ("alice", good.session_id().unwrap());
    let outcomes = tokio::join!(
        async { matches!(provider.authenticate::<()>(good.expose()).await, Err(AuthError::Store(_))) },
        async { matches!(provider.authenticate::<()>(revoked.expose()).await, Err(AuthError::Store(_))) },
        async { matches!(provider.issue(subject, &()).await, Err(IssueError::Store(_))) },
        async { matches!(provider.issue_pair(subject, &()).await, Err(IssueError::Store(_))) },
        async { matches!(provider.refresh(good.expose()).await, Err(RefreshError::Store(_))) },
        async { matches!(provider.revoke_by_id("some").await, Err(RevokeError::Store(_))) },
        async { matches!(provider.is_token_revoked("some").await, Err(RevokeError::Store(_))) },
        async { matches!(provider.revoke_all(subject).await, Err(QueryError::Store(_))) },
        async { matches!(provider.end_session(subject, session).await, Err(QueryError::Store(_))) },
        async { matches!(provider.session_count(subject).await, Err(QueryError::Store(_))) },
        async { matches!(provider.refresh_pair(&pair.refresh).await, Err(RefreshError::Store(_))) },
    );
    let names = [
        ("authenticate", outcomes.0),
        ("authenticate what is revoked", outcomes.1),
        ("issue", outcomes.2),
        ("issue a pair", outcomes.3),
        ("refresh", outcomes.4),
        ("revoke by id", outcomes.5),
        ("is revoked", outcomes.6),
        ("revoke all", outcomes.7),
        ("end a session", outcomes.8),
        ("count", outcomes.9),
        ("refresh a pair", outcomes.10),
    ];
    names.iter().filter(|(_, refused)| !refused).map(|(name, _)| *name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outage_lets_nobody_in_and_ends() {
    let deadline = Duration::from_millis(300);
    for (mode, times_out) in [
        (Mode::Refuse, false),
        (Mode::Hang, true),
        (Mode::Mute, true),
        (Mode::BlackHole, true),
        (Mode::Reset, false),
        (Mode::Slow(Duration::from_secs(5)), true),
        (Mode::Garbage, false),
    ] {
        let Some((proxy, builder)) = through_proxy().await else { return };
        let store = connect(builder.pool_size(4)).await;
        let patient = TokenProvider::new(tracked(), store.clone()).unwrap();
        let provider = TokenProvider::new(tracked().store_timeout(deadline), store).unwrap();
        let good = patient.issue("alice", &()).await.unwrap();
        let pair = patient.issue_pair("alice", &()).await.unwrap();
        let revoked = patient.issue("bob", &()).await.unwrap();
        patient.revoke(revoked.expose()).await.unwrap();
        // All connections are there and in use.
        for _ in 0..8 {
            tokio::join!(
                async { patient.authenticate::<()>(good.expose()).await.unwrap() },
                async { patient.authenticate::<()>(good.expose()).await.unwrap() },
                async { patient.authenticate::<()>(good.expose()).await.unwrap() },
                async { patient.authenticate::<()>(good.expose()).await.unwrap() },
            );
        }

        proxy.set(mode);
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            let start = Instant::now();
            let answered = all_refused(&provider, &good, &pair, &revoked).await;
            slowest = slowest.max(start.elapsed());
            assert!(answered.is_empty(), "{mode:?}: {answered:?} was answered");
        }
        let error = provider.authenticate::<()>(good.expose()).await.unwrap_err();
        let AuthError::Store(error) = error else { panic!("{error:?}") };
        // The others fail at once, unless the machine is slow.
        assert!(error.is_timeout() || !times_out, "{mode:?}: {error:?}");
        // A slow machine may take longer, but not for ever.
        assert!(slowest < Duration::from_secs(10), "{mode:?}: {slowest:?}");

        proxy.set(Mode::Pass);
        at_last("after an outage", async || provider.session_count("alice").await).await;
        assert!(matches!(patient.authenticate::<()>(revoked.expose()).await, Err(AuthError::Revoked(_))));
        // What was asked meanwhile may have been done or not: alice can log in in any case, and all connections are
        // good.
        let again = patient.issue("alice", &()).await.unwrap();
        for _ in 0..8 {
            patient.authenticate::<()>(again.expose()).await.unwrap();
        }
        report(&format!(
            "{mode:?}: 33 operations, 0 accepted, 11 at once refused within {slowest:?} (deadline {deadline:?})"
        ));
    }
}

/// What a statement's parameters hold: a key of 16 octets, and a number after it, which is the operation of a change.
fn change_of(key: &[u8; 16]) -> Vec<u8> {
    [key.as_slice(), &[0, 0, 0, 8]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_whose_reply_was_lost_is_made_once() {
    let Some((proxy, builder)) = through_proxy().await else { return };
    let config = tracked().refresh_grace(Duration::ZERO).limit(limit(1, WhenFull::Reject));
    let provider = node(config, builder.pool_size(1)).await;

    proxy.lose_reply_to(b"lost-id");
    provider.revoke_by_id("lost-id").await.unwrap();
    assert_eq!(proxy.lost(), 1);
    assert!(matches!(provider.revoke_by_id("lost-id").await, Err(RevokeError::AlreadyRevoked)));

    // The place is taken by the first try, whose repetition is not told that there is none.
    proxy.lose_reply_to(b"lost-grant");
    let pair = provider.issue_pair("alice", &serde_json::json!({ "grant": "lost-grant" })).await.unwrap();
    assert_eq!(proxy.lost(), 2);
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
    provider.authenticate::<serde_json::Value>(pair.access.expose()).await.unwrap();

    let session = pair.access.session_id().unwrap();
    proxy.lose_reply_to(&change_of(session.octets()));
    let next = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(proxy.lost(), 3);
    assert_eq!(provider.sessions("alice").await.unwrap()[0].rotation_count, 1);
    let next = provider.refresh_pair(&next.refresh).await.unwrap();

    // Reuse ends the session, and is told as such.
    proxy.lose_reply_to(&change_of(session.octets()));
    assert!(matches!(provider.refresh_pair(&pair.refresh).await, Err(RefreshError::Reused)));
    assert_eq!(proxy.lost(), 4);
    assert!(matches!(provider.refresh_pair(&next.refresh).await, Err(RefreshError::SessionEnded)));

    let token = provider.issue("alice", &()).await.unwrap();
    let session = token.session_id().unwrap();
    proxy.lose_reply_to(&change_of(session.octets()));
    assert!(provider.end_session("alice", session).await.unwrap());
    assert_eq!(proxy.lost(), 5);

    provider.issue("alice", &()).await.unwrap();
    proxy.lose_reply_to(&change_of(provider.user_key("alice").octets()));
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 1);
    assert_eq!(proxy.lost(), 6);
    provider.issue("alice", &()).await.unwrap();
    report("6 replies lost after the commit: each change was acknowledged, and made once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_was_given_up_leaves_no_broken_connection() {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    let builder = server.builder().schema(&schema).pool_size(4).call_timeout(Duration::from_secs(3));
    let store = connect(builder).await;
    let provider = TokenProvider::new(tracked().store_timeout(Duration::from_millis(100)), store.clone()).unwrap();
    let patient = TokenProvider::new(tracked(), store.clone()).unwrap();
    patient.issue("alice", &()).await.unwrap();
    let mut client = server.client().await;
    let holding = client.transaction().await.unwrap();
    holding.batch_execute(&format!("SELECT FROM {schema}.users FOR UPDATE")).await.unwrap();
    // More than there are connections.
    for _ in 0..3 {
        let answers = tokio::join!(
            provider.revoke_all("alice"),
            provider.revoke_all("alice"),
            provider.issue("alice", &()),
            provider.issue("alice", &()),
        );
        assert!(matches!(answers.0, Err(QueryError::Store(error)) if error.is_timeout()));
        assert!(matches!(answers.1, Err(QueryError::Store(error)) if error.is_timeout()));
        assert!(matches!(answers.2, Err(IssueError::Store(error)) if error.is_timeout()));
        assert!(matches!(answers.3, Err(IssueError::Store(error)) if error.is_timeout()));
    }
    // The others are not kept waiting by them.
    let token = patient.issue("bob", &()).await.unwrap();
    for _ in 0..20 {
        patient.authenticate::<()>(token.expose()).await.unwrap();
    }
    // Without a provider the store's own time ends the call, and the server's the statement.
    let revoke = RevokeUser {
        user: patient.user_key("alice"),
        operation: OperationId::from_u64(1),
        keep: Duration::from_secs(60),
    };
    let error = store.revoke_user(&revoke).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let start = Instant::now();
    let waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'";
    while !holding.query(waiting, &[&schema]).await.unwrap().is_empty() {
        assert!(start.elapsed() < PATIENCE, "a statement that nobody waits for still waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    holding.rollback().await.unwrap();
    assert_eq!(patient.session_count("alice").await.unwrap(), 1, "what was given up was not done later");
    assert_eq!(patient.revoke_all("alice").await.unwrap(), 1);
}

/// As after a fail-over in which the old server vanished: nothing says that its connections are dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_nobody_answers_on_costs_one_call() {
    let Some((proxy, builder)) = through_proxy().await else { return };
    let size = 4;
    let store = connect(builder.pool_size(size)).await;
    let patient = TokenProvider::new(tracked(), store.clone()).unwrap();
    let provider = TokenProvider::new(tracked().store_timeout(Duration::from_millis(300)), store).unwrap();
    let good = patient.issue("alice", &()).await.unwrap();
    for _ in 0..4 {
        let ask = || patient.authenticate::<()>(good.expose());
        let answers = tokio::join!(ask(), ask(), ask(), ask());
        assert!(answers.0.is_ok() && answers.1.is_ok() && answers.2.is_ok() && answers.3.is_ok());
    }
    let open = proxy.connections();
    assert!(open <= size, "{open} connections");
    proxy.set_for_open(Mode::BlackHole);
    let mut refused = 0;
    while let Err(error) = provider.authenticate::<()>(good.expose()).await {
        assert!(matches!(&error, AuthError::Store(error) if error.is_timeout()), "{error:?}");
        refused += 1;
        assert!(refused <= 100, "it does not recover");
    }
    report(&format!(
        "{open} connections went dead in silence: {refused} calls were refused, the next one was answered"
    ));
    // Connecting to the real server may itself take longer than the deadline, on a slow machine.
    assert!(proxy.connections() > open && refused >= open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_the_server_ended_cost_no_change() {
    let Some(server) = shared() else { return };
    let named = server.config().application_name("ended by the server").to_owned();
    let store = connect(PostgresStore::builder(named).schema(fresh_schema()).pool_size(4)).await;
    let provider = Arc::new(TokenProvider::new(tracked(), store).unwrap());
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended by the server'";
    let revoked = AtomicUsize::new(0);
    for round in 0..10 {
        let id = |number| format!("{round}-{number}");
        let ids = [id(0), id(1), id(2), id(3)];
        server.execute(end).await;
        let answers = tokio::join!(
            provider.revoke_by_id(&ids[0]),
            provider.revoke_by_id(&ids[1]),
            provider.revoke_by_id(&ids[2]),
            provider.revoke_by_id(&ids[3]),
        );
        for answer in [answers.0, answers.1, answers.2, answers.3] {
            answer.unwrap();
            revoked.fetch_add(1, Ordering::SeqCst);
        }
        for id in &ids {
            assert!(provider.is_token_revoked(id).await.unwrap());
        }
    }
    assert_eq!(revoked.into_inner(), 40);
}

/// The provider's clean-up may run where there are no sockets, and then be who needs a new connection.
#[test]
fn a_connection_is_made_where_there_are_sockets() {
    let Some(server) = shared() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let named = server.config().application_name("ended under a clean-up").to_owned();
    let store = runtime.block_on(connect(PostgresStore::builder(named).schema(fresh_schema())));
    let provider = TokenProvider::new(tracked(), store).unwrap();
    let end =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended under a clean-up'";
    runtime.block_on(server.execute(end));
    let without_sockets = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    without_sockets.block_on(at_last("cleaning up", async || provider.clean_up().await));
}
