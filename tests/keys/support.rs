//! The key files, and what the tests do with them.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use jwtward::{Algorithm, KeyError, SigningKey, VerifyingKey};
use serde_json::Value;

macro_rules! key_file {
    ($name:literal) => {
        include_str!(concat!("files/", $name))
    };
}

macro_rules! der {
    ($name:literal) => {
        include_bytes!(concat!("files/", $name)).as_slice()
    };
}

pub(crate) const RSA: &str = key_file!("rsa.pkcs8.pem");
pub(crate) const P256: &str = key_file!("p256.pkcs8.pem");
pub(crate) const ED25519: &str = key_file!("ed25519.pkcs8.pem");

/// The algorithms a family's key can have, its RFC 7638 thumbprint as computed by another program, and its files.
pub(crate) struct Fixture {
    pub(crate) algorithms: &'static [Algorithm],
    pub(crate) thumbprint: &'static str,
    pub(crate) private: &'static [&'static str],
    pub(crate) private_der: &'static [&'static [u8]],
    pub(crate) public: &'static [&'static str],
    pub(crate) public_der: &'static [&'static [u8]],
}

pub(crate) const FIXTURES: [Fixture; 5] = [
    Fixture {
        algorithms: &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        thumbprint: "60dNWr6mf225LBRRXhG07Mwl64Sf1wW6L2DjpBIyfsc",
        private: &[RSA, key_file!("rsa.pkcs1.pem")],
        private_der: &[der!("rsa.pkcs8.der"), der!("rsa.pkcs1.der")],
        public: &[key_file!("rsa.spki.pem"), key_file!("rsa.rsa-public.pem")],
        public_der: &[der!("rsa.spki.der"), der!("rsa.rsa-public.der")],
    },
    Fixture {
        algorithms: &[Algorithm::ES256],
        thumbprint: "oy8ke-_oRzj5vVMrlGhlSU_81g8r98QJJ1PUsEyQR-0",
        private: &[
            P256,
            key_file!("p256.sec1.pem"),
            key_file!("p256.sec1-no-public.pem"),
            key_file!("p256.ecparam.pem"),
            key_file!("p256.text.pem"),
        ],
        private_der: &[der!("p256.pkcs8.der"), der!("p256.sec1.der")],
        public: &[key_file!("p256.spki.pem"), key_file!("p256.spki-compressed.pem")],
        public_der: &[der!("p256.spki.der")],
    },
    Fixture {
        algorithms: &[Algorithm::ES384],
        thumbprint: "8mT2CWNkSzSrwJQ-1Yasnyspg0EWTqVNbIvN2DLvLLw",
        private: &[key_file!("p384.pkcs8.pem"), key_file!("p384.sec1.pem"), key_file!("p384.ecparam.pem")],
        private_der: &[der!("p384.pkcs8.der"), der!("p384.sec1.der")],
        public: &[key_file!("p384.spki.pem")],
        public_der: &[der!("p384.spki.der")],
    },
    Fixture {
        algorithms: &[Algorithm::ES512],
        thumbprint: "bmslrPsg1xJx-LiVTVICEwzDOKMG-fbI_8M8kkOR-NU",
        private: &[key_file!("p521.pkcs8.pem"), key_file!("p521.sec1.pem"), key_file!("p521.ecparam.pem")],
        private_der: &[der!("p521.pkcs8.der"), der!("p521.sec1.der")],
        public: &[key_file!("p521.spki.pem")],
        public_der: &[der!("p521.spki.der")],
    },
    Fixture {
        algorithms: &[Algorithm::EdDSA, Algorithm::Ed25519],
        thumbprint: "_sAcgoaiOs42jkFDeaqyO_T1web3ETr0LFrKJrLQsNI",
        private: &[ED25519],
        private_der: &[der!("ed25519.pkcs8.der")],
        public: &[key_file!("ed25519.spki.pem")],
        public_der: &[der!("ed25519.spki.der")],
    },
];

/// Every way in which a tool or an editor may lay out the same PEM file.
pub(crate) fn layouts(pem: &str) -> Vec<String> {
    let trimmed = pem.trim_end();
    let mut all = vec![
        pem.to_owned(),
        pem.replace('\n', "\r\n"),
        trimmed.to_owned(),
        trimmed.replace('\n', "\r\n"),
        format!("\n\n{pem}"),
    ];
    // Text may stand before a key, but not before the parameters that stand before a key.
    if !pem.contains("EC PARAMETERS") {
        all.push(format!("Bag Attributes\n    friendlyName: test\nKey Attributes: <No Attributes>\n{pem}"));
        all.push(format!("The key of the test service.\r\n\r\n{}", pem.replace('\n', "\r\n")));
    }
    if let Some((label, der)) = decode(pem) {
        let body = Base64::encode_string(&der);
        for width in [76, 48] {
            let lines: Vec<&str> =
                body.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            all.push(armour(&label, &lines.join("\n")));
        }
    }
    all
}

/// The label and octets of a file that is one PEM block and nothing else.
pub(crate) fn decode(pem: &str) -> Option<(String, Vec<u8>)> {
    let label = pem.strip_prefix("-----BEGIN ")?.split_once("-----")?.0;
    let body = pem.split_once("-----\n")?.1.split_once("\n-----END ")?.0.replace('\n', "");
    (pem.matches("-----BEGIN").count() == 1).then(|| (label.to_owned(), Base64::decode_vec(&body).unwrap()))
}

pub(crate) fn armour(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

pub(crate) fn block(label: &str, der: &[u8]) -> String {
    let body = Base64::encode_string(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    armour(label, &lines.join("\n"))
}

pub(crate) fn signing(algorithm: Algorithm, pem: &str) -> Result<(), KeyError> {
    SigningKey::from_pem(algorithm, pem).map(|_| ())
}

pub(crate) fn verifying(algorithm: Algorithm, pem: &str) -> Result<(), KeyError> {
    VerifyingKey::from_pem(algorithm, pem).map(|_| ())
}

/// A private key's JWK, to be changed.
pub(crate) fn private_jwk(algorithm: Algorithm, pem: &str) -> Value {
    let key = SigningKey::from_pem(algorithm, pem).unwrap();
    serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap()
}

pub(crate) fn public_jwk(algorithm: Algorithm, pem: &str) -> Value {
    let key = SigningKey::from_pem(algorithm, pem).unwrap().verifying_key();
    serde_json::from_str(&key.to_jwk().unwrap().to_string()).unwrap()
}

pub(crate) fn with(jwk: &Value, members: &[(&str, Value)]) -> String {
    let mut jwk = jwk.clone();
    for (name, value) in members {
        jwk[*name] = value.clone();
    }
    jwk.to_string()
}

pub(crate) fn without(jwk: &Value, names: &[&str]) -> String {
    let mut jwk = jwk.clone();
    for name in names {
        jwk.as_object_mut().unwrap().remove(*name).unwrap();
    }
    jwk.to_string()
}

pub(crate) fn from_jwk(json: &str) -> Result<(), KeyError> {
    SigningKey::from_jwk(json).map(|_| ())
}

pub(crate) fn from_public_jwk(json: &str) -> Result<(), KeyError> {
    VerifyingKey::from_jwk(json).map(|_| ())
}

pub(crate) fn b64u(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

pub(crate) fn octets(jwk: &Value, name: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(jwk[name].as_str().unwrap()).unwrap()
}

/// The same octets but for one bit.
pub(crate) fn flipped(jwk: &Value, name: &str) -> Value {
    let mut octets = octets(jwk, name);
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    b64u(&octets).into()
}

pub(crate) use {der, key_file};
