//! The primitives against the RFCs' own values: HMAC (RFC 4231), deterministic ECDSA (RFC 6979), Ed25519 (RFC 8032). Their
//! messages are arbitrary octets, which the public interface does not sign.
#![cfg(all(feature = "hs", feature = "es", feature = "eddsa"))]

#[path = "../../tests/support/vectors.rs"]
mod vectors;

use super::{
    BadKey, InvalidSignature,
    ecdsa::EcVerifier,
    eddsa::EdVerifier,
    hmac::HmacKey,
    signing::{ecdsa::EcSigner, eddsa::EdSigner},
};
use crate::algorithm::Algorithm;
use vectors::{Vector, octets, vector_tests};

/// A signature or MAC with one bit changed, for each of its octets.
fn damaged(signature: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..signature.len()).map(|at| {
        let mut damaged = signature.to_vec();
        damaged[at] ^= 1;
        damaged
    })
}

mod hmac_and_ecdsa {
    use super::*;

    fn mac(vector: &Vector) {
        let algorithm: Algorithm = vector.text("alg").parse().unwrap();
        let (secret, data, mac) = (vector.hex("key_hex"), vector.hex("data_hex"), vector.hex("mac_hex"));
        let need = algorithm.hash().len();
        if secret.len() < need {
            let refused = HmacKey::new(algorithm.hash(), &secret, false).unwrap_err();
            assert_eq!(refused, BadKey::Short { got: secret.len(), need });
        }
        let key = HmacKey::new(algorithm.hash(), &secret, true).unwrap();
        if let Some(length) = vector.value("truncated_to").as_u64() {
            // The tag is right as far as it goes, and refused.
            vector.assert_expected("reject: truncated tag");
            assert_eq!(key.sign(&data)[..usize::try_from(length).unwrap()], mac);
            assert_eq!(key.verify(&data, &mac), Err(InvalidSignature));
            return;
        }
        vector.assert_expected("valid");
        assert_eq!(key.sign(&data), mac);
        assert_eq!(key.verify(&data, &mac), Ok(()));
        for damaged in damaged(&mac) {
            assert_eq!(key.verify(&data, &damaged), Err(InvalidSignature));
        }
        assert_eq!(key.verify(&data, &mac[..need - 1]), Err(InvalidSignature));
        assert_eq!(key.verify(&data, &[&mac[..], &[0]].concat()), Err(InvalidSignature));
    }

    /// The signer of an entry's key and the signature the entry gives.
    fn ecdsa(vector: &Vector) -> (EcSigner, EcVerifier, Vec<u8>) {
        let key = vector.value("key");
        let member = |name: &str| octets(key[name].as_str().unwrap());
        let algorithm = match key["crv"].as_str().unwrap() {
            "P-256" => Algorithm::ES256,
            "P-384" => Algorithm::ES384,
            "P-521" => Algorithm::ES512,
            other => panic!("{other}"),
        };
        let point = [&[4][..], &member("x"), &member("y")].concat();
        let signer = EcSigner::from_scalar(algorithm.curve(), &member("d"), Some(&point)).unwrap();
        let signature = vector.octets("signature_b64u");
        assert_eq!(signature, [vector.hex("r_hex"), vector.hex("s_hex")].concat());
        (signer, EcVerifier::from_sec1(algorithm.curve(), &point).unwrap(), signature)
    }

    fn nonce_is_as_the_rfc_says(vector: &Vector) {
        vector.assert_expected("valid");
        let (signer, verifier, signature) = ecdsa(vector);
        let message = vector.hex("message_hex");
        assert_eq!(signer.sign(&message).unwrap(), signature);
        assert_eq!(verifier.verify(&message, &signature), Ok(()));
        for damaged in damaged(&signature).step_by(7) {
            assert_eq!(verifier.verify(&message, &damaged), Err(InvalidSignature));
        }
    }

    fn another_hash_is_refused(vector: &Vector) {
        vector.assert_expected("reject under ES");
        let (signer, verifier, signature) = ecdsa(vector);
        let message = vector.hex("message_hex");
        assert_ne!(signer.sign(&message).unwrap(), signature);
        assert_eq!(verifier.verify(&message, &signature), Err(InvalidSignature));
    }

