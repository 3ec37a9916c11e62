//! How near the library's HS256 and HS512 come to what is possible: beside it stands a prototype that does the same for exactly the
//! tokens of this bench and nothing else, in turn with it, in the thread's own time. Only the ratios carry over to other machines.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench limit`

#[path = "shared/own_time.rs"]
mod own_time;

use std::{
    fmt,
    hint::black_box,
    time::{Duration, SystemTime},
};

use base64_simd::{Out, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jwtward::{Algorithm, JwtSigner, JwtVerifier, KeyId, KeyLoader, UnverifiedJws, check_claims_set};
use own_time::{median, own_nanos};
use serde::{
    Deserialize, Serialize,
    de::{Deserializer, SeqAccess, Visitor},
};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "api";
const SUBJECT: &str = "user-1234567890";
const LIFETIME: Duration = Duration::from_secs(900);
const ROUNDS: usize = 2000;
const CALLS: u32 = 100;

/// What signers write.
#[derive(Serialize)]
struct Written {
    data: WrittenData,
}

#[derive(Serialize)]
struct WrittenData {
    role: Role,
    level: u64,
    tenant: &'static str,
    scopes: [&'static str; 2],
}

const WRITTEN: Written =
    Written { data: WrittenData { role: Role::Admin, level: 7, tenant: "example", scopes: ["read", "write"] } };

/// What both verifiers read: no heap of its own, so that what is counted is theirs.
#[derive(Clone, Copy, Deserialize)]
struct Read {
    data: ReadData,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
struct ReadData {
    role: Role,
    level: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Admin,
    Reader,
}

/// The prototype. Its checks are those of the verifier beside it; what it leaves out is every answer but yes and no, every form but
/// the usual one, and every bound but that of its buffer.
struct Limit<M> {
    /// The only header there is, encoded, with its dot.
    header: String,
    state: M,
}

/// The claims, borrowed from the caller's buffer.
#[derive(Deserialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    #[serde(borrow)]
    aud: Audience<'a>,
    exp: u64,
    nbf: u64,
    iat: u64,
    jti: &'a str,
    data: ReadData,
}

/// One, or an array of one.
struct Audience<'a>(&'a str);

impl<'de: 'a, 'a> Deserialize<'de> for Audience<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl<'de> Visitor<'de> for One {
            type Value = Audience<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an audience")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Audience<'de>, E> {
                Ok(Audience(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Audience<'de>, A::Error> {
                Ok(Audience(seq.next_element()?.unwrap_or_default()))
            }
        }
        deserializer.deserialize_any(One)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the clock is right").as_secs()
}

type Buffer = [u8; 512];

fn decode<'b>(text: &str, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    URL_SAFE_NO_PAD.decode(text.as_bytes(), Out::from_slice(buffer)).ok().map(|octets| &*octets)
}

impl<M: Mac + Clone> Limit<M> {
    fn verify<'b>(&self, token: &str, buffer: &'b mut Buffer) -> Option<Claims<'b>> {
        if token.len() > 512 {
            return None;
        }
        let (input, signature) = token.rsplit_once('.')?;
        let payload = input.strip_prefix(&self.header)?;
        let mut mac = [0; 64];
        let mac = decode(signature, &mut mac)?;
        let own = self.state.clone().chain_update(input).finalize().into_bytes();
        if !bool::from(own.as_slice().ct_eq(mac)) {
            return None;
        }
        let payload = std::str::from_utf8(decode(payload, buffer)?).ok()?;
        let claims: Claims<'_> = serde_json::from_str(payload).ok()?;
        let now = now();
        let good = now < claims.exp
            && now >= claims.nbf
            && now >= claims.iat
            && claims.iss == ISSUER
            && claims.aud.0 == AUDIENCE
            && !claims.sub.is_empty()
            && !claims.jti.is_empty();
        good.then_some(claims)
    }
}

