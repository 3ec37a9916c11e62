//! JWKs and JWK Sets.

use jwtward::{Algorithm, KeyError, KeyId, KeyLoader, KeySet, KeySetError, PublicJwkSet, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::support::*;

const SECRET: [u8; 64] = [7; 64];

fn oct(kid: &str) -> Value {
    json!({"kty": "oct", "k": b64u(&SECRET), "alg": "HS256", "kid": kid})
}

fn ec(kid: &str) -> Value {
    let mut jwk = public_jwk(Algorithm::ES256, P256);
    jwk["kid"] = kid.into();
    jwk
}

fn set(keys: &[Value]) -> String {
    json!({"keys": keys}).to_string()
}

#[test]
fn use_and_key_ops_are_kept() {
    let (public, private) = (public_jwk(Algorithm::ES256, P256), private_jwk(Algorithm::ES256, P256));
    let check = |name: &str, value: Value, verify: Result<(), KeyError>, sign: Result<(), KeyError>| {
        let member = [(name, value)];
        assert_eq!(from_public_jwk(&with(&public, &member)), verify, "{member:?}");
        assert_eq!(from_jwk(&with(&private, &member)), sign, "{member:?}");
    };
    let forbidden = Err(KeyError::UseForbidden);
    check("use", "sig".into(), Ok(()), Ok(()));
    for usage in ["enc", "", "SIG", "sign", "sig "] {
        check("use", usage.into(), forbidden, forbidden);
    }
    check("key_ops", json!(["verify"]), Ok(()), forbidden);
    check("key_ops", json!(["sign"]), forbidden, Ok(()));
    check("key_ops", json!(["verify", "sign"]), Ok(()), Ok(()));
    check("key_ops", json!(["encrypt", "verify"]), Ok(()), forbidden);
    for none in [json!([]), json!(["encrypt"]), json!(["Verify", "Sign"]), json!(["deriveKey"])] {
        check("key_ops", none, forbidden, forbidden);
    }
    let malformed = Err(KeyError::Member("key_ops"));
    for wrong in
        [json!("verify"), json!(["verify", "sign", "verify"]), json!([1]), json!(null), json!({"verify": true})]
    {
        check("key_ops", wrong, malformed, malformed);
    }
    for wrong in [json!(1), json!(null), json!(["sig"])] {
        check("use", wrong, Err(KeyError::Member("use")), Err(KeyError::Member("use")));
    }
    // Both must allow it.
    let both = with(&public, &[("use", "enc".into()), ("key_ops", json!(["verify"]))]);
    assert_eq!(from_public_jwk(&both), forbidden);
}

#[test]
fn public_and_private_jwks_are_not_mistaken_for_each_other() {
    for fixture in &FIXTURES {
        let (algorithm, pem) = (fixture.algorithms[0], fixture.private[0]);
        assert_eq!(from_public_jwk(&private_jwk(algorithm, pem).to_string()), Err(KeyError::PrivateKey));
        assert_eq!(from_jwk(&public_jwk(algorithm, pem).to_string()), Err(KeyError::PublicKey));
        // Any private member is one too many.
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            let json = with(&public_jwk(algorithm, pem), &[(name, "AQ".into())]);
            assert_eq!(from_public_jwk(&json), Err(KeyError::PrivateKey), "{name}");
        }
        let json = with(&public_jwk(algorithm, pem), &[("oth", json!([]))]);
        assert_eq!(from_public_jwk(&json), Err(KeyError::PrivateKey));
    }
}

#[test]
fn the_algorithm_is_stated_settled_or_asked_for() {
    for (pem, algorithm) in [
        (P256, Algorithm::ES256),
        (key_file!("p384.pkcs8.pem"), Algorithm::ES384),
        (key_file!("p521.pkcs8.pem"), Algorithm::ES512),
        (ED25519, Algorithm::EdDSA),
    ] {
        let bare = without(&public_jwk(algorithm, pem), &["alg"]);
        assert_eq!(VerifyingKey::from_jwk(&bare).unwrap().algorithm(), algorithm);
        let bare = without(&private_jwk(algorithm, pem), &["alg"]);
        assert_eq!(SigningKey::from_jwk(&bare).unwrap().algorithm(), algorithm);
    }
    let okp = without(&public_jwk(Algorithm::EdDSA, ED25519), &["alg"]);
    assert_eq!(VerifyingKey::from_jwk_as(Algorithm::Ed25519, &okp).unwrap().algorithm(), Algorithm::Ed25519);
    let rsa = without(&public_jwk(Algorithm::RS256, RSA), &["alg"]);
    assert_eq!(from_public_jwk(&rsa), Err(KeyError::AlgorithmRequired));
    assert_eq!(VerifyingKey::from_jwk_as(Algorithm::PS512, &rsa).unwrap().algorithm(), Algorithm::PS512);
    let oct = without(&oct("1"), &["alg"]);
    assert_eq!(from_jwk(&oct), Err(KeyError::AlgorithmRequired));
    assert_eq!(SigningKey::from_jwk_as(Algorithm::HS512, &oct).unwrap().algorithm(), Algorithm::HS512);
}

