//! The verified-token cache from outside: rows 49 and 50. What only shows from inside is tested beside `src/provider/cache.rs`.

use jwtward::{
    AccessToken, AuthError, ClaimError, Malformed, NumericDate, ProviderConfig, RevokeError, Revoked, TokenProvider,
    VerifyError,
};

use crate::support::{NOW, World, assert_matches, decode, encode, foreign, run, tracked, untracked, world_with};

const OCTETS: u64 = 1 << 16;

fn cached(config: ProviderConfig) -> World {
    world_with(config, |builder| builder.cache_verified_tokens(OCTETS))
}

/// Issued, and seen by the cache.
fn seen(provider: &TokenProvider) -> AccessToken {
    let token = run(provider.issue("alice", &())).unwrap();
    for _ in 0..2 {
        assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
    }
    token
}

#[test]
fn a49_a_cached_token_past_its_expiry() {
    for config in [tracked(), untracked()] {
        let World { time, provider, .. } = cached(config.expiration(std::time::Duration::from_secs(60)));
        let token = seen(&provider);
        time.set(NOW + 59);
        assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
        time.set(NOW + 60);
        for _ in 0..2 {
            assert_matches!(
                run(provider.authenticate::<()>(token.expose())),
                Err(AuthError::Token(VerifyError::Claim(ClaimError::Expired { .. })))
            );
        }
    }
}

#[test]
fn a49_a_cached_token_after_each_kind_of_revocation() {
    type Act = fn(&TokenProvider, &AccessToken);
    let kinds: [(&str, Act, Revoked); 6] = [
        ("revoke", |provider, token| run(provider.revoke(token.expose())).unwrap(), Revoked::Session),
        ("revoke_by_id", |provider, token| run(provider.revoke_by_id(token.id())).unwrap(), Revoked::Session),
        (
            "end_session",
            |provider, token| assert!(run(provider.end_session("alice", token.session_id().unwrap())).unwrap()),
            Revoked::Session,
        ),
        ("revoke_all", |provider, _| assert_eq!(run(provider.revoke_all("alice")).unwrap(), 1), Revoked::Session),
        (
            "revoke_everything_before",
            |provider, _| run(provider.revoke_everything_before(NumericDate::from_secs(NOW))).unwrap(),
            Revoked::Session,
        ),
        ("refresh", |provider, token| drop(run(provider.refresh(token.expose())).unwrap()), Revoked::Superseded),
    ];
    for (kind, act, expected) in kinds {
        let World { provider, .. } = cached(tracked());
        let token = seen(&provider);
        act(&provider, &token);
        for _ in 0..3 {
            assert_matches!(
                run(provider.authenticate::<()>(token.expose())),
                Err(AuthError::Revoked(reason)) if reason == expected,
                "{kind}"
            );
        }
    }
}

#[test]
fn a49_a_cached_untracked_token_after_each_kind_of_revocation() {
    type Act = fn(&TokenProvider, &str);
    let kinds: [(&str, Act, Revoked); 5] = [
        ("revoke", |provider, token| run(provider.revoke(token)).unwrap(), Revoked::Token),
        ("revoke_by_id", |provider, _| run(provider.revoke_by_id("one")).unwrap(), Revoked::Token),
        ("refresh", |provider, token| drop(run(provider.refresh(token)).unwrap()), Revoked::Token),
        ("revoke_all", |provider, _| assert_eq!(run(provider.revoke_all("alice")).unwrap(), 0), Revoked::User),
        (
            "revoke_everything_before",
            |provider, _| run(provider.revoke_everything_before(NumericDate::from_secs(NOW + 10))).unwrap(),
            Revoked::Everything,
        ),
    ];
    for (kind, act, expected) in kinds {
        let World { time, provider, .. } = cached(untracked());
        time.pass_secs(10);
        let token = foreign("\"alice\"", "\"one\"");
        for _ in 0..2 {
            assert!(run(provider.authenticate::<()>(&token)).is_ok());
        }
        act(&provider, &token);
        for _ in 0..3 {
            assert_matches!(
                run(provider.authenticate::<()>(&token)),
                Err(AuthError::Revoked(reason)) if reason == expected,
                "{kind}"
            );
        }
    }
}

