//! What is done with the secrets, and what is shown meanwhile.

use std::{collections::BTreeMap, fs, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use jwtward::{
    Algorithm, Claims, Event, JwsSigner, JwtSigner, JwtVerifier, KeyLoader, KeySet, KeySource, PreparedKey,
    ProviderConfig, PublicJwkSet, RefreshToken, SecretSource, SigningKey, TokenProvider, UnverifiedJws, VerifyingKey,
    http::{Bearer, BearerAuth, BearerLayer, IntrospectionService, JwksService, RevocationService, TokenVerifier},
    jwks_client::{FetchError, JwksFetcher, RemoteJwks, RemoteVerifier},
    store::{Consistency, MemoryStore, NodeCache, PostgresStore, RedisStore, SessionKind, SessionMetadata},
};
use serde_json::{Value, json};

use crate::{
    log::Log,
    search::{Canaries, Shown},
};

type Data = BTreeMap<String, u32>;

pub(crate) const HMAC: &str = "kWq7-Zr4vT_s9LmX2bNc8HdJ5fGp3Ya6ueoRi1QzMwVt";
/// A variable with [`HMAC`] in it.
pub(crate) const ENVIRONMENT: &str = "JWTWARD_CANARY";
const REFRESH: &str = "Vt5_nC8jQw2xLs7-Rd4kMz9pHb6gYf3aEo1uiTKsXcBn";
const PREVIOUS: &str = "Jh3sFb6-Kp9vWn2_Xc5tMr8zGd4yLq7aUe1oiRFsWdPg";
const STORE_PASSWORD: &str = "Gy6wPz3mKd9sVb2nXr5tJc8qLh4f";
const URL_SECRET: &str = "Nf4tBw7zHk2vMs9xQj5rCd8gLp3y";
const SEED: u64 = 11_223_344_556_677_889_900;

fn octets(from: u8) -> Vec<u8> {
    (0..64u8).map(|i| i.wrapping_mul(73).wrapping_add(from)).collect()
}

pub(crate) fn play(canaries: &mut Canaries, shown: &mut Shown) {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            keys(canaries, shown);
            configurations(canaries, shown);
            provider(canaries, shown).await;
            over_http(canaries, shown).await;
            remote_keys(canaries, shown).await;
            stores(canaries, shown).await;
        });
    });
    let log = std::mem::take(&mut *log.0.lock().unwrap());
    assert!(log.contains("kind=SessionOpened") && log.contains("kind=ReuseDetected"), "{log}");
    shown.text("tracing", log);
}

/// The private members of a key's JWK.
fn add_members(canaries: &mut Canaries, name: &'static str, key: &SigningKey) {
    let jwk: Value = serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap();
    for member in ["k", "d", "p", "q", "dp", "dq", "qi"] {
        if let Some(text) = jwk[member].as_str() {
            canaries.add_base64(name, text);
        }
    }
}

