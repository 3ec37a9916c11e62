//! Verifies tokens of another issuer by the keys that it publishes.
//!
//! ```text
//! cargo run --features reqwest --example remote_keys -- discover https://auth.example https://auth.example api < tokens
//! cargo run --features reqwest --example remote_keys -- at https://auth.example/jwks.json https://auth.example api < tokens
//! ```
//!
//! After `discover` or `at` and the address stand the issuer and the audience that the tokens must have. One token a line; each is
//! answered by a line, its claims or the reason why it is refused. Plain HTTP to a loopback address is allowed, for trying it out.

use std::{env, error::Error, io, process::ExitCode};

use jwtward::jwks_client::{RemoteJwks, RemoteVerifier, RemoteVerifyError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [how, address, issuer, audience] = arguments.as_slice() else {
        return Err("usage: HOW ADDRESS ISSUER AUDIENCE".into());
    };
    let jwks = match how.as_str() {
        "discover" => RemoteJwks::discover(address),
        "at" => RemoteJwks::at(address),
        _ => return Err("HOW is `discover` or `at`".into()),
    };
    let jwks = jwks.allow_http_on_loopback().build()?;
    for key in jwks.key_set().await?.skipped() {
        eprintln!("key {} is not used: {}", key.index, key.reason);
    }
    let verifier = RemoteVerifier::builder(jwks).issuer(issuer).audience(audience).build();
    let mut status = ExitCode::SUCCESS;
    for token in io::stdin().lines() {
        match verifier.verify::<serde_json::Value>(&token?).await {
            Ok(jwt) => println!("{}", jwt.payload()),
            Err(RemoteVerifyError::Token(error)) => {
                println!("refused: {error}");
                status = ExitCode::FAILURE;
            }
            // Nothing is said of the token.
            Err(error) => return Err(error.into()),
        }
    }
    Ok(status)
}
