//! Where a token may stand.

use http::{Method, Version};
use jwtward::http::{BearerAuth, BearerLayer, CsrfCheck, TokenSource};

use crate::support::{Grant, provider, request, through, token};

async fn layer(source: impl FnOnce() -> TokenSource) -> (BearerLayer<Grant>, String) {
    let provider = provider();
    let token = token(&provider).await;
    (BearerLayer::new(BearerAuth::new(provider).only_from(source())), token)
}

#[tokio::test]
async fn a_double_submit_repeats_a_cookie_of_16_characters_or_more() {
    let check = || CsrfCheck::double_submit("__Host-csrf", "x-csrf-token").unwrap();
    let (layer, token) = layer(|| TokenSource::cookie("__Host-token", check()).unwrap()).await;
    let value = "0123456789abcdef";
    let answer = async |cookies: String, header: &[&str]| {
        let mut headers = vec![("cookie", cookies.as_bytes())];
        headers.extend(header.iter().map(|header| ("x-csrf-token", header.as_bytes())));
        through(&layer, request("/", &headers)).await
    };
    let both = format!("__Host-token={token}; __Host-csrf={value}");
    assert_eq!(answer(both.clone(), &[value]).await.status, 200);
    answer(both.clone(), &[]).await.is_cross_site();
    answer(both.clone(), &["0123456789abcdeF"]).await.is_cross_site();
    answer(both.clone(), &[value, value]).await.is_cross_site();
    answer(format!("{both}; __Host-csrf={value}"), &[value]).await.is_cross_site();
    answer(format!("__Host-token={token}"), &[value]).await.is_cross_site();
    answer(format!("__Host-token={token}; __Host-csrf="), &[""]).await.is_cross_site();
    answer(format!("__Host-token={token}; __Host-csrf=0123456789abcde"), &["0123456789abcde"]).await.is_cross_site();
    // Without a token there is nothing to check.
    answer(format!("__Host-csrf={value}"), &[value]).await.is_missing();
}

#[tokio::test]
async fn a_header_and_the_origin_are_both_needed_but_for_get() {
    let check =
        || CsrfCheck::header_and_origin("x-requested-with", ["https://app.example", "http://localhost:8080"]).unwrap();
    let (layer, token) = layer(|| TokenSource::cookie("token", check()).unwrap()).await;
    let cookie = format!("token={token}");
    let answer = async |method: Method, headers: &[(&str, &[u8])]| {
        let mut request = request("/", &[&[("cookie", cookie.as_bytes())], headers].concat());
        *request.method_mut() = method;
        through(&layer, request).await
    };
    let header: (&str, &[u8]) = ("x-requested-with", b"app");
    let origin: (&str, &[u8]) = ("origin", b"http://localhost:8080");
    assert_eq!(answer(Method::POST, &[header, origin]).await.status, 200);
    assert_eq!(answer(Method::GET, &[header]).await.status, 200);
    assert_eq!(answer(Method::HEAD, &[header]).await.status, 200);
    answer(Method::POST, &[header]).await.is_cross_site();
    answer(Method::DELETE, &[header]).await.is_cross_site();
    answer(Method::GET, &[]).await.is_cross_site();
    answer(Method::GET, &[origin]).await.is_cross_site();
    answer(Method::GET, &[("x-requested-with", b""), origin]).await.is_cross_site();
    answer(Method::GET, &[header, ("origin", b"https://evil.example")]).await.is_cross_site();
}

#[tokio::test]
async fn cookies_may_come_in_several_headers() {
    let check = || CsrfCheck::origin(["https://app.example"]).unwrap();
    let (layer, token) = layer(|| TokenSource::cookie("token", check()).unwrap()).await;
    let cookie = format!("token={token}");
    let origin: (&str, &[u8]) = ("origin", b"https://app.example");
    let apart = [("cookie", &b"tokens=x"[..]), ("cookie", cookie.as_bytes()), origin];
    assert_eq!(through(&layer, request("/", &apart)).await.status, 200);
    let twice = [("cookie", cookie.as_bytes()), ("cookie", b"token=x"), origin];
    through(&layer, request("/", &twice)).await.is_invalid_request();
}

#[tokio::test]
async fn a_token_in_the_query_counts_in_a_websocket_handshake_alone() {
    let (layer, token) = layer(|| TokenSource::websocket_query("access_token").unwrap()).await;
    let uri = format!("/ws?a=b&access_token={token}");
    let handshake: [(&str, &[u8]); 3] =
        [("connection", b"Upgrade"), ("upgrade", b"WebSocket"), ("sec-websocket-version", b"13")];
    assert_eq!(through(&layer, request(&uri, &handshake)).await.status, 200);
    for without in 0..3 {
        let headers: Vec<_> = handshake.iter().enumerate().filter(|(i, _)| *i != without).map(|(_, h)| *h).collect();
        through(&layer, request(&uri, &headers)).await.is_invalid_request();
    }
    let mut post = request(&uri, &handshake);
    *post.method_mut() = Method::POST;
    through(&layer, post).await.is_invalid_request();

    // Over HTTP/2 it is an extended CONNECT.
    let mut connect = request(&format!("https://api.example{uri}"), &handshake[2..]);
    (*connect.method_mut(), *connect.version_mut()) = (Method::CONNECT, Version::HTTP_2);
    assert_eq!(through(&layer, connect).await.status, 200);

    through(&layer, request("/ws?access_token=a%2eb", &handshake)).await.is_invalid_request();
    through(&layer, request("/ws?access_token=", &handshake)).await.is_invalid_request();
    through(&layer, request("/ws?xaccess_token=a", &handshake)).await.is_missing();
    through(&layer, request("/ws", &handshake)).await.is_missing();
}

#[tokio::test]
async fn the_query_is_not_looked_at_unless_named() {
    let (layer, token) = layer(TokenSource::authorization).await;
    through(&layer, request(&format!("/?access_token={token}"), &[])).await.is_missing();
}
