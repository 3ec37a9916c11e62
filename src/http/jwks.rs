//! The public keys, for those who verify (RFC 7517 section 5).

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use sha2::{Digest, Sha256};
use tower_service::Service;

use super::rejection::{Refusal, Rejection, Wire};
#[cfg(feature = "provider")]
use crate::provider::TokenProvider;
use crate::{encoding::base64url, key::PublicJwkSet};

/// Answers `GET /.well-known/jwks.json` with a set of public keys. [`PublicJwkSet`] has no place for a private or secret one: of
/// a provider that signs with HMAC the set is empty.
///
/// Clients may keep the answer for five minutes, so a key should be published that much before it signs, as a provider's
/// `KeyRing` sees to.
#[derive(Clone, Debug)]
pub struct JwksService(Source);

#[derive(Clone, Debug)]
enum Source {
    Set(Document),
    #[cfg(feature = "provider")]
    Provider(TokenProvider),
}

/// What is served.
#[derive(Clone, Debug)]
struct Document {
    json: Bytes,
    etag: HeaderValue,
}

impl Document {
    fn new(keys: &PublicJwkSet) -> Self {
        let json = keys.to_string();
        let tag = base64url::encode(&Sha256::digest(&json));
        // Base64url between quotes is a header's value; without one, clients fetch the set anew.
        let etag = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { json: json.into(), etag }
    }
}

const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

impl JwksService {
    /// Of that set, which stays as it is.
    #[must_use]
    pub fn new(keys: &PublicJwkSet) -> Self {
        Self(Source::Set(Document::new(keys)))
    }

    /// Of the keys that the provider has at the time of each request.
    #[cfg(feature = "provider")]
    #[must_use]
    pub const fn of(provider: TokenProvider) -> Self {
        Self(Source::Provider(provider))
    }

    fn document(&self) -> Document {
        match &self.0 {
            Source::Set(document) => document.clone(),
            #[cfg(feature = "provider")]
            Source::Provider(provider) => Document::new(&provider.public_jwks()),
        }
    }

    /// The response to a request of any path.
    #[must_use]
    pub fn respond<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let head = request.method() == Method::HEAD;
        if !head && request.method() != Method::GET {
            return Rejection::new(&Refusal::Method("GET, HEAD"), &Wire::default()).to_response();
        }
        let mut response = Response::new(Full::default());
        let document = self.document();
        if document.is_known(request.headers()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            if !head {
                *response.body_mut() = Full::new(document.json.clone());
            }
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(document.json.len()));
        }
        response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
        response.headers_mut().insert(header::ETAG, document.etag);
        response
    }
}

impl Document {
    /// `If-None-Match` (RFC 9110 section 13.1.2). No tag here holds a comma.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .flat_map(|value| value.as_bytes().split(|octet| *octet == b','))
            .any(|tag| {
                let tag = tag.trim_ascii();
                tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.etag.as_bytes()
            })
    }
}

impl<B> Service<Request<B>> for JwksService {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.respond(&request)))
    }
}
