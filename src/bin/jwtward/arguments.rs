//! The arguments.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use jwtward::{Algorithm, InvalidKeyId, KeyId};

/// Makes keys, and signs, verifies and inspects JSON Web Tokens (RFC 7519, RFC 7515).
#[derive(Parser)]
#[command(name = "jwtward", version, after_help = EXIT_STATUS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_STATUS: &str = "\
FILE holds a key: PEM, DER, a JWK, or a JWK Set; for HS* an oct JWK, or the raw octets of the secret.
ALG is one of HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519.

Exit status: 0 success, 1 the token or the claims were refused, 2 arguments, key, reading or writing.";

#[derive(Subcommand)]
pub(crate) enum Command {
    Keygen(Keygen),
    Public(Public),
    Sign(Sign),
    Verify(Verify),
    Inspect(Inspect),
    Thumbprint(Thumbprint),
}

/// Make a new key and write it, private part included, to standard output.
#[derive(Args)]
#[command(after_help = "Example:\n  jwtward keygen --alg ES256 > key.pem")]
pub(crate) struct Keygen {
    /// The algorithm the key is for
    #[arg(long)]
    pub(crate) alg: Algorithm,
    /// The form to write it in: by default pem, for HS* jwk
    #[arg(long)]
    pub(crate) format: Option<PrivateFormat>,
    /// The key's identifier, by default none; only a JWK has a place for it
    #[arg(long, value_parser = key_id)]
    pub(crate) kid: Option<KeyId>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrivateFormat {
    /// PKCS#8, unencrypted
    Pem,
    /// JSON Web Key
    Jwk,
}

/// Write the public key of a private or public key; of a JWK Set, each one.
#[derive(Args)]
#[command(after_help = "Example:\n  jwtward public --key key.pem --format jwks > jwks.json")]
pub(crate) struct Public {
    /// The key's file
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The form to write it in
    #[arg(long, default_value = "pem")]
    pub(crate) format: PublicFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PublicFormat {
    /// SubjectPublicKeyInfo
    Pem,
    /// JSON Web Key
    Jwk,
    /// JSON Web Key Set
    Jwks,
}

/// Sign claims, member for member as they are given, and write the token.
#[derive(Args)]
#[command(
    after_help = "Example:\n  echo '{\"sub\":\"alice\",\"exp\":4102444800}' | jwtward sign --alg ES256 --key key.pem -"
)]
pub(crate) struct Sign {
    /// The algorithm
    #[arg(long)]
    pub(crate) alg: Algorithm,
    /// The private key's file
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The header's kid, by default the key's own; of a JWK Set it chooses the key
    #[arg(long, value_parser = key_id)]
    pub(crate) kid: Option<KeyId>,
    /// The header's typ, by default JWT, or none with --jws
    #[arg(long)]
    pub(crate) typ: Option<String>,
    /// Sign the input's octets as they are, whatever they are
    #[arg(long)]
    pub(crate) jws: bool,
    /// A file with the claims, one JSON object; - is standard input
    #[arg(value_name = "CLAIMS.json", default_value = "-")]
    pub(crate) claims: PathBuf,
}

/// Verify a token and write its claims, or the reason why it is refused.
#[derive(Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct Verify {
    /// The algorithm; the token's header has no say in it
    #[arg(long, required_unless_present = "batch")]
    pub(crate) alg: Option<Algorithm>,
    /// The file of the key, public or private, or of a JWK Set, of which the token's kid chooses one
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    pub(crate) key: Option<PathBuf>,
    /// The issuer that the token must name; not checked by default
    #[arg(long, conflicts_with = "jws")]
    pub(crate) iss: Option<String>,
    /// The audience that the token must name; not checked by default
    #[arg(long, conflicts_with = "jws")]
    pub(crate) aud: Option<String>,
    /// By how many seconds the clocks may differ, at most 600
    #[arg(
        long,
        value_name = "S",
        default_value = "0",
        conflicts_with = "jws",
        value_parser = clap::value_parser!(u64).range(..=600)
    )]
    pub(crate) leeway: u64,
    /// The time to verify at, in seconds since 1970, by default now
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true, conflicts_with = "jws")]
    pub(crate) now: Option<i64>,
    /// The typ that the header must have; not checked by default
    #[arg(long)]
    pub(crate) typ: Option<String>,
    /// The most octets a token may have, at most 1048576
    #[arg(long, value_name = "N", default_value = "8192", value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    max_size: u32,
    /// Check the signature only, no claim, and write the payload's octets as they are
    #[arg(long)]
    pub(crate) jws: bool,
    /// Answer JSON lines from standard input by JSON lines
    #[arg(long, conflicts_with = "token")]
    pub(crate) batch: bool,
    /// The token; - is standard input
    #[arg(default_value = "-")]
    pub(crate) token: OsString,
}

impl Verify {
    pub(crate) fn max_size(&self) -> usize {
        // At most 2^20.
        usize::try_from(self.max_size).unwrap_or(usize::MAX)
    }
}

const VERIFY_HELP: &str = "\
With --batch each line is {\"id\": …, \"token\": \"…\", \"alg\": \"…\", \"key\": …}, the key a JWK object or a PEM string. --alg and
--key serve the lines that lack theirs. Each line is answered by one, in order:
{\"id\": …, \"ok\": true or false, \"error\": …, \"payload\": …}, the payload in base64url.

A token of someone else's making is best given on standard input, or after --, lest it is taken for an option.

Example:
  jwtward verify --alg ES256 --key jwks.json --iss https://auth.example --aud api - < token";

/// Show a token's header and payload without checking its signature or its claims.
#[derive(Args)]
#[command(after_help = "Example:\n  jwtward inspect - < token")]
pub(crate) struct Inspect {
    /// The token; - is standard input
    #[arg(default_value = "-")]
    pub(crate) token: OsString,
}

/// Write a key's RFC 7638 thumbprint (SHA-256, base64url); of a JWK Set, one a line.
#[derive(Args)]
#[command(after_help = "Example:\n  jwtward thumbprint --key key.pem")]
pub(crate) struct Thumbprint {
    /// The file of the key, public or private
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
}

fn key_id(text: &str) -> Result<KeyId, InvalidKeyId> {
    KeyId::new(text)
}
