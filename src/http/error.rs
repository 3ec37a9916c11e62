//! What is wrong with a setting.

use std::fmt;

/// Why a setting is refused. Nothing of what was given is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpConfigError {
    /// A realm is empty, longer than 128 characters, or not printable ASCII without quotes and backslashes.
    Realm,
    /// A scope is empty, or not made of the characters of RFC 6749 section 3.3 with one space between two.
    Scope,
    /// Not the name of a header.
    HeaderName,
    /// A header that a form of another site can set as well, or that has a meaning of its own.
    SafelistedHeader,
    /// Not the name of a cookie.
    CookieName,
    /// A cookie that another host can set: its name does not begin with `__Host-`.
    CookiePrefix,
    /// Not the name of a query parameter in letters, digits, `-`, `.` and `_`.
    ParameterName,
    /// Not an origin as browsers write it, `https://host` or `https://host:port`; or none at all.
    Origin,
}

impl fmt::Display for HttpConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Realm => "the realm must be 1 to 128 printable characters without quotes and backslashes",
            Self::Scope => "the scope must be words with one space between them",
            Self::HeaderName => "this is not the name of a header",
            Self::SafelistedHeader => "a check needs a header that another site cannot set",
            Self::CookieName => "this is not the name of a cookie",
            Self::CookiePrefix => "the name of the cookie must begin with __Host-",
            Self::ParameterName => "this is not the name of a query parameter",
            Self::Origin => "an origin is a scheme, a host and perhaps a port",
        })
    }
}

impl std::error::Error for HttpConfigError {}
