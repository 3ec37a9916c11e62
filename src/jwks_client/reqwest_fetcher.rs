//! The default fetcher.

use std::fmt;

use reqwest::{Certificate, Client, ClientBuilder, StatusCode, header, redirect::Policy};

use super::{
    builder::JwksConfigError,
    fetcher::{FetchError, JwksFetcher},
};

/// Fetches by reqwest over rustls: TLS 1.2 or later, no redirects, no cookies, nothing decompressed. HTTPS goes through the proxy
/// that the environment names (`HTTPS_PROXY`, `NO_PROXY`), plain HTTP to the own host never does.
///
/// The provider of cryptography for TLS is the one the process has installed in rustls, else aws-lc-rs, rustls' own default.
#[derive(Clone)]
pub struct ReqwestFetcher {
    https: Client,
    loopback: Client,
}

impl ReqwestFetcher {
    /// Trusts the authorities that the operating system trusts.
    ///
    /// # Errors
    /// [`JwksConfigError::HttpClient`] when the system's list cannot be read, or is empty: container images may lack the package
    /// `ca-certificates`.
    pub fn new() -> Result<Self, JwksConfigError> {
        Self::over(common())
    }

    /// Trusts those certificates and no others: one or more in PEM, for issuers under a private authority.
    ///
    /// # Errors
    /// [`JwksConfigError::NoCertificate`]; [`JwksConfigError::HttpClient`] for one that cannot be read.
    pub fn with_roots(pem: &str) -> Result<Self, JwksConfigError> {
        let roots = Certificate::from_pem_bundle(pem.as_bytes()).map_err(client)?;
        if roots.is_empty() {
            return Err(JwksConfigError::NoCertificate);
        }
        Self::over(common().tls_certs_only(roots))
    }

    fn over(https: ClientBuilder) -> Result<Self, JwksConfigError> {
        let https = https.https_only(true).build().map_err(client)?;
        // A proxy would be sent the plain request. Without HTTPS, no list of authorities is needed.
        let loopback = common().no_proxy().tls_certs_only([]).build().map_err(client)?;
        Ok(Self { https, loopback })
    }
}

fn common() -> ClientBuilder {
    Client::builder().redirect(Policy::none()).referer(false).user_agent(concat!("jwtward/", env!("CARGO_PKG_VERSION")))
}

impl JwksFetcher for ReqwestFetcher {
    async fn fetch(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        let client = if url.starts_with("http:") { &self.loopback } else { &self.https };
        let request = client.get(url).header(header::ACCEPT, "application/jwk-set+json, application/json");
        // What a cache in between has kept would add to the age of a removed key.
        let request = request.header(header::CACHE_CONTROL, "no-cache");
        let mut response = request.send().await.map_err(transport)?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if chunk.len() > limit.saturating_sub(body.len()) {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn client(error: reqwest::Error) -> JwksConfigError {
    JwksConfigError::HttpClient(error.into())
}

/// reqwest's errors show the URL.
fn transport(error: reqwest::Error) -> FetchError {
    FetchError::transport(error.without_url())
}

/// A proxy's URL may hold a password.
impl fmt::Debug for ReqwestFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestFetcher").finish_non_exhaustive()
    }
}
