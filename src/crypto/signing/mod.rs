//! The signing half: private keys and what they sign.

#[cfg(feature = "es")]
pub(crate) mod ecdsa;
#[cfg(feature = "eddsa")]
pub(crate) mod eddsa;
#[cfg(feature = "rsa")]
pub(crate) mod rsa;
mod signer;

pub(crate) use signer::{Signer, SigningFailed};
