//! The primitives without tokens: the signature over the token's octets, its hash included; encoding and JSON are not in it.

use std::hint::black_box;

use aws_lc_rs::{
    hmac as aws_hmac,
    rand::SystemRandom,
    rsa::KeyPair as AwsRsaKey,
    signature::{self as aws, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey},
};
use base64::{Engine, engine::general_purpose};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::{Signer, Verifier};
use pkcs8::DecodePrivateKey;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use sha2::{Sha256, Sha384, Sha512};

use crate::{
    peer::Peer,
    token::{AllClaims, Keys},
};

struct Primitive<S, V> {
    algorithm: String,
    sign: S,
    verify: V,
    input: String,
    /// The token that was verified last, and its parts.
    last: (String, String, Vec<u8>),
}

fn boxed<S, V>(keys: &Keys, sign: S, verify: V) -> Option<Box<dyn Peer>>
where
    S: Fn(&[u8]) -> Vec<u8> + 'static,
    V: Fn(&[u8], &[u8]) -> bool + 'static,
{
    let mut primitive =
        Primitive { algorithm: keys.algorithm.clone(), sign, verify, input: String::new(), last: Default::default() };
    primitive.token();
    Some(Box::new(primitive))
}

impl<S: Fn(&[u8]) -> Vec<u8>, V: Fn(&[u8], &[u8]) -> bool> Peer for Primitive<S, V> {
    fn token(&mut self) -> String {
        let encode = |octets: &[u8]| general_purpose::URL_SAFE_NO_PAD.encode(octets);
        let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, self.algorithm);
        let payload = serde_json::to_vec(&AllClaims::now()).expect("it can be written");
        self.input = format!("{}.{}", encode(header.as_bytes()), encode(&payload));
        format!("{}.{}", self.input, encode(&(self.sign)(self.input.as_bytes())))
    }

    fn sign(&mut self) {
        black_box((self.sign)(black_box(self.input.as_bytes())));
    }

    fn verify(&mut self, token: &str) -> bool {
        if self.last.0 != token {
            let Some((input, signature)) = token.rsplit_once('.') else { return false };
            let Ok(signature) = general_purpose::URL_SAFE_NO_PAD.decode(signature) else { return false };
            self.last = (token.to_owned(), input.to_owned(), signature);
        }
        (self.verify)(self.last.1.as_bytes(), &self.last.2)
    }

    fn checks_claims(&self) -> bool {
        false
    }
}

fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    general_purpose::STANDARD.decode(text).expect("it is PEM")
}

