//! Refresh tokens that were never issued: rows 20 and 52.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jwtward::{
    EventKind, ProviderConfig, RefreshError, RefreshToken, RevokeError, SecretSource, SessionId, TokenPair,
    TokenProvider,
    store::{IssuedTimes, MemoryStore, OpenSession, SessionKey, SessionKind, SessionMetadata, Store},
};
use sha2::Sha256;

use crate::{
    probe::Probe,
    support::{Events, NOW, REFRESH, Time, assert_matches, decode, encode, over, refresh_token, run, untracked},
};

/// What a refresh token consists of: version, user, session and generation; the tag over them; the proof of the seed.
const ID: usize = 37;
const TAG: usize = ID + 16;
const ALL: usize = TAG + 16;

struct Victim {
    probe: Probe,
    store: MemoryStore,
    time: Time,
    events: Events,
    provider: TokenProvider,
    pair: TokenPair,
}

fn victim() -> Victim {
    let (time, events) = (Time::new(), Events::default());
    let store = MemoryStore::builder().clock(time.clone()).build();
    let probe = Probe::new(&store);
    let provider = over(untracked(), probe.clone(), &time).events(events.sink()).build().unwrap();
    let pair = run(provider.issue_pair("alice", &())).unwrap();
    probe.calls();
    Victim { probe, store, time, events, provider, pair }
}

impl Victim {
    /// Refused as invalid in both its uses, and only these calls reached the store.
    fn refuses(&self, token: &RefreshToken, calls: &[&str], what: &str) {
        assert_matches!(run(self.provider.refresh_pair(token)), Err(RefreshError::Invalid), "{what}");
        assert_eq!(self.probe.calls(), calls, "{what}");
        assert_matches!(
            run(self.provider.revoke_refresh_token(token)),
            Err(RevokeError::InvalidRefreshToken),
            "{what}"
        );
        assert_eq!(self.probe.calls(), calls, "{what}");
    }

    /// The session is as it was when it was opened: live, never refreshed, and its token good.
    fn survives(&self) {
        let sessions = run(self.provider.sessions("alice")).unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!((sessions[0].rotation_count, sessions[0].refreshed), (0, sessions[0].created));
        assert_eq!(self.events.count(EventKind::ReuseDetected) + self.events.count(EventKind::SessionEnded), 0);
        assert!(run(self.provider.authenticate::<()>(self.pair.access.expose())).is_ok());
        assert!(run(self.provider.refresh_pair(&self.pair.refresh)).is_ok());
    }
}

#[test]
fn a20_a_refresh_token_with_one_bit_changed() {
    let victim = victim();
    let token = decode(victim.pair.refresh.expose());
    assert_eq!(token.len(), ALL);
    for octet in 0..ALL {
        for bit in 0..8 {
            let mut wrong = token.clone();
            wrong[octet] ^= 1 << bit;
            // The tag is compared first, and whole; only who has it gets a session looked up.
            let calls: &[&str] = if octet < TAG { &[] } else { &["load"] };
            victim.refuses(&refresh_token(encode(wrong)), calls, &format!("bit {bit} of octet {octet}"));
        }
    }
    victim.survives();
}

#[test]
fn a20_macs_that_begin_or_end_right() {
    let victim = victim();
    let token = decode(victim.pair.refresh.expose());
    for (from, to) in [(ID, TAG), (TAG, ALL)] {
        let calls: &[&str] = if to == TAG { &[] } else { &["load"] };
        for kept in 0..16 {
            for keeps_the_start in [true, false] {
                let mut wrong = token.clone();
                let changed = if keeps_the_start { from + kept..to } else { from..to - kept };
                wrong[changed].iter_mut().for_each(|octet| *octet ^= 0xff);
                victim.refuses(&refresh_token(encode(wrong)), calls, &format!("{kept} octets right"));
            }
        }
        let mut wrong = token.clone();
        wrong[from..to].fill(0);
        victim.refuses(&refresh_token(encode(wrong)), calls, "zeros");
    }
    victim.survives();
}

/// Timing cannot be tested with confidence, so the source is: each MAC is compared by `subtle`, and nowhere else.
#[test]
fn a20_the_macs_of_refresh_tokens_are_compared_by_subtle() {
    let source = include_str!("../../src/provider/refresh_token.rs");
    let source = source.split("#[cfg(test)]").next().unwrap();
    assert!(source.contains("use subtle::ConstantTimeEq;"));
    let compared: Vec<&str> = source.lines().filter(|line| line.contains("ct_eq")).map(str::trim).collect();
    assert_eq!(compared.len(), 2, "{compared:?}");
    assert!(compared[0].contains("tag(key, id).ct_eq(given)"));
    assert!(compared[1].contains("proof(key, presented.id, seed).ct_eq(&presented.proof)"));
    let plainly = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    for line in plainly.filter(|line| line.contains("==") || line.contains("!=") || line.contains("starts_with")) {
        assert!(line.contains("text.len() != LEN"), "{line}");
    }
}

