//! The one place where a refusal becomes a response (RFC 6750 section 3, RFC 9457).

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use super::{bearer::BearerError, source::SourceError};
#[cfg(feature = "jwks-client")]
use crate::jwks_client::JwksError;
use crate::jwt::VerifyError;
#[cfg(feature = "provider")]
use crate::provider::{AuthError, RevokeError};

/// Why a request was refused, in full. It goes to logs; what the client is told is a [`RejectionKind`].
#[derive(Debug)]
pub(super) enum Refusal {
    Missing,
    Source(SourceError),
    Token(VerifyError),
    #[cfg(feature = "jwks-client")]
    Keys(JwksError),
    #[cfg(feature = "provider")]
    Auth(AuthError),
    #[cfg(feature = "provider")]
    Revoke(RevokeError),
    Scope,
    /// There is nothing that could decide.
    #[cfg_attr(not(feature = "axum"), allow(dead_code))]
    NotSetUp,
    /// The caller of an endpoint is not one it answers to.
    Caller,
    Method(&'static str),
    MediaType,
    TooLarge,
    Form,
}

/// What a client is told about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// 401: no credentials, or none of a kind that is understood.
    MissingCredentials,
    /// 400 `invalid_request`: the credentials are malformed, too large, or there are several.
    InvalidRequest,
    /// 401 `invalid_token`: malformed, forged, expired, revoked, or for someone else. Which is not told.
    InvalidToken,
    /// 403 `insufficient_scope`.
    InsufficientScope,
    /// 403: a cookie that may have been sent on behalf of another site.
    CrossSite,
    /// 503: what decides did not answer. This says nothing of the token.
    Unavailable,
    /// 500: nothing was set up that could decide.
    NotSetUp,
    /// 405.
    MethodNotAllowed,
    /// 413.
    ContentTooLarge,
    /// 415.
    UnsupportedMediaType,
}

/// How a kind looks on the wire.
struct Look {
    status: StatusCode,
    /// The last part of the problem's type: **part of the interface**.
    slug: &'static str,
    title: &'static str,
    /// The error code of RFC 6750 section 3.1 or RFC 6749 section 5.2.
    error: Option<&'static str>,
    challenge: bool,
}

impl RejectionKind {
    const fn look(self) -> Look {
        let (status, slug, title, error, challenge) = match self {
            Self::MissingCredentials => {
                (StatusCode::UNAUTHORIZED, "missing-credentials", "credentials are required", None, true)
            }
            Self::InvalidRequest => {
                (StatusCode::BAD_REQUEST, "invalid-request", "the request is malformed", Some("invalid_request"), true)
            }
            Self::InvalidToken => {
                (StatusCode::UNAUTHORIZED, "invalid-token", "the token is not valid", Some("invalid_token"), true)
            }
            Self::InsufficientScope => (
                StatusCode::FORBIDDEN,
                "insufficient-scope",
                "the token does not grant this",
                Some("insufficient_scope"),
                true,
            ),
            Self::CrossSite => {
                (StatusCode::FORBIDDEN, "cross-site", "the request may come from another site", None, false)
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "this cannot be decided at the moment", None, false)
            }
            Self::NotSetUp => {
                (StatusCode::INTERNAL_SERVER_ERROR, "not-set-up", "the server is not set up for this", None, false)
            }
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "the method is not allowed here", None, false)
            }
            Self::ContentTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "content-too-large", "the content is too large", None, false)
            }
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "a form is expected", None, false)
            }
        };
        Look { status, slug, title, error, challenge }
    }

    pub(super) fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Missing
            | Refusal::Caller
            | Refusal::Source(SourceError::Credentials(BearerError::OtherScheme)) => Self::MissingCredentials,
            Refusal::Source(SourceError::CrossSite) => Self::CrossSite,
            Refusal::Source(_) | Refusal::Form => Self::InvalidRequest,
            Refusal::Token(_) => Self::InvalidToken,
            #[cfg(feature = "jwks-client")]
            Refusal::Keys(_) => Self::Unavailable,
            #[cfg(feature = "provider")]
            Refusal::Auth(AuthError::Store(_)) | Refusal::Revoke(RevokeError::Store(_)) => Self::Unavailable,
            #[cfg(feature = "provider")]
            Refusal::Auth(_) => Self::InvalidToken,
            #[cfg(feature = "provider")]
            Refusal::Revoke(RevokeError::StoreRequired) => Self::NotSetUp,
            #[cfg(feature = "provider")]
            Refusal::Revoke(_) => Self::InvalidRequest,
            Refusal::Scope => Self::InsufficientScope,
            Refusal::NotSetUp => Self::NotSetUp,
            Refusal::Method(_) => Self::MethodNotAllowed,
            Refusal::MediaType => Self::UnsupportedMediaType,
            Refusal::TooLarge => Self::ContentTooLarge,
        }
    }
}

/// What every refusal of a service has in common.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) realm: Arc<str>,
    /// In seconds.
    pub(super) retry_after: u64,
}

impl Default for Wire {
    fn default() -> Self {
        Self { realm: "api".into(), retry_after: 5 }
    }
}

