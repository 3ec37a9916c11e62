//! What `authenticate` checks, in which order, and that the store is asked last.

use base64ct::{Base64UrlUnpadded, Encoding};
use jwtward::{AuthError, Claim, ClaimError, Malformed, NumericDate, Revoked, VerifyError};
use serde_json::{Value, json};

use crate::{
    faulty::Faulty,
    support::{
        START, World, assert_matches, config, foreign, forge, forge_typed, payload, payload_text, secs, tracked,
    },
};

fn claim(result: Result<jwtward::ValidatedJwt<()>, AuthError>) -> ClaimError {
    match result.unwrap_err() {
        AuthError::Token(VerifyError::Claim(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_good_until_exp_plus_leeway() {
    for leeway in [0, 30] {
        let world = World::new();
        let provider = world.provider(config().expiration(secs(60)).leeway(secs(leeway)).track_sessions());
        let token = provider.issue("alice", &()).await.unwrap();
        let end = (START + 60 + i64::try_from(leeway).unwrap()) * 1000;
        world.clock.set_millis(end - 1);
        provider.authenticate::<()>(token.expose()).await.unwrap();
        world.clock.set_millis(end);
        let (exp, now) = (NumericDate::from_secs(START + 60), NumericDate::from_secs(end / 1000));
        assert_eq!(claim(provider.authenticate(token.expose()).await), ClaimError::Expired { exp, now });
    }
}

#[tokio::test]
async fn a_token_from_the_future_is_refused_beyond_the_leeway() {
    let world = World::new();
    let provider = world.provider(config().leeway(secs(10)));
    for (name, early, error) in [
        (
            "nbf",
            10_001,
            ClaimError::NotYetValid {
                nbf: NumericDate::from_secs(START + 20),
                now: NumericDate::from_secs(START + 9).plus(std::time::Duration::from_millis(999)),
            },
        ),
        (
            "iat",
            10_001,
            ClaimError::IssuedInFuture {
                iat: NumericDate::from_secs(START + 20),
                now: NumericDate::from_secs(START + 9).plus(std::time::Duration::from_millis(999)),
            },
        ),
    ] {
        let world = World::new();
        let provider = world.provider(config().leeway(secs(10)));
        let mut claims = foreign(&world.clock, "id");
        claims[name] = json!(START + 20);
        world.clock.set_millis((START + 20) * 1000 - early);
        assert_eq!(claim(provider.authenticate(&forge(&claims.to_string())).await), error);
    }
    let mut claims = foreign(&world.clock, "id");
    for name in ["nbf", "iat"] {
        claims[name] = json!(START + 20);
    }
    world.clock.set_millis((START + 10) * 1000);
    provider.authenticate::<()>(&forge(&claims.to_string())).await.unwrap();
}

#[tokio::test]
async fn issuer_and_audience_must_be_there_and_equal_unless_waived() {
    let world = World::new();
    let strict = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let lax = config().ignore_issuer().ignore_audience();
    let lax = world.builder(lax).accept_tokens_issued_before_store().build().unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = foreign(&world.clock, "id");
        claims[name] = value;
        forge(&claims.to_string())
    };
    let without = |name: &str| {
        let mut claims = foreign(&world.clock, "id");
        claims.as_object_mut().unwrap().remove(name);
        forge(&claims.to_string())
    };
    for (token, error) in [
        (without("iss"), ClaimError::Missing(Claim::Issuer)),
        (with("iss", json!("Blueprint")), ClaimError::Mismatch(Claim::Issuer)),
        (without("aud"), ClaimError::Missing(Claim::Audience)),
        (with("aud", json!(["API", "web"])), ClaimError::Mismatch(Claim::Audience)),
        (with("aud", json!("other")), ClaimError::Mismatch(Claim::Audience)),
        (with("aud", json!([])), ClaimError::Mismatch(Claim::Audience)),
    ] {
        assert_eq!(claim(strict.authenticate(&token).await), error);
        lax.authenticate::<()>(&token).await.unwrap();
    }
    for aud in [json!("api"), json!(["web", "api"])] {
        strict.authenticate::<()>(&with("aud", aud)).await.unwrap();
    }
    assert_eq!(claim(lax.authenticate(&with("iss", json!(7))).await), ClaimError::Type(Claim::Issuer));
}

#[tokio::test]
async fn with_a_store_sub_jti_and_iat_are_required() {
    let world = World::new();
    let (over_store, without) = (world.provider(config()), world.without_store(config()));
    for (name, error) in [
        ("sub", ClaimError::Missing(Claim::Subject)),
        ("jti", ClaimError::Missing(Claim::TokenId)),
        ("iat", ClaimError::Missing(Claim::IssuedAt)),
        ("exp", ClaimError::Missing(Claim::ExpiresAt)),
    ] {
        let mut claims = foreign(&world.clock, "id");
        claims.as_object_mut().unwrap().remove(name);
        let token = forge(&claims.to_string());
        assert_eq!(claim(over_store.authenticate(&token).await), error);
        assert_eq!(without.authenticate::<()>(&token).await.is_ok(), name != "exp", "{name}");
    }
}

#[tokio::test]
async fn a_jti_that_cannot_be_revoked_is_refused() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let with = |jti: String| forge(&foreign(&world.clock, &jti).to_string());
    assert_eq!(claim(provider.authenticate(&with(String::new())).await), ClaimError::Missing(Claim::TokenId));
    assert_eq!(claim(provider.authenticate(&with("x".repeat(257))).await), ClaimError::TooLong(Claim::TokenId));
    provider.authenticate::<()>(&with("x".repeat(256))).await.unwrap();
    provider.revoke_by_id(&"x".repeat(256)).await.unwrap();
    assert_matches!(
        provider.authenticate::<()>(&with("x".repeat(256))).await.unwrap_err(),
        AuthError::Revoked(Revoked::Token)
    );
}

#[tokio::test]
async fn an_empty_subject_is_nobody() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let mut claims = foreign(&world.clock, "id");
    claims["sub"] = json!("");
    assert_eq!(claim(provider.authenticate(&forge(&claims.to_string())).await), ClaimError::Missing(Claim::Subject));
}

#[tokio::test]
async fn the_typ_must_be_the_configured_one() {
    let world = World::new();
    let world = &world;
    let provider =
        |typ: &str| world.builder(config().token_type(typ)).accept_tokens_issued_before_store().build().unwrap();
    let claims = foreign(&world.clock, "id").to_string();
    let (jwt, at) = (forge_typed(&claims, "JWT"), forge_typed(&claims, "at+jwt"));
    let refused = |result: Result<jwtward::ValidatedJwt<()>, AuthError>| {
        assert_matches!(result.unwrap_err(), AuthError::Token(VerifyError::TokenType));
    };
    refused(provider("JWT").authenticate(&at).await);
    refused(provider("at+jwt").authenticate(&jwt).await);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        provider("at+jwt").authenticate::<()>(&forge_typed(&claims, typ)).await.unwrap();
        let own = provider(typ).issue("alice", &()).await.unwrap();
        provider("at+jwt").authenticate::<()>(own.expose()).await.unwrap();
    }
    provider("JWT").authenticate::<()>(&forge_typed(&claims, "jwt")).await.unwrap();
    // Absent is not "JWT" here.
    let untyped = jwtward::JwsSigner::new(crate::support::key()).sign(claims.as_bytes()).unwrap();
    refused(provider("JWT").authenticate(&untyped).await);
}

