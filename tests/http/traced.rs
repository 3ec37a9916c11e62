//! Why a request was refused goes to `tracing`, and nothing of what it carried.

#[path = "../support/log.rs"]
mod log;

use jwtward::{
    Algorithm, JwtVerifier, SigningKey,
    http::{BearerAuth, CsrfCheck, TokenSource},
};
use log::Log;

use crate::support::{provider, with_headers};

#[test]
fn the_reason_is_traced_without_the_token() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let key = SigningKey::generate(Algorithm::ES256).unwrap();
            let verifier = JwtVerifier::builder(key.verifying_key()).issuer("iss").audience("aud").build();
            let csrf = CsrfCheck::origin(["https://app.example"]).unwrap();
            let auths = [BearerAuth::new(verifier), BearerAuth::new(provider())];
            for auth in auths.map(|auth| auth.also_from(TokenSource::cookie("token", csrf.clone()).unwrap())) {
                with_headers(&auth, &[]).await.is_missing();
                with_headers(&auth, &[("authorization", b"Bearer canary.canary.canary")]).await.is_invalid_token();
                with_headers(&auth, &[("authorization", b"Bearer canary,")]).await.is_invalid_request();
                with_headers(&auth, &[("authorization", b"canary canary")]).await.is_missing();
                with_headers(&auth, &[("cookie", b"token=canary")]).await.is_cross_site();
                let both: [(&str, &[u8]); 2] = [("cookie", b"token=canary"), ("authorization", b"Bearer canary")];
                with_headers(&auth, &both).await.is_invalid_request();
            }
        });
    });
    let log = log.0.lock().unwrap();
    assert!(!log.contains("canary"), "{log}");
    for (reason, times) in [
        ("kind=MissingCredentials reason=the request carries no token", 2),
        ("kind=InvalidToken reason=", 1),
        ("operation=\"authenticate\" reason=", 1),
        ("kind=InvalidRequest reason=the credentials are malformed", 2),
        ("kind=MissingCredentials reason=the credentials are of another scheme", 2),
        ("kind=CrossSite reason=the check against requests from other sites failed", 2),
        ("kind=InvalidRequest reason=the request carries more than one token", 2),
    ] {
        assert_eq!(log.matches(reason).count(), times, "{reason}\n{log}");
    }
}
