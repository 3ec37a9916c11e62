//! Publishing public keys: JWK, JWK Set, PEM, thumbprint.

mod jwk;
#[cfg(feature = "_der")]
pub(super) mod pem;

pub use jwk::{PublicJwk, PublicJwkSet};
