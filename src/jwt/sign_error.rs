//! Why a token was not signed.

use std::fmt;

use super::error::Claim;
use crate::{encoding::json::JsonError, jws::SigningFailed};

/// Why a token was not signed. Nothing has been issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The custom claims contain a registered claim, which is the signer's to write.
    ReservedClaim(Claim),
    /// The custom claims do not serialise to a JSON object.
    NotAnObject,
    /// The claims make JSON that no verifier here would read: [`JsonError`] tells why.
    Json(JsonError),
    /// The custom claims' own `Serialize` failed.
    Serialize,
    /// The token would have `size` octets, more than `limit`, which verifiers would refuse.
    TooLarge {
        /// The token's length in octets.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The operating system's random source failed.
    Random,
    /// The key could not sign.
    Failed(SigningFailed),
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedClaim(claim) => write!(f, "the custom claims contain the registered claim {claim}"),
            Self::NotAnObject => f.write_str("the custom claims are not a json object"),
            Self::Json(_) => f.write_str("the claims could not be read back"),
            Self::Serialize => f.write_str("the custom claims could not be serialised"),
            Self::TooLarge { size, limit } => {
                write!(f, "the token would have {size} octets, more than the limit of {limit}")
            }
            Self::Random => f.write_str("the operating system's random source failed"),
            Self::Failed(_) => f.write_str("the token could not be signed"),
        }
    }
}

impl std::error::Error for SignError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}
