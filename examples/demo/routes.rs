//! What each route does.

use std::{
    error::Error,
    io::{self, Write},
    net::SocketAddr,
};

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jwtward::{IssueError, RefreshError, SessionId, http::Bearer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    answer::{LimitAnswer, SessionAnswer, SessionsAnswer, TokenAnswer, error, message},
    app::App,
    client,
    login::{Credentials, USER},
    page,
};

/// What a token grants: its member `data`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    role: String,
}

pub(crate) fn page(policy: HeaderValue) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page::PAGE)).into_response()
}

pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

pub(crate) async fn login(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(credentials) = Credentials::read(&body) else { return error(StatusCode::BAD_REQUEST, "Invalid request") };
    if !credentials.are_right() {
        return error(StatusCode::UNAUTHORIZED, "Invalid credentials");
    }
    let mut metadata = client::metadata(peer, &headers, app.trusted_proxy);
    if let Some(label) = &credentials.label {
        metadata = metadata.with_label(label);
    }
    match app.provider.issue_with(USER, &Grant { role: "admin".into() }, metadata).await {
        Ok(token) => match app.provider.session_count(USER).await {
            Ok(active_sessions) => Json(TokenAnswer { token: token.expose(), active_sessions }).into_response(),
            Err(reason) => {
                // Nobody gets its token, so nobody could end it.
                if let Some(session) = token.session_id() {
                    let _ = app.provider.end_session(USER, session).await;
                }
                failed("Failed to generate token", &reason)
            }
        },
        Err(IssueError::TooManySessions { active, .. }) => {
            let answer = LimitAnswer { error: "Too many active sessions", active_sessions: active };
            (StatusCode::TOO_MANY_REQUESTS, Json(answer)).into_response()
        }
        Err(reason) => failed("Failed to generate token", &reason),
    }
}

pub(crate) async fn logout(State(app): State<App>, jwt: Bearer<Grant>) -> Response {
    let (Some(subject), Some(session)) = (jwt.subject(), jwt.session_id()) else { return untracked() };
    match app.provider.end_session(subject, session).await {
        // Somebody else may have ended it in the same moment: it has ended.
        Ok(_) => message("Logged out successfully"),
        Err(reason) => failed("Failed to logout", &reason),
    }
}

pub(crate) async fn refresh(State(app): State<App>, jwt: Bearer<Grant>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // It was accepted, so it is the scheme, one space, the token.
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.split_once(' ')).map_or("", |(_, token)| token);
    // Counted first, which a refresh does not change: afterwards the old token is used up, and the new one must reach the client.
    let active_sessions = match app.provider.session_count(jwt.subject().unwrap_or_default()).await {
        Ok(active_sessions) => active_sessions,
        Err(reason) => return failed("Failed to refresh token", &reason),
    };
    match app.provider.refresh(token).await {
        Ok(token) => Json(TokenAnswer { token: token.expose(), active_sessions }).into_response(),
        // Another request was faster. The token is no good any more, and is refused as such.
        Err(reason @ (RefreshError::Revoked(_) | RefreshError::SessionEnded | RefreshError::Auth(_))) => {
            match app.auth.authenticate::<Grant>(&parts).await {
                Err(rejection) => rejection.into_response(),
                Ok(_) => failed("Failed to refresh token", &reason),
            }
        }
        Err(reason) => failed("Failed to refresh token", &reason),
    }
}

pub(crate) async fn profile(jwt: Bearer<Grant>) -> Response {
    match serde_json::from_str::<Value>(jwt.payload()) {
        Ok(claims) => Json(json!({ "user": claims })).into_response(),
        Err(reason) => failed("Failed to get profile", &reason),
    }
}

pub(crate) async fn sessions(State(app): State<App>, jwt: Bearer<Grant>) -> Response {
    match app.provider.sessions(jwt.subject().unwrap_or_default()).await {
        Ok(sessions) => {
            let own = jwt.session_id();
            let describe = |session| SessionAnswer::new(session, Some(session.id) == own);
            Json(SessionsAnswer {
                active_sessions: sessions.len(),
                limit: app.limit.get(),
                sessions: sessions.iter().map(describe).collect(),
                tokens: sessions.into_iter().map(|session| session.token_id).collect(),
            })
            .into_response()
        }
        Err(reason) => failed("Failed to get sessions", &reason),
    }
}

pub(crate) async fn end_all(State(app): State<App>, jwt: Bearer<Grant>) -> Response {
    match app.provider.revoke_all(jwt.subject().unwrap_or_default()).await {
        Ok(_) => message("All sessions revoked"),
        Err(reason) => failed("Failed to revoke sessions", &reason),
    }
}

/// A session is looked for among the caller's own: whose it is otherwise, or whether it ever was, is not told.
pub(crate) async fn end_one(
    State(app): State<App>,
    jwt: Bearer<Grant>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let not_found = || error(StatusCode::NOT_FOUND, "Session not found");
    let Some(session) = id.ok().and_then(|id| id.parse::<SessionId>().ok()) else { return not_found() };
    match app.provider.end_session(jwt.subject().unwrap_or_default(), session).await {
        Ok(true) => message("Session revoked"),
        Ok(false) => not_found(),
        Err(reason) => failed("Failed to revoke sessions", &reason),
    }
}

/// The provider tracks sessions and accepts no token without one.
fn untracked() -> Response {
    error(StatusCode::INTERNAL_SERVER_ERROR, "Failed to logout")
}

/// The client is told that it failed, the log why. Errors hold no token and no secret.
fn failed(text: &str, reason: &dyn Error) -> Response {
    let cause = reason.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    let _ = writeln!(io::stderr(), "{text}: {reason}{cause}");
    error(StatusCode::INTERNAL_SERVER_ERROR, text)
}
