//! Looks for secrets in every block of heap memory that is freed, while keys are loaded from each format, used and dropped.
//!
//! What is looked for: any eight octets in a row of the secret, in both byte orders, at any place of a freed block; the same of what is
//! made from it (HMAC's padded key, Ed25519's expanded scalar, a scalar in Montgomery form); and any twelve characters in a row of its
//! base64url text. New blocks are zeroed, so that what is found was written by their last owner.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    backtrace::Backtrace,
    cell::Cell,
    collections::HashSet,
    hint::black_box,
    process::ExitCode,
    sync::Mutex,
};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use jwtward::{
    Algorithm, JwsSigner, JwtVerifier, KeyError, KeyLoader, KeySource, NumericDate, ProviderConfig, RefreshToken,
    SecretSource, SigningKey, VerifyingKey, store::MemoryStore,
};
use jwtward_assurance::{block_on, keys, provider};
use p256::elliptic_curve::PrimeField;
use serde_json::Value;
use sha2::{Digest, Sha512};

struct Inspecting;

/// What is looked for, and what was found: how often, and where the first time.
struct Search {
    needles: HashSet<Vec<u8>>,
    found: usize,
    first: Option<Backtrace>,
}

static SEARCH: Mutex<Option<Search>> = Mutex::new(None);