#[tokio::test]
async fn the_first_failing_check_is_the_one_reported() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config().max_token_size(600)).build().unwrap();
    let mut claims = foreign(&world.clock, "id");
    claims["exp"] = json!(START - 10);
    claims["iss"] = json!("other");
    claims["aud"] = json!("other");
    let good_signature = forge(&claims.to_string());
    let bad_signature = format!("{}AA", &good_signature[..good_signature.len() - 2]);
    let error = |token: String| {
        let provider = provider.clone();
        async move { format!("{:?}", provider.authenticate::<()>(&token).await.unwrap_err()) }
    };
    assert!(error("x".repeat(601)).await.contains("TooLarge { size: 601, limit: 600 }"));
    assert!(error(bad_signature).await.contains("BadSignature"));
    assert!(error(good_signature).await.contains("Expired"));
    claims["exp"] = json!(START + 10);
    assert!(error(forge(&claims.to_string())).await.contains("Mismatch(Issuer)"));
    claims["iss"] = json!("blueprint");
    assert!(error(forge(&claims.to_string())).await.contains("Mismatch(Audience)"));
    assert_eq!(store.calls(), Vec::<&str>::new(), "the store costs no call until all else holds");
    claims["aud"] = json!("api");
    assert!(error(forge(&claims.to_string())).await.contains("BeforeStore"));
    assert_eq!(store.calls(), ["check"], "one call");
}

#[tokio::test]
async fn a_malformed_token_is_refused_before_anything_else() {
    let (_, provider) = tracked();
    for token in ["", "a", "a.b", "a.b.c", "....", "e30..A"] {
        assert_matches!(
            provider.authenticate::<()>(token).await.unwrap_err(),
            AuthError::Token(VerifyError::Malformed(_))
        );
    }
    let size = 8193;
    assert_matches!(
        provider.authenticate::<()>(&"x".repeat(size)).await.unwrap_err(),
        AuthError::Token(VerifyError::Malformed(Malformed::TooLarge { size: 8193, limit: 8192 }))
    );
}

