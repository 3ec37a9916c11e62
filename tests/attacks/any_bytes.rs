//! Row 68: any octets anywhere are an answer, never a panic. And no change to a token leaves it valid.

use jwtward::{Algorithm, JwsSigner, KeyId, KeyLoader, KeySet, SigningKey, UnverifiedJws, VerifyError, VerifyingKey};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use crate::support::{
    CERTIFICATE, CLAIMS, ED25519, P256, P521, RSA, SSH, der, encode, hs256, public, rsa_key, rsa_pem, signed, verifier,
    verify_with, with_payload,
};

/// The usual number of cases, which `PROPTEST_CASES` changes, or a part of it.
fn config(part: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / part, failure_persistence: None, ..usual }
}

/// Shows `text` to everything that reads a token.
fn read_as_token(text: &str) {
    for max_size in [0, 16, 8192, usize::MAX] {
        let _ = UnverifiedJws::parse(text, max_size).map(|jws| jws.verify(&hs256()).map(|jws| jws.payload().len()));
        let _ = UnverifiedJws::parse_detached(text, b"payload", max_size).map(|jws| jws.verify(&hs256()).is_ok());
        for payload in [None, Some(&b"payload"[..])] {
            let _ = UnverifiedJws::parse_rfc7797(text, payload, max_size).map(|jws| jws.verify(&hs256()).is_ok());
        }
    }
    let _ = verifier(hs256()).verify::<()>(text);
    let _ = verifier(hs256()).verify::<Value>(text);
}

/// Shows `octets` to everything that reads a key.
fn read_as_key(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    for &algorithm in Algorithm::ALL {
        let loader = KeyLoader::new(algorithm).danger_allow_short_hmac_key().danger_allow_small_rsa_exponent();
        let _ = loader.verifying_secret(octets);
        let _ = loader.signing_secret(octets);
        let _ = loader.verifying_der(octets);
        let _ = loader.signing_der(octets);
        let _ = loader.verifying_pem(&text);
        let _ = loader.signing_pem(&text);
        let _ = loader.verifying_jwk(&text);
        let _ = loader.signing_jwk(&text);
        let _ = loader.signing_jwks(&text);
        let _ = KeySet::from_jwks_as(algorithm, &text);
        let _ = KeySet::from_secret_jwks(algorithm, &text);
    }
    let _ = KeySet::from_jwks(&text);
    let _ = VerifyingKey::from_jwk(&text);
    let _ = SigningKey::from_jwk(&text);
    let _ = KeyId::new(&text);
    let _ = text.parse::<Algorithm>();
}

/// One change to a list of octets.
#[derive(Clone, Debug)]
enum Change {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, octet)| Change::Replace(at, octet)),
        (at(), vec(any::<u8>(), 1..4)).prop_map(|(at, octets)| Change::Insert(at, octets)),
        (at(), 1..8_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (at(), at(), 1..40_usize).prop_map(|(from, to, length)| Change::Copy(from, to, length)),
        at().prop_map(Change::Cut),
    ]
}

fn changed(octets: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    for change in changes {
        let length = octets.len();
        if length == 0 {
            break;
        }
        let range = |at: usize, count: usize| at..(at + count).min(length);
        match change {
            Change::Replace(at, octet) => octets[at.index(length)] = *octet,
            Change::Insert(at, more) => {
                let at = at.index(length);
                octets.splice(at..at, more.iter().copied());
            }
            Change::Remove(at, count) => {
                octets.drain(range(at.index(length), *count));
            }
            Change::Copy(from, to, count) => {
                let copy = octets[range(from.index(length), *count)].to_vec();
                let to = to.index(length);
                octets.splice(to..to, copy);
            }
            Change::Cut(at) => octets.truncate(at.index(length)),
        }
    }
    octets
}

/// Text as JSON might be: its signs, some names, and noise.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\\u",
        "\\ud800",
        "\\udc00",
        "0",
        "-",
        "1",
        "e",
        ".",
        "9e9",
        "true",
        "null",
        " ",
        "\"exp\"",
        "\"alg\"",
        "\"HS256\"",
        "\"crit\"",
        "\"b64\"",
        "\"aud\"",
        "\"keys\"",
        "\"kty\"",
        "\"a\":",
        "1000900",
        "é",
        "😀",
        "\0",
        "\"\\u0061\"",
        "18446744073709551616",
    ]);
    vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

