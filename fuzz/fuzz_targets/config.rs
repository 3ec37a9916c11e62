//! Configurations: what is accepted is written as JSON that is read back as the same; no inline secret shows in what is written, in
//! `Debug`, or in the error when a provider is made of it.
#![no_main]

use jwtward::{ProviderConfig, TokenProvider};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Stands for each inline secret.
const CANARY: &str = "canary-0123456789-abcdefghijklmnopqrstuvwxyz-canary";
/// The members that hold a secret themselves, whatever source they are in.
const INLINE: [&str; 4] = ["password", "passwordBase64", "key", "keyBase64"];
/// The members that send to the outside, where a fuzz target must not go.
const OUTSIDE: [&str; 8] = [
    "passwordEnvVar",
    "passwordEnvVarBase64",
    "passwordFile",
    "passwordFileBase64",
    "keyEnvVar",
    "keyEnvVarBase64",
    "keyFile",
    "keyFileBase64",
];

fuzz_target!(|text: &str| {
    let config = match ProviderConfig::from_json(text) {
        Ok(config) => config,
        // The name of a member is shown, no value.
        Err(error) => {
            let _ = format!("{error} {error:?}");
            return;
        }
    };
    let written = write(&config);
    let again = ProviderConfig::from_json(&written).expect("what was written is read");
    assert_eq!(write(&again), written);

    let mut value: Value = serde_json::from_str(text).expect("what is accepted is JSON");
    let members = value.as_object_mut().expect("a configuration is an object");
    let mut secrets = 0;
    let mut outside = false;
    for source in members.values_mut().filter_map(Value::as_object_mut) {
        outside |= OUTSIDE.iter().any(|name| source.contains_key(*name));
        for (name, value) in source.iter_mut() {
            if INLINE.contains(&name.as_str()) && value.is_string() {
                *value = CANARY.into();
                secrets += 1;
            }
        }
    }
    if secrets > 0 {
        assert_hidden(members, &written);
        let config = ProviderConfig::from_json(&value.to_string()).expect("another secret is as good");
        assert!(!format!("{config:?}{config:#?}").contains(CANARY));
        assert_eq!(write(&config), written, "the secret makes no difference to what is written");
        if !outside {
            check_provider(config);
        }
    } else if !outside {
        check_provider(config);
    }
});

fn write(config: &ProviderConfig) -> String {
    serde_json::to_string(config).expect("a configuration is written")
}

/// No source in what is written has an inline member.
fn assert_hidden(given: &serde_json::Map<String, Value>, written: &str) {
    let written: Value = serde_json::from_str(written).expect("JSON");
    for name in given.keys() {
        if let Some(source) = written.get(name).and_then(Value::as_object) {
            assert!(INLINE.iter().all(|inline| !source.contains_key(*inline)));
        }
    }
}

/// Making a provider may fail, without a word of the secret.
fn check_provider(config: ProviderConfig) {
    let shown = match TokenProvider::without_store(config) {
        Ok(provider) => format!("{provider:?}"),
        Err(error) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error} {error:?} {source:?}")
        }
    };
    assert!(!shown.contains(CANARY));
}
