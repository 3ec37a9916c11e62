//! What a database must be before it is used, and what is made in it.

use std::time::Duration;

use jwtward::{
    UserKey,
    store::{Begin, PostgresConnectError, PostgresStore, PostgresStoreBuilder, Store as _, StoreError, tokio_postgres},
};

use crate::{
    server::{PASSWORD, Server, fresh_schema, shared},
    support::{at_last, chain, connect, node, tracked},
};

const USER: UserKey = UserKey::from_octets([7; 16]);

async fn incarnation(store: &PostgresStore) -> Result<u64, StoreError> {
    Ok(store.begin(&Begin { user: USER, limit: None }).await?.incarnation)
}

#[tokio::test]
async fn a_server_that_loses_what_it_acknowledged_is_refused() {
    let Some(server) = Server::start(&["fsync=off", "full_page_writes=off"]) else { return };
    let error = server.builder().connect_local().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database may lose revocations that it has acknowledged: fsync is off; set it to on in postgresql.conf, or \
         accept the loss with danger_allow_fsync_off()"
    );
    let error = server.builder().danger_allow_fsync_off().connect_local().await.unwrap_err();
    let PostgresConnectError::NotDurable { setting, found, remedy } = error else { panic!("{error:?}") };
    assert_eq!((setting, found.as_str()), ("full_page_writes", "off"));
    assert!(remedy.contains("danger_allow_full_page_writes_off()"), "{remedy}");
    let allowed = server.builder().danger_allow_fsync_off().danger_allow_full_page_writes_off();
    incarnation(&connect(allowed).await).await.unwrap();

    // As after a fail-over: a connection that finds a standby is not used, not even for reading.
    let store = connect(server.builder().danger_allow_fsync_off().danger_allow_full_page_writes_off()).await;
    server.kill();
    server.make_standby();
    server.run();
    // The first may find the connection that was killed.
    let error = at_last("a new connection", async || match incarnation(&store).await {
        Err(error) if chain(&error).contains("connection closed") => Err(error),
        answer => Ok(answer),
    });
    let text = chain(&error.await.unwrap_err());
    assert!(text.contains("read only: it is a standby"), "{text}");
    let error = server.builder().danger_allow_fsync_off().connect_local().await.unwrap_err();
    assert!(matches!(error, PostgresConnectError::ReadOnly), "{error:?}");
}

#[tokio::test]
async fn the_stores_connections_commit_synchronously_and_read_what_is_committed() {
    let Some(server) = shared() else { return };
    let settings = "-c synchronous_commit=off -c default_transaction_isolation=serializable -c search_path=public";
    let config = server.config().options(settings).to_owned();
    let schema = fresh_schema();
    let open = |builder: PostgresStoreBuilder| node(tracked(), builder.schema(&schema));
    let pinned = open(PostgresStore::builder(config.clone())).await;
    let allowed = open(PostgresStore::builder(config).danger_allow_asynchronous_commit()).await;
    // Written down by the database itself, within the step.
    server
        .execute(&format!(
            "CREATE TABLE {schema}.seen (number serial, seen text);
             CREATE FUNCTION {schema}.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 INSERT INTO {schema}.seen (seen) VALUES (concat_ws(' ', current_setting('synchronous_commit'),
                     current_setting('transaction_isolation'), current_setting('search_path')));
                 RETURN NEW;
             END $$;
             CREATE TRIGGER see AFTER INSERT ON {schema}.sessions FOR EACH ROW EXECUTE FUNCTION {schema}.see()"
        ))
        .await;
    pinned.issue("alice", &()).await.unwrap();
    allowed.issue("alice", &()).await.unwrap();
    let rows = server.client().await.query(&format!("SELECT seen FROM {schema}.seen ORDER BY number"), &[]).await;
    let seen: Vec<String> = rows.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(seen, ["on read committed pg_catalog, pg_temp", "off read committed pg_catalog, pg_temp"]);

    let config = server.config().options("-c default_transaction_read_only=on").to_owned();
    let error = PostgresStore::builder(config).schema(fresh_schema()).connect_local().await.unwrap_err();
    assert!(matches!(error, PostgresConnectError::ReadOnly), "{error:?}");
}

