//! Rows 3 to 5, and 20 for MACs: HMAC secrets that are none, and MACs that are nearly right.

use jwtward::{Algorithm, JwtVerifier, KeyError, KeyLoader, KeySet, SigningKey, VerifyError, VerifyingKey};
use serde_json::json;

use crate::support::{
    CERTIFICATE, CLAIMS, ED25519, P256, P521, RSA, SECRET, SSH, der, encode, jwk, mac, pem_body, public, rsa_key,
    token, verify, verify_with, with_payload,
};

fn refused_as_a_key(secret: impl AsRef<[u8]>) {
    let secret = secret.as_ref();
    let shown = String::from_utf8_lossy(secret);
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        // The opt-out for short secrets is no way around.
        let loader = KeyLoader::new(algorithm).danger_allow_short_hmac_key();
        assert_eq!(loader.verifying_secret(secret).map(|_| ()), Err(KeyError::SecretIsKey), "{shown}");
        assert_eq!(loader.signing_secret(secret).map(|_| ()), Err(KeyError::SecretIsKey), "{shown}");
        assert_eq!(VerifyingKey::from_secret(algorithm, secret).map(|_| ()), Err(KeyError::SecretIsKey), "{shown}");
        let k = json!({"kty": "oct", "k": encode(secret)}).to_string();
        assert_eq!(VerifyingKey::from_jwk_as(algorithm, &k).map(|_| ()), Err(KeyError::SecretIsKey), "{shown}");
        assert_eq!(SigningKey::from_jwk_as(algorithm, &k).map(|_| ()), Err(KeyError::SecretIsKey), "{shown}");
    }
}

/// The same text with its white space changed.
fn spellings(text: &str) -> [String; 6] {
    [
        text.into(),
        format!("{text}\n"),
        format!("\u{feff}{text}"),
        format!("\r\n  {text}"),
        text.replace('\n', "\r\n"),
        text.split_whitespace().collect(),
    ]
}

