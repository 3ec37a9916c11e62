//! The member `data`: typed in, typed out, carried to the octet.

use std::collections::{BTreeMap, HashMap};

use jwtward::{AuthError, ClaimError, DataError, IssueError, JsonError, VerifyError};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::support::{World, assert_matches, config, foreign, forge, payload, payload_text, tracked, untracked};

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Role {
    role: String,
    #[serde(default)]
    scopes: Vec<String>,
}

#[tokio::test]
async fn data_is_typed_in_and_out() {
    let (_, provider) = tracked();
    let role = Role { role: "admin".into(), scopes: vec!["read".into()] };
    let token = provider.issue("alice", &role).await.unwrap();
    let jwt = provider.authenticate::<Role>(token.expose()).await.unwrap();
    assert_eq!(*jwt.custom(), role);
    assert_eq!(jwt.into_claims().into_custom(), role);
    provider.authenticate::<()>(token.expose()).await.unwrap();
    provider.authenticate::<serde::de::IgnoredAny>(token.expose()).await.unwrap();
    let map = provider.authenticate::<BTreeMap<String, Value>>(token.expose()).await.unwrap();
    assert_eq!(map.custom()["role"], "admin");
    let option = provider.authenticate::<Option<Role>>(token.expose()).await.unwrap();
    assert_eq!(*option.custom(), Some(role));
}

#[tokio::test]
async fn data_of_another_type_is_a_typed_error() {
    #[derive(Deserialize, Debug)]
    struct Other {
        _level: u8,
    }
    #[derive(Deserialize, Debug)]
    struct Number {
        #[serde(rename = "role")]
        _role: u8,
    }
    let (_, provider) = tracked();
    let token = provider.issue("alice", &json!({ "role": "admin" })).await.unwrap();
    assert_matches!(
        provider.authenticate::<Other>(token.expose()).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(ClaimError::MissingCustom("_level")))
    );
    for error in [
        provider.authenticate::<Number>(token.expose()).await.unwrap_err(),
        provider.authenticate::<u64>(token.expose()).await.map(|_| ()).unwrap_err(),
    ] {
        assert_matches!(error, AuthError::Token(VerifyError::Claim(ClaimError::CustomType)));
    }
    let bare = provider.issue("alice", &()).await.unwrap();
    assert_matches!(
        provider.authenticate::<Role>(bare.expose()).await.unwrap_err(),
        AuthError::Token(VerifyError::Claim(ClaimError::MissingCustom("role")))
    );
}

#[tokio::test]
async fn empty_data_is_left_out_and_read_as_an_empty_object() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Nothing;
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Empty {}
    let (_, provider) = tracked();
    let none: Option<Role> = None;
    for token in [
        provider.issue("alice", &()).await,
        provider.issue("alice", &none).await,
        provider.issue("alice", &json!({})).await,
        provider.issue("alice", &Value::Null).await,
        provider.issue("alice", &Nothing).await,
        provider.issue("alice", &Empty {}).await,
        provider.issue("alice", &HashMap::<String, u8>::new()).await,
    ] {
        let token = token.unwrap();
        assert_eq!(payload(token.expose()).get("data"), None);
        assert_eq!(*provider.authenticate::<Value>(token.expose()).await.unwrap().custom(), json!({}));
        provider.authenticate::<()>(token.expose()).await.unwrap();
        provider.authenticate::<Empty>(token.expose()).await.unwrap();
        provider.authenticate::<Nothing>(token.expose()).await.unwrap();
        provider.authenticate::<HashMap<String, Value>>(token.expose()).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_object_is_refused() {
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    let (_, provider) = tracked();
    for result in [
        provider.issue("alice", &7).await,
        provider.issue("alice", "text").await,
        provider.issue("alice", &["a"]).await,
        provider.issue("alice", &true).await,
    ] {
        assert_matches!(result.unwrap_err(), IssueError::Data(DataError::NotAnObject));
    }
    assert_matches!(provider.issue("alice", &Fails).await.unwrap_err(), IssueError::Data(DataError::Serialize));
    let (deep, many): (Value, HashMap<String, u8>) =
        ((0..40).fold(json!(1), |inner, _| json!({ "a": inner })), (0..257).map(|i| (i.to_string(), 0)).collect());
    assert_matches!(
        provider.issue("alice", &deep).await.unwrap_err(),
        IssueError::Data(DataError::Json(JsonError::TooDeep))
    );
    assert_matches!(
        provider.issue("alice", &many).await.unwrap_err(),
        IssueError::Data(DataError::Json(JsonError::TooManyMembers))
    );
    assert_eq!(provider.session_count("alice").await.unwrap(), 0);
}

#[tokio::test]
async fn reserved_names_are_refused_in_any_letter_case_and_named() {
    let (_, provider) = tracked();
    let pair = provider.issue_pair("bob", &()).await.unwrap();
    for claim in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid"] {
        let mixed: String =
            claim.chars().enumerate().map(|(i, c)| if i % 2 == 1 { c.to_ascii_uppercase() } else { c }).collect();
        for name in [claim.to_owned(), claim.to_uppercase(), mixed] {
            let data = HashMap::from([("a", 1)]).into_iter().map(|(k, v)| (k.to_owned(), v));
            let data: HashMap<String, u8> = data.chain([(name.clone(), 1)]).collect();
            assert_matches!(
                provider.issue("alice", &data).await.unwrap_err(),
                IssueError::Data(DataError::Reserved(named)) if named == claim
            );
            assert_matches!(
                provider.issue_pair("alice", &data).await.unwrap_err(),
                IssueError::Data(DataError::Reserved(named)) if named == claim
            );
            assert_matches!(
                provider.refresh_pair_with(&pair.refresh, &data).await.unwrap_err(),
                jwtward::RefreshError::Issue(IssueError::Data(DataError::Reserved(named))) if named == claim
            );
        }
    }
    // Beneath the first level, and as a part of a name, they are the caller's.
    provider
        .issue("alice", &json!({ "user": { "sub": 1 }, "subs": 2, "_exp": 3, "data": { "iss": 4 } }))
        .await
        .unwrap();
    assert_eq!(provider.session_count("alice").await.unwrap(), 1);
}

