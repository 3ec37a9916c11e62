//! `instructions OPERATION COUNT`: does one thing that many times, for a simulator to count its instructions; and with COUNT 0,
//! how often it allocates. `scripts/instructions` runs it.

#[path = "../shared/allocations.rs"]
mod allocations;

use std::{
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use allocations::allocations;
use jwtward::{
    Algorithm, Claims, FixedClock, JwtSigner, JwtVerifier, KeyId, KeyLoader, NumericDate, ProviderConfig, SigningKey,
    TokenProvider,
};
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

/// What does not wait for anything.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("there is nothing to wait for"),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(operation), Some(Ok(count))) = (arguments.next(), arguments.next().map(|text| text.parse::<usize>()))
    else {
        eprintln!("usage: instructions sign|verify|hit:HS256|ES256|EdDSA COUNT");
        std::process::exit(2);
    };
    let (what, algorithm) = operation.split_once(':').expect("sign:ALG, verify:ALG or hit:ALG");
    let key = key(algorithm.parse().expect("an algorithm"));
    let start = NumericDate::from_secs(1_800_000_000);
    let end = NumericDate::from_secs(1_800_000_900);
    let clock = FixedClock(start);
    let signer = JwtSigner::new(key.clone(), "https://auth.example", "api", Duration::from_secs(900))
        .expect("a lifetime of 900 seconds is in bounds")
        .clock(clock);
    let verifier =
        JwtVerifier::builder(key.verifying_key()).issuer("https://auth.example").audience("api").clock(clock).build();
    let config = ProviderConfig::new(key).issuer("https://auth.example").audience("api");
    let provider = TokenProvider::builder(config).clock(clock).cache_verified_tokens(1 << 20).build();
    let provider = provider.expect("the configuration is good");
    let custom = || Custom { data: Data { level: 7, admin: true, tenant: 123_456_789, quota: 12.5 } };
    // The same token each time. What is signed below has an id of its own.
    let claims = Claims::new(custom())
        .with_issuer("https://auth.example")
        .with_subject("user-1234567890")
        .with_audience("api")
        .with_expires_at(end)
        .with_not_before(start)
        .with_issued_at(start)
        .with_token_id("AAECAwQFBgcICQoLDA0ODw");
    let (token, custom) = (signer.sign_claims(&claims).expect("the claims can be signed"), custom());
    let verify = || verifier.verify::<Custom>(black_box(&token)).map(|jwt| jwt.custom().data.level).ok();
    let sign = || signer.sign("user-1234567890", black_box(&custom)).map(|token| token.len() as u64).ok();
    let hit = || now(provider.authenticate::<Data>(black_box(&token))).map(|jwt| jwt.custom().level).ok();
    let step: &dyn Fn() -> Option<u64> = match what {
        "sign" => &sign,
        "verify" => &verify,
        _ => &hit,
    };
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
