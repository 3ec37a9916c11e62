//! `instructions OPERATION COUNT`: does one thing that many times, for a simulator to count its instructions; and with COUNT 0,
//! how often it allocates. `scripts/instructions` runs it.

#[path = "../shared/allocations.rs"]
mod allocations;

use std::{hint::black_box, time::Duration};

use allocations::allocations;
use jwtward::{Algorithm, FixedClock, JwtSigner, JwtVerifier, KeyId, KeyLoader, NumericDate, SigningKey};
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Claims without a heap of their own, so that what is counted is the library's.
#[derive(Deserialize, Serialize)]
struct Custom {
    data: Data,
}

#[derive(Deserialize, Serialize)]
struct Data {
    level: u64,
    admin: bool,
    tenant: u64,
    quota: f64,
}

/// The same key each time, so that the same work is counted.
fn key(algorithm: Algorithm) -> SigningKey {
    let loader = KeyLoader::new(algorithm);
    let key = match algorithm {
        Algorithm::HS256 => loader.signing_secret(&[7; 32]),
        Algorithm::ES256 => loader.signing_pem(include_str!("../../tests/keys/files/p256.pkcs8.pem")),
        _ => loader.signing_pem(include_str!("../../tests/keys/files/ed25519.pkcs8.pem")),
    };
    key.expect("the key is good").with_key_id(KeyId::new("2026-11").expect("it is short"))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(operation), Some(Ok(count))) = (arguments.next(), arguments.next().map(|text| text.parse::<usize>()))
    else {
        eprintln!("usage: instructions sign|verify:HS256|ES256|EdDSA COUNT");
        std::process::exit(2);
    };
    let (what, algorithm) = operation.split_once(':').expect("sign:ALG or verify:ALG");
    let key = key(algorithm.parse().expect("an algorithm"));
    let clock = FixedClock(NumericDate::from_secs(1_800_000_000));
    let signer = JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(900))
        .expect("a lifetime of 900 seconds is in bounds")
        .clock(clock);
    let verifier =
        JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").clock(clock).build();
    let custom = Custom { data: Data { level: 7, admin: true, tenant: 123_456_789, quota: 12.5 } };
    let token = signer.sign("user-1234567890", &custom).expect("the claims can be signed");
    let verify = || verifier.verify::<Custom>(black_box(&token)).map(|jwt| jwt.custom().data.level).ok();
    let sign = || signer.sign("user-1234567890", black_box(&custom)).map(|token| token.len() as u64).ok();
    let step: &dyn Fn() -> Option<u64> = if what == "sign" { &sign } else { &verify };
    assert!(step().is_some());
    if count == 0 {
        let before = allocations();
        step();
        println!("{}", allocations() - before);
    }
    for _ in 0..count {
        black_box(step());
    }
}
