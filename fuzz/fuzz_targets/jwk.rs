//! JWKs and JWK Sets: no input panics; an accepted key, exported and loaded again, is the same key; a public loader never takes a
//! private key, nor a private one a public key; sets keep their rules.
#![no_main]

use fixed::algorithm;
use jwtward::{Algorithm, KeyError, KeySet, SigningKey, VerifyingKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The first octet names the algorithm.
    let Some((choice, json)) = data.split_first() else { return };
    let Ok(json) = std::str::from_utf8(json) else { return };
    let algorithm = algorithm(*choice);

    let public = [VerifyingKey::from_jwk(json), VerifyingKey::from_jwk_as(algorithm, json)];
    let private = [SigningKey::from_jwk(json), SigningKey::from_jwk_as(algorithm, json)];
    for key in public.iter().flatten() {
        check_public(key);
        let private = private.iter().flatten().any(|key| !key.algorithm().is_symmetric());
        assert!(key.algorithm().is_symmetric() || !private, "one text is both a public and a private key");
    }
    for key in private.iter().flatten() {
        check_private(key);
    }

    for set in [KeySet::from_jwks(json), KeySet::from_jwks_as(algorithm, json)].iter().flatten() {
        assert!((1..=64).contains(&set.len()));
        assert!(set.len() + set.skipped().len() <= 64);
    }
    if let Ok(set) = KeySet::from_secret_jwks(algorithm, json) {
        assert!(algorithm.is_symmetric() && (1..=64).contains(&set.len()));
    }
});

fn check_public(key: &VerifyingKey) {
    match key.to_jwk() {
        Ok(jwk) => {
            let again = VerifyingKey::from_jwk(&jwk.to_string()).expect("what is exported can be loaded");
            check_same(key, &again);
            assert_eq!(again.to_jwk(), Ok(jwk));
        }
        Err(error) => assert!(error == KeyError::Symmetric && key.algorithm().is_symmetric()),
    }
}

fn check_private(key: &SigningKey) {
    let exported = key.danger_export_private_jwk().expect("what is loaded can be exported");
    let again = SigningKey::from_jwk(exported.expose()).expect("what is exported can be loaded");
    check_same(&key.verifying_key(), &again.verifying_key());
    assert_eq!(again.danger_export_private_jwk().expect("again").expose(), exported.expose());
    if !key.algorithm().is_symmetric() {
        assert_eq!(VerifyingKey::from_jwk(exported.expose()).err(), Some(KeyError::PrivateKey));
        assert_eq!(key.check_public(&again.verifying_key()), Ok(()));
        check_public(&key.verifying_key());
    }
}

fn check_same(one: &VerifyingKey, other: &VerifyingKey) {
    let facts =
        |key: &VerifyingKey| -> (Algorithm, _, _) { (key.algorithm(), key.key_id().cloned(), key.thumbprint()) };
    assert_eq!(facts(one), facts(other));
}