#[tokio::test]
async fn a_token_with_a_lifetime_beyond_the_accepted_is_refused_over_a_store() {
    let world = World::new();
    let provider = world.builder(config().expiration(secs(60))).accept_tokens_issued_before_store();
    let provider = provider.accept_lifetime(secs(7200)).build().unwrap();
    let with = |lifetime: i64| {
        let mut claims = foreign(&world.clock, "id");
        claims["exp"] = json!(START + lifetime);
        forge(&claims.to_string())
    };
    provider.authenticate::<()>(&with(7200)).await.unwrap();
    let (iat, exp) = (NumericDate::from_secs(START), NumericDate::from_secs(START + 7201));
    assert_eq!(claim(provider.authenticate(&with(7201)).await), ClaimError::LivesTooLong { iat, exp });
    world.without_store(config()).authenticate::<()>(&with(7201)).await.unwrap();
}

#[tokio::test]
async fn an_untracked_token_is_refused_where_sessions_are_tracked_unless_accepted() {
    let (world, tracking) = tracked();
    let token = world.provider(config()).issue("alice", &()).await.unwrap();
    assert_matches!(tracking.authenticate::<()>(token.expose()).await.unwrap_err(), AuthError::Untracked);
    assert_matches!(
        tracking.refresh(token.expose()).await.unwrap_err(),
        jwtward::RefreshError::Auth(AuthError::Untracked)
    );
    let both = world.builder(config().track_sessions()).accept_untracked().build().unwrap();
    both.authenticate::<()>(token.expose()).await.unwrap();
    // Accepted while it lives, but not renewed past tracking and the limit.
    assert_matches!(both.refresh(token.expose()).await.unwrap_err(), jwtward::RefreshError::Auth(AuthError::Untracked));
    both.authenticate::<()>(token.expose()).await.unwrap();
    // What both providers of one store track is known to both.
    let tracked = tracking.issue("alice", &()).await.unwrap();
    world.provider(config()).authenticate::<()>(tracked.expose()).await.unwrap();
}

#[tokio::test]
async fn a_token_whose_id_and_session_contradict_each_other_is_refused() {
    let (world, provider) = tracked();
    let (alice, bob) = (provider.issue("alice", &()).await.unwrap(), provider.issue("bob", &()).await.unwrap());
    let (alice, bob) = (payload(alice.expose()), payload(bob.expose()));
    let with = |changes: &[(&str, Option<&Value>)]| {
        let mut claims = alice.clone();
        for (name, value) in changes {
            match value {
                Some(value) => claims[*name] = (*value).clone(),
                None => drop(claims.as_object_mut().unwrap().remove(*name)),
            }
        }
        forge(&claims.to_string())
    };
    let both = world.builder(config().track_sessions()).accept_untracked().build().unwrap();
    for token in [
        with(&[("sid", Some(&bob["sid"]))]),
        with(&[("sub", Some(&bob["sub"]))]),
        with(&[("jti", Some(&bob["jti"]))]),
        with(&[("jti", Some(&json!("another")))]),
        with(&[("sid", None)]),
    ] {
        for provider in [&provider, &both] {
            assert_eq!(claim(provider.authenticate(&token).await), ClaimError::Mismatch(Claim::TokenId));
        }
    }
    for sid in [json!(null), json!(7), json!(""), json!("x"), json!("A".repeat(23))] {
        assert_eq!(claim(provider.authenticate(&with(&[("sid", Some(&sid))])).await), ClaimError::CustomType);
    }
    provider.authenticate::<()>(&with(&[])).await.unwrap();
}

#[tokio::test]
async fn a_token_of_a_generation_that_was_never_issued_is_refused() {
    let (_, provider) = tracked();
    for token in [provider.issue("alice", &()).await.unwrap(), provider.issue_pair("alice", &()).await.unwrap().access]
    {
        // The id ends with the generation.
        let mut id = Base64UrlUnpadded::decode_vec(token.id()).unwrap();
        *id.last_mut().unwrap() += 1;
        let id = Base64UrlUnpadded::encode_string(&id);
        let next = forge(&payload_text(token.expose()).replace(token.id(), &id));
        assert_matches!(provider.authenticate::<()>(&next).await.unwrap_err(), AuthError::Revoked(Revoked::Session));
        assert!(provider.is_token_revoked(&id).await.unwrap());
        assert_matches!(provider.revoke_by_id(&id).await.unwrap_err(), jwtward::RevokeError::AlreadyRevoked);
        provider.authenticate::<()>(token.expose()).await.unwrap();
    }
}

#[tokio::test]
async fn every_user_is_told_apart_by_issuer_and_subject() {
    let (world, provider) = tracked();
    let other = world.provider(config().issuer("https://other.example").track_sessions());
    assert_ne!(provider.user_key("alice"), other.user_key("alice"));
    assert_ne!(provider.user_key("alice"), provider.user_key("Alice"));
    assert_eq!(provider.user_key("alice"), world.provider(config()).user_key("alice"));
    let token = provider.issue("alice", &()).await.unwrap();
    assert_eq!(other.revoke_all("alice").await.unwrap(), 0);
    provider.authenticate::<()>(token.expose()).await.unwrap();
    assert_eq!(claim(other.authenticate(token.expose()).await), ClaimError::Mismatch(Claim::Issuer));
}
