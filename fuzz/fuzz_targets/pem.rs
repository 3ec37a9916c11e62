//! PEM and DER for every algorithm: no input panics; an accepted key, exported as PEM and as a JWK and loaded again, is the same
//! key; one text is never both a public and a private key, nor a secret.
#![no_main]

use fixed::algorithm;
use jwtward::{Algorithm, KeyError, KeyLoader, SigningKey, VerifyingKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The first octet names the algorithm, and whether a small exponent will do.
    let Some((choice, file)) = data.split_first() else { return };
    let algorithm = algorithm(choice & 0x7f);
    let mut loader = KeyLoader::new(algorithm);
    if choice & 0x80 != 0 {
        loader = loader.danger_allow_small_rsa_exponent();
    }

    let text = std::str::from_utf8(file).unwrap_or_default();
    let public = [loader.verifying_pem(text), loader.verifying_der(file)];
    let private = [loader.signing_pem(text), loader.signing_der(file)];
    let accepted = public.iter().flatten().count() + private.iter().flatten().count();
    assert!(accepted <= 1, "one file is two keys");
    if accepted > 0 {
        assert!(!algorithm.is_symmetric());
        let as_secret = KeyLoader::new(Algorithm::HS256).signing_secret(file);
        assert_eq!(as_secret.err(), Some(KeyError::SecretIsKey));
    }

    for key in public.iter().flatten() {
        check_public(&loader, key);
    }
    for key in private.iter().flatten() {
        check_private(&loader, key);
    }
});

fn check_public(loader: &KeyLoader, key: &VerifyingKey) {
    let pem = key.to_pem().expect("what is loaded can be exported");
    let from_pem = loader.verifying_pem(&pem).expect("what is exported can be loaded");
    let from_jwk = loader.verifying_jwk(&key.to_jwk().expect("a public key").to_string()).expect("so can a jwk");
    assert_eq!(from_pem.thumbprint(), key.thumbprint());
    assert_eq!(from_jwk.thumbprint(), key.thumbprint());
    assert_eq!(from_pem.to_pem().as_ref(), Ok(&pem));
    assert!(loader.signing_pem(&pem).is_err());
}

fn check_private(loader: &KeyLoader, key: &SigningKey) {
    let pem = key.danger_export_private_pem().expect("what is loaded can be exported");
    let jwk = key.danger_export_private_jwk().expect("in both forms");
    let from_pem = loader.signing_pem(pem.expose()).expect("what is exported can be loaded");
    let from_jwk = loader.signing_jwk(jwk.expose()).expect("so can a jwk");
    for again in [from_pem, from_jwk] {
        assert_eq!(key.check_public(&again.verifying_key()), Ok(()));
        assert_eq!(again.danger_export_private_pem().expect("again").expose(), pem.expose());
    }
    assert!(loader.verifying_pem(pem.expose()).is_err());
    check_public(loader, &key.verifying_key());
}
