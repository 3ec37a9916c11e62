//! Signatures that do not hold, and the few that hold although they look odd: all algorithms, HMAC and RSA.

use jwtward::Algorithm;
use p256::elliptic_curve::bigint::CheckedAdd;

use crate::{
    corpus::{Corpus, segments, signature},
    keys::{
        Key, Owner, digest, digest_info, encode, is_rsa, mac, number, padded, pss, rsa, rsa_power, secret, sign,
        signed_by,
    },
};

pub(crate) fn add(corpus: &mut Corpus) {
    every_algorithm(corpus);
    hmac(corpus);
    rsa_pkcs1(corpus);
    rsa_pss(corpus);
}

/// A signature over the usual claims, changed by `change`.
pub(crate) fn changed(corpus: &Corpus, key: &Key, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    signed_by(key.header(), corpus.claims(), |input| change(key.sign(input)))
}

fn every_algorithm(corpus: &mut Corpus) {
    corpus.begin("signature");
    for &algorithm in Algorithm::ALL {
        let key = Key::new(algorithm);
        type Change = fn(Vec<u8>) -> Vec<u8>;
        let changes: [(Change, &str); 12] = [
            (|s| s[..s.len() - 1].to_vec(), "The signature lacks its last octet."),
            (|s| s[1..].to_vec(), "The signature lacks its first octet."),
            (|s| s[..s.len() / 2].to_vec(), "The signature is cut in half."),
            (|s| s[..1].to_vec(), "Of the signature its first octet is left."),
            (|s| [s.as_slice(), &[0]].concat(), "A zero octet follows the signature."),
            (|s| [&[0], s.as_slice()].concat(), "A zero octet precedes the signature."),
            (|s| s.repeat(2), "The signature is there twice."),
            (|s| s.into_iter().rev().collect(), "The signature is written backwards."),
            (|s| vec![0; s.len()], "The signature is zeros, as many as are due."),
            (|s| vec![0xff; s.len()], "The signature is ones, as many as are due."),
            (|s| s.into_iter().map(|octet| !octet).collect(), "The signature is inverted."),
            (
                |mut s| {
                    *s.last_mut().unwrap() ^= 1;
                    s
                },
                "The signature's last bit is turned over.",
            ),
        ];
        // RSA's lines are long, and its hashes differ in nothing here.
        let step = if is_rsa(algorithm) && !algorithm.as_str().ends_with("256") { 3 } else { 1 };
        for (change, reason) in changes.into_iter().step_by(step) {
            corpus.refused(&key, changed(corpus, &key, change), signature(), reason);
        }
        corpus.refused(&key, changed(corpus, &key, |_| Vec::new()), segments(), "The signature is missing.");
        let other = sign(algorithm, Owner::Issuer, b"another message");
        let token = changed(corpus, &key, |_| other);
        corpus.refused(&key, token, signature(), "The signature of another message.");
        let payload = encode(corpus.claims());
        let token = changed(corpus, &key, |_| key.sign(payload.as_bytes()));
        corpus.refused(&key, token, signature(), "The signature is over the payload alone.");
        let decoded = format!("{}.{}", key.header(), corpus.claims());
        let token = changed(corpus, &key, |_| key.sign(decoded.as_bytes()));
        corpus.refused(&key, token, signature(), "The signature is over the decoded segments.");
        let token = signed_by(key.header(), corpus.claims(), |input| key.sign(&digest(algorithm, input)));
        corpus.refused(&key, token, signature(), "The signature is over the hash of the input.");
    }
}

fn hmac(corpus: &mut Corpus) {
    corpus.begin("hmac");
    let right = secret(Owner::Issuer);
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let key = Key::new(algorithm);
        for (secret, what) in [
            (Vec::new(), "the empty secret"),
            (vec![0], "one zero octet"),
            (vec![0; 64], "zeros"),
            (right[..63].to_vec(), "the secret without its last octet"),
            (right[..32].to_vec(), "half of the secret"),
            ([right.as_slice(), &[1]].concat(), "the secret and an octet"),
            (encode(&right).into_bytes(), "the text of the secret in base64url"),
            ([right.as_slice(), b"\n"].concat(), "the secret and a line feed"),
            (b"secret".to_vec(), "a word that many use"),
            (b"your-256-bit-secret".to_vec(), "the secret of a well-known example"),
            (key.public.clone().into_bytes(), "the JWK itself"),
            (b"null".to_vec(), "the text null"),
            (b"undefined".to_vec(), "the text undefined"),
            (digest(algorithm, &right), "the hash of the secret"),
            (b"key-1".to_vec(), "the name of the key"),
        ] {
            let token = signed_by(key.header(), corpus.claims(), |input| mac(algorithm, &secret, input));
            corpus.refused(&key, token, signature(), format!("The MAC is by {what}."));
        }
        let plain = |input: &[u8]| digest(algorithm, &[right.as_slice(), input].concat());
        let token = signed_by(key.header(), corpus.claims(), plain);
        corpus.refused(&key, token, signature(), "A hash of secret and input, and no HMAC.");
        let bare = |input: &[u8]| digest(algorithm, input);
        let token = signed_by(key.header(), corpus.claims(), bare);
        corpus.refused(&key, token, signature(), "A hash of the input without any secret.");
        for length in [10, 16, 31] {
            let token = changed(corpus, &key, |mut mac| {
                mac.truncate(length);
                mac
            });
            corpus.refused(&key, token, signature(), format!("The MAC is cut to {length} octets."));
        }
        let hex = |mac: Vec<u8>| mac.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into_bytes();
        corpus.refused(&key, changed(corpus, &key, hex), signature(), "The MAC is written in hexadecimal digits.");
    }
}

