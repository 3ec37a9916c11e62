//! Why a token is not well formed, not verified, or not signed.

use std::fmt;

use crate::encoding::json::JsonError;

/// Why a token is not well formed. It says nothing of the signature, which has not been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// Fewer octets than the smallest possible token has.
    TooShort,
    /// `size` octets, more than `limit`. Nothing was decoded.
    TooLarge {
        /// The token's length in octets.
        size: usize,
        /// The verifier's limit.
        limit: usize,
    },
    /// Not three segments, or one that must not be empty is.
    Segments,
    /// An encoded header of more than 4 KiB.
    HeaderTooLarge,
    /// A segment that is not canonical base64url without padding.
    Base64,
    /// The header is not acceptable JSON.
    Header(JsonError),
    /// A header parameter is absent, or of the wrong type; its name.
    HeaderParameter(&'static str),
    /// `crit` is not an array of distinct names of extensions that the header contains (RFC 7515 section 4.1.11).
    Critical,
    /// `crit` names an extension that is not understood.
    CriticalNotUnderstood,
    /// The header has `b64` (RFC 7797), where it is not allowed: in a JWT always, in a JWS unless the caller asks for it.
    UnencodedPayload,
    /// The header has `zip`; nothing here decompresses.
    Compressed,
    /// The header's `cty` says that the payload is itself a JWT.
    Nested,
    /// A detached payload was given for a token that has its own.
    NotDetached,
    /// The payload is not acceptable JSON. Only reported after the signature was verified.
    Payload(JsonError),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("the token is too short"),
            Self::TooLarge { size, limit } => write!(f, "the token has {size} octets, more than the limit of {limit}"),
            Self::Segments => f.write_str("the token does not consist of three segments, or one is empty"),
            Self::HeaderTooLarge => f.write_str("the token's header is too large"),
            Self::Base64 => f.write_str("a segment of the token is not canonical base64url"),
            Self::Header(_) => f.write_str("the token's header is not acceptable json"),
            Self::HeaderParameter(name) => write!(f, "the header parameter {name} is missing or of the wrong type"),
            Self::Critical => f.write_str("the header parameter crit is malformed"),
            Self::CriticalNotUnderstood => f.write_str("the header demands an extension that is not understood"),
            Self::UnencodedPayload => f.write_str("the header parameter b64 is not allowed here"),
            Self::Compressed => f.write_str("compressed tokens are not accepted"),
            Self::Nested => f.write_str("nested tokens are not accepted"),
            Self::NotDetached => f.write_str("the token has a payload of its own"),
            Self::Payload(_) => f.write_str("the token's payload is not acceptable json"),
        }
    }
}

impl std::error::Error for Malformed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Header(error) | Self::Payload(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a JWS was not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwsError {
    /// Not well formed.
    Malformed(Malformed),
    /// No key of the set fits the header's `kid` and `alg`.
    NoMatchingKey,
    /// The header's `alg` is not the key's, which is what decides.
    AlgorithmMismatch,
    /// The signature does not hold. There is no detail, on purpose.
    BadSignature,
}

impl fmt::Display for JwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::NoMatchingKey => f.write_str("no key matches the token"),
            Self::AlgorithmMismatch => f.write_str("the token's algorithm is not the key's"),
            Self::BadSignature => f.write_str("the signature is not valid"),
        }
    }
}

impl std::error::Error for JwsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed(malformed) => malformed.source(),
            _ => None,
        }
    }
}

impl From<Malformed> for JwsError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Why nothing was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningFailed {
    /// The key could not sign: the operating system's random source failed, which RSA needs. There is no detail.
    Key,
    /// `typ` and `kid` make an encoded header of more than 4 KiB, which verifiers here would not read.
    HeaderTooLarge,
}

impl fmt::Display for SigningFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the signature could not be made",
            Self::HeaderTooLarge => "typ and kid are too long for a header",
        })
    }
}

impl std::error::Error for SigningFailed {}
