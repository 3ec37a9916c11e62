//! Sizes, exponents and curves.

use base64ct::{Base64, Encoding};
use jwtward::{Algorithm, KeyError, KeyLoader, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::support::*;

/// A public RSA JWK with a modulus of that many bits: odd, and nobody's.
fn rsa_of(bits: usize) -> String {
    let mut n = vec![0xff; bits.div_ceil(8)];
    n[0] >>= n.len() * 8 - bits;
    json!({"kty": "RSA", "alg": "RS256", "e": "AQAB", "n": b64u(&n)}).to_string()
}

fn with_exponent(e: &[u8]) -> String {
    with(&public_jwk(Algorithm::RS256, RSA), &[("e", b64u(e).into())])
}

#[test]
fn an_rsa_modulus_has_2048_to_8192_bits_exactly() {
    for bits in [2048, 2049, 2055, 2056, 3072, 4096, 8191, 8192] {
        assert_eq!(from_public_jwk(&rsa_of(bits)), Ok(()), "{bits}");
    }
    for bits in [1, 8, 512, 1024, 2040, 2041, 2047, 8193, 8200, 16384] {
        assert_eq!(from_public_jwk(&rsa_of(bits)), Err(KeyError::Modulus { bits }));
    }
    let short = Err(KeyError::Modulus { bits: 2047 });
    assert_eq!(signing(Algorithm::RS256, key_file!("rsa-2047.pkcs8.pem")), short);
    assert_eq!(verifying(Algorithm::PS256, key_file!("rsa-2047.spki.pem")), short);
    let text = KeyError::Modulus { bits: 2047 }.to_string();
    assert_eq!(text, "the rsa modulus has 2047 bits or is even: 2048 to 8192 and odd is accepted");
}

#[test]
fn an_rsa_modulus_is_odd() {
    let jwk = public_jwk(Algorithm::RS256, RSA);
    let mut n = octets(&jwk, "n");
    *n.last_mut().unwrap() ^= 1;
    assert_eq!(from_public_jwk(&with(&jwk, &[("n", b64u(&n).into())])), Err(KeyError::Modulus { bits: 2048 }));
}

#[test]
fn an_rsa_exponent_is_odd_and_65537_to_2_to_the_33() {
    for e in [&[1, 0, 1][..], &[1, 0, 3], &[0xff, 0xff, 0xff, 0xff], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(from_public_jwk(&with_exponent(e)), Ok(()), "{e:?}");
    }
    for e in [
        &[1][..],
        &[2],
        &[3],
        &[17],
        &[0xff, 0xff],
        &[1, 0, 0],
        &[1, 0, 2],
        &[2, 0, 0, 0, 0],
        &[2, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 1],
        &[0xff; 256],
        &[0xff; 9],
    ] {
        assert_eq!(from_public_jwk(&with_exponent(e)), Err(KeyError::Exponent), "{e:?}");
    }
}

#[test]
fn a_small_exponent_is_accepted_by_name_only() {
    let (private, public) = (key_file!("rsa-e3.pkcs8.pem"), key_file!("rsa-e3.spki.pem"));
    assert_eq!(signing(Algorithm::RS256, private), Err(KeyError::Exponent));
    assert_eq!(verifying(Algorithm::RS256, public), Err(KeyError::Exponent));
    assert!(KeyError::Exponent.to_string().contains("danger_allow_small_rsa_exponent"));

    let loader = KeyLoader::new(Algorithm::RS256).danger_allow_small_rsa_exponent();
    let key = loader.signing_pem(private).unwrap();
    assert_eq!(key.check_public(&loader.verifying_pem(public).unwrap()), Ok(()));
    assert_eq!(key.verifying_key().thumbprint().as_deref(), Ok("kscvA5ux2G6_jO0PAtCfgCaYMU0QMQVZL6hpcnEbgOg"));
    loader.signing_jwk(key.danger_export_private_jwk().unwrap().expose()).unwrap();
    assert_eq!(from_jwk(key.danger_export_private_jwk().unwrap().expose()), Err(KeyError::Exponent));
    for e in [&[3][..], &[5], &[17], &[0xff, 0xff]] {
        assert!(loader.verifying_jwk(&with_exponent(e)).is_ok(), "{e:?}");
    }
    // Nothing else is let through.
    for e in [&[1][..], &[2], &[4], &[1, 0, 0], &[2, 0, 0, 0, 1]] {
        assert_eq!(loader.verifying_jwk(&with_exponent(e)).err(), Some(KeyError::Exponent), "{e:?}");
    }
    assert_eq!(loader.verifying_jwk(&rsa_of(2047)).err(), Some(KeyError::Modulus { bits: 2047 }));
}

#[test]
fn a_small_exponent_needs_the_factors() {
    let loader = KeyLoader::new(Algorithm::RS256).danger_allow_small_rsa_exponent();
    let jwk = loader.signing_pem(key_file!("rsa-e3.pkcs8.pem")).unwrap().danger_export_private_jwk().unwrap();
    let jwk: Value = serde_json::from_str(jwk.expose()).unwrap();
    // NIST SP 800-56B, appendix C: they are found from `d` for exponents above 2^16 only.
    let bare = without(&jwk, &["p", "q", "dp", "dq", "qi"]);
    assert_eq!(loader.signing_jwk(&bare).err(), Some(KeyError::PrivateValue));
}

#[test]
fn rsa_numbers_have_no_leading_zeros() {
    for (algorithm, jwk) in
        [(Algorithm::RS256, public_jwk(Algorithm::RS256, RSA)), (Algorithm::PS256, public_jwk(Algorithm::PS256, RSA))]
    {
        for name in ["n", "e"] {
            let zero = b64u(&[&[0][..], &octets(&jwk, name)].concat());
            let json = with(&jwk, &[(name, zero.into())]);
            assert_eq!(VerifyingKey::from_jwk_as(algorithm, &json).err(), Some(KeyError::Member(name)));
            let json = with(&private_jwk(algorithm, RSA), &[(name, b64u(&[0]).into())]);
            assert_eq!(from_jwk(&json), Err(KeyError::Member(name)));
            let json = with(&jwk, &[(name, "".into())]);
            assert_eq!(from_public_jwk(&json), Err(KeyError::Member(name)));
            assert_eq!(from_public_jwk(&without(&jwk, &[name])), Err(KeyError::Member(name)));
        }
    }
}

#[test]
fn an_hmac_secret_is_as_long_as_its_hash() {
    for (algorithm, need) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
        assert!(SigningKey::from_secret(algorithm, &vec![7; need]).is_ok());
        assert!(VerifyingKey::from_secret(algorithm, &vec![7; need]).is_ok());
        let short = Some(KeyError::TooShort { got: need - 1, need });
        let secret = vec![7; need - 1];
        assert_eq!(SigningKey::from_secret(algorithm, &secret).err(), short);
        assert_eq!(VerifyingKey::from_secret(algorithm, &secret).err(), short);
        let jwk = json!({"kty": "oct", "k": b64u(&secret), "alg": algorithm.as_str()}).to_string();
        assert_eq!(SigningKey::from_jwk(&jwk).err(), short);
        assert_eq!(VerifyingKey::from_jwk(&jwk).err(), short);

        let loader = KeyLoader::new(algorithm).danger_allow_short_hmac_key();
        assert!(loader.signing_secret(&secret).is_ok());
        assert!(loader.verifying_jwk(&jwk).is_ok());
        assert!(loader.signing_secret(b"x").is_ok());
        assert_eq!(loader.signing_secret(b"").err(), Some(KeyError::TooShort { got: 0, need }));
    }
    assert!(KeyError::TooShort { got: 1, need: 32 }.to_string().contains("danger_allow_short_hmac_key"));
    assert_eq!(SigningKey::from_secret(Algorithm::ES256, &[7; 64]).err(), Some(KeyError::WrongKeyType));
}

