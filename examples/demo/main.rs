//! A web application on jwtward: log in, at most three sessions, refresh, log out, end one or all; with a page to try it in.
//!
//! `cargo demo`, then open <http://127.0.0.1:8080>. README.md tells the rest.

mod answer;
mod app;
mod args;
mod body_limit;
mod client;
mod keys;
mod login;
mod page;
mod routes;
mod security_headers;
mod signals;
mod store;

use std::{
    error::Error,
    future::IntoFuture,
    io::{self, Write},
    iter,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use jwtward::{
    ProviderConfig, TokenProvider,
    store::{Limit, WhenFull},
};
use tokio::{net::TcpListener, pin, select, sync::Notify, time::timeout};

use crate::{
    app::App,
    args::{Args, Usage},
};

const LIFETIME: Duration = Duration::from_secs(3600);
const SESSIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
/// How long requests that are being answered may take when the demo is stopped.
const FAREWELL: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes = iter::successors(error.source(), |cause| (*cause).source());
            let causes: String = causes.map(|cause| format!(": {cause}")).collect();
            let _ = writeln!(io::stderr(), "error: {error}{causes}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    args.check()?;
    let mut config = ProviderConfig::new(keys::signing_key(args.alg, args.key.as_deref())?)
        .issuer("demo-app")
        .audience("api")
        .expiration(LIFETIME)
        .limit(Limit { max: SESSIONS, when_full: WhenFull::Reject });
    if let Some(path) = &args.refresh_key {
        config = config.refresh_key(keys::refresh_key(path)?);
    }
    let builder = store::open_store(TokenProvider::builder(config), &args.store).await?;
    let provider = builder.build()?;

    // Caught from here on, so that whoever saw the address can stop it.
    let asked_to_stop = signals::asked_to_stop()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    let (user, password) = (login::USER, login::PASSWORD);
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    writeln!(io::stdout(), "user {user}, password {password}; at most {SESSIONS} sessions; Ctrl-C stops it")?;

    let app = app::router(App::new(provider.clone(), SESSIONS, args.trusted_proxy)?)?;
    let stop = Arc::new(Notify::new());
    let stopping = Arc::clone(&stop);
    let server = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { stopping.notified().await })
        .into_future();
    pin!(server);
    select! {
        result = &mut server => result?,
        () = asked_to_stop => {}
    }
    stop.notify_one();
    // A connection that does not end in time is cut.
    let _ = timeout(FAREWELL, server).await;
    provider.close().await;
    Ok(())
}
