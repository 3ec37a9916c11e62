//! The layer as a tower service, and under hyper alone.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use jwtward::{
    ValidatedJwt,
    http::{BearerAuth, BearerLayer},
};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::{
    faulty::Fault,
    support::{Grant, provider, provider_and_store, request, seen, through, token, who},
};

/// Panics when it is called without having been asked whether it is ready; a clone has not been asked.
#[derive(Default)]
struct AskFirst {
    ready: bool,
}

impl Clone for AskFirst {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<Full<Bytes>>> for AskFirst {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        Box::pin(who(request))
    }
}

#[tokio::test]
async fn the_service_that_was_asked_is_the_one_that_is_called() {
    let provider = provider();
    let value = format!("Bearer {}", token(&provider).await);
    let mut service = BearerLayer::<Grant>::new(BearerAuth::new(provider)).layer(AskFirst::default());
    let mut waiting = Vec::new();
    for _ in 0..3 {
        service.ready().await.unwrap();
        waiting.push(service.call(request("/", &[("authorization", value.as_bytes())])));
    }
    for response in waiting {
        assert_eq!(seen(response.await.unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn the_inner_service_decides_when_it_is_ready_and_its_errors_pass() {
    #[derive(Clone)]
    struct Broken;
    impl Service<Request<Full<Bytes>>> for Broken {
        type Response = Response<Full<Bytes>>;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Self::Response, &'static str>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(Err("not ready"))
        }
        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            std::future::ready(Err("broken"))
        }
    }
    let provider = provider();
    let value = format!("Bearer {}", token(&provider).await);
    let mut service = BearerLayer::<Grant>::new(BearerAuth::new(provider)).layer(Broken);
    assert_eq!(service.ready().await.err(), Some("not ready"));
    let called = service.call(request("/", &[("authorization", value.as_bytes())]));
    assert_eq!(called.await.err(), Some("broken"));
}

#[tokio::test]
async fn without_a_token_optional_means_nobody_and_a_bad_one_is_refused() {
    let (provider, store) = provider_and_store();
    let token = token(&provider).await;
    let value = format!("Bearer {token}");
    let auth = BearerAuth::new(provider);
    let layer = BearerLayer::<Grant>::new(auth).optional();
    assert_eq!(through(&layer, request("/", &[])).await.body, "nobody");
    let good = [("authorization", value.as_bytes())];
    assert_eq!(through(&layer, request("/", &good)).await.body, "alice orders:read profile");
    through(&layer, request("/", &[("authorization", b"Bearer x")])).await.is_invalid_token();
    through(&layer, request("/", &[("authorization", b"Bearer")])).await.is_invalid_request();
    through(&layer, request("/", &[("authorization", b"Basic YTpi")])).await.is_missing();
    store.set(Fault::Fails("check"));
    through(&layer, request("/", &good)).await.is_unavailable();
}

#[tokio::test]
async fn what_an_outer_layer_found_is_not_taken_over() {
    let (outer, inner) = (provider(), provider());
    let value = format!("Bearer {}", token(&outer).await);
    let layers = |request| {
        // The inner one looks at another place and finds nothing.
        let source = jwtward::http::TokenSource::websocket_query("t").unwrap();
        let inner = BearerLayer::<Grant>::new(BearerAuth::new(inner.clone()).only_from(source)).optional();
        let outer = BearerLayer::<Grant>::new(BearerAuth::new(outer.clone()));
        outer.layer(inner.layer(service_fn(who))).oneshot(request)
    };
    assert_eq!(seen(layers(request("/", &[("authorization", value.as_bytes())])).await.unwrap()).await.body, "nobody");
}

#[tokio::test]
async fn a_scope_is_required_word_by_word() {
    let provider = provider();
    let value = format!("Bearer {}", token(&provider).await);
    let good = [("authorization", value.as_bytes())];
    let layer = |scope: &str| {
        let layer = BearerLayer::<Grant>::new(BearerAuth::new(provider.clone()));
        layer.require_scope(scope, |jwt: &ValidatedJwt<Grant>| &jwt.custom().scope).unwrap()
    };
    for scope in ["profile", "orders:read", "profile orders:read"] {
        assert_eq!(through(&layer(scope), request("/", &good)).await.status, 200);
    }
    for scope in ["orders", "orders:read admin", "Profile"] {
        through(&layer(scope), request("/", &good)).await.is_insufficient(scope);
        through(&layer(scope).optional(), request("/", &good)).await.is_insufficient(scope);
        through(&layer(scope), request("/", &[])).await.is_missing();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_are_told_apart() {
    let provider = provider();
    let layer = BearerLayer::<Grant>::new(BearerAuth::new(provider.clone()));
    let service = layer.layer(service_fn(who));
    let mut tasks = Vec::new();
    for i in 0..64 {
        let token = provider.issue(&format!("user{i}"), &crate::support::grant()).await.unwrap();
        let value = format!("Bearer {}{}", token.expose(), if i % 4 == 3 { "x" } else { "" });
        let service = service.clone();
        tasks.push(tokio::spawn(async move {
            seen(service.oneshot(request("/", &[("authorization", value.as_bytes())])).await.unwrap()).await
        }));
    }
    for (i, task) in tasks.into_iter().enumerate() {
        let seen = task.await.unwrap();
        if i % 4 == 3 {
            seen.is_invalid_token();
        } else {
            assert_eq!(seen.body, format!("user{i} orders:read profile"));
        }
    }
}

#[tokio::test]
async fn hyper_alone_serves_it() {
    let provider = provider();
    let token = token(&provider).await;
    let layer = BearerLayer::<Grant>::new(BearerAuth::new(provider));
    let service = layer.layer(service_fn(|request: Request<hyper::body::Incoming>| async move {
        let jwt = request.extensions().get::<ValidatedJwt<Grant>>().unwrap();
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(jwt.subject().unwrap().to_owned()))))
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(service);
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    });
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut send = async |headers: &[(&str, &[u8])]| {
        let mut request = request("/", headers);
        request.headers_mut().insert("host", "api.example".parse().unwrap());
        client.ready().await.unwrap();
        let response = client.send_request(request).await.unwrap();
        seen(response.map(|body| body.map_err(|error| error.to_string()))).await
    };
    assert_eq!(send(&[("authorization", format!("Bearer {token}").as_bytes())]).await.body, "alice");
    send(&[]).await.is_missing();
    send(&[("authorization", b"Bearer x")]).await.is_invalid_token();
    drop(client);
    connection.await.unwrap().unwrap();
    server.await.unwrap().unwrap();
}
