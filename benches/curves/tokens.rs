//! Verifying and signing over the size of a token.

use std::{hint::black_box, time::Duration};

use jwtward::{Algorithm, JwtSigner, JwtVerifier, SigningKey};
use serde::{Deserialize, Serialize};

use crate::{
    curve::{Case, Graph, measure},
    figures::own_nanos,
};

const ALGORITHMS: [Algorithm; 4] = [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// Octets; a token is up to 16 shorter.
const SIZES: [usize; 6] = [420, 1000, 2000, 4000, 6000, 8000];
const ROUNDS: u64 = 21;
/// What one round of one case takes, about, in nanoseconds.
const BUDGET: u64 = 4_000_000;

/// What makes a token long, as a rule: names of groups or rights.
#[derive(Clone, Deserialize, Serialize)]
struct Custom {
    data: Groups,
}

#[derive(Clone, Deserialize, Serialize)]
struct Groups {
    groups: Vec<String>,
}

impl Custom {
    fn of(groups: usize) -> Self {
        Self { data: Groups { groups: (0..groups).map(|number| format!("group-{number:04}")).collect() } }
    }
}

pub(crate) fn graphs() -> [Graph; 2] {
    let mut rows = Vec::new();
    for algorithm in ALGORITHMS {
        let key = match algorithm {
            Algorithm::RS256 => SigningKey::generate_rsa(algorithm, 2048),
            _ => SigningKey::generate(algorithm),
        };
        let key = key.expect("the system has randomness");
        let signer = JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(3600))
            .and_then(|signer| signer.max_token_size(1 << 20))
            .expect("both are in bounds");
        let verifier = JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").build();
        // Of RSA's token the signature alone has 342.
        for size in SIZES.into_iter().filter(|size| algorithm != Algorithm::RS256 || *size >= 1000) {
            // As many groups as make the token the longest that is not longer than that.
            let sign = |custom: &Custom| signer.sign("user-1234567890", custom).expect("it can be signed");
            let longest = (0..).map(Custom::of).take_while(|custom| sign(custom).len() <= size).last();
            let custom = longest.unwrap_or_else(|| Custom::of(0));
            rows.push((algorithm, size as f64, signer.clone(), verifier.clone(), sign(&custom), custom));
        }
    }
    let mut verify = Vec::new();
    let mut sign = Vec::new();
    for (algorithm, x, signer, verifier, token, custom) in &rows {
        verify.push(case(algorithm.to_string(), *x, || {
            assert!(verifier.verify::<Custom>(black_box(token)).is_ok());
        }));
        sign.push(case(algorithm.to_string(), *x, || {
            assert!(signer.sign("user-1234567890", black_box(custom)).is_ok());
        }));
    }
    let graph = |name, title, curves| Graph { name, title, x: "octets of the token", y: "µs a call", curves };
    eprintln!("token sizes, verify");
    let verify = graph("verify-by-token-size", "Verifying, by the size of the token", measure(&mut verify, ROUNDS));
    eprintln!("token sizes, sign");
    [verify, graph("sign-by-token-size", "Signing, by the size of the token", measure(&mut sign, ROUNDS))]
}

/// As many calls a round as the budget allows.
pub(crate) fn case<'a>(curve: String, x: f64, mut call: impl FnMut() + 'a) -> Case<'a> {
    call();
    let from = own_nanos();
    call();
    let calls = (BUDGET / (own_nanos() - from).max(1)).max(1);
    let round = move |_| {
        let from = own_nanos();
        (0..calls).for_each(|_| call());
        own_nanos() - from
    };
    Case { curve, x, round: Box::new(round), calls }
}
