//! What a token is known by, and what its `sub` and `jti` can reach: rows 47, 48 and 59.

use jwtward::{
    AuthError, Claim, ClaimError, IssueError, JsonError, Malformed, RefreshError, RevokeError, Revoked, SignError,
    VerifyError, store::RevokedEntry,
};
use serde_json::json;

use crate::support::{
    NOW, World, assert_matches, decode, encode, foreign, key, over, payload, run, signed, tracked, untracked, world,
    world_with,
};

/// Untracked tokens from elsewhere, issued after the store began and its skew.
fn foreign_world() -> World {
    let world = world(untracked());
    world.time.pass_secs(10);
    world
}

/// The same claims in other octets: other white space, order, escapes, header.
fn spellings(token: &str) -> Vec<String> {
    let payload = payload(token);
    let claims: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&payload).unwrap();
    let reversed: Vec<_> = claims.iter().rev().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    let escaped: String = payload.replace("\"jti\"", "\"\\u006ati\"").replace("\"sid\"", "\"s\\u0069d\"");
    let escaped_value = payload.replace("\"alice\"", "\"\\u0061lice\"");
    let named = jwtward::KeyId::new("default").unwrap();
    let with_kid = jwtward::JwsSigner::with_token_type(key().with_key_id(named), "JWT");
    vec![
        signed(&format!(" {}\n", payload.replace(',', " , "))),
        signed(&format!("{{{}}}", reversed.join(","))),
        signed(&escaped),
        signed(&escaped_value),
        signed(&payload),
        with_kid.sign(payload.as_bytes()).unwrap(),
    ]
}

#[test]
fn a47_a_revoked_token_in_other_octets() {
    // Tracked: the session has ended, however its token is spelled.
    let world = world(tracked());
    let token = run(world.provider.issue("alice", &json!({"role": "admin"}))).unwrap();
    for other in spellings(token.expose()) {
        assert_eq!(run(world.provider.authenticate::<()>(&other)).unwrap().token_id(), Some(token.id()));
    }
    run(world.provider.revoke(token.expose())).unwrap();
    for other in spellings(token.expose()) {
        assert_matches!(
            run(world.provider.authenticate::<()>(&other)),
            Err(AuthError::Revoked(Revoked::Session)),
            "{other}"
        );
        assert_matches!(run(world.provider.refresh(&other)), Err(RefreshError::Revoked(Revoked::Session)));
        assert_matches!(run(world.provider.revoke(&other)), Err(RevokeError::AlreadyRevoked));
    }

    // Untracked: its id is denied.
    let world = foreign_world();
    let token = foreign("\"alice\"", "\"one\"");
    let others = spellings(&token);
    for other in &others {
        assert_eq!(run(world.provider.authenticate::<()>(other)).unwrap().token_id(), Some("one"));
    }
    run(world.provider.revoke(&token)).unwrap();
    let escaped_id = foreign("\"alice\"", r#""\u006fne""#);
    for other in others.iter().chain([&escaped_id]) {
        assert_matches!(run(world.provider.authenticate::<()>(other)), Err(AuthError::Revoked(Revoked::Token)));
    }
}

#[test]
fn a47_a_revoked_token_with_its_last_character_changed() {
    let world = world(tracked());
    let token = run(world.provider.issue("alice", &())).unwrap();
    run(world.provider.revoke(token.expose())).unwrap();
    let (start, _) = token.expose().split_at(token.expose().len() - 1);
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=".chars() {
        let other = format!("{start}{last}");
        let result = run(world.provider.authenticate::<()>(&other));
        if other == token.expose() {
            assert_matches!(result, Err(AuthError::Revoked(Revoked::Session)));
        } else {
            assert_matches!(
                result,
                Err(AuthError::Token(VerifyError::BadSignature | VerifyError::Malformed(Malformed::Base64)))
            );
        }
    }
}

