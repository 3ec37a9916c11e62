//! Keys that a token brings along, keys found by what is not verified, and secrets that are none.

use jwtward::{Algorithm, JwtVerifier, KeyError, KeyId, KeySet, SigningKey, VerifyError, VerifyingKey};
use serde_json::json;

use crate::support::{
    CLAIMS, NOW, P256, SECRET, at, encode, hs256, mac, public, token, verify, verify_with, with_payload,
};

const BAD_SIGNATURE: Result<(), VerifyError> = Err(VerifyError::BadSignature);

/// A token whose header says `members` and that an attacker's own P-256 key signed, for a verifier with the key of RFC 7515
/// A.3.
fn by_an_attacker(members: impl FnOnce(&str) -> serde_json::Value) -> Result<(), VerifyError> {
    let attacker = SigningKey::generate(Algorithm::ES256).unwrap();
    let jwk = attacker.verifying_key().to_jwk().unwrap().to_string();
    let mut header = members(&jwk);
    header["alg"] = "ES256".into();
    let sign = |input: &[u8]| {
        use p256::ecdsa::signature::Signer;
        let jwk: serde_json::Value =
            serde_json::from_str(attacker.danger_export_private_jwk().unwrap().expose()).unwrap();
        let scalar = crate::support::decode(jwk["d"].as_str().unwrap());
        let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from_slice(&scalar).unwrap().sign(input);
        signature.to_bytes().to_vec()
    };
    let trusted = VerifyingKey::from_jwk(&public(P256)).unwrap().with_key_id(KeyId::new("trusted").unwrap());
    verify_with(trusted, &token(header.to_string(), CLAIMS, sign))
}

fn parsed(jwk: &str) -> serde_json::Value {
    serde_json::from_str(jwk).unwrap()
}

#[test]
fn cve_2018_0114_the_key_in_the_header() {
    assert_eq!(by_an_attacker(|jwk| json!({"typ": "JWT", "jwk": parsed(jwk)})), BAD_SIGNATURE);
}

#[test]
fn cve_2024_21643_the_address_of_the_keys_in_the_header() {
    assert_eq!(by_an_attacker(|_| json!({"jku": "https://attacker.example/jwks.json"})), BAD_SIGNATURE);
    let claims = json!({"jku": "https://attacker.example/jwks.json"});
    assert_eq!(by_an_attacker(|_| json!({"cnf": claims, "x5u": "https://attacker.example/x.pem"})), BAD_SIGNATURE);
}

#[test]
fn cve_2025_24976_another_key_under_the_trusted_name() {
    let renamed = |jwk: &str| {
        let mut jwk = parsed(jwk);
        jwk["kid"] = "trusted".into();
        json!({"jwk": jwk, "kid": "trusted"})
    };
    assert_eq!(by_an_attacker(renamed), BAD_SIGNATURE);
}

#[test]
fn cve_2026_27962_the_key_in_the_header_when_none_was_found() {
    // No key of the set fits the name, and still the header's is not one.
    let unknown = |jwk: &str| json!({"jwk": parsed(jwk), "kid": "unknown"});
    assert_eq!(by_an_attacker(unknown), Err(VerifyError::NoMatchingKey));
    assert_eq!(by_an_attacker(|jwk| json!({"jwk": parsed(jwk)})), BAD_SIGNATURE);
}

#[test]
fn cve_2025_65945_the_secret_is_looked_up_by_what_the_token_says() {
    // Nobody's name finds no key, and certainly not an empty one.
    let named = |kid: &str, secret: &[u8]| {
        VerifyingKey::from_secret(Algorithm::HS256, secret).unwrap().with_key_id(KeyId::new(kid).unwrap())
    };
    let keys = KeySet::of_secrets([named("a", SECRET), named("b", &[7; 32])]).unwrap();
    for kid in ["", "nobody", "__proto__", "constructor", "toString"] {
        for secret in [&b""[..], b"undefined", b"null", b"function toString() { [native code] }"] {
            let header = json!({"alg": "HS256", "kid": kid}).to_string();
            let forged = token(header, CLAIMS, |input| mac(Algorithm::HS256, secret, input));
            assert_eq!(verify_with(keys.clone(), &forged), Err(VerifyError::NoMatchingKey), "{kid}");
        }
    }
}

#[test]
fn cve_2018_15801_a_malicious_issuer_with_the_same_key() {
    let verifier =
        JwtVerifier::builder(hs256()).issuer("https://honest.example").ignore_audience().clock(at(NOW)).build();
    for (iss, error) in [
        (r#""iss":"https://malicious.example","#, jwtward::ClaimError::Mismatch(jwtward::Claim::Issuer)),
        ("", jwtward::ClaimError::Missing(jwtward::Claim::Issuer)),
    ] {
        let answer = verifier.verify::<()>(&with_payload(format!(r#"{{{iss}"exp":1000900}}"#)));
        assert_eq!(answer.unwrap_err(), VerifyError::Claim(error));
    }
}

#[test]
fn cve_2019_20933_an_empty_shared_secret() {
    let error = KeyError::TooShort { got: 0, need: 32 };
    assert_eq!(VerifyingKey::from_secret(Algorithm::HS256, b"").unwrap_err(), error);
    let claims = r#"{"username":"admin","exp":1000900}"#;
    let forged = token(r#"{"alg":"HS256","typ":"JWT"}"#, claims, |input| mac(Algorithm::HS256, b"", input));
    assert_eq!(verify(&forged), BAD_SIGNATURE);
}

#[test]
fn cve_2020_1764_a_secret_that_every_installation_shares() {
    let error = KeyError::TooShort { got: 5, need: 32 };
    assert_eq!(VerifyingKey::from_secret(Algorithm::HS256, b"kiali").unwrap_err(), error);
    let forged = token(r#"{"alg":"HS256"}"#, CLAIMS, |input| mac(Algorithm::HS256, b"kiali", input));
    assert_eq!(verify(&forged), BAD_SIGNATURE);
}

#[test]
fn cve_2021_41106_the_path_of_the_key_as_the_key() {
    let path = "file:///etc/keys/hs256.key";
    let forged = token(r#"{"alg":"HS256"}"#, CLAIMS, |input| mac(Algorithm::HS256, path.as_bytes(), input));
    assert_eq!(verify(&forged), BAD_SIGNATURE);
    // Loading takes the key's octets. There is no call that takes a path, and a path of this length is no secret.
    assert_eq!(
        VerifyingKey::from_secret(Algorithm::HS256, path.as_bytes()).unwrap_err(),
        KeyError::TooShort { got: 26, need: 32 }
    );
}

#[test]
fn cve_2019_7644_an_error_that_tells_the_right_signature() {
    let forged = token(r#"{"alg":"HS256"}"#, CLAIMS, |_| vec![0; 32]);
    let input = forged.rsplit_once('.').unwrap().0;
    let right = mac(Algorithm::HS256, SECRET, input.as_bytes());
    let error = verify(&forged).unwrap_err();
    let said = format!("{error} {error:?}");
    assert_eq!(said, "the signature is not valid BadSignature");
    let hex: String = right.iter().map(|octet| format!("{octet:02x}")).collect();
    assert!(!said.contains(&encode(&right)) && !said.contains(&hex));
}
