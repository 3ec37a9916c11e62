//! Revoking a token (RFC 7009).

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use zeroize::Zeroizing;

use super::{
    endpoint::{check_method, finish, service_by_respond, token},
    rejection::Refusal,
};
use crate::provider::{RefreshToken, RevokeError, TokenProvider};

/// Answers `POST /revoke` with a form of `token`: an access token is revoked, with its session if it has one; a refresh token
/// ends its session. The answer is 200 for a token that is unknown, expired or revoked as well, and 503 when the store did not
/// answer: **then the token may be good yet**. Without a store it is 500.
///
/// Whoever holds a token may revoke it. Where clients have credentials of their own (RFC 7009 section 2), check them in front.
#[derive(Clone, Debug)]
pub struct RevocationService(TokenProvider);

impl RevocationService {
    /// Of that provider's tokens.
    #[must_use]
    pub const fn new(provider: TokenProvider) -> Self {
        Self(provider)
    }

    /// The response to a request of any path.
    pub async fn respond<B: Body>(&self, request: Request<B>) -> Response<Full<Bytes>> {
        finish(self.revoke(request).await.map(|()| "{}".to_owned()))
    }

    async fn revoke<B: Body>(&self, request: Request<B>) -> Result<(), Refusal> {
        let (parts, body) = request.into_parts();
        check_method(&parts)?;
        let token = token(&parts.headers, body, self.0.max_token_size()).await?;
        match self.revoke_token(token).await {
            Err(error @ (RevokeError::Store(_) | RevokeError::StoreRequired)) => Err(Refusal::Revoke(error)),
            // RFC 7009 section 2.2: what is not valid is revoked enough, and the client could do nothing about it.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn revoke_token(&self, mut token: Zeroizing<String>) -> Result<(), RevokeError> {
        // A refresh token has no dots, and a JWT has two.
        if token.contains('.') {
            self.0.revoke(&token).await
        } else {
            self.0.revoke_refresh_token(&RefreshToken::new(std::mem::take(&mut *token))).await
        }
    }
}

service_by_respond!(RevocationService);