#[test]
fn an_hmac_secret_is_not_a_key_file() {
    for fixture in &FIXTURES {
        for text in fixture.private.iter().chain(fixture.public).flat_map(|pem| layouts(pem)) {
            assert_eq!(SigningKey::from_secret(Algorithm::HS256, text.as_bytes()).err(), Some(KeyError::SecretIsKey));
        }
        for der in fixture.private_der.iter().chain(fixture.public_der) {
            for secret in [der.to_vec(), Base64::encode_string(der).into(), b64u(der).into()] {
                let loader = KeyLoader::new(Algorithm::HS256).danger_allow_short_hmac_key();
                assert_eq!(loader.verifying_secret(&secret).err(), Some(KeyError::SecretIsKey));
                let jwk = json!({"kty": "oct", "k": b64u(&secret)}).to_string();
                assert_eq!(loader.signing_jwk(&jwk).err(), Some(KeyError::SecretIsKey));
            }
        }
        let jwk = private_jwk(fixture.algorithms[0], fixture.private[0]);
        for text in
            [jwk.to_string(), format!(" \n{jwk:#}"), json!({"keys": [jwk]}).to_string(), json!([jwk]).to_string()]
        {
            assert_eq!(SigningKey::from_secret(Algorithm::HS512, text.as_bytes()).err(), Some(KeyError::SecretIsKey));
        }
    }
    for text in [key_file!("rsa.certificate.pem"), key_file!("rsa.request.pem"), key_file!("rsa.encrypted.pem")] {
        assert_eq!(SigningKey::from_secret(Algorithm::HS256, text.as_bytes()).err(), Some(KeyError::SecretIsKey));
    }
    for der in [der!("rsa.certificate.der"), der!("rsa.encrypted.der")] {
        assert_eq!(SigningKey::from_secret(Algorithm::HS256, der).err(), Some(KeyError::SecretIsKey));
    }
}
