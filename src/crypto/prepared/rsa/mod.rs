//! RSA by a plain ladder over the key's Montgomery form (RFC 8017 section 5.2.2): an ordinary exponent, 65537, takes 16 squarings and
//! two products. RustCrypto's general ladder hides the exponent, which is public here, and takes more than twice as long.
//!
//! [`power`] is the number that is in the signature, [`padding`] what must be in it, [`verifier`] both.

mod padding;
mod power;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use verifier::PreparedRsa;
