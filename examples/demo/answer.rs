//! The answers, member for member.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jwtward::Session;
use serde::Serialize;
use serde_json::json;

/// A token, and how many sessions its user has now.
#[derive(Serialize)]
pub(crate) struct TokenAnswer<'a> {
    pub(crate) token: &'a str,
    pub(crate) active_sessions: u64,
}

/// A login refused for the number of sessions.
#[derive(Serialize)]
pub(crate) struct LimitAnswer {
    pub(crate) error: &'static str,
    pub(crate) active_sessions: u64,
}

/// A user's sessions. Times are in seconds since 1970, by the store's clock.
#[derive(Serialize)]
pub(crate) struct SessionsAnswer {
    pub(crate) active_sessions: usize,
    pub(crate) tokens: Vec<Box<str>>,
    pub(crate) limit: u32,
    pub(crate) sessions: Vec<SessionAnswer>,
}

#[derive(Serialize)]
pub(crate) struct SessionAnswer {
    id: String,
    created: f64,
    expires: f64,
    refreshed: f64,
    refreshes: u32,
    ip: Option<String>,
    user_agent: Option<String>,
    label: Option<String>,
    current: bool,
}

impl SessionAnswer {
    pub(crate) fn new(session: &Session, current: bool) -> Self {
        let seconds = |time: jwtward::store::StoreTime| time.as_millis() as f64 / 1000.0;
        let metadata = &session.metadata;
        Self {
            id: session.id.to_string(),
            created: seconds(session.created),
            expires: seconds(session.expires),
            refreshed: seconds(session.refreshed),
            refreshes: session.rotation_count,
            ip: metadata.ip().map(|ip| ip.to_string()),
            user_agent: metadata.user_agent().map(str::to_owned),
            label: metadata.label().map(str::to_owned),
            current,
        }
    }
}

pub(crate) fn message(text: &str) -> Response {
    Json(json!({ "message": text })).into_response()
}

pub(crate) fn error(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "error": text }))).into_response()
}
