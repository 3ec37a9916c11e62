//! JSON Web Algorithms: the keys of the HMAC cases (RFC 4231) and of deterministic ECDSA (RFC 6979), loaded under the rules of
//! RFC 7518. Their messages are arbitrary octets, which no token carries: the values themselves are met by the unit tests of
//! `src/crypto/vector_tests.rs`.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use jwtward::{Algorithm, JwsError, JwsSigner, KeyError, KeyLoader, SigningKey, UnverifiedJws, VerifyingKey};
use support::{
    algorithm,
    vectors::{self, Vector, base64url, octets, vector_tests},
    verifies,
};

const SIZE: usize = UnverifiedJws::DEFAULT_MAX_SIZE;

/// RFC 7518 section 3.2: a key shorter than the hash is refused, from octets and from a JWK, unless the caller opts out by
/// name. A tag that was cut short never verifies.
fn hmac_key(vector: &Vector) {
    let algorithm = algorithm(vector);
    let (secret, jwk, data) = (vector.hex("key_hex"), vector.json("key"), vector.hex("data_hex"));
    let need = match algorithm {
        Algorithm::HS256 => 32,
        Algorithm::HS384 => 48,
        _ => 64,
    };
    let too_short = (secret.len() < need).then_some(KeyError::TooShort { got: secret.len(), need });
    assert_eq!(too_short.is_none(), vector.text("jws_key_policy") == "key length acceptable");
    assert_eq!(SigningKey::from_secret(algorithm, &secret).err(), too_short);
    assert_eq!(VerifyingKey::from_secret(algorithm, &secret).err(), too_short);
    assert_eq!(SigningKey::from_jwk_as(algorithm, &jwk).err(), too_short);
    assert_eq!(VerifyingKey::from_jwk_as(algorithm, &jwk).err(), too_short);

    let loader = KeyLoader::new(algorithm).danger_allow_short_hmac_key();
    let token = JwsSigner::new(loader.signing_jwk(&jwk).unwrap()).sign(&data).unwrap();
    let key = loader.verifying_secret(&secret).unwrap();
    verifies(&token, &key, &data);
    verifies(&token, &loader.verifying_jwk(&jwk).unwrap(), &data);

    let (input, tag) = token.rsplit_once('.').unwrap();
    let tag = octets(tag);
    assert_eq!(tag.len(), need);
    // RFC 4231's own truncation, and every other.
    for length in 1..need {
        let cut = format!("{input}.{}", base64url(&tag[..length]));
        assert_eq!(UnverifiedJws::parse(&cut, SIZE).unwrap().verify(&key).unwrap_err(), JwsError::BadSignature);
    }
}

/// RFC 7518 section 3.4 pairs each curve with one hash: the key takes that algorithm and no other.
fn ec_key(vector: &Vector) {
    let jwk = vector.json("key");
    let (ours, length) = match vector.value("key")["crv"].as_str().unwrap() {
        "P-256" => (Algorithm::ES256, 64),
        "P-384" => (Algorithm::ES384, 96),
        _ => (Algorithm::ES512, 132),
    };
    let key = SigningKey::from_jwk(&jwk).unwrap();
    assert_eq!(key.algorithm(), ours);
    for other in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512].into_iter().filter(|other| *other != ours) {
        assert_eq!(SigningKey::from_jwk_as(other, &jwk).unwrap_err(), KeyError::WrongKeyType);
    }
    match vector.optional("alg") {
        Some(alg) => {
            vector.assert_expected("valid");
            assert_eq!(alg, ours.as_str());
        }
        None => vector.assert_expected(&format!("reject under {ours}")),
    }
    let message = vector.hex("message_hex");
    assert_eq!(message, vector.text("message_text").as_bytes());
    let signer = JwsSigner::new(key.clone());
    let token = signer.sign(&message).unwrap();
    verifies(&token, &key.verifying_key(), &message);
    // Deterministic: the nonce is made from key and message, so that none is ever used twice.
    assert_eq!(token, signer.sign(&message).unwrap());

    // The printed signature is over the bare message, so in a token it is a forgery; one octet less is no signature at all.
    let (input, _) = token.rsplit_once('.').unwrap();
    let printed = vector.octets("signature_b64u");
    assert_eq!(printed.len(), length);
    for signature in [&printed[..], &printed[1..], &[&[0], &printed[..]].concat()] {
        let forged = format!("{input}.{}", base64url(signature));
        let jws = UnverifiedJws::parse(&forged, SIZE).unwrap();
        assert_eq!(jws.verify(&key.verifying_key()).unwrap_err(), JwsError::BadSignature);
    }
}

