//! The fields against `fiat-crypto`'s, the verification against RustCrypto's.

mod equation;
mod fields;
mod random;
