//! Sessions: listed, counted, ended by id.

use jwtward::{AuthError, Revoked, SessionId, store::StoreTime};

use crate::support::{START, World, assert_matches, config, secs, tracked};

fn at(secs: i64) -> StoreTime {
    StoreTime::from_millis(u64::try_from((START + secs) * 1000).unwrap())
}

#[tokio::test]
async fn a_users_live_sessions_are_listed_oldest_first() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(3600)).leeway(secs(60)));
    let single = provider.issue("alice", &()).await.unwrap();
    world.clock.advance(10);
    let pair = provider.issue_pair("alice", &()).await.unwrap();
    provider.issue("bob", &()).await.unwrap();
    world.clock.advance(10);
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();

    let [first, second] = &provider.sessions("alice").await.unwrap()[..] else { panic!("two sessions") };
    assert_eq!(Some(first.id), single.session_id());
    assert_eq!(*first.token_id, *single.id());
    assert!(!first.pair);
    assert_eq!((first.created, first.refreshed, first.rotation_count), (at(0), at(0), 0));
    // As long as its token is accepted.
    assert_eq!(first.expires, at(3660));
    assert_eq!(Some(second.id), pair.access.session_id());
    assert_eq!(*second.token_id, *pair.access.id());
    assert!(second.pair);
    assert_eq!((second.created, second.refreshed, second.rotation_count), (at(10), at(20), 1));
    assert_eq!(second.expires, at(20 + 1_209_600));
    assert_eq!(provider.session_count("alice").await.unwrap(), 2);
    assert_eq!(provider.session_count("nobody").await.unwrap(), 0);
    assert_eq!(provider.sessions("nobody").await.unwrap(), []);
}

#[tokio::test]
async fn sessions_of_one_millisecond_are_listed_in_their_order() {
    let (_, provider) = tracked();
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(provider.issue("alice", &()).await.unwrap().session_id().unwrap());
    }
    let listed: Vec<_> = provider.sessions("alice").await.unwrap().iter().map(|session| session.id).collect();
    assert_eq!(listed, ids);
}

#[tokio::test]
async fn an_expired_session_is_neither_listed_nor_counted() {
    let world = World::new();
    let provider = world.provider(config().track_sessions().expiration(secs(60)));
    let token = provider.issue("alice", &()).await.unwrap();
    world.clock.advance_millis(59_999);
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
    world.clock.advance_millis(1);
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
    assert_eq!(provider.sessions("alice").await.unwrap(), []);
    assert!(provider.is_token_revoked(token.id()).await.unwrap());
    assert_eq!(provider.revoke_all("alice").await.unwrap(), 0);
}

#[tokio::test]
async fn a_session_is_ended_by_its_id_once_and_by_its_user_only() {
    let (world, provider) = tracked();
    let token = provider.issue("alice", &()).await.unwrap();
    let session = token.session_id().unwrap();
    world.log.take();
    assert!(!provider.end_session("bob", session).await.unwrap());
    provider.authenticate::<()>(token.expose()).await.unwrap();
    assert!(provider.end_session("alice", session).await.unwrap());
    assert!(!provider.end_session("alice", session).await.unwrap());
    assert!(!provider.end_session("alice", SessionId::from_octets([0; 16])).await.unwrap());
    assert_matches!(
        provider.authenticate::<()>(token.expose()).await.unwrap_err(),
        AuthError::Revoked(Revoked::Session)
    );
    assert_eq!(world.log.take(), ["SessionEnded user sid"]);
}

#[tokio::test]
async fn sessions_end_in_any_order() {
    let (_, provider) = tracked();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut tokens = Vec::new();
        for _ in 0..3 {
            tokens.push(provider.issue("alice", &()).await.unwrap());
        }
        for (ended, which) in order.into_iter().enumerate() {
            provider.revoke(tokens[which].expose()).await.unwrap();
            assert_eq!(provider.session_count("alice").await.unwrap(), 2 - ended as u64);
            for other in &order[ended + 1..] {
                provider.authenticate::<()>(tokens[*other].expose()).await.unwrap();
            }
        }
    }
    assert_eq!(provider.sessions("alice").await.unwrap(), []);
}