vector_tests! { "rfc7518_4231_6979.json";
    rfc4231_1_hs256: "rfc4231-1-hs256" => hmac_key;
    rfc4231_1_hs384: "rfc4231-1-hs384" => hmac_key;
    rfc4231_1_hs512: "rfc4231-1-hs512" => hmac_key;
    rfc4231_2_hs256: "rfc4231-2-hs256" => hmac_key;
    rfc4231_2_hs384: "rfc4231-2-hs384" => hmac_key;
    rfc4231_2_hs512: "rfc4231-2-hs512" => hmac_key;
    rfc4231_3_hs256: "rfc4231-3-hs256" => hmac_key;
    rfc4231_3_hs384: "rfc4231-3-hs384" => hmac_key;
    rfc4231_3_hs512: "rfc4231-3-hs512" => hmac_key;
    rfc4231_4_hs256: "rfc4231-4-hs256" => hmac_key;
    rfc4231_4_hs384: "rfc4231-4-hs384" => hmac_key;
    rfc4231_4_hs512: "rfc4231-4-hs512" => hmac_key;
    rfc4231_5_hs256: "rfc4231-5-hs256" => hmac_key;
    rfc4231_5_hs384: "rfc4231-5-hs384" => hmac_key;
    rfc4231_5_hs512: "rfc4231-5-hs512" => hmac_key;
    rfc4231_6_hs256: "rfc4231-6-hs256" => hmac_key;
    rfc4231_6_hs384: "rfc4231-6-hs384" => hmac_key;
    rfc4231_6_hs512: "rfc4231-6-hs512" => hmac_key;
    rfc4231_7_hs256: "rfc4231-7-hs256" => hmac_key;
    rfc4231_7_hs384: "rfc4231-7-hs384" => hmac_key;
    rfc4231_7_hs512: "rfc4231-7-hs512" => hmac_key;
    rfc6979_p_256_sha_256_sample: "rfc6979-p-256-sha-256-sample" => ec_key;
    rfc6979_p_256_sha_384_sample: "rfc6979-p-256-sha-384-sample" => ec_key;
    rfc6979_p_256_sha_512_sample: "rfc6979-p-256-sha-512-sample" => ec_key;
    rfc6979_p_256_sha_256_test: "rfc6979-p-256-sha-256-test" => ec_key;
    rfc6979_p_256_sha_384_test: "rfc6979-p-256-sha-384-test" => ec_key;
    rfc6979_p_256_sha_512_test: "rfc6979-p-256-sha-512-test" => ec_key;
    rfc6979_p_384_sha_256_sample: "rfc6979-p-384-sha-256-sample" => ec_key;
    rfc6979_p_384_sha_384_sample: "rfc6979-p-384-sha-384-sample" => ec_key;
    rfc6979_p_384_sha_512_sample: "rfc6979-p-384-sha-512-sample" => ec_key;
    rfc6979_p_384_sha_256_test: "rfc6979-p-384-sha-256-test" => ec_key;
    rfc6979_p_384_sha_384_test: "rfc6979-p-384-sha-384-test" => ec_key;
    rfc6979_p_384_sha_512_test: "rfc6979-p-384-sha-512-test" => ec_key;
    rfc6979_p_521_sha_256_sample: "rfc6979-p-521-sha-256-sample" => ec_key;
    rfc6979_p_521_sha_384_sample: "rfc6979-p-521-sha-384-sample" => ec_key;
    rfc6979_p_521_sha_512_sample: "rfc6979-p-521-sha-512-sample" => ec_key;
    rfc6979_p_521_sha_256_test: "rfc6979-p-521-sha-256-test" => ec_key;
    rfc6979_p_521_sha_384_test: "rfc6979-p-521-sha-384-test" => ec_key;
    rfc6979_p_521_sha_512_test: "rfc6979-p-521-sha-512-test" => ec_key;
}