    vector_tests! { "rfc7518_4231_6979.json";
        rfc4231_1_hs256: "rfc4231-1-hs256" => mac;
        rfc4231_1_hs384: "rfc4231-1-hs384" => mac;
        rfc4231_1_hs512: "rfc4231-1-hs512" => mac;
        rfc4231_2_hs256: "rfc4231-2-hs256" => mac;
        rfc4231_2_hs384: "rfc4231-2-hs384" => mac;
        rfc4231_2_hs512: "rfc4231-2-hs512" => mac;
        rfc4231_3_hs256: "rfc4231-3-hs256" => mac;
        rfc4231_3_hs384: "rfc4231-3-hs384" => mac;
        rfc4231_3_hs512: "rfc4231-3-hs512" => mac;
        rfc4231_4_hs256: "rfc4231-4-hs256" => mac;
        rfc4231_4_hs384: "rfc4231-4-hs384" => mac;
        rfc4231_4_hs512: "rfc4231-4-hs512" => mac;
        rfc4231_5_hs256: "rfc4231-5-hs256" => mac;
        rfc4231_5_hs384: "rfc4231-5-hs384" => mac;
        rfc4231_5_hs512: "rfc4231-5-hs512" => mac;
        rfc4231_6_hs256: "rfc4231-6-hs256" => mac;
        rfc4231_6_hs384: "rfc4231-6-hs384" => mac;
        rfc4231_6_hs512: "rfc4231-6-hs512" => mac;
        rfc4231_7_hs256: "rfc4231-7-hs256" => mac;
        rfc4231_7_hs384: "rfc4231-7-hs384" => mac;
        rfc4231_7_hs512: "rfc4231-7-hs512" => mac;
        rfc6979_p_256_sha_256_sample: "rfc6979-p-256-sha-256-sample" => nonce_is_as_the_rfc_says;
        rfc6979_p_256_sha_384_sample: "rfc6979-p-256-sha-384-sample" => another_hash_is_refused;
        rfc6979_p_256_sha_512_sample: "rfc6979-p-256-sha-512-sample" => another_hash_is_refused;
        rfc6979_p_256_sha_256_test: "rfc6979-p-256-sha-256-test" => nonce_is_as_the_rfc_says;
        rfc6979_p_256_sha_384_test: "rfc6979-p-256-sha-384-test" => another_hash_is_refused;
        rfc6979_p_256_sha_512_test: "rfc6979-p-256-sha-512-test" => another_hash_is_refused;
        rfc6979_p_384_sha_256_sample: "rfc6979-p-384-sha-256-sample" => another_hash_is_refused;
        rfc6979_p_384_sha_384_sample: "rfc6979-p-384-sha-384-sample" => nonce_is_as_the_rfc_says;
        rfc6979_p_384_sha_512_sample: "rfc6979-p-384-sha-512-sample" => another_hash_is_refused;
        rfc6979_p_384_sha_256_test: "rfc6979-p-384-sha-256-test" => another_hash_is_refused;
        rfc6979_p_384_sha_384_test: "rfc6979-p-384-sha-384-test" => nonce_is_as_the_rfc_says;
        rfc6979_p_384_sha_512_test: "rfc6979-p-384-sha-512-test" => another_hash_is_refused;
        rfc6979_p_521_sha_256_sample: "rfc6979-p-521-sha-256-sample" => another_hash_is_refused;
        rfc6979_p_521_sha_384_sample: "rfc6979-p-521-sha-384-sample" => another_hash_is_refused;
        rfc6979_p_521_sha_512_sample: "rfc6979-p-521-sha-512-sample" => nonce_is_as_the_rfc_says;
        rfc6979_p_521_sha_256_test: "rfc6979-p-521-sha-256-test" => another_hash_is_refused;
        rfc6979_p_521_sha_384_test: "rfc6979-p-521-sha-384-test" => another_hash_is_refused;
        rfc6979_p_521_sha_512_test: "rfc6979-p-521-sha-512-test" => nonce_is_as_the_rfc_says;
    }
}

mod ed25519 {
    use super::*;

    fn signs_and_verifies(vector: &Vector) {
        vector.assert_expected("valid");
        let (seed, public) = (vector.hex("secret_hex"), vector.hex("public_hex"));
        let (message, signature) = (vector.hex("message_hex"), vector.hex("signature_hex"));
        let signer = EdSigner::from_seed(&seed, None).unwrap();
        assert_eq!(signer.verifier().as_bytes(), public.as_slice());
        assert_eq!(signer.sign(&message), signature);
        let verifier = EdVerifier::new(&public).unwrap();
        assert_eq!(verifier.verify(&message, &signature), Ok(()));
        for damaged in damaged(&signature) {
            assert_eq!(verifier.verify(&message, &damaged), Err(InvalidSignature));
        }
        assert_eq!(verifier.verify(&[&message[..], b"."].concat(), &signature), Err(InvalidSignature));
    }

    vector_tests! { "rfc8037.json", for |kind| kind == Some("ed25519-raw");
        rfc8032_7_1_1: "rfc8032-7.1-1" => signs_and_verifies;
        rfc8032_7_1_2: "rfc8032-7.1-2" => signs_and_verifies;
        rfc8032_7_1_3: "rfc8032-7.1-3" => signs_and_verifies;
        rfc8032_7_1_1024: "rfc8032-7.1-1024" => signs_and_verifies;
        rfc8032_7_1_shaabc: "rfc8032-7.1-shaabc" => signs_and_verifies;
    }
}

/// The header of RFC 7515 A.1 has line breaks, which no signer here writes; its MAC is reproduced over the printed input.
#[test]
fn rfc7515_a1_is_signed_again() {
    let file = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/rfc7515.json"));
    let vector = Vector::load(file, "rfc7515-a1");
    let secret = octets(vector.value("key")["k"].as_str().unwrap());
    let key = HmacKey::new(Algorithm::HS256.hash(), &secret, false).unwrap();
    assert_eq!(key.sign(vector.text("signing_input").as_bytes()), vector.octets("signature_b64u"));
}
