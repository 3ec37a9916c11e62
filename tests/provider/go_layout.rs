//! Tokens in the Go provider's layout, made by another implementation (`go_layout/generate.py`), and its configurations.

use jwtward::{AuthError, ClaimError, ProviderConfig, Revoked, TokenProvider, VerifyError, store::MemoryStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{TestClock, World, assert_matches, secs};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
struct Fixture {
    #[serde(rename = "signingAlgorithm")]
    algorithm: String,
    source: Value,
    with_data: String,
    without_data: String,
}

/// When the fixtures were issued; they live for a day.
const ISSUED: i64 = 1_700_000_000;

fn fixtures() -> Vec<Fixture> {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("go_layout/fixtures.json")).unwrap();
    let names: Vec<_> = fixtures.iter().map(|fixture| &*fixture.algorithm).collect();
    let go = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];
    assert_eq!(names, go);
    fixtures
}

/// The default configuration, but for algorithm and key.
fn config(fixture: &Fixture) -> ProviderConfig {
    let mut config = fixture.source.clone();
    config["signingAlgorithm"] = json!(fixture.algorithm);
    if let Some(file) = config["privateKey"]["keyFile"].as_str() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/files");
        config["privateKey"] = json!({ "keyFile": format!("{folder}/{file}") });
    } else {
        config.as_object_mut().unwrap().remove("privateKey");
    }
    ProviderConfig::from_json(&config.to_string()).unwrap()
}

async fn check(provider: &TokenProvider, fixture: &Fixture) {
    let name = &fixture.algorithm;
    let jwt = provider.authenticate::<Value>(&fixture.with_data).await.unwrap();
    assert_eq!(jwt.header().algorithm().unwrap().to_string(), *name);
    assert_eq!(jwt.header().key_id().unwrap(), "default", "{name}");
    assert_eq!(jwt.subject(), Some("user-123"));
    assert_eq!(jwt.audience().collect::<Vec<_>>(), ["api"]);
    assert_eq!(jwt.session_id(), None);
    let data = json!({
        "role": "admin", "big": u64::MAX, "small": i64::MIN, "list": [1, 2.5, null, true, { "a": "é" }],
    });
    assert_eq!(*jwt.custom(), data, "{name}");

    let jwt = provider.authenticate::<Value>(&fixture.without_data).await.unwrap();
    assert_eq!(*jwt.custom(), json!({}), "{name}");
}

#[tokio::test]
async fn tokens_of_the_go_provider_in_all_ten_algorithms_are_accepted_with_a_default_configuration() {
    for fixture in fixtures() {
        let clock = TestClock::at(ISSUED + 60);
        let provider = TokenProvider::builder(config(&fixture)).clock(clock.clone()).build().unwrap();
        check(&provider, &fixture).await;

        clock.advance(86_400 - 60);
        assert_matches!(
            provider.authenticate::<Value>(&fixture.with_data).await.unwrap_err(),
            AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. }))
        );
    }
}

#[tokio::test]
async fn tokens_of_the_go_provider_are_accepted_over_a_store_for_the_time_of_a_migration() {
    for fixture in fixtures() {
        let world = World::at(ISSUED + 60);
        let refuses = world.provider(config(&fixture));
        assert_matches!(
            refuses.authenticate::<Value>(&fixture.with_data).await.unwrap_err(),
            AuthError::Revoked(Revoked::BeforeStore)
        );
        let provider = world.builder(config(&fixture)).accept_tokens_issued_before_store().build().unwrap();
        check(&provider, &fixture).await;

        // And once they are known, they are revoked and refreshed like any other.
        provider.revoke(&fixture.with_data).await.unwrap();
        assert_matches!(
            provider.authenticate::<Value>(&fixture.with_data).await.unwrap_err(),
            AuthError::Revoked(Revoked::Token)
        );
        let refreshed = provider.refresh(&fixture.without_data).await.unwrap();
        provider.authenticate::<Value>(refreshed.expose()).await.unwrap();
    }
}

#[tokio::test]
async fn longer_lived_tokens_of_the_go_provider_are_accepted_with_enough_lifetime() {
    let fixture = &fixtures()[0];
    let world = World::at(ISSUED + 60);
    let short = || world.builder(config(fixture).expiration(secs(900))).accept_tokens_issued_before_store();
    assert_matches!(
        short().build().unwrap().authenticate::<Value>(&fixture.with_data).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(ClaimError::LivesTooLong { .. }))
    );
    let provider = short().accept_lifetime(secs(86_400)).build().unwrap();
    check(&provider, fixture).await;
    assert_matches!(
        short().accept_lifetime(secs(86_399)).build().unwrap().authenticate::<()>(&fixture.with_data).await,
        Err(AuthError::Token(VerifyError::Claim(ClaimError::LivesTooLong { .. })))
    );
}

#[tokio::test]
async fn tokens_of_the_go_provider_are_accepted_beside_tracked_ones_when_asked_for() {
    let fixture = &fixtures()[0];
    let world = World::at(ISSUED + 60);
    let builder = || world.builder(config(fixture).track_sessions()).accept_tokens_issued_before_store();
    let strict = builder().build().unwrap();
    assert_matches!(strict.authenticate::<()>(&fixture.with_data).await, Err(AuthError::Untracked));
    check(&builder().accept_untracked().build().unwrap(), fixture).await;
}

#[test]
fn a_configuration_with_every_member_of_the_go_provider_loads() {
    let json = r#"{
        "signingKey": { "password": "a test secret that is in the open, 32+", "passwordEnvVar": "", "passwordFile": "" },
        "privateKey": null, "publicKey": null,
        "signingAlgorithm": "HS256", "expirationSeconds": 86400, "issuer": "blueprint", "audience": "api",
        "keyID": "default", "maxTokenSize": 8192, "requireIssuer": true, "requireAudience": true,
        "trackUserTokens": true, "maxUserSessions": 5
    }"#;
    let config = ProviderConfig::from_json(json).unwrap();
    assert!(TokenProvider::new(config, MemoryStore::default()).is_ok());
}

/// The Go provider ignores credentials that its algorithm has no use for, and writes empty ones out as empty members.
#[test]
fn credentials_with_nothing_in_them_do_not_count_as_given() {
    let json = r#"{
        "signingKey": { "password": "a test secret that is in the open, 32+" },
        "privateKey": { "key": "", "keyEnvVar": "", "keyFile": "" }, "publicKey": {}
    }"#;
    assert!(TokenProvider::without_store(ProviderConfig::from_json(json).unwrap()).is_ok());
}
