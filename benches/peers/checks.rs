//! That what is compared does the same: who accepts less, or checks less, is not faster.

use std::time::Duration;

use jwtward::{FixedClock, JwtSigner, NumericDate};

use crate::{
    Contestant,
    libraries::signing_key,
    token::{AUDIENCE, DATA, Data, ISSUER, Keys, LIFETIME, SUBJECT, unix_seconds},
};

#[derive(serde::Serialize)]
struct Custom {
    data: Data,
}

pub(crate) fn agree(keys: &Keys, contestants: &mut [Contestant]) {
    let algorithm = &keys.algorithm;
    let tokens: Vec<_> = contestants.iter_mut().map(|other| (other.library.name, other.peer.token())).collect();
    let changed: Vec<_> = tokens
        .iter()
        .flat_map(|(_, token)| [("signature", changed_signature(token)), ("payload", changed_payload(token))])
        .collect();
    let bad = bad_claims(keys);
    for Contestant { library, peer } in contestants {
        let name = library.name;
        for (other, token) in &tokens {
            assert!(peer.verify(token), "{algorithm}: {name} refuses the token of {other}");
        }
        for (what, token) in &changed {
            assert!(!peer.verify(token), "{algorithm}: {name} accepts a changed {what}");
        }
        for (what, token) in &bad {
            assert!(!peer.checks_claims() || !peer.verify(token), "{algorithm}: {name} accepts a token that is {what}");
        }
    }
}

fn changed_signature(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').expect("a token");
    // In its middle, where no bit is unused.
    let at = signature.len() / 2;
    let other = if signature.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{input}.{}{other}{}", &signature[..at], &signature[at + 1..])
}

/// Another digit of `level`, as whoever wants more rights would change it.
fn changed_payload(token: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let parts: Vec<_> = token.split('.').collect();
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).expect("base64url")).expect("JSON");
    let changed = payload.replace(r#""level":7"#, r#""level":9"#);
    assert_ne!(payload, changed);
    format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(changed), parts[2])
}

fn bad_claims(keys: &Keys) -> Vec<(&'static str, String)> {
    let sign = |issuer: &str, audience: &str, seconds: i64| {
        let now = NumericDate::from_secs(unix_seconds().cast_signed() + seconds);
        let signer = JwtSigner::new(signing_key(keys), issuer, audience, LIFETIME).expect("the lifetime is in bounds");
        signer.clock(FixedClock(now)).sign(SUBJECT, &Custom { data: DATA }).expect("it can be signed")
    };
    let long = Duration::from_secs(2 * LIFETIME.as_secs()).as_secs().cast_signed();
    vec![
        ("of another issuer", sign("https://other.example", AUDIENCE, 0)),
        ("for another audience", sign(ISSUER, "other", 0)),
        ("expired", sign(ISSUER, AUDIENCE, -long)),
        ("not valid yet", sign(ISSUER, AUDIENCE, long)),
    ]
}
