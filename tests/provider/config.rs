//! The configuration: names, defaults, and what construction refuses.

use std::{error::Error, time::Duration};

use jwtward::{
    Algorithm, ConfigError, CredentialError, JsonError, KeyError, ProviderConfig, SecretSource, SigningKey,
    TokenProvider, TokenProviderBuilder,
    store::{Capabilities, MemoryStore, WhenFull},
};
use serde_json::{Value, json};

use crate::{
    faulty::Faulty,
    support::{assert_matches, config, limit, secs},
};

fn refusal(config: ProviderConfig) -> ConfigError {
    TokenProvider::without_store(config).unwrap_err()
}

fn over_memory(config: ProviderConfig) -> Result<TokenProvider, ConfigError> {
    TokenProvider::new(config, MemoryStore::default())
}

/// The least configuration, with these members on top.
fn json(members: &str) -> ProviderConfig {
    let key = r#""signingKey":{"password":"a test secret that is in the open, 32+"}"#;
    let comma = if members.is_empty() { "" } else { "," };
    ProviderConfig::from_json(&format!("{{{key}{comma}{members}}}")).unwrap()
}

#[test]
fn the_defaults_are_named_and_are_those_of_the_go_provider() {
    assert_eq!(ProviderConfig::DEFAULT_ALGORITHM, "HS256");
    assert_eq!(ProviderConfig::DEFAULT_EXPIRATION, secs(86_400));
    assert_eq!(ProviderConfig::DEFAULT_ISSUER, "blueprint");
    assert_eq!(ProviderConfig::DEFAULT_AUDIENCE, "api");
    assert_eq!(ProviderConfig::DEFAULT_KEY_ID, "default");
    assert_eq!(ProviderConfig::DEFAULT_MAX_TOKEN_SIZE, 8192);
    assert_eq!(ProviderConfig::DEFAULT_TOKEN_TYPE, "JWT");
    assert_eq!(ProviderConfig::DEFAULT_ACCESS_EXPIRATION, secs(900));
    assert_eq!(ProviderConfig::DEFAULT_REFRESH_IDLE, secs(1_209_600));
    assert_eq!(ProviderConfig::DEFAULT_SESSION_ABSOLUTE, secs(2_592_000));
    assert_eq!(ProviderConfig::DEFAULT_REFRESH_GRACE, secs(30));
    assert_eq!(TokenProviderBuilder::DEFAULT_MAX_CLOCK_SKEW, secs(5));
    assert_eq!(TokenProviderBuilder::DEFAULT_CLOCK_STEP_MARGIN, secs(3600));
    assert_eq!(TokenProviderBuilder::DEFAULT_MAX_DATA_SIZE, 4096);
}

#[test]
fn the_empty_configuration_is_the_defaults() {
    let written = serde_json::to_value(ProviderConfig::from_json("{}").unwrap()).unwrap();
    assert_eq!(
        written,
        json!({
            "signingAlgorithm": "HS256", "expirationSeconds": 86_400, "issuer": "blueprint", "audience": "api",
            "maxTokenSize": 8192, "requireIssuer": true, "requireAudience": true, "trackUserTokens": false,
            "maxUserSessions": 0, "tokenType": "JWT", "leewaySeconds": 0, "accessExpirationSeconds": 900,
            "refreshIdleSeconds": 1_209_600, "refreshGraceSeconds": 30, "whenFull": "reject", "storeTimeoutMs": 1000,
            "cleanupIntervalSeconds": 60,
        })
    );
    assert_eq!(serde_json::to_value(ProviderConfig::default()).unwrap(), written);
}

#[test]
fn every_name_is_read_and_written_again() {
    let all = json!({
        "signingKey": { "passwordEnvVar": "A" }, "privateKey": { "keyEnvVar": "B" }, "publicKey": { "keyFile": "C" },
        "signingAlgorithm": "ES256", "expirationSeconds": 1, "issuer": "i", "audience": "a", "keyID": "k",
        "maxTokenSize": 2, "requireIssuer": false, "requireAudience": false, "trackUserTokens": true,
        "maxUserSessions": 3, "tokenType": "at+jwt", "leewaySeconds": 4, "accessExpirationSeconds": 5,
        "refreshIdleSeconds": 6, "sessionAbsoluteSeconds": 7, "refreshGraceSeconds": 8, "whenFull": "evictOldest",
        "storeTimeoutMs": 9, "cleanupIntervalSeconds": 10, "refreshKey": { "passwordFile": "D" },
        "previousRefreshKey": { "passwordFileBase64": "E" },
    });
    let config = ProviderConfig::from_json(&all.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&config).unwrap(), all);
    // Any other format of serde's does.
    let again: ProviderConfig = serde_json::from_value(all.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), all);
}

