//! jwtward: with its default features, and with prepared keys.

use jwtward::{JwtSigner, JwtVerifier, KeyLoader, KeySet, SigningKey};
use serde::{Deserialize, Serialize};

use crate::{
    peer::Peer,
    token::{AUDIENCE, DATA, Data, ISSUER, Keys, LIFETIME, SUBJECT},
};

#[derive(Deserialize, Serialize)]
pub(crate) struct Custom {
    pub(crate) data: Data,
}

struct Library {
    signer: JwtSigner,
    verifier: JwtVerifier,
    custom: Custom,
}

pub(crate) fn load(keys: &Keys) -> Option<Box<dyn Peer>> {
    let key = signing_key(keys);
    Some(boxed(&key, key.verifying_key()))
}

/// HMAC keys have nothing to prepare.
#[cfg(feature = "prepared")]
pub(crate) fn load_prepared(keys: &Keys) -> Option<Box<dyn Peer>> {
    let key = signing_key(keys);
    keys.secret.is_empty().then(|| boxed(&key, jwtward::PreparedKey::new(&key.verifying_key())))
}

pub(crate) fn signing_key(keys: &Keys) -> SigningKey {
    let loader = KeyLoader::new(keys.algorithm.parse().expect("an algorithm"));
    let key = match keys.secret.as_slice() {
        [] => loader.signing_pem(&keys.private_pem),
        secret => loader.signing_secret(secret),
    };
    key.expect("the key is good")
}

fn boxed(key: &SigningKey, trusted: impl Into<KeySet>) -> Box<dyn Peer> {
    let signer = JwtSigner::new(key.clone(), ISSUER, AUDIENCE, LIFETIME).expect("the lifetime is in bounds");
    let verifier = JwtVerifier::builder(trusted).issuer(ISSUER).audience(AUDIENCE).build();
    Box::new(Library { signer, verifier, custom: Custom { data: DATA } })
}

impl Peer for Library {
    fn token(&mut self) -> String {
        self.signer.sign(SUBJECT, &self.custom).expect("it can be signed")
    }

    fn verify(&mut self, token: &str) -> bool {
        self.verifier.verify::<Custom>(token).is_ok_and(|jwt| jwt.custom().data == DATA)
    }
}
