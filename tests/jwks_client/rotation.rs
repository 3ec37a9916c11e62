//! A provider changes its keys, and a verifier in another process follows through what it publishes, over a socket.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Request, middleware::Next};
use jwtward::{
    AuthError, Clock, JwtSigner, NumericDate, ProviderConfig, SigningKey, TokenProvider, VerifyError,
    http::JwksService,
    jwks_client::{RemoteJwks, RemoteVerifier},
};

use crate::support::{freeze, is_good, is_refused, key, pass, secs, settle, until};

const START: i64 = 1_800_000_000;

/// What both processes take for the time of day.
#[derive(Clone, Debug)]
struct Now(Arc<Mutex<NumericDate>>);

impl Now {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(NumericDate::from_secs(START))))
    }

    /// The verifier's timers move with it.
    async fn pass(&self, time: Duration) {
        {
            let mut now = self.0.lock().unwrap();
            *now = now.plus(time);
        }
        pass(time).await;
    }
}

impl Clock for Now {
    fn now(&self) -> NumericDate {
        *self.0.lock().unwrap()
    }
}

/// Serves the provider's keys, on a runtime whose clock runs, and counts how often they are asked for.
fn serve(provider: TokenProvider) -> (tokio::runtime::Runtime, String, Arc<AtomicUsize>) {
    let fetches = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetches);
    let app = Router::new().route_service("/.well-known/jwks.json", JwksService::of(provider)).layer(
        axum::middleware::from_fn(move |request: Request, next: Next| {
            count.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        }),
    );
    let (runtime, address) = crate::support::serve(app);
    let url = format!("http://{address}/.well-known/jwks.json");
    (runtime, url, fetches)
}

async fn issue(provider: &TokenProvider) -> String {
    provider.issue("alice", &()).await.unwrap().expose().to_owned()
}

async fn is_refused_at_home(provider: &TokenProvider, token: &str) {
    match provider.authenticate::<()>(token).await {
        Err(AuthError::Token(VerifyError::NoMatchingKey)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_verifier_elsewhere_follows_a_whole_rotation() {
    let now = Now::new();
    let (a, b, c) = (key("a"), key("b"), key("c"));
    let config =
        ProviderConfig::new(a.clone()).issuer("iss").audience("aud").expiration(secs(60)).access_expiration(secs(60));
    let provider = TokenProvider::builder(config).clock(now.clone()).build().unwrap();
    let ring = provider.key_ring();
    let (server, url, fetches) = serve(provider.clone());
    let jwks = RemoteJwks::at(&url).allow_http_on_loopback().build().unwrap();
    let remote = RemoteVerifier::builder(jwks.clone()).issuer("iss").audience("aud").clock(now.clone()).build();
    let kid = |token: &str| {
        let jws = jwtward::UnverifiedJws::parse(token, 8192).unwrap();
        jws.header().key_id().unwrap().to_owned()
    };
    let known = async || jwks.key_set().await.unwrap().len();
    let until_known = async |count: usize| {
        let begin = std::time::Instant::now();
        while known().await != count {
            assert!(begin.elapsed() < secs(60), "it does not come to know {count} keys");
            settle().await;
        }
    };
    // With what was stolen, whenever it is wanted.
    let forge = |key: &SigningKey| {
        let signer = JwtSigner::new(key.clone(), "iss", "aud", secs(60)).unwrap().clock(now.clone());
        signer.sign("alice", &()).unwrap()
    };
    let _frozen = freeze();

    // One key.
    is_good(remote.verify(&issue(&provider).await).await);
    assert_eq!((fetches.load(Ordering::SeqCst), known().await), (1, 1));

    // The next is published. The verifier renews its set before the key's turn, and nobody waits for it.
    ring.publish_at(b.clone(), NumericDate::from_secs(START + 300)).unwrap();
    now.pass(secs(240)).await;
    is_good(remote.verify(&issue(&provider).await).await);
    until(|| fetches.load(Ordering::SeqCst) == 2).await;
    until_known(2).await;

    // Its turn comes. What the old key signed in its last second stays good as long as it says, here and there.
    now.pass(secs(59)).await;
    let last = issue(&provider).await;
    now.pass(secs(1)).await;
    let first = issue(&provider).await;
    assert_eq!((&*kid(&last), &*kid(&first)), ("a", "b"));
    now.pass(secs(58)).await;
    for token in [&last, &first] {
        is_good(remote.verify(token).await);
        provider.authenticate::<()>(token).await.unwrap();
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 2, "no token had to wait for its key");

    // The last token of the old key has expired: the key is no longer published, and the verifier drops it with its next renewal.
    now.pass(secs(182)).await;
    is_refused_at_home(&provider, &forge(&a)).await;
    is_good(remote.verify(&issue(&provider).await).await);
    until(|| fetches.load(Ordering::SeqCst) == 3).await;
    until_known(1).await;
    is_refused(remote.verify(&forge(&a)).await, VerifyError::NoMatchingKey);

    // The key has leaked, and is removed: refused at once at home. The next signs although nobody knows it yet, so the verifier
    // fetches once for its first token, and by the same set refuses what was signed with the one that leaked.
    ring.publish(c.clone()).unwrap();
    is_good(remote.verify(&forge(&b)).await);
    ring.remove("b").unwrap();
    is_refused_at_home(&provider, &forge(&b)).await;
    now.pass(secs(31)).await;
    let token = issue(&provider).await;
    assert_eq!(kid(&token), "c");
    is_good(remote.verify(&token).await);
    assert_eq!(fetches.load(Ordering::SeqCst), 4);
    is_refused(remote.verify(&forge(&b)).await, VerifyError::NoMatchingKey);
    server.shutdown_background();
}
