//! Rows 62 to 66 of `docs/attacks.md`.

use jwtward::{
    Algorithm, JwtSigner, JwtVerifier, SigningKey,
    http::{BearerAuth, BearerLayer, CsrfCheck, TokenSource},
};
use std::time::Duration;

use crate::{
    faulty::Fault,
    support::{SECRET, grant, provider, provider_and_store, request, through, token, with_headers},
};

fn everywhere(auth: BearerAuth) -> BearerAuth {
    let csrf = CsrfCheck::origin(["https://app.example"]).unwrap();
    auth.also_from(TokenSource::cookie("__Host-token", csrf).unwrap())
        .also_from(TokenSource::websocket_query("access_token").unwrap())
}

#[tokio::test]
async fn a62_two_authorization_headers_are_refused_whatever_they_hold() {
    let provider = provider();
    let auth = BearerAuth::new(provider.clone());
    let good = format!("Bearer {}", token(&provider).await);
    for other in [&*good, "Bearer x", "Basic YTpi", ""] {
        for pair in [[&*good, other], [other, &*good]] {
            let headers = pair.map(|value| ("authorization", value.as_bytes()));
            with_headers(&auth, &headers).await.is_invalid_request();
        }
    }
    with_headers(&auth, &[("authorization", format!("{good}, {good}").as_bytes())]).await.is_invalid_request();
}

#[tokio::test]
async fn a62_a_token_in_two_places_is_refused_although_each_is_good() {
    let provider = provider();
    let layer = BearerLayer::new(everywhere(BearerAuth::new(provider.clone())));
    let token = token(&provider).await;
    let (header, cookie) = (format!("Bearer {token}"), format!("__Host-token={token}"));
    let header = [("authorization", header.as_bytes())];
    let cookie = [("cookie", cookie.as_bytes()), ("origin", &b"https://app.example"[..])];
    let handshake: [(&str, &[u8]); 3] =
        [("connection", b"keep-alive, Upgrade"), ("upgrade", b"websocket"), ("sec-websocket-version", b"13")];
    let query = format!("/?access_token={token}");

    // One at a time is fine.
    for request in [request("/", &header), request("/", &cookie), request(&query, &handshake)] {
        assert_eq!(through(&layer, request).await.body, "alice orders:read profile");
    }
    let together = [&header[..], &cookie[..]].concat();
    through(&layer, request("/", &together)).await.is_invalid_request();
    through(&layer, request(&query, &[&header[..], &handshake[..]].concat())).await.is_invalid_request();
    through(&layer, request(&query, &[&cookie[..], &handshake[..]].concat())).await.is_invalid_request();
    through(&layer, request(&query, &[&together[..], &handshake[..]].concat())).await.is_invalid_request();
    // Twice in one place.
    through(&layer, request("/", &[&cookie[..], &cookie[..1]].concat())).await.is_invalid_request();
    through(&layer, request(&format!("{query}&access_token={token}"), &handshake)).await.is_invalid_request();
    // Optional is not lenient.
    through(&layer.clone().optional(), request("/", &together)).await.is_invalid_request();
}

#[tokio::test]
async fn a63_the_scheme_is_of_any_case_and_nothing_else_is_lenient() {
    let provider = provider();
    let auth = BearerAuth::new(provider.clone());
    let token = token(&provider).await;
    let answer = async |value: String| with_headers(&auth, &[("authorization", value.as_bytes())]).await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEARER"] {
        assert_eq!(answer(format!("{scheme} {token}")).await.body, "alice orders:read profile");
    }
    for value in [
        "Bearer".into(),
        "Bearer ".into(),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token},"),
        format!("Bearer {token} "),
        format!("Bearer {token} x"),
        format!("Bearer \"{token}\""),
        format!(" Bearer {token}"),
        format!("Bearer={token}"),
        String::new(),
    ] {
        answer(value).await.is_invalid_request();
    }
    // Not of this scheme: no error code (RFC 6750 section 3.1).
    for value in ["Basic YTpi".into(), format!("Bearer{token}"), format!("JWT {token}"), format!("DPoP {token}")] {
        answer(value).await.is_missing();
    }
    with_headers(&auth, &[("authorization", b"Bearer \xff\xfe")]).await.is_invalid_request();
}

#[tokio::test]
async fn a64_a_header_of_a_megabyte_is_refused_and_not_echoed() {
    let provider = provider();
    let auth = everywhere(BearerAuth::new(provider.clone()));
    let huge = "canary.".repeat(150_000);
    let bearer = format!("Bearer {huge}");
    let cookie = format!("__Host-token={huge}");
    for headers in [
        &[("authorization", bearer.as_bytes())][..],
        &[("authorization", huge.as_bytes())],
        &[("cookie", cookie.as_bytes()), ("origin", b"https://app.example")],
    ] {
        let seen = with_headers(&auth, headers).await;
        seen.is_invalid_request();
        assert!(!format!("{seen:?}").contains("canary"));
    }
    // One octet above the limit is above the limit.
    let at = format!("Bearer {}", "x".repeat(8192));
    with_headers(&auth, &[("authorization", at.as_bytes())]).await.is_invalid_token();
    with_headers(&auth, &[("authorization", format!("{at}x").as_bytes())]).await.is_invalid_request();
}