pub(crate) fn load_aws_lc(keys: &Keys) -> Option<Box<dyn Peer>> {
    let der = der(&keys.private_pem);
    let checked =
        |public: ParsedPublicKey| move |message: &[u8], signature: &[u8]| public.verify_sig(message, signature).is_ok();
    let hmac = |algorithm| {
        let key = aws_hmac::Key::new(algorithm, &keys.secret);
        let verifying = key.clone();
        let sign = move |message: &[u8]| aws_hmac::sign(&key, message).as_ref().to_vec();
        boxed(keys, sign, move |message, mac| aws_hmac::verify(&verifying, message, mac).is_ok())
    };
    let rsa = |encoding: &'static dyn aws::RsaEncoding, parameters: &'static aws::RsaParameters| {
        let key = AwsRsaKey::from_pkcs8(&der).expect("the key is good");
        let public = ParsedPublicKey::new(parameters, key.public_key()).expect("the key is good");
        let sign = move |message: &[u8]| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(encoding, &SystemRandom::new(), message, &mut signature).expect("it can be signed");
            signature
        };
        boxed(keys, sign, checked(public))
    };
    let ecdsa = |signing, verifying: &'static aws::EcdsaVerificationAlgorithm| {
        let key = EcdsaKeyPair::from_pkcs8(signing, &der).expect("the key is good");
        let public = ParsedPublicKey::new(verifying, key.public_key()).expect("the key is good");
        let sign =
            move |message: &[u8]| key.sign(&SystemRandom::new(), message).expect("it can be signed").as_ref().to_vec();
        boxed(keys, sign, checked(public))
    };
    match keys.algorithm.as_str() {
        "HS256" => hmac(aws_hmac::HMAC_SHA256),
        "HS384" => hmac(aws_hmac::HMAC_SHA384),
        "HS512" => hmac(aws_hmac::HMAC_SHA512),
        "RS256" => rsa(&aws::RSA_PKCS1_SHA256, &aws::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => rsa(&aws::RSA_PKCS1_SHA384, &aws::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => rsa(&aws::RSA_PKCS1_SHA512, &aws::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => rsa(&aws::RSA_PSS_SHA256, &aws::RSA_PSS_2048_8192_SHA256),
        "PS384" => rsa(&aws::RSA_PSS_SHA384, &aws::RSA_PSS_2048_8192_SHA384),
        "PS512" => rsa(&aws::RSA_PSS_SHA512, &aws::RSA_PSS_2048_8192_SHA512),
        "ES256" => ecdsa(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, &aws::ECDSA_P256_SHA256_FIXED),
        "ES384" => ecdsa(&aws::ECDSA_P384_SHA384_FIXED_SIGNING, &aws::ECDSA_P384_SHA384_FIXED),
        "ES512" => ecdsa(&aws::ECDSA_P521_SHA512_FIXED_SIGNING, &aws::ECDSA_P521_SHA512_FIXED),
        "EdDSA" => {
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).expect("the key is good");
            let public = ParsedPublicKey::new(&aws::ED25519, key.public_key()).expect("the key is good");
            boxed(keys, move |message| key.sign(message).as_ref().to_vec(), checked(public))
        }
        _ => None,
    }
}

pub(crate) fn load_rust_crypto(keys: &Keys) -> Option<Box<dyn Peer>> {
    macro_rules! mac {
        ($hash:ty) => {{
            let state = Hmac::<$hash>::new_from_slice(&keys.secret).expect("a key of any length");
            let verifying = state.clone();
            boxed(
                keys,
                move |message| state.clone().chain_update(message).finalize().into_bytes().to_vec(),
                move |message, mac| verifying.clone().chain_update(message).verify_slice(mac).is_ok(),
            )
        }};
    }
    macro_rules! ecdsa {
        ($curve:ident) => {{
            let key = $curve::ecdsa::SigningKey::from_pkcs8_pem(&keys.private_pem).expect("the key is good");
            let public = *key.verifying_key();
            boxed(
                keys,
                move |message| {
                    let signature: $curve::ecdsa::Signature = key.sign(message);
                    signature.to_bytes().to_vec()
                },
                move |message, signature| {
                    $curve::ecdsa::Signature::from_slice(signature)
                        .is_ok_and(|signature| public.verify(message, &signature).is_ok())
                },
            )
        }};
    }
    macro_rules! rsa {
        ($padding:ident, $hash:ty) => {{
            let key = rsa::PrivateKey::from_pkcs8_pem(&keys.private_pem).expect("the key is good");
            let public = rsa::$padding::VerifyingKey::<$hash>::new(key.to_public_key());
            let key = rsa::$padding::SigningKey::<$hash>::new(key);
            boxed(
                keys,
                move |message| {
                    let signature: rsa::$padding::Signature =
                        key.try_sign_with_rng(&mut getrandom::SysRng, message).expect("it can be signed");
                    signature.to_vec()
                },
                move |message, signature| {
                    rsa::$padding::Signature::try_from(signature)
                        .is_ok_and(|signature| public.verify(message, &signature).is_ok())
                },
            )
        }};
    }
    match keys.algorithm.as_str() {
        "HS256" => mac!(Sha256),
        "HS384" => mac!(Sha384),
        "HS512" => mac!(Sha512),
        "RS256" => rsa!(pkcs1v15, Sha256),
        "RS384" => rsa!(pkcs1v15, Sha384),
        "RS512" => rsa!(pkcs1v15, Sha512),
        "PS256" => rsa!(pss, Sha256),
        "PS384" => rsa!(pss, Sha384),
        "PS512" => rsa!(pss, Sha512),
        "ES256" => ecdsa!(p256),
        "ES384" => ecdsa!(p384),
        "ES512" => ecdsa!(p521),
        "EdDSA" => {
            let key = ed25519_dalek::SigningKey::from_pkcs8_pem(&keys.private_pem).expect("the key is good");
            let public = key.verifying_key();
            boxed(
                keys,
                move |message| key.sign(message).to_bytes().to_vec(),
                move |message, signature| {
                    ed25519_dalek::Signature::from_slice(signature)
                        .is_ok_and(|signature| public.verify_strict(message, &signature).is_ok())
                },
            )
        }
        _ => None,
    }
}
