//! Scopes (RFC 6749 section 3.3): words with one space between them.

use std::sync::Arc;

use super::error::HttpConfigError;

/// Whether all words of `needed` are among those of `granted`, whatever their order. Compared octet by octet.
///
/// ```
/// use jwtward::http::has_scope;
///
/// assert!(has_scope("orders:read orders:write", "orders:read"));
/// assert!(!has_scope("orders:read", "orders:read orders:write"));
/// assert!(!has_scope("orders:readonly", "orders:read"));
/// assert!(!has_scope("orders:read", ""), "nothing is not a scope");
/// ```
#[must_use]
pub fn has_scope(granted: &str, needed: &str) -> bool {
    !needed.is_empty()
        && needed.split(' ').all(|word| !word.is_empty() && granted.split(' ').any(|granted| granted == word))
}

/// The scope, if it is one.
pub(super) fn checked(scope: &str) -> Result<Arc<str>, HttpConfigError> {
    let fine = |c: char| matches!(c, '!'..='~') && !matches!(c, '"' | '\\');
    let word = |word: &str| !word.is_empty() && word.chars().all(fine);
    if scope.split(' ').all(word) { Ok(scope.into()) } else { Err(HttpConfigError::Scope) }
}