fn rsa_pkcs1(corpus: &mut Corpus) {
    corpus.begin("rsa-pkcs1");
    let key = Key::new(Algorithm::RS256);
    let info = digest_info(Algorithm::RS256);
    let forged = |corpus: &Corpus, encode: &dyn Fn(&[u8]) -> Vec<u8>| {
        signed_by(key.header(), corpus.claims(), |input| {
            rsa_power(Owner::Issuer, &encode(&digest(Algorithm::RS256, input)))
        })
    };
    let lax_infos: [(&str, Vec<u8>); 11] = [
        ("no parameters", [&[0x30, 0x2f, 0x30, 0x0b][..], &info[4..15], &[0x04, 0x20]].concat()),
        ("the outer length in long form", [&[0x30, 0x81, 0x31][..], &info[2..]].concat()),
        ("the inner length in long form", [&[0x30, 0x32, 0x30, 0x81, 0x0d][..], &info[4..]].concat()),
        ("the digest's length in long form", [&[0x30, 0x32], &info[2..17], &[0x04, 0x81, 0x20]].concat()),
        ("an indefinite length", [&[0x30, 0x80], &info[2..]].concat()),
        (
            "room in its parameters",
            [&[0x30, 0x35, 0x30, 0x11][..], &info[4..15], &[4, 4, 1, 2, 3, 4, 4, 0x20]].concat(),
        ),
        ("the name of SHA-384", [&info[..14], &[2], &info[15..]].concat()),
        ("the name of SHA-512", [&info[..14], &[3], &info[15..]].concat()),
        ("the name of SHA-1", vec![0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14]),
        ("the name of MD5", vec![0x30, 0x20, 0x30, 12, 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5, 5, 0, 4, 0x10]),
        ("nothing but the digest", Vec::new()),
    ];
    for (what, lax) in &lax_infos {
        let token = forged(corpus, &|digest| padded(1, 0xff, &[lax.as_slice(), digest].concat()));
        corpus.refused(&key, token, signature(), format!("The DigestInfo has {what}."));
    }
    for (block, padding, what) in [
        (0, 0xff, "block type 0"),
        (2, 0xff, "block type 2"),
        (1, 0xfe, "padding of other octets"),
        (1, 0x01, "padding of ones"),
        (0, 0, "padding of zeros"),
    ] {
        let token = forged(corpus, &|digest| padded(block, padding, &[info.as_slice(), digest].concat()));
        corpus.refused(&key, token, signature(), format!("The encoding has {what}."));
    }
    let zero_at = 256 - 32 - info.len() - 1;
    for (at, octet, what) in [
        (2, 0, "a zero at the padding's beginning"),
        (10, 0, "a zero after eight octets of padding"),
        (100, 0xfe, "another octet in the padding"),
        (zero_at - 1, 0, "a zero too early"),
        (zero_at, 0xff, "no zero after the padding"),
        (zero_at, 1, "a one after the padding"),
        (0, 1, "a one in front"),
    ] {
        if at == 0 {
            continue;
        }
        let token = forged(corpus, &|digest| {
            let mut encoded = padded(1, 0xff, &[info.as_slice(), digest].concat());
            encoded[at] = octet;
            encoded
        });
        corpus.refused(&key, token, signature(), format!("The encoding has {what}."));
    }
    for count in [0, 8, 100] {
        let token = forged(corpus, &|digest| {
            let head = [&[0, 1][..], &vec![0xff; count], &[0], &info, digest].concat();
            [head.clone(), vec![0xab; 256 - head.len()]].concat()
        });
        let reason = format!("{count} octets of padding, and garbage after the digest (Bleichenbacher 2006).");
        corpus.refused(&key, token, signature(), reason);
    }
    let token = forged(corpus, &|digest| padded(1, 0xff, &[info.as_slice(), digest, &[0]].concat()));
    corpus.refused(&key, token, signature(), "An octet after the digest.");
    let token = forged(corpus, &|digest| [&padded(1, 0xff, &[info.as_slice(), digest].concat())[1..], &[0]].concat());
    corpus.refused(&key, token, signature(), "The encoding moved up by an octet.");
    let token = forged(corpus, &|digest| [vec![0; 224], digest.to_vec()].concat());
    corpus.refused(&key, token, signature(), "The digest without any padding.");
    for other in [Algorithm::RS384, Algorithm::RS512] {
        let token = signed_by(key.header(), corpus.claims(), |input| sign(other, Owner::Issuer, input));
        let reason = format!("A valid {other} signature under the name RS256, with claims of its own.");
        corpus.refused(&key, token, signature(), reason);
    }
    boundaries(corpus);
}

