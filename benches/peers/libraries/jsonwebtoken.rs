//! jsonwebtoken, on either of its back ends. It has one for the process: the one installed here is whichever is asked for last.

use std::{cell::Cell, sync::Once};

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils, aws_lc, rust_crypto},
    decode, encode,
    errors::Result,
};

use crate::{
    peer::Peer,
    token::{AUDIENCE, AllClaims, DATA, ISSUER, Keys},
};

thread_local! {
    static BACK_END: Cell<&'static CryptoProvider> = const { Cell::new(&aws_lc::DEFAULT_PROVIDER) };
}

static EITHER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    (BACK_END.get().signer_factory)(algorithm, key)
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    (BACK_END.get().verifier_factory)(algorithm, key)
}

struct Library {
    back_end: &'static CryptoProvider,
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

pub(crate) fn load_aws_lc(keys: &Keys) -> Option<Box<dyn Peer>> {
    load(keys, &aws_lc::DEFAULT_PROVIDER)
}

pub(crate) fn load_rust_crypto(keys: &Keys) -> Option<Box<dyn Peer>> {
    load(keys, &rust_crypto::DEFAULT_PROVIDER)
}

fn load(keys: &Keys, back_end: &'static CryptoProvider) -> Option<Box<dyn Peer>> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| EITHER.install_default().expect("nothing else installs one"));

    let algorithm: Algorithm = keys.algorithm.parse().ok()?;
    let (private, public) = (keys.private_pem.as_bytes(), keys.public_pem.as_bytes());
    let (signing, verifying) = match keys.algorithm.as_str().get(..2)? {
        "HS" => (Ok(EncodingKey::from_secret(&keys.secret)), Ok(DecodingKey::from_secret(&keys.secret))),
        "RS" | "PS" => (EncodingKey::from_rsa_pem(private), DecodingKey::from_rsa_pem(public)),
        "ES" => (EncodingKey::from_ec_pem(private), DecodingKey::from_ec_pem(public)),
        _ => (EncodingKey::from_ed_pem(private), DecodingKey::from_ed_pem(public)),
    };
    let mut validation = Validation::new(algorithm);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let (signing, verifying) = (signing.expect("the key is good"), verifying.expect("the key is good"));
    Some(Box::new(Library { back_end, header: Header::new(algorithm), signing, verifying, validation }))
}

impl Peer for Library {
    fn token(&mut self) -> String {
        BACK_END.set(self.back_end);
        encode(&self.header, &AllClaims::now(), &self.signing).expect("it can be signed")
    }

    fn verify(&mut self, token: &str) -> bool {
        BACK_END.set(self.back_end);
        decode::<AllClaims>(token, &self.verifying, &self.validation).is_ok_and(|token| token.claims.data == DATA)
    }
}
