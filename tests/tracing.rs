//! What goes to `tracing`: that it happened and why, without a token, a secret or a subject.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/log.rs"]
mod log;

use jwtward::{
    Algorithm, AuthError, ProviderConfig, RefreshError, RefreshToken, SecretSource, SigningKey, TokenProvider,
    store::{MemoryStore, SessionMetadata},
};
use log::Log;

const SECRET: &str = "canary-signing-key-of-more-than-32-octets";
const REFRESH_KEY: &str = "canary-refresh-key-of-more-than-32-octets";

#[test]
fn events_and_refusals_are_traced_without_token_secret_or_subject() {
    let log = Log::default();
    let mut tokens = Vec::new();
    tracing::subscriber::with_default(log.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let key = SigningKey::from_secret(Algorithm::HS256, SECRET.as_bytes()).unwrap();
            let config = ProviderConfig::new(key).track_sessions().refresh_grace(std::time::Duration::ZERO);
            let config = config.refresh_key(SecretSource::inline(REFRESH_KEY));
            let provider = TokenProvider::new(config, MemoryStore::default()).unwrap();
            let metadata = SessionMetadata::new().with_user_agent("canary-agent").with_label("canary-label");

            let data = std::collections::BTreeMap::from([("canary-name", "canary-value")]);
            let single = provider.issue_with("canary-subject", &data, metadata).await.unwrap();
            let next = provider.refresh(single.expose()).await.unwrap();
            let refused = provider.refresh(single.expose()).await.unwrap_err();
            assert!(matches!(refused, RefreshError::Revoked(_)));
            let forged = format!("{}x", next.expose());
            assert!(matches!(provider.authenticate::<()>(&forged).await, Err(AuthError::Token(_))));

            let pair = provider.issue_pair("canary-subject", &data).await.unwrap();
            let second = provider.refresh_pair(&pair.refresh).await.unwrap();
            let reused = provider.refresh_pair(&pair.refresh).await.unwrap_err();
            assert!(matches!(reused, RefreshError::Reused));
            let invalid = RefreshToken::new("canary-refresh-token".into());
            assert!(matches!(provider.refresh_pair(&invalid).await, Err(RefreshError::Invalid)));
            provider.revoke_by_id("foreign-id").await.unwrap();
            provider.revoke_all("canary-subject").await.unwrap();
            for token in [&single, &next, &pair.access, &second.access] {
                tokens.push(token.expose().to_owned());
            }
            tokens.extend([pair.refresh.expose().to_owned(), second.refresh.expose().to_owned(), forged]);
        });
    });

    let log = log.0.lock().unwrap();
    for expected in [
        "kind=SessionOpened",
        "kind=Refreshed",
        "kind=RefreshRefused",
        "WARN message=refresh token reuse kind=ReuseDetected",
        "kind=TokenRevoked jti=\"foreign-id\"",
        "kind=UserRevoked { sessions: 1 }",
        "operation=\"authenticate\" reason=the signature is not valid",
        "operation=\"refresh\" reason=not a valid refresh token",
    ] {
        assert!(log.contains(expected), "{expected} is missing in\n{log}");
    }
    assert!(!log.contains("canary"), "{log}");
    for token in &tokens {
        // Neither whole nor any of its three segments, of which the header says nothing.
        for part in token.split('.').skip(usize::from(token.contains('.'))).chain([token.as_str()]) {
            assert!(!log.contains(part), "{part} in\n{log}");
        }
    }
}
