//! A public key taken for an HMAC secret, and an algorithm chosen by the token.

use jwtward::{Algorithm, KeyError, KeySet, KeySetError, SigningKey, VerifyError, VerifyingKey};

use crate::support::{
    CLAIMS, ED25519, P256, P384_PUBLIC, RSA, SECRET, SSH, der, encode, mac, public, rsa_key, rsa_pem, token,
    verify_with,
};

const NOT_THE_KEYS: Result<(), VerifyError> = Err(VerifyError::AlgorithmMismatch);

fn maced(algorithm: Algorithm, secret: &[u8]) -> String {
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    token(header, CLAIMS, |input| mac(algorithm, secret, input))
}

fn rs256() -> VerifyingKey {
    rsa_key(Algorithm::RS256).verifying_key()
}

fn es256() -> VerifyingKey {
    VerifyingKey::from_jwk(&public(P256)).unwrap()
}

/// The text does not load as a secret, as raw octets or within an `oct` JWK.
fn is_no_secret(text: impl AsRef<[u8]>) {
    let text = text.as_ref();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(VerifyingKey::from_secret(algorithm, text).unwrap_err(), KeyError::SecretIsKey, "{shown}");
        assert_eq!(SigningKey::from_secret(algorithm, text).unwrap_err(), KeyError::SecretIsKey, "{shown}");
        let jwk = format!(r#"{{"kty":"oct","k":"{}"}}"#, encode(text));
        assert_eq!(VerifyingKey::from_jwk_as(algorithm, &jwk).unwrap_err(), KeyError::SecretIsKey, "{shown}");
    }
}

#[test]
fn cve_2015_9235_hs256_by_the_pem_of_the_rsa_key() {
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS256, rsa_pem().as_bytes())), NOT_THE_KEYS);
}

#[test]
fn cve_2016_5431_hs256_by_the_modulus_and_exponent() {
    let n = crate::support::member(RSA, "n");
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS256, &n)), NOT_THE_KEYS);
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS256, rsa_pem().trim_end().as_bytes())), NOT_THE_KEYS);
}

#[test]
fn cve_2016_10555_hs512_where_rs256_was_meant() {
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS512, rsa_pem().as_bytes())), NOT_THE_KEYS);
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS384, rsa_pem().as_bytes())), NOT_THE_KEYS);
}

#[test]
fn cve_2021_46743_keys_of_two_kinds_in_one_ring_and_a_kid() {
    let named = |key: VerifyingKey, kid: &str| key.with_key_id(jwtward::KeyId::new(kid).unwrap());
    let secret = VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let ring = KeySet::new([named(rs256(), "public"), named(secret, "secret")]);
    assert_eq!(ring.unwrap_err(), KeySetError::Mixed);
    // In a ring of one kind, the kid leads to a key and its one algorithm.
    let ring = KeySet::new([named(rs256(), "public"), named(es256(), "other")]).unwrap();
    let pem = rsa_pem();
    let header = r#"{"alg":"HS256","kid":"public"}"#;
    let token = token(header, CLAIMS, |input| mac(Algorithm::HS256, pem.as_bytes(), input));
    assert_eq!(verify_with(ring, &token), NOT_THE_KEYS);
}

#[test]
fn cve_2022_23539_keys_of_a_type_that_the_algorithm_has_not() {
    use KeyError::WrongKeyType;
    assert_eq!(VerifyingKey::from_pem(Algorithm::RS256, P384_PUBLIC).unwrap_err(), WrongKeyType);
    assert_eq!(VerifyingKey::from_pem(Algorithm::ES256, P384_PUBLIC).unwrap_err(), WrongKeyType);
    assert_eq!(VerifyingKey::from_pem(Algorithm::ES256, &rsa_pem()).unwrap_err(), WrongKeyType);
    assert_eq!(VerifyingKey::from_pem(Algorithm::EdDSA, &rsa_pem()).unwrap_err(), WrongKeyType);
}

#[test]
fn cve_2022_23541_a_function_that_finds_keys_and_forgets_their_kind() {
    // A key that was found carries its algorithm, whatever the token says.
    for key in [rs256(), es256(), VerifyingKey::from_jwk(&public(ED25519)).unwrap()] {
        let pem = key.to_pem().unwrap();
        assert_eq!(verify_with(key, &maced(Algorithm::HS256, pem.as_bytes())), NOT_THE_KEYS);
    }
}

#[test]
fn cve_2022_29217_an_openssh_key_as_the_secret() {
    for key in SSH {
        is_no_secret(key);
    }
    assert_eq!(
        verify_with(VerifyingKey::from_jwk(&public(ED25519)).unwrap(), &maced(Algorithm::HS256, SSH[2].as_bytes())),
        NOT_THE_KEYS
    );
}

#[test]
fn cve_2023_48223_a_pem_that_does_not_begin_as_expected() {
    // The recognizer knew one of two names of a PEM block.
    is_no_secret(rsa_pem());
    is_no_secret(rsa_pem().replace("PUBLIC KEY", "RSA PUBLIC KEY"));
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS256, rsa_pem().as_bytes())), NOT_THE_KEYS);
}

