//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue, header};
use jwtward::store::SessionMetadata;

/// What a session remembers of the login that opened it.
pub(crate) fn metadata(peer: SocketAddr, headers: &HeaderMap, trusted_proxy: bool) -> SessionMetadata {
    let forwarded = if trusted_proxy { forwarded_for(headers) } else { None };
    let metadata = SessionMetadata::new().with_ip(forwarded.unwrap_or(peer.ip()).to_canonical());
    match headers.get(header::USER_AGENT).map(HeaderValue::to_str) {
        Some(Ok(user_agent)) => metadata.with_user_agent(user_agent),
        _ => metadata,
    }
}

/// The last address is the one that the proxy itself saw and added; whatever stands before it, anybody may have written.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}
