//! Row 18, and 19 for RSA: keys that are refused while loading.

use der::Encode;
use jwtward::{Algorithm, JwsSigner, KeyError, KeyLoader, SigningKey, UnverifiedJws, VerifyingKey};
use serde_json::{Value, json};

use crate::support::{RSA, encode, jwk, member, public};

/// A modulus of that many bits; odd, which is all that a loader looks at.
fn modulus(bits: usize) -> Vec<u8> {
    let mut n = vec![0x5a; bits.div_ceil(8)];
    let top = (bits - 1) % 8;
    n[0] = 1 << top;
    *n.last_mut().unwrap() |= 1;
    n
}

/// The error of each way to load a public key with these numbers, which must be the same.
fn load(n: &[u8], e: &[u8], small: bool) -> Result<VerifyingKey, KeyError> {
    let loader = |algorithm| {
        let loader = KeyLoader::new(algorithm);
        if small { loader.danger_allow_small_rsa_exponent() } else { loader }
    };
    let json = json!({"kty": "RSA", "n": encode(n), "e": encode(e)}).to_string();
    let number = |octets| der::asn1::UintRef::new(octets).unwrap();
    let pkcs1 = pkcs1::RsaPublicKeyRef { modulus: number(n), public_exponent: number(e) }.to_der().unwrap();
    let mut result = Err(KeyError::Der);
    for algorithm in [Algorithm::RS256, Algorithm::PS512] {
        result = loader(algorithm).verifying_jwk(&json);
        assert_eq!(loader(algorithm).verifying_der(&pkcs1).map(|_| ()), result.as_ref().map(|_| ()).map_err(|e| *e));
    }
    result
}

#[test]
fn a18_rsa_modulus_under_2048_or_over_8192_bits() {
    let f4 = [1, 0, 1];
    for bits in [512, 1024, 1536, 2040, 2047, 8193, 8200, 16384] {
        assert_eq!(load(&modulus(bits), &f4, false).unwrap_err(), KeyError::Modulus { bits });
        assert_eq!(load(&modulus(bits), &f4, true).unwrap_err(), KeyError::Modulus { bits });
    }
    for bits in [2048, 2049, 3072, 4096, 8191, 8192] {
        assert!(load(&modulus(bits), &f4, false).is_ok(), "{bits}");
    }
    for bits in [0, 1024, 2047, 8193, usize::MAX] {
        assert_eq!(SigningKey::generate_rsa(Algorithm::RS256, bits).unwrap_err(), KeyError::Modulus { bits });
    }
}

#[test]
fn a18_rsa_even_modulus() {
    let mut n = modulus(2048);
    *n.last_mut().unwrap() = 0xfe;
    assert_eq!(load(&n, &[1, 0, 1], false).unwrap_err(), KeyError::Modulus { bits: 2048 });
}

#[test]
fn a18_rsa_exponent_one_even_small_or_huge() {
    let n = member(RSA, "n");
    // e = 1: every signature is its own message. Even: no inverse. Huge: slow to verify, on purpose.
    for e in [
        vec![1],
        vec![2],
        vec![1, 0, 0],
        vec![1, 0, 2],
        vec![2, 0, 0, 0, 0],
        vec![2, 0, 0, 0, 1],
        vec![0xff; 5],
        vec![1, 0, 0, 0, 0, 1],
        vec![0xff; 8],
        vec![0xff; 9],
        vec![0xff; 255],
        n.clone(),
    ] {
        for small in [false, true] {
            assert_eq!(load(&n, &e, small).unwrap_err(), KeyError::Exponent, "{e:02x?}");
        }
    }
    for e in [vec![3], vec![17], vec![0xff, 0xff]] {
        assert_eq!(load(&n, &e, false).unwrap_err(), KeyError::Exponent, "{e:02x?}");
        assert!(load(&n, &e, true).is_ok(), "{e:02x?}");
    }
    for e in [vec![1, 0, 1], vec![1, 0xff, 0xff, 0xff, 0xff]] {
        assert!(load(&n, &e, false).is_ok(), "{e:02x?}");
    }
}

#[test]
fn a18_rsa_zero_or_padded_numbers_in_a_jwk() {
    for (name, value) in [("n", json!("")), ("e", json!("")), ("n", json!("AA")), ("e", json!("AA"))] {
        let wrong = jwk(&public(RSA), &[(name, value)]);
        assert_eq!(VerifyingKey::from_jwk_as(Algorithm::RS256, &wrong).unwrap_err(), KeyError::Member(name));
    }
    // A leading zero octet: two texts for one key, and two thumbprints.
    for name in ["n", "e"] {
        let padded = [vec![0], member(RSA, name)].concat();
        for base in [public(RSA), RSA.to_string()] {
            let wrong = jwk(&base, &[(name, json!(encode(&padded)))]);
            let refused = KeyError::Member(name);
            if base == RSA {
                assert_eq!(SigningKey::from_jwk_as(Algorithm::RS256, &wrong).unwrap_err(), refused);
            } else {
                assert_eq!(VerifyingKey::from_jwk_as(Algorithm::RS256, &wrong).unwrap_err(), refused);
            }
        }
    }
}

