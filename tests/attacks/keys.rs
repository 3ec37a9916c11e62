//! Rows 10 to 13: which key is trusted.

use std::collections::BTreeMap;

use jwtward::{
    Algorithm, JwsSigner, JwtVerifier, KeyError, KeyId, KeySet, KeySetError, PublicJwkSet, SigningKey, UnverifiedJws,
    VerifyError, VerifyingKey,
};
use serde_json::{Value, json};

use crate::support::{
    CERTIFICATE, CLAIMS, ED25519, P256, P521, RSA, SECRET, encode, hs256, jwk, pem_body, public, rsa_key, token,
    verify_with,
};

/// The P-256 key's signature of a JWS signing input.
fn es256(private: &str, input: &[u8]) -> Vec<u8> {
    use p256::ecdsa::{Signature, SigningKey, signature::Signer};
    let key = SigningKey::from_slice(&crate::support::member(private, "d")).unwrap();
    let signature: Signature = key.sign(input);
    signature.to_bytes().to_vec()
}

/// Headers that offer a key of the attacker's.
fn offers(attacker: &Value) -> Vec<Value> {
    let certificate = pem_body(CERTIFICATE);
    vec![
        json!({"alg": "ES256", "jwk": attacker}),
        json!({"alg": "ES256", "jku": "https://attacker.example/jwks.json"}),
        json!({"alg": "ES256", "x5u": "https://attacker.example/cert.pem"}),
        json!({"alg": "ES256", "x5c": [certificate]}),
        json!({"alg": "ES256", "x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA", "x5t#S256": encode([0; 32])}),
        json!({"alg": "ES256", "jku": "file:///etc/passwd", "x5u": "http://127.0.0.1:1/", "jwk": attacker, "x5c": [certificate]}),
    ]
}

#[test]
fn a10_a_key_in_the_header_is_not_trusted() {
    let trusted = SigningKey::generate(Algorithm::ES256).unwrap().verifying_key();
    let attacker: Value = serde_json::from_str(&public(P256)).unwrap();
    for header in offers(&attacker) {
        let forged = token(header.to_string(), CLAIMS, |input| es256(P256, input));
        assert_eq!(verify_with(trusted.clone(), &forged), Err(VerifyError::BadSignature), "{header}");
        // As a matter of form, the token is not bad: by the key it was made with, it verifies.
        assert_eq!(verify_with(VerifyingKey::from_jwk(&public(P256)).unwrap(), &forged), Ok(()), "{header}");
    }
}

#[test]
fn a10_a_key_in_the_header_does_not_replace_the_one_its_kid_names() {
    let named = |kid: &str| {
        SigningKey::generate(Algorithm::ES256).unwrap().with_key_id(KeyId::new(kid).unwrap()).verifying_key()
    };
    let keys = KeySet::new([named("a"), named("b")]).unwrap();
    let mut attacker: Value = serde_json::from_str(&public(P256)).unwrap();
    attacker["kid"] = json!("evil");
    for (kid, error) in [("a", VerifyError::BadSignature), ("evil", VerifyError::NoMatchingKey)] {
        let header = json!({"alg": "ES256", "kid": kid, "jwk": attacker}).to_string();
        assert_eq!(verify_with(keys.clone(), &token(header, CLAIMS, |input| es256(P256, input))), Err(error));
    }
}

#[test]
fn a10_the_header_offers_no_way_to_such_a_key() {
    // What a caller can get from a header holds no key, no address and no certificate.
    let attacker: Value = serde_json::from_str(&public(P256)).unwrap();
    for header in offers(&attacker) {
        let token = token(header.to_string(), CLAIMS, |input| es256(P256, input));
        let jws = UnverifiedJws::parse(&token, 8192).unwrap();
        let kept = format!("{:?}", jws.header());
        assert!(!kept.contains("attacker") && !kept.contains("f83OJ3") && !kept.contains("MIIB"), "{kept}");
    }
}

