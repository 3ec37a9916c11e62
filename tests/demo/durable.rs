//! Over a store that outlives the process, sessions do too: whoever was logged in still is, and who was logged out stays out.

use std::path::Path;

use crate::served::{Demo, folder};

/// Runs the demo over that store, stops it, and runs it again.
fn survives(store: &str, folder: &Path) {
    let [key, refresh_key] = ["key", "refresh-key"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let arguments = ["--store", store, "--key", &key, "--refresh-key", &refresh_key];
    let demo = Demo::start(&arguments);
    let (kept, ended) = (demo.login(), demo.login());
    assert_eq!(demo.with(&ended, "POST", "/logout").status, 200);
    let (status, said) = demo.stop("TERM");
    assert!(status.success(), "{said}");

    let demo = Demo::start(&arguments);
    demo.with(&ended, "GET", "/api/profile").is_challenge(", error=\"invalid_token\"");
    let sessions = demo.with(&kept, "GET", "/api/sessions").json();
    assert_eq!((&sessions["active_sessions"], &sessions["sessions"][0]["current"]), (&1.into(), &true.into()));
    // The limit counts those from before.
    let logins = [0; 3].map(|_| demo.login_with(&[]).status);
    assert_eq!(logins, [200, 200, 429]);
    assert_eq!(demo.with(&kept, "DELETE", "/api/sessions").status, 200);
    demo.stop("TERM");
}

#[cfg(feature = "redb")]
#[test]
fn sessions_survive_a_restart_on_redb() {
    let folder = folder("redb");
    survives(&format!("redb:{}", folder.join("sessions.redb").display()), &folder);
}

#[cfg(feature = "redis")]
#[test]
fn sessions_survive_a_restart_on_redis_and_by_valkeys_name() {
    use crate::servers::{RedisServer, is_installed};
    if is_installed("redis-server") {
        let server = RedisServer::start("redis-server", &[]);
        survives(&server.url(), &folder("redis"));
        survives(&server.url().replace("redis:", "valkey:"), &folder("valkey"));
    }
}

#[cfg(feature = "postgres")]
#[test]
fn sessions_survive_a_restart_on_postgresql() {
    use crate::postgres_server::{PASSWORD, shared};
    if let Some(server) = shared() {
        survives(&format!("postgres://app:{PASSWORD}@{}/postgres", server.address()), &folder("postgres"));
    }
}
