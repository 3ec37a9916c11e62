//! The member `data`: the caller's own claims, in and out.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, IgnoredAny, Visitor},
};

use super::error::DataError;
use crate::{
    encoding::json::{Error, JsonError, Parser},
    id::SessionId,
    jwt::ClaimError,
};

/// Names that `data` must not have, in any letter case: a careless reader could take such a member for the claim.
const RESERVED: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid"];

/// The caller's data as JSON, checked; `None` when there is none (null or `{}`).
pub(super) fn to_json<D: Serialize + ?Sized>(data: &D) -> Result<Option<Box<str>>, DataError> {
    let json = serde_json::to_string(data).map_err(|_| DataError::Serialize)?;
    if json == "null" {
        return Ok(None);
    }
    let mut parser = Parser::over(&json);
    let mut object = parser.object().map_err(|error| match error {
        JsonError::NotAnObject => DataError::NotAnObject,
        error => DataError::Json(error),
    })?;
    let mut empty = true;
    while let Some(name) = object.next_name().map_err(DataError::Json)? {
        // The long s is an s in another case, and some readers of JSON take it for one.
        let name = name.replace('ſ', "s");
        if let Some(claim) = RESERVED.iter().find(|claim| name.eq_ignore_ascii_case(claim)) {
            return Err(DataError::Reserved(claim));
        }
        object.parser.raw_value().map_err(DataError::Json)?;
        empty = false;
    }
    Ok((!empty).then(|| json.into()))
}

/// The top-level members beside the registered claims, as JSON text: `sid` and `data`.
pub(super) fn members(session: Option<SessionId>, data: Option<&str>) -> String {
    // Neither needs escapes: one is base64url, the other JSON already.
    match (session, data) {
        (None, None) => "{}".into(),
        (None, Some(data)) => format!(r#"{{"data":{data}}}"#),
        (Some(session), None) => format!(r#"{{"sid":"{session}"}}"#),
        (Some(session), Some(data)) => format!(r#"{{"sid":"{session}","data":{data}}}"#),
    }
}

/// The member `data` of a validated payload, exactly as written.
pub(super) fn raw_data(payload: &str) -> Option<&str> {
    let mut parser = Parser::over(payload);
    let mut object = parser.object().ok()?;
    let mut data = None;
    while let Ok(Some(name)) = object.next_name() {
        let value = object.parser.raw_value().ok()?;
        if name == "data" {
            data = Some(value).filter(|value| *value != "null" && *value != "{}");
        }
    }
    data
}

/// What the session of a pair keeps: whom it is of, and what was granted.
pub(super) fn grant(subject: &str, data: Option<&str>) -> String {
    let subject = serde_json::Value::from(subject);
    format!(r#"{{"sub":{subject},"data":{}}}"#, data.unwrap_or("{}"))
}

/// The subject and the data of a [`grant`].
pub(super) fn read_grant(grant: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut parser = Parser::over(grant);
    let mut object = parser.object().ok()?;
    let mut subject = None;
    while let Some(name) = object.next_name().ok()? {
        match &*name {
            "sub" => subject = object.parser.string_or_skip().ok()?,
            _ => drop(object.parser.raw_value().ok()?),
        }
    }
    subject.map(|subject| (subject, raw_data(grant)))
}

/// What the payload of a provider's token has beside the registered claims. Other members are ignored.
#[derive(Deserialize)]
pub(super) struct Members<C> {
    #[serde(default, deserialize_with = "session")]
    pub(super) sid: Option<SessionId>,
    #[serde(default = "absent")]
    data: Option<Data<C>>,
}

fn absent<T>() -> Option<T> {
    None
}

/// A `sid` that is there must be one of ours: null is not absence.
fn session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SessionId>, D::Error> {
    Cow::<str>::deserialize(deserializer)?.parse().map(Some).map_err(de::Error::custom)
}

impl<C: DeserializeOwned> Members<C> {
    /// The caller's type; of a token without data, what it reads from `{}`.
    pub(super) fn into_data(self) -> Result<C, ClaimError> {
        match self.data {
            Some(Data(data)) => Ok(data),
            None => Parser::over("{}").value::<Data<C>>().map(|Data(data)| data).map_err(|error| match error {
                Error::MissingMember(name) => ClaimError::MissingCustom(name),
                _ => ClaimError::CustomType,
            }),
        }
    }
}

/// The caller's type; one without content takes any data.
struct Data<C>(C);

impl<'de, C: Deserialize<'de>> Deserialize<'de> for Data<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        C::deserialize(AnyForNothing(deserializer)).map(Self)
    }
}

/// A deserializer that gives `()` for whatever there is, and else is the one within.
struct AnyForNothing<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AnyForNothing<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        IgnoredAny::deserialize(self.0)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map struct
        identifier ignored_any
    }
}
