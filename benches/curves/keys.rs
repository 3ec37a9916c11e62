//! Verifying over the number of keys that the verifier trusts, each with a `kid`, tokens of all of them in turn.

use std::{hint::black_box, time::Duration};

use jwtward::{Algorithm, JwtSigner, JwtVerifier, KeyId, KeySet, SigningKey};

use crate::{
    curve::{Graph, measure},
    tokens::case,
};

/// A set takes no more than the last.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
const ROUNDS: u64 = 21;
/// Octets of tables: room for all.
const TABLES: usize = 64 << 20;

struct Trusting {
    verifier: JwtVerifier,
    tokens: Vec<String>,
}

impl Trusting {
    fn new(keys: &[SigningKey], prepare: bool) -> Self {
        let public = keys.iter().map(SigningKey::verifying_key);
        let set = match keys[0].algorithm().is_symmetric() {
            true => KeySet::of_secrets(public),
            false => KeySet::new(public),
        };
        let set = set.expect("the keys are of one kind");
        let set = if prepare { set.prepare(TABLES) } else { set };
        let sign = |key: &SigningKey| {
            let signer = JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(3600));
            signer.expect("the lifetime is in bounds").sign("user-1234567890", &()).expect("it can be signed")
        };
        let tokens = keys.iter().map(sign).collect();
        let verifier = JwtVerifier::builder(set).issuer("https://auth.example").audience("api").build();
        Self { verifier, tokens }
    }
}

pub(crate) fn graph() -> Graph {
    let mut rows = Vec::new();
    for (algorithm, prepare) in [
        (Algorithm::HS256, false),
        (Algorithm::ES256, false),
        (Algorithm::EdDSA, false),
        (Algorithm::ES256, true),
        (Algorithm::EdDSA, true),
    ] {
        eprintln!("{algorithm}: keys");
        let keys: Vec<_> = (0..SIZES[SIZES.len() - 1])
            .map(|number| {
                let key = SigningKey::generate(algorithm).expect("the system has randomness");
                key.with_key_id(KeyId::new(&format!("2026-{number:02}")).expect("it is short"))
            })
            .collect();
        let name = format!("{algorithm}{}", if prepare { " prepared" } else { "" });
        for size in SIZES {
            rows.push((name.clone(), size, Trusting::new(&keys[..size], prepare)));
        }
    }
    let mut cases: Vec<_> = rows
        .iter()
        .map(|(name, size, trusting)| {
            let mut tokens = trusting.tokens.iter().cycle();
            case(name.clone(), *size as f64, move || {
                let token = tokens.next().expect("they go round");
                assert!(trusting.verifier.verify::<()>(black_box(token)).is_ok());
            })
        })
        .collect();
    eprintln!("keys");
    Graph {
        name: "verify-by-keys",
        title: "Verifying, by the keys in the set",
        x: "keys",
        y: "µs a call",
        curves: measure(&mut cases, ROUNDS),
    }
}
