//! Round trip: whatever claims are signed, verify, and come back the same; a verifier with another key or issuer, or a
//! later clock, refuses; what cannot be signed is refused with a reason, never signed differently.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use fixed::signing_key;
use jwtward::{
    Algorithm, Claims, FixedClock, JwtSigner, JwtVerifier, NumericDate, SignError, SigningFailed, SigningKey,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Number, Value};
use std::time::Duration;

const NOW: i64 = 1_800_000_000;

#[derive(Debug, Arbitrary)]
struct Input {
    key: u8,
    issuer: String,
    subject: Option<String>,
    audience: Vec<String>,
    token_id: Option<String>,
    token_type: Option<String>,
    lifetime: u32,
    since: Option<u32>,
    custom: Members,
}

/// HMACs alone: other keys take a hundred times as long, and nothing that varies here reaches what differs in them.
fn algorithm(choice: u8) -> Algorithm {
    [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512][usize::from(choice % 3)]
}

#[derive(Debug)]
struct Members(Map<String, Value>);

impl<'a> Arbitrary<'a> for Members {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        object(u, 4).map(Self)
    }
}

fn object(u: &mut Unstructured<'_>, depth: u32) -> arbitrary::Result<Map<String, Value>> {
    let mut members = Map::new();
    for _ in 0..u.int_in_range(0..=6)? {
        members.insert(u.arbitrary()?, value(u, depth)?);
    }
    Ok(members)
}

fn value(u: &mut Unstructured<'_>, depth: u32) -> arbitrary::Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 5 } else { 7 })? {
        0 => Value::Null,
        1 => Value::Bool(u.arbitrary()?),
        2 => Value::from(u.arbitrary::<u64>()?),
        3 => Value::from(u.arbitrary::<i64>()?),
        4 => Number::from_f64(u.arbitrary()?).map_or(Value::Null, Value::Number),
        5 => Value::String(u.arbitrary()?),
        6 => (0..u.int_in_range(0..=4)?).map(|_| value(u, depth - 1)).collect::<arbitrary::Result<_>>()?,
        _ => Value::Object(object(u, depth - 1)?),
    })
}

fuzz_target!(|input: Input| {
    let at = NumericDate::from_secs;
    let key = signing_key(algorithm(input.key));
    let expiry = at(NOW + i64::from(input.lifetime));
    let mut claims = Claims::new(&input.custom.0).with_issuer(&input.issuer).with_expires_at(expiry);
    for audience in &input.audience {
        claims = claims.with_audience(audience);
    }
    if let Some(subject) = &input.subject {
        claims = claims.with_subject(subject);
    }
    if let Some(id) = &input.token_id {
        claims = claims.with_token_id(id);
    }
    let since = input.since.map(|before| at(NOW - i64::from(before)));
    if let Some(since) = since {
        claims = claims.with_issued_at(since).with_not_before(since);
    }

    let mut signer = JwtSigner::new(key.clone(), "", "", Duration::from_secs(1)).expect("a second is allowed");
    if let Some(typ) = &input.token_type {
        signer = signer.token_type(typ);
    }
    let token = match signer.sign_claims(&claims) {
        Ok(token) => token,
        Err(SignError::ReservedClaim(claim)) => return assert!(input.custom.0.contains_key(claim.as_str())),
        Err(SignError::TooLarge { .. }) => return,
        // Of the header only the type varies; an octet of it takes six with an escape, and eight in base64url.
        Err(SignError::Failed(SigningFailed::HeaderTooLarge)) => {
            return assert!(input.token_type.is_some_and(|typ| typ.len() > 500));
        }
        Err(error) => panic!("{error:?}"),
    };

    let verifier = |key: &SigningKey, issuer: &str, now: i64| {
        let builder = JwtVerifier::builder(key.verifying_key()).issuer(issuer).ignore_audience();
        let builder = match &input.token_type {
            Some(typ) => builder.token_type(typ),
            None => builder,
        };
        builder.clock(FixedClock(at(now))).build()
    };
    let now = NOW - i64::from(input.lifetime == 0);
    let now = if input.since == Some(0) { NOW } else { now };
    if now == NOW && input.lifetime == 0 {
        return assert!(verifier(key, &input.issuer, now).verify::<()>(&token).is_err());
    }
    let jwt = verifier(key, &input.issuer, now).verify::<Map<String, Value>>(&token).expect("it was signed");
    assert_eq!(jwt.issuer(), Some(&*input.issuer));
    assert_eq!(jwt.subject(), input.subject.as_deref());
    assert_eq!(jwt.token_id(), input.token_id.as_deref());
    assert!(jwt.audience().eq(&input.audience));
    assert_eq!(jwt.expires_at(), Some(expiry));
    assert_eq!((jwt.issued_at(), jwt.not_before()), (since, since));
    assert_eq!(jwt.custom(), &input.custom.0);
    assert_eq!(jwt.header().algorithm(), Some(key.algorithm()));

    // One check fails each time: the key, which has no name to tell it by, the issuer, the clock.
    let other = SigningKey::from_secret(key.algorithm(), &[7; 64]).expect("long enough");
    assert!(verifier(&other, &input.issuer, now).verify::<()>(&token).is_err());
    assert!(verifier(key, &format!("{}/", input.issuer), now).verify::<()>(&token).is_err());
    assert!(verifier(key, &input.issuer, NOW + i64::from(input.lifetime)).verify::<()>(&token).is_err());
});
