//! The one joint to the primitives: [`Verifier`] here, [`signing::Signer`] beside it. Each family's file takes raw numbers and
//! octets, checks them, and holds them in the form its primitive wants. What a key file looks like is not known here.

#[cfg(feature = "es")]
pub(crate) mod ecdsa;
#[cfg(feature = "eddsa")]
pub(crate) mod eddsa;
#[cfg(feature = "hs")]
pub(crate) mod hmac;
#[cfg(feature = "prepared")]
pub(crate) mod prepared;
#[cfg(feature = "rsa")]
pub(crate) mod rsa;
pub(crate) mod signing;
#[cfg(test)]
mod vector_tests;
mod verifier;
#[cfg(test)]
mod wycheproof_tests;

pub(crate) use verifier::{BadKey, InvalidSignature, Verifier};