#[tokio::test]
async fn a_step_refuses_a_connection_that_is_set_up_otherwise() {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    let store = connect(server.builder().schema(&schema)).await;
    let mut client = server.client().await;
    let calls = [
        "raise_floor(0, 0)",
        "deny(0, 'some', 1, 1)",
        "purge(0, 1, 0)",
        "revoke_user(0, gen_random_uuid(), 1, 1)",
        "end_session(0, gen_random_uuid(), gen_random_uuid(), 1)",
        "rotate(0, gen_random_uuid(), gen_random_uuid(), 1, 0, 1, 0, 0, 0, true, false, NULL)",
        "open(0, gen_random_uuid(), gen_random_uuid(), 1, 1, 1, true, 1, 1, 0, 0, NULL, NULL, NULL, NULL)",
    ];
    for call in calls {
        for (level, fine) in [
            (tokio_postgres::IsolationLevel::ReadCommitted, true),
            (tokio_postgres::IsolationLevel::RepeatableRead, false),
            (tokio_postgres::IsolationLevel::Serializable, false),
        ] {
            let transaction = client.build_transaction().isolation_level(level).start().await.unwrap();
            let answer = transaction.batch_execute(&format!("SELECT {schema}.{call}")).await;
            assert_eq!(answer.is_ok(), fine, "{call}: {answer:?}");
            if let Err(error) = answer {
                assert!(chain(&error).contains("needs the isolation level read committed"), "{error:?}");
            }
        }
        let transaction = client.transaction().await.unwrap();
        let call = format!("SET LOCAL synchronous_commit = off; SELECT {schema}.{call}");
        let error = chain(&transaction.batch_execute(&call).await.unwrap_err());
        assert!(error.contains("needs synchronous_commit"), "{error}");
    }
    drop(store);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stores_that_begin_at_once_make_one_schema() {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    let mut beginning = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let builder = server.builder().schema(&schema).pool_size(1);
        beginning.spawn(async move { incarnation(&connect(builder).await).await.unwrap() });
    }
    let mut incarnations = beginning.join_all().await;
    incarnations.dedup();
    assert_eq!(incarnations.len(), 1);

    server.execute(&format!("ALTER TABLE {schema}.revoked_jti SET UNLOGGED")).await;
    let error = server.builder().schema(&schema).connect_local().await.unwrap_err().to_string();
    assert!(error.contains("a table that is UNLOGGED is revoked_jti"), "{error}");
    server.execute(&format!("ALTER TABLE {schema}.revoked_jti SET LOGGED")).await;
    connect(server.builder().schema(&schema)).await;

    server.execute(&format!("UPDATE {schema}.meta SET version = 2")).await;
    let error = server.builder().schema(&schema).connect_local().await.unwrap_err();
    assert!(matches!(error, PostgresConnectError::SchemaTooNew { found: 2, known: 1 }), "{error:?}");
    let error = server.builder().schema("a\"b").connect_local().await.unwrap_err();
    assert!(matches!(error, PostgresConnectError::SchemaName), "{error:?}");
}

