//! Claims on their way out: setting them, and writing the payload.

use std::io::Write as _;

use serde::Serialize;
use tinyvec::TinyVec;

use super::{
    claims::{Claims, Registered, Text},
    error::Claim,
    parse::{self, Found},
    sign_error::SignError,
};
use crate::{
    encoding::{
        json::{JsonError, Parser},
        limits, number,
    },
    time::NumericDate,
};

impl<C> Claims<C> {
    /// Claims to be signed, with nothing but `custom` in them yet.
    pub fn new(custom: C) -> Self {
        Self { registered: Registered::default(), custom }
    }

    /// Sets `iss`.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.registered.iss = Some(Text::Own(issuer.into()));
        self
    }

    /// Sets `sub`.
    #[must_use]
    pub fn with_subject(mut self, subject: &str) -> Self {
        self.registered.sub = Some(Text::Own(subject.into()));
        self
    }

    /// Adds one to `aud`, which is always written as an array.
    #[must_use]
    pub fn with_audience(mut self, audience: &str) -> Self {
        self.registered.aud.push(Text::Own(audience.into()));
        self
    }

    /// Sets `exp`, exactly as given: see [`NumericDate::whole_secs`].
    #[must_use]
    pub fn with_expires_at(mut self, time: NumericDate) -> Self {
        self.registered.exp = Some(time);
        self
    }

    /// Sets `nbf`.
    #[must_use]
    pub fn with_not_before(mut self, time: NumericDate) -> Self {
        self.registered.nbf = Some(time);
        self
    }

    /// Sets `iat`.
    #[must_use]
    pub fn with_issued_at(mut self, time: NumericDate) -> Self {
        self.registered.iat = Some(time);
        self
    }

    /// Sets `jti`.
    #[must_use]
    pub fn with_token_id(mut self, id: &str) -> Self {
        self.registered.jti = Some(Text::Own(id.into()));
        self
    }
}

/// The registered claims that a payload is to have.
#[derive(Default)]
pub(crate) struct Outgoing<'a> {
    pub(crate) issuer: Option<&'a str>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) audience: TinyVec<[&'a str; 1]>,
    pub(crate) expires_at: Option<NumericDate>,
    pub(crate) not_before: Option<NumericDate>,
    pub(crate) issued_at: Option<NumericDate>,
    pub(crate) token_id: Option<&'a str>,
}

impl<'a, C> From<&'a Claims<C>> for Outgoing<'a> {
    fn from(claims: &'a Claims<C>) -> Self {
        Self {
            issuer: claims.issuer(),
            subject: claims.subject(),
            audience: claims.audience().collect(),
            expires_at: claims.expires_at(),
            not_before: claims.not_before(),
            issued_at: claims.issued_at(),
            token_id: claims.token_id(),
        }
    }
}

/// The payload: the registered claims, then the custom ones. What the custom type writes is read back with the parser that
/// verifiers use, so that no token is signed that they would refuse.
pub(super) fn payload<C: Serialize>(claims: &Outgoing<'_>, custom: &C) -> Result<Vec<u8>, SignError> {
    let mut json = registered(claims)?;
    let custom_start = json.len();
    serde_json::to_writer(&mut json, custom).map_err(|_| SignError::Serialize)?;
    join(json, custom_start)
}

/// The same with the custom claims as text, which is written as it is.
#[cfg(feature = "provider")]
pub(super) fn payload_with(claims: &Outgoing<'_>, members: &str) -> Result<Vec<u8>, SignError> {
    let mut json = registered(claims)?;
    let custom_start = json.len();
    json.extend_from_slice(members.as_bytes());
    join(json, custom_start)
}

/// Makes one object of the two that follow each other, the first without its closing brace.
fn join(mut json: Vec<u8>, custom_start: usize) -> Result<Vec<u8>, SignError> {
    let custom = json.get(custom_start..).unwrap_or_default();
    let members = if custom == b"null" { 0 } else { check_custom(custom)? };
    if members > limits::MEMBERS - Claim::COUNT {
        return Err(SignError::Json(JsonError::TooManyMembers));
    }
    if members == 0 {
        json.truncate(custom_start);
        json.push(b'}');
    } else if let (Some(brace), true) = (json.get_mut(custom_start), custom_start > 1) {
        // The members follow those before them.
        *brace = b',';
    } else {
        json.drain(..custom_start);
    }
    Ok(json)
}

