//! What the core's public parts say of themselves, with its default features alone: accessors, copies under another key, the texts
//! and sources of configuration errors.

use std::{error::Error, io, time::Duration};

use jwtward::*;

fn key(algorithm: Algorithm, kid: &str) -> SigningKey {
    SigningKey::generate(algorithm).unwrap().with_key_id(KeyId::new(kid).unwrap())
}

fn verifier(key: &SigningKey) -> JwtVerifierBuilder<Decided, Decided> {
    JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api")
}

#[test]
fn a_signer_under_another_key_keeps_everything_else() {
    let (old, new) = (key(Algorithm::HS256, "old"), key(Algorithm::EdDSA, "new"));
    let signer = JwtSigner::new(old.clone(), "https://auth.example", "api", Duration::from_secs(60))
        .unwrap()
        .token_type("at+jwt")
        .clock(FixedClock(NumericDate::from_secs(1000)))
        .max_token_size(4096)
        .unwrap();
    let changed = signer.with_key(new.clone());
    assert_eq!(signer.key().key_id().map(KeyId::as_str), Some("old"));
    assert_eq!(changed.key().key_id().map(KeyId::as_str), Some("new"));

    let token = changed.sign("alice", &()).unwrap();
    let verifier = verifier(&new).token_type("at+jwt").clock(FixedClock(NumericDate::from_secs(1059))).build();
    let jwt = verifier.verify::<()>(&token).unwrap();
    assert_eq!(jwt.header().algorithm(), Some(Algorithm::EdDSA));
    assert_eq!(jwt.header().key_id(), Some("new"));
    assert_eq!(jwt.subject(), Some("alice"));
    assert_eq!(jwt.audience().collect::<Vec<_>>(), ["api"]);
    assert_eq!(jwt.session_id(), None, "only a provider knows of sessions");
    assert!(matches!(changed.sign(&"a".repeat(4096), &()), Err(SignError::TooLarge { limit: 4096, .. })));
    assert_eq!(changed.max_token_size(0).err(), Some(ConfigError::MaxTokenSize));
}

#[test]
fn a_text_claim_as_it_was_written_is_a_part_of_the_payload() {
    let key = key(Algorithm::HS256, "k");
    let token = JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(60))
        .unwrap()
        .sign("alice", &())
        .unwrap();
    let jwt = verifier(&key).build().verify::<()>(&token).unwrap();
    let payload = jwt.payload().as_bytes().as_ptr_range();
    for claim in [jwt.issuer(), jwt.subject(), jwt.audience().next(), jwt.token_id()] {
        assert!(payload.contains(&claim.unwrap().as_ptr()), "{claim:?} is a copy");
    }
}

#[test]
fn an_unverified_payload_is_there_for_who_asks_dangerously() {
    let token = JwsSigner::new(key(Algorithm::HS256, "k")).sign(b"any octets").unwrap();
    let jws = UnverifiedJws::parse(&token, UnverifiedJws::DEFAULT_MAX_SIZE).unwrap();
    assert_eq!(jws.danger_unverified_payload(), b"any octets");
}

#[test]
fn an_identifier_gives_back_its_octets() {
    let octets = [7; 16];
    assert_eq!(SessionId::from_octets(octets).octets(), &octets);
    assert_eq!(UserKey::from_octets(octets).octets(), &octets);
    assert_eq!(UserKey::from_octets(octets).to_string().parse(), Ok(UserKey::from_octets(octets)));
    assert_eq!(format!("{:?}", UserKey::from_octets(octets)), "UserKey(BwcHBwcHBwcHBwcHBwcHBw)");
    assert_eq!(format!("{:?}", KeyId::new("a\"b").unwrap()), r#""a\"b""#);
}

#[test]
fn texts_of_a_configuration_that_is_refused_are_stable() {
    let name = "refresh.key";
    let texts: &[(ConfigError, &str)] = &[
        (ConfigError::UnknownAlgorithm, "not the name of a supported signature algorithm"),
        (ConfigError::Json(JsonError::Syntax), "the configuration is not acceptable json"),
        (ConfigError::Member("x".into()), "the configuration's member \"x\" is unknown or not of its type"),
        (ConfigError::Required(name), "refresh.key is required"),
        (ConfigError::Unexpected(name), "refresh.key does not go with the algorithm"),
        (ConfigError::Range { name, least: 1, most: 9 }, "refresh.key must be 1 to 9"),
        (ConfigError::Credential { name, reason: CredentialError::Empty }, "refresh.key could not be fetched"),
        (ConfigError::Key { name, reason: KeyError::Pem }, "refresh.key cannot be used"),
        (ConfigError::SharedSecret, "the refresh key must not be the signing key"),
        (ConfigError::KeyRing(KeySetError::Mixed), "the keys of the ring do not go together"),
        (ConfigError::SameKey, "a key is in the ring twice"),
        (ConfigError::StoreRequired, "tracking sessions needs a store"),
        (ConfigError::TrackingRequired, "a limit on sessions needs tracking"),
        (ConfigError::SessionsUnsupported, "the store cannot track sessions"),
        (ConfigError::Random, "the operating system's random source failed"),
    ];
    for (error, text) in texts {
        assert_eq!(error.to_string(), *text);
    }
    for (error, text) in [
        (CredentialError::Environment, "the environment variable is not set"),
        (CredentialError::File(io::ErrorKind::NotFound), "the file could not be read: entity not found"),
        (CredentialError::Base64, "not canonical base64url"),
        (CredentialError::Empty, "it is empty"),
        (CredentialError::TooLarge, "it is too large"),
        (CredentialError::NotText, "it is not text"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_configuration_error_keeps_what_caused_it() {
    let source = |error: ConfigError| error.source().map(ToString::to_string);
    assert_eq!(source(ConfigError::Json(JsonError::TooDeep)), Some(JsonError::TooDeep.to_string()));
    let name = "key";
    let reason = CredentialError::TooLarge;
    assert_eq!(source(ConfigError::Credential { name, reason }), Some(reason.to_string()));
    let reason = KeyError::Encrypted;
    assert_eq!(source(ConfigError::Key { name, reason }), Some(reason.to_string()));
    assert_eq!(source(ConfigError::KeyRing(KeySetError::Mixed)), Some(KeySetError::Mixed.to_string()));
    assert_eq!(source(ConfigError::SameKey), None);
}
