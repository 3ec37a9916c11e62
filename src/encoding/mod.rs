//! Encodings: strict base64url, the bounded JSON parser, and the limits of both.

pub(crate) mod base64url;
pub(crate) mod error;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod number;
pub(crate) mod object;
#[cfg(test)]
mod tests;
