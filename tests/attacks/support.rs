//! Tokens over any header and payload, signed with valid keys, and the verifiers they are shown to.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use jwtward::{Algorithm, FixedClock, JwtVerifier, KeySet, NumericDate, SigningKey, VerifyError, VerifyingKey};
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};

#[path = "../support/hand_made.rs"]
mod hand_made;

pub(crate) use hand_made::*;

/// What the verifiers' clocks show.
pub(crate) const NOW: i64 = 1_000_000;

/// The HMAC secret of most tests.
pub(crate) const SECRET: &[u8] = b"sixty-four octets that are as good as random for what is tested!";

/// Claims that are valid at [`NOW`].
pub(crate) const CLAIMS: &str = r#"{"exp":1000900}"#;

/// The DER within a PEM block.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    Base64::decode_vec(&pem_body(pem)).unwrap()
}

/// A PEM block's base64 on one line, without the armour.
pub(crate) fn pem_body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

pub(crate) fn mac(algorithm: Algorithm, secret: &[u8], input: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::HS384 => {
            Hmac::<Sha384>::new_from_slice(secret).unwrap().chain_update(input).finalize().into_bytes()[..].to_vec()
        }
        Algorithm::HS512 => {
            Hmac::<Sha512>::new_from_slice(secret).unwrap().chain_update(input).finalize().into_bytes()[..].to_vec()
        }
        _ => Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(input).finalize().into_bytes()[..].to_vec(),
    }
}

/// A token with a valid HMAC SHA-256 by [`SECRET`], whatever its header says.
pub(crate) fn signed(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    token(header, payload, |input| mac(Algorithm::HS256, SECRET, input))
}

/// A token with an ordinary header and that payload.
pub(crate) fn with_payload(payload: impl AsRef<[u8]>) -> String {
    signed(r#"{"alg":"HS256"}"#, payload)
}

/// A token with an ordinary payload and that header.
pub(crate) fn with_header(header: impl AsRef<[u8]>) -> String {
    signed(header, CLAIMS)
}

/// Segments as given, with a valid HMAC over them.
pub(crate) fn with_segments(header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    format!("{input}.{}", encode(mac(Algorithm::HS256, SECRET, input.as_bytes())))
}

pub(crate) fn at(secs: i64) -> FixedClock {
    FixedClock(NumericDate::from_secs(secs))
}

/// A verifier that asks for nothing but what it always asks for.
pub(crate) fn verifier(keys: impl Into<KeySet>) -> JwtVerifier {
    JwtVerifier::builder(keys).ignore_issuer().ignore_audience().clock(at(NOW)).build()
}

pub(crate) fn hs256() -> VerifyingKey {
    VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap()
}

/// Shows the token to a verifier with the key of [`signed`].
pub(crate) fn verify(token: &str) -> Result<(), VerifyError> {
    verify_with(hs256(), token)
}

pub(crate) fn verify_with(keys: impl Into<KeySet>, token: &str) -> Result<(), VerifyError> {
    verifier(keys).verify::<()>(token).map(|_| ())
}

/// A test key's private JWK with other or further members; null takes a member away.
pub(crate) fn jwk(base: &str, changes: &[(&str, Value)]) -> String {
    let mut jwk: serde_json::Map<String, Value> = serde_json::from_str(base).unwrap();
    for (name, value) in changes {
        if value.is_null() {
            jwk.remove(*name)
        } else {
            jwk.insert((*name).into(), value.clone())
        };
    }
    Value::from(jwk).to_string()
}

/// The private members taken away.
pub(crate) fn public(base: &str) -> String {
    jwk(base, &["d", "p", "q", "dp", "dq", "qi"].map(|name| (name, Value::Null)))
}

/// A member of a JWK.
pub(crate) fn member(base: &str, name: &str) -> Vec<u8> {
    decode(serde_json::from_str::<Value>(base).unwrap()[name].as_str().unwrap())
}

pub(crate) fn rsa_key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_jwk_as(algorithm, RSA).unwrap()
}

/// The RSA test key's public half as PEM.
pub(crate) fn rsa_pem() -> String {
    rsa_key(Algorithm::RS256).verifying_key().to_pem().unwrap()
}

/// The key of RFC 7515 A.2, 2048 bits.
pub(crate) const RSA: &str = r#"{"kty":"RSA","e":"AQAB",
"n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
"d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
"p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
"q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
"dp":"BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
"dq":"h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
"qi":"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"}"#;

/// The key of RFC 7515 A.3, on P-256.
pub(crate) const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

/// The key of RFC 7515 A.4, on P-521.
pub(crate) const P521: &str = r#"{"kty":"EC","crv":"P-521",
"x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
"y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
"d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}"#;

/// A key on P-384: the point of the scalar 12345.
pub(crate) const P384_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE6GuZXjUOTTEqlaa31djNzbRoL1iIAKHN
bJcuHcsqWsONkARpUbA8yzsXmon9qIsbSFufLB9EsN1Bzm48OmkLv6q+weH/Su+y
Rh/dpmKb7L1Dz3TBPYwaFiVhIkPwBGFI
-----END PUBLIC KEY-----
";

/// A key on secp256k1, which no algorithm here takes: the point of the scalar 12345.
pub(crate) const K256_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE8B1rkBirQh3UEEBMuGkHIGVSK/hXNACP
EFzzhaAjqA8OuinQ8MVAjtaBmE3FJZgqvvzNn3/wHdJtpJmc8/ailQ==
-----END PUBLIC KEY-----
";
pub(crate) const K256_JWK: &str = r#"{"kty":"EC","crv":"secp256k1","x":"8B1rkBirQh3UEEBMuGkHIGVSK_hXNACPEFzzhaAjqA8",
"y":"Drop0PDFQI7WgZhNxSWYKr78zZ9_8B3SbaSZnPP2opU"}"#;

/// The key of RFC 8037 appendix A.
pub(crate) const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// A self-signed certificate of the P-256 key.
pub(crate) const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIUSFdtmzJUCf2GkGBYnTfP5ujsTrIwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBdDAeFw0yNjExMjQwMjQxNDNaFw0zNjExMjEwMjQxNDNaMAwx
CjAIBgNVBAMMAXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR/zc4ncPbEXUGD
y+5v20t7WAczNXvp7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpG
IyiFiOWto1MwUTAdBgNVHQ4EFgQUzo0Wsckzjrf+OXmZrkW+7j+1hoYwHwYDVR0j
BBgwFoAUzo0Wsckzjrf+OXmZrkW+7j+1hoYwDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiALRSGY5rBKE1PVD+xTtaBHdTde2D0yXjS9+9nxCnbxmAIh
AJWOuvH2M6IPAkhAZ7tlDYZLcCERuDxQZHrh5Yki+/P1
-----END CERTIFICATE-----
";

/// The same keys as OpenSSH writes them.
pub(crate) const SSH: [&str; 3] = [
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCh+BYK4uPJtGXOjS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxLaYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNnjuygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkftoaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHgVFbK5emh",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBH/Nzidw9sRdQYPL7m/bS3tYBzM1e+nvE7rPbjx70VRFx/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0=",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
];
