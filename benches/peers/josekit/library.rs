//! josekit's calls.

use std::time::{Duration, SystemTime};

use josekit::{
    jwk::Jwk,
    jws::{
        ES256, ES384, ES512, EdDSA, HS256, HS384, HS512, JwsHeader, JwsSigner, JwsVerifier, PS256, PS384, PS512, RS256,
        RS384, RS512,
    },
    jwt::{self, JwtPayload, JwtPayloadValidator},
};

use crate::{
    peer::Peer,
    token::{AUDIENCE, DATA, ISSUER, Keys, LIFETIME, SUBJECT, TOKEN_ID, unix_seconds},
};

struct Library {
    signer: Box<dyn JwsSigner>,
    verifier: Box<dyn JwsVerifier>,
    validator: JwtPayloadValidator,
}

pub(crate) fn load(keys: &Keys) -> Option<Box<dyn Peer>> {
    macro_rules! secret {
        ($algorithm:expr) => {
            (
                $algorithm.signer_from_bytes(&keys.secret).map(boxed),
                $algorithm.verifier_from_bytes(&keys.secret).map(shut),
            )
        };
    }
    macro_rules! pem {
        ($algorithm:expr) => {
            (
                $algorithm.signer_from_pem(&keys.private_pem).map(boxed),
                $algorithm.verifier_from_pem(&keys.public_pem).map(shut),
            )
        };
    }
    // It reads PEM for PSS only if the key is marked as one for PSS.
    macro_rules! jwk {
        ($algorithm:expr) => {
            (
                $algorithm.signer_from_jwk(&jwk(&keys.private_jwk)).map(boxed),
                $algorithm.verifier_from_jwk(&jwk(&keys.public_jwk)).map(shut),
            )
        };
    }
    let (signer, verifier) = match keys.algorithm.as_str() {
        "HS256" => secret!(HS256),
        "HS384" => secret!(HS384),
        "HS512" => secret!(HS512),
        "RS256" => pem!(RS256),
        "RS384" => pem!(RS384),
        "RS512" => pem!(RS512),
        "PS256" => jwk!(PS256),
        "PS384" => jwk!(PS384),
        "PS512" => jwk!(PS512),
        "ES256" => pem!(ES256),
        "ES384" => pem!(ES384),
        "ES512" => pem!(ES512),
        "EdDSA" => pem!(EdDSA),
        _ => return None,
    };
    let mut validator = JwtPayloadValidator::new();
    validator.set_issuer(ISSUER);
    validator.set_audience(AUDIENCE);
    let (signer, verifier) = (signer.expect("the key is good"), verifier.expect("the key is good"));
    Some(Box::new(Library { signer, verifier, validator }))
}

fn jwk(text: &str) -> Jwk {
    Jwk::from_bytes(text).expect("it is a JWK")
}

fn boxed(signer: impl JwsSigner + 'static) -> Box<dyn JwsSigner> {
    Box::new(signer)
}

fn shut(verifier: impl JwsVerifier + 'static) -> Box<dyn JwsVerifier> {
    Box::new(verifier)
}

impl Peer for Library {
    fn token(&mut self) -> String {
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        let mut payload = JwtPayload::new();
        let seconds = unix_seconds();
        payload.set_issuer(ISSUER);
        payload.set_subject(SUBJECT);
        payload.set_expires_at(&(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + LIFETIME));
        // Its own calls write one audience as a string, and these times with a fraction. The others read what is written here.
        for (name, value) in [("aud", vec![AUDIENCE].into()), ("nbf", seconds.into()), ("iat", seconds.into())] {
            payload.set_claim(name, Some(value)).expect("a claim of that form");
        }
        payload.set_jwt_id(TOKEN_ID);
        let data = serde_json::to_value(DATA).expect("it can be written");
        payload.set_claim("data", Some(data)).expect("no registered name");
        jwt::encode_with_signer(&payload, &header, &*self.signer).expect("it can be signed")
    }

    /// It gives the data as a tree; making a type of it would cost more.
    fn verify(&mut self, token: &str) -> bool {
        jwt::decode_with_verifier(token, &*self.verifier).is_ok_and(|(payload, _)| {
            self.validator.validate(&payload).is_ok()
                && payload.claim("data").and_then(|data| data.get("level")?.as_u64()) == Some(DATA.level)
        })
    }
}
