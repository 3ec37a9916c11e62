//! Rows 1, 2 and 6 to 9: the header's `alg`. The key alone decides; the header is only compared with it.

use jwtward::{Algorithm, JwsError, KeySet, Malformed, SigningKey, UnverifiedJws, VerifyError, VerifyingKey};

use crate::support::{
    CLAIMS, ED25519, K256_JWK, K256_PUBLIC, P256, P384_PUBLIC, SECRET, encode, hs256, mac, pem_body, public, rsa_key,
    rsa_pem, token, verify, verify_with, with_header,
};

/// Every way to write `word` in lower and upper case.
fn letter_cases(word: &str) -> impl Iterator<Item = String> {
    (0..1u32 << word.len()).map(move |mask| {
        let cased = |(i, c): (usize, char)| if mask >> i & 1 == 1 { c.to_ascii_uppercase() } else { c };
        word.chars().enumerate().map(cased).collect()
    })
}

#[test]
fn a01_alg_none_in_any_letter_case() {
    let keys = [hs256(), rsa_key(Algorithm::RS256).verifying_key(), VerifyingKey::from_jwk(&public(P256)).unwrap()];
    for none in letter_cases("none") {
        let header = format!(r#"{{"alg":"{none}"}}"#);
        for key in &keys {
            let token = token(&header, CLAIMS, |input| mac(Algorithm::HS256, SECRET, input));
            assert_eq!(verify_with(key.clone(), &token), Err(VerifyError::AlgorithmMismatch), "{none}");
            let zeros = self::token(&header, CLAIMS, |_| vec![0; 32]);
            assert_eq!(verify_with(key.clone(), &zeros), Err(VerifyError::AlgorithmMismatch), "{none}");
        }
    }
}

#[test]
fn a01_alg_none_without_a_signature() {
    for none in letter_cases("none") {
        let unsecured = token(format!(r#"{{"alg":"{none}"}}"#), CLAIMS, |_| Vec::new());
        assert!(unsecured.ends_with('.'));
        assert_eq!(verify(&unsecured), Err(VerifyError::Malformed(Malformed::Segments)), "{none}");
        assert_eq!(UnverifiedJws::parse(&unsecured, 8192).map(|_| ()), Err(Malformed::Segments), "{none}");
    }
    // RFC 7519 section 6.1.
    let example = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    assert_eq!(verify(example), Err(VerifyError::Malformed(Malformed::Segments)));
}

#[test]
fn a01_none_is_not_expressible() {
    for none in letter_cases("none") {
        assert!(none.parse::<Algorithm>().is_err());
    }
    assert!(!Algorithm::ALL.iter().any(|algorithm| algorithm.as_str().eq_ignore_ascii_case("none")));
    // In a set there is not even a key to ask.
    let two = [hs256(), VerifyingKey::from_secret(Algorithm::HS384, SECRET).unwrap()];
    let token = with_header(r#"{"alg":"none"}"#);
    assert_eq!(verify_with(KeySet::of_secrets(two).unwrap(), &token), Err(VerifyError::NoMatchingKey));
}

/// One PEM file as an attacker may guess that a confused verifier holds it.
fn pem_spellings() -> Vec<Vec<u8>> {
    let pem = rsa_pem();
    let body = pem_body(&pem);
    let der = crate::support::der(&pem);
    let texts = [
        pem.clone(),
        pem.trim_end().into(),
        format!("{pem}\n"),
        format!(" \t{pem}"),
        format!("\n\n{pem}"),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', "\r"),
        pem.replace('\n', ""),
        pem.replace('\n', " "),
        pem.replace('\n', "\n\n"),
        pem.replace('\n', "\\n"),
        pem.to_lowercase(),
        format!("\u{feff}{pem}"),
        format!("Public key:\n{pem}"),
        format!("-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----"),
        body,
    ];
    let utf16 = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    texts.into_iter().map(String::into_bytes).chain([utf16, der]).collect()
}

#[test]
fn a02_rs256_keys_and_a_token_macced_with_the_public_key() {
    for algorithm in [Algorithm::RS256, Algorithm::PS256] {
        let key = rsa_key(algorithm).verifying_key();
        for secret in pem_spellings() {
            for hmac in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let sign = |input: &[u8]| mac(hmac, &secret, input);
                let confused = token(format!(r#"{{"alg":"{hmac}","typ":"JWT"}}"#), CLAIMS, sign);
                assert_eq!(verify_with(key.clone(), &confused), Err(VerifyError::AlgorithmMismatch));
            }
            // Under the key's own name, it is a signature of the wrong length.
            let confused =
                token(format!(r#"{{"alg":"{algorithm}"}}"#), CLAIMS, |input| mac(Algorithm::HS256, &secret, input));
            assert_eq!(verify_with(key.clone(), &confused), Err(VerifyError::BadSignature));
        }
    }
}

#[test]
fn a02_no_spelling_of_the_public_key_loads_as_a_secret() {
    for secret in pem_spellings() {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let refused = VerifyingKey::from_secret(algorithm, &secret).unwrap_err();
            assert_eq!(refused, jwtward::KeyError::SecretIsKey, "{}", String::from_utf8_lossy(&secret));
            assert_eq!(SigningKey::from_secret(algorithm, &secret).unwrap_err(), refused);
        }
    }
}

#[test]
fn a02_a_public_key_set_has_nothing_for_an_hmac_token() {
    let named = |kid: &str, key: VerifyingKey| key.with_key_id(jwtward::KeyId::new(kid).unwrap());
    let rsa = named("1", rsa_key(Algorithm::RS256).verifying_key());
    let ec = named("2", VerifyingKey::from_jwk(&public(P256)).unwrap());
    let keys = KeySet::new([rsa, ec]).unwrap();
    let sign = |input: &[u8]| mac(Algorithm::HS256, rsa_pem().as_bytes(), input);
    let unnamed = token(r#"{"alg":"HS256"}"#, CLAIMS, sign);
    assert_eq!(verify_with(keys.clone(), &unnamed), Err(VerifyError::NoMatchingKey));
    let named = token(r#"{"alg":"HS256","kid":"1"}"#, CLAIMS, sign);
    assert_eq!(verify_with(keys, &named), Err(VerifyError::AlgorithmMismatch));
}

#[test]
fn a06_another_algorithm_of_the_same_family() {
    for (configured, sent) in [
        (Algorithm::HS256, Algorithm::HS384),
        (Algorithm::HS256, Algorithm::HS512),
        (Algorithm::HS384, Algorithm::HS256),
        (Algorithm::HS512, Algorithm::HS384),
    ] {
        let key = VerifyingKey::from_secret(configured, SECRET).unwrap();
        let header = format!(r#"{{"alg":"{sent}"}}"#);
        // A MAC that is right for the header, and one that is right for the key.
        for algorithm in [sent, configured] {
            let token = token(&header, CLAIMS, |input| mac(algorithm, SECRET, input));
            assert_eq!(verify_with(key.clone(), &token), Err(VerifyError::AlgorithmMismatch), "{configured} {sent}");
        }
    }
}

#[test]
fn a06_rs_and_ps_are_not_swapped() {
    use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
    for sent in [RS256, RS384, RS512, PS256, PS384, PS512] {
        let signed = jwtward::JwsSigner::new(rsa_key(sent)).sign(CLAIMS.as_bytes()).unwrap();
        for configured in [RS256, RS384, RS512, PS256, PS384, PS512] {
            let key = rsa_key(configured).verifying_key();
            let expected = if sent == configured { Ok(()) } else { Err(VerifyError::AlgorithmMismatch) };
            assert_eq!(verify_with(key.clone(), &signed), expected, "{sent} {configured}");
            // The same signature under a header that names the key's algorithm.
            let signature = signed.rsplit_once('.').unwrap().1;
            let relabelled =
                format!("{}.{}.{signature}", encode(format!(r#"{{"alg":"{configured}"}}"#)), encode(CLAIMS));
            let expected = if sent == configured { Ok(()) } else { Err(VerifyError::BadSignature) };
            assert_eq!(verify_with(key, &relabelled), expected, "{sent} {configured}");
        }
    }
}

#[test]
fn a06_es256_with_a_key_of_another_curve() {
    use jwtward::KeyError;
    let es256 = SigningKey::from_jwk(P256).unwrap();
    let token = jwtward::JwsSigner::new(es256).sign(CLAIMS.as_bytes()).unwrap();
    let p384 = VerifyingKey::from_pem(Algorithm::ES384, P384_PUBLIC).unwrap();
    assert_eq!(verify_with(p384, &token), Err(VerifyError::AlgorithmMismatch));
    // And no ES256 key can be made of another curve's point.
    let pem = |algorithm, pem: &str| VerifyingKey::from_pem(algorithm, pem).unwrap_err();
    assert_eq!(pem(Algorithm::ES256, P384_PUBLIC), KeyError::WrongKeyType);
    assert_eq!(pem(Algorithm::ES256, K256_PUBLIC), KeyError::WrongKeyType);
    assert_eq!(pem(Algorithm::ES384, K256_PUBLIC), KeyError::WrongKeyType);
    let jwk = |algorithm, jwk: &str| VerifyingKey::from_jwk_as(algorithm, jwk).unwrap_err();
    assert_eq!(jwk(Algorithm::ES256, K256_JWK), KeyError::WrongKeyType);
    assert_eq!(jwk(Algorithm::ES384, &public(P256)), KeyError::WrongKeyType);
    assert_eq!(jwk(Algorithm::EdDSA, &public(P256)), KeyError::WrongKeyType);
    assert_eq!(VerifyingKey::from_jwk(K256_JWK).unwrap_err(), KeyError::UnsupportedFormat);
}

#[test]
fn a07_an_ed25519_key_answers_to_its_own_name_only() {
    for (configured, other) in [(Algorithm::EdDSA, Algorithm::Ed25519), (Algorithm::Ed25519, Algorithm::EdDSA)] {
        let key = VerifyingKey::from_jwk_as(configured, &public(ED25519)).unwrap();
        let sign = |algorithm| {
            jwtward::JwsSigner::new(SigningKey::from_jwk_as(algorithm, ED25519).unwrap())
                .sign(CLAIMS.as_bytes())
                .unwrap()
        };
        assert_eq!(verify_with(key.clone(), &sign(configured)), Ok(()));
        assert_eq!(verify_with(key.clone(), &sign(other)), Err(VerifyError::AlgorithmMismatch));
        // Both names are one explicit call, and no more than the two.
        let both = key.accept_both_ed25519_names().unwrap();
        assert_eq!(verify_with(both.clone(), &sign(other)), Ok(()));
        let hmac = with_header(r#"{"alg":"HS256"}"#);
        assert_eq!(verify_with(both.clone(), &hmac), Err(VerifyError::AlgorithmMismatch));
        let ed448 = with_header(r#"{"alg":"Ed448"}"#);
        assert_eq!(verify_with(both, &ed448), Err(VerifyError::AlgorithmMismatch));
    }
    assert_eq!(hs256().accept_both_ed25519_names().unwrap_err(), jwtward::KeyError::WrongKeyType);
}

#[test]
fn a08_alg_missing_or_not_a_string() {
    let wrong = Err(VerifyError::Malformed(Malformed::HeaderParameter("alg")));
    for header in [
        "{}",
        r#"{"typ":"JWT"}"#,
        r#"{"ALG":"HS256"}"#,
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":true}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":{"HS256":1}}"#,
    ] {
        assert_eq!(verify(&with_header(header)), wrong, "{header}");
    }
}

#[test]
fn a08_alg_that_only_looks_right() {
    for alg in [
        "",
        " HS256",
        "HS256 ",
        "HS256\\u0000",
        "\\u0000HS256",
        "HS256\\n",
        "hs256",
        "Hs256",
        "HS-256",
        "HS256,RS256",
        "HS 256",
        "\u{397}S256",
        "H\u{405}256",
        "HS\u{ff12}56",
        "HS256\u{200b}",
        "HMAC",
        "SHA256",
        "HS2",
        "HS2566",
    ] {
        let token = with_header(format!(r#"{{"alg":"{alg}"}}"#));
        assert_eq!(verify(&token), Err(VerifyError::AlgorithmMismatch), "{alg:?}");
        let jws = UnverifiedJws::parse(&token, 8192).unwrap();
        assert_eq!(jws.header().algorithm(), None, "{alg:?}");
        assert_eq!(jws.verify(&hs256()).unwrap_err(), JwsError::AlgorithmMismatch, "{alg:?}");
    }
    // A raw NUL is not even JSON.
    let raw = with_header("{\"alg\":\"HS256\0\"}");
    assert_eq!(verify(&raw), Err(VerifyError::Malformed(Malformed::Header(jwtward::JsonError::Syntax))));
}

#[test]
fn a09_alg_written_with_escapes_is_decoded_then_compared() {
    for header in [
        r#"{"alg":"HS\u0032\u0035\u0036"}"#,
        r#"{"\u0061\u006c\u0067":"HS256"}"#,
        r#"{"alg":"\u0048\u0053\u0032\u0035\u0036"}"#,
        " {\t\"alg\"\r\n:\"HS256\" } ",
    ] {
        assert_eq!(verify(&with_header(header)), Ok(()), "{header}");
    }
    for header in
        [r#"{"alg":"\u006eone"}"#, r#"{"alg":"RS\u0032\u0035\u0036"}"#, r#"{"alg":"HS\\u0032\\u0035\\u0036"}"#]
    {
        assert_eq!(verify(&with_header(header)), Err(VerifyError::AlgorithmMismatch), "{header}");
    }
}
