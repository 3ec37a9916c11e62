//! What the routes answer when the store fails: always a refusal, in the words that were promised, and never why.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::connect_info::MockConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use jwtward::{
    Algorithm, ProviderConfig, SigningKey, TokenProvider,
    store::{Limit, MemoryStore, WhenFull},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    app::{App, router},
    faulty::{Fault, Faulty},
};

struct Service {
    router: Router,
    store: Faulty,
    provider: TokenProvider,
}

fn service() -> Service {
    let limit = Limit { max: 3.try_into().unwrap(), when_full: WhenFull::Reject };
    let config = ProviderConfig::new(SigningKey::generate(Algorithm::HS256).unwrap()).limit(limit);
    let store = Faulty::new(MemoryStore::default());
    let provider = TokenProvider::new(config, store.clone()).unwrap();
    let app = App::new(provider.clone(), limit.max, false).unwrap();
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    Service { router: router(app).unwrap().layer(MockConnectInfo(peer)), store, provider }
}

impl Service {
    async fn send(&self, method: &str, path: &str, token: &str, body: &str) -> (StatusCode, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
    }

    async fn login(&self) -> (StatusCode, HeaderMap, Value) {
        self.send("POST", "/login", "", r#"{"username":"admin","password":"secret"}"#).await
    }

    async fn token(&self) -> String {
        let (_, _, answer) = self.login().await;
        answer["token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_store_that_fails_is_answered_with_500() {
    let service = service();
    for call in ["begin", "open", "count"] {
        service.store.set(Fault::Fails(call));
        let (status, _, body) = service.login().await;
        assert_eq!((status.as_u16(), body), (500, json!({"error": "Failed to generate token"})), "{call}");
        service.store.set(Fault::None);
        service.provider.revoke_all("admin").await.unwrap();
    }
    let token = service.token().await;
    let session = "/api/sessions/AAAAAAAAAAAAAAAAAAAAAA";
    for (method, path, call, text) in [
        ("POST", "/logout", "end", "Failed to logout"),
        ("POST", "/refresh", "rotate", "Failed to refresh token"),
        ("GET", "/api/sessions", "list", "Failed to get sessions"),
        ("DELETE", "/api/sessions", "revoke_user", "Failed to revoke sessions"),
        ("DELETE", session, "end", "Failed to revoke sessions"),
    ] {
        service.store.set(Fault::Fails(call));
        let (status, headers, body) = service.send(method, path, &token, "").await;
        assert_eq!((status.as_u16(), body), (500, json!({ "error": text })), "{method} {path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn a_store_that_cannot_say_whether_a_token_is_good_is_answered_with_503() {
    let service = service();
    let token = service.token().await;
    service.store.set(Fault::Fails("check"));
    for (method, path) in [("GET", "/api/profile"), ("GET", "/api/sessions"), ("POST", "/logout"), ("POST", "/refresh")]
    {
        let (status, headers, body) = service.send(method, path, &token, "").await;
        assert_eq!((status.as_u16(), &body["type"]), (503, &json!("urn:jwtward:problem:unavailable")), "{path}");
        assert_eq!(headers[header::RETRY_AFTER], "5");
        assert!(!headers.contains_key(header::WWW_AUTHENTICATE));
    }
}

#[tokio::test]
async fn a_refresh_that_comes_second_is_refused_as_a_bad_token_is() {
    let service = service();
    let token = service.token().await;
    service.store.set(Fault::RevokedBefore("rotate", service.provider.user_key("admin")));
    let (status, headers, body) = service.send("POST", "/refresh", &token, "").await;
    assert_eq!((status.as_u16(), &body["error"]), (401, &json!("invalid_token")));
    assert_eq!(headers[header::WWW_AUTHENTICATE], "Bearer realm=\"api\", error=\"invalid_token\"");
}
