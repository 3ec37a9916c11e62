//! Tokens without a signature, or whose signature was not looked at.

use jwtward::{Algorithm, KeyError, Malformed, SigningKey, UnverifiedJws, VerifyError, VerifyingKey};

use crate::support::{CLAIMS, SECRET, encode, hs256, mac, rsa_key, token, verify, verify_with};

const NO_SIGNATURE: Result<(), VerifyError> = Err(VerifyError::Malformed(Malformed::Segments));
const NOT_THE_KEYS: Result<(), VerifyError> = Err(VerifyError::AlgorithmMismatch);
const BAD_SIGNATURE: Result<(), VerifyError> = Err(VerifyError::BadSignature);

fn unsigned(header: &str) -> String {
    token(header, CLAIMS, |_| Vec::new())
}

/// A token that another key signed, under the header of the right one.
fn forged(algorithm: Algorithm) -> String {
    let key = match algorithm {
        Algorithm::RS256 => SigningKey::from_jwk_as(algorithm, &rfc7520_rsa()).unwrap(),
        _ => SigningKey::generate(algorithm).unwrap(),
    };
    jwtward::JwsSigner::new(key).sign(CLAIMS.as_bytes()).unwrap()
}

/// The private key of RFC 7520 section 3.4.
fn rfc7520_rsa() -> String {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../vectors/rfc7520.json")).unwrap();
    let keys = file["keys"].as_array().unwrap();
    keys.iter().find(|entry| entry["id"] == "rfc7520-3.4").unwrap()["key"].to_string()
}

fn rs256() -> VerifyingKey {
    rsa_key(Algorithm::RS256).verifying_key()
}

