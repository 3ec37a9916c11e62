//! What an issued token holds, and what is refused before one exists.

use jwtward::{
    IssueError, NumericDate, SessionId, UnverifiedJws,
    store::{SessionMetadata, WhenFull},
};
use serde_json::json;

use crate::{
    faulty::{Fault, Faulty},
    support::{START, World, assert_matches, config, limit, payload, payload_text, secs, tracked, untracked},
};

#[tokio::test]
async fn an_untracked_token_has_the_claims_of_the_go_provider_in_whole_seconds() {
    let (world, provider) = untracked();
    world.clock.set_millis(START * 1000 + 999);
    let token = provider.issue("user-123", &json!({ "role": "admin" })).await.unwrap();
    assert_eq!(
        payload_text(token.expose()),
        format!(
            r#"{{"iss":"blueprint","sub":"user-123","aud":["api"],"exp":{},"nbf":{START},"iat":{START},"jti":"{}","data":{{"role":"admin"}}}}"#,
            START + 86_400,
            token.id()
        )
    );
    assert_eq!(token.session_id(), None);
    assert_eq!(token.expires_at(), NumericDate::from_secs(START + 86_400));
}

#[tokio::test]
async fn a_tracked_token_has_the_same_claims_and_its_session() {
    let (_, provider) = tracked();
    let token = provider.issue("user-123", &()).await.unwrap();
    let session = token.session_id().unwrap();
    assert_eq!(
        payload(token.expose()),
        json!({
            "iss": "blueprint", "sub": "user-123", "aud": ["api"], "exp": START + 86_400, "nbf": START, "iat": START,
            "jti": token.id(), "sid": session.to_string(),
        })
    );
    let jwt = provider.authenticate::<()>(token.expose()).await.unwrap();
    assert_eq!(jwt.session_id(), Some(session));
    assert_eq!(jwt.token_id(), Some(token.id()));
    assert_eq!(session.to_string().parse::<SessionId>(), Ok(session));
}

#[tokio::test]
async fn the_header_is_alg_typ_and_kid() {
    let (world, provider) = tracked();
    let header = |token: &str| {
        let jws = UnverifiedJws::parse(token, 8192).unwrap();
        let header = jws.header();
        (
            header.algorithm().unwrap().to_string(),
            header.token_type().map(ToString::to_string),
            header.key_id().map(ToString::to_string),
        )
    };
    let token = provider.issue("alice", &()).await.unwrap();
    assert_eq!(header(token.expose()), ("HS256".into(), Some("JWT".into()), Some("default".into())));
    let provider = world.provider(config().token_type("at+jwt").key_id("k"));
    let token = provider.issue("alice", &()).await.unwrap();
    assert_eq!(header(token.expose()), ("HS256".into(), Some("at+jwt".into()), Some("k".into())));
}

#[tokio::test]
async fn ids_are_never_the_same() {
    let (_, tracking) = tracked();
    let (_, not) = untracked();
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..100 {
        for provider in [&tracking, &not] {
            assert!(ids.insert(provider.issue("alice", &()).await.unwrap().id().to_owned()));
        }
        let pair = not.issue_pair("alice", &()).await.unwrap();
        assert!(ids.insert(pair.access.id().to_owned()) && ids.insert(pair.refresh.expose().to_owned()));
    }
}

#[tokio::test]
async fn a_pair_is_a_short_access_token_and_an_opaque_refresh_token() {
    let (_, provider) = untracked();
    let pair = provider.issue_pair("alice", &json!({ "role": "admin" })).await.unwrap();
    let claims = payload(pair.access.expose());
    assert_eq!(claims["exp"], START + 900);
    assert_eq!(claims["sid"], pair.access.session_id().unwrap().to_string());
    assert_eq!(claims["data"], json!({ "role": "admin" }));
    assert_eq!(pair.refresh.expose().len(), 92);
    assert!(pair.refresh.expose().bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet)));
    provider.authenticate::<()>(pair.access.expose()).await.unwrap();
    assert!(provider.sessions("alice").await.unwrap()[0].pair);
}

#[tokio::test]
async fn an_empty_subject_is_refused() {
    let (world, tracking) = tracked();
    for provider in [tracking, world.provider(config()), world.without_store(config())] {
        assert_matches!(provider.issue("", &()).await.unwrap_err(), IssueError::EmptySubject);
        assert_matches!(provider.issue_pair("", &()).await.unwrap_err(), IssueError::EmptySubject);
    }
}

#[tokio::test]
async fn any_subject_is_kept_exactly() {
    let (_, provider) = tracked();
    let long = "x".repeat(4000);
    for subject in ["a:b", "*", "{}", "\0", " ", "\"\\\n", "é\u{301}", "𝄞", "null", &long] {
        let token = provider.issue(subject, &()).await.unwrap();
        let jwt = provider.authenticate::<()>(token.expose()).await.unwrap();
        assert_eq!(jwt.subject(), Some(subject));
        assert_eq!(provider.session_count(subject).await.unwrap(), 1);
        let pair = provider.issue_pair(subject, &()).await.unwrap();
        let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
        let jwt = provider.authenticate::<()>(pair.access.expose()).await.unwrap();
        assert_eq!(jwt.subject(), Some(subject));
        let token = provider.refresh(token.expose()).await.unwrap();
        assert_eq!(provider.authenticate::<()>(token.expose()).await.unwrap().subject(), Some(subject));
    }
}