#[test]
fn a52_a_refresh_token_with_one_character_changed() {
    let victim = victim();
    let token = victim.pair.refresh.expose();
    assert_eq!(token.len(), 92);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for at in 0..token.len() {
        for other in alphabet.chars().chain("=+/ .\0\n%".chars()).filter(|other| !token[at..].starts_with(*other)) {
            let wrong = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            let wrong = refresh_token(wrong);
            assert_matches!(run(victim.provider.refresh_pair(&wrong)), Err(RefreshError::Invalid), "{other} at {at}");
            let calls = victim.probe.calls();
            // The last octet of the tag ends within character 70.
            assert!(calls.is_empty() || (calls == ["load"] && at >= TAG * 8 / 6), "{other} at {at}: {calls:?}");
        }
    }
    victim.survives();
}

#[test]
fn a52_texts_that_are_no_refresh_token() {
    let victim = victim();
    let token = victim.pair.refresh.expose();
    let standard = token.replace('-', "+").replace('_', "/");
    let texts = [
        String::new(),
        token[..91].to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        token.repeat(2),
        token.chars().rev().collect(),
        token.to_uppercase(),
        "A".repeat(92),
        "A".repeat(1 << 20),
        "é".repeat(46),
        victim.pair.access.expose().to_owned(),
        victim.pair.access.id().to_owned(),
        format!("{}{}", victim.pair.access.id(), "A".repeat(42)),
    ];
    for text in texts.iter().chain((standard != token).then_some(&standard)) {
        victim.refuses(&refresh_token(text), &[], text.get(..100).unwrap_or(text));
    }
    // An access token is no refresh token, nor a refresh token an access token.
    assert!(run(victim.provider.authenticate::<()>(token)).is_err());
    assert!(run(victim.provider.refresh(token)).is_err());
    assert_eq!(victim.probe.calls(), [""; 0]);
    victim.survives();
}

#[test]
fn a52_the_parts_of_two_good_refresh_tokens() {
    let victim = victim();
    let own = run(victim.provider.issue_pair("alice", &())).unwrap();
    let [target, own] = [&victim.pair, &own].map(|pair| decode(pair.refresh.expose()));
    victim.probe.calls();
    let mix = |parts: [&[u8]; 3]| refresh_token(encode(parts.concat()));
    let parts = |token: &[u8]| [token[..ID].to_vec(), token[ID..TAG].to_vec(), token[TAG..].to_vec()];
    let ([id, tag, proof], [own_id, own_tag, own_proof]) = (parts(&target), parts(&own));
    victim.refuses(&mix([&id, &own_tag, &own_proof]), &[], "another's session");
    victim.refuses(&mix([&id, &own_tag, &proof]), &[], "another's tag");
    victim.refuses(&mix([&own_id, &tag, &proof]), &[], "another's macs");
    victim.refuses(&mix([&id, &tag, &own_proof]), &["load"], "another's proof");
    victim.refuses(&mix([&id, &proof, &tag]), &[], "the macs swapped");
    victim.refuses(&mix([&id, &tag, &tag]), &["load"], "the tag for the proof");
    assert_eq!(run(victim.provider.session_count("alice")).unwrap(), 2);
    run(victim.provider.end_session("alice", SessionId::from_octets(own_id[17..33].try_into().unwrap()))).unwrap();
    let ended = victim.events.count(EventKind::SessionEnded);
    assert_eq!(ended, 1);
    assert!(run(victim.provider.refresh_pair(&victim.pair.refresh)).is_ok());
}

/// What the provider makes, made by someone else who has a key, and perhaps a seed.
fn forge(secret: &[u8], key: SessionKey, generation: u32, seed: u64) -> RefreshToken {
    let mac = |parts: &[&[u8]]| {
        let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        let mac = parts.iter().fold(mac, |mac, part| mac.chain_update(part)).finalize().into_bytes();
        mac[..16].to_vec()
    };
    let id =
        [&[1], key.user.octets().as_slice(), key.session.octets().as_slice(), &generation.to_be_bytes()[..]].concat();
    let tag = mac(&[b"jwtward refresh tag\0", &id]);
    let proof = mac(&[b"jwtward refresh proof\0", &id, &seed.to_be_bytes()]);
    refresh_token(encode([id, tag, proof].concat()))
}

