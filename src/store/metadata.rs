//! Where a session was opened.

use std::{fmt, net::IpAddr};

/// Where a session was opened, for people to recognise it. Not checked, and not a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SessionMetadata {
    ip: Option<IpAddr>,
    user_agent: Option<Box<str>>,
    label: Option<Box<str>>,
}

impl SessionMetadata {
    /// The longest user agent kept, in octets; the rest is cut off at a character.
    pub const MAX_USER_AGENT: usize = 256;
    /// The longest label kept, in octets; the rest is cut off at a character.
    pub const MAX_LABEL: usize = 64;

    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The client's address.
    #[must_use]
    pub const fn with_ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    /// What the client calls itself: an attacker's text, to be shown with care.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = Some(cut(user_agent, Self::MAX_USER_AGENT));
        self
    }

    /// A name for the session.
    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        self.label = Some(cut(label, Self::MAX_LABEL));
        self
    }

    /// The client's address.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// What the client called itself.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// The session's name.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ip.is_none() && self.user_agent.is_none() && self.label.is_none()
    }
}

fn cut(text: &str, most: usize) -> Box<str> {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default().into()
}

/// Personal data, so none is shown.
impl fmt::Debug for SessionMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionMetadata").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_cut_at_a_character() {
        let long = "é".repeat(200);
        let metadata = SessionMetadata::new().with_user_agent(&long).with_label(&format!("x{long}"));
        assert_eq!(metadata.user_agent().map(str::len), Some(256));
        assert_eq!(metadata.label().map(str::len), Some(63));
        assert_eq!(format!("{metadata:?}"), "SessionMetadata { .. }");
    }
}
