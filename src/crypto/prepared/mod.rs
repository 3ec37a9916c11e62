//! Verification with tables that are made once per key.
//!
//! Public values only: public keys, signatures, and messages that the signature shows to all who have the key. On that ground the
//! arithmetic here takes a time that depends on its values, on purpose. Nothing secret may come here, and signing never does: the
//! private half in [`super::signing`] knows nothing of this module.
//!
//! It accepts what the families' own `verify` accepts, and nothing else.

#[cfg(feature = "es")]
pub(crate) mod ecdsa;
mod verifier;

pub(crate) use verifier::Prepared;