thread_local! {
    /// Whether this thread searches already: what the search itself frees is not searched.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

fn inspect(block: &[u8]) {
    if WITHIN.replace(true) {
        return;
    }
    if let Some(search) = &mut *SEARCH.lock().expect("no panic here") {
        let holds = |length: usize| block.windows(length).any(|window| search.needles.contains(window));
        if holds(8) || holds(12) {
            search.found += 1;
            search.first.get_or_insert_with(Backtrace::force_capture);
        }
    }
    WITHIN.set(false);
}

// SAFETY: every call goes to the system's allocator as it came, with the memory zeroed. `realloc` is the trait's own, which is these two.
unsafe impl GlobalAlloc for Inspecting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps what `GlobalAlloc` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the block is as long as its layout says, was zeroed as a whole, and is nobody else's any more.
        inspect(unsafe { std::slice::from_raw_parts(memory, layout.size()) });
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Inspecting = Inspecting;

/// How many blocks were freed with a part of one of these in them while `action` ran.
fn search(secrets: &[Vec<u8>], texts: &[String], action: impl FnOnce()) -> Search {
    let mut needles = HashSet::new();
    for secret in secrets {
        for part in secret.windows(8).filter(|part| part.iter().any(|octet| *octet != part[0])) {
            needles.insert(part.to_vec());
            needles.insert(part.iter().rev().copied().collect());
        }
    }
    for text in texts {
        needles.extend(text.as_bytes().windows(12).map(<[u8]>::to_vec));
    }
    let search = Search { needles, found: 0, first: None };
    *SEARCH.lock().expect("no panic here") = Some(search);
    action();
    SEARCH.lock().expect("no panic here").take().expect("it was put there")
}

/// The secret's octets, and whatever a primitive is known to make of them and keep.
fn forms(algorithm: Algorithm, members: &[(&'static str, Vec<u8>)]) -> Vec<Vec<u8>> {
    let mut forms: Vec<Vec<u8>> = members.iter().map(|(_, octets)| octets.clone()).collect();
    let secret = &members[0].1;
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            for pad in [0x36, 0x5c] {
                forms.push(secret.iter().map(|octet| octet ^ pad).collect());
            }
        }
        Algorithm::EdDSA => {
            let mut expanded = Sha512::digest(secret).to_vec();
            forms.push(expanded.clone());
            expanded[0] &= 248;
            expanded[31] = expanded[31] & 63 | 64;
            forms.push(expanded);
        }
        Algorithm::ES256 => forms.push(montgomery::<p256::Scalar>(secret, 256)),
        Algorithm::ES384 => forms.push(montgomery::<p384::Scalar>(secret, 384)),
        Algorithm::ES512 => forms.push(montgomery::<p521::Scalar>(secret, 576)),
        _ => {}
    }
    forms
}

/// scalar · 2^bits modulo the group's order, big-endian.
fn montgomery<S: PrimeField>(scalar: &[u8], bits: u64) -> Vec<u8> {
    let mut repr = S::Repr::default();
    repr.as_mut().copy_from_slice(scalar);
    let scalar = S::from_repr(repr).expect("a scalar");
    (scalar * S::from(2).pow_vartime([bits])).to_repr().as_ref().to_vec()
}

fn use_it(key: SigningKey) {
    let token = JwsSigner::new(key.clone()).sign(br#"{"iss":"a","aud":"b","exp":1900000000}"#).expect("a token");
    let clock = jwtward::FixedClock(NumericDate::from_secs(1_800_000_000));
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer("a").audience("b").clock(clock).build();
    drop(key);
    assert!(black_box(verifier).verify::<()>(&token).is_ok());
}

fn use_provider(config: ProviderConfig) {
    let provider = provider(config, MemoryStore::default());
    block_on(async {
        let pair = provider.issue_pair("alice", &()).await.expect("a pair");
        let next = provider.refresh_pair(&pair.refresh).await.expect("the next pair");
        assert!(provider.authenticate::<()>(next.access.expose()).await.is_ok());
        provider.refresh_pair(&RefreshToken::new("x".repeat(92))).await.expect_err("no refresh token");
        provider.close().await;
    });
}

/// How many blocks with a part of a private number the RSA primitive leaves behind when a key is loaded and used: while it checks the
/// key, makes the numbers for the Chinese remainder theorem, and signs. SECURITY.md says so.
const RSA_USED: usize = 19;
/// The same when a key is loaded and exported twice, which computes qi each time.
const RSA_EXPORTED: usize = 25;

/// Prints a row; whether there is no more than there may be.
fn row(what: &str, result: Search, most: usize) -> bool {
    let good = result.found <= most;
    println!(
        "{what:<36} {:>5}{}",
        result.found,
        if most > 0 { format!("  of {most} documented") } else { String::new() }
    );
    if let (false, Some(place)) = (good, result.first) {
        eprintln!("{place}");
    }
    good
}

fn main() -> ExitCode {
    println!("{:<36} {:>5}", "while", "finds");
    let secret = keys::octets(7, 48);
    // The controls: a vector freed as it is, one that grew, and one that was wiped.
    let control = search(std::slice::from_ref(&secret), &[], || drop(black_box(secret.clone())));
    let mut good = control.found == 1;
    println!("{:<36} {:>5}", "control: freed", control.found);
    let grown = search(std::slice::from_ref(&secret), &[], || {
        let mut copy = black_box(secret.clone());
        copy.reserve(1000);
        copy.fill(0);
        black_box(copy);
    });
    println!("{:<36} {:>5}", "control: grown, then wiped", grown.found);
    good &= grown.found == 1;
    let reversed: Vec<u8> = secret.iter().rev().copied().collect();
    let limbs = search(std::slice::from_ref(&secret), &[], || drop(black_box([&[1, 2, 3], &reversed[..]].concat())));
    println!("{:<36} {:>5}", "control: as a number's limbs", limbs.found);
    good &= limbs.found == 1;
    let none = search(std::slice::from_ref(&secret), &[], || drop(black_box(keys::octets(8, 48))));
    println!("{:<36} {:>5}", "control: another secret", none.found);
    good &= none.found == 0;

    for algorithm in keys::ALGORITHMS {
        for (format, result) in formats(algorithm) {
            let most = match (algorithm, format) {
                (Algorithm::RS256 | Algorithm::PS256, "exported") => RSA_EXPORTED,
                (Algorithm::RS256 | Algorithm::PS256, _) => RSA_USED,
                _ => 0,
            };
            good &= row(&format!("{algorithm} {format}"), result, most);
        }
    }
    for (what, result) in configurations() {
        good &= row(what, result, 0);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A key of that algorithm from each format, used and dropped.
fn formats(algorithm: Algorithm) -> Vec<(&'static str, Search)> {
    let loader = KeyLoader::new(algorithm);
    let key = if algorithm.is_symmetric() {
        keys::key(algorithm, &keys::secret(algorithm, 7))
    } else {
        loader.signing_pem(keys::pem(algorithm)).expect("a key")
    };
    let members = keys::secret_members(&key);
    let forms = forms(algorithm, &members);
    let texts: Vec<String> = members.iter().map(|(_, octets)| Base64UrlUnpadded::encode_string(octets)).collect();
    let jwk = key.danger_export_private_jwk().expect("a JWK").expose().to_owned();
    drop(key);
    let mut found = vec![("from a JWK", search(&forms, &texts, || use_it(loader.signing_jwk(&jwk).expect("a key"))))];
    let set = format!(r#"{{"keys":[{jwk}]}}"#);
    found.push((
        "from a JWK Set",
        search(&forms, &texts, || {
            loader.signing_jwks(&set).expect("keys").0.into_iter().for_each(use_it);
        }),
    ));
    let (wrong, error) = wrong(algorithm, &jwk);
    let refused = || assert_eq!(loader.signing_jwk(&wrong).err(), Some(error));
    found.push(("from a JWK that is refused", search(&forms, &texts, refused)));
    if algorithm.is_symmetric() {
        let secret = &members[0].1;
        found.push(("from octets", search(&forms, &texts, || use_it(loader.signing_secret(secret).expect("a key")))));
        found.push((
            "for verifying alone",
            search(&forms, &texts, || drop(black_box(VerifyingKey::from_secret(algorithm, secret).expect("a key")))),
        ));
    } else {
        let pem = keys::pem(algorithm);
        found.push(("from PEM", search(&forms, &texts, || use_it(loader.signing_pem(pem).expect("a key")))));
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = Base64::decode_vec(&body).expect("base64");
        found.push(("from DER", search(&forms, &texts, || use_it(loader.signing_der(&der).expect("a key")))));
    }
    found.push((
        "exported",
        search(&forms, &texts, || {
            let key = loader.signing_jwk(&jwk).expect("a key");
            drop(black_box(key.danger_export_private_jwk()));
            drop(black_box(key.danger_export_private_pem()));
        }),
    ));
    found
}

/// The JWK with what is noticed only when its secret has been decoded, and the error.
fn wrong(algorithm: Algorithm, jwk: &str) -> (String, KeyError) {
    let mut wrong: Value = serde_json::from_str(jwk).expect("JSON");
    let error = if algorithm.is_symmetric() {
        let mut text = wrong["k"].as_str().expect("a secret").to_owned();
        text.replace_range(text.len() - 1.., "!");
        wrong["k"] = text.into();
        KeyError::Member("k")
    } else if wrong["kty"] == "RSA" {
        let dp = wrong["dp"].take();
        wrong["dp"] = std::mem::replace(&mut wrong["dq"], dp);
        KeyError::PrivateValue
    } else {
        let another = keys::key(algorithm, &keys::secret(algorithm, 9)).danger_export_private_jwk().expect("a JWK");
        let another: Value = serde_json::from_str(another.expose()).expect("JSON");
        for member in ["x", "y"].into_iter().filter(|member| another.get(member).is_some()) {
            wrong[member] = another[member].clone();
        }
        KeyError::Mismatch
    };
    (wrong.to_string(), error)
}

/// Providers whose keys come from each source.
fn configurations() -> Vec<(&'static str, Search)> {
    let signing = Base64UrlUnpadded::encode_string(&keys::octets(11, 48));
    let refresh = Base64UrlUnpadded::encode_string(&keys::octets(12, 48));
    // As text, the characters themselves are the secret.
    let pads = |text: &str| {
        [0, 0x36, 0x5c].into_iter().map(|pad| text.bytes().map(|octet| octet ^ pad).collect()).collect::<Vec<Vec<u8>>>()
    };
    let mut forms = [pads(&signing), pads(&refresh)].concat();
    for seed in [11, 12] {
        forms.extend([0, 0x36, 0x5c].map(|pad| keys::octets(seed, 48).iter().map(|octet| octet ^ pad).collect()));
    }
    let texts = [signing.clone(), refresh.clone()];
    let file = |name: &str, text: &str| {
        let path = std::env::temp_dir().join(format!("jwtward-freed-heap-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let (signing_file, refresh_file) = (file("signing", &signing), file("refresh", &refresh));
    // SAFETY: the program has one thread.
    unsafe {
        std::env::set_var("FREED_HEAP_SIGNING", &signing);
        std::env::set_var("FREED_HEAP_REFRESH", &refresh);
    }
    let json = |member: &str, signing: &str, refresh: &str| {
        format!(r#"{{"signingKey":{{"{member}":"{signing}"}},"refreshKey":{{"{member}":"{refresh}"}}}}"#)
    };
    let texts_of_configuration = [
        ("configuration: password", json("password", &signing, &refresh)),
        ("configuration: passwordBase64", json("passwordBase64", &signing, &refresh)),
        ("configuration: passwordEnvVar", json("passwordEnvVar", "FREED_HEAP_SIGNING", "FREED_HEAP_REFRESH")),
        (
            "configuration: passwordEnvVarBase64",
            json("passwordEnvVarBase64", "FREED_HEAP_SIGNING", "FREED_HEAP_REFRESH"),
        ),
        ("configuration: passwordFile", json("passwordFile", &signing_file, &refresh_file)),
        ("configuration: passwordFileBase64", json("passwordFileBase64", &signing_file, &refresh_file)),
    ];
    let mut found = Vec::new();
    for (what, text) in &texts_of_configuration {
        let read = || use_provider(ProviderConfig::from_json(text).expect("a configuration"));
        found.push((*what, search(&forms, &texts, read)));
    }
    let by_calls = || {
        let config = ProviderConfig::with_secret(Algorithm::HS384, SecretSource::inline_base64(&signing));
        use_provider(config.refresh_key(SecretSource::inline(&refresh)));
    };
    found.push(("configuration by calls", search(&forms, &texts, by_calls)));
    let refused =
        format!(r#"{{"signingKey":{{"password":"{signing}"}},"refreshKey":{{"password":"{refresh}"}},"x":1}}"#);
    found.push((
        "configuration that is refused",
        search(&forms, &texts, || assert!(ProviderConfig::from_json(&refused).is_err())),
    ));
    for path in [signing_file, refresh_file] {
        std::fs::remove_file(path).expect("the file is there");
    }

    let key = KeyLoader::new(Algorithm::ES256).signing_pem(keys::pem(Algorithm::ES256)).expect("a key");
    let forms = self::forms(Algorithm::ES256, &keys::secret_members(&key));
    let pem = keys::pem(Algorithm::ES256);
    let private = || {
        let config = ProviderConfig::with_private_key(Algorithm::ES256, KeySource::inline(pem));
        use_provider(config.refresh_key(SecretSource::inline(&refresh)));
    };
    let body: Vec<String> = pem.lines().filter(|line| !line.starts_with('-')).map(str::to_owned).collect();
    found.push(("configuration: private key", search(&forms, &body, private)));
    found
}
