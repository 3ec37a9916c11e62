//! JSON Web Signature (RFC 7515), compact serialization only. Data flows one way: text, [`UnverifiedJws`], [`VerifiedJws`].

mod error;
mod header;
mod known;
mod sign;
mod unverified;
mod verified;

pub use error::{JwsError, Malformed, SigningFailed};
pub use header::Header;
pub(crate) use known::KnownHeaders;
pub use sign::JwsSigner;
pub use unverified::UnverifiedJws;
pub use verified::VerifiedJws;