/// The rights that the operators' page gives are enough, and that a user may do nothing else.
#[tokio::test]
async fn the_documented_rights_are_enough() {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    drop(connect(server.builder().schema(&schema)).await);
    let page = include_str!("../../docs/stores/postgres.md");
    let grants = page.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let role = format!("role_{schema}");
    let grants = grants.replace("jwtward", &schema).replace("app_role", &role);
    server.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; {grants}")).await;
    let builder = PostgresStore::builder(server.config().user(&role).to_owned()).schema(&schema);
    let provider = node(tracked(), builder).await;
    let token = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
    provider.refresh_pair(&pair.refresh).await.unwrap();
    provider.revoke(token.expose()).await.unwrap();
    provider.revoke_by_id("foreign").await.unwrap();
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 1);
    provider.revoke_everything_before(jwtward::NumericDate::from_secs(0)).await.unwrap();
    assert_eq!(provider.list_revoked(None, 10).await.unwrap().entries.len(), 2);
    provider.clean_up().await.unwrap();
    // It cannot make a schema of its own.
    let other = PostgresStore::builder(server.config().user(&role).to_owned()).schema(fresh_schema());
    let error = chain(&other.connect_local().await.unwrap_err());
    assert!(error.contains("permission denied"), "{error}");
    // Unless there is one that belongs to it.
    let own = fresh_schema();
    server.execute(&format!("CREATE SCHEMA {own} AUTHORIZATION {role}")).await;
    connect(PostgresStore::builder(server.config().user(&role).to_owned()).schema(own)).await;
}

#[tokio::test]
async fn what_leaves_the_machine_is_encrypted() {
    let Some(server) = shared() else { return };
    let config = "host=192.0.2.1 user=app password=canary-password".parse().unwrap();
    let error = PostgresStore::builder(config).connect_local().await.unwrap_err();
    assert!(matches!(error, PostgresConnectError::Plaintext), "{error:?}");
    // A server that offers no encryption is not talked to without, although the configuration says "prefer".
    let error = server.builder().connect(tokio_postgres::NoTls).await.unwrap_err();
    assert!(matches!(error, PostgresConnectError::Failed(_)), "{error:?}");
    connect(server.builder().danger_allow_plaintext()).await;
}

#[tokio::test]
async fn no_error_shows_the_password() {
    let Some(server) = shared() else { return };
    let mut shown = Vec::new();
    let wrong = server.config().password("canary-wrong").to_owned();
    let error = PostgresStore::builder(wrong).connect_local().await.unwrap_err();
    shown.push(format!("{error:?} {}", chain(&error)));
    let unreachable = server.config().user("nobody").to_owned();
    let error = PostgresStore::builder(unreachable).connect_local().await.unwrap_err();
    shown.push(format!("{error:?} {}", chain(&error)));
    let store = connect(server.builder().call_timeout(Duration::from_secs(1))).await;
    shown.push(format!("{store:?} {:?}", server.builder()));
    store.close().await;
    let error = incarnation(&store).await.unwrap_err();
    assert!(error.is_closed());
    shown.push(format!("{error:?}"));
    for shown in shown {
        assert!(!shown.contains("canary"), "{shown}");
    }
}

/// The clock cannot be set in a test; what the steps make of it can be asked.
#[tokio::test]
async fn time_is_held_while_the_clock_is_set_back_but_not_for_ever() {
    let Some(server) = shared() else { return };
    let schema = fresh_schema();
    drop(connect(server.builder().schema(&schema)).await);
    let client = server.client().await;
    let present = async |told: i64, written: Option<i64>| -> i64 {
        let asked = format!("SELECT {schema}.present($1, $2)");
        client.query_one(&asked, &[&told, &written]).await.unwrap().get(0)
    };
    let clock = present(0, None).await;
    assert!(clock > 1_700_000_000_000 && present(clock - 1, Some(clock - 1)).await >= clock);
    let (minute, hour) = (60_000, 3_600_000);
    assert_eq!(present(clock + 30 * minute, None).await, clock + 30 * minute);
    assert_eq!(present(0, Some(clock + 30 * minute)).await, clock + 30 * minute);
    for (told, written) in [(clock + 2 * hour, None), (0, Some(clock + 2 * hour)), (i64::MAX, Some(i64::MAX))] {
        let now = present(told, written).await;
        assert!(now >= clock && now < clock + hour, "{now}");
    }
}