#[test]
fn the_algorithm_fits_the_key_and_the_caller() {
    let ec = public_jwk(Algorithm::ES256, P256);
    for alg in ["none", "es256", "ES256K", "", "RSA-OAEP", "HS1"] {
        assert_eq!(from_public_jwk(&with(&ec, &[("alg", alg.into())])), Err(KeyError::AlgorithmMismatch));
    }
    for alg in ["ES384", "RS256", "HS256", "EdDSA"] {
        assert_eq!(from_public_jwk(&with(&ec, &[("alg", alg.into())])), Err(KeyError::WrongKeyType));
    }
    let mismatch = VerifyingKey::from_jwk_as(Algorithm::ES384, &ec.to_string()).err();
    assert_eq!(mismatch, Some(KeyError::AlgorithmMismatch));
    for (crv, error) in
        [("P-384", KeyError::WrongKeyType), ("secp256k1", KeyError::WrongKeyType), ("p-256", KeyError::WrongKeyType)]
    {
        assert_eq!(from_public_jwk(&with(&ec, &[("crv", crv.into())])), Err(error));
    }
    for crv in ["secp256k1", "Ed25519", ""] {
        let bare: Value = serde_json::from_str(&without(&ec, &["alg"])).unwrap();
        assert_eq!(from_public_jwk(&with(&bare, &[("crv", crv.into())])), Err(KeyError::UnsupportedFormat));
    }
    for kty in ["ec", "RSA", "oct", "OKP", "AKP", ""] {
        assert_eq!(from_public_jwk(&with(&ec, &[("kty", kty.into())])), Err(KeyError::WrongKeyType));
    }
    assert_eq!(from_public_jwk(&without(&ec, &["kty"])), Err(KeyError::Member("kty")));
    assert_eq!(from_public_jwk(&without(&ec, &["crv"])), Err(KeyError::WrongKeyType));
}

#[test]
fn a_jwk_is_strict_json_and_strict_base64url() {
    let ec = public_jwk(Algorithm::ES256, P256);
    let text = ec.to_string();
    for json in [
        format!("{text}x"),
        text.replacen('{', "{\"kty\":\"EC\",", 1),
        "[]".into(),
        "".into(),
        format!("\u{feff}{text}"),
    ] {
        assert!(matches!(from_public_jwk(&json), Err(KeyError::Json(_))), "{json}");
    }
    let x = ec["x"].as_str().unwrap();
    for x in
        [format!("{x}="), format!("{x}\n"), format!("{} ", &x[1..]), format!("+{}", &x[1..]), format!("{}B", &x[..42])]
    {
        assert_eq!(from_public_jwk(&with(&ec, &[("x", x.into())])), Err(KeyError::Member("x")));
    }
    for name in ["kty", "crv", "alg", "kid", "use", "x", "y"] {
        for value in [json!(1), json!(null), json!([]), json!({"a": 1})] {
            assert_eq!(from_public_jwk(&with(&ec, &[(name, value)])), Err(KeyError::Member(name)));
        }
    }
    // Members that are not known are not looked at, certificates among them, if they are good JSON.
    let more = [("x5c", json!(["not a certificate"])), ("x5u", json!(1)), ("ext", json!(true))];
    assert_eq!(from_public_jwk(&with(&ec, &more)), Ok(()));
    assert!(matches!(from_public_jwk(&text.replacen('{', "{\"x5c\":{\"a\":1,\"a\":2},", 1)), Err(KeyError::Json(_))));
}

#[test]
fn a_kid_has_1_to_256_octets() {
    let ec = public_jwk(Algorithm::ES256, P256);
    let kid = |text: String| from_public_jwk(&with(&ec, &[("kid", text.into())]));
    assert_eq!(kid("k".repeat(256)), Ok(()));
    assert_eq!(kid("é".repeat(128)), Ok(()));
    assert_eq!(kid("k".repeat(257)), Err(KeyError::KeyId));
    assert_eq!(kid("é".repeat(129)), Err(KeyError::KeyId));
    assert_eq!(kid(String::new()), Err(KeyError::KeyId));
    assert_eq!(KeyLoader::new(Algorithm::ES256).key_id("").err(), Some(KeyError::KeyId));
    assert_eq!(KeyLoader::new(Algorithm::ES256).key_id(&"k".repeat(257)).err(), Some(KeyError::KeyId));
    // The loader's takes the place of the JWK's.
    let loader = KeyLoader::new(Algorithm::ES256).key_id("mine").unwrap();
    let json = with(&ec, &[("kid", "theirs".into())]);
    assert_eq!(loader.verifying_jwk(&json).unwrap().key_id().map(KeyId::as_str), Some("mine"));
    assert_eq!(loader.verifying_pem(key_file!("p256.spki.pem")).unwrap().key_id().map(KeyId::as_str), Some("mine"));
    assert_eq!(loader.signing_pem(P256).unwrap().key_id().map(KeyId::as_str), Some("mine"));
}

