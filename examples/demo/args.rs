//! The arguments.

use std::{error::Error, fmt, path::PathBuf};

use clap::Parser;
use jwtward::Algorithm;

use crate::store;

/// A web application with sessions, on http://127.0.0.1:8080.
#[derive(Parser)]
#[command(name = "demo")]
pub(crate) struct Args {
    /// Where sessions are kept: memory, redb:FILE, redis://…, postgres://…
    #[arg(long, default_value = "memory")]
    pub(crate) store: String,
    /// The port on 127.0.0.1; 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// What tokens are signed with; other than HS*, the key is shown at /.well-known/jwks.json
    #[arg(long, default_value = "HS256")]
    pub(crate) alg: Algorithm,
    /// The signing key, a private JWK or PEM; made if missing. Without it, a new one at each start
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The key that refresh tokens are made with, 32 octets or more; made if missing
    #[arg(long, value_name = "FILE")]
    pub(crate) refresh_key: Option<PathBuf>,
    /// Believe X-Forwarded-For: only behind a proxy that sets it
    #[arg(long)]
    pub(crate) trusted_proxy: bool,
}

impl Args {
    /// What outlives the process, or is shared by several, needs keys that do too.
    pub(crate) fn check(&self) -> Result<(), Usage> {
        let durable = store::feature(&self.store)?.is_some();
        if durable && (self.key.is_none() || self.refresh_key.is_none()) {
            return Err(Usage("this store needs --key FILE and --refresh-key FILE".into()));
        }
        Ok(())
    }
}

/// Arguments that do not go together. The text shows no value: the address of a store may hold a password.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}
