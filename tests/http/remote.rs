//! A verifier that fetches its keys: an outage of the issuer says nothing of a token.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use jwtward::{
    Algorithm, JwtSigner, PublicJwkSet, SigningKey,
    http::BearerAuth,
    jwks_client::{RemoteJwks, RemoteVerifier},
};

use crate::support::{grant, with_headers};

/// What the issuer publishes, and whether it is down.
type Issuer = (Arc<AtomicBool>, String);

async fn keys(State((down, set)): State<Issuer>) -> Result<String, StatusCode> {
    if down.load(Ordering::SeqCst) { Err(StatusCode::INTERNAL_SERVER_ERROR) } else { Ok(set) }
}

#[tokio::test]
async fn an_outage_of_the_issuer_is_503_and_never_a_verdict_about_the_token() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let set = PublicJwkSet::new(&[key.verifying_key()]).unwrap().to_string();
    let down = Arc::new(AtomicBool::new(true));
    let app = Router::new().route("/keys", get(keys)).with_state((Arc::clone(&down), set));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let remote = || {
        let jwks = RemoteJwks::at(&url).allow_http_on_loopback().build().unwrap();
        BearerAuth::new(RemoteVerifier::builder(jwks).issuer("iss").audience("aud").build())
    };
    let signer = |key| JwtSigner::new(key, "iss", "aud", Duration::from_secs(60)).unwrap();
    let forged = signer(SigningKey::generate(Algorithm::ES256).unwrap()).sign("alice", &grant()).unwrap();
    let signer = signer(key.clone());
    let (good, another) = (signer.sign("alice", &grant()).unwrap(), signer.sign("alice", &()).unwrap());
    let answer = async |auth: &BearerAuth, token: &str| {
        with_headers(auth, &[("authorization", format!("Bearer {token}").as_bytes())]).await
    };

    let auth = remote();
    answer(&auth, &good).await.is_unavailable();
    answer(&auth, &forged).await.is_unavailable();
    // What is no token is refused with or without keys.
    answer(&auth, "a.b.c").await.is_invalid_token();
    answer(&auth, &"x".repeat(8193)).await.is_invalid_request();

    down.store(false, Ordering::SeqCst);
    let auth = remote();
    assert_eq!(answer(&auth, &good).await.body, "alice orders:read profile");
    answer(&auth, &another).await.is_invalid_token();
    answer(&auth, &forged).await.is_invalid_token();
    let stranger = SigningKey::generate(Algorithm::ES384).unwrap();
    let stranger = JwtSigner::new(stranger, "iss", "aud", Duration::from_secs(60)).unwrap();
    answer(&auth, &stranger.sign("alice", &grant()).unwrap()).await.is_invalid_token();
}
