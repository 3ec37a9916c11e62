//! jwt-simple.

use std::collections::HashSet;

use jwt_simple::{Error, prelude::*};

use super::jwtward::Custom;
use crate::{
    peer::Peer,
    token::{AUDIENCE, DATA, ISSUER, Keys, LIFETIME, SUBJECT, TOKEN_ID},
};

struct Library<S, V> {
    sign: S,
    verify: V,
    options: VerificationOptions,
}

fn boxed<S, V>(sign: S, verify: V) -> Option<Box<dyn Peer>>
where
    S: Fn(JWTClaims<Custom>) -> Result<String, Error> + 'static,
    V: Fn(&str, Option<VerificationOptions>) -> Result<JWTClaims<Custom>, Error> + 'static,
{
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        time_tolerance: Some(Duration::from_secs(0)),
        ..VerificationOptions::default()
    };
    Some(Box::new(Library { sign, verify, options }))
}

pub(crate) fn load(keys: &Keys) -> Option<Box<dyn Peer>> {
    macro_rules! secret {
        ($key:ty) => {{
            let key = <$key>::from_bytes(&keys.secret);
            let verifying = <$key>::from_bytes(&keys.secret);
            boxed(move |claims| key.authenticate(claims), move |token, options| verifying.verify_token(token, options))
        }};
    }
    macro_rules! pem {
        ($key:ty, $public:ty) => {{
            let key = <$key>::from_pem(&keys.private_pem).expect("the key is good");
            let public = <$public>::from_pem(&keys.public_pem).expect("the key is good");
            boxed(move |claims| key.sign(claims), move |token, options| public.verify_token(token, options))
        }};
    }
    match keys.algorithm.as_str() {
        "HS256" => secret!(HS256Key),
        "HS384" => secret!(HS384Key),
        "HS512" => secret!(HS512Key),
        "RS256" => pem!(RS256KeyPair, RS256PublicKey),
        "RS384" => pem!(RS384KeyPair, RS384PublicKey),
        "RS512" => pem!(RS512KeyPair, RS512PublicKey),
        "PS256" => pem!(PS256KeyPair, PS256PublicKey),
        "PS384" => pem!(PS384KeyPair, PS384PublicKey),
        "PS512" => pem!(PS512KeyPair, PS512PublicKey),
        "ES256" => pem!(ES256KeyPair, ES256PublicKey),
        "ES384" => pem!(ES384KeyPair, ES384PublicKey),
        "EdDSA" => pem!(Ed25519KeyPair, Ed25519PublicKey),
        _ => None,
    }
}

impl<S, V> Peer for Library<S, V>
where
    S: Fn(JWTClaims<Custom>) -> Result<String, Error>,
    V: Fn(&str, Option<VerificationOptions>) -> Result<JWTClaims<Custom>, Error>,
{
    fn token(&mut self) -> String {
        let claims = Claims::with_custom_claims(Custom { data: DATA }, Duration::from_secs(LIFETIME.as_secs()))
            .with_issuer(ISSUER)
            .with_subject(SUBJECT)
            .with_audiences(HashSet::from([AUDIENCE]))
            .with_jwt_id(TOKEN_ID);
        (self.sign)(claims).expect("it can be signed")
    }

    /// It takes the options by value, each time.
    fn verify(&mut self, token: &str) -> bool {
        (self.verify)(token, Some(self.options.clone())).is_ok_and(|claims| claims.custom.data == DATA)
    }
}
