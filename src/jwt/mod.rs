//! JSON Web Token (RFC 7519): claims, and the policy they must satisfy.

mod builder;
mod claims;
mod error;
mod parse;
mod sign;
mod validate;
mod verify;

pub use builder::{Decided, JwtVerifierBuilder, Undecided};
pub use claims::Claims;
pub use error::{Claim, ClaimError, ConfigError, SignError, VerifyError};
pub use sign::JwtSigner;
pub use verify::{JwtVerifier, ValidatedJwt};