#[test]
fn cve_2023_48238_the_algorithm_is_read_from_the_token() {
    let rs512 = rsa_key(Algorithm::RS512).verifying_key();
    assert_eq!(verify_with(rs512, &maced(Algorithm::HS512, rsa_pem().as_bytes())), NOT_THE_KEYS);
}

#[test]
fn cve_2024_33663_an_openssh_ecdsa_key_as_the_secret() {
    is_no_secret(SSH[1]);
    is_no_secret(format!("{}\n", SSH[1]));
    assert_eq!(verify_with(es256(), &maced(Algorithm::HS256, SSH[1].as_bytes())), NOT_THE_KEYS);
}

#[test]
fn cve_2024_37568_any_asymmetric_key_as_the_secret() {
    for key in [rs256(), es256(), VerifyingKey::from_jwk(&public(ED25519)).unwrap()] {
        let pem = key.to_pem().unwrap();
        is_no_secret(&pem);
        is_no_secret(der(&pem));
        is_no_secret(key.to_jwk().unwrap().to_string());
    }
}

#[test]
fn cve_2024_54150_the_key_says_nothing_of_its_algorithm() {
    let ps256 = rsa_key(Algorithm::PS256).verifying_key();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for key in [rs256(), ps256.clone(), es256()] {
            let pem = key.to_pem().unwrap();
            assert_eq!(verify_with(key, &maced(algorithm, pem.as_bytes())), NOT_THE_KEYS, "{algorithm}");
        }
    }
}

#[test]
fn cve_2026_22817_the_header_decides_when_the_verifier_was_told_nothing() {
    // It cannot be told nothing: an RSA key is loaded for an algorithm.
    assert_eq!(VerifyingKey::from_jwk(&public(RSA)).unwrap_err(), KeyError::AlgorithmRequired);
    let token = maced(Algorithm::HS256, public(RSA).as_bytes());
    assert_eq!(verify_with(rs256(), &token), NOT_THE_KEYS);
}

#[test]
fn cve_2026_22818_a_key_of_a_set_without_alg() {
    let set = format!(r#"{{"keys":[{}]}}"#, public(RSA).replacen('{', r#"{"kid":"1","#, 1));
    // Without the caller's word it is left out; with it, it has that algorithm and no other.
    let KeySetError::NothingUsable(skipped) = KeySet::from_jwks(&set).unwrap_err() else { panic!() };
    assert_eq!(skipped[0].reason, KeyError::AlgorithmRequired);
    let set = KeySet::from_jwks_as(Algorithm::RS256, &set).unwrap();
    let pem = rsa_pem();
    for alg in ["HS256", "RS512", "PS256", "none"] {
        let header = format!(r#"{{"alg":"{alg}","kid":"1"}}"#);
        let token = token(header, CLAIMS, |input| mac(Algorithm::HS256, pem.as_bytes(), input));
        assert_eq!(verify_with(set.clone(), &token), NOT_THE_KEYS, "{alg}");
    }
}

#[test]
fn cve_2026_34950_white_space_before_the_pem() {
    for space in [" ", "\n", "\r\n", "\t\t", "\u{b}", "\u{c}", "\u{a0}", "\u{2028}"] {
        is_no_secret(format!("{space}{}", rsa_pem()));
    }
}

#[test]
fn cve_2026_44699_an_rsa_jwk_without_alg_for_hs256() {
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        assert_eq!(VerifyingKey::from_jwk_as(algorithm, &public(RSA)).unwrap_err(), KeyError::WrongKeyType);
    }
    // The MAC of the empty secret, which is what was left of the key.
    assert_eq!(verify_with(rs256(), &maced(Algorithm::HS256, b"")), NOT_THE_KEYS);
}

#[test]
fn cve_2026_48526_a_public_jwk_as_the_secret() {
    for jwk in [public(RSA), public(P256), public(ED25519)] {
        is_no_secret(&jwk);
        is_no_secret(format!(r#"{{"keys":[{jwk}]}}"#));
        is_no_secret(format!("\u{feff}{jwk}"));
    }
}

#[test]
fn cve_2026_107722_anything_before_the_pem() {
    for before in ["# key\n", "\u{1}", "\u{200b}", "\u{feff}", "Content-Type: text/plain\n\n", "x", "\0"] {
        is_no_secret(format!("{before}{}", rsa_pem()));
    }
}

#[test]
fn cve_2026_107724_the_text_of_a_jwk_or_a_set_as_the_secret() {
    let jwk = public(P256);
    for text in
        [jwk.clone(), format!(" {jwk}"), format!("{jwk}\n"), format!(r#"{{"keys":[{jwk}]}}"#), jwk.replace(',', ", ")]
    {
        is_no_secret(&text);
        assert_eq!(verify_with(es256(), &maced(Algorithm::HS256, text.as_bytes())), NOT_THE_KEYS);
    }
}
