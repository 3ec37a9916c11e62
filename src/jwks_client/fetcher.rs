//! What fetches: an HTTP client, at least this much of one.

use std::{error::Error, fmt, future::Future, pin::Pin};

/// An HTTP client, as far as it is needed here. `ReqwestFetcher` is one; write your own to go through another client, a proxy or a
/// sidecar.
///
/// Deadline and body size are enforced whatever the fetcher does; a future that blocks its thread, or buffers before it counts,
/// gets around both. What only the fetcher can see to:
///
/// - **No redirects.** Any status but 200 is [`FetchError::Status`]. A fetcher that follows redirects lets whoever can put one on
///   the issuer's host (an open redirect is enough) choose the keys, over plain HTTP too, and lets the issuer reach into the own network.
/// - The server is authenticated: certificates are verified, or anyone on the way can choose the keys.
/// - The body is taken as it is, without decompression, which would get around the limit while it runs.
///
/// ```
/// use jwtward::jwks_client::{FetchError, JwksFetcher};
///
/// struct Sidecar;
///
/// impl JwksFetcher for Sidecar {
///     async fn fetch(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
///         let body = ask_the_sidecar(url).await.map_err(FetchError::transport)?;
///         if body.len() > limit { Err(FetchError::TooLarge) } else { Ok(body) }
///     }
/// }
/// # async fn ask_the_sidecar(_: &str) -> std::io::Result<Vec<u8>> { Ok(Vec::new()) }
/// ```
pub trait JwksFetcher: Send + Sync + 'static {
    /// The body that a GET of that URL is answered with, of at most `limit` octets.
    ///
    /// # Errors
    /// [`FetchError`].
    fn fetch(&self, url: &str, limit: usize) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// Why a body was not fetched.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The response's status is not 200.
    Status(u16),
    /// The body is larger than the limit.
    TooLarge,
    /// There was no whole response. The reason ends up in logs, and should hold no URL.
    Transport(Box<dyn Error + Send + Sync>),
}

impl FetchError {
    /// [`FetchError::Transport`] for that reason.
    pub fn transport(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Transport(reason.into())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the response's status is {status}"),
            Self::TooLarge => f.write_str("the response's body is too large"),
            Self::Transport(_) => f.write_str("there was no whole response"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Transport(reason) => Some(&**reason),
            Self::Status(_) | Self::TooLarge => None,
        }
    }
}

pub(super) type Body<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + 'a>>;

/// [`JwksFetcher`], its future boxed: chosen at run time.
pub(super) trait ErasedFetcher: Send + Sync {
    fn fetch<'a>(&'a self, url: &'a str, limit: usize) -> Body<'a>;
}

impl<F: JwksFetcher> ErasedFetcher for F {
    fn fetch<'a>(&'a self, url: &'a str, limit: usize) -> Body<'a> {
        Box::pin(JwksFetcher::fetch(self, url, limit))
    }
}
