//! Reading a payload: one pass that checks the JSON, takes the registered claims out, and fills the caller's type with the rest.

use std::borrow::Cow;

use serde::de::{self, Deserialize, DeserializeOwned, DeserializeSeed, MapAccess, Visitor};
use tinyvec::TinyVec;

use super::{
    claims::{Registered, Text},
    error::{Claim, ClaimError},
};
use crate::{
    encoding::{
        json::{Error, JsonError, Parser},
        number::Number,
        object::{Object, name_seed},
    },
    time::NumericDate,
};

/// Some of the registered claims.
#[derive(Clone, Copy, Default)]
struct ClaimSet(u8);

impl ClaimSet {
    fn insert(&mut self, claim: Claim) {
        self.0 |= 1 << claim as u8;
    }

    fn contains(self, claim: Claim) -> bool {
        self.0 & 1 << claim as u8 != 0
    }
}

/// The registered claims as found. A wrong type is remembered, never taken for absence; the JSON around it is still checked.
#[derive(Default)]
pub(super) struct Found {
    pub(super) registered: Registered,
    present: ClaimSet,
    wrong_type: ClaimSet,
}

impl Found {
    /// Whether the payload has that claim, of whatever type.
    pub(super) fn has(&self, claim: Claim) -> bool {
        self.present.contains(claim)
    }

    /// The claim's value, if its type was not wrong.
    pub(super) fn get<T>(&self, claim: Claim, value: T) -> Result<T, ClaimError> {
        if self.wrong_type.contains(claim) { Err(ClaimError::Type(claim)) } else { Ok(value) }
    }
}

/// Reads a payload: the registered claims into `found`, the rest as the caller's type, or why it could not be filled.
///
/// # Errors
/// The payload is not acceptable JSON. Every other fault is held in the result, since `exp` is judged before it.
pub(super) fn read<C: DeserializeOwned>(payload: &str, found: &mut Found) -> Result<Result<C, ClaimError>, JsonError> {
    match read_as::<C>(payload, found) {
        Ok(custom) => Ok(Ok(custom)),
        Err(Error::Json(error)) => Err(error),
        // The caller's type stopped half way, so the rest is neither checked nor collected: read again without it.
        Err(shape) => {
            *found = Found::default();
            match read_as::<()>(payload, found) {
                Ok(()) => Ok(Err(custom_error(shape))),
                Err(Error::Json(error)) => Err(error),
                Err(_) => Err(JsonError::Syntax),
            }
        }
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

fn read_as<'de, C: Deserialize<'de>>(payload: &'de str, found: &mut Found) -> Result<C, Error> {
    let mut parser = Parser::over(payload);
    let mut members = CustomMembers { object: parser.object()?, found };
    let custom = C::deserialize(&mut members);
    let custom = members.object.parser.outcome(custom)?;
    // A type may stop early; what it left is checked all the same.
    while members.next_name()?.is_some() {
        members.object.parser.raw_value()?;
    }
    parser.end()?;
    Ok(custom)
}

/// The payload's members without the registered claims, which go to `found` on the way.
struct CustomMembers<'p, 'de> {
    object: Object<'p, 'de>,
    found: &'p mut Found,
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

impl Found {
    fn read(&mut self, claim: Claim, parser: &mut Parser<'_>) -> Result<(), JsonError> {
        self.present.insert(claim);
        let claims = &mut self.registered;
        let right_type = match claim {
            Claim::Issuer => text(&mut claims.iss, parser)?,
            Claim::Subject => text(&mut claims.sub, parser)?,
            Claim::TokenId => text(&mut claims.jti, parser)?,
            Claim::Audience => audience(&mut claims.aud, parser)?,
            Claim::ExpiresAt => date(&mut claims.exp, parser)?,
            Claim::NotBefore => date(&mut claims.nbf, parser)?,
            Claim::IssuedAt => date(&mut claims.iat, parser)?,
        };
        if !right_type {
            self.wrong_type.insert(claim);
        }
        Ok(())
    }
}

/// A string, as a part of the payload unless it has escapes. Whether it is one.
fn text(claim: &mut Option<Text>, parser: &mut Parser<'_>) -> Result<bool, JsonError> {
    let text = parser.string_or_skip()?;
    *claim = text.map(|text| match text {
        Cow::Borrowed(part) => match (u32::try_from(parser.place(part)), u32::try_from(part.len())) {
            (Ok(start), Ok(length)) => Text::Part(start, length),
            _ => Text::Own(part.into()),
        },
        Cow::Owned(text) => Text::Own(text.into()),
    });
    Ok(claim.is_some())
}

/// `aud`: a string, or an array of strings. Whether it is that.
fn audience(claim: &mut TinyVec<[Text; 1]>, parser: &mut Parser<'_>) -> Result<bool, JsonError> {
    let mut one = None;
    if parser.peek() != Some(b'[') {
        let right_type = text(&mut one, parser)?;
        claim.extend(one);
        return Ok(right_type);
    }
    let mut right_type = true;
    let mut array = parser.array()?;
    while let Some(parser) = array.next()? {
        right_type &= text(&mut one, parser)?;
        claim.extend(one.take());
    }
    Ok(right_type)
}

/// A time. Whether it is one.
fn date(claim: &mut Option<NumericDate>, parser: &mut Parser<'_>) -> Result<bool, JsonError> {
    *claim = parser.number_or_skip()?.and_then(|(text, value)| match value {
        // What nearly every issuer writes: whole seconds.
        Number::Unsigned(secs @ 0..0x8000_0000_0000_0000) => Some(NumericDate::from_secs(secs.cast_signed())),
        _ => NumericDate::from_json(text),
    });
    Ok(claim.is_some())
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
