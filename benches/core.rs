//! The synchronous core: signing and verifying one token of usual size with every algorithm, keys loaded once.
//!
//! `cargo bench --manifest-path benches/Cargo.toml` measures; a name as an argument picks, as in `-- verify/ES`.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use jwtward::{Algorithm, JwtSigner, JwtVerifier, SigningKey};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
struct Custom {
    data: Data,
}

#[derive(Deserialize, Serialize)]
struct Data {
    role: String,
    tenant: String,
    level: u64,
    scopes: Vec<String>,
}

fn custom() -> Custom {
    let scopes = ["read", "write", "audit"].map(str::to_owned).to_vec();
    Custom { data: Data { role: "administrator".into(), tenant: "example".into(), level: 7, scopes } }
}

fn key(algorithm: Algorithm) -> SigningKey {
    let key = match algorithm.as_str().get(..2) {
        // The size that most deployments have.
        Some("RS" | "PS") => SigningKey::generate_rsa(algorithm, 2048),
        _ => SigningKey::generate(algorithm),
    };
    key.expect("the system has randomness")
}

fn core(criterion: &mut Criterion) {
    for &algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let signer = JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(900))
            .expect("a lifetime of 900 seconds is in bounds");
        let verifier = JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").build();
        let custom = custom();
        let token = signer.sign("user-1234567890", &custom).expect("the claims can be signed");
        verifier.verify::<Custom>(&token).expect("what was signed verifies");

        criterion.bench_function(&format!("verify/{algorithm}"), |bencher| {
            bencher.iter(|| verifier.verify::<Custom>(black_box(&token)));
        });
        criterion.bench_function(&format!("sign/{algorithm}"), |bencher| {
            bencher.iter(|| signer.sign("user-1234567890", black_box(&custom)));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = core
}
criterion_main!(benches);
