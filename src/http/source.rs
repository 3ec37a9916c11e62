//! Where a request may carry its token.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, Method, Version, header, request::Parts};

use super::{
    bearer::{self, BearerError},
    csrf::{CsrfCheck, cookie_name},
    error::HttpConfigError,
};

/// Where a token is looked for. By default that is the Authorization header alone. A request that carries tokens in two of the
/// places is refused, and so is one with two Authorization headers.
#[derive(Clone, Debug)]
pub struct TokenSource(Source);

#[derive(Clone, Debug)]
enum Source {
    Authorization,
    Cookie { name: Arc<str>, csrf: CsrfCheck },
    WebSocketQuery { parameter: Arc<str> },
}

impl TokenSource {
    /// The header `Authorization: Bearer …`. A header of another scheme is refused, also where logging in is optional.
    #[must_use]
    pub const fn authorization() -> Self {
        Self(Source::Authorization)
    }

    /// The cookie of that name, together with a check that the request does not come from another site. The cookie should be
    /// `HttpOnly`, `Secure` and `SameSite`, and its name begin with `__Host-`.
    ///
    /// # Errors
    /// [`HttpConfigError::CookieName`].
    pub fn cookie(name: &str, csrf: CsrfCheck) -> Result<Self, HttpConfigError> {
        Ok(Self(Source::Cookie { name: cookie_name(name)?, csrf }))
    }

    /// A parameter of the query, and only in a WebSocket handshake, since browsers let nobody set headers there. On any other
    /// request it is refused. Addresses end up in logs: issue a token for this alone, that lives for seconds.
    ///
    /// # Errors
    /// [`HttpConfigError::ParameterName`].
    pub fn websocket_query(parameter: &str) -> Result<Self, HttpConfigError> {
        let fine = |octet: u8| octet.is_ascii_alphanumeric() || b"-._".contains(&octet);
        if parameter.is_empty() || !parameter.bytes().all(fine) {
            return Err(HttpConfigError::ParameterName);
        }
        Ok(Self(Source::WebSocketQuery { parameter: parameter.into() }))
    }
}

/// What is wrong with where a request carries its token, or how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceError {
    /// In several places, or several times in one.
    Several,
    /// A header's value is none, or an octet string that is no token.
    Credentials(BearerError),
    /// In the query of a request that is no handshake.
    Query,
    /// The cookie may have been sent on behalf of another site.
    CrossSite,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Several => f.write_str("the request carries more than one token"),
            Self::Credentials(error) => error.fmt(f),
            Self::Query => f.write_str("a token in the query of what is no websocket handshake"),
            Self::CrossSite => f.write_str("the check against requests from other sites failed"),
        }
    }
}

/// The one token of a request, with at most `limit` octets; `None` if it carries none.
pub(super) fn find<'a>(
    parts: &'a Parts,
    sources: &[TokenSource],
    limit: usize,
) -> Result<Option<&'a str>, SourceError> {
    let mut found = None;
    // All places are looked at before any token: two of them are refused, whatever they hold.
    for TokenSource(source) in sources {
        let raw = match source {
            Source::Authorization => one_header(&parts.headers, &header::AUTHORIZATION)?,
            Source::Cookie { name, .. } => one_cookie(&parts.headers, name)?,
            Source::WebSocketQuery { parameter } => one_parameter(parts.uri.query().unwrap_or_default(), parameter)?,
        };
        if let Some(raw) = raw
            && found.replace((source, raw)).is_some()
        {
            return Err(SourceError::Several);
        }
    }
    let Some((source, raw)) = found else { return Ok(None) };
    let token = match source {
        Source::Authorization => bearer::token(raw, limit),
        _ if raw.len() > limit => Err(BearerError::TooLarge),
        _ => bearer::token68(raw).ok_or(BearerError::Malformed),
    };
    match source {
        Source::Cookie { csrf, .. } if !csrf.holds(parts) => Err(SourceError::CrossSite),
        Source::WebSocketQuery { .. } if !is_handshake(parts) => Err(SourceError::Query),
        _ => token.map(Some).map_err(SourceError::Credentials),
    }
}

/// The value of a header that may occur once.
pub(super) fn one_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a [u8]>, SourceError> {
    at_most_one(headers.get_all(name).iter().map(|value| value.as_bytes()))
}

/// The value of a cookie that may occur once (RFC 6265 section 4.2.1), in however many headers (RFC 9113 section 8.2.3).
pub(super) fn one_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, SourceError> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|octet| *octet == b';'));
    at_most_one(pairs.filter_map(|pair| value_of(pair.trim_ascii(), name)))
}

/// The value of a parameter that may occur once, as written: neither the name nor a token needs an escape.
fn one_parameter<'a>(query: &'a str, name: &str) -> Result<Option<&'a [u8]>, SourceError> {
    at_most_one(query.as_bytes().split(|octet| *octet == b'&').filter_map(|pair| value_of(pair, name)))
}

fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")
}

fn at_most_one<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Result<Option<&'a [u8]>, SourceError> {
    let first = values.next();
    if values.next().is_some() { Err(SourceError::Several) } else { Ok(first) }
}

/// A WebSocket's opening: RFC 6455 section 4.1 over HTTP/1.1, RFC 8441 section 5 over later versions.
fn is_handshake(parts: &Parts) -> bool {
    let names = |name: &HeaderName, word: &str| {
        parts
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|element| element.trim().eq_ignore_ascii_case(word)))
    };
    let version = parts.headers.contains_key(header::SEC_WEBSOCKET_VERSION);
    if parts.version >= Version::HTTP_2 {
        // A CONNECT that has a path and a query at all is an extended one.
        parts.method == Method::CONNECT && version
    } else {
        parts.method == Method::GET
            && version
            && names(&header::UPGRADE, "websocket")
            && names(&header::CONNECTION, "upgrade")
    }
}
