//! What the tests share: a provider over a store that can fail, and one service behind the layer.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use jwtward::{
    Algorithm, ProviderConfig, SecretSource, SigningKey, TokenProvider, ValidatedJwt,
    http::{BearerAuth, BearerLayer},
    store::MemoryStore,
};
use serde::{Deserialize, Serialize};
use tower::{Layer, ServiceExt, service_fn};

use crate::faulty::Faulty;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) scope: String,
}

pub(crate) fn grant() -> Grant {
    Grant { scope: "orders:read profile".into() }
}

pub(crate) const SECRET: &[u8] = b"a secret of 32 octets and some more";

/// Tracks sessions, over a store that can fail.
pub(crate) fn provider_and_store() -> (TokenProvider, Faulty) {
    let store = Faulty::new(MemoryStore::default());
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let config = ProviderConfig::new(key).issuer("iss").audience("aud").track_sessions();
    let config = config.refresh_key(SecretSource::inline("another secret of 32 octets and more"));
    (TokenProvider::new(config, store.clone()).unwrap(), store)
}

pub(crate) fn provider() -> TokenProvider {
    provider_and_store().0
}

pub(crate) async fn token(provider: &TokenProvider) -> String {
    provider.issue("alice", &grant()).await.unwrap().expose().to_owned()
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none());
        first
    }

    /// A refusal, exactly.
    #[track_caller]
    pub(crate) fn is_refusal(
        &self,
        status: u16,
        slug: &str,
        title: &str,
        error: Option<&str>,
        challenge: Option<&str>,
    ) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header(header::WWW_AUTHENTICATE), challenge);
        assert_eq!(self.header(header::CONTENT_TYPE), Some("application/problem+json"));
        assert_eq!(self.header(header::CACHE_CONTROL), Some("no-store"));
        let error = error.map_or(String::new(), |error| format!(r#","error":"{error}""#));
        let body = format!(r#"{{"type":"urn:jwtward:problem:{slug}","title":"{title}","status":{status}{error}}}"#);
        assert_eq!(self.body, body);
    }

    #[track_caller]
    pub(crate) fn is_missing(&self) {
        let challenge = Some("Bearer realm=\"api\"");
        self.is_refusal(401, "missing-credentials", "credentials are required", None, challenge);
    }

    #[track_caller]
    pub(crate) fn is_invalid_request(&self) {
        let (error, challenge) = ("invalid_request", "Bearer realm=\"api\", error=\"invalid_request\"");
        self.is_refusal(400, "invalid-request", "the request is malformed", Some(error), Some(challenge));
    }

    #[track_caller]
    pub(crate) fn is_invalid_token(&self) {
        let (error, challenge) = ("invalid_token", "Bearer realm=\"api\", error=\"invalid_token\"");
        self.is_refusal(401, "invalid-token", "the token is not valid", Some(error), Some(challenge));
    }

    #[track_caller]
    pub(crate) fn is_insufficient(&self, scope: &str) {
        let challenge = format!("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{scope}\"");
        let error = Some("insufficient_scope");
        self.is_refusal(403, "insufficient-scope", "the token does not grant this", error, Some(&challenge));
    }

    #[track_caller]
    pub(crate) fn is_cross_site(&self) {
        self.is_refusal(403, "cross-site", "the request may come from another site", None, None);
    }

    #[track_caller]
    pub(crate) fn is_unavailable(&self) {
        self.is_refusal(503, "unavailable", "this cannot be decided at the moment", None, None);
        assert_eq!(self.header(header::RETRY_AFTER), Some("5"));
    }
}

pub(crate) async fn seen<B>(response: Response<B>) -> Seen
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Seen { status: parts.status, headers: parts.headers, body: String::from_utf8(body.into()).unwrap() }
}

/// What stands behind the layer: it says whom it serves.
pub(crate) async fn who(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let jwt = request.extensions().get::<ValidatedJwt<Grant>>();
    let text = jwt.map_or("nobody".to_owned(), |jwt| format!("{} {}", jwt.subject().unwrap(), jwt.custom().scope));
    Ok(Response::new(Full::from(text)))
}

pub(crate) async fn through(layer: &BearerLayer<Grant>, request: Request<Full<Bytes>>) -> Seen {
    seen(layer.layer(service_fn(who)).oneshot(request).await.unwrap()).await
}

/// A request with those headers, through a layer that requires a token.
pub(crate) async fn with_headers(auth: &BearerAuth, headers: &[(&str, &[u8])]) -> Seen {
    through(&BearerLayer::new(auth.clone()), request("/", headers)).await
}

pub(crate) fn request(uri: &str, headers: &[(&str, &[u8])]) -> Request<Full<Bytes>> {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::default()).unwrap()
}
