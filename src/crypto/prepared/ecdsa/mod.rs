//! ECDSA with tables of the multiples of the key and of the generator.

mod verifier;

pub(crate) use verifier::PreparedEc;
