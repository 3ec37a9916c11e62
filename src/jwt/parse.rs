//! Reading a payload: one pass that checks the JSON, takes the registered claims out, and fills the caller's type with the rest.

use std::borrow::Cow;

use serde::de::{self, Deserialize, DeserializeOwned, DeserializeSeed, MapAccess, Visitor};

use super::{
    claims::{Registered, Text},
    error::{Claim, ClaimError},
};
use crate::{
    encoding::{
        json::{Error, JsonError, Parser, Strings},
        object::{Object, name_seed},
    },
    time::NumericDate,
};

/// A registered claim as found. A wrong type is remembered, never taken for absence; the JSON around it is still checked.
#[derive(Default)]
pub(super) enum Found<T> {
    #[default]
    Absent,
    WrongType,
    Value(T),
}

impl<T> Found<T> {
    fn or_wrong(value: Option<T>) -> Self {
        value.map_or(Self::WrongType, Self::Value)
    }

    /// The value if there is one.
    pub(super) fn get(&self, claim: Claim) -> Result<Option<&T>, ClaimError> {
        match self {
            Self::Absent => Ok(None),
            Self::WrongType => Err(ClaimError::Type(claim)),
            Self::Value(value) => Ok(Some(value)),
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    fn ok(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// The registered claims as found, borrowed from the payload.
#[derive(Default)]
pub(super) struct FoundClaims<'a> {
    pub(super) iss: Found<Cow<'a, str>>,
    pub(super) sub: Found<Cow<'a, str>>,
    pub(super) aud: Found<Strings<'a>>,
    pub(super) exp: Found<NumericDate>,
    pub(super) nbf: Found<NumericDate>,
    pub(super) iat: Found<NumericDate>,
    pub(super) jti: Found<Cow<'a, str>>,
}

/// A payload as read.
pub(super) struct Payload<'a, C> {
    pub(super) found: FoundClaims<'a>,
    /// The caller's type, or why it could not be filled.
    pub(super) custom: Result<C, ClaimError>,
}

/// # Errors
/// The payload is not acceptable JSON. Every other fault is held in the result, since `exp` is judged before it.
pub(super) fn read<C: DeserializeOwned>(payload: &str) -> Result<Payload<'_, C>, JsonError> {
    match read_as::<C>(payload) {
        Ok((found, custom)) => Ok(Payload { found, custom: Ok(custom) }),
        Err(Error::Json(error)) => Err(error),
        // The caller's type stopped half way, so the rest is neither checked nor collected: read again without it.
        Err(shape) => match read_as::<()>(payload) {
            Ok((found, ())) => Ok(Payload { found, custom: Err(custom_error(shape)) }),
            Err(Error::Json(error)) => Err(error),
            Err(_) => Err(JsonError::Syntax),
        },
    }
}

fn custom_error(error: Error) -> ClaimError {
    match error {
        Error::MissingMember(name) => match Claim::from_name(name) {
            Some(claim) => ClaimError::RegisteredInCustom(claim),
            None => ClaimError::MissingCustom(name),
        },
        _ => ClaimError::CustomType,
    }
}

fn read_as<'de, C: Deserialize<'de>>(payload: &'de str) -> Result<(FoundClaims<'de>, C), Error> {
    let mut parser = Parser::over(payload);
    let mut members = CustomMembers { object: parser.object()?, found: FoundClaims::default() };
    let custom = C::deserialize(&mut members);
    let custom = members.object.parser.outcome(custom)?;
    // A type may stop early; what it left is checked all the same.
    while members.next_name()?.is_some() {
        members.object.parser.raw_value()?;
    }
    let found = members.found;
    parser.end()?;
    Ok((found, custom))
}

/// The payload's members without the registered claims, which go to `found` on the way.
struct CustomMembers<'p, 'de> {
    object: Object<'p, 'de>,
    found: FoundClaims<'de>,
}

impl<'de> CustomMembers<'_, 'de> {
    /// The next member that is not a registered claim.
    fn next_name(&mut self) -> Result<Option<Cow<'de, str>>, Error> {
        while let Some(name) = self.object.next_name()? {
            let Some(claim) = Claim::from_name(&name) else { return Ok(Some(name)) };
            self.found.read(claim, self.object.parser)?;
        }
        Ok(None)
    }
}

impl<'a> FoundClaims<'a> {
    fn read(&mut self, claim: Claim, parser: &mut Parser<'a>) -> Result<(), JsonError> {
        match claim {
            Claim::Issuer => self.iss = Found::or_wrong(parser.string_or_skip()?),
            Claim::Subject => self.sub = Found::or_wrong(parser.string_or_skip()?),
            Claim::TokenId => self.jti = Found::or_wrong(parser.string_or_skip()?),
            Claim::Audience => self.aud = Found::or_wrong(audience(parser)?),
            Claim::ExpiresAt => self.exp = Found::or_wrong(date(parser)?),
            Claim::NotBefore => self.nbf = Found::or_wrong(date(parser)?),
            Claim::IssuedAt => self.iat = Found::or_wrong(date(parser)?),
        }
        Ok(())
    }

    /// The claims, with `payload` to hold the texts that are parts of it.
    pub(super) fn into_registered(self, payload: &str) -> Registered {
        let text = |cow: Cow<'_, str>| match cow {
            Cow::Borrowed(part) => {
                // Where the part lies within the payload it was borrowed from.
                let start = part.as_ptr() as usize - payload.as_ptr() as usize;
                Text::Part(start..start + part.len())
            }
            Cow::Owned(text) => Text::Own(text.into()),
        };
        Registered {
            payload: String::new(),
            iss: self.iss.ok().map(text),
            sub: self.sub.ok().map(text),
            aud: self.aud.ok().unwrap_or_default().into_iter().map(text).collect(),
            exp: self.exp.ok(),
            nbf: self.nbf.ok(),
            iat: self.iat.ok(),
            jti: self.jti.ok().map(text),
        }
    }
}

/// `aud`: a string, or an array of strings.
fn audience<'a>(parser: &mut Parser<'a>) -> Result<Option<Strings<'a>>, JsonError> {
    match parser.peek() {
        Some(b'[') => parser.strings_or_skip(usize::MAX),
        _ => Ok(parser.string_or_skip()?.map(|one| Strings::from([one]))),
    }
}

fn date(parser: &mut Parser<'_>) -> Result<Option<NumericDate>, JsonError> {
    Ok(parser.number_or_skip()?.and_then(NumericDate::from_json))
}

impl<'de> MapAccess<'de> for CustomMembers<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let name = self.next_name();
        name_seed(self.object.parser, name, seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.object.parser)
    }
}

/// A map; or, for a type without content, nothing.
impl<'de> de::Deserializer<'de> for &mut CustomMembers<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}