/// The long s is an s in another case: Go's `encoding/json` takes it for one.
#[tokio::test]
async fn reserved_names_are_refused_in_the_other_letter_cases_of_unicode() {
    let (_, provider) = tracked();
    for (name, claim) in [("ſub", "sub"), ("ISſ", "iss"), ("ſid", "sid")] {
        assert_matches!(
            provider.issue("alice", &json!({ name: 1 })).await.unwrap_err(),
            IssueError::Data(DataError::Reserved(named)) if named == claim
        );
    }
}

#[tokio::test]
async fn integers_of_64_bits_survive_exactly_and_others_are_refused() {
    let (world, provider) = tracked();
    let data = json!({ "max": u64::MAX, "min": i64::MIN, "past": (1_u64 << 53) + 1, "float": 0.1, "big": 1e300 });
    let single = provider.issue("alice", &data).await.unwrap();
    let single = provider.refresh(single.expose()).await.unwrap();
    let single = provider.refresh(single.expose()).await.unwrap();
    let pair = provider.issue_pair("alice", &data).await.unwrap();
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    let plain = world.provider(config());
    let untracked = plain.issue("alice", &data).await.unwrap();
    let untracked = plain.refresh(untracked.expose()).await.unwrap();
    for (provider, token) in [(&provider, &single), (&provider, &pair.access), (&plain, &untracked)] {
        assert_eq!(*provider.authenticate::<Value>(token.expose()).await.unwrap().custom(), data);
        assert!(payload_text(token.expose()).contains("18446744073709551615"));
    }
    for number in [i128::from(u64::MAX) + 1, i128::from(i64::MIN) - 1] {
        assert_matches!(
            provider.issue("alice", &HashMap::from([("n", number)])).await.unwrap_err(),
            IssueError::Data(DataError::Json(JsonError::NumberOutOfRange))
        );
    }
}

#[tokio::test]
async fn a_foreign_tokens_data_is_carried_to_the_octet() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    for data in [
        r#"{"z":1,"a":{"b" : [1.0,1e2,-0]},"\u0061b":"\u00e9\/"}"#,
        r#"{"_rotation_count":3}"#,
        "[1,2]",
        "\"text\"",
        "18446744073709551615",
    ] {
        let mut claims = foreign(&world.clock, &format!("id {data}"));
        claims["data"] = json!("here");
        let token = provider.refresh(&forge(&claims.to_string().replace("\"here\"", data))).await.unwrap();
        let text = payload_text(token.expose());
        assert!(text.ends_with(&format!(r#","data":{data}}}"#)), "{text}");
    }
    for data in ["null", "{}"] {
        let mut claims = foreign(&world.clock, &format!("id {data}"));
        claims["data"] = json!("here");
        let token = forge(&claims.to_string().replace("\"here\"", data));
        assert_eq!(*provider.authenticate::<Value>(&token).await.unwrap().custom(), json!({}));
        let token = provider.refresh(&token).await.unwrap();
        assert_eq!(payload(token.expose()).get("data"), None);
    }
}

#[tokio::test]
async fn other_members_of_a_foreign_token_are_ignored_and_not_carried() {
    let world = World::new();
    let provider = world.builder(config()).accept_tokens_issued_before_store().build().unwrap();
    let mut claims = foreign(&world.clock, "id");
    claims["role"] = json!("root");
    let token = forge(&claims.to_string());
    assert_eq!(*provider.authenticate::<Value>(&token).await.unwrap().custom(), json!({}));
    let token = provider.refresh(&token).await.unwrap();
    assert_eq!(payload(token.expose()).get("role"), None);
}

#[tokio::test]
async fn data_with_a_member_named_data_is_kept_apart() {
    let (_, provider) = untracked();
    let data = json!({ "data": { "data": null }, "a": "\"},{\"" });
    let token = provider.issue("alice", &data).await.unwrap();
    let token = provider.refresh(token.expose()).await.unwrap();
    assert_eq!(*provider.authenticate::<Value>(token.expose()).await.unwrap().custom(), data);
    let pair = provider.issue_pair("alice", &data).await.unwrap();
    let pair = provider.refresh_pair(&pair.refresh).await.unwrap();
    assert_eq!(*provider.authenticate::<Value>(pair.access.expose()).await.unwrap().custom(), data);
}

/// Data of the greatest depth and number of members that a token can hold can be refreshed too.
#[tokio::test]
async fn whatever_can_be_issued_as_a_pair_can_be_refreshed() {
    let (_, provider) = untracked();
    for depth in 25..34 {
        let deep = (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }));
        let Ok(pair) = provider.issue_pair("alice", &deep).await else { continue };
        let next = provider.refresh_pair(&pair.refresh).await.unwrap();
        assert_eq!(*provider.authenticate::<Value>(next.access.expose()).await.unwrap().custom(), deep, "{depth}");
    }
    for members in 245..258 {
        let many: HashMap<String, u8> = (0..members).map(|i| (i.to_string(), 0)).collect();
        let Ok(pair) = provider.issue_pair("alice", &many).await else { continue };
        let next = provider.refresh_pair(&pair.refresh).await.unwrap();
        provider.authenticate::<()>(next.access.expose()).await.unwrap();
    }
}
