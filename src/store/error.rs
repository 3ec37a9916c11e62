//! Why a store did not answer.

use std::{error::Error, fmt, sync::Arc};

/// A store did not answer, or could not. Whatever was asked is refused: an error is never taken for "not revoked".
#[derive(Clone)]
pub struct StoreError {
    kind: Kind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failed,
    Timeout,
    Closed,
    Full,
    Unsupported,
}

impl StoreError {
    /// The store failed, for that reason. What the reason says goes to logs: it should hold no credential.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Failed, source: Some(source.into().into()) }
    }

    /// No answer within the deadline.
    #[must_use]
    pub const fn timeout() -> Self {
        Self { kind: Kind::Timeout, source: None }
    }

    /// The store has been closed.
    #[must_use]
    pub const fn closed() -> Self {
        Self { kind: Kind::Closed, source: None }
    }

    /// The store holds as much as it may.
    #[must_use]
    pub const fn full() -> Self {
        Self { kind: Kind::Full, source: None }
    }

    /// The store does not do this: one that only revokes answers so to session calls.
    #[must_use]
    pub const fn unsupported() -> Self {
        Self { kind: Kind::Unsupported, source: None }
    }

    /// Whether the store failed in a way that may not last: asking again can help.
    pub(crate) fn is_failure(&self) -> bool {
        self.kind == Kind::Failed
    }

    /// Whether the deadline passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }

    /// Whether the store has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.kind == Kind::Closed
    }

    /// Whether the store is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.kind == Kind::Full
    }

    /// Whether the store does not do this at all.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.kind == Kind::Unsupported
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreError").field("kind", &self.kind).field("source", &self.source).finish()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Failed => "the store failed",
            Kind::Timeout => "the store did not answer in time",
            Kind::Closed => "the store is closed",
            Kind::Full => "the store is full",
            Kind::Unsupported => "the store does not support this",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_apart_and_keeps_its_source() {
        let failed = StoreError::new("connection refused");
        assert_eq!(failed.to_string(), "the store failed");
        assert_eq!(failed.source().map(ToString::to_string).as_deref(), Some("connection refused"));
        for (error, text) in [
            (StoreError::timeout(), "the store did not answer in time"),
            (StoreError::closed(), "the store is closed"),
            (StoreError::full(), "the store is full"),
            (StoreError::unsupported(), "the store does not support this"),
        ] {
            assert_eq!(error.to_string(), text);
            assert!(error.source().is_none());
            let kinds = [error.is_timeout(), error.is_closed(), error.is_full(), error.is_unsupported()];
            assert_eq!(kinds.iter().filter(|is| **is).count(), 1);
        }
    }
}
