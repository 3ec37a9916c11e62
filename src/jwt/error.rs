//! Why a token is not accepted, or a policy not sound.

use std::fmt;

use crate::{
    jws::{JwsError, Malformed},
    time::NumericDate,
};

/// A registered claim (RFC 7519 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// `iss`.
    Issuer,
    /// `sub`.
    Subject,
    /// `aud`.
    Audience,
    /// `exp`.
    ExpiresAt,
    /// `nbf`.
    NotBefore,
    /// `iat`.
    IssuedAt,
    /// `jti`.
    TokenId,
}

impl Claim {
    /// How many there are.
    pub(crate) const COUNT: usize = 7;

    /// The claim of that name. Names are case-sensitive.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "iss" => Self::Issuer,
            "sub" => Self::Subject,
            "aud" => Self::Audience,
            "exp" => Self::ExpiresAt,
            "nbf" => Self::NotBefore,
            "iat" => Self::IssuedAt,
            "jti" => Self::TokenId,
            _ => return None,
        })
    }

    /// The claim's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "iss",
            Self::Subject => "sub",
            Self::Audience => "aud",
            Self::ExpiresAt => "exp",
            Self::NotBefore => "nbf",
            Self::IssuedAt => "iat",
            Self::TokenId => "jti",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why the claims of a verified token are not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimError {
    /// `now` is not before `exp` plus the leeway. Reported before any other claim error.
    Expired {
        /// The token's `exp`.
        exp: NumericDate,
        /// The time of the check.
        now: NumericDate,
    },
    /// `nbf` is later than `now` plus the leeway.
    NotYetValid {
        /// The token's `nbf`.
        nbf: NumericDate,
        /// The time of the check.
        now: NumericDate,
    },
    /// `iat` is later than `now` plus the leeway.
    IssuedInFuture {
        /// The token's `iat`.
        iat: NumericDate,
        /// The time of the check.
        now: NumericDate,
    },
    /// `iat` is further back than the maximum age plus the leeway.
    TooOld {
        /// The token's `iat`.
        iat: NumericDate,
        /// The time of the check.
        now: NumericDate,
    },
    /// The time from `iat` to `exp` is longer than accepted.
    LivesTooLong {
        /// The token's `iat`.
        iat: NumericDate,
        /// The token's `exp`.
        exp: NumericDate,
    },
    /// A required claim is absent.
    Missing(Claim),
    /// A claim is not of its type, or a time of more digits than can be held exactly.
    Type(Claim),
    /// A claim is not the expected one.
    Mismatch(Claim),
    /// A claim is longer than it may be.
    TooLong(Claim),
    /// The custom claims lack a member that their type requires.
    MissingCustom(&'static str),
    /// The custom claims' type requires a registered claim, which never reaches it: read it from [`Claims`](crate::Claims).
    RegisteredInCustom(Claim),
    /// The custom claims are not of their type.
    CustomType,
    /// The caller's own check said no, for this reason.
    Rejected(&'static str),
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { .. } => f.write_str("the token has expired"),
            Self::NotYetValid { .. } => f.write_str("the token is not valid yet"),
            Self::IssuedInFuture { .. } => f.write_str("the token was issued in the future"),
            Self::TooOld { .. } => f.write_str("the token was issued too long ago"),
            Self::LivesTooLong { .. } => f.write_str("the token lives longer than accepted"),
            Self::Missing(claim) => write!(f, "the claim {claim} is missing"),
            Self::Type(claim) => write!(f, "the claim {claim} is not of its type"),
            Self::Mismatch(claim) => write!(f, "the claim {claim} is not the expected one"),
            Self::TooLong(claim) => write!(f, "the claim {claim} is too long"),
            Self::MissingCustom(name) => write!(f, "the claim {name} is missing"),
            Self::RegisteredInCustom(claim) => {
                write!(f, "the custom claims' type asks for {claim}, which is read from the registered claims")
            }
            Self::CustomType => f.write_str("the custom claims are not of the expected type"),
            Self::Rejected(reason) => write!(f, "the claims were rejected: {reason}"),
        }
    }
}

impl std::error::Error for ClaimError {}

/// Why a token is refused, in the order in which it is checked; but a payload is found malformed only once the signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not well formed.
    Malformed(Malformed),
    /// No key of the set fits the header's `kid` and `alg`.
    NoMatchingKey,
    /// The header's `alg` is not the key's, which is what decides.
    AlgorithmMismatch,
    /// The header's `typ` is not the expected one: another kind of token.
    TokenType,
    /// The signature does not hold. There is no detail, on purpose.
    BadSignature,
    /// The signature holds, the claims do not.
    Claim(ClaimError),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::NoMatchingKey => JwsError::NoMatchingKey.fmt(f),
            Self::AlgorithmMismatch => JwsError::AlgorithmMismatch.fmt(f),
            Self::TokenType => f.write_str("the token's typ is not the expected one"),
            Self::BadSignature => JwsError::BadSignature.fmt(f),
            Self::Claim(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed(malformed) => malformed.source(),
            _ => None,
        }
    }
}

impl From<JwsError> for VerifyError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed(malformed) => Self::Malformed(malformed),
            JwsError::NoMatchingKey => Self::NoMatchingKey,
            JwsError::AlgorithmMismatch => Self::AlgorithmMismatch,
            JwsError::BadSignature => Self::BadSignature,
        }
    }
}

impl From<Malformed> for VerifyError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<ClaimError> for VerifyError {
    fn from(error: ClaimError) -> Self {
        Self::Claim(error)
    }
}
