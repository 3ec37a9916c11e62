//! The URLs that keys may come from. The text that is fetched is written anew from what was checked, so that no other reader of it
//! sees another URL.

use std::fmt;

use url::{Host, Url};

use crate::encoding::limits;

/// An absolute URL that may be fetched.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Location(Url);

/// Why keys are not fetched from a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwksUrlError {
    /// No absolute URL.
    NotAUrl,
    /// More than 2048 octets.
    TooLong,
    /// Neither `https` nor `http`.
    Scheme,
    /// `http`, and not at 127.0.0.0/8 or ::1, or not asked for by
    /// [`RemoteJwksBuilder::allow_http_on_loopback`](super::RemoteJwksBuilder::allow_http_on_loopback).
    PlainHttp,
    /// A user name or password, which would end up in logs.
    UserInfo,
    /// A fragment, which names no resource of its own.
    Fragment,
    /// An issuer's identifier with a query (OpenID Connect Discovery section 2).
    IssuerQuery,
}

impl fmt::Display for JwksUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl => f.write_str("not an absolute url"),
            Self::TooLong => write!(f, "the url has more than {} octets", limits::URL),
            Self::Scheme => f.write_str("the url is not of https"),
            Self::PlainHttp => f.write_str("plain http is for loopback addresses alone, and only when asked for"),
            Self::UserInfo => f.write_str("the url holds a user name or password"),
            Self::Fragment => f.write_str("the url has a fragment"),
            Self::IssuerQuery => f.write_str("an issuer's identifier has no query"),
        }
    }
}

impl std::error::Error for JwksUrlError {}

/// Where an issuer's metadata are, under its identifier (OpenID Connect Discovery section 4).
const METADATA: &str = "/.well-known/openid-configuration";

impl Location {
    pub(super) fn new(text: &str, http_on_loopback: bool) -> Result<Self, JwksUrlError> {
        if text.len() > limits::URL {
            return Err(JwksUrlError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| JwksUrlError::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if http_on_loopback && is_loopback(&url) => {}
            "http" => return Err(JwksUrlError::PlainHttp),
            _ => return Err(JwksUrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(JwksUrlError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(JwksUrlError::Fragment);
        }
        Ok(Self(url))
    }

    /// Of an issuer's metadata. One slash at the end of its identifier does not count here, though it does when it is compared.
    pub(super) fn of_metadata(issuer: &str, http_on_loopback: bool) -> Result<Self, JwksUrlError> {
        let Self(mut url) = Self::new(issuer, http_on_loopback)?;
        if url.query().is_some() {
            return Err(JwksUrlError::IssuerQuery);
        }
        let path = url.path();
        let path = format!("{}{METADATA}", path.strip_suffix('/').unwrap_or(path));
        url.set_path(&path);
        Ok(Self(url))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// An address that leads nowhere else. `localhost` is none: what it means is up to a file and a name server.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

/// Scheme, host and port: a path or query may hold a secret.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_without_user_and_fragment_is_fetched() {
        use JwksUrlError::{Fragment, NotAUrl, PlainHttp, Scheme, TooLong, UserInfo};
        for (text, error) in [
            ("", NotAUrl),
            ("keys.json", NotAUrl),
            ("//issuer.example/keys", NotAUrl),
            ("https://", NotAUrl),
            ("https://issuer.example:99999/", NotAUrl),
            ("file:///etc/passwd", Scheme),
            ("ftp://issuer.example/keys", Scheme),
            ("data:application/json,{}", Scheme),
            ("http://issuer.example/keys", PlainHttp),
            ("http://127.0.0.1/keys", PlainHttp),
            ("HTTP://127.0.0.1/keys", PlainHttp),
            ("https://user@issuer.example/", UserInfo),
            ("https://user:password@issuer.example/", UserInfo),
            ("https://:password@issuer.example/", UserInfo),
            ("https://issuer.example/keys#a", Fragment),
            ("https://issuer.example/keys#", Fragment),
            (&format!("https://issuer.example/{}", "a".repeat(2048)), TooLong),
        ] {
            assert_eq!(Location::new(text, false), Err(error), "{text}");
        }
        for text in
            ["https://issuer.example", "https://issuer.example:8443/keys?v=1", "https://127.0.0.1/", "https://[::1]/"]
        {
            assert!(Location::new(text, false).is_ok(), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_addresses_when_asked_for() {
        for text in ["http://127.0.0.1:8080/keys", "http://127.8.9.1/", "http://[::1]:80/", "http://127.1/"] {
            assert!(Location::new(text, true).is_ok(), "{text}");
            assert_eq!(Location::new(text, false), Err(JwksUrlError::PlainHttp), "{text}");
        }
        for text in [
            "http://localhost/",
            "http://128.0.0.1/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@issuer.example/",
            "http://0.0.0.0/",
            "http://10.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::2]/",
            "http://issuer.example\\@127.0.0.1/",
        ] {
            assert_eq!(Location::new(text, true), Err(JwksUrlError::PlainHttp), "{text}");
        }
        assert_eq!(Location::new("file:///keys", true), Err(JwksUrlError::Scheme));
    }

    #[test]
    fn metadata_are_under_the_issuers_path() {
        for (issuer, url) in [
            ("https://a.example", "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/", "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/realms/b", "https://a.example/realms/b/.well-known/openid-configuration"),
            ("https://a.example/realms/b/", "https://a.example/realms/b/.well-known/openid-configuration"),
            ("https://a.example/b%2Fc", "https://a.example/b%2Fc/.well-known/openid-configuration"),
        ] {
            assert_eq!(Location::of_metadata(issuer, false).unwrap().as_str(), url);
        }
        assert_eq!(Location::of_metadata("https://a.example/?b", false), Err(JwksUrlError::IssuerQuery));
        assert_eq!(Location::of_metadata("https://a.example/#b", false), Err(JwksUrlError::Fragment));
    }

    #[test]
    fn what_is_shown_is_scheme_host_and_port() {
        let location = Location::new("https://issuer.example:8443/tenant-canary/keys?key=canary", false).unwrap();
        assert_eq!(format!("{location:?}"), "https://issuer.example:8443");
    }
}
