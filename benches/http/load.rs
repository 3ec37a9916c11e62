//! Callers that keep their connections, each with one request at a time.

use std::{
    error::Error,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

pub(crate) const CONNECTIONS: usize = 8;
const ROUND: Duration = Duration::from_millis(400);

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The callers of one route.
pub(crate) struct Load {
    path: &'static str,
    callers: Vec<Caller>,
}

struct Caller {
    connection: SendRequest<Empty<Bytes>>,
    authorization: Vec<HeaderValue>,
}

impl Load {
    pub(crate) async fn new(address: SocketAddr, path: &'static str, tokens: &[String]) -> Result<Self, Failure> {
        let mut callers = Vec::new();
        for number in 0..CONNECTIONS {
            let (connection, driver) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
            tokio::spawn(driver);
            let own = tokens.iter().skip(number).step_by(CONNECTIONS);
            let authorization = own.map(|token| HeaderValue::from_str(&format!("Bearer {token}")));
            callers.push(Caller { connection, authorization: authorization.collect::<Result<_, _>>()? });
        }
        Ok(Self { path, callers })
    }

    /// Calls for a while, and gives the requests a second.
    pub(crate) async fn run(&mut self) -> Result<f64, Failure> {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for mut caller in self.callers.drain(..) {
            let path = self.path;
            tasks.spawn(async move {
                let calls = caller.call(path, begun + ROUND).await?;
                Ok::<_, Failure>((caller, calls))
            });
        }
        let mut calls = 0.0;
        while let Some(done) = tasks.join_next().await {
            let (caller, count) = done??;
            self.callers.push(caller);
            calls += f64::from(count);
        }
        Ok(calls / begun.elapsed().as_secs_f64())
    }
}

impl Caller {
    async fn call(&mut self, path: &str, until: Instant) -> Result<u32, Failure> {
        let mut count = 0;
        for authorization in self.authorization.iter().cycle() {
            let request = Request::get(path)
                .header(header::HOST, "localhost")
                .header(header::AUTHORIZATION, authorization)
                .body(Empty::new())?;
            self.connection.ready().await?;
            let response = self.connection.send_request(request).await?;
            if response.status() != 200 || response.into_body().collect().await?.to_bytes() != "hello" {
                return Err("the request was refused".into());
            }
            count += 1;
            if Instant::now() >= until {
                break;
            }
        }
        Ok(count)
    }
}
