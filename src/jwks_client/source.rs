//! One fetch: from the URL to a set of keys, within the deadline.

use std::{fmt, str, sync::Arc, time::Duration};

use super::{
    discovery,
    error::JwksError,
    fetcher::{ErasedFetcher, FetchError},
    location::Location,
};
use crate::{
    encoding::{json::JsonError, limits},
    key::{KeyLoader, KeySet, KeySetError},
};

pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) http_on_loopback: bool,
    pub(super) loader: KeyLoader,
    pub(super) deadline: Duration,
    pub(super) fetcher: Box<dyn ErasedFetcher>,
}

/// Where the set's URL comes from.
pub(super) enum Origin {
    Set(Location),
    /// From the metadata at that URL, which must be this issuer's. They are fetched each time: an issuer may move its keys.
    Issuer(Location, Box<str>),
}

impl Source {
    pub(super) async fn load(&self) -> Result<KeySet, JwksError> {
        tokio::time::timeout(self.deadline, self.load_at_leisure()).await.unwrap_or(Err(JwksError::Deadline))
    }

    async fn load_at_leisure(&self) -> Result<KeySet, JwksError> {
        let body = match &self.origin {
            Origin::Set(location) => self.fetch(location).await?,
            Origin::Issuer(metadata, issuer) => {
                let document = self.fetch(metadata).await?;
                let uri = discovery::jwks_uri(&document, issuer)?;
                self.fetch(&Location::new(&uri, self.http_on_loopback).map_err(JwksError::JwksUri)?).await?
            }
        };
        let json = str::from_utf8(&body).map_err(|_| JwksError::Keys(KeySetError::Json(JsonError::Utf8)))?;
        self.loader.verifying_jwks(json).map_err(JwksError::Keys)
    }

    async fn fetch(&self, location: &Location) -> Result<Vec<u8>, JwksError> {
        let body = self.fetcher.fetch(location.as_str(), limits::JWK_SET).await;
        match body {
            Ok(body) if body.len() > limits::JWK_SET => Err(JwksError::Fetch(Arc::new(FetchError::TooLarge))),
            Ok(body) => Ok(body),
            Err(error) => Err(JwksError::Fetch(Arc::new(error))),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Set(location) | Origin::Issuer(location, _) => location.fmt(f),
        }
    }
}