/// Numbers that are equal modulo n, and of other lengths.
fn boundaries(corpus: &mut Corpus) {
    let n = rsa(Owner::Issuer, "n");
    for algorithm in [Algorithm::RS256, Algorithm::PS256] {
        let key = Key::new(algorithm);
        // s + n fits into 256 octets when s is small, so look for such a token.
        let (claims, sum) = (0..)
            .find_map(|counter| {
                let claims = corpus.claims_with(&format!(r#""counter":{counter}"#));
                let input = format!("{}.{}", encode(key.header()), encode(&claims));
                let sum = number(&key.sign(input.as_bytes())).checked_add(&number(&n)).into_option()?;
                Some((claims, sum.to_be_bytes().to_vec()))
            })
            .unwrap();
        let token = signed_by(key.header(), &claims, |_| sum);
        corpus.refused(&key, token, signature(), "s + n in place of s: the same number modulo n.");
        // A signature that begins with a zero octet, found by trying.
        let (claims, short) = (0..)
            .find_map(|counter| {
                let claims = corpus.claims_with(&format!(r#""counter":{counter}"#));
                let input = format!("{}.{}", encode(key.header()), encode(&claims));
                let signature = key.sign(input.as_bytes());
                (signature[0] == 0).then_some((claims, signature))
            })
            .unwrap();
        let over = |octets: Vec<u8>| signed_by(key.header(), &claims, |_| octets);
        corpus.accepted(&key, over(short.clone()), "A signature that begins with a zero octet.");
        corpus.refused(&key, over(short[1..].to_vec()), signature(), "The leading zero octet was left out.");
        for zeros in [1, 2, 16, 256] {
            let longer = [vec![0; zeros], short.clone()].concat();
            corpus.refused(&key, over(longer), signature(), format!("{zeros} more zero octets in front."));
        }
        let minus_one = {
            let mut octets = n.clone();
            *octets.last_mut().unwrap() -= 1;
            octets
        };
        for (octets, what) in [
            (n.clone(), "n"),
            (minus_one, "n - 1"),
            ([vec![0; 255], vec![1]].concat(), "1"),
            ([vec![0; 255], vec![2]].concat(), "2"),
        ] {
            let token = signed_by(key.header(), corpus.claims(), |_| octets);
            corpus.refused(&key, token, signature(), format!("The signature is the number {what}."));
        }
    }
}

fn rsa_pss(corpus: &mut Corpus) {
    corpus.begin("rsa-pss");
    for (algorithm, right) in [(Algorithm::PS256, 32), (Algorithm::PS384, 48), (Algorithm::PS512, 64)] {
        let key = Key::new(algorithm);
        for length in [0, 1, 20, right - 1, 32, right + 1, 48, 64, 126] {
            if length == right || 256 < length + right + 2 {
                continue;
            }
            let token = signed_by(key.header(), corpus.claims(), |input| {
                rsa_power(Owner::Issuer, &pss(algorithm, input, length))
            });
            corpus.refused(&key, token, signature(), format!("A salt of {length} octets where {right} are due."));
        }
        type Change = fn(&mut [u8]);
        let changes: [(Change, &str); 5] = [
            (|encoded| encoded[255] = 0xcc, "The last octet is not 0xbc."),
            (|encoded| encoded[255] = 0, "The last octet is zero."),
            (|encoded| encoded[254] ^= 1, "A bit of the hash is turned over."),
            (|encoded| encoded[100] ^= 1, "A bit of the masked block is turned over."),
            (|encoded| encoded[10] ^= 0x80, "The padding within the masked block is not zero."),
        ];
        for (change, reason) in changes {
            let token = signed_by(key.header(), corpus.claims(), |input| {
                let mut encoded = pss(algorithm, input, right);
                change(&mut encoded);
                rsa_power(Owner::Issuer, &encoded)
            });
            corpus.refused(&key, token, signature(), reason);
        }
        let name = ["256", "384", "512"].into_iter().find(|hash| algorithm.as_str().ends_with(hash)).unwrap();
        for other in [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512].into_iter().filter(|o| *o != algorithm) {
            let token =
                signed_by(key.header(), corpus.claims(), |input| rsa_power(Owner::Issuer, &pss(other, input, right)));
            let reason = format!("PSS with the hash of {other}, and a salt as long as that of PS{name}.");
            corpus.refused(&key, token, signature(), reason);
        }
    }
}