/// A session that the test itself put into the store, so that its seed is known.
fn planted(victim: &Victim, kind: SessionKind) -> SessionKey {
    let key = SessionKey { user: victim.provider.user_key("bob"), session: SessionId::from_octets([9; 16]) };
    let open = OpenSession {
        key,
        kind,
        begun: jwtward::NumericDate::from_secs(NOW).into(),
        limit: None,
        lifetime: Duration::from_secs(900),
        absolute: None,
        issued: IssuedTimes { issued_at: NOW, expires_at: NOW + 900 },
        metadata: SessionMetadata::new(),
        data: Some(r#"{"sub":"bob","data":{}}"#.into()),
    };
    run(victim.store.open(&open)).unwrap();
    key
}

#[test]
fn a52_a_thief_with_the_store_or_the_key_but_not_both() {
    let victim = victim();
    let key = planted(&victim, SessionKind::Pair { seed: 7 });
    // Who has read the store lacks the key.
    for guess in [&b"another key of more than thirty-two octets!!"[..], b"", crate::support::SECRET] {
        victim.refuses(&forge(guess, key, 0, 7), &[], "another key");
    }
    // Who has the key lacks the seed.
    for seed in [0, 6, 8, u64::MAX] {
        victim.refuses(&forge(REFRESH.as_bytes(), key, 0, seed), &["load"], "another seed");
    }
    assert_eq!(run(victim.provider.session_count("bob")).unwrap(), 1);
    // Of a session that has no refresh token, whatever the seed.
    let single = planted(&victim, SessionKind::Single);
    assert_eq!(single, key, "the planted session is there already, and stays as it is");
    assert!(
        run(victim.provider.refresh_pair(&forge(REFRESH.as_bytes(), key, 0, 7))).is_ok(),
        "with both it is no forgery"
    );
    victim.survives();
}

#[test]
fn a52_a_refresh_token_for_a_single_session() {
    let victim = victim();
    let key = planted(&victim, SessionKind::Single);
    for seed in [0, 7] {
        victim.refuses(&forge(REFRESH.as_bytes(), key, 0, seed), &["load"], "a single session");
    }
    assert_eq!(run(victim.provider.session_count("bob")).unwrap(), 1);
}

#[test]
fn a52_a_refresh_token_of_a_generation_that_is_yet_to_come() {
    let victim = victim();
    let key = planted(&victim, SessionKind::Pair { seed: 7 });
    for generation in [1, 2, 1000, u32::MAX - 1, u32::MAX] {
        let token = forge(REFRESH.as_bytes(), key, generation, 7);
        assert_matches!(run(victim.provider.refresh_pair(&token)), Err(RefreshError::Invalid), "{generation}");
    }
    assert_eq!(run(victim.provider.session_count("bob")).unwrap(), 1);
    assert!(run(victim.provider.refresh_pair(&forge(REFRESH.as_bytes(), key, 0, 7))).is_ok());
}

fn with_keys(current: &str, previous: Option<&str>) -> ProviderConfig {
    let config = untracked().refresh_key(SecretSource::inline(current));
    previous.into_iter().map(SecretSource::inline).fold(config, ProviderConfig::previous_refresh_key)
}

#[test]
fn a52_a_refresh_token_made_with_another_key() {
    let victim = victim();
    let other = "another refresh key, which is long enough too";
    let provider = |config| over(config, victim.probe.clone(), &victim.time).build().unwrap();
    assert_matches!(
        run(provider(with_keys(other, None)).refresh_pair(&victim.pair.refresh)),
        Err(RefreshError::Invalid)
    );
    assert_eq!(victim.probe.calls(), [""; 0]);
    // A key made up at the start is another key too.
    let made_up = jwtward::ProviderConfig::new(crate::support::key()).issuer("issuer").audience("api");
    assert_matches!(run(provider(made_up).refresh_pair(&victim.pair.refresh)), Err(RefreshError::Invalid));
    // The key before the present one is accepted, and what it gets is made with the present one.
    let rotated = provider(with_keys(other, Some(REFRESH)));
    let next = run(rotated.refresh_pair(&victim.pair.refresh)).unwrap();
    assert_matches!(run(victim.provider.refresh_pair(&next.refresh)), Err(RefreshError::Invalid));
    assert!(run(provider(with_keys(other, None)).refresh_pair(&next.refresh)).is_ok());
}

#[test]
fn a52_a_refresh_token_of_another_session_store() {
    // The same key and the same session by name, but of another life: its seed differs.
    let [one, other] = [victim(), victim()];
    let key = planted(&one, SessionKind::Pair { seed: 1 });
    assert_eq!(planted(&other, SessionKind::Pair { seed: 2 }), key);
    let token = forge(REFRESH.as_bytes(), key, 0, 1);
    other.probe.calls();
    other.refuses(&token, &["load"], "another store's");
    assert!(run(one.provider.refresh_pair(&token)).is_ok());
    assert_matches!(run(other.provider.refresh_pair(&one.pair.refresh)), Err(RefreshError::SessionEnded));
    other.survives();
}

#[test]
fn a52_a_refresh_token_of_another_issuers_session() {
    // Two issuers on one store with one refresh key: a user of the one must not become the user of that name at the other.
    let victim = victim();
    let other = over(untracked().issuer("other"), victim.probe.clone(), &victim.time).build().unwrap();
    assert_matches!(run(other.refresh_pair(&victim.pair.refresh)), Err(RefreshError::Invalid));
    assert_eq!(victim.probe.calls(), ["load"]);
    victim.survives();
}
