//! jwt-compact. Issuer and audience are the application's to compare.

use chrono::TimeDelta;
use jwt_compact::{
    Algorithm,
    alg::{Ed25519, Es256, Hs256, Hs384, Hs512, Rsa},
    jwk::JsonWebKey,
    prelude::*,
};
use serde::{Deserialize, Serialize};

use crate::{
    peer::Peer,
    token::{AUDIENCE, DATA, Data, ISSUER, Keys, LIFETIME, SUBJECT, TOKEN_ID},
};

#[derive(Deserialize, Serialize)]
struct Custom {
    iss: String,
    sub: String,
    aud: Vec<String>,
    jti: String,
    data: Data,
}

struct Library<A: Algorithm> {
    algorithm: A,
    signing: A::SigningKey,
    verifying: A::VerifyingKey,
    header: Header,
    times: TimeOptions,
}

pub(crate) fn load(keys: &Keys) -> Option<Box<dyn Peer>> {
    match keys.algorithm.as_str() {
        "HS256" => boxed(Hs256, keys.secret.as_slice().into(), keys.secret.as_slice().into()),
        "HS384" => boxed(Hs384, keys.secret.as_slice().into(), keys.secret.as_slice().into()),
        "HS512" => boxed(Hs512, keys.secret.as_slice().into(), keys.secret.as_slice().into()),
        "ES256" => boxed(Es256, key(&keys.private_jwk), key(&keys.public_jwk)),
        "EdDSA" => boxed(Ed25519, key(&keys.private_jwk), key(&keys.public_jwk)),
        name => boxed(name.parse::<Rsa>().ok()?, key(&keys.private_jwk), key(&keys.public_jwk)),
    }
}

fn key<K: for<'a> TryFrom<&'a JsonWebKey<'a>>>(jwk: &str) -> K {
    let jwk: JsonWebKey<'_> = serde_json::from_str(jwk).expect("it is a JWK");
    K::try_from(&jwk).ok().expect("the key is good")
}

fn boxed<A>(algorithm: A, signing: A::SigningKey, verifying: A::VerifyingKey) -> Option<Box<dyn Peer>>
where
    A: Algorithm + 'static,
    A::SigningKey: 'static,
    A::VerifyingKey: 'static,
{
    let header = Header::empty().with_token_type("JWT");
    Some(Box::new(Library {
        algorithm,
        signing,
        verifying,
        header,
        times: TimeOptions::from_leeway(TimeDelta::zero()),
    }))
}

impl<A: Algorithm> Peer for Library<A> {
    fn token(&mut self) -> String {
        let custom = Custom {
            iss: ISSUER.to_owned(),
            sub: SUBJECT.to_owned(),
            aud: vec![AUDIENCE.to_owned()],
            jti: TOKEN_ID.to_owned(),
            data: DATA,
        };
        let lifetime = TimeDelta::seconds(LIFETIME.as_secs().cast_signed());
        let mut claims = Claims::new(custom).set_duration_and_issuance(&self.times, lifetime);
        claims.not_before = claims.issued_at;
        self.algorithm.token(&self.header, &claims, &self.signing).expect("it can be signed")
    }

    fn verify(&mut self, token: &str) -> bool {
        let Ok(token) = UntrustedToken::new(token) else { return false };
        self.algorithm.validator::<Custom>(&self.verifying).validate(&token).is_ok_and(|token| {
            let claims = token.claims();
            claims.validate_expiration(&self.times).is_ok()
                && claims.validate_maturity(&self.times).is_ok()
                && claims.custom.iss == ISSUER
                && claims.custom.aud.iter().any(|audience| audience == AUDIENCE)
                && claims.custom.data == DATA
        })
    }
}
