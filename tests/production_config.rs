//! The production configuration of `docs/practice.md` loads as it stands there and does what the page says.

#![allow(clippy::unwrap_used)]

use std::fs;

use jwtward::{IssueError, ProviderConfig, TokenProvider, store::MemoryStore};

/// A 2048-bit key for tests.
const KEY: &str = include_str!("keys/files/rsa.pkcs8.pem");

#[tokio::test]
async fn the_production_configuration_is_good() {
    let page = include_str!("../docs/practice.md");
    let json = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();

    let folder = std::env::temp_dir().join(format!("jwtward-production-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("jwt-2026-11.pem"), KEY).unwrap();
    fs::write(folder.join("refresh-key"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n").unwrap();
    let config = ProviderConfig::from_json(&json.replace("/run/secrets", folder.to_str().unwrap())).unwrap();
    let provider = TokenProvider::new(config, MemoryStore::default()).unwrap();
    fs::remove_dir_all(&folder).unwrap();

    let mut last = None;
    for _ in 0..5 {
        last = Some(provider.issue_pair("alice", &()).await.unwrap());
    }
    let refused = provider.issue("alice", &()).await.unwrap_err();
    assert!(matches!(refused, IssueError::TooManySessions { active: 5, limit: 5 }), "{refused:?}");

    let jwt = provider.authenticate::<()>(last.unwrap().access.expose()).await.unwrap();
    assert_eq!(jwt.header().algorithm(), Some(jwtward::Algorithm::RS256));
    assert_eq!(jwt.header().key_id(), Some("2026-11"));
    assert!(jwt.header().is_type("at+jwt"));
    assert_eq!(jwt.issuer(), Some("https://auth.example.com"));
    assert_eq!(jwt.audience().collect::<Vec<_>>(), ["https://api.example.com"]);
    assert_eq!(jwt.expires_at().unwrap().as_secs() - jwt.issued_at().unwrap().as_secs(), 900);
}
