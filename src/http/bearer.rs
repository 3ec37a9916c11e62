//! The value of an Authorization header (RFC 6750 section 2.1): `Bearer`, one space, a token, and nothing else.

use std::fmt;

/// Why a header's value is no bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BearerError {
    /// Longer than any acceptable token.
    TooLarge,
    /// Of another scheme: `Basic`, say. It may be well formed.
    OtherScheme,
    /// Of this scheme or of none, and not as it must be.
    Malformed,
}

impl fmt::Display for BearerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the credentials are too large",
            Self::OtherScheme => "the credentials are of another scheme",
            Self::Malformed => "the credentials are malformed",
        })
    }
}

const SCHEME: &[u8] = b"bearer";

/// The token of a header's value, with at most `limit` octets.
pub(crate) fn token(value: &[u8], limit: usize) -> Result<&str, BearerError> {
    // Before anything is looked at: the scheme, its space, the token.
    if value.len() > SCHEME.len() + 1 + limit {
        return Err(BearerError::TooLarge);
    }
    let end = value.iter().position(|octet| !is_tchar(*octet)).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        let whole = !scheme.is_empty() && (rest.is_empty() || rest.starts_with(b" "));
        return Err(if whole { BearerError::OtherScheme } else { BearerError::Malformed });
    }
    let rest = rest.strip_prefix(b" ").ok_or(BearerError::Malformed)?;
    token68(rest).ok_or(BearerError::Malformed)
}

/// The text, if it is a token68 (RFC 9110 section 11.2), the alphabet of bearer tokens wherever they stand.
pub(super) fn token68(octets: &[u8]) -> Option<&str> {
    let end = octets.iter().rposition(|octet| *octet != b'=').map_or(0, |last| last + 1);
    let (body, _padding) = octets.split_at_checked(end)?;
    let fine = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~+/".contains(octet);
    if body.is_empty() || !body.iter().all(fine) {
        return None;
    }
    std::str::from_utf8(octets).ok()
}

/// What a scheme, a header's name or a cookie's is made of (RFC 9110 section 5.6.2).
pub(super) fn is_tchar(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_of_any_letter_case_and_the_space_is_one() {
        for value in
            ["Bearer a.b-c_d~e+f/g==", "bearer a.b-c_d~e+f/g==", "BEARER a.b-c_d~e+f/g==", "bEaReR a.b-c_d~e+f/g=="]
        {
            assert_eq!(token(value.as_bytes(), 100), Ok("a.b-c_d~e+f/g=="), "{value}");
        }
        for value in [
            "",
            " ",
            "Bearer",
            "Bearer ",
            "Bearer  a",
            "Bearer\ta",
            "Bearer a ",
            " Bearer a",
            "Bearer a b",
            "Bearer a,",
            "Bearer =",
            "Bearer a=b",
            "Bearer,a",
            "Bearer:a",
            "Bearer \u{e9}",
            "Bearer \"a\"",
            "Bearer a\0",
            "Bearer a%2e",
            "Bearer a, Bearer b",
        ] {
            assert_eq!(token(value.as_bytes(), 100), Err(BearerError::Malformed), "{value:?}");
        }
        for value in ["Basic YTpi", "Basic", "Bearera", "Bearer- a", "DPoP a", "Digest username=\"a\""] {
            assert_eq!(token(value.as_bytes(), 100), Err(BearerError::OtherScheme), "{value:?}");
        }
    }

    #[test]
    fn a_token_has_at_most_the_limit() {
        assert_eq!(token(b"Bearer abcd", 4), Ok("abcd"));
        assert_eq!(token(b"Bearer abcde", 4), Err(BearerError::TooLarge));
        assert_eq!(token(&[b'x'; 12], 4), Err(BearerError::TooLarge));
    }

    #[test]
    fn the_texts_say_what_is_wrong() {
        for (error, text) in [
            (BearerError::TooLarge, "the credentials are too large"),
            (BearerError::OtherScheme, "the credentials are of another scheme"),
            (BearerError::Malformed, "the credentials are malformed"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_is_all_that_stands_behind_the_scheme(value: Vec<u8>, limit in 0_usize..100) {
            // Any octets, and any behind the scheme.
            for value in [value.clone(), [b"bEaRer ", &*value].concat()] {
                if let Ok(token) = token(&value, limit) {
                    assert!(value[..7].eq_ignore_ascii_case(b"bearer "));
                    assert_eq!(&value[7..], token.as_bytes());
                    assert!(token.len() <= limit && !token.contains([' ', ',', '\t', '"', '%']));
                }
            }
        }

        #[test]
        fn every_token_is_taken(text in "[A-Za-z0-9._~+/-]{1,80}={0,2}", scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]") {
            assert_eq!(token(format!("{scheme} {text}").as_bytes(), 82), Ok(&*text));
        }
    }
}
