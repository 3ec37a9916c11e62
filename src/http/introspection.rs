//! Asking about a token (RFC 7662).

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body;
use http_body_util::Full;
use serde::de::IgnoredAny;

use super::{
    endpoint::{check_method, finish, service_by_respond, token},
    rejection::{Refusal, RejectionKind},
    verifier::TokenVerifier,
};
use crate::{jwt::ValidatedJwt, time::NumericDate};

/// Answers `POST /introspect` with a form of `token`. Of a good access token it tells `iss`, `sub`, `aud`, `exp`, `nbf`, `iat`,
/// `jti`, and `sid` if it has a session; of anything else, refresh tokens included, `{"active":false}` and nothing more. The
/// store's silence is 503.
///
/// The answer is personal data, and lets who asks try out tokens: the caller must be known (RFC 7662 section 2.1).
#[derive(Clone)]
pub struct IntrospectionService {
    verifier: TokenVerifier,
    caller: Arc<dyn Fn(&Parts) -> bool + Send + Sync>,
}

impl IntrospectionService {
    /// For requests of which `caller` says yes. It sees all but the body: a secret of the resource server's (compare it in
    /// constant time), its client certificate, or what a layer in front left in the extensions.
    #[must_use]
    pub fn new(verifier: impl Into<TokenVerifier>, caller: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        Self { verifier: verifier.into(), caller: Arc::new(caller) }
    }

    /// The response to a request of any path.
    pub async fn respond<B: Body>(&self, request: Request<B>) -> Response<Full<Bytes>> {
        finish(self.introspect(request).await)
    }

    async fn introspect<B: Body>(&self, request: Request<B>) -> Result<String, Refusal> {
        let (parts, body) = request.into_parts();
        check_method(&parts)?;
        if !(self.caller)(&parts) {
            return Err(Refusal::Caller);
        }
        let token = token(&parts.headers, body, self.verifier.max_token_size()).await?;
        match self.verifier.authenticate::<IgnoredAny>(&token).await {
            Ok(jwt) => Ok(active(&jwt)),
            Err(refusal) if RejectionKind::of(&refusal) == RejectionKind::InvalidToken => {
                Ok(r#"{"active":false}"#.into())
            }
            Err(refusal) => Err(refusal),
        }
    }
}

fn active<C>(jwt: &ValidatedJwt<C>) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let audience: Vec<String> = jwt.audience().map(text).collect();
    let audience = match audience.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("[{}]", several.join(","))),
    };
    let time = |time: Option<NumericDate>| time.map(|time| time.to_string());
    let members = [
        ("iss", jwt.issuer().map(text)),
        ("sub", jwt.subject().map(text)),
        ("aud", audience),
        ("exp", time(jwt.expires_at())),
        ("nbf", time(jwt.not_before())),
        ("iat", time(jwt.issued_at())),
        ("jti", jwt.token_id().map(text)),
        ("sid", jwt.session_id().map(|session| text(&session.to_string()))),
    ];
    let members = members.into_iter().filter_map(|(name, value)| value.map(|value| format!(",\"{name}\":{value}")));
    format!("{{\"active\":true,\"token_type\":\"Bearer\"{}}}", members.collect::<String>())
}

service_by_respond!(IntrospectionService);

impl fmt::Debug for IntrospectionService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionService").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
