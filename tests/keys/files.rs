//! The files OpenSSL writes, in every layout, and files that are no key or the wrong one.

use jwtward::{Algorithm, KeyError, KeyId, SigningKey, VerifyingKey};

use crate::support::*;

#[test]
fn every_private_form_and_layout_is_the_same_key() {
    for fixture in &FIXTURES {
        for &algorithm in fixture.algorithms {
            let keys = fixture.private.iter().flat_map(|pem| layouts(pem)).map(|pem| {
                SigningKey::from_pem(algorithm, &pem).unwrap_or_else(|error| panic!("{error:?}: {algorithm}\n{pem}"))
            });
            let ders = fixture.private_der.iter().map(|der| SigningKey::from_der(algorithm, der).unwrap());
            for key in keys.chain(ders) {
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.key_id(), None);
                assert_eq!(key.verifying_key().thumbprint().as_deref(), Ok(fixture.thumbprint));
            }
        }
    }
}

#[test]
fn every_public_form_and_layout_is_the_same_key() {
    for fixture in &FIXTURES {
        for &algorithm in fixture.algorithms {
            let keys = fixture.public.iter().flat_map(|pem| layouts(pem)).map(|pem| {
                VerifyingKey::from_pem(algorithm, &pem).unwrap_or_else(|error| panic!("{error:?}: {algorithm}\n{pem}"))
            });
            let ders = fixture.public_der.iter().map(|der| VerifyingKey::from_der(algorithm, der).unwrap());
            let signing = SigningKey::from_pem(algorithm, fixture.private[0]).unwrap();
            for key in keys.chain(ders) {
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.thumbprint().as_deref(), Ok(fixture.thumbprint));
                assert_eq!(signing.check_public(&key), Ok(()));
            }
        }
    }
}

#[test]
fn what_is_written_is_what_openssl_writes() {
    for fixture in &FIXTURES {
        let key = SigningKey::from_pem(fixture.algorithms[0], fixture.private[0]).unwrap();
        assert_eq!(key.danger_export_private_pem().unwrap().expose(), fixture.private[0]);
        assert_eq!(key.verifying_key().to_pem().unwrap(), fixture.public[0]);
    }
}

#[test]
fn jwks_are_the_same_key_again() {
    for fixture in &FIXTURES {
        for &algorithm in fixture.algorithms {
            let key = SigningKey::from_pem(algorithm, fixture.private[0]).unwrap();
            let key = key.with_key_id(KeyId::new("kid \"}").unwrap());
            let again = SigningKey::from_jwk(key.danger_export_private_jwk().unwrap().expose()).unwrap();
            let public = VerifyingKey::from_jwk(&key.verifying_key().to_jwk().unwrap().to_string()).unwrap();
            for key in [again.verifying_key(), public] {
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.key_id().map(KeyId::as_str), Some("kid \"}"));
                assert_eq!(key.thumbprint().as_deref(), Ok(fixture.thumbprint));
            }
            assert_eq!(again.danger_export_private_pem().unwrap().expose(), fixture.private[0]);
        }
    }
}

#[test]
fn the_thumbprint_can_be_the_kid() {
    let key = SigningKey::from_pem(Algorithm::ES256, P256).unwrap().with_thumbprint_key_id().unwrap();
    assert_eq!(key.key_id().map(KeyId::as_str), Some(FIXTURES[1].thumbprint));
    assert_eq!(key.verifying_key().key_id(), key.key_id());
    let secret = SigningKey::from_secret(Algorithm::HS256, &[7; 32]).unwrap();
    assert_eq!(secret.with_thumbprint_key_id().err(), Some(KeyError::Symmetric));
}

#[test]
fn certificates_are_not_keys() {
    for (algorithm, pem) in [
        (Algorithm::RS256, key_file!("rsa.certificate.pem")),
        (Algorithm::PS512, key_file!("rsa.trusted-certificate.pem")),
        (Algorithm::ES256, key_file!("p256.certificate.pem")),
        (Algorithm::EdDSA, key_file!("ed25519.certificate.pem")),
        (Algorithm::HS256, key_file!("rsa.certificate.pem")),
    ] {
        for pem in layouts(pem) {
            assert_eq!(verifying(algorithm, &pem), Err(KeyError::Certificate));
            assert_eq!(signing(algorithm, &pem), Err(KeyError::Certificate));
        }
    }
    assert!(KeyError::Certificate.to_string().contains("openssl x509 -pubkey"));
    // Without its label, a certificate is just not a key.
    assert!(VerifyingKey::from_der(Algorithm::RS256, der!("rsa.certificate.der")).is_err());
    assert!(SigningKey::from_der(Algorithm::RS256, der!("rsa.certificate.der")).is_err());
}

