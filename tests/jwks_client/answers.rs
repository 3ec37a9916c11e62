//! Answers that are no acceptable set, and sets of which not everything is.

use jwtward::{
    Algorithm, JsonError, JwtSigner, KeyError, KeyLoader, KeySetError, SigningKey, VerifyError,
    jwks_client::{FetchError, JwksError, JwksFetcher, RemoteVerifier},
};

use crate::support::{
    Answer, Issuer, KEYS, MOMENT, freeze, is_good, is_refused, is_unavailable, jwks, key, over, pass, secs, set, token,
    verifier,
};

/// What a first verification says when the issuer answers like this.
pub(crate) async fn error_of(answer: Answer) -> JwksError {
    let issuer = Issuer::new(&[]);
    issuer.answer(KEYS, answer);
    let error = is_unavailable(verifier(&issuer).verify(&token(&key("a"))).await);
    assert_eq!(issuer.count(), 1);
    error
}

async fn set_error(text: impl AsRef<[u8]>) -> KeySetError {
    match error_of(Answer::Body(text.as_ref().into())).await {
        JwksError::Keys(error) => error,
        other => panic!("{other:?}"),
    }
}

async fn fetch_error(answer: Answer) -> String {
    match error_of(answer).await {
        JwksError::Fetch(error) => format!("{error:?}"),
        other => panic!("{other:?}"),
    }
}

/// The members of a set, without the brackets around.
fn members(keys: &[&SigningKey]) -> String {
    let set = set(keys);
    set.strip_prefix("{\"keys\":[").unwrap().strip_suffix("]}").unwrap().to_owned()
}

#[tokio::test]
async fn any_status_but_200_is_refused_whatever_the_body_holds() {
    let good = set(&[&key("a")]);
    for status in [201, 203, 204, 206, 304, 400, 401, 403, 404, 429, 500, 503] {
        let body = if matches!(status, 204 | 304) { Vec::new() } else { good.clone().into() };
        assert_eq!(fetch_error(Answer::Status(status, body)).await, format!("Status({status})"));
    }
}

