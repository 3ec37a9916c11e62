//! axum: the layer, the extractors, and both.

use axum::{Router, extract::FromRef, routing::get};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use jwtward::http::{Bearer, BearerAuth, BearerLayer};
use tower::ServiceExt;

use crate::support::{Grant, Seen, provider, request, seen, token};

async fn required(jwt: Bearer<Grant>) -> String {
    format!("{} {}", jwt.subject().unwrap(), jwt.custom().scope)
}

async fn optional(jwt: Option<Bearer<Grant>>) -> String {
    jwt.map_or("nobody".into(), |Bearer(jwt)| jwt.subject().unwrap().to_owned())
}

async fn other_claims(Bearer(jwt): Bearer<serde_json::Value>) -> String {
    jwt.custom()["scope"].to_string()
}

#[derive(Clone)]
struct App {
    auth: BearerAuth,
}

impl FromRef<App> for BearerAuth {
    fn from_ref(app: &App) -> Self {
        app.auth.clone()
    }
}

fn routes<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    BearerAuth: FromRef<S>,
{
    Router::new().route("/required", get(required)).route("/optional", get(optional)).route("/other", get(other_claims))
}

async fn ask(app: &Router, path: &str, value: Option<&str>) -> Seen {
    let headers: Vec<_> = value.iter().map(|value| ("authorization", value.as_bytes())).collect();
    let request = request(path, &headers).map(axum::body::Body::new);
    seen(app.clone().oneshot(request).await.unwrap()).await
}

async fn check(app: &Router, good: &str) {
    assert_eq!(ask(app, "/required", Some(good)).await.body, "alice orders:read profile");
    assert_eq!(ask(app, "/optional", Some(good)).await.body, "alice");
    assert_eq!(ask(app, "/other", Some(good)).await.body, "\"orders:read profile\"");
    for path in ["/required", "/optional", "/other"] {
        ask(app, path, Some("Bearer x")).await.is_invalid_token();
        ask(app, path, Some("Bearer")).await.is_invalid_request();
        ask(app, path, Some("Basic YTpi")).await.is_missing();
    }
    ask(app, "/required", None).await.is_missing();
}

#[tokio::test]
async fn an_extractor_authenticates_from_the_state() {
    let provider = provider();
    let good = format!("Bearer {}", token(&provider).await);
    let app = routes().with_state(App { auth: BearerAuth::new(provider) });
    check(&app, &good).await;
    assert_eq!(ask(&app, "/optional", None).await.body, "nobody");
}

#[tokio::test]
async fn an_extractor_takes_what_the_layer_left() {
    let provider = provider();
    let good = format!("Bearer {}", token(&provider).await);
    let layer = BearerLayer::<Grant>::new(BearerAuth::new(provider));
    let app = routes::<()>().layer(layer.clone());
    check(&app, &good).await;
    ask(&app, "/optional", None).await.is_missing();

    let app = routes::<()>().layer(layer.optional());
    check(&app, &good).await;
    assert_eq!(ask(&app, "/optional", None).await.body, "nobody");
}

#[tokio::test]
async fn without_layer_and_state_nothing_is_accepted() {
    let good = format!("Bearer {}", token(&provider()).await);
    let app = routes::<()>();
    for path in ["/required", "/optional", "/other"] {
        for value in [None, Some(&*good), Some("Bearer x")] {
            ask(&app, path, value).await.is_refusal(500, "not-set-up", "the server is not set up for this", None, None);
        }
    }
}

#[tokio::test]
async fn axum_serves_it_on_a_socket() {
    let provider = provider();
    let token = token(&provider).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = routes::<()>().layer(BearerLayer::<Grant>::new(BearerAuth::new(provider.clone())));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let value = format!("bearer {token}");
    let mut send = async |headers: &[(&str, &[u8])]| {
        let mut request: http::Request<Full<Bytes>> = request("/required", headers);
        request.headers_mut().insert("host", "api.example".parse().unwrap());
        client.ready().await.unwrap();
        seen(client.send_request(request).await.unwrap()).await
    };
    assert_eq!(send(&[("authorization", value.as_bytes())]).await.body, "alice orders:read profile");
    send(&[]).await.is_missing();
    provider.revoke(&token).await.unwrap();
    send(&[("authorization", value.as_bytes())]).await.is_invalid_token();
    drop(client);
    connection.await.unwrap().unwrap();
    server.abort();
}
