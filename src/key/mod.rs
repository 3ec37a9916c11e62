//! Keys (RFC 7517, RFC 7468): material bound to one algorithm, with an optional `kid`. What cannot be safe is refused while
//! loading, so that a value of these types is always fit for use.

mod error;
mod jwk;
mod loader;
#[cfg(feature = "_der")]
mod pem;
#[cfg(feature = "prepared")]
mod prepared;
mod publish;
mod secret;
mod set;
pub(crate) mod signing;
mod verifying;

pub use error::KeyError;
pub use loader::KeyLoader;
#[cfg(feature = "prepared")]
pub use prepared::PreparedKey;
pub use publish::{PublicJwk, PublicJwkSet};
pub use set::{KeySet, KeySetError, SkippedKey};
pub use signing::SigningKey;
pub use verifying::VerifyingKey;
