//! The one member that is needed of an issuer's metadata (OpenID Connect Discovery section 3, RFC 8414 section 2).

use std::borrow::Cow;

use super::error::JwksError;
use crate::encoding::json::Parser;

/// The `jwks_uri` of the metadata, if they are those of that issuer, octet by octet: a trailing slash counts (OpenID Connect
/// Discovery section 4.3).
pub(crate) fn jwks_uri<'a>(document: &'a [u8], issuer: &str) -> Result<Cow<'a, str>, JwksError> {
    let (mut named, mut uri) = (None, None);
    let mut parser = Parser::new(document).map_err(JwksError::Metadata)?;
    let mut object = parser.object().map_err(JwksError::Metadata)?;
    while let Some(name) = object.next_name().map_err(JwksError::Metadata)? {
        match &*name {
            "issuer" => named = object.parser.string_or_skip().map_err(JwksError::Metadata)?,
            "jwks_uri" => uri = object.parser.string_or_skip().map_err(JwksError::Metadata)?,
            _ => drop(object.parser.raw_value().map_err(JwksError::Metadata)?),
        }
    }
    parser.end().map_err(JwksError::Metadata)?;
    if named.ok_or(JwksError::MetadataMember("issuer"))? != issuer {
        return Err(JwksError::OtherIssuer);
    }
    uri.ok_or(JwksError::MetadataMember("jwks_uri"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::JsonError;

    const ISSUER: &str = "https://a.example";

    #[test]
    fn the_uri_is_read_from_metadata_of_that_issuer() {
        let document = br#"{"a":[{"issuer":"x"}],"jwks_uri":"https:\/\/b.example/k","issuer":"https://a.example"} "#;
        assert_eq!(jwks_uri(document, ISSUER).unwrap(), "https://b.example/k");
    }

    #[test]
    fn anything_else_is_refused() {
        let error = |document: &[u8]| jwks_uri(document, ISSUER).unwrap_err();
        for issuer in ["https://a.example/", "https://A.example", "https://a.example ", "", "https://b.example"] {
            let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://b.example/k"}}"#);
            assert!(matches!(error(document.as_bytes()), JwksError::OtherIssuer), "{issuer}");
        }
        for (document, name) in [
            (r#"{"jwks_uri":"https://b.example/k"}"#, "issuer"),
            (r#"{"issuer":["https://a.example"],"jwks_uri":"https://b.example/k"}"#, "issuer"),
            (r#"{"issuer":"https://a.example"}"#, "jwks_uri"),
            (r#"{"issuer":"https://a.example","jwks_uri":null}"#, "jwks_uri"),
            (r#"{"issuer":"https://a.example","JWKS_URI":"https://b.example/k"}"#, "jwks_uri"),
        ] {
            assert!(matches!(error(document.as_bytes()), JwksError::MetadataMember(n) if n == name), "{document}");
        }
        for (document, expected) in [
            (&b""[..], JsonError::NotAnObject),
            (b"<html>", JsonError::NotAnObject),
            (b"[]", JsonError::NotAnObject),
            (b"\xff", JsonError::Utf8),
            (br#"{"issuer":"https://a.example","jwks_uri":"https://b.example/k"}{}"#, JsonError::Syntax),
            (br#"{"issuer":"https://a.example","jwks_uri":"https://b.exa"#, JsonError::Syntax),
            (br#"{"issuer":"https://a.example","\u0069ssuer":"https://a.example"}"#, JsonError::DuplicateMember),
            (br#"{"jwks_uri":"https://b.example","jwks_uri":"https://c.example"}"#, JsonError::DuplicateMember),
        ] {
            assert!(matches!(error(document), JwksError::Metadata(error) if error == expected), "{document:?}");
        }
    }
}
