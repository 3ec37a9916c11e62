//! Settings that are refused, and what is shown of those that are not.

use std::time::Duration;

use jwtward::{
    Algorithm, KeyLoader,
    jwks_client::{JwksConfigError, JwksUrlError, RemoteJwks, RemoteJwksBuilder, ReqwestFetcher},
};

use crate::support::{Issuer, is_good, key, over, secs, token};

fn url_error(builder: RemoteJwksBuilder) -> JwksUrlError {
    match builder.build().unwrap_err() {
        JwksConfigError::Url(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn plain_http_is_refused_unless_it_is_asked_for_and_the_host_is_this_one() {
    let issuer = Issuer::new(&[&key("a")]);
    assert_eq!(url_error(RemoteJwks::at(&issuer.url("/keys.json"))), JwksUrlError::PlainHttp);
    assert_eq!(url_error(RemoteJwks::discover(&issuer.base)), JwksUrlError::PlainHttp);
    for url in ["http://issuer.example/keys.json", "http://localhost/keys.json", "http://192.168.0.1/"] {
        assert_eq!(url_error(RemoteJwks::at(url).allow_http_on_loopback()), JwksUrlError::PlainHttp);
        assert_eq!(url_error(RemoteJwks::discover(url).allow_http_on_loopback()), JwksUrlError::PlainHttp);
    }
    assert_eq!(issuer.count(), 0);
}

#[test]
fn other_urls_are_refused() {
    for (url, error) in [
        ("file:///etc/jwks.json", JwksUrlError::Scheme),
        ("https://user:password@issuer.example/", JwksUrlError::UserInfo),
        ("https://issuer.example/#keys", JwksUrlError::Fragment),
        ("issuer.example/keys", JwksUrlError::NotAUrl),
    ] {
        assert_eq!(url_error(RemoteJwks::at(url)), error);
        assert_eq!(url_error(RemoteJwks::discover(url)), error);
    }
    assert_eq!(url_error(RemoteJwks::discover("https://issuer.example/?tenant=a")), JwksUrlError::IssuerQuery);
}

#[test]
fn settings_have_bounds() {
    let build = |set: fn(RemoteJwksBuilder, Duration) -> RemoteJwksBuilder, value| {
        set(RemoteJwks::at("https://issuer.example/"), value).build().map(drop).map_err(|error| format!("{error:?}"))
    };
    let day = secs(86_400);
    let moment = Duration::from_nanos(1);
    for (name, set, least, most) in [
        ("Lifetime", RemoteJwksBuilder::lifetime as fn(_, _) -> _, secs(10), day),
        ("OutageTolerance", RemoteJwksBuilder::outage_tolerance, Duration::ZERO, day),
        ("CoolDown", RemoteJwksBuilder::cool_down, secs(1), secs(3600)),
        ("Deadline", RemoteJwksBuilder::deadline, Duration::from_millis(100), secs(30)),
    ] {
        assert_eq!((build(set, least), build(set, most)), (Ok(()), Ok(())));
        assert_eq!(build(set, most + moment), Err(name.to_owned()));
        if let Some(less) = least.checked_sub(moment) {
            assert_eq!(build(set, less), Err(name.to_owned()));
        }
    }
}

#[test]
fn hmac_keys_are_not_fetched() {
    let builder = RemoteJwks::at("https://issuer.example/").key_loader(KeyLoader::new(Algorithm::HS256));
    assert!(matches!(builder.build(), Err(JwksConfigError::Secrets)));
}

#[tokio::test]
async fn nothing_that_is_shown_holds_the_path_or_the_query() {
    let a = key("a");
    let issuer = Issuer::new(&[]);
    issuer.answer("/canary", crate::support::Answer::Body(crate::support::set(&[&a]).into()));
    let builder = RemoteJwks::at(&issuer.url("/canary?key=canary")).allow_http_on_loopback();
    assert!(!format!("{builder:?}").contains("canary"));
    let verifier = over(builder);
    is_good(verifier.verify(&token(&a)).await);
    assert_eq!(issuer.requests(), ["/canary?key=canary"]);
    let shown = format!("{verifier:?}");
    assert!(shown.contains(&issuer.base) && !shown.contains("canary"), "{shown}");
    assert_eq!(format!("{:?}", ReqwestFetcher::new().unwrap()), "ReqwestFetcher { .. }");
}
