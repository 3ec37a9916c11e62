//! An issuer's metadata: what gives the URL of the keys is JSON in which serde_json finds that issuer and the same URL; and it gives
//! none for an issuer of another name.
#![no_main]

use jwtward::fuzzing;
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "https://a.example/b";

fuzz_target!(|data: &[u8]| {
    let Some(uri) = fuzzing::jwks_uri(data, ISSUER) else { return };
    let value: serde_json::Value = serde_json::from_slice(data).unwrap();
    assert_eq!(value["issuer"], ISSUER);
    assert_eq!(value["jwks_uri"], *uri);
    for other in ["https://a.example/b/", "https://a.example/B", "https://a.example", ""] {
        assert_eq!(fuzzing::jwks_uri(data, other), None);
    }
});