#[tokio::test]
async fn what_is_no_set_is_refused() {
    use KeySetError::{DuplicateKeyId, Json, Mixed, NotASet, NothingUsable, Secrets, TooManyKeys};
    let (a, b) = (key("a"), key("b"));
    let oct =
        r#"{"kty":"oct","alg":"HS256","kid":"s","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    let good = set(&[&a, &b]);
    let many: Vec<_> = (0..65).map(|i| key(&i.to_string())).collect();
    for (text, error) in [
        ("<!doctype html><title>Sign in</title>".into(), Json(JsonError::NotAnObject)),
        (String::new(), Json(JsonError::NotAnObject)),
        (good[..good.len() - 1].into(), Json(JsonError::Syntax)),
        (good[..good.len() / 2].into(), Json(JsonError::Syntax)),
        (format!("{good}{good}"), Json(JsonError::Syntax)),
        (format!("\u{feff}{good}"), Json(JsonError::NotAnObject)),
        (format!("[{}]", members(&[&a])), Json(JsonError::NotAnObject)),
        (members(&[&a]), NotASet),
        (r#"{"keys":{}}"#.into(), NotASet),
        (format!(r#"{{"keys":[],"keys":[{}]}}"#, members(&[&a])), Json(JsonError::DuplicateMember)),
        (r#"{"keys":[]}"#.into(), NothingUsable(Vec::new())),
        (set(&[&a, &b, &key("a")]), DuplicateKeyId),
        (format!(r#"{{"keys":[{},{oct}]}}"#, members(&[&a])), Mixed),
        (format!(r#"{{"keys":[{oct}]}}"#), Secrets),
        (set(&many.iter().collect::<Vec<_>>()), TooManyKeys),
    ] {
        assert_eq!(set_error(&text).await, error, "{text}");
    }
    assert_eq!(set_error([b"{\"keys\":\"", &[0xff][..], b"\"}"].concat()).await, Json(JsonError::Utf8));
}

#[tokio::test]
async fn sixty_four_keys_are_accepted() {
    let keys: Vec<_> = (0..64).map(|i| key(&i.to_string())).collect();
    let issuer = Issuer::new(&keys.iter().collect::<Vec<_>>());
    is_good(verifier(&issuer).verify(&token(&keys[63])).await);
}

#[tokio::test]
async fn a_body_above_256_kib_is_refused_and_one_of_as_much_is_read() {
    let a = key("a");
    let good = set(&[&a]);
    let of_size = |size: usize| Answer::Body(format!("{good}{}", " ".repeat(size - good.len())).into());
    assert_eq!(fetch_error(of_size(256 * 1024 + 1)).await, "TooLarge");
    assert_eq!(fetch_error(of_size(8 << 20)).await, "TooLarge");
    assert_eq!(fetch_error(Answer::Endless).await, "TooLarge");
    let issuer = Issuer::new(&[]);
    issuer.answer(KEYS, of_size(256 * 1024));
    is_good(verifier(&issuer).verify(&token(&a)).await);
}

#[tokio::test]
async fn an_answer_that_does_not_end_meets_the_deadline() {
    let _clock = freeze();
    let a = key("a");
    for held in [true, false] {
        let issuer = Issuer::new(&[]);
        issuer.hold(held);
        issuer.answer(KEYS, Answer::Half(set(&[&a]).into()));
        let verifier = over(jwks(&issuer).deadline(secs(7)));
        let verdict = tokio::spawn({
            let (verifier, token) = (verifier.clone(), token(&a));
            async move { verifier.verify(&token).await }
        });
        issuer.has_seen(1).await;
        pass(secs(6)).await;
        crate::support::settle().await;
        assert!(!verdict.is_finished());
        pass(secs(1) + MOMENT).await;
        assert!(matches!(is_unavailable(verdict.await.unwrap()), JwksError::Deadline));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_or_is_refused_is_a_failed_fetch() {
    assert!(fetch_error(Answer::Cut).await.starts_with("Transport("));
    let nobody = jwtward::jwks_client::RemoteJwks::at("http://127.0.0.1:1/canary?canary").allow_http_on_loopback();
    let error = is_unavailable(over(nobody).verify(&token(&key("a"))).await);
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn one_bad_key_does_not_spoil_the_set_and_is_reported() {
    let a = key("a");
    let bad = [
        r#"{"kty":"EC","crv":"P-256","kid":"b","x":"AA","y":"AA"}"#,
        r#"{"kty":"EC","crv":"secp256k1","kid":"c","x":"AA","y":"AA"}"#,
        r#"{"kty":"RSA","kid":"d","n":"AQAB","e":"AQAB","alg":"RS256"}"#,
        r#"{"kty":"future","kid":"e"}"#,
    ];
    let issuer = Issuer::new(&[]);
    issuer.answer(KEYS, Answer::Body(format!(r#"{{"keys":[{},{}]}}"#, bad.join(","), members(&[&a])).into()));
    let verifier = verifier(&issuer);
    is_good(verifier.verify(&token(&a)).await);
    let set = verifier.jwks().key_set().await.unwrap();
    assert_eq!(set.len(), 1);
    assert_eq!(set.skipped().iter().map(|key| key.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[tokio::test]
async fn rsa_keys_without_an_algorithm_need_one_that_is_named() {
    let rsa = include_str!("../keys/files/rsa.pkcs8.pem");
    let key = SigningKey::from_pem(Algorithm::RS256, rsa).unwrap();
    let text = key.verifying_key().to_jwk().unwrap().without_algorithm().to_string();
    let issuer = Issuer::new(&[]);
    issuer.answer(KEYS, Answer::Body(format!(r#"{{"keys":[{text}]}}"#).into()));
    let error = is_unavailable(verifier(&issuer).verify(&token(&key)).await);
    let JwksError::Keys(KeySetError::NothingUsable(skipped)) = error else { panic!("{error:?}") };
    assert_eq!(skipped[0].reason, KeyError::AlgorithmRequired);
    assert_eq!(issuer.count(), 1);

    let named = over(jwks(&issuer).key_loader(KeyLoader::new(Algorithm::RS256)));
    is_good(named.verify(&token(&key)).await);
    // For another algorithm there is no key, and none is looked for.
    let _clock = freeze();
    pass(secs(60)).await;
    is_refused(named.verify(&token(&crate::support::key("a"))).await, VerifyError::AlgorithmMismatch);
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn a_key_without_kid_is_used_where_it_is_the_only_one_that_fits() {
    let plain = || SigningKey::generate(Algorithm::ES256).unwrap();
    let (a, b, c) = (plain(), plain(), SigningKey::generate(Algorithm::ES384).unwrap());
    let named = a.clone().with_key_id(jwtward::KeyId::new("any").unwrap());
    // Alone it takes a token of any kid or none.
    let issuer = Issuer::new(&[&a]);
    let alone = verifier(&issuer);
    is_good(alone.verify(&token(&a)).await);
    is_good(alone.verify(&token(&named)).await);
    // Among others one without kid, if the algorithm tells which.
    let issuer = Issuer::new(&[&a, &c]);
    let two = verifier(&issuer);
    is_good(two.verify(&token(&a)).await);
    is_good(two.verify(&token(&c)).await);
    is_refused(two.verify(&token(&named)).await, VerifyError::NoMatchingKey);
    let issuer = Issuer::new(&[&a, &b]);
    is_refused(verifier(&issuer).verify(&token(&a)).await, VerifyError::NoMatchingKey);
}

/// Gets around what a fetcher is asked for.
struct Careless(usize);

impl JwksFetcher for Careless {
    async fn fetch(&self, _: &str, _: usize) -> Result<Vec<u8>, FetchError> {
        if self.0 == 0 { std::future::pending().await } else { Ok(vec![b' '; self.0]) }
    }
}

#[tokio::test]
async fn size_and_deadline_hold_for_any_fetcher() {
    let issuer = Issuer::new(&[]);
    let verdict = async |size| {
        let jwks = jwks(&issuer).build_with(Careless(size)).unwrap();
        let verifier = RemoteVerifier::builder(jwks).issuer("iss").audience("aud").build();
        is_unavailable(verifier.verify(&token(&key("a"))).await)
    };
    let JwksError::Fetch(error) = verdict(256 * 1024 + 1).await else { panic!("another error") };
    assert!(matches!(*error, FetchError::TooLarge));
    assert!(matches!(verdict(256 * 1024).await, JwksError::Keys(_)));
    // Nothing else is waited for, so that the clock may move by itself.
    tokio::time::pause();
    assert!(matches!(verdict(0).await, JwksError::Deadline));
}

#[tokio::test]
async fn a_token_of_another_issuer_is_judged_as_ever() {
    let a = key("a");
    let issuer = Issuer::new(&[&a]);
    let other = JwtSigner::new(a.clone(), "other", "aud", secs(60)).unwrap().sign("alice", &()).unwrap();
    let error = VerifyError::Claim(jwtward::ClaimError::Mismatch(jwtward::Claim::Issuer));
    is_refused(verifier(&issuer).verify(&other).await, error);
}