#[test]
fn a49_a_cached_token_of_a_pair_after_its_refresh_token_was_revoked() {
    let World { provider, .. } = cached(untracked());
    let pair = run(provider.issue_pair("alice", &())).unwrap();
    assert!(run(provider.authenticate::<()>(pair.access.expose())).is_ok());
    run(provider.revoke_refresh_token(&pair.refresh)).unwrap();
    assert_matches!(run(provider.authenticate::<()>(pair.access.expose())), Err(AuthError::Revoked(Revoked::Session)));
}

#[test]
fn a49_a_cached_token_after_the_provider_or_its_store_closed() {
    let World { provider, .. } = cached(tracked());
    let token = seen(&provider);
    run(provider.close());
    assert_matches!(
        run(provider.authenticate::<()>(token.expose())),
        Err(AuthError::Store(error)) if error.is_closed()
    );

    let storeless = TokenProvider::builder(untracked()).cache_verified_tokens(OCTETS).build().unwrap();
    let token = seen(&storeless);
    run(storeless.close());
    assert_matches!(
        run(storeless.authenticate::<()>(token.expose())),
        Err(AuthError::Store(error)) if error.is_closed()
    );
}

#[test]
fn a49_a_cached_token_is_read_anew_for_each_type() {
    let World { provider, .. } = cached(tracked());
    let token = run(provider.issue("alice", &serde_json::json!({"role": "admin"}))).unwrap();
    for _ in 0..2 {
        assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
        assert_matches!(
            run(provider.authenticate::<std::collections::BTreeMap<String, u64>>(token.expose())),
            Err(AuthError::Token(VerifyError::Claim(ClaimError::CustomType)))
        );
    }
}

#[test]
fn a50_a_token_that_is_nearly_a_cached_one() {
    let World { provider, .. } = cached(tracked());
    let token = seen(&provider);
    let parts: Vec<&str> = token.expose().split('.').collect();
    let octets = decode(parts[2]);
    for octet in 0..octets.len() {
        for bit in 0..8 {
            let mut wrong = octets.clone();
            wrong[octet] ^= 1 << bit;
            let wrong = format!("{}.{}.{}", parts[0], parts[1], encode(wrong));
            assert_matches!(
                run(provider.authenticate::<()>(&wrong)),
                Err(AuthError::Token(VerifyError::BadSignature)),
                "bit {bit} of octet {octet}"
            );
        }
    }
    // Another payload under the signature that was seen.
    let other = format!("{}.{}.{}", parts[0], encode(br#"{"sub":"mallory"}"#), parts[2]);
    assert_matches!(run(provider.authenticate::<()>(&other)), Err(AuthError::Token(VerifyError::BadSignature)));
    assert!(run(provider.authenticate::<()>(token.expose())).is_ok());
}

#[test]
fn a50_a_failure_is_not_remembered() {
    // Refused while it is not yet valid, accepted when it is: the refusal left nothing behind.
    let World { time, provider, .. } = cached(untracked());
    let token = foreign("\"alice\"", "\"one\"");
    assert_matches!(
        run(provider.authenticate::<()>(&token)),
        Err(AuthError::Token(VerifyError::Claim(ClaimError::IssuedInFuture { .. })))
    );
    assert_matches!(run(provider.revoke(&token)), Err(RevokeError::Auth(_)));
    time.pass_secs(10);
    assert!(run(provider.authenticate::<()>(&token)).is_ok());
}

#[test]
fn a50_tokens_too_large_for_anything_are_not_digested() {
    let World { provider, .. } = cached(tracked());
    let long = "a".repeat(1 << 20);
    assert_matches!(
        run(provider.authenticate::<()>(&long)),
        Err(AuthError::Token(VerifyError::Malformed(Malformed::TooLarge { size: 1_048_576, limit: 8192 })))
    );
}

#[test]
fn a50_a_cache_of_no_octets_or_of_all_changes_no_answer() {
    for octets in [0, 1, 512, u64::MAX] {
        let World { provider, .. } = world_with(tracked(), |builder| builder.cache_verified_tokens(octets));
        let token = seen(&provider);
        run(provider.revoke(token.expose())).unwrap();
        assert_matches!(run(provider.authenticate::<()>(token.expose())), Err(AuthError::Revoked(Revoked::Session)));
    }
}