fn keys(canaries: &mut Canaries, shown: &mut Shown) {
    const PEMS: [(&str, Algorithm, &str); 5] = [
        ("RSA key", Algorithm::RS256, include_str!("../keys/files/rsa.pkcs8.pem")),
        ("P-256 key", Algorithm::ES256, include_str!("../keys/files/p256.pkcs8.pem")),
        ("P-384 key", Algorithm::ES384, include_str!("../keys/files/p384.pkcs8.pem")),
        ("P-521 key", Algorithm::ES512, include_str!("../keys/files/p521.pkcs8.pem")),
        ("Ed25519 key", Algorithm::EdDSA, include_str!("../keys/files/ed25519.pkcs8.pem")),
    ];
    let secret = octets(5);
    canaries.add("HMAC octets", &secret);
    let mut signing = vec![SigningKey::from_secret(Algorithm::HS256, &secret).unwrap()];
    for (name, algorithm, pem) in PEMS {
        let loader = KeyLoader::new(algorithm);
        let key = loader.signing_pem(pem).unwrap();
        add_members(canaries, name, &key);
        shown.debug(&loader);
        shown.debug(&key.danger_export_private_pem().unwrap());
        // Where a public key is wanted, for another algorithm, damaged, cut off.
        shown.error(&loader.verifying_pem(pem).unwrap_err());
        shown.error(&KeyLoader::new(Algorithm::HS256).signing_secret(pem.as_bytes()).unwrap_err());
        shown.error(&loader.signing_pem(&pem.replace('M', "!")).unwrap_err());
        shown.error(&loader.signing_pem(&pem[..pem.len() - 60]).unwrap_err());
        let jwk = key.danger_export_private_jwk().unwrap();
        shown.debug(&jwk);
        let jwk = jwk.expose();
        shown.error(&loader.verifying_jwk(jwk).unwrap_err());
        shown.error(&loader.signing_jwk(&jwk[..jwk.len() - 9]).unwrap_err());
        shown.error(&KeySet::from_jwks(&format!(r#"{{"keys":[{jwk}]}}"#)).unwrap_err());
        let wrong: Value = serde_json::from_str(jwk).unwrap();
        for name in ["d", "kty", "alg", "kid", "use", "crv", "x"] {
            let mut wrong = wrong.clone();
            wrong[name] = json!(wrong["d"].as_str().unwrap().replace('A', "+"));
            shown.text(
                "KeyError",
                loader.signing_jwk(&wrong.to_string()).map_or_else(|e| format!("{e} {e:?}"), |_| String::new()),
            );
            wrong[name] = json!([wrong["d"].clone()]);
            shown.text(
                "KeyError",
                loader.signing_jwk(&wrong.to_string()).map_or_else(|e| format!("{e} {e:?}"), |_| String::new()),
            );
        }
        signing.push(key);
    }
    shown.error(&SigningKey::from_secret(Algorithm::HS512, &secret[..40]).unwrap_err());
    for key in signing {
        let verifying = key.verifying_key();
        shown.debug(&key);
        shown.debug(&verifying);
        if let Ok(jwk) = verifying.to_jwk() {
            shown.display(&jwk);
            shown.display(&PublicJwkSet::new([&verifying]).unwrap());
        } else {
            shown.error(&verifying.to_jwk().unwrap_err());
            shown.error(&PublicJwkSet::new([&verifying]).unwrap_err());
        }
        let set: KeySet = verifying.clone().into();
        shown.debug(&set);
        shown.debug(&PreparedKey::new(&verifying));
        tokens(canaries, shown, key, verifying);
    }
}

/// Tokens signed, parsed, verified, refused.
fn tokens(canaries: &mut Canaries, shown: &mut Shown, key: SigningKey, verifying: VerifyingKey) {
    let jws = JwsSigner::new(key.clone());
    shown.debug(&jws);
    let signer = JwtSigner::new(key.clone(), "iss", "aud", Duration::from_secs(900)).unwrap();
    shown.debug(&signer);
    let token = signer.sign("alice", &()).unwrap();
    canaries.add_text("token", &token);
    let builder = JwtVerifier::builder(verifying.clone());
    shown.debug(&builder);
    let verifier = builder.issuer("iss").audience("aud").build();
    shown.debug(&verifier);
    let unverified = UnverifiedJws::parse(&token, 8192).unwrap();
    shown.debug(unverified.header());
    shown.debug(&unverified);
    shown.debug(&unverified.verify(&verifying).unwrap());
    let valid = verifier.verify::<()>(&token).unwrap();
    shown.debug(&valid);
    shown.debug(valid.claims());
    let other = JwtVerifier::builder(verifying.clone()).issuer("other").audience("aud").build();
    let refused = other.verify::<()>(&token).unwrap_err();
    shown.error(&refused);
    if let jwtward::VerifyError::Claim(claim) = &refused {
        shown.error(claim);
    }
    for bad in [token.replace('.', ""), format!("{token}."), format!("{token}A"), token.replacen('e', "f", 1)] {
        shown.error(&verifier.verify::<()>(&bad).unwrap_err());
        if let Err(error) = UnverifiedJws::parse(&bad, 8192).map(|jws| jws.verify(&verifying)) {
            shown.text("Malformed", format!("{error} {error:?}"));
        }
    }
    let foreign = SigningKey::generate(key.algorithm()).unwrap_or_else(|_| key.clone());
    if key.algorithm() != Algorithm::RS256 {
        let parsed = UnverifiedJws::parse(&token, 8192).unwrap();
        shown.error(&parsed.verify(&foreign.verifying_key()).unwrap_err());
    }
    shown.error(&verifier.verify::<()>(&"x".repeat(9000)).unwrap_err());
    shown.error(&jwtward::check_claims_set(token.as_bytes()).unwrap_err());
    shown.error(&signer.sign_claims(&Claims::new(Value::from(token.as_str()))).unwrap_err());
}

fn configurations(canaries: &mut Canaries, shown: &mut Shown) {
    for (name, secret) in [("signingKey", HMAC), ("refreshKey", REFRESH), ("previousRefreshKey", PREVIOUS)] {
        canaries.add(name, secret.as_bytes());
        canaries.add_base64(name, secret);
    }
    let folder = std::env::temp_dir().join(format!("jwtward-canary-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("secret");
    fs::write(&file, HMAC).unwrap();
    let file = file.to_str().unwrap();
    for source in [
        SecretSource::inline(HMAC),
        SecretSource::inline_base64(HMAC),
        SecretSource::file(file),
        SecretSource::env_var(ENVIRONMENT),
    ] {
        shown.serialized(&source);
        let config = ProviderConfig::with_secret(Algorithm::HS256, source).refresh_key(SecretSource::inline(REFRESH));
        let config = config.previous_refresh_key(SecretSource::inline_base64(PREVIOUS));
        shown.serialized(&config);
        shown.debug(&TokenProvider::builder(config.clone()));
        shown.debug(&TokenProvider::new(config.clone(), MemoryStore::default()).unwrap());
        let same =
            config.clone().refresh_key(SecretSource::inline(HMAC)).previous_refresh_key(SecretSource::inline(HMAC));
        if let Err(error) = TokenProvider::new(same, MemoryStore::default()) {
            shown.error(&error);
        }
    }
    // An environment variable that is named by the secret itself, and a file likewise: a likely mistake.
    for source in [SecretSource::env_var("JWTWARD_CANARY_NOT_SET"), SecretSource::file("/nowhere")] {
        shown.error(
            &TokenProvider::new(ProviderConfig::with_secret(Algorithm::HS256, source), MemoryStore::default())
                .unwrap_err(),
        );
    }
    for source in [SecretSource::env_var(HMAC), SecretSource::file(HMAC)] {
        let config = ProviderConfig::with_secret(Algorithm::HS256, source);
        let error = TokenProvider::new(config, MemoryStore::default()).unwrap_err();
        if let jwtward::ConfigError::Credential { reason, .. } = &error {
            shown.error(reason);
        }
        shown.error(&error);
    }
    for json in [
        json!({ "signingKey": HMAC }).to_string(),
        json!({ "signingKey": { "password": [HMAC] } }).to_string(),
        json!({ "signingKey": { "password": HMAC, "other": HMAC } }).to_string(),
        json!({ "issuer": [HMAC] }).to_string(),
        json!({ "whenFull": HMAC }).to_string(),
        json!({ "signingKey": { "password": octets(5) } }).to_string(),
        format!(r#"{{"signingKey":{{"password":"{HMAC}"#),
        format!(r#"{{"signingKey":{{"password":"{HMAC}"}},"signingKey":{{}}}}"#),
    ] {
        shown.error(&ProviderConfig::from_json(&json).unwrap_err());
        let by_serde = serde_json::from_str::<ProviderConfig>(&json).map_or_else(|e| e.to_string(), |_| String::new());
        // What serde_json says of a text where an object or a list is wanted is not this crate's to choose.
        if !json.contains("issuer") && !json.contains("whenFull") && !json.starts_with(r#"{"signingKey":""#) {
            shown.text("serde_json", by_serde);
        }
    }
    let pem = include_str!("../keys/files/ed25519.pkcs8.pem");
    let key = KeySource::inline(pem);
    shown.serialized(&key);
    let config = ProviderConfig::with_private_key(Algorithm::EdDSA, key.clone());
    shown.serialized(&config);
    shown.debug(&TokenProvider::new(config, MemoryStore::default()).unwrap());
    let wrong = ProviderConfig::with_private_key(Algorithm::ES256, key);
    shown.error(&TokenProvider::new(wrong, MemoryStore::default()).unwrap_err());
    fs::remove_dir_all(folder).unwrap();
}

async fn provider(canaries: &mut Canaries, shown: &mut Shown) {
    let key = SigningKey::from_secret(Algorithm::HS256, HMAC.as_bytes()).unwrap();
    let config = ProviderConfig::new(key).track_sessions().refresh_grace(Duration::ZERO);
    let config = config.refresh_key(SecretSource::inline(REFRESH));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Shown::default()));
    let sink = std::sync::Arc::clone(&seen);
    let provider = TokenProvider::builder(config)
        .store(MemoryStore::default())
        .cache_verified_tokens(1 << 16)
        .events(move |event: &Event<'_>| sink.lock().unwrap().debug(event))
        .build()
        .unwrap();
    let metadata = SessionMetadata::new().with_user_agent("agent").with_label("label");
    shown.debug(&metadata);
    let data = Data::from([("level".into(), 7)]);
    let single = provider.issue_with("alice", &data, metadata).await.unwrap();
    canaries.add_text("access token", single.expose());
    shown.debug(&single);
    shown.debug(&provider.authenticate::<Data>(single.expose()).await.unwrap());
    let next = provider.refresh(single.expose()).await.unwrap();
    canaries.add_text("access token", next.expose());
    let used = provider.refresh(single.expose()).await.unwrap_err();
    shown.error(&used);
    if let jwtward::RefreshError::Revoked(reason) = &used {
        shown.display(reason);
    }
    let refused = provider.authenticate::<Data>(single.expose()).await.unwrap_err();
    shown.error(&refused);
    shown.error(&provider.issue("alice", &"not an object").await.unwrap_err());

    let pair = provider.issue_pair("bob", &data).await.unwrap();
    canaries.add_text("access token", pair.access.expose());
    canaries.add_base64("refresh token", &pair.refresh.expose()[50..]);
    canaries.add_text("refresh token", pair.refresh.expose());
    shown.debug(&pair);
    shown.debug(&pair.refresh);
    let second = provider.refresh_pair(&pair.refresh).await.unwrap();
    canaries.add_text("refresh token", second.refresh.expose());
    let mut forged = second.refresh.expose().to_owned();
    forged.replace_range(55..56, if &forged[55..56] == "A" { "B" } else { "A" });
    for token in [&pair.refresh, &pair.refresh, &RefreshToken::new(forged), &RefreshToken::new(HMAC.into())] {
        shown.error(&provider.refresh_pair(token).await.unwrap_err());
    }
    shown.error(&provider.refresh(second.access.expose()).await.unwrap_err());
    for session in provider.sessions("alice").await.unwrap() {
        shown.debug(&session);
    }
    shown.error(&provider.revoke_by_id(&HMAC.repeat(20)).await.unwrap_err());
    shown.debug(&single.session_id().unwrap());
    provider.revoke_all("alice").await.unwrap();

    let ring = provider.key_ring();
    shown.debug(&ring);
    for key in ring.keys() {
        shown.debug(&key);
    }
    shown.display(&provider.public_jwks());
    canaries.add_text("seed", &format!("000000{SEED}"));
    shown.debug(&SessionKind::Pair { seed: SEED });
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(seen.types.contains("Event"));
    shown.types.extend(seen.types);
    shown.texts.extend(seen.texts);
    shown.debug(&provider);
}

async fn over_http(canaries: &mut Canaries, shown: &mut Shown) {
    let key = SigningKey::from_secret(Algorithm::HS256, HMAC.as_bytes()).unwrap();
    let provider = TokenProvider::new(ProviderConfig::new(key).track_sessions(), MemoryStore::default()).unwrap();
    let token = provider.issue("carol", &()).await.unwrap();
    canaries.add_text("token over HTTP", token.expose());
    let verifier = TokenVerifier::from(provider.clone());
    shown.debug(&verifier);
    let auth = BearerAuth::new(provider.clone());
    shown.debug(&auth);
    shown.debug(&BearerLayer::<()>::new(auth.clone()));
    let request = |value: &str| {
        let request = Request::builder().header(header::AUTHORIZATION, value).body(()).unwrap();
        request.into_parts().0
    };
    let accepted = auth.authenticate::<()>(&request(&format!("Bearer {}", token.expose()))).await.unwrap();
    shown.debug(&Bearer(accepted));
    for value in [
        format!("Bearer {}x", token.expose()),
        format!("Bearer  {}", token.expose()),
        format!("Basic {}", token.expose()),
        format!("Bearer {} {}", token.expose(), HMAC),
    ] {
        let rejection = auth.authenticate::<()>(&request(&value)).await.unwrap_err();
        shown.error(&rejection);
        let (parts, body) = rejection.to_response().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        shown.text("Rejection", format!("{parts:?} {}", String::from_utf8_lossy(&body)));
    }
    let introspection = IntrospectionService::new(provider.clone(), |_| true);
    let revocation = RevocationService::new(provider.clone());
    let jwks = JwksService::of(provider.clone());
    shown.debug(&introspection);
    shown.debug(&revocation);
    shown.debug(&jwks);
    let form = |token: &str| {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(Full::new(Bytes::from(format!("token={token}")))).unwrap()
    };
    let mut responses = vec![jwks.respond(&Request::get("/").body(()).unwrap())];
    for text in [token.expose(), "x", HMAC] {
        responses.push(introspection.respond(form(text)).await);
        responses.push(revocation.respond(form(text)).await);
    }
    for response in responses {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        shown.text("an endpoint's response", format!("{parts:?} {}", String::from_utf8_lossy(&body)));
    }
}

/// A client whose error holds nothing of the URL, as the trait asks.
struct Unreachable;

impl JwksFetcher for Unreachable {
    async fn fetch(&self, _: &str, _: usize) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::transport("unreachable"))
    }
}

async fn remote_keys(canaries: &mut Canaries, shown: &mut Shown) {
    canaries.add("JWKS URL", URL_SECRET.as_bytes());
    let url = format!("https://keys.example/{URL_SECRET}/set?key={URL_SECRET}");
    let builder = RemoteJwks::at(&url);
    shown.debug(&builder);
    let remote = builder.build_with(Unreachable).unwrap();
    shown.debug(&remote);
    let verifier = RemoteVerifier::builder(remote.clone()).issuer("iss").audience("aud");
    shown.debug(&verifier);
    let verifier = verifier.build();
    shown.debug(&verifier);
    let error = remote.key_set().await.unwrap_err();
    shown.error(&error);
    shown.error(&FetchError::transport("unreachable"));
    // By the real client, to a port that nobody listens on.
    let local = RemoteJwks::at(&format!("http://127.0.0.1:1/{URL_SECRET}?key={URL_SECRET}")).allow_http_on_loopback();
    let local = local.build().unwrap();
    shown.error(&local.key_set().await.unwrap_err());
    shown.debug(&local);
    let with_user = RemoteJwks::at(&format!("https://user:{URL_SECRET}@keys.example/")).build_with(Unreachable);
    let error = with_user.unwrap_err();
    shown.text("JwksConfigError", format!("{error} {error:?} {error:#?}"));
}

async fn stores(canaries: &mut Canaries, shown: &mut Shown) {
    canaries.add("store password", STORE_PASSWORD.as_bytes());
    for url in [
        format!("redis://user:{STORE_PASSWORD}@127.0.0.1:1/0"),
        format!("redis://:{STORE_PASSWORD}@[::1"),
        format!("http://user:{STORE_PASSWORD}@127.0.0.1:1"),
        STORE_PASSWORD.to_owned(),
    ] {
        let builder = RedisStore::builder(&url);
        shown.debug(&builder);
        shown.error(&builder.connect().await.unwrap_err());
        let cluster = RedisStore::cluster_builder([url.as_str()]);
        shown.debug(&cluster);
        shown.error(&cluster.connect().await.unwrap_err());
    }
    let config = format!("host=127.0.0.1 port=1 user=app password={STORE_PASSWORD} connect_timeout=1");
    let builder = PostgresStore::builder(config.parse().unwrap());
    shown.debug(&builder);
    shown.error(&builder.connect_local().await.unwrap_err());
    let memory = MemoryStore::default();
    shown.debug(&memory);
    shown.debug(&NodeCache::new(memory, Consistency::Bounded(Duration::from_secs(1))));
}