#[test]
fn calls_set_what_the_names_set() {
    let config = ProviderConfig::new(SigningKey::generate(Algorithm::HS384).unwrap())
        .issuer("i")
        .audience("a")
        .key_id("k")
        .token_type("at+jwt")
        .expiration(Duration::from_millis(1999))
        .access_expiration(secs(5))
        .refresh_idle(secs(6))
        .session_absolute(secs(7))
        .refresh_grace(secs(8))
        .limit(limit(3, WhenFull::EvictOldest))
        .max_token_size(2000)
        .leeway(secs(4))
        .store_timeout(Duration::from_millis(9))
        .cleanup_interval(secs(10))
        .refresh_key(SecretSource::env_var("D"))
        .previous_refresh_key(SecretSource::file("E"))
        .ignore_issuer()
        .ignore_audience();
    assert_eq!(
        serde_json::to_value(&config).unwrap(),
        json!({
            "signingAlgorithm": "HS384", "expirationSeconds": 1, "issuer": "i", "audience": "a", "keyID": "k",
            "maxTokenSize": 2000, "requireIssuer": false, "requireAudience": false, "trackUserTokens": true,
            "maxUserSessions": 3, "tokenType": "at+jwt", "leewaySeconds": 4, "accessExpirationSeconds": 5,
            "refreshIdleSeconds": 6, "sessionAbsoluteSeconds": 7, "refreshGraceSeconds": 8, "whenFull": "evictOldest",
            "storeTimeoutMs": 9, "cleanupIntervalSeconds": 10, "refreshKey": { "passwordEnvVar": "D" },
            "previousRefreshKey": { "passwordFile": "E" },
        })
    );
    let required = serde_json::to_value(config.issuer("j").audience("b")).unwrap();
    assert_eq!([&required["requireIssuer"], &required["requireAudience"]], [&Value::from(true); 2]);
}

