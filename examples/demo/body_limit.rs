//! No request's body is large, or slow.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use crate::answer::error;

const LIMIT: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads the body before anything else is done, whatever the route does with it.
pub(crate) async fn body_limit(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match timeout(PATIENCE, to_bytes(body, LIMIT)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(reason)) if reason.source().is_some_and(|reason| reason.is::<LengthLimitError>()) => {
            error(StatusCode::PAYLOAD_TOO_LARGE, "Request too large")
        }
        Ok(Err(_)) => error(StatusCode::BAD_REQUEST, "Invalid request"),
        Err(_) => error(StatusCode::REQUEST_TIMEOUT, "Request timed out"),
    }
}
