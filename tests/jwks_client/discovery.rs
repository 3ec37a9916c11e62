//! An issuer's metadata, and the set that they name.

use jwtward::{
    VerifyError,
    jwks_client::{JwksError, JwksUrlError, RemoteJwks, RemoteJwksBuilder},
};

use crate::support::{
    Answer, Issuer, MOMENT, freeze, is_good, is_refused, is_unavailable, key, over, pass, secs, set, token,
};

const METADATA: &str = "/.well-known/openid-configuration";

fn discover(issuer: &str) -> RemoteJwksBuilder {
    RemoteJwks::discover(issuer).allow_http_on_loopback()
}

fn metadata(issuer: &str, uri: &str) -> Answer {
    let text = format!(
        r#"{{"issuer":"{issuer}","authorization_endpoint":"https://a.example/authorize","jwks_uri":"{uri}",
        "response_types_supported":["code"],"id_token_signing_alg_values_supported":["ES256"]}}"#
    );
    Answer::Body(text.into())
}

#[tokio::test]
async fn metadata_lead_to_the_keys() {
    let a = key("a");
    for (path, named) in [("", ""), ("", "/"), ("/realms/b", "/realms/b"), ("/realms/b", "/realms/b/")] {
        let issuer = Issuer::new(&[&a]);
        let identifier = issuer.url(named);
        issuer.answer(&format!("{path}{METADATA}"), metadata(&identifier, &issuer.url("/keys.json?v=1")));
        is_good(over(discover(&identifier)).verify(&token(&a)).await);
        assert_eq!(issuer.requests(), [format!("{path}{METADATA}"), "/keys.json?v=1".into()]);
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_are_refused_and_a_trailing_slash_counts() {
    let a = key("a");
    for (asked, named) in [("", "/"), ("/", ""), ("/b", "/b/"), ("/b/", "/b"), ("", "/other"), ("/b", "/B")] {
        let issuer = Issuer::new(&[&a]);
        let path = format!("{}{METADATA}", asked.trim_end_matches('/'));
        issuer.answer(&path, metadata(&issuer.url(named), &issuer.url("/keys.json")));
        let error = is_unavailable(over(discover(&issuer.url(asked))).verify(&token(&a)).await);
        assert!(matches!(error, JwksError::OtherIssuer), "{asked} {named}: {error:?}");
        assert_eq!(issuer.requests(), [path]);
    }
}

#[tokio::test]
async fn metadata_that_name_an_unacceptable_url_are_refused_and_it_is_not_asked() {
    let a = key("a");
    let elsewhere = Issuer::new(&[&a]);
    let port = elsewhere.base.rsplit_once(':').unwrap().1;
    for (uri, expected) in [
        (&*format!("http://localhost:{port}/keys.json"), JwksUrlError::PlainHttp),
        ("http://issuer.example/keys.json", JwksUrlError::PlainHttp),
        ("http://169.254.169.254/latest/meta-data", JwksUrlError::PlainHttp),
        (&format!("http://user:password@127.0.0.1:{port}/keys.json"), JwksUrlError::UserInfo),
        ("file:///etc/passwd", JwksUrlError::Scheme),
        ("/keys.json", JwksUrlError::NotAUrl),
        ("", JwksUrlError::NotAUrl),
    ] {
        let issuer = Issuer::new(&[&a]);
        issuer.answer(METADATA, metadata(&issuer.base, uri));
        match is_unavailable(over(discover(&issuer.base)).verify(&token(&a)).await) {
            JwksError::JwksUri(error) => assert_eq!(error, expected, "{uri}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(issuer.count(), 1);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn metadata_that_are_broken_are_refused() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let body = |text: &str| Answer::Body(text.into());
    let base = &issuer.base;
    let twice = format!(r#"{{"issuer":"{base}","jwks_uri":"{base}/keys.json","jwks_uri":"{base}/keys.json"}}"#);
    for (answer, expected) in [
        (body("<html>"), "Metadata(NotAnObject)"),
        (body("{"), "Metadata(Syntax)"),
        (body(&twice), "Metadata(DuplicateMember)"),
        (Answer::Body(vec![0xff]), "Metadata(Utf8)"),
        (body("{}"), "MetadataMember(\"issuer\")"),
        (body(&format!(r#"{{"issuer":"{base}"}}"#)), "MetadataMember(\"jwks_uri\")"),
        (Answer::Status(404, Vec::new()), "Fetch(Status(404))"),
        (Answer::Redirect(302, issuer.url("/keys.json")), "Fetch(Status(302))"),
        (Answer::Endless, "Fetch(TooLarge)"),
        // In place of the metadata, the set itself.
        (body(&set(&[&a])), "MetadataMember(\"issuer\")"),
    ] {
        issuer.answer(METADATA, answer);
        let error = is_unavailable(over(discover(base)).verify(&token(&a)).await);
        assert_eq!(format!("{error:?}"), expected);
    }
    assert!(issuer.requests().iter().all(|request| request == METADATA));
}

#[tokio::test]
async fn an_issuer_may_move_its_keys() {
    let _clock = freeze();
    let (a, b) = (key("a"), key("b"));
    let issuer = Issuer::new(&[&a]);
    issuer.answer(METADATA, metadata(&issuer.base, &issuer.url("/keys.json")));
    let verifier = over(discover(&issuer.base));
    is_good(verifier.verify(&token(&a)).await);
    issuer.answer("/moved", Answer::Body(set(&[&b]).into()));
    issuer.answer(METADATA, metadata(&issuer.base, &issuer.url("/moved")));
    pass(secs(30)).await;
    is_good(verifier.verify(&token(&b)).await);
    is_refused(verifier.verify(&token(&a)).await, VerifyError::NoMatchingKey);
    assert_eq!(issuer.count(), 4);
}

#[tokio::test]
async fn the_deadline_is_for_metadata_and_keys_together() {
    let _clock = freeze();
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    issuer.answer(METADATA, metadata(&issuer.base, &issuer.url("/keys.json")));
    issuer.hold(true);
    issuer.answer("/keys.json", Answer::Half(set(&[&a]).into()));
    let verdict = tokio::spawn({
        let (verifier, token) = (over(discover(&issuer.base)), token(&a));
        async move { verifier.verify(&token).await }
    });
    issuer.has_seen(1).await;
    pass(secs(4)).await;
    issuer.hold(false);
    issuer.has_seen(2).await;
    pass(secs(1) + MOMENT).await;
    assert!(matches!(is_unavailable(verdict.await.unwrap()), JwksError::Deadline));
}