#[test]
fn cve_2015_2951_the_header_says_none() {
    assert_eq!(verify(&unsigned(r#"{"typ":"JWT","alg":"none"}"#)), NO_SIGNATURE);
    assert_eq!(verify(&unsigned(r#"{"typ":"JWT","alg":"None"}"#)), NO_SIGNATURE);
}

#[test]
fn cve_2015_2964_none_with_a_signature_that_nobody_checks() {
    let token = token(r#"{"alg":"none"}"#, CLAIMS, |_| b"anything".to_vec());
    assert_eq!(verify_with(rs256(), &token), NOT_THE_KEYS);
}

#[test]
fn cve_2018_1000125_a_token_that_decodes_without_its_signature() {
    let header = encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = encode(CLAIMS);
    assert_eq!(verify(&format!("{header}.{claims}.")), NO_SIGNATURE);
    assert_eq!(verify(&format!("{header}.{claims}")), NO_SIGNATURE);
}

#[test]
fn cve_2018_1000531_a_header_of_none_and_a_body() {
    let header = encode(r#"{"alg":"none"}"#);
    let claims = encode(CLAIMS);
    assert_eq!(verify(&format!("{header}.{claims}")), NO_SIGNATURE);
    assert_eq!(verify(&format!("{header}.{claims}.")), NO_SIGNATURE);
    assert_eq!(verify(&format!("{header}.{claims}.{claims}")), NOT_THE_KEYS);
}

#[test]
fn cve_2020_15957_none_from_a_health_authority() {
    let header = r#"{"alg":"none","typ":"JWT"}"#;
    let token = token(header, r#"{"scope":"currentDayExposed","onset":"2020-07-20","exp":1000900}"#, |_| Vec::new());
    assert_eq!(verify_with(rs256(), &token), NO_SIGNATURE);
}

#[test]
fn cve_2020_26244_none_in_an_id_token_of_every_flow() {
    let claims = r#"{"iss":"https://op.example","sub":"alice","aud":"client","nonce":"n","exp":1000900}"#;
    let unsigned = token(r#"{"alg":"none"}"#, claims, |_| Vec::new());
    assert_eq!(verify_with(rs256(), &unsigned), NO_SIGNATURE);
    // Nor may the token choose another algorithm than the one agreed on.
    let hs = token(r#"{"alg":"HS256"}"#, claims, |input| mac(Algorithm::HS256, SECRET, input));
    assert_eq!(verify_with(rs256(), &hs), NOT_THE_KEYS);
}

#[test]
fn cve_2021_22160_none_to_a_broker_with_a_key() {
    let header = r#"{"alg":"none"}"#;
    let admin = token(header, r#"{"sub":"admin","exp":1000900}"#, |_| Vec::new());
    assert_eq!(verify(&admin), NO_SIGNATURE);
    assert_eq!(verify_with(rs256(), &admin), NO_SIGNATURE);
    assert_eq!(UnverifiedJws::parse(&admin, 8192).unwrap_err(), Malformed::Segments);
}

#[test]
fn cve_2021_44878_none_offered_as_one_of_the_accepted_algorithms() {
    // There is no list of algorithms to put it on: it has no value, and a key has exactly one algorithm.
    assert!("none".parse::<Algorithm>().is_err());
    assert_eq!(verify_with(rs256(), &unsigned(r#"{"alg":"none"}"#)), NO_SIGNATURE);
}

#[test]
fn cve_2022_23540_no_algorithm_and_no_key_given() {
    // The flaw took a missing key for the algorithm none. A verifier without a key cannot be made.
    assert_eq!(VerifyingKey::from_secret(Algorithm::HS256, b"").unwrap_err(), KeyError::TooShort { got: 0, need: 32 });
    assert_eq!(verify(&unsigned(r#"{"alg":"none","typ":"JWT"}"#)), NO_SIGNATURE);
}

#[test]
fn cve_2023_29357_none_with_a_digest_in_the_claims() {
    let claims = r#"{"ver":"hashedprooftoken","endpointurl":"qqlAJmTxpB9A67xSyZk+tmrrNmYClY/fqig7ceZNsSM=",
        "isloopback":true,"nameid":"admin","exp":1000900}"#;
    assert_eq!(verify(&token(r#"{"alg":"none"}"#, claims, |_| Vec::new())), NO_SIGNATURE);
    assert_eq!(verify(&token(r#"{"alg":"none"}"#, claims, |_| b"AAA".to_vec())), NOT_THE_KEYS);
}

#[test]
fn cve_2024_48916_none_to_an_object_store() {
    let claims = r#"{"iss":"https://idp.example","aud":"account","sub":"any-role","exp":1000900}"#;
    assert_eq!(verify_with(rs256(), &token(r#"{"alg":"none"}"#, claims, |_| Vec::new())), NO_SIGNATURE);
}

#[test]
fn cve_2026_107720_an_empty_key_and_an_explicit_algorithm() {
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let error = VerifyingKey::from_secret(algorithm, b"").unwrap_err();
        assert!(matches!(error, KeyError::TooShort { got: 0, .. }), "{error}");
        // The same through a JWK, whose path was another in the library that was mended first.
        let error = VerifyingKey::from_jwk_as(algorithm, r#"{"kty":"oct","k":""}"#).unwrap_err();
        assert!(matches!(error, KeyError::TooShort { got: 0, .. }), "{error}");
    }
}

#[test]
fn cve_2017_10862_a_signature_of_something_else() {
    let claims = r#"{"exp":1000900,"admin":true}"#;
    let other = |_: &[u8]| mac(Algorithm::HS256, SECRET, b"another message");
    assert_eq!(verify(&token(r#"{"alg":"HS256"}"#, claims, other)), BAD_SIGNATURE);
}

#[test]
fn cve_2020_28042_a_signature_shorter_than_it_should_be() {
    for length in 1..32 {
        let cut = token(r#"{"alg":"HS256"}"#, CLAIMS, |input| mac(Algorithm::HS256, SECRET, input)[..length].to_vec());
        assert_eq!(verify(&cut), BAD_SIGNATURE, "{length}");
    }
    assert_eq!(verify(&unsigned(r#"{"alg":"HS256"}"#)), NO_SIGNATURE);
}

#[test]
fn cve_2021_22573_an_id_token_of_another_signer() {
    assert_eq!(verify_with(rs256(), &forged(Algorithm::RS256)), BAD_SIGNATURE);
}

#[test]
fn cve_2021_29451_claims_read_without_looking_at_the_signature() {
    assert_eq!(verify(&forged(Algorithm::HS256)), BAD_SIGNATURE);
    // A parser that takes any form takes one without a signature too.
    assert_eq!(verify(&unsigned(r#"{"alg":"none"}"#)), NO_SIGNATURE);
}

#[test]
fn cve_2021_29455_a_signature_of_zeros() {
    assert_eq!(verify(&token(r#"{"alg":"HS256"}"#, CLAIMS, |_| vec![0; 32])), BAD_SIGNATURE);
}

#[test]
fn cve_2021_29500_a_payload_changed_after_signing() {
    let token = token(r#"{"alg":"HS256"}"#, CLAIMS, |input| mac(Algorithm::HS256, SECRET, input));
    let parts: Vec<&str> = token.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], encode(r#"{"exp":1000900,"sub":"admin"}"#), parts[2]);
    assert_eq!(verify(&changed), BAD_SIGNATURE);
}

#[test]
fn cve_2021_32631_any_bearer_token_is_turned_into_claims() {
    // Claims come out of `verify` alone. What is not verified has a header, and a payload by a name that warns.
    let forged = forged(Algorithm::HS256);
    let unverified = UnverifiedJws::parse(&forged, 8192).unwrap();
    assert_eq!(unverified.danger_unverified_payload(), CLAIMS.as_bytes());
    assert_eq!(unverified.verify(&hs256()).unwrap_err(), jwtward::JwsError::BadSignature);
    assert_eq!(verify(&forged), BAD_SIGNATURE);
}
