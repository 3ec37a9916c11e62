//! Several nodes, each with a cache before its own connection to one store.

use std::time::{Duration, Instant};

use jwtward::{
    ProviderConfig, TokenProvider,
    store::{Consistency, NodeCache, Store},
};

/// How late a node may know of what another has revoked.
const BOUND: Duration = Duration::from_secs(2);

/// What one node revokes, it refuses at once, and the others refuse whoever asks later than the bound.
pub(crate) async fn what_one_revokes_the_others_refuse_within_the_bound<S: Store>(
    stores: Vec<S>,
    config: impl Fn() -> ProviderConfig,
) {
    let over = |store| TokenProvider::new(config(), NodeCache::new(store, Consistency::Bounded(BOUND))).unwrap();
    let nodes: Vec<_> = stores.into_iter().map(over).collect();
    let (mut let_in, mut latest) = (0, Duration::ZERO);
    for round in 0..nodes.len() {
        let user = format!("user {round}");
        let token = nodes[round].issue(&user, &()).await.unwrap();
        for node in &nodes {
            // Asked and then remembered.
            node.authenticate::<()>(token.expose()).await.unwrap();
            node.authenticate::<()>(token.expose()).await.unwrap();
        }
        let revoker = &nodes[(round + 1) % nodes.len()];
        if round % 2 == 0 {
            revoker.revoke(token.expose()).await.unwrap();
        } else {
            revoker.revoke_all(&user).await.unwrap();
        }
        let revoked = Instant::now();
        assert!(revoker.authenticate::<()>(token.expose()).await.is_err(), "the same node lets it in");
        let begin = Instant::now();
        loop {
            let mut refused = 0;
            for node in &nodes {
                let asked = revoked.elapsed();
                if node.authenticate::<()>(token.expose()).await.is_ok() {
                    assert!(asked < BOUND, "let in {asked:?} after the revocation");
                    (let_in, latest) = (let_in + 1, latest.max(asked));
                } else {
                    refused += 1;
                }
            }
            if refused == nodes.len() {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "it is never refused");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    println!("a bound of {BOUND:?}: let in {let_in} times, {latest:?} after the revocation at the latest");
}
