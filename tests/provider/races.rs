//! Many tasks on several threads at once.

use std::sync::Arc;

use jwtward::{IssueError, RefreshError, Revoked, TokenPair, store::WhenFull};
use tokio::sync::Barrier;

use crate::support::{World, config, limit, secs, tracked, untracked};

const RACERS: usize = 32;

/// Starts as many at once as there are racers and gives all results.
async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(racer: impl Fn(usize) -> F) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(RACERS));
    let tasks: Vec<_> = (0..RACERS)
        .map(|number| {
            let (barrier, racer) = (Arc::clone(&barrier), racer(number));
            tokio::spawn(async move {
                barrier.wait().await;
                racer.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_refreshes_of_one_single_token_exactly_one_wins() {
    for tracking in [true, false] {
        let (_, provider) = if tracking { tracked() } else { untracked() };
        for _ in 0..10 {
            let token = provider.issue("alice", &()).await.unwrap();
            let results = race(|_| {
                let (provider, token) = (provider.clone(), token.expose().to_owned());
                async move { provider.refresh(&token).await }
            })
            .await;
            let mut won = results.iter().flatten();
            let winner = won.next().unwrap();
            assert!(won.next().is_none());
            for error in results.iter().filter_map(|result| result.as_ref().err()) {
                assert!(matches!(error, RefreshError::Revoked(Revoked::Superseded | Revoked::Token)), "{error:?}");
            }
            provider.authenticate::<()>(winner.expose()).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_grace_parallel_refreshes_of_one_pair_get_one_rotation_and_the_same_successor() {
    let (_, provider) = untracked();
    for _ in 0..10 {
        let pair = provider.issue_pair("alice", &()).await.unwrap();
        let results = race(|_| {
            let (provider, refresh) = (provider.clone(), pair.refresh.clone());
            async move { provider.refresh_pair(&refresh).await.unwrap() }
        })
        .await;
        let key = |pair: &TokenPair| (pair.refresh.expose().to_owned(), pair.access.expose().to_owned());
        assert!(results.iter().all(|pair| key(pair) == key(&results[0])));
        assert_eq!(provider.sessions("alice").await.unwrap().last().unwrap().rotation_count, 1);
        provider.revoke_refresh_token(&results[0].refresh).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_grace_parallel_refreshes_of_one_pair_succeed_at_most_once_and_end_the_session() {
    let world = World::new();
    let provider = world.provider(config().refresh_grace(secs(0)));
    for _ in 0..10 {
        let pair = provider.issue_pair("alice", &()).await.unwrap();
        let results = race(|_| {
            let (provider, refresh) = (provider.clone(), pair.refresh.clone());
            async move { provider.refresh_pair(&refresh).await }
        })
        .await;
        assert_eq!(results.iter().flatten().count(), 1);
        let reused = results.iter().filter(|result| matches!(result, Err(RefreshError::Reused))).count();
        assert_eq!(reused, 1);
        assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_logins_never_exceed_the_limit() {
    for when_full in [WhenFull::Reject, WhenFull::EvictOldest] {
        let world = World::new();
        let provider = world.provider(config().limit(limit(5, when_full)));
        let results = race(|number| {
            let provider = provider.clone();
            async move {
                match number % 2 {
                    0 => provider.issue("alice", &()).await,
                    _ => provider.issue_pair("alice", &()).await.map(|pair| pair.access),
                }
            }
        })
        .await;
        let good = results.iter().flatten().count();
        assert_eq!(good, if when_full == WhenFull::Reject { 5 } else { RACERS });
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(matches!(error, IssueError::TooManySessions { active: 5, limit: 5 }), "{error:?}");
        }
        assert_eq!(provider.session_count("alice").await.unwrap(), 5);
        let mut live = 0;
        for token in results.iter().flatten() {
            live += usize::from(provider.authenticate::<()>(token.expose()).await.is_ok());
        }
        assert_eq!(live, 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_revocations_of_one_token_exactly_one_is_the_first() {
    for tracking in [true, false] {
        let (_, provider) = if tracking { tracked() } else { untracked() };
        let token = provider.issue("alice", &()).await.unwrap();
        let results = race(|number| {
            let (provider, token) = (provider.clone(), token.clone());
            async move {
                match number % 2 {
                    0 => provider.revoke(token.expose()).await,
                    _ => provider.revoke_by_id(token.id()).await,
                }
            }
        })
        .await;
        assert_eq!(results.iter().flatten().count(), 1);
        assert!(provider.is_token_revoked(token.id()).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_login_beside_a_revoke_all_is_dead_or_counted() {
    let (_, provider) = tracked();
    for _ in 0..20 {
        let results = race(|number| {
            let provider = provider.clone();
            async move {
                if number == RACERS / 2 {
                    provider.revoke_all("alice").await.unwrap();
                    return None;
                }
                provider.issue("alice", &()).await.ok()
            }
        })
        .await;
        let mut live = 0;
        for token in results.iter().flatten() {
            live += u64::from(provider.authenticate::<()>(token.expose()).await.is_ok());
        }
        assert_eq!(live, provider.session_count("alice").await.unwrap());
        assert_eq!(provider.revoke_all("alice").await.unwrap(), live);
    }
}

#[test]
fn every_public_type_crosses_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<(jwtward::TokenProvider, jwtward::TokenProviderBuilder, jwtward::ProviderConfig)>();
    crosses::<(jwtward::AccessToken, jwtward::RefreshToken, TokenPair, jwtward::Session)>();
    crosses::<(jwtward::SecretSource, jwtward::KeySource, jwtward::store::MemoryStore, jwtward::store::StoreError)>();
    crosses::<(jwtward::AuthError, IssueError, RefreshError, jwtward::RevokeError, jwtward::QueryError)>();
    crosses::<(jwtward::DataError, jwtward::EventKind, jwtward::Event<'static>, jwtward::store::SessionMetadata)>();
    fn sends<T: Send>(_: T) {}
    let (_, provider) = tracked();
    // The futures too: a lock across an await would keep them on one thread.
    sends(provider.issue("alice", &()));
    sends(provider.issue_pair("alice", &()));
    sends(provider.authenticate::<serde_json::Value>("x"));
    sends(provider.refresh("x"));
    sends(provider.revoke("x"));
    sends(provider.revoke_all("x"));
    sends(provider.clean_up());
    sends(provider.close());
}
