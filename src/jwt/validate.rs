//! The policy, and all registered checks in one straight line.

use std::time::Duration;

use super::{
    error::{Claim, ClaimError},
    parse::Found,
};
use crate::{jws::Header, time::NumericDate};

/// What a verifier expects. Every expectation was stated by the caller, or waived by name.
#[derive(Clone)]
pub(super) struct Policy {
    /// `None`: waived.
    pub(super) issuer: Option<Box<str>>,
    /// `None`: waived.
    pub(super) audience: Option<Box<str>>,
    pub(super) token_type: TokenType,
    pub(super) leeway: Duration,
    pub(super) expiry_required: bool,
    pub(super) required: Vec<Claim>,
    pub(super) max_age: Option<Duration>,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) subject: Option<Box<str>>,
    pub(super) token_id: Option<Box<str>>,
}

/// What the header's `typ` must be.
#[derive(Clone)]
pub(super) enum TokenType {
    /// Absent, or `JWT`.
    Usual,
    /// This one.
    Expected(Box<str>),
    /// Anything, or nothing.
    Waived,
}

impl Policy {
    /// Whether the header is of the expected kind of token (RFC 8725 section 3.11).
    pub(super) fn accepts_type(&self, header: &Header) -> bool {
        match &self.token_type {
            TokenType::Usual => header.token_type().is_none() || header.is_type("JWT"),
            TokenType::Expected(expected) => header.is_type(expected),
            TokenType::Waived => true,
        }
    }

    /// Checks the registered claims against the policy (RFC 7519 section 4.1).
    pub(super) fn validate(&self, found: &Found, now: NumericDate) -> Result<(), ClaimError> {
        let claims = &found.registered;
        // An expired token is reported as expired, whatever else is wrong with it.
        let exp = found.get(Claim::ExpiresAt, claims.exp)?;
        match exp {
            Some(exp) if now >= exp.plus(self.leeway) => return Err(ClaimError::Expired { exp, now }),
            None if self.expiry_required => return Err(ClaimError::Missing(Claim::ExpiresAt)),
            _ => {}
        }

        let latest = now.plus(self.leeway);
        match found.get(Claim::NotBefore, claims.nbf)? {
            Some(nbf) if nbf > latest => return Err(ClaimError::NotYetValid { nbf, now }),
            _ => {}
        }
        let iat = found.get(Claim::IssuedAt, claims.iat)?;
        match iat {
            Some(iat) if iat > latest => return Err(ClaimError::IssuedInFuture { iat, now }),
            _ => {}
        }
        match (self.max_age, iat) {
            (Some(max_age), Some(iat)) if now > iat.plus(max_age).plus(self.leeway) => {
                return Err(ClaimError::TooOld { iat, now });
            }
            (Some(_), None) => return Err(ClaimError::Missing(Claim::IssuedAt)),
            _ => {}
        }

        match (self.max_lifetime, iat, exp) {
            (Some(most), Some(iat), Some(exp)) if exp > iat.plus(most) => {
                return Err(ClaimError::LivesTooLong { iat, exp });
            }
            (Some(_), None, _) => return Err(ClaimError::Missing(Claim::IssuedAt)),
            (Some(_), _, None) => return Err(ClaimError::Missing(Claim::ExpiresAt)),
            _ => {}
        }

        expect(Claim::Issuer, found.get(Claim::Issuer, claims.issuer())?, self.issuer.as_deref())?;
        match (found.get(Claim::Audience, found.has(Claim::Audience))?, self.audience.as_deref()) {
            (true, Some(expected)) if !claims.audience().any(|one| one == expected) => {
                return Err(ClaimError::Mismatch(Claim::Audience));
            }
            (false, Some(_)) => return Err(ClaimError::Missing(Claim::Audience)),
            _ => {}
        }
        expect(Claim::Subject, found.get(Claim::Subject, claims.subject())?, self.subject.as_deref())?;
        expect(Claim::TokenId, found.get(Claim::TokenId, claims.token_id())?, self.token_id.as_deref())?;

        for &claim in &self.required {
            if !found.has(claim) || (claim == Claim::Audience && claims.aud.is_empty()) {
                return Err(ClaimError::Missing(claim));
            }
        }
        Ok(())
    }
}

/// Compares a text claim, octet by octet, if anything is expected of it.
fn expect(claim: Claim, found: Option<&str>, expected: Option<&str>) -> Result<(), ClaimError> {
    match (found, expected) {
        (_, None) => Ok(()),
        (None, Some(_)) => Err(ClaimError::Missing(claim)),
        (Some(found), Some(expected)) if found == expected => Ok(()),
        (Some(_), Some(_)) => Err(ClaimError::Mismatch(claim)),
    }
}
