#![doc = include_str!("../README.md")]
// Without every algorithm, some helper or argument has no user. The build with all of them reports what is really dead.
#![cfg_attr(
    not(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa")),
    allow(dead_code, unreachable_code, unused_imports, unused_variables)
)]

mod algorithm;
mod crypto;
mod encoding;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "tower")]
pub mod http;
mod id;
#[cfg(feature = "jwks-client")]
pub mod jwks_client;
mod jws;
mod jwt;
mod key;
#[cfg(feature = "provider")]
mod provider;
mod secret;
#[cfg(feature = "provider")]
pub mod store;
mod time;

// The public interface.
pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use encoding::json::JsonError;
pub use id::{InvalidId, InvalidKeyId, KeyId, SessionId, UserKey};
pub use jws::{Header, JwsError, JwsSigner, Malformed, SigningFailed, UnverifiedJws, VerifiedJws};
pub use jwt::{
    Claim, ClaimError, Claims, ConfigError, CredentialError, Decided, JwtSigner, JwtVerifier, JwtVerifierBuilder,
    SignError, Undecided, ValidatedJwt, VerifyError, check_claims_set,
};
#[cfg(feature = "prepared")]
pub use key::PreparedKey;
pub use key::{
    KeyError, KeyLoader, KeySet, KeySetError, PublicJwk, PublicJwkSet, SigningKey, SkippedKey, VerifyingKey,
};
#[cfg(feature = "provider")]
pub use provider::{
    AccessToken, AuthError, DataError, Event, EventKind, EventSink, IssueError, KeyRing, KeyRingError, KeySource,
    KeyStatus, ProviderConfig, QueryError, RefreshError, RefreshToken, RevokeError, Revoked, RingKey, SecretSource,
    Session, TokenPair, TokenProvider, TokenProviderBuilder,
};
pub use secret::SecretString;
pub use time::{Clock, FixedClock, NumericDate, SystemClock};
