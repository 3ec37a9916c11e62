//! A canary in every place where a secret can be, looked for in everything that is shown.

use std::{error::Error, fmt::Debug};

use jwtward::{ProviderConfig, SecretSource, TokenProvider, store::SessionMetadata};
use serde_json::json;

use crate::support::{World, config, foreign, forge};

const CANARY: &str = "canary-canary-canary-canary-canary-canary";

fn clean(shown: &str) {
    let lower = shown.to_lowercase();
    assert!(!lower.contains("canary"), "{shown}");
    // Nor as a list of octets: "can".
    assert!(!lower.contains("99, 97, 110"), "{shown}");
}

fn clean_error(error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        clean(&error.to_string());
        clean(&format!("{error:?} {error:#?}"));
        next = error.source();
    }
}

fn clean_debug(value: &impl Debug) {
    clean(&format!("{value:?} {value:#?}"));
}

fn with_canaries() -> ProviderConfig {
    let json = json!({
        "signingKey": { "password": CANARY, "passwordBase64": CANARY },
        "refreshKey": { "password": format!("{CANARY} 2") },
        "previousRefreshKey": { "password": format!("{CANARY} 3") },
    });
    ProviderConfig::from_json(&json.to_string()).unwrap()
}

#[test]
fn a_configuration_shows_no_secret_and_writes_none() {
    let config = with_canaries();
    clean_debug(&config);
    let written = serde_json::to_string(&config).unwrap();
    clean(&written);
    assert!(!written.contains("password"), "{written}");
    clean_debug(&SecretSource::inline(CANARY));
    clean_debug(&SecretSource::inline_base64(CANARY));
    clean_debug(&TokenProvider::builder(config.clone()));
    clean_debug(&TokenProvider::without_store(config).unwrap());
    let private = json!({ "privateKey": { "key": CANARY, "keyBase64": CANARY }, "publicKey": { "key": CANARY } });
    let config: ProviderConfig = serde_json::from_value(private).unwrap();
    clean_debug(&config);
    clean(&serde_json::to_string(&config).unwrap());
}

