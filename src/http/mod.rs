//! Bearer tokens over HTTP (RFC 6750): a tower layer and axum extractors, and the endpoints beside them. Feature `tower`; the
//! extractors need `axum`.
//!
//! - [`BearerAuth`] says what decides about tokens ([`TokenVerifier`]) and where they are looked for ([`TokenSource`]).
//! - [`BearerLayer`] puts it in front of any tower service: axum, hyper, tonic. The service finds
//!   [`ValidatedJwt`](crate::ValidatedJwt) among the request's extensions.
//! - `Bearer` is the same as an argument of an axum handler; `Option<Bearer<C>>` where logging in is optional.
//! - [`Rejection`] is the one place where a refusal becomes a response: RFC 6750, with a body of RFC 9457.
//! - [`JwksService`], `RevocationService` (RFC 7009) and `IntrospectionService` (RFC 7662) answer whole routes.
//!
//! Left to others: security headers, CORS, compression and time limits (tower-http), TLS, and rate limits, which need to know who
//! calls: put one in front of whatever logs in, refreshes, revokes or introspects.
#![doc = ""]
#![doc = include_str!("../../docs/http.md")]

mod auth;
mod bearer;
mod body;
mod csrf;
mod endpoint;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod form;
mod introspection;
mod jwks;
mod layer;
mod rejection;
#[cfg(feature = "provider")]
mod revocation;
mod scope;
mod source;
mod verifier;

pub use auth::BearerAuth;
pub use body::GuardedBody;
pub use csrf::CsrfCheck;
pub use error::HttpConfigError;
#[cfg(feature = "axum")]
pub use extract::Bearer;
pub use introspection::IntrospectionService;
pub use jwks::JwksService;
pub use layer::{BearerLayer, BearerService};
pub use rejection::{Rejection, RejectionKind};
#[cfg(feature = "provider")]
pub use revocation::RevocationService;
pub use scope::has_scope;
pub use source::TokenSource;
pub use verifier::TokenVerifier;

#[cfg(fuzzing)]
pub(crate) use bearer::token;
