//! The JOSE header (RFC 7515 section 4).

use std::{borrow::Cow, fmt, sync::Arc};

use super::Malformed;
use crate::{
    algorithm::Algorithm,
    encoding::{
        error::JsonError,
        json::{Error, Parser, distinct},
        limits,
    },
};

/// A token's header. Until the signature is verified it is an attacker's text: good for choosing among trusted keys, and
/// nothing else. `jku`, `jwk`, `x5u`, `x5c` and `x5t` are not even kept: a token never says which key to trust. Cloning shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct Header(Arc<Parameters>);

#[derive(PartialEq, Eq)]
struct Parameters {
    algorithm: Option<Algorithm>,
    kid: Option<Box<str>>,
    typ: Option<Box<str>>,
    cty: Option<Box<str>>,
    crit: bool,
    b64: Option<bool>,
    zip: bool,
}

/// The parameters RFC 7515 registers, which `crit` must not name.
const REGISTERED: [&str; 11] = ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"];

impl Header {
    /// `alg`, or `None` when it is not a supported algorithm's name.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.0.algorithm
    }

    /// `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// `typ`, as written.
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.0.typ.as_deref()
    }

    /// Whether `typ` is that media type. Letter case and the prefix `application/` make no difference (RFC 7515 section
    /// 4.1.9).
    #[must_use]
    pub fn is_type(&self, expected: &str) -> bool {
        self.token_type().is_some_and(|typ| same_media_type(typ, expected))
    }

    /// `cty`, as written.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.0.cty.as_deref()
    }

    /// Whether the payload stands in the signing input as base64url (RFC 7797 section 3).
    pub(super) fn payload_is_encoded(&self) -> bool {
        self.0.b64 != Some(false)
    }

    /// Refuses the extensions a JWT never has: `zip`, and a JWT within the JWT.
    pub(super) fn check_jwt(&self) -> Result<(), Malformed> {
        if self.0.zip {
            return Err(Malformed::Compressed);
        }
        match self.content_type() {
            Some(cty) if same_media_type(cty, "JWT") => Err(Malformed::Nested),
            _ => Ok(()),
        }
    }

    /// Parses the decoded header. `allow_b64` is the caller's choice of RFC 7797; without it `b64` is refused in any form.
    pub(super) fn parse(octets: &[u8], allow_b64: bool) -> Result<Self, Malformed> {
        let mut parser = Parser::new(octets).map_err(Malformed::Header)?;
        let mut header =
            Parameters { algorithm: None, kid: None, typ: None, cty: None, crit: false, b64: None, zip: false };
        let mut alg = None;
        let mut crit = None;
        let mut object = parser.object().map_err(Malformed::Header)?;
        while let Some(name) = object.next_name().map_err(Malformed::Header)? {
            let parser = &mut *object.parser;
            match &*name {
                "alg" => alg = Some(string(parser, "alg")?),
                "kid" => header.kid = Some(string(parser, "kid")?.into()),
                "typ" => header.typ = Some(string(parser, "typ")?.into()),
                "cty" => header.cty = Some(string(parser, "cty")?.into()),
                "crit" => {
                    let names = parser.strings_or_skip(limits::NAMES).map_err(Malformed::Header)?;
                    crit = Some(names.ok_or(Malformed::Critical)?);
                }
                "b64" => {
                    header.b64 = Some(parser.value().map_err(|error| match error {
                        Error::Json(error) => Malformed::Header(error),
                        _ => Malformed::HeaderParameter("b64"),
                    })?);
                }
                _ => {
                    header.zip |= name == "zip";
                    parser.raw_value().map_err(Malformed::Header)?;
                }
            }
        }
        parser.end().map_err(Malformed::Header)?;
        header.algorithm = Algorithm::from_name(&alg.ok_or(Malformed::HeaderParameter("alg"))?);
        if let Some(crit) = crit {
            check_crit(&crit, octets, allow_b64)?;
            header.crit = true;
        }
        // RFC 7797 section 6: `b64` binds only when `crit` names it, which is the one name `crit` can hold here.
        match header.b64 {
            Some(_) if !allow_b64 => Err(Malformed::UnencodedPayload),
            Some(_) if !header.crit => Err(Malformed::Critical),
            _ => Ok(Self(Arc::new(header))),
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameters { algorithm, kid, typ, cty, .. } = &*self.0;
        f.debug_struct("Header")
            .field("algorithm", algorithm)
            .field("kid", kid)
            .field("typ", typ)
            .field("cty", cty)
            .finish_non_exhaustive()
    }
}

/// RFC 7515 section 4.1.11: names of extensions, at least one, each once, each present in the header, each understood.
fn check_crit(crit: &[Cow<'_, str>], header: &[u8], allow_b64: bool) -> Result<(), Malformed> {
    if crit.is_empty() || !distinct(crit) || !are_extensions(crit, header).map_err(Malformed::Header)? {
        return Err(Malformed::Critical);
    }
    if crit.iter().all(|name| allow_b64 && name == "b64") { Ok(()) } else { Err(Malformed::CriticalNotUnderstood) }
}

/// Whether each of the distinct names is a member of the header and not a registered parameter. Reads the header's names once more:
/// few headers have a `crit`, and a list of all names would be kept for every one.
fn are_extensions(names: &[Cow<'_, str>], header: &[u8]) -> Result<bool, JsonError> {
    let mut parser = Parser::new(header)?;
    let mut object = parser.object()?;
    let mut found = 0;
    while let Some(name) = object.next_name()? {
        found += usize::from(names.contains(&name) && !REGISTERED.contains(&&*name));
        object.parser.raw_value()?;
    }
    Ok(found == names.len())
}

fn string<'a>(parser: &mut Parser<'a>, name: &'static str) -> Result<Cow<'a, str>, Malformed> {
    parser.string_or_skip().map_err(Malformed::Header)?.ok_or(Malformed::HeaderParameter(name))
}

/// Compares media types, of which each may leave out `application/` (RFC 7515 section 4.1.9).
fn same_media_type(a: &str, b: &str) -> bool {
    const PREFIX: &str = "application/";
    let [a, b] = [a, b].map(|text| match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => text,
    });
    a.eq_ignore_ascii_case(b)
}