/// `{` and the registered claims, each as the verifiers' parser takes it.
fn registered(claims: &Outgoing<'_>) -> Result<Vec<u8>, SignError> {
    // Room for usual claims.
    let mut json = Vec::with_capacity(512);
    json.push(b'{');
    let begin = |json: &mut Vec<u8>, claim: Claim| {
        json.extend_from_slice(if json.len() > 1 { b",\"" } else { b"\"" });
        json.extend_from_slice(claim.as_str().as_bytes());
        json.extend_from_slice(b"\":");
    };
    if let Some(issuer) = claims.issuer {
        begin(&mut json, Claim::Issuer);
        quote(&mut json, issuer)?;
    }
    if let Some(subject) = claims.subject {
        begin(&mut json, Claim::Subject);
        quote(&mut json, subject)?;
    }
    if !claims.audience.is_empty() {
        begin(&mut json, Claim::Audience);
        for (i, audience) in claims.audience.iter().enumerate() {
            json.push(if i == 0 { b'[' } else { b',' });
            quote(&mut json, audience)?;
        }
        json.push(b']');
    }
    for (claim, time) in [
        (Claim::ExpiresAt, claims.expires_at),
        (Claim::NotBefore, claims.not_before),
        (Claim::IssuedAt, claims.issued_at),
    ] {
        if let Some(time) = time {
            begin(&mut json, claim);
            write_time(&mut json, time)?;
        }
    }
    if let Some(id) = claims.token_id {
        begin(&mut json, Claim::TokenId);
        quote(&mut json, id)?;
    }
    Ok(json)
}

fn write_time(json: &mut Vec<u8>, time: NumericDate) -> Result<(), SignError> {
    // What is nearly always written. Every such integer is a number that verifiers read.
    if let Some(secs) = time.exact_secs() {
        return serde_json::to_writer(json, &secs).map_err(|_| SignError::Serialize);
    }
    let start = json.len();
    // Writing to a Vec cannot fail.
    let _ = write!(json, "{time}");
    let written = json.get(start..).and_then(|written| std::str::from_utf8(written).ok()).unwrap_or_default();
    number::value(written).map(|_| ()).map_err(SignError::Json)
}

fn quote(json: &mut Vec<u8>, text: &str) -> Result<(), SignError> {
    let start = json.len();
    serde_json::to_writer(&mut *json, text).map_err(|_| SignError::Serialize)?;
    let too_long = json.len() - start > limits::STRING + "\"\"".len();
    if too_long { Err(SignError::Json(JsonError::StringTooLong)) } else { Ok(()) }
}

/// Checks what the custom type wrote, and counts its members.
fn check_custom(json: &[u8]) -> Result<usize, SignError> {
    let not_object =
        |error| if error == JsonError::NotAnObject { SignError::NotAnObject } else { SignError::Json(error) };
    let mut parser = Parser::new(json).map_err(SignError::Json)?;
    let mut object = parser.object().map_err(not_object)?;
    let mut members = 0;
    while let Some(name) = object.next_name().map_err(SignError::Json)? {
        if let Some(claim) = Claim::from_name(&name) {
            return Err(SignError::ReservedClaim(claim));
        }
        object.parser.raw_value().map_err(SignError::Json)?;
        members += 1;
    }
    Ok(members)
}

/// Checks that octets are a claims set (RFC 7519 section 4) as verifiers here read it: one JSON object within the limits, with
/// no member name twice at any depth. What the claims are is not looked at.
///
/// For claims that come as text and are to be signed as they are, by [`JwsSigner`](crate::JwsSigner).
///
/// # Errors
/// [`JsonError`].
pub fn check_claims_set(octets: &[u8]) -> Result<(), JsonError> {
    let text = std::str::from_utf8(octets).map_err(|_| JsonError::Utf8)?;
    parse::read::<()>(text, &mut Found::default()).map(|_| ())
}
