//! The keys of another issuer, over real connections to a server on this host.
//!
//! The server runs on threads of its own. Where time matters, the client's clock stands still and is moved forward; nothing waits.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(all(feature = "es", feature = "rsa"))]

mod answers;
mod attacks;
mod cache;
mod config;
mod discovery;
mod outage;
#[cfg(all(feature = "axum", feature = "provider"))]
mod rotation;
mod support;
mod tls;
mod verifier;