/// ECDSA's second signature of the same token, (r, n − s), verifies. It is no other token to the cache or to revocation.
#[cfg(feature = "es")]
#[test]
fn a15_the_twin_of_a_revoked_token_is_revoked() {
    let config = || {
        let key = jwtward::SigningKey::generate(jwtward::Algorithm::ES256).unwrap();
        jwtward::ProviderConfig::new(key).issuer("issuer").audience("api")
    };
    for octets in [None, Some(1 << 16)] {
        for config in [config(), config().track_sessions()] {
            let world = world_with(config, |builder| match octets {
                Some(octets) => builder.cache_verified_tokens(octets),
                None => builder,
            });
            let token = run(world.provider.issue("alice", &())).unwrap();
            let (input, signature) = token.expose().rsplit_once('.').unwrap();
            let signature = p256::ecdsa::Signature::from_slice(&decode(signature)).unwrap();
            let (r, s) = signature.split_scalars();
            let twin = p256::ecdsa::Signature::from_scalars(r, -s).unwrap();
            let twin = format!("{input}.{}", encode(twin.to_bytes()));
            assert_ne!(twin, token.expose());
            for _ in 0..2 {
                assert_eq!(run(world.provider.authenticate::<()>(&twin)).unwrap().token_id(), Some(token.id()));
            }
            run(world.provider.revoke(token.expose())).unwrap();
            for spelling in [token.expose(), &twin] {
                assert_matches!(run(world.provider.authenticate::<()>(spelling)), Err(AuthError::Revoked(_)));
                assert_matches!(run(world.provider.refresh(spelling)), Err(RefreshError::Revoked(_)));
            }
        }
    }
}

#[test]
fn a48_a_jti_that_is_missing_empty_or_too_long() {
    let world = foreign_world();
    let authenticate = |token: &str| run(world.provider.authenticate::<()>(token));
    let of = |id: &str| foreign("\"alice\"", &json!(id).to_string());
    assert_eq!(authenticate(&of(&"j".repeat(256))).unwrap().token_id().map(str::len), Some(256));

    let claim = |error| AuthError::Token(VerifyError::Claim(error));
    let missing = foreign("\"alice\"", "\"\"");
    let without = signed(&payload(&missing).replace(",\"jti\":\"\"", ""));
    let cases = [
        (without, claim(ClaimError::Missing(Claim::TokenId))),
        (of(""), claim(ClaimError::Missing(Claim::TokenId))),
        (foreign("\"alice\"", "null"), claim(ClaimError::Type(Claim::TokenId))),
        (foreign("\"alice\"", "7"), claim(ClaimError::Type(Claim::TokenId))),
        (foreign("\"alice\"", "[\"one\"]"), claim(ClaimError::Type(Claim::TokenId))),
        (of(&"j".repeat(257)), claim(ClaimError::TooLong(Claim::TokenId))),
        (of(&"é".repeat(129)), claim(ClaimError::TooLong(Claim::TokenId))),
        (of(&"j".repeat(5000)), claim(ClaimError::TooLong(Claim::TokenId))),
    ];
    for (token, expected) in &cases {
        let refused = authenticate(token).unwrap_err();
        assert_eq!(format!("{refused:?}"), format!("{expected:?}"));
        // Neither can be refreshed nor, by a lie about having been, revoked.
        assert_matches!(run(world.provider.refresh(token)), Err(RefreshError::Auth(_)));
        assert_matches!(run(world.provider.revoke(token)), Err(RevokeError::Auth(_)));
    }
    for id in ["", &"j".repeat(257), &"j".repeat(1 << 20)] {
        assert_matches!(run(world.provider.revoke_by_id(id)), Err(RevokeError::InvalidTokenId));
        assert_matches!(run(world.provider.is_token_revoked(id)), Err(RevokeError::InvalidTokenId));
    }
    assert_eq!(world.store.stats().revoked, 0);
}