#[test]
fn a11_use_or_key_ops_that_forbid_verification() {
    for (name, value) in [
        ("use", json!("enc")),
        ("use", json!("SIG")),
        ("use", json!("")),
        ("use", json!("sig,enc")),
        ("key_ops", json!([])),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!(["deriveKey", "wrapKey"])),
        ("key_ops", json!(["VERIFY"])),
    ] {
        for (algorithm, base) in [(Algorithm::RS256, RSA), (Algorithm::ES256, P256), (Algorithm::EdDSA, ED25519)] {
            let forbidden = jwk(&public(base), &[(name, value.clone())]);
            let refused = VerifyingKey::from_jwk_as(algorithm, &forbidden).unwrap_err();
            assert_eq!(refused, KeyError::UseForbidden, "{forbidden}");
        }
        let oct = jwk(r#"{"kty":"oct","alg":"HS256"}"#, &[("k", json!(encode(SECRET))), (name, value)]);
        assert_eq!(VerifyingKey::from_jwk(&oct).unwrap_err(), KeyError::UseForbidden);
    }
    let verify_only = jwk(P256, &[("key_ops", json!(["verify"]))]);
    assert_eq!(SigningKey::from_jwk(&verify_only).unwrap_err(), KeyError::UseForbidden);
}

#[test]
fn a11_use_or_key_ops_of_the_wrong_type() {
    for (name, value) in [
        ("use", json!(["sig"])),
        ("use", json!(true)),
        ("key_ops", json!("verify")),
        ("key_ops", json!({"verify": true})),
        ("key_ops", json!(["verify", 1])),
        ("key_ops", json!(["verify", "verify"])),
    ] {
        let wrong = jwk(&public(P256), &[(name, value)]);
        assert_eq!(VerifyingKey::from_jwk(&wrong).unwrap_err(), KeyError::Member(name), "{wrong}");
    }
}

#[test]
fn a11_a_jwk_bound_to_another_algorithm() {
    for (base, alg, asked) in [
        (RSA, "RS512", Algorithm::RS256),
        (RSA, "PS256", Algorithm::RS256),
        (RSA, "RSA-OAEP", Algorithm::RS256),
        (RSA, "none", Algorithm::RS256),
        (RSA, "HS256", Algorithm::RS256),
        (P256, "ECDH-ES", Algorithm::ES256),
        (P256, "ES256K", Algorithm::ES256),
        (P521, "ES521", Algorithm::ES512),
        (ED25519, "Ed25519", Algorithm::EdDSA),
        (ED25519, "Ed448", Algorithm::EdDSA),
    ] {
        let bound = jwk(&public(base), &[("alg", json!(alg))]);
        assert_eq!(VerifyingKey::from_jwk_as(asked, &bound).unwrap_err(), KeyError::AlgorithmMismatch, "{bound}");
        let bound = jwk(base, &[("alg", json!(alg))]);
        assert_eq!(SigningKey::from_jwk_as(asked, &bound).unwrap_err(), KeyError::AlgorithmMismatch, "{bound}");
    }
    // Loaded for what it says, the token of another algorithm is refused.
    let ps256 = VerifyingKey::from_jwk(&jwk(&public(RSA), &[("alg", json!("PS256"))])).unwrap();
    let rs256 = JwsSigner::new(rsa_key(Algorithm::RS256)).sign(CLAIMS.as_bytes()).unwrap();
    assert_eq!(verify_with(ps256, &rs256), Err(VerifyError::AlgorithmMismatch));
}