#[tokio::test]
async fn a_token_that_would_be_too_large_is_refused_before_a_slot_is_taken() {
    let world = World::new();
    let provider = world.provider(config().max_token_size(400).limit(limit(1, WhenFull::EvictOldest)));
    let kept = provider.issue("alice", &()).await.unwrap();
    let data = json!({ "fill": "x".repeat(200) });
    assert_matches!(
        provider.issue("alice", &data).await.unwrap_err(),
        IssueError::TooLarge { size: 401.., limit: 400 }
    );
    assert_matches!(
        provider.issue_pair("alice", &data).await.unwrap_err(),
        IssueError::TooLarge { size: 401.., limit: 400 }
    );
    provider.authenticate::<()>(kept.expose()).await.unwrap();
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
}

#[tokio::test]
async fn a_token_of_exactly_the_limit_is_issued_and_accepted() {
    let (world, provider) = untracked();
    let token = provider.issue("alice", &()).await.unwrap();
    let size = token.expose().len();
    let exact = world.provider(config().max_token_size(size));
    assert_eq!(exact.issue("alice", &()).await.unwrap().expose().len(), size);
    exact.authenticate::<()>(token.expose()).await.unwrap();
    let less = world.provider(config().max_token_size(size - 1));
    assert_matches!(
        less.issue("alice", &()).await.unwrap_err(),
        IssueError::TooLarge { size: got, limit } if got == size && limit == size - 1
    );
}

#[tokio::test]
async fn the_data_of_a_pair_has_at_most_4_kib_by_default() {
    let (world, provider) = untracked();
    let data = |size: usize| json!({ "fill": "x".repeat(size - r#"{"fill":""}"#.len()) });
    let pair = provider.issue_pair("alice", &data(4096)).await.unwrap();
    assert_matches!(
        provider.issue_pair("alice", &data(4097)).await.unwrap_err(),
        IssueError::TooLarge { size: 4097, limit: 4096 }
    );
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
    provider.refresh_pair(&pair.refresh).await.unwrap();
    // A single token carries its data itself.
    provider.issue("alice", &data(4097)).await.unwrap();

    let provider = world.builder(config()).max_data_size(20).build().unwrap();
    provider.issue_pair("alice", &data(20)).await.unwrap();
    assert_matches!(
        provider.issue_pair("alice", &data(21)).await.unwrap_err(),
        IssueError::TooLarge { size: 21, limit: 20 }
    );
}

#[tokio::test]
async fn nothing_is_issued_while_the_users_sessions_are_being_revoked() {
    let world = World::new();
    let store = Faulty::new(world.store.clone());
    let provider = world.over(store.clone(), config().track_sessions()).build().unwrap();
    store.set(Fault::RevokedBefore("open", provider.user_key("alice")));
    assert_matches!(provider.issue("alice", &()).await.unwrap_err(), IssueError::RevokedMeanwhile);
    store.set(Fault::None);
    let token = provider.issue("alice", &()).await.unwrap();
    provider.authenticate::<()>(token.expose()).await.unwrap();
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
}

#[tokio::test]
async fn metadata_is_recorded_listed_and_bounded() {
    let (world, provider) = tracked();
    let ip = "2001:db8::1".parse().unwrap();
    let metadata = SessionMetadata::new().with_ip(ip).with_user_agent("curl/8").with_label("laptop");
    provider.issue_with("alice", &(), metadata.clone()).await.unwrap();
    world.clock.advance(1);
    provider.issue_pair_with("alice", &(), metadata.clone()).await.unwrap();
    world.clock.advance(1);
    let long = SessionMetadata::new().with_user_agent(&"é".repeat(1000)).with_label(&"é".repeat(1000));
    provider.issue_with("alice", &(), long).await.unwrap();
    let sessions = provider.sessions("alice").await.unwrap();
    for session in &sessions[..2] {
        assert_eq!(session.metadata.ip(), Some(ip));
        assert_eq!(session.metadata.user_agent(), Some("curl/8"));
        assert_eq!(session.metadata.label(), Some("laptop"));
        assert_eq!(session.metadata, metadata);
    }
    assert_eq!(sessions[2].metadata.ip(), None);
    assert_eq!(sessions[2].metadata.user_agent().unwrap().len(), SessionMetadata::MAX_USER_AGENT);
    assert_eq!(sessions[2].metadata.label().unwrap().len(), SessionMetadata::MAX_LABEL);
}

#[tokio::test]
async fn metadata_survives_refreshing() {
    let (world, provider) = tracked();
    let metadata = || SessionMetadata::new().with_label("laptop");
    let single = provider.issue_with("alice", &(), metadata()).await.unwrap();
    world.clock.advance(1);
    let pair = provider.issue_pair_with("alice", &json!({ "a": 1 }), metadata()).await.unwrap();
    provider.refresh(single.expose()).await.unwrap();
    provider.refresh_pair_with(&pair.refresh, &()).await.unwrap();
    for session in provider.sessions("alice").await.unwrap() {
        assert_eq!(session.metadata, metadata());
        assert_eq!(session.rotation_count, 1);
    }
}

#[tokio::test]
async fn a_token_before_1970_is_issued_and_accepted_too() {
    let world = World::at(-1_000_000);
    let provider = world.provider(config().expiration(secs(60)));
    let token = provider.issue("alice", &()).await.unwrap();
    assert_eq!(payload(token.expose())["exp"], -999_940);
    provider.authenticate::<()>(token.expose()).await.unwrap();
}
