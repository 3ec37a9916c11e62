//! Keys from the configuration: forms, pairs that do not belong together, and the `kid`.

use jwtward::{
    Algorithm, AuthError, ConfigError, CredentialError, KeyError, KeyId, KeySource, ProviderConfig, SigningKey,
    TokenProvider, VerifyError,
};
use serde_json::{Value, json};

use crate::support::{SECRET, assert_matches, config, foreign, forge, key, untracked};

fn file(name: &str) -> String {
    format!("{}/tests/keys/files/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn asymmetric(algorithm: &str, members: Value) -> ProviderConfig {
    let mut config = members;
    config["signingAlgorithm"] = json!(algorithm);
    ProviderConfig::from_json(&config.to_string()).unwrap()
}

fn build(config: ProviderConfig) -> Result<TokenProvider, ConfigError> {
    TokenProvider::without_store(config)
}

#[tokio::test]
async fn every_algorithm_signs_and_accepts_with_a_configured_key() {
    for (algorithm, name) in [
        ("RS256", "rsa.pkcs8.pem"),
        ("RS384", "rsa.pkcs1.pem"),
        ("RS512", "rsa.pkcs8.pem"),
        ("PS256", "rsa.pkcs8.pem"),
        ("PS384", "rsa.pkcs8.pem"),
        ("PS512", "rsa.pkcs8.pem"),
        ("ES256", "p256.sec1.pem"),
        ("ES384", "p384.pkcs8.pem"),
        ("ES512", "p521.pkcs8.pem"),
        ("EdDSA", "ed25519.pkcs8.pem"),
        ("Ed25519", "ed25519.pkcs8.pem"),
    ] {
        let provider = build(asymmetric(algorithm, json!({ "privateKey": { "keyFile": file(name) } }))).unwrap();
        let token = provider.issue("alice", &()).await.unwrap();
        let jwt = provider.authenticate::<()>(token.expose()).await.unwrap();
        assert_eq!(jwt.header().algorithm().unwrap().to_string(), algorithm);
        assert_eq!(jwt.header().key_id().unwrap(), "default");
    }
}

#[tokio::test]
async fn every_algorithm_signs_and_accepts_with_a_generated_key() {
    // RSA keys take seconds to make; `a configured key` covers their algorithms.
    for algorithm in ["HS256", "HS384", "HS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"] {
        let algorithm: Algorithm = algorithm.parse().unwrap();
        let provider = build(ProviderConfig::new(SigningKey::generate(algorithm).unwrap())).unwrap();
        let token = provider.issue("alice", &()).await.unwrap();
        assert_eq!(provider.authenticate::<()>(token.expose()).await.unwrap().header().algorithm(), Some(algorithm));
    }
}

#[test]
fn a_key_comes_as_pem_jwk_or_der() {
    let pem = std::fs::read_to_string(file("p256.pkcs8.pem")).unwrap();
    let jwk = SigningKey::from_pem(Algorithm::ES256, &pem).unwrap().danger_export_private_jwk().unwrap();
    for source in
        [json!({ "key": pem }), json!({ "key": jwk.expose() }), json!({ "key": format!("\n {}", jwk.expose()) })]
    {
        build(asymmetric("ES256", json!({ "privateKey": source }))).unwrap();
    }
    let with = |source| {
        let public = include_str!("../keys/files/p256.spki.pem");
        build(asymmetric("ES256", json!({ "privateKey": source, "publicKey": { "key": public } })))
    };
    with(json!({ "keyFile": file("p256.pkcs8.pem") })).unwrap();
    assert_eq!(
        with(json!({ "keyFile": file("p256.pkcs8.der") })).unwrap_err(),
        ConfigError::Credential { name: "privateKey", reason: CredentialError::NotText }
    );
}

#[test]
fn a_public_key_beside_the_private_one_must_be_its_other_half() {
    for (algorithm, private, public, other) in [
        ("RS256", "rsa.pkcs8.pem", "rsa.spki.pem", "rsa.rsa-public.pem"),
        ("ES256", "p256.pkcs8.pem", "p256.spki.pem", "p256.spki-compressed.pem"),
        ("EdDSA", "ed25519.pkcs8.pem", "ed25519.spki.pem", "ed25519.spki.pem"),
    ] {
        for public in [public, other] {
            let members =
                json!({ "privateKey": { "keyFile": file(private) }, "publicKey": { "keyFile": file(public) } });
            assert!(build(asymmetric(algorithm, members)).is_ok(), "{public}");
        }
        let generated = match algorithm {
            // Another RSA key: the modulus is another, whatever else.
            "RS256" => std::fs::read_to_string(file("rsa-e3.spki.pem")).unwrap(),
            _ => SigningKey::generate(algorithm.parse().unwrap()).unwrap().verifying_key().to_pem().unwrap(),
        };
        let members = json!({ "privateKey": { "keyFile": file(private) }, "publicKey": { "key": generated } });
        let config = asymmetric(algorithm, members).danger_allow_small_rsa_exponent();
        assert_eq!(
            build(config).unwrap_err(),
            ConfigError::Key { name: "publicKey", reason: KeyError::Mismatch },
            "{algorithm}"
        );
    }
    let swapped = json!({ "privateKey": { "keyFile": file("p256.spki.pem") } });
    assert_eq!(
        build(asymmetric("ES256", swapped)).unwrap_err(),
        ConfigError::Key { name: "privateKey", reason: KeyError::PublicKey }
    );
    let doubled = json!({
        "privateKey": { "keyFile": file("p256.pkcs8.pem") }, "publicKey": { "keyFile": file("p256.pkcs8.pem") },
    });
    assert_eq!(
        build(asymmetric("ES256", doubled)).unwrap_err(),
        ConfigError::Key { name: "publicKey", reason: KeyError::PrivateKey }
    );
}

#[test]
fn a_key_of_another_type_than_the_algorithm_takes_is_refused() {
    for (algorithm, name) in [
        ("ES256", "p384.pkcs8.pem"),
        ("ES256", "rsa.pkcs8.pem"),
        ("RS256", "ed25519.pkcs8.pem"),
        ("EdDSA", "p256.pkcs8.pem"),
    ] {
        let config = asymmetric(algorithm, json!({ "privateKey": { "keyFile": file(name) } }));
        assert_eq!(
            build(config).unwrap_err(),
            ConfigError::Key { name: "privateKey", reason: KeyError::WrongKeyType },
            "{name}"
        );
    }
}

#[test]
fn credentials_that_do_not_go_with_the_algorithm_are_refused() {
    let secret = json!({ "password": "a test secret that is in the open, 32+" });
    let hs = |member: &str| {
        let mut json = json!({ "signingKey": secret });
        json[member] = json!({ "keyFile": file("p256.pkcs8.pem") });
        build(ProviderConfig::from_json(&json.to_string()).unwrap()).unwrap_err()
    };
    assert_eq!(hs("privateKey"), ConfigError::Unexpected("privateKey"));
    assert_eq!(hs("publicKey"), ConfigError::Unexpected("publicKey"));
    let es = json!({ "signingKey": secret, "privateKey": { "keyFile": file("p256.pkcs8.pem") } });
    let error = build(asymmetric("ES256", es)).unwrap_err();
    assert_eq!(error, ConfigError::Unexpected("signingKey"));
    assert_eq!(error.to_string(), "signingKey does not go with the algorithm");
}

#[test]
fn a_small_rsa_exponent_is_refused_unless_a_call_says_otherwise() {
    let config = || asymmetric("RS256", json!({ "privateKey": { "keyFile": file("rsa-e3.pkcs8.pem") } }));
    assert_eq!(build(config()).unwrap_err(), ConfigError::Key { name: "privateKey", reason: KeyError::Exponent });
    assert!(build(config().danger_allow_small_rsa_exponent()).is_ok());
    let short = asymmetric("RS256", json!({ "privateKey": { "keyFile": file("rsa-2047.pkcs8.pem") } }));
    assert_eq!(
        build(short).unwrap_err(),
        ConfigError::Key { name: "privateKey", reason: KeyError::Modulus { bits: 2047 } }
    );
}

#[tokio::test]
async fn the_kid_is_the_default_or_the_configured_or_the_keys_own_or_the_thumbprint() {
    async fn kid(config: ProviderConfig) -> String {
        let provider = build(config).unwrap();
        let token = provider.issue("alice", &()).await.unwrap();
        let jwt = provider.authenticate::<()>(token.expose()).await.unwrap();
        jwt.header().key_id().unwrap().to_owned()
    }
    let own = key().with_key_id(KeyId::new("own").unwrap());
    assert_eq!(kid(config()).await, "default");
    assert_eq!(kid(config().key_id("k")).await, "k");
    assert_eq!(kid(ProviderConfig::new(own.clone())).await, "own");
    assert_eq!(kid(ProviderConfig::new(own).key_id("k")).await, "k");
    let jwk = SigningKey::generate(Algorithm::ES256).unwrap().with_key_id(KeyId::new("of the jwk").unwrap());
    let jwk = jwk.danger_export_private_jwk().unwrap();
    assert_eq!(kid(asymmetric("ES256", json!({ "privateKey": { "key": jwk.expose() } }))).await, "of the jwk");
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let thumbprint = key.verifying_key().thumbprint();
    assert_eq!(Some(kid(ProviderConfig::new(key).kid_from_thumbprint()).await), thumbprint.ok());

    for bad in [String::new(), "k".repeat(257)] {
        assert_eq!(
            build(config().key_id(&bad)).unwrap_err(),
            ConfigError::Key { name: "keyID", reason: KeyError::KeyId }
        );
    }
    // A digest of a secret is no name for it: it can be guessed at.
    assert_eq!(
        build(config().kid_from_thumbprint()).unwrap_err(),
        ConfigError::Key { name: "keyID", reason: KeyError::Symmetric }
    );
}

#[tokio::test]
async fn a_token_names_the_key_or_none() {
    let (world, provider) = untracked();
    let payload = foreign(&world.clock, "id").to_string();
    let migrating = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    migrating.authenticate::<()>(&forge(&payload)).await.unwrap();
    let unnamed = jwtward::JwsSigner::with_token_type(key(), "JWT").sign(payload.as_bytes()).unwrap();
    migrating.authenticate::<()>(&unnamed).await.unwrap();
    let other = key().with_key_id(KeyId::new("other").unwrap());
    let other = jwtward::JwsSigner::with_token_type(other, "JWT").sign(payload.as_bytes()).unwrap();
    assert_matches!(
        provider.authenticate::<()>(&other).await.unwrap_err(),
        AuthError::Token(VerifyError::NoMatchingKey)
    );
}

#[test]
fn a_key_source_is_built_by_calls_too() {
    // Only the JSON form reaches a configuration; the calls write the same members.
    for (source, json) in [
        (KeySource::env_var("A"), json!({ "keyEnvVar": "A" })),
        (KeySource::file("A"), json!({ "keyFile": "A" })),
        (KeySource::inline("A"), json!({})),
        (KeySource::inline_base64("A"), json!({})),
    ] {
        assert_eq!(serde_json::to_value(&source).unwrap(), json);
    }
    assert_eq!(SECRET.len(), 34);
}
