//! The demo: the program as its user sees it, and its routes over a store that fails.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

// The application itself, where a store can be put under it.
#[path = "../../examples/demo/answer.rs"]
mod answer;
#[path = "../../examples/demo/app.rs"]
mod app;
#[path = "../../examples/demo/body_limit.rs"]
mod body_limit;
#[path = "../../examples/demo/client.rs"]
mod client;
#[path = "../../examples/demo/login.rs"]
mod login;
#[path = "../../examples/demo/page.rs"]
mod page;
#[path = "../../examples/demo/routes.rs"]
mod routes;
#[path = "../../examples/demo/security_headers.rs"]
mod security_headers;

#[path = "../provider/faulty.rs"]
#[allow(dead_code)]
mod faulty;

#[cfg(feature = "postgres")]
#[path = "../postgres/server.rs"]
#[allow(dead_code)]
mod postgres_server;
#[cfg(any(feature = "redis", feature = "postgres"))]
#[path = "../support/servers.rs"]
#[allow(dead_code)]
mod servers;

#[cfg(all(unix, any(feature = "redb", feature = "redis", feature = "postgres")))]
mod durable;
mod failing_store;
#[cfg(unix)]
mod served;