#[test]
fn encrypted_keys_are_named_so() {
    for (algorithm, pem) in [
        (Algorithm::RS256, key_file!("rsa.encrypted.pem")),
        (Algorithm::RS256, key_file!("rsa.proc-type.pem")),
        (Algorithm::ES256, key_file!("p256.encrypted.pem")),
        (Algorithm::ES256, key_file!("p256.proc-type.pem")),
        (Algorithm::EdDSA, key_file!("ed25519.encrypted.pem")),
    ] {
        for pem in [pem.to_owned(), pem.replace('\n', "\r\n"), format!("a key\n{pem}")] {
            assert_eq!(signing(algorithm, &pem), Err(KeyError::Encrypted));
            assert_eq!(verifying(algorithm, &pem), Err(KeyError::Encrypted));
        }
    }
    assert!(SigningKey::from_der(Algorithm::RS256, der!("rsa.encrypted.der")).is_err());
}

#[test]
fn public_and_private_are_not_mistaken_for_each_other() {
    for fixture in &FIXTURES {
        for &algorithm in fixture.algorithms {
            for pem in fixture.private {
                assert_eq!(verifying(algorithm, pem), Err(KeyError::PrivateKey), "{algorithm}\n{pem}");
            }
            for pem in fixture.public {
                assert_eq!(signing(algorithm, pem), Err(KeyError::PublicKey), "{algorithm}\n{pem}");
            }
            for der in fixture.private_der {
                assert!(VerifyingKey::from_der(algorithm, der).is_err());
            }
            for der in fixture.public_der {
                assert!(SigningKey::from_der(algorithm, der).is_err());
            }
        }
    }
}

#[test]
fn a_key_serves_no_algorithm_of_another_family_or_curve() {
    for fixture in &FIXTURES {
        for &algorithm in Algorithm::ALL.iter().filter(|algorithm| !fixture.algorithms.contains(algorithm)) {
            for pem in fixture.private {
                assert_eq!(signing(algorithm, pem), Err(KeyError::WrongKeyType), "{algorithm}\n{pem}");
            }
            for pem in fixture.public {
                assert_eq!(verifying(algorithm, pem), Err(KeyError::WrongKeyType), "{algorithm}\n{pem}");
            }
            for der in fixture.private_der {
                assert!(SigningKey::from_der(algorithm, der).is_err());
            }
            for der in fixture.public_der {
                assert!(VerifyingKey::from_der(algorithm, der).is_err());
            }
        }
    }
}

#[test]
fn a_curve_that_is_not_supported_is_refused() {
    for pem in [key_file!("secp256k1.pkcs8.pem"), key_file!("secp256k1.sec1.pem")] {
        assert_eq!(signing(Algorithm::ES256, pem), Err(KeyError::WrongKeyType));
    }
    assert_eq!(verifying(Algorithm::ES256, key_file!("secp256k1.spki.pem")), Err(KeyError::WrongKeyType));
    // The curve's numbers instead of its name.
    assert!(signing(Algorithm::ES256, key_file!("p256.sec1-explicit.pem")).is_err());
    assert!(verifying(Algorithm::ES256, key_file!("p256.spki-explicit.pem")).is_err());
}

#[test]
fn a_kind_of_key_that_is_not_supported_is_refused() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        for pem in [key_file!("ed448.pkcs8.pem"), key_file!("x25519.pkcs8.pem"), key_file!("rsa-pss.pkcs8.pem")] {
            assert_eq!(signing(algorithm, pem), Err(KeyError::UnsupportedFormat));
        }
        for pem in [key_file!("ed448.spki.pem"), key_file!("x25519.spki.pem"), key_file!("rsa-pss.spki.pem")] {
            assert_eq!(verifying(algorithm, pem), Err(KeyError::UnsupportedFormat));
        }
        assert_eq!(signing(algorithm, key_file!("rsa.request.pem")), Err(KeyError::UnsupportedFormat));
        assert_eq!(verifying(algorithm, &block("OPENSSH PRIVATE KEY", b"openssh")), Err(KeyError::UnsupportedFormat));
    }
    assert!(signing(Algorithm::RS256, key_file!("rsa-3-primes.pkcs8.pem")).is_err());
    let (_, three) = decode(key_file!("rsa-3-primes.pkcs8.pem")).unwrap();
    assert!(SigningKey::from_der(Algorithm::RS256, &three).is_err());
}

