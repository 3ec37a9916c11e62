//! Bearer tokens over HTTP: the layer and the extractors under axum, hyper and tonic, and the endpoints.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(all(feature = "hs", feature = "es"))]

#[path = "../provider/faulty.rs"]
#[allow(dead_code)]
mod faulty;
mod support;

mod attacks;
mod axum_app;
mod endpoints;
mod grpc;
mod jwks;
mod layer;
#[cfg(feature = "reqwest")]
mod remote;
mod settings;
mod sources;
#[cfg(feature = "tracing")]
mod traced;
