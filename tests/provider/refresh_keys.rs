//! The key that refresh tokens are made with, and the one before it.

use jwtward::{
    IssueError, ProviderConfig, RefreshError, RevokeError, SecretSource,
    store::{Capabilities, MemoryStore},
};

use crate::{
    faulty::Faulty,
    support::{World, assert_matches, config},
};

fn secret(name: char) -> SecretSource {
    SecretSource::inline(&name.to_string().repeat(32))
}

fn with(current: char, previous: Option<char>) -> ProviderConfig {
    let config = config().refresh_key(secret(current));
    match previous {
        Some(previous) => config.previous_refresh_key(secret(previous)),
        None => config,
    }
}

#[tokio::test]
async fn nodes_with_the_same_key_and_store_know_each_others_tokens() {
    let world = World::new();
    let (one, other) = (world.provider(with('a', None)), world.provider(with('a', None)));
    let pair = one.issue_pair("alice", &()).await.unwrap();
    let pair = other.refresh_pair(&pair.refresh).await.unwrap();
    one.refresh_pair(&pair.refresh).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_made_up_is_nobody_elses() {
    let world = World::new();
    let (one, other) = (world.provider(config()), world.provider(config()));
    let pair = one.issue_pair("alice", &()).await.unwrap();
    assert_matches!(other.refresh_pair(&pair.refresh).await.unwrap_err(), RefreshError::Invalid);
    assert_matches!(other.revoke_refresh_token(&pair.refresh).await.unwrap_err(), RevokeError::InvalidRefreshToken);
    one.refresh_pair(&pair.refresh).await.unwrap();
}

#[tokio::test]
async fn the_key_before_is_accepted_and_the_next_token_is_made_with_the_present_one() {
    let world = World::new();
    let (old, both, new) =
        (world.provider(with('a', None)), world.provider(with('b', Some('a'))), world.provider(with('b', None)));
    let first = old.issue_pair("alice", &()).await.unwrap();
    assert_matches!(new.refresh_pair(&first.refresh).await.unwrap_err(), RefreshError::Invalid);
    let second = both.refresh_pair(&first.refresh).await.unwrap();
    assert_matches!(old.refresh_pair(&second.refresh).await.unwrap_err(), RefreshError::Invalid);
    // The grace holds over the change.
    let again = both.refresh_pair(&first.refresh).await.unwrap();
    assert_eq!(again.refresh.expose(), second.refresh.expose());
    let third = new.refresh_pair(&second.refresh).await.unwrap();
    both.revoke_refresh_token(&third.refresh).await.unwrap();
}

#[tokio::test]
async fn a_store_that_outlives_the_process_needs_a_key_for_pairs() {
    let world = World::new();
    let store = || Faulty::with(world.store.clone(), Capabilities { sessions: true, process_local: false });
    let provider = world.over(store(), config().track_sessions()).build().unwrap();
    assert_matches!(provider.issue_pair("alice", &()).await.unwrap_err(), IssueError::RefreshKeyRequired);
    let token = provider.issue("alice", &()).await.unwrap();
    provider.refresh(token.expose()).await.unwrap();
    let keyed = world.over(store(), with('a', None)).build().unwrap();
    let pair = keyed.issue_pair("alice", &()).await.unwrap();
    assert_matches!(
        provider.refresh_pair(&pair.refresh).await.unwrap_err(),
        RefreshError::Issue(IssueError::RefreshKeyRequired)
    );
    keyed.refresh_pair(&pair.refresh).await.unwrap();
}

#[tokio::test]
async fn a_store_that_only_revokes_opens_no_pairs() {
    let store = Faulty::with(MemoryStore::default(), Capabilities { sessions: false, process_local: true });
    let world = World::new();
    let provider = world.over(store.clone(), config()).build().unwrap();
    assert_matches!(
        provider.issue_pair("alice", &()).await.unwrap_err(),
        IssueError::Store(error) if error.is_unsupported()
    );
    assert_eq!(store.calls(), Vec::<&str>::new());
    let token = provider.issue("alice", &()).await.unwrap();
    provider.revoke(token.expose()).await.unwrap();
}

#[tokio::test]
async fn the_key_does_not_depend_on_the_signing_key() {
    let world = World::new();
    let other = ProviderConfig::new(jwtward::SigningKey::generate(jwtward::Algorithm::ES256).unwrap());
    let (before, after) = (world.provider(with('a', None)), world.provider(other.refresh_key(secret('a'))));
    let pair = before.issue_pair("alice", &()).await.unwrap();
    let pair = after.refresh_pair(&pair.refresh).await.unwrap();
    after.authenticate::<()>(pair.access.expose()).await.unwrap();
}
