//! Rows 21 to 26: the token's outer form.

use std::time::Duration;

use jwtward::{Algorithm, JwtVerifier, KeyError, Malformed, SigningKey, UnverifiedJws, VerifyError, VerifyingKey};

use crate::support::{
    CERTIFICATE, CLAIMS, NOW, at, encode, hs256, mac, signed, verify, with_header, with_payload, with_segments,
};

const BASE64: Result<(), VerifyError> = Err(VerifyError::Malformed(Malformed::Base64));
const SEGMENTS: Result<(), VerifyError> = Err(VerifyError::Malformed(Malformed::Segments));

/// A valid token's three segments.
fn parts() -> [String; 3] {
    let token = with_payload(CLAIMS);
    let parts: Vec<String> = token.split('.').map(String::from).collect();
    parts.try_into().unwrap()
}

#[test]
fn a21_what_is_not_base64url_in_any_segment() {
    for segment in 0..3 {
        let honest = parts()[segment].clone();
        let (head, tail) = honest.split_at(4);
        for wrong in [
            format!("{honest}="),
            format!("{honest}=="),
            format!("{honest}%3D"),
            format!("{head}+{}", &tail[1..]),
            format!("{head}/{}", &tail[1..]),
            format!("{honest}?"),
            format!("{honest}#"),
            format!("{honest}~"),
            format!(" {honest}"),
            format!("{honest} "),
            format!("{head} {tail}"),
            format!("{head}\n{tail}"),
            format!("{head}\r\n{tail}"),
            format!("{honest}\n"),
            format!("{honest}\t"),
            format!("{honest}\0"),
            format!("{head}\u{b}{tail}"),
            format!("{honest}\u{e9}"),
            format!("{head}\u{a0}{tail}"),
            format!("{head}\u{200b}{tail}"),
            format!("\u{feff}{honest}"),
            format!("\u{ff21}{}", &honest[1..]),
        ] {
            let mut parts = parts();
            parts[segment] = wrong;
            assert_eq!(verify(&parts.join(".")), BASE64, "{parts:?}");
            // Even when it is what was signed.
            if segment < 2 {
                assert_eq!(verify(&with_segments(&parts[0], &parts[1])), BASE64, "{parts:?}");
            }
        }
    }
}

