//! Two providers on one store, each on a node with its own cache.

use std::time::Duration;

use jwtward::{
    Algorithm, AuthError, ProviderConfig, Revoked, SecretSource, SigningKey, TokenProvider,
    store::{Consistency, MemoryStore, NodeCache},
};
use tokio::time::advance;

use crate::link::Link;

const BOUND: Duration = Duration::from_secs(2);

fn providers() -> [(TokenProvider, Link); 2] {
    let (store, key) = (MemoryStore::default(), SigningKey::generate(Algorithm::HS256).unwrap());
    [(); 2].map(|()| {
        let config = ProviderConfig::new(key.clone())
            .issuer("issuer")
            .audience("api")
            .track_sessions()
            .refresh_key(SecretSource::inline("a refresh key of at least 32 octets"));
        let link = Link::to(&store);
        let node = NodeCache::new(link.clone(), Consistency::Bounded(BOUND));
        (TokenProvider::new(config, node).unwrap(), link)
    })
}

async fn accepts(provider: &TokenProvider, token: &str) -> bool {
    provider.authenticate::<()>(token).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_revocation_holds_at_once_on_its_node_and_within_the_bound_on_the_other() {
    for which in ["revoke", "revoke_all"] {
        let [(here, _), (there, link)] = providers();
        let pair = here.issue_pair("alice", &()).await.unwrap();
        let token = pair.access.expose();
        for _ in 0..2 {
            assert!(accepts(&here, token).await && accepts(&there, token).await);
        }
        match which {
            "revoke" => here.revoke(token).await.unwrap(),
            _ => drop(here.revoke_all("alice").await.unwrap()),
        }
        assert!(!accepts(&here, token).await, "{which}");
        // Also if the store is out of reach from there on.
        link.set_down(true);
        advance(BOUND).await;
        assert!(!accepts(&there, token).await, "{which}");
        link.set_down(false);
        let refused = there.authenticate::<()>(token).await.unwrap_err();
        assert!(matches!(refused, AuthError::Revoked(Revoked::Session)), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_refreshed_on_one_node_is_good_on_the_other_at_once() {
    let [(here, _), (there, _)] = providers();
    let pair = here.issue_pair("alice", &()).await.unwrap();
    assert!(accepts(&there, pair.access.expose()).await);
    let next = here.refresh_pair(&pair.refresh).await.unwrap();
    assert!(accepts(&there, next.access.expose()).await);

    let single = here.issue("alice", &()).await.unwrap();
    assert!(accepts(&there, single.expose()).await);
    let next = here.refresh(single.expose()).await.unwrap();
    assert!(!accepts(&here, single.expose()).await);
    assert!(accepts(&there, next.expose()).await);
    assert!(!there.is_token_revoked(next.id()).await.unwrap());
    advance(BOUND).await;
    assert!(!accepts(&there, single.expose()).await && accepts(&there, next.expose()).await);
}
