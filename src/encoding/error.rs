//! Why a text cannot be read.

use std::fmt;

use serde::de::{self, Unexpected};

/// Why a text is not acceptable JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// Not UTF-8.
    Utf8,
    /// Not JSON, or followed by something else.
    Syntax,
    /// JSON, but not one object.
    NotAnObject,
    /// A member name occurs twice in one object, compared after its escapes are resolved.
    DuplicateMember,
    /// Nested deeper than 32 levels.
    TooDeep,
    /// More than 256 members in one object.
    TooManyMembers,
    /// A string longer than 64 KiB.
    StringTooLong,
    /// A number written with more than 64 octets.
    NumberTooLong,
    /// An integer outside −2^63 … 2^64−1, or a number beyond the largest finite float.
    NumberOutOfRange,
    /// A lone surrogate in a `\u` escape.
    LoneSurrogate,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "not utf-8",
            Self::Syntax => "not well-formed json",
            Self::NotAnObject => "not a json object",
            Self::DuplicateMember => "a member name occurs twice",
            Self::TooDeep => "nested too deep",
            Self::TooManyMembers => "too many members in one object",
            Self::StringTooLong => "a string is too long",
            Self::NumberTooLong => "a number is too long",
            Self::NumberOutOfRange => "a number is out of range",
            Self::LoneSurrogate => "a string holds a lone surrogate",
        })
    }
}

impl std::error::Error for JsonError {}

/// What a read can fail with: the text itself, or the shape the reader wanted. Holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    Json(JsonError),
    /// A member the type requires is absent. The name comes from the type, not from the text.
    MissingMember(&'static str),
    /// Well-formed, but not of the type asked for.
    Shape,
}

impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::MissingMember(_) => f.write_str("a required member is missing"),
            Self::Shape => f.write_str("a value is not of the expected type"),
        }
    }
}

impl std::error::Error for Error {}

// The messages serde offers quote the input, so none is kept.
impl de::Error for Error {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Shape
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Shape
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Shape
    }
    fn missing_field(name: &'static str) -> Self {
        Self::MissingMember(name)
    }
}