#[test]
fn a18_rsa_private_key_with_a_bad_modulus_or_exponent() {
    for (name, value, error) in [
        ("n", modulus(1024), KeyError::Modulus { bits: 1024 }),
        ("n", modulus(16384), KeyError::Modulus { bits: 16384 }),
        ("e", vec![1], KeyError::Exponent),
        ("e", vec![3], KeyError::Exponent),
        ("e", vec![1, 0, 2], KeyError::Exponent),
        ("e", vec![0xff; 9], KeyError::Exponent),
    ] {
        let wrong = jwk(RSA, &[(name, json!(encode(value)))]);
        assert_eq!(SigningKey::from_jwk_as(Algorithm::RS256, &wrong).unwrap_err(), error);
    }
}

/// A private JWK with these members replaced must be refused so, without a panic.
fn refused(changes: &[(&str, Value)]) {
    let wrong = jwk(RSA, changes);
    let error = SigningKey::from_jwk_as(Algorithm::RS256, &wrong).map(|_| ());
    assert_eq!(error, Err(KeyError::PrivateValue), "{changes:?}");
}

/// Odd numbers to try in the place of a private one.
fn strange(honest: &[u8]) -> Vec<Value> {
    let mut flipped = honest.to_vec();
    flipped[5] ^= 1;
    let mut even = honest.to_vec();
    *even.last_mut().unwrap() ^= 1;
    [
        Vec::new(),
        vec![0],
        vec![0; 128],
        vec![1],
        vec![2],
        vec![3],
        vec![0xff; 16],
        vec![0xff; 128],
        vec![0xff; 256],
        vec![0xff; 257],
        vec![0xff; 4000],
        member(RSA, "n"),
        flipped,
        even,
    ]
    .iter()
    .map(|octets| json!(encode(octets)))
    .collect()
}

#[test]
fn a19_rsa_private_numbers_that_contradict_each_other() {
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        for value in strange(&member(RSA, name)) {
            refused(&[(name, value)]);
        }
    }
    for (p, q) in [("AA", "AA"), ("AQ", "AQ"), ("", ""), ("Ag", "Ag"), ("AQ", &*encode(member(RSA, "n")))] {
        refused(&[("p", json!(p)), ("q", json!(q))]);
    }
    // Exchanged: the coefficient is then that of the other prime.
    refused(&[("p", json!(encode(member(RSA, "q")))), ("q", json!(encode(member(RSA, "p"))))]);
}

#[test]
fn a19_rsa_private_numbers_without_primes() {
    let none = ["p", "q", "dp", "dq", "qi"].map(|name| (name, Value::Null));
    for value in strange(&member(RSA, "d")).into_iter().filter(|value| !is_zero(value)) {
        refused(&[&none[..], &[("d", value)]].concat());
    }
    // Numbers as they should be: the primes are found again.
    let key = SigningKey::from_jwk_as(Algorithm::RS256, &jwk(RSA, &none)).unwrap();
    let token = JwsSigner::new(key.clone()).sign(b"message").unwrap();
    assert!(UnverifiedJws::parse(&token, 8192).unwrap().verify(&key.verifying_key()).is_ok());
}

fn is_zero(value: &Value) -> bool {
    value.as_str().unwrap().bytes().all(|octet| octet == b'A')
}

#[test]
fn a19_rsa_private_exponent_of_zero_without_primes() {
    let none = ["p", "q", "dp", "dq", "qi"].map(|name| (name, Value::Null));
    for zero in strange(&member(RSA, "d")).into_iter().filter(is_zero) {
        refused(&[&none[..], &[("d", zero)]].concat());
    }
}

#[test]
fn a19_rsa_modulus_of_another_key() {
    let other = member(
        &SigningKey::generate_rsa(Algorithm::RS256, 2048).unwrap().verifying_key().to_jwk().unwrap().to_string(),
        "n",
    );
    refused(&[("n", json!(encode(&other)))]);
    let none = ["p", "q", "dp", "dq", "qi"].map(|name| (name, Value::Null));
    refused(&[&none[..], &[("n", json!(encode(other)))]].concat());
    refused(&[&none[..], &[("n", json!(encode(modulus(2048))))]].concat());
    refused(&[&none[..], &[("n", json!(encode(modulus(8192))))]].concat());
}

#[test]
fn a19_rsa_primes_given_in_part_or_more_than_two() {
    for missing in ["p", "q", "dp", "dq", "qi"] {
        let part = jwk(RSA, &[(missing, Value::Null)]);
        assert_eq!(SigningKey::from_jwk_as(Algorithm::RS256, &part).unwrap_err(), KeyError::Member(missing));
    }
    let more = jwk(RSA, &[("oth", json!([{"r": "AQAB", "d": "AQAB", "t": "AQAB"}]))]);
    assert_eq!(SigningKey::from_jwk_as(Algorithm::RS256, &more).unwrap_err(), KeyError::UnsupportedFormat);
}