#[test]
fn a21_a_length_of_one_modulo_four() {
    for segment in 0..3 {
        let mut parts = parts();
        while parts[segment].len() % 4 != 1 {
            parts[segment].push('A');
        }
        assert_eq!(verify(&parts.join(".")), BASE64);
    }
    assert_eq!(verify(&with_segments(&encode(r#"{"alg":"HS256"}"#), "A")), BASE64);
}

#[test]
fn a21_trailing_bits_that_are_not_zero() {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 15 and 16 octets, and a MAC of 32: one, two and one octets in the last group.
    let payload = r#"{"exp":1000900}"#;
    for (header, payload) in [
        (r#"{"alg":"HS256"} "#, payload.to_string()),
        (r#"{"alg":"HS256"}  "#, format!("{payload} ")),
        (r#"{"alg":"HS256"} "#, format!("{payload}  ")),
    ] {
        let token = signed(header, payload);
        assert_eq!(verify(&token), Ok(()));
        for segment in 0..3 {
            let mut parts: Vec<String> = token.split('.').map(String::from).collect();
            let unused = match parts[segment].len() % 4 {
                2 => 15,
                3 => 3,
                _ => continue,
            };
            let last = parts[segment].pop().unwrap();
            let index = ALPHABET.find(last).unwrap();
            for bits in 1..=unused {
                // The same octets to a decoder that drops the bits: a second text for one signature.
                parts[segment].push(char::from(ALPHABET.as_bytes()[index | bits]));
                assert_eq!(verify(&parts.join(".")), BASE64, "{segment} {bits}");
                if segment < 2 {
                    assert_eq!(verify(&with_segments(&parts[0], &parts[1])), BASE64, "{segment} {bits}");
                }
                parts[segment].pop();
            }
        }
    }
}

#[test]
fn a22_other_than_three_segments() {
    let [header, payload, signature] = parts();
    for wrong in [
        format!("{header}{payload}{signature}"),
        format!("{header}.{payload}"),
        format!("{payload}.{signature}"),
        format!("{header}.{payload}.{signature}."),
        format!(".{header}.{payload}.{signature}"),
        format!("{header}..{payload}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        ".......".into(),
        "........".into(),
    ] {
        assert_eq!(verify(&wrong), SEGMENTS, "{wrong}");
    }
}

#[test]
fn a22_an_empty_segment() {
    let [header, payload, signature] = parts();
    assert_eq!(verify(&format!(".{payload}.{signature}")), SEGMENTS);
    assert_eq!(verify(&format!("{header}.{payload}.")), SEGMENTS);
    assert_eq!(verify(&format!("{header}..")), SEGMENTS);
    assert_eq!(verify(&format!("..{signature}")), SEGMENTS);
    assert_eq!(verify(&format!(".{payload}.")), SEGMENTS);
    // An empty payload is a JWS, never a JWT: refused once the signature is known to hold, and before by a wrong one.
    assert_eq!(verify(&format!("{header}..{signature}")), Err(VerifyError::BadSignature));
    let empty = with_segments(&header, "");
    assert!(UnverifiedJws::parse(&empty, 8192).unwrap().verify(&hs256()).is_ok());
    let error = VerifyError::Malformed(Malformed::Payload(jwtward::JsonError::NotAnObject));
    assert_eq!(verify(&empty), Err(error));
}

#[test]
fn a22_shorter_than_any_token() {
    for short in ["", ".", "..", "...", "a.b.c", "e30..A", "      "] {
        assert_eq!(verify(short), Err(VerifyError::Malformed(Malformed::TooShort)), "{short:?}");
    }
    let missing = VerifyError::Malformed(Malformed::HeaderParameter("alg"));
    assert_eq!(verify("e30..AA"), Err(missing));
}

/// A verifier with the largest limit there is.
fn largest() -> JwtVerifier {
    let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience();
    builder.clock(at(NOW)).max_token_size(1 << 20).unwrap().build()
}

#[test]
fn a23_millions_of_dots() {
    let limit = UnverifiedJws::DEFAULT_MAX_SIZE;
    for size in [8193, 1_000_000, 10_000_000] {
        let dots = ".".repeat(size);
        assert_eq!(verify(&dots), Err(VerifyError::Malformed(Malformed::TooLarge { size, limit })));
        let token = format!("{}{dots}", with_payload(CLAIMS));
        let size = token.len();
        assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::TooLarge { size, limit })));
    }
    assert_eq!(verify(&".".repeat(8192)), SEGMENTS);
    // As many as the largest limit admits: the third dot ends the search.
    let dots = ".".repeat(1 << 20);
    assert_eq!(largest().verify::<()>(&dots).map(|_| ()), SEGMENTS);
    assert_eq!(largest().verify::<()>(&format!("a{}", &dots[1..])).map(|_| ()), SEGMENTS);
    let size = (1 << 20) + 1;
    let error = Err(VerifyError::Malformed(Malformed::TooLarge { size, limit: 1 << 20 }));
    assert_eq!(largest().verify::<()>(&".".repeat(size)).map(|_| ()), error);
}

#[test]
fn a23_megabytes_of_one_segment() {
    let [header, payload, signature] = parts();
    let much = "A".repeat(5_000_000);
    for token in [
        format!("{much}.{payload}.{signature}"),
        format!("{header}.{much}.{signature}"),
        format!("{header}.{payload}.{much}"),
        much.clone(),
        "=".repeat(5_000_000),
    ] {
        let error = Malformed::TooLarge { size: token.len(), limit: 8192 };
        assert_eq!(verify(&token), Err(VerifyError::Malformed(error)));
        assert_eq!(UnverifiedJws::parse(&token, 8192).unwrap_err(), error);
        assert_eq!(UnverifiedJws::parse_detached(&token, b"", 8192).unwrap_err(), error);
        assert_eq!(UnverifiedJws::parse_rfc7797(&token, None, 8192).unwrap_err(), error);
    }
    // Within the largest limit, the header has its own.
    let much = &much[..1_000_000];
    let token = format!("{much}.{payload}.{signature}");
    let error = VerifyError::Malformed(Malformed::HeaderTooLarge);
    assert_eq!(largest().verify::<()>(&token).map(|_| ()), Err(error));
    let long = format!("{}.{payload}.{signature}", encode(format!(r#"{{"alg":"HS256","x":"{}"}}"#, "A".repeat(3072))));
    assert_eq!(verify(&long), Err(error));
    // A signature of a megabyte is of the wrong length.
    let token = format!("{header}.{payload}.{much}");
    assert_eq!(largest().verify::<()>(&token).map(|_| ()), Err(VerifyError::BadSignature));
}

#[test]
fn a23_the_limit_itself_is_accepted() {
    let size = with_payload(CLAIMS).len();
    let verifier = |limit| {
        let builder = JwtVerifier::builder(hs256()).ignore_issuer().ignore_audience().clock(at(NOW));
        builder.leeway(Duration::ZERO).unwrap().max_token_size(limit).unwrap().build()
    };
    let token = with_payload(CLAIMS);
    assert_eq!(verifier(size).verify::<()>(&token).map(|_| ()), Ok(()));
    let error = Malformed::TooLarge { size, limit: size - 1 };
    assert_eq!(verifier(size - 1).verify::<()>(&token).map(|_| ()), Err(VerifyError::Malformed(error)));
}

#[test]
fn a24_the_json_serialization_in_place_of_a_compact_token() {
    let [header, payload, signature] = parts();
    let token = parts().join(".");
    for json in [
        format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#),
        format!(r#"{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#),
        format!(r#"{{"payload":"{payload}","header":{{"alg":"HS256"}},"signature":"{signature}"}}"#),
        format!(r#"["{header}","{payload}","{signature}"]"#),
    ] {
        assert_eq!(verify(&json), SEGMENTS, "{json}");
    }
    // CVE-2022-39227: JSON to one parser, three segments to the other.
    for json in [
        format!(r#"{{"{token}":"","protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#),
        format!(r#"  {{"{header}.{payload}.": "", "signature": "{signature}"}}"#),
        format!(r#"{{"x":"{token}"}}"#),
        format!(r#""{token}""#),
    ] {
        assert_eq!(verify(&json), BASE64, "{json}");
    }
}

#[test]
fn a24_a_token_with_something_around_it() {
    let token = parts().join(".");
    assert_eq!(verify(&token), Ok(()));
    for wrong in [
        format!("Bearer {token}"),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("\"{token}\""),
        format!("{token},"),
        format!("{token}?x=1"),
        format!("{token}\0"),
        format!("\u{feff}{token}"),
    ] {
        assert_eq!(verify(&wrong), BASE64, "{wrong:?}");
    }
    assert_eq!(verify(&format!("{token},{token}")), SEGMENTS);
}

#[test]
fn a24_a_pem_file_of_several_blocks() {
    // One reader takes the first, another the last.
    let [a, b] = [0, 1].map(|_| SigningKey::generate(Algorithm::ES256).unwrap().verifying_key().to_pem().unwrap());
    for pem in [format!("{a}{b}"), format!("{a}\n{b}"), format!("{CERTIFICATE}{a}"), format!("{a}{CERTIFICATE}")] {
        assert_eq!(VerifyingKey::from_pem(Algorithm::ES256, &pem).unwrap_err(), KeyError::Pem);
    }
}

/// Older tools write the curve's parameters before the key, and that block is skipped; nothing else may be.
#[test]
fn a24_a_pem_file_with_a_key_before_the_curve_parameters() {
    let [a, b] = [0, 1].map(|_| SigningKey::generate(Algorithm::ES256).unwrap().verifying_key().to_pem().unwrap());
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    assert!(VerifyingKey::from_pem(Algorithm::ES256, &format!("{parameters}{b}")).is_ok());
    for pem in [format!("{a}{parameters}{b}"), format!("{a}-----END EC PARAMETERS-----\n{b}")] {
        assert_eq!(VerifyingKey::from_pem(Algorithm::ES256, &pem).map(|_| ()), Err(KeyError::Pem), "{pem}");
    }
}

#[test]
fn a25_a_jwe_of_five_segments() {
    for header in [r#"{"alg":"dir","enc":"A256GCM"}"#, r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, r#"{"alg":"HS256"}"#] {
        let jwe = format!("{}.{}.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", encode(header), encode([7; 32]));
        assert_eq!(verify(&jwe), SEGMENTS, "{header}");
        assert_eq!(verify(&jwe.replace(&encode([7; 32]), "")), SEGMENTS, "{header}");
    }
    // A JWE's header over three segments names no signature algorithm.
    let token = with_header(r#"{"alg":"dir","enc":"A256GCM"}"#);
    assert_eq!(verify(&token), Err(VerifyError::AlgorithmMismatch));
}

#[test]
fn a25_a_nested_jwt() {
    let inner = with_payload(CLAIMS);
    for cty in ["JWT", "jwt", "Jwt", "application/jwt", "APPLICATION/JWT", "J\\u0057T"] {
        let header = format!(r#"{{"alg":"HS256","cty":"{cty}"}}"#);
        let nested = Err(VerifyError::Malformed(Malformed::Nested));
        assert_eq!(verify(&signed(&header, &inner)), nested, "{cty}");
        assert_eq!(verify(&signed(&header, CLAIMS)), nested, "{cty}");
    }
    // Without the header's word, the payload is simply no object.
    let error = VerifyError::Malformed(Malformed::Payload(jwtward::JsonError::NotAnObject));
    assert_eq!(verify(&with_payload(&inner)), Err(error));
    let cty = with_header(r#"{"alg":"HS256","cty":5}"#);
    assert_eq!(verify(&cty), Err(VerifyError::Malformed(Malformed::HeaderParameter("cty"))));
}

#[test]
fn a25_a_compressed_token() {
    for zip in [r#""DEF""#, r#""GZIP""#, "null", "false", "[]"] {
        let token = with_header(format!(r#"{{"alg":"HS256","zip":{zip}}}"#));
        assert_eq!(verify(&token), Err(VerifyError::Malformed(Malformed::Compressed)), "{zip}");
    }
}

#[test]
fn a26_b64_in_a_jwt() {
    let unencoded = VerifyError::Malformed(Malformed::UnencodedPayload);
    let not_understood = VerifyError::Malformed(Malformed::CriticalNotUnderstood);
    for (header, error) in [
        (r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, not_understood),
        (r#"{"alg":"HS256","b64":true,"crit":["b64"]}"#, not_understood),
        (r#"{"alg":"HS256","b64":false}"#, unencoded),
        (r#"{"alg":"HS256","b64":true}"#, unencoded),
        (r#"{"alg":"HS256","\u0062\u0036\u0034":false}"#, unencoded),
        (r#"{"alg":"HS256","b64":"false"}"#, VerifyError::Malformed(Malformed::HeaderParameter("b64"))),
        (r#"{"alg":"HS256","b64":null}"#, VerifyError::Malformed(Malformed::HeaderParameter("b64"))),
        (r#"{"alg":"HS256","b64":0}"#, VerifyError::Malformed(Malformed::HeaderParameter("b64"))),
    ] {
        assert_eq!(verify(&with_header(header)), Err(error), "{header}");
        // Before any work on the payload: one that is not base64url changes nothing.
        assert_eq!(verify(&with_segments(&encode(header), "$.02")), SEGMENTS, "{header}");
        assert_eq!(verify(&with_segments(&encode(header), "$02")), Err(error), "{header}");
    }
}

#[test]
fn a26_b64_at_the_jws_layer_needs_its_own_call() {
    let payload = b"$.02";
    let header = encode(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let input = [header.as_bytes(), b".", payload].concat();
    let token = format!("{header}..{}", encode(mac(jwtward::Algorithm::HS256, crate::support::SECRET, &input)));
    let refused = Malformed::CriticalNotUnderstood;
    assert_eq!(UnverifiedJws::parse(&token, 8192).unwrap_err(), refused);
    assert_eq!(UnverifiedJws::parse_detached(&token, payload, 8192).unwrap_err(), refused);
    assert_eq!(UnverifiedJws::parse_rfc7797(&token, None, 8192).unwrap_err(), Malformed::UnencodedPayload);
    let asked = UnverifiedJws::parse_rfc7797(&token, Some(payload), 8192).unwrap();
    assert_eq!(asked.verify(&hs256()).unwrap().payload(), payload);
    // Without `crit`, another reader would not know that it must understand it.
    for header in [r#"{"alg":"HS256","b64":false}"#, r#"{"alg":"HS256","b64":true}"#] {
        let token = format!("{}..AAAA", encode(header));
        let error = UnverifiedJws::parse_rfc7797(&token, Some(payload), 8192).unwrap_err();
        assert_eq!(error, Malformed::Critical, "{header}");
    }
}

#[test]
fn a26_a_detached_payload_does_not_replace_one_that_is_there() {
    let token = with_payload(CLAIMS);
    assert_eq!(UnverifiedJws::parse_detached(&token, b"other", 8192).unwrap_err(), Malformed::NotDetached);
    assert_eq!(UnverifiedJws::parse_detached(&token, CLAIMS.as_bytes(), 8192).unwrap_err(), Malformed::NotDetached);
    assert_eq!(UnverifiedJws::parse_rfc7797(&token, Some(b"other"), 8192).unwrap_err(), Malformed::NotDetached);
}
