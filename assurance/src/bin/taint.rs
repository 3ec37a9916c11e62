//! `taint OPERATION`: does one thing with a secret that memcheck takes for undefined, so that it reports every branch and every address that
//! depends on the secret. `taint` alone lists the operations. `scripts/constant-time` runs it.

use std::hint::black_box;

use base64ct::{Base64, Encoding};
use jwtward::{
    Algorithm, FixedClock, JwsSigner, JwtVerifier, KeyLoader, NumericDate, ProviderConfig, RefreshError, RefreshToken,
    SecretSource, SigningKey, store::MemoryStore,
};
use jwtward_assurance::{
    block_on, keys, provider,
    valgrind::{make_public, make_secret, quietly, require},
};

const PAYLOAD: &[u8] = br#"{"iss":"a","aud":"b","exp":1900000000}"#;

fn main() {
    let operations = operations();
    let Some(wanted) = std::env::args().nth(1) else {
        for (name, _) in operations {
            println!("{name}");
        }
        return;
    };
    require();
    let Some((_, operation)) = operations.into_iter().find(|(name, _)| *name == wanted) else {
        eprintln!("no such operation: {wanted}");
        std::process::exit(2);
    };
    operation();
}

type Operation = (String, Box<dyn FnOnce()>);

fn operations() -> Vec<Operation> {
    let mut operations: Vec<Operation> = vec![
        ("control early exit".into(), Box::new(|| control(early_exit))),
        ("control table".into(), Box::new(|| control(table))),
        ("control branch".into(), Box::new(|| control(branch))),
        ("control nothing".into(), Box::new(|| control(nothing))),
        ("refresh token".into(), Box::new(refresh_token)),
        ("load secret".into(), Box::new(load_secret)),
        ("load oct JWK".into(), Box::new(load_oct_jwk)),
    ];
    for algorithm in keys::ALGORITHMS {
        operations.push((format!("sign {algorithm}"), Box::new(move || sign(algorithm))));
        if algorithm.is_symmetric() {
            operations.push((format!("verify {algorithm}"), Box::new(move || verify(algorithm))));
            operations.push((format!("refuse {algorithm}"), Box::new(move || refuse(algorithm))));
        } else if algorithm != Algorithm::PS256 {
            operations.push((format!("load PEM {algorithm}"), Box::new(move || load_pem(algorithm))));
        }
    }
    operations
}

/// Something known to depend on its secret, or not.
fn control(function: fn(&[u8; 32], &[u8; 32]) -> u8) {
    let secret: [u8; 32] = keys::octets(1, 32).try_into().expect("32 octets");
    let mut other = secret;
    other[20] ^= 1;
    make_secret(&secret);
    black_box(function(black_box(&secret), black_box(&other)));
}

#[inline(never)]
fn early_exit(secret: &[u8; 32], other: &[u8; 32]) -> u8 {
    for (a, b) in secret.iter().zip(other) {
        if black_box(*a) != black_box(*b) {
            return 0;
        }
    }
    1
}

#[inline(never)]
fn table(secret: &[u8; 32], _: &[u8; 32]) -> u8 {
    static TABLE: [u8; 256] = [7; 256];
    black_box(&TABLE)[usize::from(secret[3])]
}

#[inline(never)]
fn branch(secret: &[u8; 32], other: &[u8; 32]) -> u8 {
    if secret[5] & 1 == 1 { black_box(other[0]) } else { black_box(other[1]).wrapping_mul(3) }
}

#[inline(never)]
fn nothing(secret: &[u8; 32], other: &[u8; 32]) -> u8 {
    secret.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b))
}

/// A key whose secret octets are undefined.
fn secret_key(algorithm: Algorithm) -> SigningKey {
    quietly(|| match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => {
            KeyLoader::new(algorithm).signing_pem(&secret_pem(algorithm)).expect("a key")
        }
        _ => {
            let secret = keys::secret(algorithm, 1);
            make_secret(&secret);
            keys::key(algorithm, &secret)
        }
    })
}

fn sign(algorithm: Algorithm) {
    let signer = JwsSigner::new(secret_key(algorithm));
    let token = signer.sign(PAYLOAD).expect("a token");
    make_public(token.as_bytes());
    black_box(token);
}

