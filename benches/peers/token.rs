//! The keys of one algorithm, and the claims that each library signs and reads.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub(crate) const ISSUER: &str = "https://auth.example";
pub(crate) const AUDIENCE: &str = "api";
pub(crate) const SUBJECT: &str = "user-1234567890";
pub(crate) const LIFETIME: Duration = Duration::from_secs(3600);
pub(crate) const TOKEN_ID: &str = "3q2-7wAAAAAAAAAAAAAAAQ";

/// In every form that a library may ask for.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Keys {
    pub(crate) algorithm: String,
    /// For HMAC alone, else empty; and the others then are.
    pub(crate) secret: Vec<u8>,
    pub(crate) private_pem: String,
    pub(crate) public_pem: String,
    pub(crate) private_jwk: String,
    pub(crate) public_jwk: String,
}

/// Read without a heap of its own, so that what is counted is the library's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Data {
    pub(crate) role: Role,
    pub(crate) tenant: u64,
    pub(crate) level: u64,
    pub(crate) admin: bool,
    pub(crate) quota: f64,
    pub(crate) region: Region,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Administrator,
    Reader,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Region {
    EuropeCentral,
    AmericaNorth,
}

pub(crate) const DATA: Data = Data {
    role: Role::Administrator,
    tenant: 123_456_789,
    level: 7,
    admin: true,
    quota: 12.5,
    region: Region::EuropeCentral,
};

/// For libraries without claims of their own.
#[derive(Deserialize, Serialize)]
pub(crate) struct AllClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Vec<String>,
    pub(crate) exp: u64,
    pub(crate) nbf: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    pub(crate) data: Data,
}

impl AllClaims {
    pub(crate) fn now() -> Self {
        let now = unix_seconds();
        Self {
            iss: ISSUER.to_owned(),
            sub: SUBJECT.to_owned(),
            aud: vec![AUDIENCE.to_owned()],
            exp: now + LIFETIME.as_secs(),
            nbf: now,
            iat: now,
            jti: TOKEN_ID.to_owned(),
            data: DATA,
        }
    }
}

pub(crate) fn unix_seconds() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().expect("the clock is set").as_secs()
}
