//! What tokens and signatures are made of by hand, good ones and others.

use base64ct::{Base64UrlUnpadded, Encoding};

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(octets.as_ref())
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// A token of that header and payload, whatever they are, with the signature that `sign` makes.
pub(crate) fn token(
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// An INTEGER of DER.
pub(crate) fn der_integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|octet| *octet != 0).unwrap_or(number.len() - 1);
    let mut content = number[start..].to_vec();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    [&[2, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
}

/// Ed25519's order L, little-endian.
pub(crate) const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Ed25519's eight points of small order, y little-endian with x's sign, and encodings of them that are not canonical.
pub(crate) const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];
