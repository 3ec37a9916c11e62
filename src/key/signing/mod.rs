//! The signing half: private keys, their files, their generation and export.

mod build;
mod export;
mod jwk;
mod loader;
#[cfg(feature = "_der")]
mod pem;
mod signing_key;

pub use signing_key::SigningKey;