fn verify(algorithm: Algorithm) {
    let key = secret_key(algorithm);
    let token = quietly(|| JwsSigner::new(key.clone()).sign(PAYLOAD)).expect("a token");
    make_public(token.as_bytes());
    assert!(verifier(&key).verify::<()>(&token).is_ok());
}

/// The same with a MAC that is wrong in its last octet.
fn refuse(algorithm: Algorithm) {
    let key = secret_key(algorithm);
    let mut token = quietly(|| JwsSigner::new(key.clone()).sign(PAYLOAD)).expect("a token");
    make_public(token.as_bytes());
    let last = token.len() - 3;
    token.replace_range(last..=last, if &token[last..=last] == "A" { "B" } else { "A" });
    assert!(verifier(&key).verify::<()>(&token).is_err());
}

fn verifier(key: &SigningKey) -> JwtVerifier {
    let clock = FixedClock(NumericDate::from_secs(1_800_000_000));
    JwtVerifier::builder(key.verifying_key()).issuer("a").audience("b").clock(clock).build()
}

/// A pair issued, refreshed, and a refresh token with a wrong tag and one with a wrong proof refused, with a `refreshKey` that is secret.
fn refresh_token() {
    let provider = quietly(|| {
        let text = base64ct::Base64UrlUnpadded::encode_string(&keys::octets(2, 32));
        make_secret(text.as_bytes());
        let config = ProviderConfig::new(keys::key(Algorithm::HS256, &keys::octets(3, 32)));
        let config = config.refresh_key(SecretSource::inline_base64(&text));
        provider(config, MemoryStore::default())
    });
    block_on(async {
        let pair = provider.issue_pair("alice", &()).await.expect("a pair");
        make_public(pair.refresh.expose().as_bytes());
        let next = provider.refresh_pair(&pair.refresh).await.expect("the next pair");
        make_public(next.refresh.expose().as_bytes());
        // The tag is octets 37 to 52, the proof what follows.
        for at in [60, 80] {
            let mut text = next.refresh.expose().to_owned();
            text.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
            let error = provider.refresh_pair(&RefreshToken::new(text)).await.expect_err("a refusal");
            assert!(matches!(error, RefreshError::Invalid | RefreshError::SessionEnded), "{error}");
        }
    });
}

fn load_secret() {
    let secret = keys::octets(1, 32);
    make_secret(&secret);
    black_box(KeyLoader::new(Algorithm::HS256).signing_secret(&secret).expect("a key"));
}

fn load_oct_jwk() {
    let text = base64ct::Base64UrlUnpadded::encode_string(&keys::octets(1, 32));
    let jwk = format!(r#"{{"kty":"oct","alg":"HS256","k":"{text}"}}"#);
    let start = jwk.find(&text).expect("the secret");
    make_secret(&jwk.as_bytes()[start..start + text.len()]);
    black_box(SigningKey::from_jwk(&jwk).expect("a key"));
}

fn load_pem(algorithm: Algorithm) {
    let pem = quietly(|| secret_pem(algorithm));
    black_box(KeyLoader::new(algorithm).signing_pem(&pem).expect("a key"));
}

/// A key file of the tests in which the characters are undefined that stand for private octets and nothing else. The last four
/// are left: in them a decoder looks for padding, and would seem to compute every length from secrets.
fn secret_pem(algorithm: Algorithm) -> String {
    let pem = keys::pem(algorithm).to_owned();
    let key = KeyLoader::new(algorithm).signing_pem(&pem).expect("a key");
    let at: Vec<usize> = {
        let body = pem.find("-----\n").expect("a header") + 6..pem.rfind("-----END").expect("an end");
        body.filter(|at| pem.as_bytes()[*at] != b'\n').collect()
    };
    let body: String = at.iter().map(|at| char::from(pem.as_bytes()[*at])).collect();
    let der = Base64::decode_vec(&body).expect("base64");
    for place in keys::places(&der, &keys::secret_members(&key)) {
        let characters = (place.start * 4).div_ceil(3)..(place.end * 4 / 3).min(at.len() - 4);
        for at in &at[characters] {
            make_secret(&pem.as_bytes()[*at..=*at]);
        }
    }
    pem
}
