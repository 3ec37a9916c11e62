//! What the tests share: an issuer on a socket, whose answers can be changed, counted and held back.

use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Response, StatusCode, header},
};
use hyper::body::Frame;
use jwtward::{
    Algorithm, JwtSigner, KeyId, PublicJwkSet, SigningKey, ValidatedJwt, VerifyError,
    jwks_client::{JwksError, RemoteJwks, RemoteJwksBuilder, RemoteVerifier, RemoteVerifyError},
};
use tokio::{runtime::Runtime, sync::watch};

#[derive(Clone)]
pub(crate) enum Answer {
    Body(Vec<u8>),
    Status(u16, Vec<u8>),
    Redirect(u16, String),
    /// The first octets, and then nothing.
    Half(Vec<u8>),
    /// The connection is closed amid the response.
    Cut,
    /// Chunks without end.
    Endless,
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    /// The requests so far, as path and query.
    requests: Arc<watch::Sender<Vec<String>>>,
    held: Arc<watch::Sender<bool>>,
}

pub(crate) struct Issuer {
    pub(crate) base: String,
    shared: Shared,
    runtime: Option<Runtime>,
}

/// While there is one, the client's clock stands still: a runtime does not move it for as long as a blocking task runs.
pub(crate) struct Frozen {
    _release: std::sync::mpsc::Sender<()>,
}

pub(crate) const KEYS: &str = "/keys.json";

impl Issuer {
    /// That answers requests for [`KEYS`] with these.
    pub(crate) fn new(keys: &[&SigningKey]) -> Self {
        let shared = Shared {
            answers: Arc::default(),
            requests: Arc::new(watch::Sender::new(Vec::new())),
            held: Arc::new(watch::Sender::new(false)),
        };
        let (runtime, address) = serve(Router::new().fallback(handle).with_state(shared.clone()));
        let issuer = Self { base: format!("http://{address}"), shared, runtime: Some(runtime) };
        issuer.publish(keys);
        issuer
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        self.answer(KEYS, Answer::Body(set(keys).into()));
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Holds every answer back, or lets them go.
    pub(crate) fn hold(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.borrow().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }

    /// Waits for that many requests to have arrived.
    pub(crate) async fn has_seen(&self, count: usize) {
        until(|| self.count() >= count).await;
        assert_eq!(self.count(), count);
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves on threads of its own; gives what to keep and the address.
pub(crate) fn serve(app: Router) -> (Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
    (runtime, address)
}

async fn handle(State(shared): State<Shared>, request: Request) -> Response<Body> {
    shared.requests.send_modify(|requests| requests.push(request.uri().to_string()));
    shared.held.subscribe().wait_for(|held| !held).await.unwrap();
    let answer = shared.answers.lock().unwrap().get(request.uri().path()).cloned();
    let response = Response::builder();
    let response = match answer.unwrap_or(Answer::Status(404, Vec::new())) {
        Answer::Body(body) => response.body(body.into()),
        Answer::Status(status, body) => response.status(status).body(body.into()),
        Answer::Redirect(status, to) => response.status(status).header(header::LOCATION, to).body(Body::empty()),
        Answer::Half(body) => {
            response.header(header::CONTENT_LENGTH, body.len() + 1).body(Body::new(Chunks::Then(body)))
        }
        Answer::Cut => response.header(header::CONTENT_LENGTH, 9).body(Body::new(Chunks::Broken)),
        Answer::Endless => response.status(StatusCode::OK).body(Body::new(Chunks::Endless)),
    };
    response.unwrap()
}

enum Chunks {
    /// These, and then nothing.
    Then(Vec<u8>),
    Endless,
    Broken,
}

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Then(body) if body.is_empty() => Poll::Pending,
            Self::Then(body) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(body).into())))),
            Self::Endless => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 16 * 1024]))))),
            Self::Broken => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
        }
    }
}

pub(crate) fn key(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::ES256).unwrap().with_key_id(KeyId::new(kid).unwrap())
}

pub(crate) fn set(keys: &[&SigningKey]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.verifying_key()).collect();
    PublicJwkSet::new(&keys).unwrap().to_string()
}

/// A token that is good if its key is.
pub(crate) fn token(key: &SigningKey) -> String {
    JwtSigner::new(key.clone(), "iss", "aud", Duration::from_secs(3600)).unwrap().sign("alice", &()).unwrap()
}

pub(crate) fn jwks(issuer: &Issuer) -> RemoteJwksBuilder {
    RemoteJwks::at(&issuer.url(KEYS)).allow_http_on_loopback()
}

pub(crate) fn over(jwks: RemoteJwksBuilder) -> RemoteVerifier {
    RemoteVerifier::builder(jwks.build().unwrap()).issuer("iss").audience("aud").build()
}

pub(crate) fn verifier(issuer: &Issuer) -> RemoteVerifier {
    over(jwks(issuer))
}

pub(crate) type Verdict = Result<ValidatedJwt<()>, RemoteVerifyError>;

#[track_caller]
pub(crate) fn is_good(verdict: Verdict) {
    assert_eq!(verdict.unwrap().subject(), Some("alice"));
}

/// Refused, for the token's sake.
#[track_caller]
pub(crate) fn is_refused(verdict: Verdict, expected: VerifyError) {
    match verdict.unwrap_err() {
        RemoteVerifyError::Token(error) => assert_eq!(error, expected),
        other => panic!("{other:?}"),
    }
}

/// Nothing is said of the token.
#[track_caller]
pub(crate) fn is_unavailable(verdict: Verdict) -> JwksError {
    match verdict.unwrap_err() {
        RemoteVerifyError::Unavailable(error) => error,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn freeze() -> Frozen {
    let (release, released) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || released.recv());
    tokio::time::pause();
    Frozen { _release: release }
}

/// Moves the client's clock, which stands still.
///
/// Timers are set in whole milliseconds, so a deadline has surely passed one later.
pub(crate) async fn pass(time: Duration) {
    tokio::time::advance(time).await;
}

pub(crate) const MOMENT: Duration = Duration::from_millis(1);

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Waits for something that is bound to come about. By the real clock, for the other may stand still.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < secs(60), "it did not come about");
        std::thread::sleep(Duration::from_millis(1));
        tokio::task::yield_now().await;
    }
}

/// Lets the client's tasks run as far as they get by themselves.
pub(crate) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
