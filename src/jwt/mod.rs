//! JSON Web Token (RFC 7519): claims, and the policy they must satisfy.

mod builder;
mod claims;
mod config_error;
mod error;
mod parse;
mod random_id;
mod rules;
mod sign;
mod sign_claims;
mod sign_error;
#[cfg(all(test, feature = "hs"))]
mod tests;
mod validate;
mod verify;

pub use builder::{Decided, JwtVerifierBuilder, Undecided};
pub use claims::Claims;
pub use config_error::{ConfigError, CredentialError};
pub use error::{Claim, ClaimError, VerifyError};
#[cfg(any(feature = "provider", feature = "jwks-client"))]
pub(crate) use rules::TokenRules;
#[cfg(feature = "provider")]
pub(crate) use rules::VerifiedToken;
pub use sign::JwtSigner;
#[cfg(feature = "provider")]
pub(crate) use sign_claims::Outgoing;
pub use sign_claims::check_claims_set;
pub use sign_error::SignError;
pub use verify::{JwtVerifier, ValidatedJwt};
