//! Looking at a user's sessions.

use super::{error::QueryError, token_id::TrackedId, token_provider::TokenProvider};
use crate::{
    id::SessionId,
    store::{SessionKey, SessionMetadata, StoreTime},
};

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Its id, `sid`.
    pub id: SessionId,
    /// The `jti` of its current access token.
    pub token_id: Box<str>,
    /// Whether it lives by a refresh token.
    pub pair: bool,
    /// When it was opened, by the store's clock.
    pub created: StoreTime,
    /// When it was last refreshed; `created` if never.
    pub refreshed: StoreTime,
    /// When it ends unless it is refreshed.
    pub expires: StoreTime,
    /// How often it was refreshed.
    pub rotation_count: u32,
    /// Where it was opened.
    pub metadata: SessionMetadata,
}

impl TokenProvider {
    /// A user's live sessions, oldest first.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn sessions(&self, subject: &str) -> Result<Vec<Session>, QueryError> {
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        let user = self.user_key(subject);
        let records = self.ask(store.list(user)).await?;
        Ok(records
            .into_iter()
            .map(|record| Session {
                id: record.id,
                token_id: TrackedId { key: SessionKey { user, session: record.id }, generation: record.generation }
                    .text()
                    .into(),
                pair: record.pair,
                created: record.created,
                refreshed: record.rotated,
                expires: record.expires,
                rotation_count: record.generation,
                metadata: record.metadata,
            })
            .collect())
    }

    /// How many live sessions a user has.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn session_count(&self, subject: &str) -> Result<u64, QueryError> {
        let store = self.store().ok_or(QueryError::StoreRequired)?;
        Ok(self.ask(store.count(self.user_key(subject))).await?)
    }
}
