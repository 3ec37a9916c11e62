//! What the endpoints that take a token in a form have in common.

use std::pin::{Pin, pin};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Method, Response, header, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use zeroize::Zeroizing;

use super::{
    form,
    rejection::{Refusal, Rejection, Wire},
};
use crate::encoding::limits;

/// What a boxed answer of a service is.
pub(super) type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, E>> + Send>>;

/// A tower service that answers what its `respond` does.
macro_rules! service_by_respond {
    ($service:ty) => {
        impl<B> tower_service::Service<http::Request<B>> for $service
        where
            B: http_body::Body + Send + 'static,
            B::Data: Send,
            B::Error: Send,
        {
            type Response = http::Response<http_body_util::Full<bytes::Bytes>>;
            type Error = std::convert::Infallible;
            type Future = $crate::http::endpoint::Answer<Self::Error>;

            fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<B>) -> Self::Future {
                let service = self.clone();
                Box::pin(async move { Ok(service.respond(request).await) })
            }
        }
    };
}
pub(super) use service_by_respond;

/// The method is POST.
pub(super) fn check_method(parts: &Parts) -> Result<(), Refusal> {
    if parts.method == Method::POST { Ok(()) } else { Err(Refusal::Method("POST")) }
}

/// The form's token. `token_type_hint` may be there and needs no look: the kinds of token are told apart by their form.
pub(super) async fn token<B: Body>(
    headers: &HeaderMap,
    body: B,
    max_token: usize,
) -> Result<Zeroizing<String>, Refusal> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let form = types.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    let is_form = form.is_some_and(|form| form.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if !is_form || types.next().is_some() {
        return Err(Refusal::MediaType);
    }
    // Every octet of the token may be escaped.
    let form = read(body, max_token.saturating_mul(3).saturating_add(limits::FORM)).await?;
    form::field(&form, "token_type_hint").map_err(|_| Refusal::Form)?;
    let token = form::field(&form, "token").map_err(|_| Refusal::Form)?;
    token.filter(|token| !token.is_empty()).ok_or(Refusal::Form)
}

async fn read<B: Body>(body: B, limit: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut octets = Zeroizing::new(Vec::new());
    let mut body = pin!(body);
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(|_| Refusal::Form)?.into_data() else { continue };
        if data.remaining() > limit - octets.len() {
            return Err(Refusal::TooLarge);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            octets.extend_from_slice(chunk);
            let len = chunk.len();
            data.advance(len);
        }
    }
    Ok(octets)
}

/// The response to a request that was served, or refused.
pub(super) fn finish(result: Result<String, Refusal>) -> Response<Full<Bytes>> {
    match result {
        Ok(json) => {
            let mut response = Response::new(Full::from(json));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(refusal) => Rejection::new(&refusal, &Wire::default()).to_response(),
    }
}