#[test]
fn a11_a_key_for_encryption_in_a_set_is_skipped_and_reported() {
    let enc = jwk(&public(P256), &[("kid", json!("1")), ("use", json!("enc"))]);
    let sig = jwk(&public(RSA), &[("kid", json!("2")), ("alg", json!("RS256"))]);
    let keys = KeySet::from_jwks(&format!(r#"{{"keys":[{enc},{sig}]}}"#)).unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        keys.skipped().iter().map(|key| (key.index, key.reason)).collect::<Vec<_>>(),
        [(0, KeyError::UseForbidden)]
    );
    let forged = token(r#"{"alg":"ES256","kid":"1"}"#, CLAIMS, |input| es256(P256, input));
    assert_eq!(verify_with(keys, &forged), Err(VerifyError::NoMatchingKey));
}

#[test]
fn a12_hmac_and_public_keys_in_one_set() {
    let oct = json!({"kty": "oct", "alg": "HS256", "kid": "h", "k": encode(SECRET)}).to_string();
    let short = json!({"kty": "oct", "alg": "HS256", "k": "AAAA"}).to_string();
    let ec = public(P256);
    for set in
        [format!("{oct},{ec}"), format!("{ec},{oct}"), format!("{ec},{short}"), format!("{ec},{{\"kty\":\"oct\"}}")]
    {
        let set = format!(r#"{{"keys":[{set}]}}"#);
        assert_eq!(KeySet::from_jwks(&set).unwrap_err(), KeySetError::Mixed, "{set}");
        assert_eq!(KeySet::from_jwks_as(Algorithm::ES256, &set).unwrap_err(), KeySetError::Mixed, "{set}");
        assert_eq!(KeySet::from_secret_jwks(Algorithm::HS256, &set).unwrap_err(), KeySetError::Mixed, "{set}");
    }
    let public = VerifyingKey::from_jwk(&ec).unwrap();
    assert_eq!(KeySet::new([hs256(), public.clone()]).unwrap_err(), KeySetError::Mixed);
    assert_eq!(KeySet::of_secrets([public.clone(), hs256()]).unwrap_err(), KeySetError::Mixed);
    // HMAC keys alone only by the call that is named for them.
    assert_eq!(KeySet::new([hs256()]).unwrap_err(), KeySetError::Secrets);
    assert_eq!(KeySet::from_jwks(&format!(r#"{{"keys":[{oct}]}}"#)).unwrap_err(), KeySetError::Secrets);
    assert_eq!(KeySet::of_secrets([public]).unwrap_err(), KeySetError::PublicKeys);
    assert!(KeySet::of_secrets([hs256()]).is_ok());
}

/// An HMAC key counts even when it is unusable, and so when its members are malformed.
#[test]
fn a12_a_malformed_hmac_key_beside_public_keys() {
    for oct in [r#"{"kty":"oct","k":5}"#, r#"{"alg":null,"kty":"oct","k":"AAAA"}"#, r#"{"kty":"oct","kid":1}"#] {
        let set = format!(r#"{{"keys":[{},{oct}]}}"#, public(P256));
        assert_eq!(KeySet::from_jwks(&set).map(|_| ()), Err(KeySetError::Mixed), "{oct}");
    }
}

#[test]
fn a12_a_duplicate_kid() {
    let with_kid = |base: &str, kid: &str| jwk(&public(base), &[("kid", json!(kid))]);
    let set = format!(r#"{{"keys":[{},{}]}}"#, with_kid(P256, "1"), with_kid(P521, "1"));
    assert_eq!(KeySet::from_jwks(&set).unwrap_err(), KeySetError::DuplicateKeyId);
    let escaped = set.replacen(r#""kid":"1""#, r#""kid":"\u0031""#, 1);
    assert_ne!(escaped, set);
    assert_eq!(KeySet::from_jwks(&escaped).unwrap_err(), KeySetError::DuplicateKeyId);
    let key = |kid: &str| hs256().with_key_id(KeyId::new(kid).unwrap());
    assert_eq!(KeySet::of_secrets([key("a"), key("b"), key("a")]).unwrap_err(), KeySetError::DuplicateKeyId);
    assert!(KeySet::of_secrets([key("a"), key("A")]).is_ok());
}

#[test]
fn a12_a_set_without_a_usable_key() {
    assert_eq!(KeySet::from_jwks(r#"{"keys":[]}"#).unwrap_err(), KeySetError::NothingUsable(Vec::new()));
    assert_eq!(KeySet::from_jwks("{}").unwrap_err(), KeySetError::NotASet);
    assert_eq!(KeySet::from_jwks(r#"{"keys":{}}"#).unwrap_err(), KeySetError::NotASet);
    assert_eq!(KeySet::new([]).unwrap_err(), KeySetError::NothingUsable(Vec::new()));
    let many = vec![public(P256); 65].join(",");
    assert_eq!(KeySet::from_jwks(&format!(r#"{{"keys":[{many}]}}"#)).unwrap_err(), KeySetError::TooManyKeys);
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "A".repeat(256 * 1024));
    let error = KeySetError::TooLarge { size: large.len(), limit: 256 * 1024 };
    assert_eq!(KeySet::from_jwks(&large).unwrap_err(), error);
}

#[test]
fn a13_a_published_set_has_no_private_member() {
    let keys = [RSA, P256, P521, ED25519].map(|private| {
        let loaded = if private == RSA { rsa_key(Algorithm::RS256) } else { SigningKey::from_jwk(private).unwrap() };
        loaded.with_thumbprint_key_id().unwrap().verifying_key()
    });
    let published: Value = serde_json::from_str(&PublicJwkSet::new(&keys).unwrap().to_string()).unwrap();
    for key in published["keys"].as_array().unwrap() {
        let members: BTreeMap<String, Value> = serde_json::from_value(key.clone()).unwrap();
        for name in members.keys() {
            assert!(["kty", "crv", "x", "y", "n", "e", "alg", "use", "kid"].contains(&name.as_str()), "{name}");
        }
    }
    // An HMAC key has no public form, alone or among others.
    assert_eq!(PublicJwkSet::new([&keys[0], &hs256()]).unwrap_err(), KeyError::Symmetric);
    assert_eq!(hs256().to_jwk().unwrap_err(), KeyError::Symmetric);
    assert_eq!(hs256().to_pem().unwrap_err(), KeyError::Symmetric);
    assert_eq!(hs256().thumbprint().unwrap_err(), KeyError::Symmetric);
}

#[test]
fn a13_a_private_key_does_not_load_as_a_public_one() {
    for (algorithm, private) in [(Algorithm::RS256, RSA), (Algorithm::ES256, P256), (Algorithm::EdDSA, ED25519)] {
        assert_eq!(VerifyingKey::from_jwk_as(algorithm, private).unwrap_err(), KeyError::PrivateKey);
        let pem = SigningKey::from_jwk_as(algorithm, private).unwrap().danger_export_private_pem().unwrap();
        assert_eq!(VerifyingKey::from_pem(algorithm, pem.expose()).unwrap_err(), KeyError::PrivateKey);
        let set = format!(r#"{{"keys":[{private}]}}"#);
        let KeySetError::NothingUsable(skipped) = KeySet::from_jwks_as(algorithm, &set).unwrap_err() else { panic!() };
        assert_eq!(skipped[0].reason, KeyError::PrivateKey);
    }
    // One private member is enough.
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        let leaking = jwk(&public(RSA), &[(name, if name == "oth" { json!([]) } else { json!("AQAB") })]);
        assert_eq!(VerifyingKey::from_jwk_as(Algorithm::RS256, &leaking).unwrap_err(), KeyError::PrivateKey, "{name}");
    }
    // And the way round: a public key signs nothing.
    assert_eq!(SigningKey::from_jwk(&public(P256)).unwrap_err(), KeyError::PublicKey);
    assert_eq!(SigningKey::from_pem(Algorithm::RS256, &crate::support::rsa_pem()).unwrap_err(), KeyError::PublicKey);
}

#[test]
fn a13_a_certificate_or_an_encrypted_key_is_no_key() {
    let load = |pem: &str| VerifyingKey::from_pem(Algorithm::ES256, pem).unwrap_err();
    assert_eq!(load(CERTIFICATE), KeyError::Certificate);
    assert_eq!(SigningKey::from_pem(Algorithm::ES256, CERTIFICATE).unwrap_err(), KeyError::Certificate);
    let relabelled = |label: &str| CERTIFICATE.replace("CERTIFICATE", label);
    assert_eq!(load(&relabelled("ENCRYPTED PRIVATE KEY")), KeyError::Encrypted);
    assert_eq!(load(&relabelled("PUBLIC KEY")), KeyError::Der);
    assert_eq!(load(&relabelled("CERTIFICATE REQUEST")), KeyError::UnsupportedFormat);
    assert_eq!(load(&relabelled("OPENSSH PRIVATE KEY")), KeyError::UnsupportedFormat);
    assert_eq!(load(&relabelled("RSA PUBLIC KEY")), KeyError::WrongKeyType);
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, &crate::support::der(CERTIFICATE)).unwrap_err(), KeyError::Der);
}

#[test]
fn a13_a_verifier_needs_and_keeps_no_private_key() {
    // The type says it: a verifier is built from verifying keys, which have no way back.
    fn built_from(key: VerifyingKey) -> JwtVerifier {
        JwtVerifier::builder(key).ignore_issuer().ignore_audience().build()
    }
    let key = SigningKey::from_jwk(P256).unwrap();
    let shown = format!("{:?}", built_from(key.verifying_key()));
    assert!(!shown.contains("jpsQnnGQ"), "{shown}");
}
