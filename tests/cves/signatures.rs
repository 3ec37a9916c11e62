//! Signatures that hold in one library and must not.

use jwtward::{Algorithm, JwsSigner, SigningKey, VerifyError, VerifyingKey};

use crate::support::{CLAIMS, P256, decode, encode, public, rsa_key, token, verify_with};

const BAD_SIGNATURE: Result<(), VerifyError> = Err(VerifyError::BadSignature);

fn es256() -> VerifyingKey {
    VerifyingKey::from_jwk(&public(P256)).unwrap()
}

/// A valid ES256 token's input, r and s.
fn signed() -> (String, Vec<u8>, Vec<u8>) {
    let token = JwsSigner::new(SigningKey::from_jwk(P256).unwrap()).sign(CLAIMS.as_bytes()).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = decode(signature);
    (input.into(), signature[..32].to_vec(), signature[32..].to_vec())
}

#[test]
fn cve_2022_21449_r_and_s_zero() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512] {
        let key = SigningKey::generate(algorithm).unwrap().verifying_key();
        let length = match algorithm {
            Algorithm::ES256 => 64,
            Algorithm::ES384 => 96,
            _ => 132,
        };
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        assert_eq!(
            verify_with(key.clone(), &token(&header, CLAIMS, |_| vec![0; length])),
            BAD_SIGNATURE,
            "{algorithm}"
        );
        // As DER: 30 06 02 01 00 02 01 00, the shortest psychic signature.
        let der = [0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00];
        assert_eq!(verify_with(key, &token(&header, CLAIMS, |_| der.to_vec())), BAD_SIGNATURE, "{algorithm}");
    }
}

#[test]
fn cve_2020_14966_an_ecdsa_signature_with_zeros_in_front() {
    let (input, r, s) = signed();
    let verify = |octets: &[u8]| verify_with(es256(), &format!("{input}.{}", encode(octets)));
    assert_eq!(verify(&[r.as_slice(), &s].concat()), Ok(()));
    for zeros in 1..4 {
        let zeros = vec![0; zeros];
        assert_eq!(verify(&[zeros.as_slice(), &r, &zeros, &s].concat()), BAD_SIGNATURE);
        assert_eq!(verify(&[zeros.as_slice(), &r, &s].concat()), BAD_SIGNATURE);
    }
    // The flaw was in DER; ours is never DER, with lengths of any form.
    let der = [&[0x30, 0x81, 0x46, 0x02, 0x21, 0x00], r.as_slice(), &[0x02, 0x21, 0x00], &s].concat();
    assert_eq!(verify(&der), BAD_SIGNATURE);
}

#[test]
fn cve_2020_14968_a_pss_signature_with_zeros_in_front() {
    let token = JwsSigner::new(rsa_key(Algorithm::PS256)).sign(CLAIMS.as_bytes()).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let key = rsa_key(Algorithm::PS256).verifying_key();
    assert_eq!(verify_with(key.clone(), &token), Ok(()));
    for zeros in [1, 2, 3, 100] {
        let longer = [vec![0; zeros], decode(signature)].concat();
        assert_eq!(verify_with(key.clone(), &format!("{input}.{}", encode(longer))), BAD_SIGNATURE, "{zeros}");
    }
}
