//! A token's claims: the registered ones (RFC 7519 section 4.1) and the caller's own, kept apart.

use std::fmt;

use tinyvec::TinyVec;

use crate::time::NumericDate;

/// The claims of a token: those RFC 7519 registers, and `C`, the remaining members of the payload.
///
/// The two never mix: a registered claim does not reach `C`, and `C` must not contain one.
#[derive(Clone)]
pub struct Claims<C> {
    pub(super) registered: Registered,
    pub(super) custom: C,
}

#[derive(Clone, Default)]
pub(super) struct Registered {
    /// The payload as received, which the texts below are parts of; empty when the claims were not parsed.
    pub(super) payload: String,
    pub(super) iss: Option<Text>,
    pub(super) sub: Option<Text>,
    pub(super) aud: TinyVec<[Text; 1]>,
    pub(super) exp: Option<NumericDate>,
    pub(super) nbf: Option<NumericDate>,
    pub(super) iat: Option<NumericDate>,
    pub(super) jti: Option<Text>,
}

/// A claim's text: a part of the payload, or on its own because it was written with escapes or given by the caller.
#[derive(Clone)]
pub(super) enum Text {
    /// Where it begins, and its length: half the size of a range, since no token is that long.
    Part(u32, u32),
    Own(Box<str>),
}

/// What nothing stands in yet.
impl Default for Text {
    fn default() -> Self {
        Self::Part(0, 0)
    }
}

impl Registered {
    fn text<'a>(&'a self, text: &'a Text) -> &'a str {
        match text {
            Text::Part(start, length) => {
                let (start, length) = (*start as usize, *length as usize);
                self.payload.get(start..start + length).unwrap_or_default()
            }
            Text::Own(text) => text,
        }
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        self.iss.as_ref().map(|text| self.text(text))
    }

    pub(super) fn subject(&self) -> Option<&str> {
        self.sub.as_ref().map(|text| self.text(text))
    }

    pub(super) fn audience(&self) -> impl Iterator<Item = &str> {
        self.aud.iter().map(|text| self.text(text))
    }

    pub(super) fn token_id(&self) -> Option<&str> {
        self.jti.as_ref().map(|text| self.text(text))
    }
}

impl<C> Claims<C> {
    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.registered.issuer()
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.registered.subject()
    }

    /// The members of `aud`; one if it is a string.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        self.registered.audience()
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.registered.exp
    }

    /// `nbf`.
    #[must_use]
    pub fn not_before(&self) -> Option<NumericDate> {
        self.registered.nbf
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.registered.iat
    }

    /// `jti`.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.registered.token_id()
    }

    /// The caller's own claims.
    #[must_use]
    pub fn custom(&self) -> &C {
        &self.custom
    }

    /// The caller's own claims, by value.
    #[must_use]
    pub fn into_custom(self) -> C {
        self.custom
    }
}

/// Claims may be personal data, so none is shown but the times.
impl<C> fmt::Debug for Claims<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Registered { exp, nbf, iat, .. } = &self.registered;
        f.debug_struct("Claims").field("exp", exp).field("nbf", nbf).field("iat", iat).finish_non_exhaustive()
    }
}
