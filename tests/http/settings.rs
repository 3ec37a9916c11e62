//! Settings, and what they refuse.

use std::time::Duration;

use http::header;
use jwtward::http::{BearerAuth, BearerLayer, CsrfCheck, HttpConfigError, RejectionKind, TokenSource};

use crate::{
    faulty::Fault,
    support::{Grant, provider, provider_and_store, seen, token, with_headers},
};

#[test]
fn what_cannot_work_is_refused() {
    let auth = || BearerAuth::new(provider());
    for realm in ["", "a\"b", "a\\b", "a\nb", "é", &"x".repeat(129)] {
        assert_eq!(auth().realm(realm).unwrap_err(), HttpConfigError::Realm);
    }
    for scope in ["", " ", "a ", " a", "a  b", "a\"b", "a\\b", "a\nb", "é"] {
        let layer = BearerLayer::<Grant>::new(auth());
        assert_eq!(layer.require_scope(scope, |jwt| &jwt.custom().scope).unwrap_err(), HttpConfigError::Scope);
        assert_eq!(auth().insufficient_scope(scope).unwrap_err(), HttpConfigError::Scope);
    }
    let csrf = || CsrfCheck::origin(["https://app.example"]).unwrap();
    for name in ["", "a b", "a=b", "a;b", "é"] {
        assert_eq!(TokenSource::cookie(name, csrf()).unwrap_err(), HttpConfigError::CookieName);
    }
    for name in ["", "a b", "a=b", "a&b", "a%20"] {
        assert_eq!(TokenSource::websocket_query(name).unwrap_err(), HttpConfigError::ParameterName);
    }
    assert_eq!(CsrfCheck::origin([]).unwrap_err(), HttpConfigError::Origin);
    for origin in
        ["", "*", "null", "app.example", "https://", "https://app.example/", "https://App.example", "file://x"]
    {
        assert_eq!(
            CsrfCheck::origin(["https://app.example", origin]).unwrap_err(),
            HttpConfigError::Origin,
            "{origin}"
        );
    }
    assert_eq!(CsrfCheck::double_submit("csrf", "x-csrf").unwrap_err(), HttpConfigError::CookiePrefix);
    assert_eq!(CsrfCheck::double_submit("__Host-a b", "x-csrf").unwrap_err(), HttpConfigError::CookieName);
    assert_eq!(CsrfCheck::double_submit("__Host-csrf", "x csrf").unwrap_err(), HttpConfigError::HeaderName);
    for header in ["Accept", "content-type", "cookie", "Origin", "referer", "sec-fetch-site", "user-agent", "range"] {
        let error = CsrfCheck::header_and_origin(header, ["https://app.example"]).unwrap_err();
        assert_eq!(error, HttpConfigError::SafelistedHeader, "{header}");
    }
}

#[test]
fn each_setting_error_says_what_is_wrong() {
    for (error, text) in [
        (HttpConfigError::Realm, "the realm must be 1 to 128 printable characters without quotes and backslashes"),
        (HttpConfigError::Scope, "the scope must be words with one space between them"),
        (HttpConfigError::HeaderName, "this is not the name of a header"),
        (HttpConfigError::SafelistedHeader, "a check needs a header that another site cannot set"),
        (HttpConfigError::CookieName, "this is not the name of a cookie"),
        (HttpConfigError::CookiePrefix, "the name of the cookie must begin with __Host-"),
        (HttpConfigError::ParameterName, "this is not the name of a query parameter"),
        (HttpConfigError::Origin, "an origin is a scheme, a host and perhaps a port"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test]
async fn the_realm_and_the_pause_are_as_set() {
    let (provider, store) = provider_and_store();
    let token = token(&provider).await;
    let auth = BearerAuth::new(provider).realm("orders, all").unwrap().retry_after(Duration::from_millis(1500));
    let none = with_headers(&auth, &[]).await;
    assert_eq!(none.header(header::WWW_AUTHENTICATE), Some("Bearer realm=\"orders, all\""));
    store.set(Fault::Fails("check"));
    let down = with_headers(&auth, &[("authorization", format!("Bearer {token}").as_bytes())]).await;
    assert_eq!(down.header(header::RETRY_AFTER), Some("2"));
    let scope = auth.insufficient_scope("a b").unwrap();
    assert_eq!(scope.kind(), RejectionKind::InsufficientScope);
    let challenge = "Bearer realm=\"orders, all\", error=\"insufficient_scope\", scope=\"a b\"";
    assert_eq!(seen(scope.to_response()).await.header(header::WWW_AUTHENTICATE), Some(challenge));
    assert_eq!(scope.to_string(), "the token does not grant this");
}

#[tokio::test]
async fn debug_shows_no_token() {
    let provider = provider();
    let token = token(&provider).await;
    let auth = BearerAuth::new(provider);
    let (parts, ()) =
        http::Request::builder().header("authorization", format!("Bearer {token}x")).body(()).unwrap().into_parts();
    let rejection = auth.authenticate::<Grant>(&parts).await.unwrap_err();
    for text in
        [format!("{rejection:?} {rejection}"), format!("{auth:?} {:?}", BearerLayer::<Grant>::new(auth.clone()))]
    {
        assert!(!text.contains(&token[..20]), "{text}");
    }
}
