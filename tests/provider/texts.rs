//! What errors say, and where they come from.

use std::error::Error;

use jwtward::{
    AuthError, ClaimError, ConfigError, DataError, IssueError, JsonError, QueryError, RefreshError, RevokeError,
    Revoked, SignError, VerifyError, store::StoreError,
};

use crate::support::assert_matches;

#[test]
fn each_error_says_what_is_wrong_in_lower_case() {
    let full = IssueError::TooManySessions { active: 6, limit: 5 };
    let errors: Vec<(Box<dyn Error>, &str)> = vec![
        (Revoked::Token.into(), "the token has been revoked"),
        (Revoked::Session.into(), "the token's session has ended"),
        (Revoked::Superseded.into(), "the token has been refreshed"),
        (Revoked::User.into(), "the user's tokens have been revoked"),
        (Revoked::Everything.into(), "all tokens up to a point in time have been revoked"),
        (Revoked::BeforeStore.into(), "the token was issued before the store began"),
        (AuthError::Untracked.into(), "the token belongs to no session"),
        (DataError::Serialize.into(), "the data could not be serialised"),
        (DataError::NotAnObject.into(), "the data is not a json object"),
        (DataError::Reserved("sub").into(), "the data contains a member named like the registered claim sub"),
        (DataError::Json(JsonError::TooDeep).into(), "the data could not be read back"),
        (IssueError::EmptySubject.into(), "the subject is empty"),
        (full.into(), "the user has 6 sessions, and may have 5"),
        (
            IssueError::TooLarge { size: 2, limit: 1 }.into(),
            "the token or its data would have 2 octets, more than the limit of 1",
        ),
        (IssueError::Lifetime.into(), "the token would have no time to live"),
        (IssueError::RevokedMeanwhile.into(), "the user's sessions were revoked meanwhile"),
        (IssueError::StoreRequired.into(), "this needs a store"),
        (IssueError::RefreshKeyRequired.into(), "refresh tokens on this store need a refresh key"),
        (RefreshError::WrongCredential.into(), "an access token of a pair is not refreshed by itself"),
        (RefreshError::Invalid.into(), "not a valid refresh token"),
        (RefreshError::SessionEnded.into(), "the session has ended"),
        (RefreshError::Reused.into(), "the refresh token was used before: the session has been ended"),
        (RefreshError::StoreRequired.into(), "this needs a store"),
        (RevokeError::InvalidRefreshToken.into(), "not a valid refresh token"),
        (RevokeError::InvalidTokenId.into(), "a token id must have 1 to 256 octets"),
        (RevokeError::AlreadyRevoked.into(), "the token is already revoked"),
        (RevokeError::StoreRequired.into(), "this needs a store"),
        (QueryError::StoreRequired.into(), "this needs a store"),
        (ConfigError::Random.into(), "the operating system's random source failed"),
    ];
    for (error, text) in errors {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn an_error_of_an_error_says_the_same_and_has_the_same_source() {
    let store = || StoreError::new("connection refused");
    let json = IssueError::Data(DataError::Json(JsonError::TooDeep));
    let with_source: Vec<(Box<dyn Error>, &str, &str)> = vec![
        (AuthError::from(store()).into(), "the store failed", "connection refused"),
        (IssueError::Store(store()).into(), "the store failed", "connection refused"),
        (RefreshError::from(store()).into(), "the store failed", "connection refused"),
        (RevokeError::from(store()).into(), "the store failed", "connection refused"),
        (QueryError::from(store()).into(), "the store failed", "connection refused"),
        (json.clone().into(), "the data could not be read back", "nested too deep"),
        (RefreshError::from(json).into(), "the data could not be read back", "nested too deep"),
    ];
    for (error, text, source) in with_source {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.source().map(ToString::to_string).unwrap(), source);
    }
    for error in [
        Box::<dyn Error>::from(AuthError::from(VerifyError::BadSignature)),
        RefreshError::from(VerifyError::BadSignature).into(),
        RevokeError::from(AuthError::from(VerifyError::BadSignature)).into(),
    ] {
        assert_eq!(error.to_string(), VerifyError::BadSignature.to_string());
        assert!(error.source().is_none());
    }
    let sign = IssueError::Sign(SignError::Random);
    assert_eq!(sign.to_string(), SignError::Random.to_string());
}

#[test]
fn an_error_of_one_operation_becomes_that_of_the_next() {
    let store = StoreError::timeout;
    assert_matches!(RefreshError::from(AuthError::Store(store())), RefreshError::Store(error) if error.is_timeout());
    assert_matches!(RefreshError::from(AuthError::from(Revoked::User)), RefreshError::Revoked(Revoked::User));
    assert_matches!(RefreshError::from(AuthError::Untracked), RefreshError::Auth(AuthError::Untracked));
    assert_matches!(RefreshError::from(IssueError::Store(store())), RefreshError::Store(_));
    assert_matches!(RefreshError::from(IssueError::StoreRequired), RefreshError::StoreRequired);
    assert_matches!(RefreshError::from(IssueError::Lifetime), RefreshError::Issue(IssueError::Lifetime));
    assert_matches!(RevokeError::from(AuthError::from(Revoked::User)), RevokeError::AlreadyRevoked);
    assert_matches!(RevokeError::from(AuthError::Store(store())), RevokeError::Store(_));
    assert_matches!(RevokeError::from(QueryError::StoreRequired), RevokeError::StoreRequired);
    assert_matches!(RevokeError::from(QueryError::Store(store())), RevokeError::Store(_));
    assert_matches!(
        AuthError::from(ClaimError::CustomType),
        AuthError::Token(VerifyError::Claim(ClaimError::CustomType))
    );
}
