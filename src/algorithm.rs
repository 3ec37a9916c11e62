//! The registered `alg` names this crate knows (RFC 7518 section 3.1, RFC 8037, RFC 9864).

use std::{fmt, str::FromStr};

/// A JWS signature algorithm. There is no `none`: an unsecured token cannot be expressed.
///
/// A key is bound to one of these; the token's header is only ever compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256 (RFC 7518 section 3.2).
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, a salt of 32 octets (RFC 7518 section 3.5).
    PS256,
    /// RSASSA-PSS with SHA-384 and a salt of 48 octets.
    PS384,
    /// RSASSA-PSS with SHA-512 and a salt of 64 octets.
    PS512,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519 under the name of RFC 8037. The curve Ed448, which that name also covers, is not supported.
    EdDSA,
    /// Ed25519 under the name of RFC 9864: the same signature as [`Algorithm::EdDSA`], another `alg`.
    Ed25519,
}

/// What an algorithm consists of. Everything else follows from this by matches without a catch-all, so that a new algorithm
/// meets a compiler error wherever it needs a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Hmac(Hash),
    Rsa(Padding, Hash),
    Ec(Curve),
    Okp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// RFC 8017 section 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Pkcs1,
    Pss,
}

/// With the hash that RFC 7518 section 3.4 pairs it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Hash {
    /// The output's length in octets.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl Curve {
    /// The name in a JWK (RFC 7518 section 6.2.1.1).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// The length in octets of a coordinate and of a private scalar.
    pub(crate) const fn field_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl Algorithm {
    /// Every algorithm, in the order of the registry.
    pub const ALL: &'static [Self] = &[
        Self::HS256,
        Self::HS384,
        Self::HS512,
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
        Self::Ed25519,
    ];

    /// The registered name, as it stands in a header's `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of that name, compared octet by octet; names are case-sensitive (RFC 7515 section 4.1.1).
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.as_str() == name)
    }

    /// Whether signer and verifier share one secret (HMAC).
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self.family(), Family::Hmac(_))
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::HS256 => Family::Hmac(Hash::Sha256),
            Self::HS384 => Family::Hmac(Hash::Sha384),
            Self::HS512 => Family::Hmac(Hash::Sha512),
            Self::RS256 => Family::Rsa(Padding::Pkcs1, Hash::Sha256),
            Self::RS384 => Family::Rsa(Padding::Pkcs1, Hash::Sha384),
            Self::RS512 => Family::Rsa(Padding::Pkcs1, Hash::Sha512),
            Self::PS256 => Family::Rsa(Padding::Pss, Hash::Sha256),
            Self::PS384 => Family::Rsa(Padding::Pss, Hash::Sha384),
            Self::PS512 => Family::Rsa(Padding::Pss, Hash::Sha512),
            Self::ES256 => Family::Ec(Curve::P256),
            Self::ES384 => Family::Ec(Curve::P384),
            Self::ES512 => Family::Ec(Curve::P521),
            Self::EdDSA | Self::Ed25519 => Family::Okp,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name is not that of a supported algorithm. `none` is among those that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownAlgorithm;

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of a supported signature algorithm")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::from_name(name).ok_or(UnknownAlgorithm)
    }
}

#[cfg(test)]
impl Algorithm {
    /// The hash of an HMAC algorithm, for tests.
    pub(crate) fn hash(self) -> Hash {
        match self.family() {
            Family::Hmac(hash) | Family::Rsa(_, hash) => hash,
            other => panic!("{other:?} names no hash"),
        }
    }

    /// The curve of an EC algorithm, for tests.
    pub(crate) fn curve(self) -> Curve {
        match self.family() {
            Family::Ec(curve) => curve,
            other => panic!("{other:?} has no curve"),
        }
    }

    /// The padding of an RSA algorithm, for tests.
    pub(crate) fn padding(self) -> Padding {
        match self.family() {
            Family::Rsa(padding, _) => padding,
            other => panic!("{other:?} has no padding"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_own_name_and_no_other() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
            assert_eq!(algorithm.to_string(), algorithm.as_str());
            assert_eq!(algorithm.as_str().to_lowercase().parse::<Algorithm>(), Err(UnknownAlgorithm));
        }
        for name in ["none", "None", "NONE", "", "HS256 ", "HS256\0", "ΗS256", "RS1", "ES256K", "A128KW", "Ed448"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name:?}");
        }
        assert_eq!(UnknownAlgorithm.to_string(), "not the name of a supported signature algorithm");
    }
}