#[test]
fn an_unknown_name_is_refused_and_named() {
    let error = |text| ProviderConfig::from_json(text).unwrap_err();
    assert_eq!(error(r#"{"issuer":"i","signingkey":{}}"#), ConfigError::Member("signingkey".into()));
    assert_eq!(error(r#"{"dangerAllowShortHmacKey":true}"#), ConfigError::Member("dangerAllowShortHmacKey".into()));
    assert_eq!(error(r#"{"signingKey":{"passwrd":"x"}}"#), ConfigError::Member("signingKey".into()));
    assert_eq!(error(r#"{"privateKey":{"password":"x"}}"#), ConfigError::Member("privateKey".into()));
    assert_eq!(error(r#"{"\"\n":1}"#), ConfigError::Member("\"\n".into()));
    let text = error(r#"{"key_id":"k"}"#).to_string();
    assert_eq!(text, r#"the configuration's member "key_id" is unknown or not of its type"#);
}

#[test]
fn a_member_of_another_type_is_refused_and_named_without_its_value() {
    for (member, value) in [
        ("expirationSeconds", "-1"),
        ("expirationSeconds", "1.5"),
        ("expirationSeconds", "\"424242\""),
        ("maxUserSessions", "4294967296"),
        ("requireIssuer", "424242"),
        ("issuer", "null"),
        ("issuer", "424242"),
        ("whenFull", "\"424242\""),
        ("signingKey", "\"424242\""),
        ("signingKey", r#"{"password":424242}"#),
        ("refreshKey", r#"{"password":["424242"]}"#),
    ] {
        let error = ProviderConfig::from_json(&format!("{{\"{member}\":{value}}}")).unwrap_err();
        assert_eq!(error, ConfigError::Member(member.into()), "{value}");
        assert!(!format!("{error} {error:?}").contains("424242"));
        assert!(error.source().is_none());
    }
}

#[test]
fn the_text_must_be_strict_json() {
    for (text, reason) in [
        (r#"{"issuer":"i","issuer":"j"}"#, JsonError::DuplicateMember),
        (r#"{"issuer":"i","\u0069ssuer":"j"}"#, JsonError::DuplicateMember),
        (r#"{"signingKey":{"password":"a","password":"b"}}"#, JsonError::DuplicateMember),
        (r#"{"issuer":"i"} {}"#, JsonError::Syntax),
        (r#"{"issuer":"i",}"#, JsonError::Syntax),
        ("", JsonError::NotAnObject),
        ("[]", JsonError::NotAnObject),
        ("null", JsonError::NotAnObject),
    ] {
        let error = ProviderConfig::from_json(text).unwrap_err();
        assert_eq!(error, ConfigError::Json(reason), "{text}");
        assert_eq!(error.source().unwrap().to_string(), reason.to_string());
        assert_eq!(error.to_string(), "the configuration is not acceptable json");
    }
}

#[test]
fn numbers_out_of_their_range_are_refused_by_name() {
    const CENTURY: u64 = 3_153_600_000;
    for (name, least, most) in [
        ("expirationSeconds", 1, CENTURY),
        ("accessExpirationSeconds", 1, CENTURY),
        ("refreshIdleSeconds", 1, CENTURY),
        ("sessionAbsoluteSeconds", 1, CENTURY),
        ("cleanupIntervalSeconds", 1, CENTURY),
        ("refreshGraceSeconds", 0, 300),
        ("storeTimeoutMs", 1, 30_000),
    ] {
        let with = |value: u64| over_memory(json(&format!("\"{name}\":{value}")));
        let refused = [(least > 0).then_some(0), Some(most + 1), Some(u64::MAX)];
        for value in refused.into_iter().flatten() {
            let error = with(value).unwrap_err();
            assert_eq!(error, ConfigError::Range { name, least, most }, "{value}");
            assert_eq!(error.to_string(), format!("{name} must be {least} to {most}"));
        }
        assert!(with(least).is_ok() && with(most).is_ok(), "{name}");
    }
    assert_eq!(
        refusal(config().expiration(Duration::from_millis(999))),
        ConfigError::Range { name: "expirationSeconds", least: 1, most: CENTURY }
    );
}

#[test]
fn a_leeway_and_a_clock_skew_of_more_than_600_seconds_are_refused() {
    assert!(over_memory(json("\"leewaySeconds\":600")).is_ok());
    assert_eq!(refusal(json("\"leewaySeconds\":601")), ConfigError::Leeway);
    let skew = |seconds| TokenProvider::builder(config()).max_clock_skew(secs(seconds)).build();
    assert!(skew(600).is_ok());
    assert_eq!(skew(601).unwrap_err(), ConfigError::Range { name: "max_clock_skew", least: 0, most: 600 });
}

#[tokio::test]
async fn a_token_size_of_0_means_the_default_and_more_than_1_mib_is_refused() {
    assert_eq!(refusal(json("\"maxTokenSize\":1048577")), ConfigError::MaxTokenSize);
    assert!(TokenProvider::without_store(json("\"maxTokenSize\":1048576")).is_ok());
    for members in ["", "\"maxTokenSize\":0", "\"maxTokenSize\":8192"] {
        let provider = TokenProvider::without_store(json(members)).unwrap();
        let data = json!({ "fill": "x".repeat(5800) });
        assert!(provider.issue("alice", &data).await.unwrap().expose().len() > 8000);
        let data = json!({ "fill": "x".repeat(6000) });
        assert_matches!(
            provider.issue("alice", &data).await.unwrap_err(),
            jwtward::IssueError::TooLarge { size: 8193.., limit: 8192 }
        );
    }
}

#[test]
fn tracking_and_limits_need_a_store_and_limits_need_tracking() {
    assert_eq!(refusal(config().track_sessions()), ConfigError::StoreRequired);
    assert_eq!(refusal(json("\"trackUserTokens\":true")), ConfigError::StoreRequired);
    assert_eq!(refusal(config().limit(limit(5, WhenFull::Reject))), ConfigError::StoreRequired);
    assert_eq!(refusal(json("\"maxUserSessions\":5")), ConfigError::TrackingRequired);
    assert_eq!(over_memory(json("\"maxUserSessions\":5")).unwrap_err(), ConfigError::TrackingRequired);
    assert!(over_memory(json("\"maxUserSessions\":5,\"trackUserTokens\":true")).is_ok());
    assert!(over_memory(json("\"maxUserSessions\":0,\"trackUserTokens\":true")).is_ok());
    assert_eq!(ConfigError::StoreRequired.to_string(), "tracking sessions needs a store");
    assert_eq!(ConfigError::TrackingRequired.to_string(), "a limit on sessions needs tracking");
}

#[test]
fn a_store_that_only_revokes_is_refused_when_sessions_are_to_be_tracked() {
    let store = || Faulty::with(MemoryStore::default(), Capabilities { sessions: false, process_local: true });
    let error = TokenProvider::new(config().track_sessions(), store()).unwrap_err();
    assert_eq!(error, ConfigError::SessionsUnsupported);
    assert_eq!(error.to_string(), "the store cannot track sessions");
    assert!(TokenProvider::new(config(), store()).is_ok());
}

#[test]
fn an_algorithm_of_no_known_name_is_refused() {
    for name in ["none", "", "hs256", "HS257", "RSA-OAEP"] {
        assert_eq!(refusal(json(&format!("\"signingAlgorithm\":\"{name}\""))), ConfigError::UnknownAlgorithm, "{name}");
    }
    assert_eq!(ConfigError::UnknownAlgorithm.to_string(), "not the name of a supported signature algorithm");
}

#[test]
fn what_must_not_be_empty_is_refused_by_name() {
    for (config, name) in [
        (config().issuer(""), "issuer"),
        (config().issuer("").ignore_issuer(), "issuer"),
        (config().audience(""), "audience"),
        (config().token_type(""), "tokenType"),
        (ProviderConfig::from_json("{}").unwrap(), "signingKey"),
        (ProviderConfig::from_json(r#"{"signingKey":{}}"#).unwrap(), "signingKey"),
        (ProviderConfig::from_json(r#"{"signingKey":{"password":""}}"#).unwrap(), "signingKey"),
        (ProviderConfig::from_json(r#"{"signingAlgorithm":"ES256"}"#).unwrap(), "privateKey"),
        (config().previous_refresh_key(SecretSource::inline(&"p".repeat(32))), "refreshKey"),
    ] {
        assert_eq!(refusal(config), ConfigError::Required(name));
    }
    assert_eq!(ConfigError::Required("issuer").to_string(), "issuer is required");
}

#[test]
fn a_short_hmac_secret_is_refused_unless_a_call_says_otherwise() {
    for (algorithm, need) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let with = |len: usize| {
            let json = json!({ "signingAlgorithm": algorithm, "signingKey": { "password": "s".repeat(len) } });
            ProviderConfig::from_json(&json.to_string()).unwrap()
        };
        let reason = KeyError::TooShort { got: need - 1, need };
        let error = refusal(with(need - 1));
        assert_eq!(error, ConfigError::Key { name: "signingKey", reason });
        assert_eq!(error.to_string(), "signingKey cannot be used");
        assert!(error.source().unwrap().to_string().contains("danger_allow_short_hmac_key"));
        assert!(TokenProvider::without_store(with(need)).is_ok());
        assert!(TokenProvider::without_store(with(need - 1).danger_allow_short_hmac_key()).is_ok());
    }
}

#[test]
fn a_secret_that_is_a_public_key_is_refused() {
    let pem = include_str!("../keys/files/p256.spki.pem");
    let json = json!({ "signingKey": { "password": pem } });
    assert_eq!(
        refusal(ProviderConfig::from_json(&json.to_string()).unwrap()),
        ConfigError::Key { name: "signingKey", reason: KeyError::SecretIsKey }
    );
    let refresh = config().refresh_key(SecretSource::inline(pem));
    assert_eq!(
        over_memory(refresh).unwrap_err(),
        ConfigError::Key { name: "refreshKey", reason: KeyError::SecretIsKey }
    );
}

#[test]
fn a_refresh_key_is_not_the_signing_key() {
    let same = || SecretSource::inline(std::str::from_utf8(crate::support::SECRET).unwrap());
    let other = || SecretSource::inline(&"r".repeat(32));
    for config in [config().refresh_key(same()), config().refresh_key(other()).previous_refresh_key(same())] {
        assert_eq!(over_memory(config).unwrap_err(), ConfigError::SharedSecret);
    }
    assert_eq!(ConfigError::SharedSecret.to_string(), "the refresh key must not be the signing key");
}

#[test]
fn a_refresh_key_has_at_least_32_octets() {
    let reason = KeyError::TooShort { got: 31, need: 32 };
    let short = || SecretSource::inline(&"r".repeat(31));
    let long = || SecretSource::inline(&"r".repeat(32));
    assert_eq!(
        over_memory(config().refresh_key(short())).unwrap_err(),
        ConfigError::Key { name: "refreshKey", reason }
    );
    assert_eq!(
        over_memory(config().refresh_key(long()).previous_refresh_key(short())).unwrap_err(),
        ConfigError::Key { name: "previousRefreshKey", reason }
    );
    assert!(over_memory(config().refresh_key(long())).is_ok());
    let unset = config().refresh_key(SecretSource::env_var("JWTWARD_THIS_IS_NOT_SET"));
    assert_eq!(
        over_memory(unset).unwrap_err(),
        ConfigError::Credential { name: "refreshKey", reason: CredentialError::Environment }
    );
}
