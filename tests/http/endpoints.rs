//! Revocation and introspection.

use axum::Router;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use jwtward::{
    Algorithm, JwtSigner, JwtVerifier, ProviderConfig, SigningKey, TokenProvider,
    http::{IntrospectionService, RevocationService},
};
use std::{convert::Infallible, time::Duration};
use tower::{Service, ServiceExt};

use crate::{
    faulty::Fault,
    support::{Seen, grant, provider, provider_and_store, seen, token},
};

const FORM: &str = "application/x-www-form-urlencoded";

fn form(body: &str) -> Request<Full<Bytes>> {
    let request = Request::post("/").header("content-type", FORM).header("x-caller", "resource server");
    request.body(Full::from(body.to_owned())).unwrap()
}

async fn ask<S>(service: &S, request: Request<Full<Bytes>>) -> Seen
where
    S: Service<Request<Full<Bytes>>, Response = Response<Full<Bytes>>, Error = Infallible> + Clone,
{
    seen(service.clone().oneshot(request).await.unwrap()).await
}

fn introspection(provider: TokenProvider) -> IntrospectionService {
    IntrospectionService::new(provider, |parts| parts.headers.get("x-caller").is_some_and(|it| it == "resource server"))
}

#[track_caller]
fn is_ok(seen: &Seen, body: &str) {
    assert_eq!((seen.status.as_u16(), &*seen.body), (200, body));
    assert_eq!(seen.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(seen.header(header::CACHE_CONTROL), Some("no-store"));
}

#[tokio::test]
async fn an_access_token_is_revoked_and_a_second_time_as_well() {
    let provider = provider();
    let service = RevocationService::new(provider.clone());
    for hint in
        ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=x&client_id=y"]
    {
        let token = token(&provider).await;
        for _ in 0..2 {
            is_ok(&ask(&service, form(&format!("token={token}{hint}"))).await, "{}");
            assert!(provider.authenticate::<()>(&token).await.is_err());
        }
    }
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
}

#[tokio::test]
async fn a_refresh_token_ends_its_session() {
    let provider = provider();
    let service = RevocationService::new(provider.clone());
    let pair = provider.issue_pair("alice", &grant()).await.unwrap();
    let escaped = pair.refresh.expose().replace('-', "%2D").replace('_', "%5f");
    is_ok(&ask(&service, form(&format!("token_type_hint=refresh_token&token={escaped}"))).await, "{}");
    assert!(provider.authenticate::<serde_json::Value>(pair.access.expose()).await.is_err());
    assert!(provider.refresh_pair(&pair.refresh).await.is_err());
}

#[tokio::test]
async fn what_is_unknown_is_revoked_enough() {
    let service = RevocationService::new(provider());
    for token in ["x", "a.b.c", "%20", &"x".repeat(92), &"x".repeat(8000)] {
        is_ok(&ask(&service, form(&format!("token={token}"))).await, "{}");
    }
}

#[tokio::test]
async fn an_outage_is_told_and_so_is_a_missing_store() {
    let (provider, store) = provider_and_store();
    let token = token(&provider).await;
    let refresh = provider.issue_pair("alice", &grant()).await.unwrap().refresh;
    let service = RevocationService::new(provider.clone());
    for (call, token) in [("end", &*token), ("check", &*token), ("load", refresh.expose()), ("end", refresh.expose())] {
        store.set(Fault::Fails(call));
        ask(&service, form(&format!("token={token}"))).await.is_unavailable();
    }
    store.set(Fault::Fails("check"));
    ask(&introspection(provider), form(&format!("token={token}"))).await.is_unavailable();

    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let without = TokenProvider::without_store(ProviderConfig::new(key)).unwrap();
    let seen = ask(&RevocationService::new(without), form("token=a.b.c")).await;
    seen.is_refusal(500, "not-set-up", "the server is not set up for this", None, None);
}

#[tokio::test]
async fn what_is_no_form_with_one_token_is_refused_by_both() {
    let provider = provider();
    let revocation = RevocationService::new(provider.clone());
    let introspection = introspection(provider);
    let send = async |request: &dyn Fn() -> Request<Full<Bytes>>| {
        [ask(&revocation, request()).await, ask(&introspection, request()).await]
    };
    for body in
        ["", "token=", "token", "x=y", "token=a&token=b", "token=%zz", "token=a&token_type_hint=a&token_type_hint=b"]
    {
        for seen in send(&|| form(body)).await {
            seen.is_invalid_request();
        }
    }
    for seen in send(&|| form(&format!("token={}", "x".repeat(40_000)))).await {
        seen.is_refusal(413, "content-too-large", "the content is too large", None, None);
    }
    for types in [&[][..], &["application/json"], &["text/plain"], &[FORM, FORM]] {
        let request = || {
            let mut request = form("token=a");
            request.headers_mut().remove("content-type");
            for kind in types {
                request.headers_mut().append("content-type", kind.parse().unwrap());
            }
            request
        };
        for seen in send(&request).await {
            seen.is_refusal(415, "unsupported-media-type", "a form is expected", None, None);
        }
    }
    for method in [Method::GET, Method::PUT, Method::HEAD] {
        let request = || {
            let mut request = form("token=a");
            *request.method_mut() = method.clone();
            request
        };
        for seen in send(&request).await {
            seen.is_refusal(405, "method-not-allowed", "the method is not allowed here", None, None);
            assert_eq!(seen.header(header::ALLOW), Some("POST"));
        }
    }
    let mut request = form("token=a");
    request.headers_mut().insert("content-type", format!("{FORM}; charset=UTF-8").parse().unwrap());
    assert_eq!(ask(&revocation, request).await.status, 200);
}

#[tokio::test]
async fn introspection_tells_of_a_good_token() {
    let provider = provider();
    let token = provider.issue("alice \"a\"", &grant()).await.unwrap();
    let jwt = provider.authenticate::<serde_json::Value>(token.expose()).await.unwrap();
    let seen = ask(&introspection(provider), form(&format!("token={}", token.expose()))).await;
    let (exp, iat) = (jwt.expires_at().unwrap(), jwt.issued_at().unwrap());
    let nbf = jwt.not_before().unwrap();
    let (jti, sid) = (token.id(), token.session_id().unwrap());
    let body = format!(
        r#"{{"active":true,"token_type":"Bearer","iss":"iss","sub":"alice \"a\"","aud":"aud","exp":{exp},"nbf":{nbf},"iat":{iat},"jti":"{jti}","sid":"{sid}"}}"#
    );
    is_ok(&seen, &body);
}

#[tokio::test]
async fn introspection_tells_nothing_of_any_other() {
    let provider = provider();
    let service = introspection(provider.clone());
    let pair = provider.issue_pair("alice", &grant()).await.unwrap();
    let revoked = token(&provider).await;
    provider.revoke(&revoked).await.unwrap();
    for token in
        ["x", "a.b.c", pair.refresh.expose(), &revoked, &format!("{}x", pair.access.expose()), &"x".repeat(9000)]
    {
        is_ok(&ask(&service, form(&format!("token={token}"))).await, r#"{"active":false}"#);
    }
}

#[tokio::test]
async fn introspection_answers_known_callers_only() {
    let provider = provider();
    let service = introspection(provider.clone());
    let mut request = form(&format!("token={}", token(&provider).await));
    request.headers_mut().remove("x-caller");
    ask(&service, request).await.is_missing();
}

#[tokio::test]
async fn introspection_works_for_a_verifier_alone() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer("iss").audience("aud").build();
    let clock = jwtward::FixedClock(jwtward::NumericDate::from_secs(4_000_000_000));
    let verifier_service = IntrospectionService::new(verifier, |_| true);
    let signer = JwtSigner::new(key, "iss", "aud", Duration::from_secs(60)).unwrap();
    let seen = ask(&verifier_service, form(&format!("token={}", signer.sign("alice", &()).unwrap()))).await;
    assert!(
        seen.body.starts_with(r#"{"active":true,"token_type":"Bearer","iss":"iss","sub":"alice","aud":"aud","exp":"#)
    );
    let future = signer.clock(clock).sign("alice", &()).unwrap();
    is_ok(&ask(&verifier_service, form(&format!("token={future}"))).await, r#"{"active":false}"#);
}

#[tokio::test]
async fn axum_routes_to_them() {
    let provider = provider();
    let token = token(&provider).await;
    let app: Router = Router::new()
        .route_service("/revoke", RevocationService::new(provider.clone()))
        .route_service("/introspect", introspection(provider.clone()))
        .route_service("/.well-known/jwks.json", jwtward::http::JwksService::new(&provider.public_jwks()));
    let ask = async |uri: &str, mut request: Request<Full<Bytes>>| {
        *request.uri_mut() = uri.parse().unwrap();
        seen(app.clone().oneshot(request.map(axum::body::Body::new)).await.unwrap()).await
    };
    assert!(ask("/introspect", form(&format!("token={token}"))).await.body.contains("\"active\":true"));
    is_ok(&ask("/revoke", form(&format!("token={token}"))).await, "{}");
    is_ok(&ask("/introspect", form(&format!("token={token}"))).await, "{\"active\":false}");
    let jwks = ask("/.well-known/jwks.json", Request::get("/").body(Full::default()).unwrap()).await;
    assert_eq!(jwks.body, "{\"keys\":[]}");
}