#[test]
fn what_is_not_one_pem_block_is_refused() {
    let mismatched = P256.replace("END PRIVATE", "END PUBLIC");
    for pem in [
        "",
        "\n",
        "not a key",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN -----\n-----END -----\n",
        key_file!("p256.parameters.pem"),
        &mismatched,
        &P256[..P256.len() - 8],
        &P256[8..],
        // Something behind the block, or a second one: which is meant?
        key_file!("rsa.text.pem"),
        &format!("{P256}{P256}"),
        &format!("{P256}{}", key_file!("p256.spki.pem")),
        &P256.replacen('M', "*", 1),
        &P256.replacen('\n', "\nM\n", 1),
        &block("PRIVATE KEY", b""),
        &block("PRIVATE KEY", b"not der"),
        &block("EC PRIVATE KEY", der!("p256.pkcs8.der")),
        &block("PRIVATE KEY", der!("p256.sec1.der")),
        &block("PRIVATE KEY", &[der!("p256.pkcs8.der"), b"\0"].concat()),
        &block("PRIVATE KEY", &der!("p256.pkcs8.der")[..100]),
    ] {
        let error = signing(Algorithm::ES256, pem).unwrap_err();
        assert!(matches!(error, KeyError::Pem | KeyError::Der | KeyError::UnsupportedFormat), "{error:?}\n{pem}");
        assert!(verifying(Algorithm::ES256, pem).is_err());
    }
    for der in [&b""[..], b"\x30", b"\x30\x00", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0; 100], P256.as_bytes()] {
        for &algorithm in Algorithm::ALL {
            assert!(SigningKey::from_der(algorithm, der).is_err());
            assert!(VerifyingKey::from_der(algorithm, der).is_err());
        }
    }
}

#[test]
fn no_file_has_a_second_spelling() {
    for fixture in &FIXTURES {
        let algorithm = fixture.algorithms[0];
        // RSA's long files take too long here; their numbers are changed one by one below.
        for der in fixture.private_der.iter().filter(|der| der.len() < 400) {
            for at in 0..der.len() {
                assert!(SigningKey::from_der(algorithm, &der[..at]).is_err(), "cut at {at}");
                if let Ok(key) = SigningKey::from_der(algorithm, &changed(der, at)) {
                    let thumbprint = key.verifying_key().thumbprint().unwrap();
                    assert_ne!(thumbprint, fixture.thumbprint, "changed at {at}");
                }
            }
            assert!(SigningKey::from_der(algorithm, &[der, &b"\0"[..]].concat()).is_err());
        }
        for der in fixture.public_der {
            for at in 0..der.len() {
                assert!(VerifyingKey::from_der(algorithm, &der[..at]).is_err(), "cut at {at}");
                if let Ok(key) = VerifyingKey::from_der(algorithm, &changed(der, at)) {
                    assert_ne!(key.thumbprint().unwrap(), fixture.thumbprint, "changed at {at}");
                }
            }
            assert!(VerifyingKey::from_der(algorithm, &[der, &b"\0"[..]].concat()).is_err());
        }
    }
}

fn changed(der: &[u8], at: usize) -> Vec<u8> {
    let mut changed = der.to_vec();
    changed[at] ^= 1 << (at % 8);
    changed
}

#[test]
fn a_key_file_has_at_most_64_kib() {
    let most = format!("{}{P256}", " ".repeat(64 * 1024 - P256.len()));
    assert_ne!(signing(Algorithm::ES256, &most), Err(KeyError::TooLarge { size: 65_536, limit: 65_536 }));
    let size = 65_537;
    let large = KeyError::TooLarge { size, limit: 65_536 };
    let text = " ".repeat(size);
    assert_eq!(signing(Algorithm::ES256, &text), Err(large));
    assert_eq!(verifying(Algorithm::ES256, &text), Err(large));
    assert_eq!(SigningKey::from_der(Algorithm::ES256, text.as_bytes()).err(), Some(large));
    assert_eq!(VerifyingKey::from_der(Algorithm::ES256, text.as_bytes()).err(), Some(large));
    assert_eq!(from_jwk(&text), Err(large));
    assert_eq!(from_public_jwk(&text), Err(large));
    assert_eq!(SigningKey::from_secret(Algorithm::HS256, &vec![7; size]).err(), Some(large));
}
