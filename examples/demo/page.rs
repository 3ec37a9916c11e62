//! The page: one file, with its style and script in it.

use axum::http::HeaderValue;
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

pub(crate) const PAGE: &str = include_str!("page.html");

/// What the page may do: run its own style and script, as they are, and call its own origin. Text never becomes markup: the
/// browser holds the script to that (Trusted Types).
pub(crate) fn policy() -> Result<HeaderValue, Box<dyn std::error::Error>> {
    let (style, script) = (hash("style")?, hash("script")?);
    let policy = format!(
        "default-src 'none'; style-src {style}; script-src {script}; connect-src 'self'; img-src data:; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    Ok(HeaderValue::from_str(&policy)?)
}

/// The hash of the page's one element of that name, so that the policy and the page cannot drift apart.
fn hash(element: &str) -> Result<String, String> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let content = PAGE.split_once(&open).and_then(|(_, rest)| rest.split_once(&close));
    let (content, _) = content.ok_or_else(|| format!("the page has no {open}"))?;
    Ok(format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(content))))
}
