//! Cookies are sent by browsers on behalf of any site; what shows that a request comes from one's own.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method, header, request::Parts};
use subtle::ConstantTimeEq;

use super::{
    bearer::is_tchar,
    error::HttpConfigError,
    source::{one_cookie, one_header},
};

/// What a request must show beside a cookie, so that another site cannot have it made (CSRF). Without one there is no cookie
/// transport.
///
/// A check applies to every request, whatever its method: nothing is taken to be harmless because it is a `GET`.
#[derive(Clone, Debug)]
pub struct CsrfCheck(Check);

#[derive(Clone, Debug)]
enum Check {
    DoubleSubmit { cookie: Arc<str>, header: HeaderName },
    Origin { origins: Arc<[Box<str>]>, header: Option<HeaderName> },
}

/// The shortest value of a double submit: 16 characters of base64url are 96 bits.
const MIN_VALUE: usize = 16;

impl CsrfCheck {
    /// The header must repeat the value of that second cookie, of 16 characters or more: another site can cause the cookie to be
    /// sent, and cannot read it. The value must be random and new with each login; the page's script reads the cookie, which
    /// is therefore not `HttpOnly`. Its name must begin with `__Host-`, so that no other host can set it.
    ///
    /// # Errors
    /// [`HttpConfigError`].
    pub fn double_submit(cookie: &str, header: &str) -> Result<Self, HttpConfigError> {
        if !cookie.starts_with("__Host-") {
            return Err(HttpConfigError::CookiePrefix);
        }
        Ok(Self(Check::DoubleSubmit { cookie: cookie_name(cookie)?, header: custom_header(header)? }))
    }

    /// The header `Origin` must be there and be one of these, `https://app.example`, say. Browsers send it with everything but
    /// plain `GET` and `HEAD` requests, and with WebSocket handshakes: the check for these.
    ///
    /// # Errors
    /// [`HttpConfigError`].
    pub fn origin<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, HttpConfigError> {
        Ok(Self(Check::Origin { origins: checked_origins(origins)?, header: None }))
    }

    /// The header must be there, with any value that is not empty: a page of another site can send it only after the browser
    /// asked the server (CORS). And `Origin`, which must be there unless the request is a `GET` or `HEAD`, must be one of these.
    ///
    /// **The server's CORS settings must not allow the header to other origins.**
    ///
    /// # Errors
    /// [`HttpConfigError`].
    pub fn header_and_origin<'a>(
        header: &str,
        origins: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, HttpConfigError> {
        Ok(Self(Check::Origin { origins: checked_origins(origins)?, header: Some(custom_header(header)?) }))
    }

    /// Whether the request shows it.
    pub(super) fn holds(&self, parts: &Parts) -> bool {
        match &self.0 {
            Check::DoubleSubmit { cookie, header } => double_submitted(&parts.headers, cookie, header),
            Check::Origin { origins, header } => {
                let shown = header.as_ref().is_none_or(
                    |header| matches!(one_header(&parts.headers, header), Ok(Some(value)) if !value.is_empty()),
                );
                let origin = match one_header(&parts.headers, &header::ORIGIN) {
                    Ok(Some(origin)) => origins.iter().any(|known| known.as_bytes() == origin),
                    Ok(None) => header.is_some() && (parts.method == Method::GET || parts.method == Method::HEAD),
                    Err(_) => false,
                };
                shown && origin
            }
        }
    }
}

fn double_submitted(headers: &HeaderMap, cookie: &str, header: &HeaderName) -> bool {
    let (Ok(Some(cookie)), Ok(Some(repeated))) = (one_cookie(headers, cookie), one_header(headers, header)) else {
        return false;
    };
    cookie.len() >= MIN_VALUE && bool::from(cookie.ct_eq(repeated))
}

pub(super) fn cookie_name(name: &str) -> Result<Arc<str>, HttpConfigError> {
    let fine = !name.is_empty() && name.bytes().all(is_tchar);
    if fine { Ok(name.into()) } else { Err(HttpConfigError::CookieName) }
}

/// A header that a page of another site cannot set without having asked.
fn custom_header(name: &str) -> Result<HeaderName, HttpConfigError> {
    let name: HeaderName = name.parse().map_err(|_| HttpConfigError::HeaderName)?;
    let everyone = [
        header::ACCEPT,
        header::ACCEPT_LANGUAGE,
        header::CONTENT_LANGUAGE,
        header::CONTENT_TYPE,
        header::RANGE,
        header::COOKIE,
        header::ORIGIN,
        header::REFERER,
        header::HOST,
        header::USER_AGENT,
        header::ACCEPT_ENCODING,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::CACHE_CONTROL,
        header::PRAGMA,
        header::UPGRADE_INSECURE_REQUESTS,
    ];
    let by_the_browser = ["sec-", "proxy-"].iter().any(|start| name.as_str().starts_with(start));
    let known = ["priority", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via"];
    if everyone.contains(&name) || by_the_browser || known.contains(&name.as_str()) {
        return Err(HttpConfigError::SafelistedHeader);
    }
    Ok(name)
}

fn checked_origins<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Arc<[Box<str>]>, HttpConfigError> {
    let origins: Vec<Box<str>> = origins.into_iter().map(Into::into).collect();
    if origins.is_empty() || !origins.iter().all(|origin| is_origin(origin)) {
        return Err(HttpConfigError::Origin);
    }
    Ok(origins.into())
}

/// Whether it is as a browser would write it (RFC 6454 section 6.2): compared octet by octet, anything else would never match.
fn is_origin(origin: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let host = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"-._:[]".contains(&octet);
    matches!(scheme, "https" | "http") && !authority.is_empty() && authority.bytes().all(host)
}