fn keys() -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = vec![rsa_pem().into(), CERTIFICATE.into(), der(&rsa_pem()), der(CERTIFICATE)];
    for private in [RSA, P256, P521, ED25519] {
        keys.push(private.into());
        keys.push(public(private).into());
        keys.push(format!(r#"{{"keys":[{},{private}]}}"#, public(private)).into());
        let key = SigningKey::from_jwk_as(if private == RSA { Algorithm::RS256 } else { algorithm(private) }, private)
            .unwrap();
        let pem = key.danger_export_private_pem().unwrap();
        keys.push(pem.expose().into());
        keys.push(der(pem.expose()));
        keys.push(der(&key.verifying_key().to_pem().unwrap()));
    }
    keys.extend(SSH.map(|key| key.as_bytes().to_vec()));
    keys
}

fn algorithm(private: &str) -> Algorithm {
    SigningKey::from_jwk(private).unwrap().algorithm()
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn a68_any_text_as_a_token(text in any::<String>()) {
        read_as_token(&text);
    }

    #[test]
    fn a68_any_three_segments_as_a_token(header in nearly_json(), payload in nearly_json(), mac in vec(any::<u8>(), 0..40)) {
        read_as_token(&crate::support::token(&header, &payload, |_| mac));
        // With a valid signature, so that the payload is reached.
        read_as_token(&signed(&header, &payload));
        read_as_token(&with_payload(&payload));
        read_as_token(&signed(format!(r#"{{"alg":"HS256",{header}"#), &payload));
    }

    #[test]
    fn a68_any_octets_as_header_or_payload(octets in vec(any::<u8>(), 0..200)) {
        read_as_token(&signed(&octets, &octets));
        read_as_token(&with_payload(&octets));
        let _ = jwtward::check_claims_set(&octets);
    }

    #[test]
    fn a68_any_changed_claims_under_a_valid_signature(changes in vec(change(), 1..4)) {
        let claims = r#"{"exp":1000900,"nbf":1.5e3,"aud":["a","b\u00e9"],"iss":"x","x":{"y":[1,2.5,null,true,{"z":"\ud83d\ude00"}]}}"#;
        read_as_token(&with_payload(changed(claims.as_bytes(), &changes)));
        read_as_token(&signed(changed(br#"{"alg":"HS256","typ":"JWT","kid":"1","crit":["x"],"x":[{}]}"#, &changes), CLAIMS));
    }

    #[test]
    fn a68_any_octets_as_a_key(octets in vec(any::<u8>(), 0..200)) {
        read_as_key(&octets);
    }

    #[test]
    fn a68_any_json_as_a_key(text in nearly_json()) {
        read_as_key(text.as_bytes());
        read_as_key(format!(r#"{{"keys":[{text}]}}"#).as_bytes());
        read_as_key(format!(r#"{{"kty":"EC","crv":"P-256",{text}}}"#).as_bytes());
    }

    #[test]
    fn a68_any_change_to_a_signed_token_is_refused(changes in vec(change(), 1..4)) {
        let tokens = [
            (hs256(), with_payload(CLAIMS)),
            token_of(SigningKey::from_jwk(P256).unwrap()),
            token_of(SigningKey::from_jwk(ED25519).unwrap()),
            token_of(rsa_key(Algorithm::RS256)),
        ];
        for (key, token) in tokens {
            let changed = changed(token.as_bytes(), &changes);
            let Ok(text) = String::from_utf8(changed) else { continue };
            if text == token {
                continue;
            }
            let error = verify_with(key, &text).unwrap_err();
            let before_the_claims = !matches!(error, VerifyError::Claim(_));
            prop_assert!(before_the_claims, "{error:?} {text}");
        }
    }
}

fn token_of(key: SigningKey) -> (VerifyingKey, String) {
    (key.verifying_key(), JwsSigner::new(key).sign(CLAIMS.as_bytes()).unwrap())
}

proptest! {
    // Each does arithmetic on numbers of 2048 bits, or reads a key in some hundred ways.
    #![proptest_config(config(5))]

    #[test]
    fn a68_any_numbers_as_an_rsa_key(
        mut n in vec(any::<u8>(), 256),
        e in select(vec![vec![3], vec![1, 0, 1], vec![0xff; 4], vec![1, 0xff, 0xff, 0xff, 0xff]]),
        d in vec(any::<u8>(), 1..256),
        primes in proptest::option::of((vec(any::<u8>(), 1..130), vec(any::<u8>(), 1..130))),
    ) {
        n[0] |= 0x80;
        n[255] |= 1;
        let mut members = vec![("n", n), ("e", e), ("d", d)];
        if let Some((p, q)) = primes {
            members.extend([("dp", p.clone()), ("dq", q.clone()), ("qi", p.clone()), ("p", p), ("q", q)]);
        }
        let members = members.into_iter().map(|(name, octets)| (name.to_string(), Value::from(encode(octets))));
        let mut jwk: serde_json::Map<String, Value> = members.collect();
        jwk.insert("kty".into(), "RSA".into());
        let loader = KeyLoader::new(Algorithm::RS256).danger_allow_small_rsa_exponent();
        prop_assert!(loader.signing_jwk(&Value::from(jwk).to_string()).is_err());
    }

    #[test]
    fn a68_any_changed_key(key in select(keys()), changes in vec(change(), 1..4)) {
        read_as_key(&changed(&key, &changes));
    }
}