#[test]
fn a_set_is_what_it_was_published_as() {
    let keys: Vec<VerifyingKey> = FIXTURES
        .iter()
        .flat_map(|fixture| fixture.algorithms.iter().map(|&algorithm| (algorithm, fixture.public[0])))
        .map(|(algorithm, pem)| {
            KeyLoader::new(algorithm).key_id(algorithm.as_str()).unwrap().verifying_pem(pem).unwrap()
        })
        .collect();
    let json = PublicJwkSet::new(&keys).unwrap().to_string();
    let set = KeySet::from_jwks(&json).unwrap();
    assert_eq!((set.len(), set.skipped()), (11, &[][..]));
    let secret = VerifyingKey::from_secret(Algorithm::HS256, &SECRET).unwrap();
    assert_eq!(PublicJwkSet::new([&keys[0], &secret]).err(), Some(KeyError::Symmetric));
    assert_eq!(PublicJwkSet::new(&[]).unwrap().to_string(), r#"{"keys":[]}"#);
}

#[test]
fn a_duplicate_kid_refuses_the_set() {
    let error = |json: &str| KeySet::from_jwks(json).err();
    assert_eq!(error(&set(&[ec("a"), ec("b"), ec("a")])), Some(KeySetError::DuplicateKeyId));
    assert_eq!(
        KeySet::from_secret_jwks(Algorithm::HS256, &set(&[oct("a"), oct("a")])).err(),
        Some(KeySetError::DuplicateKeyId)
    );
    assert_eq!(error(&set(&[ec("a"), ec("A"), ec("a ")])), None);
    let bare: Value = serde_json::from_str(&without(&ec("a"), &["kid"])).unwrap();
    assert_eq!(error(&set(&[bare.clone(), bare])), None, "no kid is not the same kid");
    let key = VerifyingKey::from_jwk(&ec("a").to_string()).unwrap();
    assert_eq!(KeySet::new([key.clone(), key]).err(), Some(KeySetError::DuplicateKeyId));
}

#[test]
fn secrets_and_public_keys_are_not_mixed() {
    let mixed = set(&[ec("a"), oct("b")]);
    assert_eq!(KeySet::from_jwks(&mixed).err(), Some(KeySetError::Mixed));
    assert_eq!(KeySet::from_secret_jwks(Algorithm::HS256, &mixed).err(), Some(KeySetError::Mixed));
    assert_eq!(KeySet::from_jwks_as(Algorithm::ES256, &mixed).err(), Some(KeySetError::Mixed));
    // Also when one of them could not be used.
    let unusable = json!({"kty": "oct", "k": "AA", "alg": "HS256"});
    assert_eq!(KeySet::from_jwks(&set(&[ec("a"), unusable])).err(), Some(KeySetError::Mixed));
    let unusable = json!({"kty": "RSA", "n": "AA", "e": "AQAB"});
    assert_eq!(KeySet::from_secret_jwks(Algorithm::HS256, &set(&[oct("a"), unusable])).err(), Some(KeySetError::Mixed));

    let secrets = set(&[oct("a"), oct("b")]);
    assert_eq!(KeySet::from_jwks(&secrets).err(), Some(KeySetError::Secrets));
    assert_eq!(KeySet::from_secret_jwks(Algorithm::HS256, &secrets).map(|set| set.len()).ok(), Some(2));
    assert!(KeySet::from_secret_jwks(Algorithm::ES256, &set(&[ec("a")])).is_err());

    let key = |algorithm| SigningKey::generate(algorithm).unwrap().verifying_key();
    let (secret, public) = (key(Algorithm::HS256), key(Algorithm::ES256));
    assert_eq!(KeySet::new([public.clone(), secret.clone()]).err(), Some(KeySetError::Mixed));
    assert_eq!(KeySet::of_secrets([public.clone(), secret.clone()]).err(), Some(KeySetError::Mixed));
    assert_eq!(KeySet::new([secret.clone()]).err(), Some(KeySetError::Secrets));
    assert_eq!(KeySet::of_secrets([public]).err(), Some(KeySetError::PublicKeys));
    assert!(KeySet::of_secrets([secret]).is_ok());
}

#[test]
fn keys_that_cannot_be_used_are_skipped_and_reported() {
    let (mut enc, mut point) = (ec("enc"), ec("point"));
    enc["use"] = "enc".into();
    point["y"] = flipped(&point, "y");
    let keys = [
        enc,
        ec("good"),
        point,
        json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "RS256"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44"}),
        private_jwk(Algorithm::EdDSA, ED25519),
        json!("not a jwk"),
        json!({}),
    ];
    let set = KeySet::from_jwks(&set(&keys)).unwrap();
    assert_eq!(set.len(), 1);
    let skipped: Vec<_> = set.skipped().iter().map(|skipped| (skipped.index, skipped.reason)).collect();
    assert_eq!(
        skipped,
        [
            (0, KeyError::UseForbidden),
            (2, KeyError::Point),
            (3, KeyError::Modulus { bits: 1 }),
            (4, KeyError::AlgorithmMismatch),
            (5, KeyError::PrivateKey),
            (6, KeyError::Json(jwtward::JsonError::NotAnObject)),
            (7, KeyError::Member("kty")),
        ]
    );
    let all = KeySet::from_jwks_as(Algorithm::EdDSA, &self::set(&[ec("a")])).unwrap_err();
    let KeySetError::NothingUsable(skipped) = all else { panic!("{all:?}") };
    assert_eq!((skipped[0].index, skipped[0].reason), (0, KeyError::AlgorithmMismatch));
}

#[test]
fn an_empty_or_malformed_set_is_refused() {
    assert_eq!(KeySet::from_jwks(r#"{"keys":[]}"#).err(), Some(KeySetError::NothingUsable(vec![])));
    assert_eq!(KeySet::new([]).err(), Some(KeySetError::NothingUsable(vec![])));
    for json in ["{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"Keys":[]}"#, &ec("a").to_string()] {
        assert_eq!(KeySet::from_jwks(json).err(), Some(KeySetError::NotASet), "{json}");
    }
    let good = set(&[ec("a")]);
    for json in [
        "",
        "[]",
        &good[1..],
        &format!("{good}{good}"),
        &good.replacen('{', r#"{"keys":[],"#, 1),
        &good.replace("\"kty\"", "\"x\""),
    ] {
        assert!(matches!(KeySet::from_jwks(json), Err(KeySetError::Json(_))), "{json}");
    }
}

#[test]
fn a_set_has_at_most_64_keys_and_256_kib() {
    let keys = |count: usize| (0..count).map(|i| ec(&i.to_string())).collect::<Vec<_>>();
    assert_eq!(KeySet::from_jwks(&set(&keys(64))).map(|set| set.len()).ok(), Some(64));
    assert_eq!(KeySet::from_jwks(&set(&keys(65))).err(), Some(KeySetError::TooManyKeys));
    let nothing = vec![json!(null); 65];
    assert_eq!(KeySet::from_jwks(&set(&nothing)).err(), Some(KeySetError::TooManyKeys));

    let good = set(&[ec("a")]);
    let padded = |size: usize| format!("{good}{}", " ".repeat(size - good.len()));
    assert!(KeySet::from_jwks(&padded(256 * 1024)).is_ok());
    let large = KeySetError::TooLarge { size: 256 * 1024 + 1, limit: 256 * 1024 };
    assert_eq!(KeySet::from_jwks(&padded(256 * 1024 + 1)).err(), Some(large));
    // A single key of the set has the limit of a single key.
    let long = with(&ec("a"), &[("x5c", json!(vec!["a".repeat(60_000); 2]))]);
    let set = KeySet::from_jwks(&format!("{{\"keys\":[{long},{}]}}", ec("b"))).unwrap();
    assert!(matches!(set.skipped()[0].reason, KeyError::TooLarge { .. }));
}

#[test]
fn private_keys_of_a_set() {
    let keys = [private_jwk(Algorithm::ES256, P256), ec("public"), private_jwk(Algorithm::EdDSA, ED25519)];
    let loader = KeyLoader::new(Algorithm::ES256);
    let (keys, skipped) = loader.signing_jwks(&set(&keys)).unwrap();
    assert_eq!(keys.iter().map(SigningKey::algorithm).collect::<Vec<_>>(), [Algorithm::ES256]);
    let skipped: Vec<_> = skipped.iter().map(|skipped| (skipped.index, skipped.reason)).collect();
    assert_eq!(skipped, [(1, KeyError::PublicKey), (2, KeyError::AlgorithmMismatch)]);
    assert!(matches!(loader.signing_jwks(&set(&[ec("a")])), Err(KeySetError::NothingUsable(_))));
    assert_eq!(loader.signing_jwks("{}").err(), Some(KeySetError::NotASet));
}
