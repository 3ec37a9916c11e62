//! What errors and `Debug` say, and what they never say.

use std::{fmt::Debug, time::Duration};

use jwtward::{
    Algorithm, Claim, ClaimError, Claims, ConfigError, InvalidKeyId, JsonError, JwsError, JwsSigner, JwtSigner,
    JwtVerifier, KeyError, KeyId, KeyLoader, KeySet, KeySetError, Malformed, NumericDate, PublicJwkSet, SignError,
    SigningFailed, SigningKey, SystemClock, UnverifiedJws, VerifyError, VerifyingKey,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{CLAIMS, ED25519, NOW, P256, RSA, at, encode, hs256, mac, rsa_key, token, verifier};

/// Every variant's text; only that of `SigningFailed`, which cannot be made from outside, is not here. A change of one is a
/// change that users see.
#[test]
fn error_texts_are_stable() {
    let date = NumericDate::from_secs(1);
    let skipped = KeySet::from_jwks(r#"{"keys":[{}]}"#).unwrap_err();
    let texts: Vec<(String, &str)> = vec![
        ("none".parse::<Algorithm>().unwrap_err().to_string(), "not the name of a supported signature algorithm"),
        (KeyId::new("").unwrap_err().to_string(), "a key identifier must have 1 to 256 octets"),
        (JsonError::Utf8.to_string(), "not utf-8"),
        (JsonError::Syntax.to_string(), "not well-formed json"),
        (JsonError::NotAnObject.to_string(), "not a json object"),
        (JsonError::DuplicateMember.to_string(), "a member name occurs twice"),
        (JsonError::TooDeep.to_string(), "nested too deep"),
        (JsonError::TooManyMembers.to_string(), "too many members in one object"),
        (JsonError::StringTooLong.to_string(), "a string is too long"),
        (JsonError::NumberTooLong.to_string(), "a number is too long"),
        (JsonError::NumberOutOfRange.to_string(), "a number is out of range"),
        (JsonError::LoneSurrogate.to_string(), "a string holds a lone surrogate"),
        (Malformed::TooShort.to_string(), "the token is too short"),
        (Malformed::TooLarge { size: 9, limit: 8 }.to_string(), "the token has 9 octets, more than the limit of 8"),
        (Malformed::Segments.to_string(), "the token does not consist of three segments, or one is empty"),
        (Malformed::HeaderTooLarge.to_string(), "the token's header is too large"),
        (Malformed::Base64.to_string(), "a segment of the token is not canonical base64url"),
        (Malformed::Header(JsonError::Syntax).to_string(), "the token's header is not acceptable json"),
        (Malformed::HeaderParameter("alg").to_string(), "the header parameter alg is missing or of the wrong type"),
        (Malformed::Critical.to_string(), "the header parameter crit is malformed"),
        (Malformed::CriticalNotUnderstood.to_string(), "the header demands an extension that is not understood"),
        (Malformed::UnencodedPayload.to_string(), "the header parameter b64 is not allowed here"),
        (Malformed::Compressed.to_string(), "compressed tokens are not accepted"),
        (Malformed::Nested.to_string(), "nested tokens are not accepted"),
        (Malformed::NotDetached.to_string(), "the token has a payload of its own"),
        (Malformed::Payload(JsonError::NotAnObject).to_string(), "the token's payload is not acceptable json"),
        (JwsError::Malformed(Malformed::Base64).to_string(), "a segment of the token is not canonical base64url"),
        (JwsError::NoMatchingKey.to_string(), "no key matches the token"),
        (JwsError::AlgorithmMismatch.to_string(), "the token's algorithm is not the key's"),
        (JwsError::BadSignature.to_string(), "the signature is not valid"),
        (VerifyError::Malformed(Malformed::TooShort).to_string(), "the token is too short"),
        (VerifyError::NoMatchingKey.to_string(), "no key matches the token"),
        (VerifyError::AlgorithmMismatch.to_string(), "the token's algorithm is not the key's"),
        (VerifyError::TokenType.to_string(), "the token's typ is not the expected one"),
        (VerifyError::BadSignature.to_string(), "the signature is not valid"),
        (VerifyError::Claim(ClaimError::CustomType).to_string(), "the custom claims are not of the expected type"),
        (ClaimError::Expired { exp: date, now: date }.to_string(), "the token has expired"),
        (ClaimError::NotYetValid { nbf: date, now: date }.to_string(), "the token is not valid yet"),
        (ClaimError::IssuedInFuture { iat: date, now: date }.to_string(), "the token was issued in the future"),
        (ClaimError::TooOld { iat: date, now: date }.to_string(), "the token was issued too long ago"),
        (ClaimError::LivesTooLong { iat: date, exp: date }.to_string(), "the token lives longer than accepted"),
        (ClaimError::TooLong(Claim::TokenId).to_string(), "the claim jti is too long"),
        (ClaimError::Missing(Claim::Issuer).to_string(), "the claim iss is missing"),
        (ClaimError::Type(Claim::Audience).to_string(), "the claim aud is not of its type"),
        (ClaimError::Mismatch(Claim::Subject).to_string(), "the claim sub is not the expected one"),
        (ClaimError::MissingCustom("role").to_string(), "the claim role is missing"),
        (
            ClaimError::RegisteredInCustom(Claim::Subject).to_string(),
            "the custom claims' type asks for sub, which is read from the registered claims",
        ),
        (ClaimError::CustomType.to_string(), "the custom claims are not of the expected type"),
        (ClaimError::Rejected("no").to_string(), "the claims were rejected: no"),
        (Claim::ExpiresAt.to_string(), "exp"),
        (Claim::NotBefore.to_string(), "nbf"),
        (Claim::IssuedAt.to_string(), "iat"),
        (Claim::TokenId.to_string(), "jti"),
        (SignError::ReservedClaim(Claim::TokenId).to_string(), "the custom claims contain the registered claim jti"),
        (SignError::NotAnObject.to_string(), "the custom claims are not a json object"),
        (SignError::Json(JsonError::TooDeep).to_string(), "the claims could not be read back"),
        (SignError::Failed(SigningFailed::Key).to_string(), "the token could not be signed"),
        (SigningFailed::Key.to_string(), "the signature could not be made"),
        (SigningFailed::HeaderTooLarge.to_string(), "typ and kid are too long for a header"),
        (SignError::Serialize.to_string(), "the custom claims could not be serialised"),
        (
            SignError::TooLarge { size: 9, limit: 8 }.to_string(),
            "the token would have 9 octets, more than the limit of 8",
        ),
        (SignError::Random.to_string(), "the operating system's random source failed"),
        (ConfigError::Leeway.to_string(), "the leeway must not exceed 600 seconds"),
        (ConfigError::MaxTokenSize.to_string(), "the token size limit must be 1 octet to 1 MiB"),
        (ConfigError::Lifetime.to_string(), "the lifetime must be 1 second to 100 years"),
        (KeySetError::DuplicateKeyId.to_string(), "two keys of the set have the same kid"),
        (KeySetError::Mixed.to_string(), "the set mixes hmac keys with public keys"),
        (KeySetError::Secrets.to_string(), "the set holds hmac keys: load it by the call that is named for them"),
        (KeySetError::PublicKeys.to_string(), "the set holds public keys where hmac keys are expected"),
        (KeySetError::NothingUsable(Vec::new()).to_string(), "the set holds no usable key"),
        (skipped.to_string(), "the set holds no usable key"),
        (KeySetError::Json(JsonError::Syntax).to_string(), "not an acceptable jwk set"),
        (KeySetError::NotASet.to_string(), "not a jwk set"),
        (KeySetError::TooManyKeys.to_string(), "the set holds more than 64 keys"),
        (KeySetError::TooLarge { size: 9, limit: 8 }.to_string(), "the set has 9 octets, more than the limit of 8"),
    ];
    for (text, expected) in texts {
        assert_eq!(text, expected);
    }
}

#[test]
fn error_texts_of_keys_are_stable() {
    let texts: &[(KeyError, &str)] = &[
        (KeyError::AlgorithmDisabled(Algorithm::PS256), "the feature for PS256 is not built in"),
        (KeyError::AlgorithmRequired, "the jwk does not name its algorithm: name it when loading"),
        (KeyError::AlgorithmMismatch, "the jwk is bound to another algorithm"),
        (KeyError::WrongKeyType, "the key's type or curve does not fit the algorithm"),
        (
            KeyError::TooShort { got: 9, need: 32 },
            "the hmac secret has 9 octets, its hash 32: use a longer one (or, for old keys only, \
             KeyLoader::danger_allow_short_hmac_key)",
        ),
        (KeyError::SecretIsKey, "the hmac secret is itself a key, certificate or jwk, which others may know"),
        (
            KeyError::Modulus { bits: 1024 },
            "the rsa modulus has 1024 bits or is even: 2048 to 8192 and odd is accepted",
        ),
        (
            KeyError::Exponent,
            "the rsa public exponent is even, below 65537 or above 2^33 (small ones, for old keys only: \
             KeyLoader::danger_allow_small_rsa_exponent)",
        ),
        (KeyError::Point, "the public point is not a valid point of the curve"),
        (KeyError::PrivateValue, "the private values are out of range or contradict each other"),
        (KeyError::Mismatch, "the public and the private part do not belong together"),
        (KeyError::UseForbidden, "the jwk's use or key_ops forbid this use"),
        (KeyError::Json(JsonError::Syntax), "not an acceptable jwk"),
        (KeyError::Member("x"), "the jwk member x is missing or malformed"),
        (KeyError::Pem, "not a pem block"),
        (KeyError::Der, "not the expected der structure"),
        (
            KeyError::Certificate,
            "a certificate is not a key: check it first, then take its public key (openssl x509 -pubkey -noout)",
        ),
        (KeyError::Encrypted, "the private key is encrypted: decrypt it first (openssl pkey)"),
        (KeyError::UnsupportedFormat, "this kind of key is not supported"),
        (KeyError::PrivateKey, "a private key stands where a public one is expected"),
        (KeyError::PublicKey, "a public key stands where a private one is expected"),
        (KeyError::Symmetric, "an hmac key has no public form"),
        (KeyError::KeyId, "the kid must have 1 to 256 octets"),
        (KeyError::TooLarge { size: 9, limit: 8 }, "the key has 9 octets, more than the limit of 8"),
        (KeyError::Random, "the operating system's random source failed"),
    ];
    for (error, expected) in texts {
        assert_eq!(error.to_string(), *expected, "{error:?}");
    }
}

#[test]
fn errors_are_small_and_plain() {
    fn plain<E: std::error::Error + Copy + Send + Sync>() {
        assert!(size_of::<E>() <= 96, "{}", size_of::<E>());
    }
    plain::<VerifyError>();
    plain::<KeyError>();
    plain::<SignError>();
    plain::<SigningFailed>();
    plain::<InvalidKeyId>();
    // It names the member of a configuration, so it is not copied; small and owned it is too.
    fn owned<E: std::error::Error + Clone + PartialEq + Send + Sync + 'static>() {
        assert!(size_of::<E>() <= 48, "{}", size_of::<E>());
    }
    owned::<ConfigError>();
}

/// What must not be seen, and every form in which it might be: as text, as base64url, as a list of octets, as hexadecimal.
struct Canary {
    forms: Vec<String>,
}

impl Canary {
    fn new(octets: &[u8]) -> Self {
        let list = |radix: fn(&u8) -> String| octets.iter().map(radix).collect::<Vec<_>>();
        let forms = vec![
            String::from_utf8_lossy(octets).into_owned(),
            encode(octets),
            list(|octet| octet.to_string()).join(", "),
            list(|octet| format!("{octet:02x}")).concat(),
            list(|octet| format!("{octet:02X}")).concat(),
            list(|octet| format!("0x{octet:02x}")).join(", "),
        ];
        Self { forms }
    }

    fn absent_from(&self, what: &str, text: &str) {
        for form in &self.forms {
            assert!(!text.contains(form.as_str()), "{what} shows {form}: {text}");
        }
    }

    /// Both `Debug` forms; the pretty one breaks lists over lines, so it is also read without its white space.
    fn absent_from_debug(&self, what: &str, value: &impl Debug) {
        self.absent_from(what, &format!("{value:?}"));
        let pretty = format!("{value:#?}");
        self.absent_from(what, &pretty);
        self.absent_from(what, &pretty.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

#[derive(Serialize, Deserialize)]
struct Role {
    role: String,
}

const CANARY: &str = "canary-9b1deb4d";

/// A secret with the canary at its beginning.
fn canary_secret() -> Vec<u8> {
    format!("{CANARY:<64}").into_bytes()
}

#[test]
fn debug_of_keys_shows_no_key_material() {
    let canary = Canary::new(CANARY.as_bytes());
    let hmac = SigningKey::from_secret(Algorithm::HS256, &canary_secret()).unwrap();
    canary.absent_from_debug("SigningKey", &hmac);
    canary.absent_from_debug("VerifyingKey", &hmac.verifying_key());
    canary.absent_from_debug("KeySet", &KeySet::of_secrets([hmac.verifying_key()]).unwrap());
    canary.absent_from_debug("JwsSigner", &JwsSigner::new(hmac.clone()));
    canary.absent_from_debug("JwtSigner", &JwtSigner::new(hmac.clone(), "iss", "aud", Duration::from_secs(1)).unwrap());
    canary.absent_from_debug("JwtVerifierBuilder", &JwtVerifier::builder(hmac.verifying_key()));
    canary.absent_from_debug("JwtVerifier", &verifier(hmac.verifying_key()));
    canary.absent_from_debug("KeyLoader", &KeyLoader::new(Algorithm::HS256));
    canary.absent_from_debug("SecretString", &hmac.danger_export_private_jwk().unwrap());
    canary.absent_from_debug("SystemClock", &SystemClock);
    for (algorithm, private, names) in [
        (Algorithm::RS256, RSA, &["d", "p", "q", "dp", "dq", "qi"][..]),
        (Algorithm::ES256, P256, &["d"]),
        (Algorithm::EdDSA, ED25519, &["d"]),
    ] {
        let key = SigningKey::from_jwk_as(algorithm, private).unwrap();
        for name in names {
            // The first octets, so that a shortened form would be found as well.
            let canary = Canary::new(&crate::support::member(private, name)[..9]);
            canary.absent_from_debug("SigningKey", &key);
            canary.absent_from_debug("VerifyingKey", &key.verifying_key());
            canary.absent_from_debug("PublicJwkSet", &PublicJwkSet::new([&key.verifying_key()]).unwrap());
            canary.absent_from_debug("SecretString", &key.danger_export_private_pem().unwrap());
            canary.absent_from_debug("SecretString", &key.danger_export_private_jwk().unwrap());
            canary.absent_from_debug("JwsSigner", &JwsSigner::new(key.clone()));
        }
    }
}

/// A token with the canary in its claims, valid at [`NOW`].
fn canary_token() -> String {
    let claims = json!({
        "exp": NOW + 900, "iss": CANARY, "sub": CANARY, "aud": [CANARY], "jti": CANARY, "role": CANARY, CANARY: CANARY,
    });
    crate::support::with_payload(claims.to_string())
}

#[test]
fn debug_of_a_verified_token_shows_no_claim() {
    let canary = Canary::new(CANARY.as_bytes());
    let jwt = verifier(hs256()).verify::<Role>(&canary_token()).unwrap();
    assert_eq!(jwt.custom().role, CANARY);
    canary.absent_from_debug("ValidatedJwt", &jwt);
    canary.absent_from_debug("Claims", jwt.claims());
    let claims =
        Claims::new(Role { role: CANARY.into() }).with_issuer(CANARY).with_subject(CANARY).with_audience(CANARY);
    canary.absent_from_debug("Claims", &claims.with_token_id(CANARY));
}

/// A token is a credential: whoever reads it in a log can use it until it expires.
#[test]
fn debug_of_a_parsed_token_shows_nothing_that_can_be_replayed() {
    let token = canary_token();
    let (claims, signature) = (Canary::new(CANARY.as_bytes()), token.rsplit_once('.').unwrap().1);
    let signature = Canary::new(&crate::support::decode(signature)[..9]);
    let input = Canary::new(&token.split('.').nth(1).unwrap().as_bytes()[..12]);
    let parsed = UnverifiedJws::parse(&token, 8192).unwrap();
    for canary in [&claims, &signature, &input] {
        canary.absent_from_debug("UnverifiedJws", &parsed);
    }
    let verified = parsed.verify(&hs256()).unwrap();
    for canary in [&claims, &signature, &input] {
        canary.absent_from_debug("VerifiedJws", &verified);
    }
}

/// Every refusal of a hostile token, with the canary where it can be.
fn token_errors() -> Vec<(String, VerifyError)> {
    let verify = |token: &str| verifier(hs256()).verify::<Role>(token).map(|_| ());
    let claims = json!({"exp": NOW + 900, "role": CANARY});
    let signed = |header: serde_json::Value, claims: &str| crate::support::signed(header.to_string(), claims);
    let mut tokens = vec![
        CANARY.to_string(),
        format!("{CANARY}.{CANARY}.{CANARY}"),
        format!("{}.{CANARY}.{CANARY}", encode(CANARY)),
        CANARY.repeat(1000),
        signed(json!({"alg": CANARY}), CLAIMS),
        signed(json!({"alg": "HS256", "typ": CANARY}), CLAIMS),
        signed(json!({"alg": "HS256", "crit": [CANARY], CANARY: 1}), CLAIMS),
        signed(json!({"alg": "HS256", "cty": "JWT", "kid": CANARY}), CLAIMS),
        signed(json!({"alg": ["HS256"], "kid": CANARY}), CLAIMS),
        token(json!({"alg": "HS256", "kid": CANARY}).to_string(), claims.to_string(), |input| {
            mac(Algorithm::HS256, &canary_secret(), input)
        }),
    ];
    for payload in [
        format!(r#"{{"exp":1000900,"{CANARY}":1,"{CANARY}":2}}"#),
        format!(r#"{{"exp":"{CANARY}"}}"#),
        format!(r#"{{"exp":1,"sub":"{CANARY}"}}"#),
        format!(r#"{{"exp":1000900,"aud":{{"{CANARY}":1}}}}"#),
        format!(r#"{{"exp":1000900,"role":["{CANARY}"]}}"#),
        format!(r#"{{"exp":1000900,"{CANARY}":"{CANARY}"}}"#),
        format!(r#"{{"exp":1000900,"role":"{CANARY}"#),
        format!(r#""{CANARY}""#),
    ] {
        tokens.push(crate::support::with_payload(payload));
    }
    tokens.into_iter().map(|token| (token.clone(), verify(&token).expect_err(&token))).collect()
}

#[test]
fn errors_about_tokens_show_nothing_of_them() {
    let canary = Canary::new(CANARY.as_bytes());
    for (token, error) in token_errors() {
        canary.absent_from("an error", &error.to_string());
        canary.absent_from_debug(&token, &error);
    }
}

#[test]
fn errors_about_keys_show_nothing_of_them() {
    let canary = Canary::new(CANARY.as_bytes());
    let show = |what: &str, error: KeyError| {
        canary.absent_from(what, &error.to_string());
        canary.absent_from_debug(what, &error);
    };
    let secret = canary_secret();
    show("a short secret", SigningKey::from_secret(Algorithm::HS512, &secret[..20]).unwrap_err());
    show(
        "a pem secret",
        SigningKey::from_secret(Algorithm::HS256, format!("-----BEGIN {CANARY}").as_bytes()).unwrap_err(),
    );
    for pem in [
        CANARY.to_string(),
        format!("-----BEGIN {CANARY}-----\nAAAA\n-----END {CANARY}-----\n"),
        format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"),
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", encode(CANARY)),
    ] {
        show("pem", SigningKey::from_pem(Algorithm::ES256, &pem).unwrap_err());
        show("pem", VerifyingKey::from_pem(Algorithm::ES256, &pem).unwrap_err());
        show("der", SigningKey::from_der(Algorithm::RS256, pem.as_bytes()).unwrap_err());
        show("der", VerifyingKey::from_der(Algorithm::RS256, pem.as_bytes()).unwrap_err());
    }
    for jwk in [
        json!({"kty": CANARY}),
        json!({"kty": "EC", "crv": CANARY, "x": CANARY, "y": CANARY, "d": CANARY}),
        json!({"kty": "EC", "crv": "P-256", "x": encode(CANARY), "y": encode(CANARY), "d": encode(CANARY)}),
        json!({"kty": "RSA", "alg": CANARY, "n": CANARY, "e": "AQAB", "d": CANARY}),
        json!({"kty": "oct", "alg": "HS256", "k": encode(CANARY)}),
        json!({"kty": "oct", "alg": "HS256", "k": CANARY.repeat(5000)}),
        json!({"kty": "OKP", "crv": "Ed25519", "d": encode(CANARY), "x": encode(CANARY), "kid": CANARY, "use": CANARY}),
        json!([CANARY]),
    ] {
        let jwk = jwk.to_string();
        show("jwk", SigningKey::from_jwk(&jwk).unwrap_err());
        show("jwk", VerifyingKey::from_jwk(&jwk).unwrap_err());
        let error = KeySet::from_jwks(&format!(r#"{{"keys":[{jwk}]}}"#)).unwrap_err();
        canary.absent_from("a set", &error.to_string());
        canary.absent_from_debug("a set", &error);
    }
    let error = KeySet::from_jwks(&json!({CANARY: CANARY}).to_string()).unwrap_err();
    canary.absent_from_debug("a set", &error);
    let rsa = rsa_key(Algorithm::RS256);
    show("a mismatch", rsa.check_public(&hs256()).unwrap_err());
}

#[test]
fn errors_about_signing_show_nothing_of_the_claims() {
    let canary = Canary::new(CANARY.as_bytes());
    let key = SigningKey::from_secret(Algorithm::HS256, &canary_secret()).unwrap();
    let signer = JwtSigner::new(key, CANARY, CANARY, Duration::from_secs(900)).unwrap().clock(at(NOW));
    for custom in [json!({"exp": CANARY, CANARY: 1}), json!([CANARY]), json!({"x": CANARY.repeat(6000)}), json!(CANARY)]
    {
        let error = signer.sign(CANARY, &custom).unwrap_err();
        canary.absent_from("an error", &error.to_string());
        canary.absent_from_debug("an error", &error);
    }
}
