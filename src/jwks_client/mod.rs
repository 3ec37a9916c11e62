//! Keys of another issuer: a JWK Set (RFC 7517 section 5) behind a URL, fetched, kept and renewed. Feature `jwks-client`; the
//! feature `reqwest` adds an HTTP client.
//!
//! - [`RemoteJwks`] holds the set, and says when it fetches.
//! - [`RemoteVerifier`] is a [`JwtVerifier`](crate::JwtVerifier) whose keys are such a set.
//! - [`JwksFetcher`] is what an HTTP client must do; `ReqwestFetcher` is one.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn run(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use jwtward::jwks_client::{RemoteJwks, RemoteVerifier};
//!
//! let jwks = RemoteJwks::discover("https://auth.example").build()?;
//! let verifier = RemoteVerifier::builder(jwks).issuer("https://auth.example").audience("api").build();
//! let jwt = verifier.verify::<()>(token).await?;
//! # Ok(())
//! # }
//! ```

mod builder;
mod discovery;
mod error;
mod fetcher;
mod location;
mod remote;
#[cfg(feature = "reqwest")]
mod reqwest_fetcher;
mod source;
mod verifier;

pub use builder::{JwksConfigError, RemoteJwksBuilder};
pub use error::{JwksError, RemoteVerifyError};
pub use fetcher::{FetchError, JwksFetcher};
pub use location::JwksUrlError;
pub use remote::RemoteJwks;
#[cfg(feature = "reqwest")]
pub use reqwest_fetcher::ReqwestFetcher;
pub use verifier::RemoteVerifier;

#[cfg(fuzzing)]
pub(crate) use discovery::jwks_uri;