#[test]
fn a03_a_jwk_or_jwk_set_as_a_secret() {
    for key in [RSA, P256, P521, ED25519] {
        for text in [public(key), key.to_string(), format!("[{}]", public(key))] {
            for spelling in spellings(&text) {
                refused_as_a_key(spelling);
            }
        }
        refused_as_a_key(format!(r#"{{"keys":[{}]}}"#, public(key)));
        refused_as_a_key(json!({"keys": [serde_json::from_str::<serde_json::Value>(key).unwrap()]}).to_string());
        refused_as_a_key(public(key).replace("kty", r"\u006bty"));
        refused_as_a_key(public(key).replace("kty", r"k\u0074y"));
    }
    refused_as_a_key(r#"{"keys":[]}"#);
    refused_as_a_key(r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}"#);
    refused_as_a_key(r#"{"\u006beys":[]}"#);
}

#[test]
fn a03_a_pem_file_as_a_secret() {
    let rsa = rsa_key(Algorithm::RS256);
    let ec = SigningKey::from_jwk(P256).unwrap();
    let ed = SigningKey::from_jwk(ED25519).unwrap();
    for key in [&rsa, &ec, &ed] {
        let pem = key.verifying_key().to_pem().unwrap();
        let private = key.danger_export_private_pem().unwrap();
        for text in [&*pem, private.expose(), CERTIFICATE] {
            for spelling in spellings(text) {
                refused_as_a_key(spelling);
            }
        }
    }
    for label in ["OPENSSH PRIVATE KEY", "PGP PUBLIC KEY BLOCK", "ANYTHING"] {
        refused_as_a_key(format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n"));
    }
    refused_as_a_key("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2E=\n---- END SSH2 PUBLIC KEY ----");
}

#[test]
fn a03_der_or_its_base64_as_a_secret() {
    let rsa = rsa_key(Algorithm::RS256);
    let ec = SigningKey::from_jwk(P256).unwrap();
    let ed = SigningKey::from_jwk(ED25519).unwrap();
    let mut pems = vec![CERTIFICATE.to_string()];
    for key in [&rsa, &ec, &ed] {
        pems.push(key.verifying_key().to_pem().unwrap());
        pems.push(key.danger_export_private_pem().unwrap().expose().into());
    }
    for pem in pems {
        let body = pem_body(&pem);
        refused_as_a_key(der(&pem));
        refused_as_a_key(&body);
        refused_as_a_key(body.trim_end_matches('='));
        refused_as_a_key(format!("  {body}\r\n"));
        refused_as_a_key(pem.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n"));
        refused_as_a_key(encode(der(&pem)));
    }
    // PKCS#1: the bit string within the SPKI, after its tag, its length of four octets in all, and the unused-bits octet.
    let spki = der(&rsa.verifying_key().to_pem().unwrap());
    let pkcs1 = &spki[24..];
    assert!(VerifyingKey::from_der(Algorithm::RS256, pkcs1).is_ok());
    refused_as_a_key(pkcs1);
}

#[test]
fn a03_an_ssh_key_as_a_secret() {
    for key in SSH {
        for spelling in spellings(key) {
            refused_as_a_key(spelling);
        }
        refused_as_a_key(format!("{key} alice@example.com"));
        refused_as_a_key(format!("command=\"/bin/true\",no-pty {key}"));
        refused_as_a_key(format!("auth.example {key}"));
    }
}

/// The second field of a line in `authorized_keys`, and the octets it encodes: what `ssh-keygen -e` and many a tool hand out.
#[test]
fn a03_an_ssh_key_without_its_type_in_front() {
    for key in SSH {
        let body = key.split(' ').nth(1).unwrap();
        refused_as_a_key(body);
        refused_as_a_key(<base64ct::Base64 as base64ct::Encoding>::decode_vec(body).unwrap());
    }
}

/// A DER file read through a shell or an editor gains a line end.
#[test]
fn a03_der_with_white_space_after_it() {
    let pem = rsa_key(Algorithm::RS256).verifying_key().to_pem().unwrap();
    for end in ["\n", "\r\n", " "] {
        refused_as_a_key([&der(&pem), end.as_bytes()].concat());
    }
}

/// A PEM file of which a line of the armour was lost.
#[test]
fn a03_pem_with_half_its_armour() {
    for pem in [crate::support::rsa_pem(), CERTIFICATE.into()] {
        refused_as_a_key(pem.split_once('\n').unwrap().1);
        refused_as_a_key(pem.trim_end().rsplit_once('\n').unwrap().0);
    }
}

#[test]
fn a03_secrets_that_are_secrets_stay_accepted() {
    for secret in [
        SECRET,
        &[0x30; 64],
        b"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj",
        b"{\"a passphrase in braces\": true, \"and quite a long one at that\": 1}",
    ] {
        assert!(VerifyingKey::from_secret(Algorithm::HS512, secret).is_ok(), "{}", String::from_utf8_lossy(secret));
    }
}

#[test]
fn a04_an_rsa_jwk_is_never_an_hmac_key() {
    // The attack: no `alg` in the JWK, the algorithm from the token, `k` missing and so an empty secret.
    for base in [public(RSA), public(P256), public(ED25519)] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let name = algorithm.as_str();
            assert_eq!(VerifyingKey::from_jwk_as(algorithm, &base).unwrap_err(), KeyError::WrongKeyType);
            assert_eq!(SigningKey::from_jwk_as(algorithm, &base).unwrap_err(), KeyError::WrongKeyType);
            let with_k = jwk(&base, &[("k", json!(encode(SECRET)))]);
            assert_eq!(VerifyingKey::from_jwk_as(algorithm, &with_k).unwrap_err(), KeyError::WrongKeyType);
            let named = jwk(&base, &[("alg", json!(name))]);
            assert_eq!(VerifyingKey::from_jwk(&named).unwrap_err(), KeyError::WrongKeyType);
        }
    }
    assert_eq!(VerifyingKey::from_jwk(&public(RSA)).unwrap_err(), KeyError::AlgorithmRequired);
    let keys = format!(r#"{{"keys":[{}]}}"#, public(RSA));
    assert!(KeySet::from_secret_jwks(Algorithm::HS256, &keys).is_err());
    // The forged token itself, against the key loaded as it should be.
    let forged = token(r#"{"alg":"HS256"}"#, CLAIMS, |input| mac(Algorithm::HS256, b"", input));
    let keys = KeySet::from_jwks_as(Algorithm::RS256, &keys).unwrap();
    assert_eq!(verify_with(keys, &forged), Err(VerifyError::AlgorithmMismatch));
}

#[test]
fn a04_an_oct_jwk_without_a_usable_k() {
    for (k, error) in [
        (json!(null), KeyError::Member("k")),
        (json!(5), KeyError::Member("k")),
        (json!("not base64url!"), KeyError::Member("k")),
        (json!(""), KeyError::TooShort { got: 0, need: 32 }),
    ] {
        let oct = jwk(r#"{"kty":"oct","alg":"HS256"}"#, &[("k", k)]);
        assert_eq!(VerifyingKey::from_jwk(&oct).unwrap_err(), error);
        assert_eq!(SigningKey::from_jwk(&oct).unwrap_err(), error);
    }
}

#[test]
fn a05_an_hmac_secret_shorter_than_its_hash() {
    for (algorithm, need) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
        for got in [0, 1, need - 1] {
            let secret = &SECRET[..got];
            let error = KeyError::TooShort { got, need };
            assert_eq!(VerifyingKey::from_secret(algorithm, secret).unwrap_err(), error);
            assert_eq!(SigningKey::from_secret(algorithm, secret).unwrap_err(), error);
            let oct = json!({"kty": "oct", "k": encode(secret)}).to_string();
            assert_eq!(VerifyingKey::from_jwk_as(algorithm, &oct).unwrap_err(), error);
        }
        assert!(VerifyingKey::from_secret(algorithm, &SECRET[..need]).is_ok());
        // The opt-out goes down to one octet, never to none.
        let loader = KeyLoader::new(algorithm).danger_allow_short_hmac_key();
        assert!(loader.verifying_secret(b"1").is_ok());
        assert_eq!(loader.verifying_secret(b"").unwrap_err(), KeyError::TooShort { got: 0, need });
        assert_eq!(loader.signing_secret(b"").unwrap_err(), KeyError::TooShort { got: 0, need });
    }
}

#[test]
fn a20_a_mac_that_is_nearly_right() {
    let token = with_payload(CLAIMS);
    let (input, _) = token.rsplit_once('.').unwrap();
    let right = mac(Algorithm::HS256, SECRET, input.as_bytes());
    let verify = |mac: &[u8]| verify(&format!("{input}.{}", encode(mac)));
    assert_eq!(verify(&right), Ok(()));
    for octet in 0..right.len() {
        for bit in 0..8 {
            let mut wrong = right.clone();
            wrong[octet] ^= 1 << bit;
            assert_eq!(verify(&wrong), Err(VerifyError::BadSignature), "bit {bit} of octet {octet}");
        }
        // Cut, down to one octet: a prefix is no MAC.
        if octet > 0 {
            assert_eq!(verify(&right[..octet]), Err(VerifyError::BadSignature), "{octet} octets");
        }
    }
    for wrong in [[right.as_slice(), &[0]].concat(), [&[0], right.as_slice()].concat(), right.repeat(2), vec![0; 32]] {
        assert_eq!(verify(&wrong), Err(VerifyError::BadSignature));
    }
}

#[test]
fn a20_a_public_key_cannot_be_handed_to_an_ed25519_signer() {
    // Signing with a foreign public key leaks the private one. Each way in either computes the public key or checks it.
    let other = encode(crate::support::member(
        &SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key().to_jwk().unwrap().to_string(),
        "x",
    ));
    let foreign = jwk(ED25519, &[("x", json!(other))]);
    assert_eq!(SigningKey::from_jwk(&foreign).unwrap_err(), KeyError::Mismatch);
    let halved = jwk(ED25519, &[("x", json!(null))]);
    assert_eq!(SigningKey::from_jwk(&halved).unwrap_err(), KeyError::Member("x"));
    let key = SigningKey::from_jwk(ED25519).unwrap();
    let public = SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key();
    assert_eq!(key.check_public(&public), Err(KeyError::Mismatch));
    let verifier = JwtVerifier::builder(key.verifying_key()).ignore_issuer().ignore_audience();
    let token = jwtward::JwsSigner::new(key).sign(CLAIMS.as_bytes()).unwrap();
    assert!(verifier.clock(crate::support::at(crate::support::NOW)).build().verify::<()>(&token).is_ok());
}
