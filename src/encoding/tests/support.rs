//! Reading a text whole, in every way there is.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::super::json::{Error, JsonError, Parser};

/// One whole text as a `T`.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Error> {
    let mut parser = Parser::new(text)?;
    let value = parser.value()?;
    parser.end()?;
    Ok(value)
}

pub(super) fn value(text: &str) -> Result<Value, Error> {
    read(text.as_bytes())
}

/// The reason a text is refused, the same however it is read.
#[track_caller]
pub(super) fn refused(text: impl AsRef<[u8]>) -> JsonError {
    let text = text.as_ref();
    let error = match read::<Value>(text) {
        Err(Error::Json(error)) => error,
        other => panic!("not refused as json: {other:?}"),
    };
    assert_eq!(read::<IgnoredAny>(text).unwrap_err(), Error::Json(error));
    assert_eq!(raw(text), Err(Error::Json(error)));
    error
}

pub(super) fn raw(text: &[u8]) -> Result<&str, Error> {
    let mut parser = Parser::new(text)?;
    let raw = parser.raw_value()?;
    parser.end()?;
    Ok(raw)
}

#[track_caller]
pub(super) fn accepted(text: &str) -> Value {
    let value = value(text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    read::<IgnoredAny>(text.as_bytes()).unwrap();
    assert_eq!(raw(text.as_bytes()).map(str::trim), Ok(text.trim_matches([' ', '\t', '\r', '\n'])));
    value
}
