//! Every algorithm end to end: generate, sign, verify, and through every key form and back.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use jwtward::{
    Algorithm, Claim, ClaimError, FixedClock, JwtSigner, JwtVerifier, KeySet, NumericDate, PublicJwkSet, SigningKey,
    VerifyError, VerifyingKey,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Role {
    admin: bool,
    big: u64,
    name: String,
}

fn role() -> Role {
    Role { admin: true, big: (1 << 53) + 1, name: "Zoë \"\\\n\u{1f600}".into() }
}

fn key(algorithm: Algorithm) -> SigningKey {
    match algorithm.as_str().get(..2) {
        // The default of 3072 bits is slower to make than these tests need.
        Some("RS" | "PS") => SigningKey::generate_rsa(algorithm, 2048).unwrap(),
        _ => SigningKey::generate(algorithm).unwrap(),
    }
}

fn verifier(key: VerifyingKey) -> JwtVerifier {
    JwtVerifier::builder(key).issuer("https://auth.example").audience("api").build()
}

fn signer(key: SigningKey) -> JwtSigner {
    JwtSigner::new(key, "https://auth.example", "api", Duration::from_secs(900)).unwrap()
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for &algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let token = signer(key.clone()).sign("alice", &role()).unwrap();
        let jwt = verifier(key.verifying_key()).verify::<Role>(&token).unwrap();
        assert_eq!(jwt.header().algorithm(), Some(algorithm));
        assert_eq!(jwt.header().token_type(), Some("JWT"));
        assert_eq!(jwt.issuer(), Some("https://auth.example"));
        assert_eq!(jwt.subject(), Some("alice"));
        assert_eq!(jwt.audience().collect::<Vec<_>>(), ["api"]);
        assert_eq!(jwt.token_id().map(str::len), Some(22));
        assert_eq!(jwt.expires_at(), jwt.issued_at().map(|iat| iat.plus(Duration::from_secs(900))));
        assert_eq!(jwt.not_before(), jwt.issued_at());
        assert_eq!(jwt.custom(), &role());

        // One bit, anywhere in the signature, and it does not hold.
        let (input, _) = token.rsplit_once('.').unwrap();
        let other = signer(self::key(algorithm)).sign("alice", &role()).unwrap();
        let forged = format!("{input}.{}", other.rsplit_once('.').unwrap().1);
        assert_eq!(verifier(key.verifying_key()).verify::<Role>(&forged).unwrap_err(), VerifyError::BadSignature);
    }
}

#[test]
fn every_key_form_reads_back_what_it_wrote() {
    for &algorithm in Algorithm::ALL {
        let key = key(algorithm).with_key_id(jwtward::KeyId::new("a \"kid\"").unwrap());
        let token = signer(key.clone()).sign("alice", &()).unwrap();
        let jwk = key.danger_export_private_jwk().unwrap();
        let from_jwk = SigningKey::from_jwk(jwk.expose()).unwrap();
        assert_eq!(from_jwk.key_id(), key.key_id());
        verifier(from_jwk.verifying_key()).verify::<()>(&token).unwrap();
        if algorithm.is_symmetric() {
            verifier(VerifyingKey::from_jwk(jwk.expose()).unwrap()).verify::<()>(&token).unwrap();
            continue;
        }
        let pem = key.danger_export_private_pem().unwrap();
        let from_pem = SigningKey::from_pem(algorithm, pem.expose()).unwrap();
        let public = key.verifying_key();
        from_pem.check_public(&public).unwrap();
        from_jwk.check_public(&public).unwrap();
        let public_jwk = public.to_jwk().unwrap().to_string();
        for form in [
            VerifyingKey::from_pem(algorithm, &public.to_pem().unwrap()).unwrap(),
            VerifyingKey::from_jwk(&public_jwk).unwrap(),
            VerifyingKey::from_jwk_as(algorithm, &public_jwk).unwrap(),
        ] {
            assert_eq!(form.thumbprint(), public.thumbprint());
            verifier(form).verify::<()>(&token).unwrap();
        }
        let set = PublicJwkSet::new([&public]).unwrap().to_string();
        let keys = KeySet::from_jwks(&set).unwrap();
        JwtVerifier::builder(keys).ignore_issuer().ignore_audience().build().verify::<()>(&token).unwrap();
    }
}

#[test]
fn a_token_expires_at_the_second_it_says() {
    let key = key(Algorithm::HS256);
    let at = |secs| FixedClock(NumericDate::from_secs(secs));
    let token = signer(key.clone()).clock(at(1_000)).sign("alice", &()).unwrap();
    let verify = |secs| {
        let policy = JwtVerifier::builder(key.verifying_key()).ignore_issuer().ignore_audience().clock(at(secs));
        policy.require(Claim::TokenId).build().verify::<()>(&token).map(|_| ())
    };
    assert_eq!(verify(1_000), Ok(()));
    assert_eq!(verify(1_899), Ok(()));
    let (exp, now) = (NumericDate::from_secs(1_900), NumericDate::from_secs(1_900));
    assert_eq!(verify(1_900), Err(VerifyError::Claim(ClaimError::Expired { exp, now })));
}
