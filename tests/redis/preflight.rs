//! A server that may lose what was revoked is refused, unless that is allowed by name.

use jwtward::store::{RedisConnectError, RedisStore, RedisStoreBuilder};

use crate::{
    servers::{RedisCluster, RedisServer, is_installed},
    support::{PATIENCE, over, patient, told, tracked},
};

#[tokio::test]
async fn an_unsafe_setting_is_refused_unless_it_is_allowed_by_name() {
    if !is_installed("redis-server") {
        return;
    }
    type Allow = fn(RedisStoreBuilder) -> RedisStoreBuilder;
    let cases: [(&str, &str, &str, &str, Allow); 7] = [
        (
            "appendonly",
            "no",
            "yes",
            "danger_allow_without_appendonly",
            RedisStoreBuilder::danger_allow_without_appendonly,
        ),
        (
            "appendfsync",
            "everysec",
            "always",
            "danger_allow_appendfsync_everysec",
            RedisStoreBuilder::danger_allow_appendfsync_everysec,
        ),
        (
            "appendfsync",
            "no",
            "always",
            "danger_allow_unsynced_appends",
            RedisStoreBuilder::danger_allow_unsynced_appends,
        ),
        (
            "no-appendfsync-on-rewrite",
            "yes",
            "no",
            "danger_allow_appendfsync_everysec",
            RedisStoreBuilder::danger_allow_appendfsync_everysec,
        ),
        (
            "no-appendfsync-on-rewrite",
            "yes",
            "no",
            "danger_allow_unsynced_appends",
            RedisStoreBuilder::danger_allow_unsynced_appends,
        ),
        (
            "no-appendfsync-on-rewrite",
            "yes",
            "no",
            "danger_allow_without_appendonly",
            RedisStoreBuilder::danger_allow_without_appendonly,
        ),
        (
            "maxmemory-policy",
            "allkeys-lru",
            "noeviction",
            "danger_allow_eviction",
            RedisStoreBuilder::danger_allow_eviction,
        ),
    ];
    let server = RedisServer::start("redis-server", &[]);
    let builder = patient(&server.url());
    builder.clone().connect().await.unwrap();
    for (setting, bad, good, allowance, allow) in cases {
        server.cli(&["CONFIG", "SET", setting, bad]);
        let refused = builder.clone().danger_vouch_for_durability().connect().await.unwrap_err();
        let text = refused.to_string();
        assert!(matches!(refused, RedisConnectError::Unsafe { setting: named, .. } if named == setting));
        for part in [setting, bad, good, allowance] {
            assert!(text.contains(part), "{text} does not say {part}");
        }
        allow(builder.clone()).connect().await.unwrap();
        server.cli(&["CONFIG", "SET", setting, good]);
    }
    builder.connect().await.unwrap();
}

#[tokio::test]
async fn a_server_that_tells_no_settings_is_refused_unless_the_operator_vouches() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &["--rename-command", "CONFIG", ""]);
    let builder = patient(&server.url());
    let refused = builder.clone().connect().await.unwrap_err();
    assert!(matches!(refused, RedisConnectError::SettingsUnknown(_)));
    assert!(refused.to_string().contains("danger_vouch_for_durability()"));
    builder.danger_vouch_for_durability().connect().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_primary_tells_is_judged_though_another_tells_nothing() {
    if !is_installed("redis-server") {
        return;
    }
    let cluster = RedisCluster::start("redis-server", 3, 0, &[]);
    let urls = cluster.urls();
    let builder = RedisStore::cluster_builder(urls.iter().map(String::as_str));
    let builder = builder.response_timeout(PATIENCE).connect_timeout(PATIENCE);
    assert_eq!(cluster.nodes[0].cli(&["ACL", "SETUSER", "default", "-config"]), "OK");
    let refused = builder.clone().connect().await.unwrap_err();
    assert!(matches!(refused, RedisConnectError::SettingsUnknown(_)), "{refused:?}");
    let vouched = builder.danger_vouch_for_durability();
    vouched.clone().connect().await.unwrap();
    for node in &cluster.nodes[1..] {
        node.cli(&["CONFIG", "SET", "appendfsync", "everysec"]);
        let refused = vouched.clone().connect().await.unwrap_err();
        let found = matches!(&refused, RedisConnectError::Unsafe { setting: "appendfsync", .. });
        assert!(found, "{refused:?}");
        node.cli(&["CONFIG", "SET", "appendfsync", "always"]);
    }
    vouched.connect().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_connected_says_why_and_shows_no_password() {
    for url in ["", "http://127.0.0.1", "not a url with canary", "rediss://user:canary@127.0.0.1:1"] {
        let refused = RedisStore::connect(url).await.unwrap_err();
        assert!(matches!(refused, RedisConnectError::InvalidUrl), "{url}");
        assert!(!told(&refused).contains("canary"), "{refused:?}");
    }
    for prefix in ["{", "a b", "é", &"x".repeat(33)] {
        let refused = RedisStore::builder("redis://127.0.0.1").prefix(prefix).connect().await.unwrap_err();
        assert!(matches!(refused, RedisConnectError::InvalidPrefix), "{prefix}");
    }
    let builder = RedisStore::builder("redis://canary:canary@127.0.0.1:1");
    assert!(!format!("{builder:?}").contains("canary"));
    let refused = builder.connect().await.unwrap_err();
    assert!(matches!(refused, RedisConnectError::Unreachable(_)));
    assert!(!told(&refused).contains("canary"), "{refused:?}");
    let cluster = RedisStore::cluster_builder(["redis://canary:canary@127.0.0.1:1"]);
    assert!(!told(&cluster.connect().await.unwrap_err()).contains("canary"));
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    // No more than the documentation asks for.
    let rules = "+@connection +@read +@write +@scripting +time +wait +role +config|get";
    let rules = ["ACL", "SETUSER", "known", "on", ">secret", "~jwtward:*"].into_iter().chain(rules.split(' '));
    server.cli(&rules.collect::<Vec<_>>());
    let refused = patient(&server.url().replace("//", "//known:canary@")).connect().await.unwrap_err();
    assert!(!told(&refused).contains("canary"), "{refused:?}");
    let store = patient(&server.url().replace("//", "//known:secret@")).connect().await.unwrap();
    assert!(!format!("{store:?} {store:#?}").contains("secret"));
    let provider = over(tracked(), store);
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke_all("alice").await.unwrap();
    assert!(provider.authenticate::<()>(token.expose()).await.is_err());
    provider.list_revoked(None, 10).await.unwrap();
}

#[tokio::test]
async fn keys_of_another_version_are_left_alone() {
    if !is_installed("redis-server") {
        return;
    }
    let server = RedisServer::start("redis-server", &[]);
    server.cli(&["HSET", "jwtward:{root}", "version", "7"]);
    let refused = patient(&server.url()).connect().await.unwrap_err();
    assert!(matches!(refused, RedisConnectError::OtherVersion { found } if found == "7"));
}
