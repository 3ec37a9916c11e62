//! Who may log in: one user, whose password everybody knows.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub(crate) const USER: &str = "admin";
pub(crate) const PASSWORD: &str = "secret";

/// The body of `POST /login`.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
    /// What the session is to be called in the list.
    #[serde(default)]
    pub(crate) label: Option<String>,
}

impl Credentials {
    /// Reads them; none that is empty.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(body).ok()?;
        (!read.username.is_empty() && !read.password.is_empty()).then_some(read)
    }

    /// Whether they are right, in a time that does not tell which of them is wrong. Digests are equally long. A real
    /// application keeps no password, and hashes with argon2.
    pub(crate) fn are_right(&self) -> bool {
        let same = |given: &str, right: &str| Sha256::digest(given).ct_eq(&Sha256::digest(right));
        (same(&self.username, USER) & same(&self.password, PASSWORD)).into()
    }
}