#[tokio::test]
async fn a65_every_bad_token_gets_the_same_answer_to_the_octet() {
    let (provider, store) = provider_and_store();
    let auth = BearerAuth::new(provider.clone());
    let good = token(&provider).await;
    let signer = |key: &[u8], audience: &str| {
        let key = SigningKey::from_secret(Algorithm::HS256, key).unwrap();
        let key = key.with_key_id(jwtward::KeyId::new("default").unwrap());
        JwtSigner::new(key, "iss", audience, Duration::from_secs(60)).unwrap()
    };
    let past = signer(SECRET, "aud").clock(jwtward::FixedClock(jwtward::NumericDate::from_secs(1_000_000)));
    let revoked = token(&provider).await;
    provider.revoke(&revoked).await.unwrap();
    let superseded = token(&provider).await;
    provider.refresh(&superseded).await.unwrap();
    let es256 = SigningKey::generate(Algorithm::ES256).unwrap();
    let other_key = JwtSigner::new(es256, "iss", "aud", Duration::from_secs(60)).unwrap();
    let mut bad = vec![
        "x".to_owned(),
        "a.b.c".into(),
        good[..good.len() - 4].to_owned(),
        past.sign("alice", &()).unwrap(),
        signer(b"one more secret of 32 octets or more", "aud").sign("alice", &()).unwrap(),
        signer(SECRET, "another").sign("alice", &()).unwrap(),
        signer(SECRET, "aud").sign("alice", &grant()).unwrap(),
        other_key.sign("alice", &()).unwrap(),
        revoked,
        superseded,
    ];
    bad.push(format!("{good}="));
    let mut answers = Vec::new();
    for token in &bad {
        let seen = with_headers(&auth, &[("authorization", format!("Bearer {token}").as_bytes())]).await;
        seen.is_invalid_token();
        answers.push((format!("{:?}", seen.headers), seen.body));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    // Nor does an outage tell a good token from one that was revoked.
    store.set(Fault::Fails("check"));
    for token in [&good, &bad[8]] {
        with_headers(&auth, &[("authorization", format!("Bearer {token}").as_bytes())]).await.is_unavailable();
    }
}

#[tokio::test]
async fn a65_a_verifier_without_a_provider_answers_alike() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let verifier = JwtVerifier::builder(key.verifying_key()).issuer("iss").audience("aud").build();
    let auth = BearerAuth::new(verifier);
    let signer = JwtSigner::new(key, "iss", "aud", Duration::from_secs(60)).unwrap();
    let good = signer.sign("alice", &grant()).unwrap();
    let answer =
        async |token: &str| with_headers(&auth, &[("authorization", format!("Bearer {token}").as_bytes())]).await;
    assert_eq!(answer(&good).await.body, "alice orders:read profile");
    answer(&good[1..]).await.is_invalid_token();
    answer(&good[..good.len() - 1]).await.is_invalid_token();
    // Claims of another type than the service asks for.
    answer(&signer.sign("alice", &()).unwrap()).await.is_invalid_token();
}

#[tokio::test]
async fn a66_a_cookie_counts_only_with_a_check_and_only_if_it_holds() {
    let provider = provider();
    let token = token(&provider).await;
    let cookie = format!("a=b; __Host-token={token}; c=d");
    let cookie = ("cookie", cookie.as_bytes());
    // By default a cookie is nothing.
    with_headers(&BearerAuth::new(provider.clone()), &[cookie]).await.is_missing();
    // There is no `TokenSource::cookie` without a `CsrfCheck`.
    let auth = everywhere(BearerAuth::new(provider));
    assert_eq!(with_headers(&auth, &[cookie, ("origin", b"https://app.example")]).await.status, 200);
    with_headers(&auth, &[cookie]).await.is_cross_site();
    for origin in [
        "https://evil.example",
        "null",
        "",
        "http://app.example",
        "https://app.example/",
        "https://app.example.evil.example",
        "https://APP.example",
        "https://app.example:443",
        "https://app.example https://app.example",
    ] {
        with_headers(&auth, &[cookie, ("origin", origin.as_bytes())]).await.is_cross_site();
    }
    let two: [(&str, &[u8]); 3] = [cookie, ("origin", b"https://app.example"), ("origin", b"https://app.example")];
    with_headers(&auth, &two).await.is_cross_site();
    // A bad token fails the check first, and so says nothing.
    with_headers(&auth, &[("cookie", b"__Host-token=x")]).await.is_cross_site();
    with_headers(&auth, &[("cookie", b"__Host-token=\"x\""), ("origin", b"https://app.example")])
        .await
        .is_invalid_request();
}