#[test]
fn a_configuration_that_is_refused_shows_no_secret() {
    for json in [
        // Not of its type, unknown beside it, cut off, given twice.
        json!({ "signingKey": CANARY }).to_string(),
        json!({ "signingKey": { "password": [CANARY] } }).to_string(),
        json!({ "signingKey": { "password": CANARY, "other": CANARY } }).to_string(),
        json!({ "issuer": [CANARY] }).to_string(),
        json!({ "whenFull": CANARY }).to_string(),
        format!(r#"{{"signingKey":{{"password":"{CANARY}"#),
        format!(r#"{{"signingKey":{{"password":"{CANARY}"}},"signingKey":{{}}}}"#),
    ] {
        clean_error(&ProviderConfig::from_json(&json).unwrap_err());
    }
    for json in [
        // Too short, a key file's, not base64url, a name that is not set, a file that is not there.
        json!({ "signingKey": { "password": "canary" } }),
        json!({ "signingKey": { "password": format!("-----BEGIN PUBLIC KEY-----\n{CANARY}") } }),
        json!({ "signingKey": { "passwordBase64": format!("{CANARY}+") } }),
        json!({ "signingKey": { "password": CANARY }, "signingAlgorithm": "HS512" }),
        json!({ "signingKey": { "password": CANARY }, "signingAlgorithm": "ES256" }),
        json!({ "privateKey": { "key": CANARY }, "signingAlgorithm": "ES256" }),
        json!({ "privateKey": { "key": format!("{{\"kty\":\"{CANARY}\"}}") }, "signingAlgorithm": "ES256" }),
        json!({ "privateKey": { "keyBase64": CANARY }, "signingAlgorithm": "EdDSA" }),
        json!({ "signingKey": { "password": CANARY }, "refreshKey": { "password": "canary" } }),
        json!({ "signingKey": { "password": CANARY }, "signingAlgorithm": CANARY }),
    ] {
        let config = ProviderConfig::from_json(&json.to_string()).unwrap();
        clean_error(&TokenProvider::without_store(config).unwrap_err());
    }
}

#[test]
fn other_formats_of_serde_show_no_secret_either() {
    for json in [
        json!({ "password": 42_424_242 }),
        json!({ "password": -42_424_242 }),
        json!({ "password": 42_424_242.5 }),
        json!({ "password": [42_424_242] }),
        json!({ "password": { "a": 42_424_242 } }),
    ] {
        let error = serde_json::from_value::<SecretSource>(json).unwrap_err();
        assert!(!error.to_string().contains("42424242"), "{error}");
    }
}

#[tokio::test]
async fn tokens_are_shown_nowhere() {
    let world = World::new();
    let provider = world.provider(with_canaries().track_sessions());
    let token = provider.issue("alice", &()).await.unwrap();
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    let secrets = [token.expose(), pair.access.expose(), pair.refresh.expose()];
    // The last part alone is what makes it a credential.
    let ends: Vec<&str> = secrets.iter().map(|secret| &secret[secret.len() - 20..]).collect();
    let shown = format!("{token:?} {:?} {:?} {pair:?} {pair:#?} {provider:?}", pair.access, pair.refresh);
    assert!(ends.iter().all(|end| !shown.contains(end)), "{shown}");
    assert_eq!(format!("{:?}", pair.refresh), "RefreshToken(..)");

    provider.refresh(token.expose()).await.unwrap();
    provider.refresh_pair(&pair.refresh).await.unwrap();
    provider.revoke(pair.access.expose()).await.unwrap();
    for line in world.log.take() {
        assert!(ends.iter().all(|end| !line.contains(end)), "{line}");
    }
    let jwt = format!("{:?}", provider.authenticate::<()>(token.expose()).await.unwrap_err());
    assert!(ends.iter().all(|end| !jwt.contains(end)));
}

#[tokio::test]
async fn errors_show_nothing_of_a_token_or_its_claims() {
    let world = World::new();
    let provider = world.provider(config().track_sessions());
    let mut claims = foreign(&world.clock, CANARY);
    claims["sub"] = json!(CANARY);
    claims["data"] = json!({ "role": CANARY });
    clean_error(&provider.authenticate::<()>(&forge(&claims.to_string())).await.unwrap_err());
    claims["iss"] = json!(CANARY);
    clean_error(&provider.authenticate::<()>(&forge(&claims.to_string())).await.unwrap_err());
    clean_error(&provider.authenticate::<()>(CANARY).await.unwrap_err());
    clean_error(&provider.refresh(CANARY).await.unwrap_err());
    clean_error(&provider.refresh_pair(&jwtward::RefreshToken::new(CANARY.into())).await.unwrap_err());
    clean_error(&provider.revoke_by_id(&CANARY.repeat(10)).await.unwrap_err());
    clean_error(&provider.issue(CANARY, &json!({ "ISS": CANARY })).await.unwrap_err());
    clean_error(&provider.issue(CANARY, &[CANARY]).await.unwrap_err());
}

#[tokio::test]
async fn personal_data_is_not_in_debug_output() {
    let world = World::new();
    let provider = world.provider(config().track_sessions());
    let metadata = SessionMetadata::new().with_user_agent(CANARY).with_label(CANARY);
    clean_debug(&metadata);
    provider.issue_with(CANARY, &json!({ "role": CANARY }), metadata).await.unwrap();
    clean_debug(&provider.sessions(CANARY).await.unwrap());
    let seen: std::sync::Arc<std::sync::Mutex<String>> = std::sync::Arc::default();
    let sink = std::sync::Arc::clone(&seen);
    let provider = TokenProvider::builder(config())
        .events(move |event: &jwtward::Event<'_>| sink.lock().unwrap().push_str(&format!("{event:?}")))
        .build()
        .unwrap();
    provider.issue(CANARY, &()).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.starts_with("Event"));
    clean(&seen);
}
