use super::*;
use crate::{
    algorithm::Algorithm,
    crypto::{signing::Signer},
};

#[test]
fn quick() {
    for alg in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512] {
        for i in 0..20u8 {
            let key = crate::key::SigningKey::generate(alg).unwrap();
            let sig = key.sign(&[i]).unwrap();
            let v = key.verifying_key();
            let p = crate::key::PreparedKey::new(&v);
            assert!(p.verify(&[i], &sig).is_ok(), "{alg} {i}");
            assert!(p.verify(&[i, 0], &sig).is_err());
        }
    }
}
