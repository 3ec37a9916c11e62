//! A canary in every place where a secret can be, looked for in everything that any public type shows: `Debug`, `Display`, causes of
//! errors, serialized forms, trace events, and responses. It also checks that no public type is forgotten.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/log.rs"]
mod log;
mod scenes;
mod search;
mod types;

use std::process::Command;

use search::{Canaries, Shown};

/// Runs itself once more, with a secret in the environment.
#[test]
fn no_secret_is_shown_by_any_public_type() {
    if std::env::var_os(scenes::ENVIRONMENT).is_none() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "no_secret_is_shown_by_any_public_type"])
            .env(scenes::ENVIRONMENT, scenes::HMAC)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let (mut canaries, mut shown) = (Canaries::default(), Shown::default());
    scenes::play(&mut canaries, &mut shown);
    let leaks: Vec<String> = shown
        .texts
        .iter()
        .map(|(from, text)| (from, canaries.in_text(text), text))
        .filter(|(_, found, _)| !found.is_empty())
        .map(|(from, found, text)| format!("{from} shows {found:?}: {text}"))
        .collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    let forgotten = types::forgotten(&shown.types);
    assert!(forgotten.is_empty(), "{}", forgotten.join("\n"));
}

#[test]
fn a_public_type_that_is_not_shown_is_told() {
    let forgotten = types::forgotten(&["Algorithm".to_owned()].into());
    for expected in
        ["SigningKey is not shown, and nothing says why it holds no secret", "Algorithm is shown and excused"]
    {
        assert!(forgotten.iter().any(|text| text == expected), "{forgotten:?}");
    }
}

/// What the search must find: a type that shows its secret, in each way in which it could.
#[test]
fn the_search_finds_a_leak_in_each_form() {
    #[derive(Debug)]
    #[allow(dead_code)]
    struct Leaky<T>(&'static str, T);

    let secret: Vec<u8> = (0..32u32).map(|i| ((i * 37 + 11) & 0xff) as u8).collect();
    let text = "correct-horse-battery-staple";
    let mut canaries = Canaries::default();
    canaries.add("octets", &secret);
    canaries.add("text", text.as_bytes());
    let finds = |shown: Shown| shown.texts.iter().map(|(_, text)| canaries.in_text(text).len()).sum::<usize>();

    let mut shown = Shown::default();
    shown.debug(&Leaky("a", secret.clone()));
    assert_eq!(shown.types.iter().collect::<Vec<_>>(), ["Leaky"]);
    assert_eq!(finds(shown), 1);
    let hex = |upper: bool| {
        secret.iter().map(|o| if upper { format!("{o:02X}") } else { format!("{o:02x}") }).collect::<String>()
    };
    for leak in [
        format!("{secret:?}"),
        format!("{secret:#?}"),
        format!("{secret:x?}"),
        format!("{:?}", &secret[9..20]),
        hex(false),
        hex(true),
        text.to_owned(),
        text[5..15].to_owned(),
    ] {
        let mut shown = Shown::default();
        shown.text("a leak", leak.clone());
        assert_eq!(finds(shown), 1, "{leak}");
    }
    for (alphabet, start) in [("-_", 0), ("-_", 1), ("-_", 2), ("+/", 1)] {
        let mut prefixed = vec![1, 2, 3, 4, 5][..start].to_vec();
        prefixed.extend(&secret);
        let mut encoded = jwt_base64(&prefixed);
        if alphabet == "+/" {
            encoded = encoded.replace('-', "+").replace('_', "/");
        }
        let mut shown = Shown::default();
        shown.text("a leak", format!("x {encoded} y"));
        assert_eq!(finds(shown), 1, "{encoded}");
    }
    let mut shown = Shown::default();
    shown.text("no leak", "SigningKey { algorithm: HS256, .. }".into());
    assert_eq!(finds(shown), 0);
}

/// base64url by other means than the search's own: as the crate writes a secret.
fn jwt_base64(octets: &[u8]) -> String {
    let key = jwtward::SigningKey::from_secret(jwtward::Algorithm::HS256, &[octets, &[0; 32]].concat()).unwrap();
    let jwk: serde_json::Value = serde_json::from_str(key.danger_export_private_jwk().unwrap().expose()).unwrap();
    jwk["k"].as_str().unwrap().to_owned()
}
