//! tonic: a unary call through the layer, with a codec of its own, so that no compiler of protocols is needed.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, BufMut};
use http::uri::PathAndQuery;
use http_body::Body as _;
use jwtward::{
    ValidatedJwt,
    http::{BearerAuth, BearerLayer},
};
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::{
    faulty::Fault,
    support::{Grant, provider_and_store, token},
};

/// Messages are text.
#[derive(Default)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let octets = from.copy_to_bytes(from.remaining());
        String::from_utf8(octets.into()).map(Some).map_err(|_| Status::internal("not text"))
    }
}

/// The method: greets whom the token names.
#[derive(Clone)]
struct Greet;

impl Service<Request<String>> for Greet {
    type Response = Response<String>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<String>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let jwt = request.extensions().get::<ValidatedJwt<Grant>>().cloned();
        Box::pin(async move {
            let jwt = jwt.ok_or_else(|| Status::unauthenticated("no token"))?;
            Ok(Response::new(format!("{}, {}", request.into_inner(), jwt.subject().unwrap())))
        })
    }
}

#[tokio::test]
async fn a_unary_call_finds_its_caller_and_refusals_are_grpc_codes() {
    let (provider, store) = provider_and_store();
    let token = token(&provider).await;
    let auth = BearerAuth::new(provider);
    let layer = BearerLayer::<Grant>::new(auth.clone());
    let server = service_fn(|request: http::Request<Body>| async move {
        Ok::<_, Infallible>(tonic::server::Grpc::new(Text).unary(Greet, request).await)
    });
    let call = async |layer: &BearerLayer<Grant>, value: Option<&str>| {
        let mut client = tonic::client::Grpc::new(layer.layer(server));
        let mut request = Request::new("hello".to_owned());
        if let Some(value) = value {
            request.metadata_mut().insert("authorization", value.parse().unwrap());
        }
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/test.Greeter/Greet");
        client.unary(request, path, Text).await.map(Response::into_inner).map_err(|status| status.code())
    };
    let good = format!("Bearer {token}");
    assert_eq!(call(&layer, Some(&good)).await, Ok("hello, alice".into()));
    assert_eq!(call(&layer, None).await, Err(Code::Unauthenticated));
    assert_eq!(call(&layer, Some("Bearer x")).await, Err(Code::Unauthenticated));
    assert_eq!(call(&layer.clone().optional(), None).await, Err(Code::Unauthenticated));
    let scoped = layer.clone().require_scope("admin", |jwt| &jwt.custom().scope).unwrap();
    assert_eq!(call(&scoped, Some(&good)).await, Err(Code::PermissionDenied));
    store.set(Fault::Fails("check"));
    assert_eq!(call(&layer, Some(&good)).await, Err(Code::Unavailable));
    // On the wire: no body, which a client would read as a message.
    let request =
        http::Request::post("/").header("content-type", "application/grpc+proto").body(Body::empty()).unwrap();
    let refused = layer.layer(server).oneshot(request).await.unwrap();
    assert_eq!(refused.status(), 200);
    let header = |name: &str| refused.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/grpc");
    assert_eq!(header("grpc-status"), "16");
    assert_eq!(header("grpc-message"), "credentials are required");
    assert!(refused.body().is_end_stream());
}
