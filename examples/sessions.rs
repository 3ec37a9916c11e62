//! Sessions of one user, at most three at once: log in three times, be refused the fourth, list, revoke all, be refused everywhere.
//!
//! `cargo run --example sessions --features provider`

use std::{error::Error, num::NonZeroU32};

use jwtward::{
    Algorithm, AuthError, IssueError, ProviderConfig, SigningKey, TokenProvider,
    store::{Limit, MemoryStore, SessionMetadata, WhenFull},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Role {
    role: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let limit = Limit { max: NonZeroU32::MIN.saturating_add(2), when_full: WhenFull::Reject };
    let config = ProviderConfig::new(SigningKey::generate(Algorithm::HS256)?).issuer("demo-app").limit(limit);
    let provider = TokenProvider::new(config, MemoryStore::default())?;
    let role = Role { role: "admin".to_owned() };

    let mut tokens = Vec::new();
    for device in ["laptop", "phone", "tablet"] {
        let metadata = SessionMetadata::new().with_label(device);
        let token = provider.issue_with("admin", &role, metadata).await?;
        let count = provider.session_count("admin").await?;
        println!("logged in on the {device}: {count} of 3 sessions");
        tokens.push(token);
    }

    match provider.issue("admin", &role).await {
        Err(IssueError::TooManySessions { active, limit }) => {
            println!("a fourth login is refused: {active} of {limit} sessions");
        }
        other => return Err(format!("expected a refusal, got {other:?}").into()),
    }

    // A refresh works at the limit: it keeps its session's place.
    if let Some(token) = tokens.first_mut() {
        *token = provider.refresh(token.expose()).await?;
        println!("the laptop refreshed its token");
    }

    for session in provider.sessions("admin").await? {
        let (label, count) = (session.metadata.label().unwrap_or("?"), session.rotation_count);
        println!("session {} on the {label}, refreshed {count} times", session.id);
    }
    for token in &tokens {
        let who = provider.authenticate::<Role>(token.expose()).await?;
        println!("accepted: {} as {}", who.subject().unwrap_or("?"), who.custom().role);
    }

    let ended = provider.revoke_all("admin").await?;
    println!("all {ended} sessions revoked");
    for token in &tokens {
        match provider.authenticate::<Role>(token.expose()).await {
            Err(AuthError::Revoked(reason)) => println!("refused: {reason}"),
            other => return Err(format!("expected a refusal, got {other:?}").into()),
        }
    }
    println!("{} sessions are left", provider.session_count("admin").await?);
    Ok(())
}