type Step<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// The median time of each step, in nanoseconds, all of them in turn.
fn in_turn(steps: &mut [Step<'_>]) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(ROUNDS); steps.len()];
    for round in 0..ROUNDS + ROUNDS / 10 {
        for ((_, step), times) in steps.iter_mut().zip(&mut times) {
            let start = own_nanos();
            for _ in 0..CALLS {
                step();
            }
            let time = (own_nanos() - start) as f64 / f64::from(CALLS);
            // The first rounds warm up.
            if round >= ROUNDS / 10 {
                times.push(time);
            }
        }
    }
    times.iter().map(|times| median(times)).collect()
}

fn step<'a, T>(name: &'a str, mut step: impl FnMut() -> T + 'a) -> Step<'a> {
    (name, Box::new(move || drop(black_box(step()))))
}

fn compare<M: Mac + KeyInit + Clone>(algorithm: Algorithm) {
    let secret = [7; 64];
    let kid = KeyId::new("2026-11").expect("it is short");
    let key = KeyLoader::new(algorithm).signing_secret(&secret).expect("it is long enough").with_key_id(kid);
    let signer = JwtSigner::new(key.clone(), ISSUER, AUDIENCE, LIFETIME).expect("the lifetime is in bounds");
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer(ISSUER).audience(AUDIENCE).build();
    let token = signer.sign(SUBJECT, &WRITTEN).expect("the claims can be signed");
    let (input, signature) = token.rsplit_once('.').expect("three segments");
    let (header, payload) = input.split_once('.').expect("three segments");
    let state = <M as KeyInit>::new_from_slice(&secret).expect("any length is good");
    let limit = Limit { header: format!("{header}."), state: state.clone() };

    // They agree: on the token, and on its refusal once anything in it has changed.
    let mut buffer = [0; 512];
    let ours = verifier.verify::<Read>(&token).expect("what was signed verifies");
    let theirs = limit.verify(&token, &mut buffer).expect("what was signed verifies");
    assert_eq!((ours.subject(), ours.token_id()), (Some(theirs.sub), Some(theirs.jti)));
    assert_eq!(ours.custom().data, theirs.data);
    for at in 0..token.len() {
        let (before, after) = token.split_at(at);
        let other = format!("{before}{}{}", if after.starts_with('A') { 'B' } else { 'A' }, &after[1..]);
        assert!(verifier.verify::<Read>(&other).is_err(), "{other}");
        assert!(limit.verify(&other, &mut buffer).is_none(), "{other}");
    }

    let mut verifying = [
        step("the limit: verify", || limit.verify(&token, &mut [0; 512]).map(|claims| claims.data.level)),
        step("jwtward: verify", || verifier.verify::<Read>(&token).map(|jwt| jwt.custom().data.level)),
        step("jwtward: sign", || signer.sign(SUBJECT, &WRITTEN)),
    ];
    let times = in_turn(&mut verifying);
    println!("\n{algorithm}, a token of {} octets: nanoseconds", token.len());
    for ((name, _), time) in verifying.iter().zip(&times) {
        println!("  {name:<52}{time:>7.0}");
    }
    println!("  jwtward's verify is {:.2} times the limit's", times[1] / times[0]);

    let mut room = [0; 512];
    let octets = decode(payload, &mut room).expect("it was encoded").to_vec();
    let text = std::str::from_utf8(&octets).expect("it is json");
    let mac = state.clone().chain_update(input).finalize().into_bytes();
    let (mut payload_room, mut mac_room) = ([0; 512], [0; 64]);
    let mut stages = [
        step("HMAC, its state cloned", || state.clone().chain_update(black_box(input)).finalize().into_bytes()),
        step("the MAC's decoding", || decode(black_box(signature), &mut mac_room).map(<[u8]>::len)),
        step("the MACs' comparison", || bool::from(mac.as_slice().ct_eq(black_box(&mac)))),
        step("the payload's decoding", || decode(black_box(payload), &mut payload_room).map(<[u8]>::len)),
        step("the header's comparison", || black_box(&token).strip_prefix(&limit.header).map(str::len)),
        step("UTF-8", || std::str::from_utf8(black_box(&octets)).map(str::len)),
        step("JSON, by serde_json", || serde_json::from_str::<Claims<'_>>(black_box(text)).map(|claims| claims.exp)),
        step("the clock", now),
        step("jwtward: UTF-8, JSON, unique names, limits", || check_claims_set(black_box(&octets))),
        step("jwtward: split, decode, parse the header", || UnverifiedJws::parse(black_box(&token), 8192)),
    ];
    let times = in_turn(&mut stages);
    for ((name, _), time) in stages.iter().zip(&times) {
        println!("    {name:<50}{time:>7.0}");
    }
}

fn main() {
    compare::<Hmac<Sha256>>(Algorithm::HS256);
    compare::<Hmac<Sha512>>(Algorithm::HS512);
}
