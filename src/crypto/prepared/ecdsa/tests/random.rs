//! Random signatures, valid and corrupted, against RustCrypto's verdict. `JWTWARD_PREPARED_CASES=1000000` makes that many a curve.

use crate::{
    algorithm::Curve,
    crypto::{
        prepared::{ecdsa::PreparedEc, testing::Random},
        signing::ecdsa::EcSigner,
    },
};

fn run(curve: Curve, default: usize) {
    let keys: Vec<_> = (0..4)
        .map(|_| {
            let key = EcSigner::generate(curve).unwrap();
            let plain = key.verifier();
            (key, PreparedEc::new(&plain), plain)
        })
        .collect();
    let (mut verified, mut refused) = (0, 0);
    let (count, mut random) = (Random::cases(default), Random::new("ecdsa"));
    while verified + refused < count {
        let choice = random.octets::<8>();
        let (signing, prepared, plain) = &keys[usize::from(choice[0]) % keys.len()];
        let mut message = random.octets::<32>();
        let signature = signing.sign(&message).unwrap();
        let half = signature.len() / 2;
        let mut check = |message: &[u8], signature: &[u8]| {
            let expected = plain.verify(message, signature);
            assert_eq!(prepared.verify(message, signature), expected, "{plain:?} {message:x?} {signature:x?}");
            // It was the formulas that told, and not the plain key in their place.
            assert_eq!(prepared.holds(message, signature), Some(expected.is_ok()));
            *if expected.is_ok() { &mut verified } else { &mut refused } += 1;
        };
        check(&message, &signature);
        // One bit of r, of s.
        let bit = u16::from_be_bytes([choice[1], choice[2]]) as usize % (half * 8);
        for at in [0, half] {
            let mut corrupted = signature.clone();
            corrupted[at + bit / 8] ^= 1 << (bit % 8);
            check(&message, &corrupted);
        }
        match choice[3] % 4 {
            // Another message, another key's, numbers out of nowhere, or both halves exchanged.
            0 => {
                message[usize::from(choice[4]) % 32] ^= 1;
                check(&message, &signature);
            }
            1 => check(&message, &keys[usize::from(choice[4]) % keys.len()].0.sign(&message).unwrap()),
            2 => {
                let mut made_up = random.octets::<132>();
                (made_up[0], made_up[half]) = (made_up[0] & 1, made_up[half] & 1);
                check(&message, &made_up[..half * 2]);
            }
            _ => check(&message, &[&signature[half..], &signature[..half]].concat()),
        }
    }
    assert!(verified >= count / 4 && refused >= count / 2, "{verified} {refused}");
}

#[test]
fn p256() {
    run(Curve::P256, 2_000);
}

#[test]
fn p384() {
    run(Curve::P384, 500);
}

#[test]
fn p521() {
    run(Curve::P521, 300);
}