#[test]
fn a48_a_token_without_what_revocation_goes_by() {
    let world = foreign_world();
    let whole = payload(&foreign("\"alice\"", "\"one\""));
    for (member, claim) in [
        (r#""sub":"alice","#.to_owned(), Claim::Subject),
        (format!(r#""iat":{},"#, NOW + 10), Claim::IssuedAt),
        (format!(r#""exp":{},"#, NOW + 3610), Claim::ExpiresAt),
    ] {
        let without = whole.replace(&member, "");
        assert_ne!(without, whole);
        match run(world.provider.authenticate::<()>(&signed(&without))) {
            Err(AuthError::Token(VerifyError::Claim(ClaimError::Missing(missing)))) => assert_eq!(missing, claim),
            other => panic!("{other:?}"),
        }
    }
    // It would outlive what remembers that it was revoked.
    let long = whole.replace(&(NOW + 3610).to_string(), &(NOW + 10 + 86_401).to_string());
    assert_matches!(
        run(world.provider.authenticate::<()>(&signed(&long))),
        Err(AuthError::Token(VerifyError::Claim(ClaimError::LivesTooLong { .. })))
    );
}

#[test]
fn a48_a_session_token_without_its_session() {
    // Taking `sid` away would leave a token that is only looked for on the denylist.
    let world = world_with(tracked(), |builder| builder.accept_untracked().accept_tokens_issued_before_store());
    let [alice, bob] = ["alice", "bob"].map(|subject| run(world.provider.issue(subject, &())).unwrap());
    let whole = payload(alice.expose());
    let sid = |token: &jwtward::AccessToken| token.session_id().unwrap().to_string();
    let changed = [
        (format!(r#","sid":"{}""#, sid(&alice)), String::new()),
        (sid(&alice), sid(&bob)),
        ("\"alice\"".to_owned(), "\"bob\"".to_owned()),
        (alice.id().to_owned(), bob.id().to_owned()),
        (alice.id().to_owned(), "one".to_owned()),
    ];
    for (from, to) in changed {
        let other = whole.replace(&from, &to);
        assert_ne!(other, whole);
        match run(world.provider.authenticate::<()>(&signed(&other))) {
            Err(AuthError::Token(VerifyError::Claim(ClaimError::Mismatch(Claim::TokenId)))) => {}
            other => panic!("{from} for {to}: {other:?}"),
        }
    }
    for sid in ["null", "7", "\"\"", "\"_____________________w==\"", "\"______________________\""] {
        let other = whole.replace(&format!("\"{}\"", alice.session_id().unwrap()), sid);
        assert_matches!(
            run(world.provider.authenticate::<()>(&signed(&other))),
            Err(AuthError::Token(VerifyError::Claim(ClaimError::CustomType))),
            "{sid}"
        );
    }
    assert!(run(world.provider.authenticate::<()>(alice.expose())).is_ok());
}

/// Names that are patterns, separators or ends of text somewhere.
const NAMES: [&str; 22] = [
    "a", "A", "a ", " a", "a\0", "\0", "\0a", "a:b", "a::b", "a:", ":", "*", "a*", "a?", "[a]", "{a}", "{}", "a{b}",
    "..", "a'--", "é", "e\u{301}",
];

#[test]
fn a59_a_subject_that_could_reach_another_user() {
    let World { provider, .. } = world(tracked());
    let tokens = NAMES.map(|name| run(provider.issue(name, &())).unwrap());
    let alive = || tokens.each_ref().map(|token| run(provider.authenticate::<()>(token.expose())).is_ok());
    let mut expected = [true; NAMES.len()];
    assert_eq!(alive(), expected);
    for (i, name) in NAMES.iter().enumerate() {
        assert_eq!(run(provider.session_count(name)).unwrap(), 1, "{name:?}");
        assert_eq!(*run(provider.sessions(name)).unwrap()[0].token_id, *tokens[i].id());
        // Another's session is not ended by its id.
        let other = tokens[(i + 1) % tokens.len()].session_id().unwrap();
        assert!(!run(provider.end_session(name, other)).unwrap());
        assert_eq!(run(provider.revoke_all(name)).unwrap(), 1, "{name:?}");
        expected[i] = false;
        assert_eq!(alive(), expected, "{name:?}");
    }
}

#[test]
fn a59_subjects_of_a_megabyte() {
    let World { provider, store, .. } = world(tracked());
    let long = "s".repeat(1 << 20);
    let too_long = SignError::Json(JsonError::StringTooLong);
    assert_matches!(run(provider.issue(&long, &())), Err(IssueError::Sign(error)) if error == too_long);
    assert_matches!(run(provider.issue_pair(&long, &())), Err(IssueError::Sign(error)) if error == too_long);
    // Shorter, but a token that no verifier would take; of these each octet is written as six.
    for subject in ["s".repeat(10_000), "\0".repeat(2000)] {
        assert_matches!(run(provider.issue(&subject, &())), Err(IssueError::TooLarge { limit: 8192, .. }));
        assert_matches!(run(provider.issue_pair(&subject, &())), Err(IssueError::TooLarge { limit: 8192, .. }));
    }
    assert_matches!(run(provider.issue("", &())), Err(IssueError::EmptySubject));
    assert_eq!((run(provider.session_count(&long)).unwrap(), run(provider.revoke_all(&long)).unwrap()), (0, 0));
    assert_eq!(store.stats().sessions, 0);
    // A verifier refuses it by size, before anything else.
    assert_matches!(
        run(provider.authenticate::<()>(&foreign(&json!(long).to_string(), "\"one\""))),
        Err(AuthError::Token(VerifyError::Malformed(Malformed::TooLarge { limit: 8192, .. })))
    );
}

#[test]
fn a59_the_same_subject_of_another_issuer() {
    let one = world(tracked());
    let other = over(tracked().issuer("issuer2"), one.store.clone(), &one.time).build().unwrap();
    // Where the issuer ends and the subject begins is no matter of taste.
    let shifted = over(tracked().issuer("issuer2s"), one.store.clone(), &one.time).build().unwrap();
    let token = run(one.provider.issue("subject", &())).unwrap();
    assert_eq!(run(other.revoke_all("subject")).unwrap(), 0);
    assert_ne!(other.user_key("subject"), shifted.user_key("ubject"));
    assert!(run(one.provider.authenticate::<()>(token.expose())).is_ok());
    assert_matches!(
        run(other.authenticate::<()>(token.expose())),
        Err(AuthError::Token(VerifyError::Claim(ClaimError::Mismatch(Claim::Issuer))))
    );
}

#[test]
fn a59_a_jti_that_could_reach_another_entry() {
    let world = foreign_world();
    let tokens = NAMES.map(|name| foreign("\"alice\"", &json!(name).to_string()));
    let alive = || tokens.each_ref().map(|token| run(world.provider.authenticate::<()>(token)).is_ok());
    let mut expected = [true; NAMES.len()];
    assert_eq!(alive(), expected);
    for (i, name) in NAMES.iter().enumerate() {
        assert!(!run(world.provider.is_token_revoked(name)).unwrap(), "{name:?}");
        run(world.provider.revoke_by_id(name)).unwrap();
        assert_matches!(run(world.provider.revoke_by_id(name)), Err(RevokeError::AlreadyRevoked));
        expected[i] = false;
        assert_eq!(alive(), expected, "{name:?}");
    }
    // Listed one by one, each once: the cursor holds a name too.
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = run(world.provider.list_revoked(after.as_ref(), 1)).unwrap();
        for entry in page.entries {
            assert_matches!(&entry, RevokedEntry::Token { .. });
            if let RevokedEntry::Token { token_id, .. } = entry {
                listed.push(String::from(token_id));
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    listed.sort();
    let mut names = NAMES.map(str::to_owned);
    names.sort();
    assert_eq!(listed, names);
}

#[test]
fn a59_a_jti_that_names_another_users_session() {
    // The id of a session's token, in a token without a session: it is not looked up, and ends nothing.
    let world = world_with(tracked(), jwtward::TokenProviderBuilder::accept_untracked);
    let victim = run(world.provider.issue("alice", &())).unwrap();
    world.time.pass_secs(10);
    let token = foreign("\"mallory\"", &json!(victim.id()).to_string());
    let mismatch = ClaimError::Mismatch(Claim::TokenId);
    assert_matches!(run(world.provider.revoke(&token)), Err(RevokeError::Auth(AuthError::Token(VerifyError::Claim(error)))) if error == mismatch);
    assert_matches!(run(world.provider.refresh(&token)), Err(RefreshError::Auth(AuthError::Token(VerifyError::Claim(error)))) if error == mismatch);
    assert!(run(world.provider.authenticate::<()>(victim.expose())).is_ok());

    // Ids that only look like one name no session.
    for octets in [[0_u8; 37], [1; 37], [2; 37], [0xff; 37]] {
        let made_up = encode(octets);
        assert_matches!(
            run(world.provider.revoke_by_id(&made_up)),
            Ok(()) | Err(RevokeError::AlreadyRevoked),
            "{made_up}"
        );
    }
    assert!(run(world.provider.authenticate::<()>(victim.expose())).is_ok());
}