/// A refused request: the response to it, and nothing of what was sent. `Display` gives the text that the client gets.
///
/// | kind | status | `WWW-Authenticate` | `type` |
/// |---|---|---|---|
/// | missing credentials | 401 | `Bearer realm="…"` | `urn:jwtward:problem:missing-credentials` |
/// | invalid request | 400 | … `error="invalid_request"` | `urn:jwtward:problem:invalid-request` |
/// | invalid token | 401 | … `error="invalid_token"` | `urn:jwtward:problem:invalid-token` |
/// | insufficient scope | 403 | … `error="insufficient_scope", scope="…"` | `urn:jwtward:problem:insufficient-scope` |
/// | cross-site | 403 | none | `urn:jwtward:problem:cross-site` |
/// | unavailable | 503, `Retry-After` | none | `urn:jwtward:problem:unavailable` |
/// | not set up | 500 | none | `urn:jwtward:problem:not-set-up` |
///
/// The body is `application/problem+json` (RFC 9457) with the members `type`, `title`, `status` and, where RFC 6750 has one,
/// `error`. A call of gRPC is answered in its own way instead: 400 and 401 become `UNAUTHENTICATED`, 403 `PERMISSION_DENIED`, 503
/// `UNAVAILABLE`, 500 `INTERNAL`.
#[derive(Clone, Debug)]
pub struct Rejection {
    kind: RejectionKind,
    wire: Wire,
    scope: Option<Arc<str>>,
    allow: Option<&'static str>,
}

impl Rejection {
    pub(super) fn new(refusal: &Refusal, wire: &Wire) -> Self {
        let kind = RejectionKind::of(refusal);
        trace(kind, refusal);
        let allow = match refusal {
            Refusal::Method(allow) => Some(*allow),
            _ => None,
        };
        Self { kind, wire: wire.clone(), scope: None, allow }
    }

    pub(super) fn scope(mut self, scope: Arc<str>) -> Self {
        self.scope = Some(scope);
        self
    }

    /// What the client is told.
    #[must_use]
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The response's status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.kind.look().status
    }

    /// The response to a call of gRPC, which has its own way of telling: HTTP's 200, a code, and no body. Some clients read a
    /// body of another protocol as a message.
    #[must_use]
    pub fn to_grpc_response(&self) -> Response<Full<Bytes>> {
        let code = match self.kind {
            RejectionKind::MissingCredentials | RejectionKind::InvalidToken | RejectionKind::InvalidRequest => 16,
            RejectionKind::InsufficientScope | RejectionKind::CrossSite => 7,
            RejectionKind::Unavailable => 14,
            _ => 13,
        };
        let mut response = Response::new(Full::default());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(HeaderName::from_static("grpc-status"), HeaderValue::from(code));
        headers.insert(HeaderName::from_static("grpc-message"), HeaderValue::from_static(self.kind.look().title));
        response
    }

    /// As the request's protocol has it.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response<Full<Bytes>> {
        let kind = request.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        match kind.strip_prefix(b"application/grpc") {
            Some([] | [b'+' | b';', ..]) => self.to_grpc_response(),
            _ => self.to_response(),
        }
    }

    /// The response: the one function that makes them.
    #[must_use]
    pub fn to_response(&self) -> Response<Full<Bytes>> {
        let Look { status, slug, title, error, challenge } = self.kind.look();
        let error_member = error.map_or(Cow::Borrowed(""), |error| format!(",\"error\":\"{error}\"").into());
        let status_number = status.as_u16();
        let body = format!(
            "{{\"type\":\"urn:jwtward:problem:{slug}\",\"title\":\"{title}\",\"status\":{status_number}{error_member}}}"
        );
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if challenge {
            let error = error.map_or(Cow::Borrowed(""), |error| format!(", error=\"{error}\"").into());
            let scope = self.scope.as_ref().map_or(Cow::Borrowed(""), |scope| format!(", scope=\"{scope}\"").into());
            insert(headers, header::WWW_AUTHENTICATE, &format!("Bearer realm=\"{}\"{error}{scope}", self.wire.realm));
        }
        if self.kind == RejectionKind::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.wire.retry_after));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// Realm and scope were checked where they were set, so the value is one.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.look().title)
    }
}

impl std::error::Error for Rejection {}

#[cfg(feature = "axum")]
impl axum_core::response::IntoResponse for Rejection {
    fn into_response(self) -> axum_core::response::Response {
        self.to_response().map(axum_core::body::Body::new)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the request carries no token"),
            Self::Source(error) => error.fmt(f),
            Self::Token(error) => error.fmt(f),
            #[cfg(feature = "jwks-client")]
            Self::Keys(error) => error.fmt(f),
            #[cfg(feature = "provider")]
            Self::Auth(error) => error.fmt(f),
            #[cfg(feature = "provider")]
            Self::Revoke(error) => error.fmt(f),
            Self::Scope => f.write_str("the token does not grant the scope"),
            Self::NotSetUp => f.write_str("there is no layer and no authentication in the state"),
            Self::Caller => f.write_str("the caller was not accepted"),
            Self::Method(_) => f.write_str("the method is not allowed"),
            Self::MediaType => f.write_str("the content is no form"),
            Self::TooLarge => f.write_str("the content is too large"),
            Self::Form => f.write_str("the form is malformed"),
        }
    }
}

/// Errors hold nothing of the token. What a provider refused for the token's sake, it has traced itself.
fn trace(kind: RejectionKind, refusal: &Refusal) {
    #[cfg(feature = "tracing")]
    if kind == RejectionKind::Unavailable || !matches!(refusal, Refusal::Auth(_)) {
        if matches!(kind, RejectionKind::Unavailable | RejectionKind::NotSetUp) {
            tracing::warn!(?kind, reason = %refusal, "request refused");
        } else {
            tracing::debug!(?kind, reason = %refusal, "request refused");
        }
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (kind, refusal);
}
