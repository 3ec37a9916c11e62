//! Verification: the one function that makes a [`VerifiedJws`].

use std::{borrow::Cow, fmt};

use super::{Header, JwsError, UnverifiedJws};
use crate::key::VerifyingKey;

/// A JWS whose signature holds. Only [`UnverifiedJws::verify`] makes one.
pub struct VerifiedJws<'a> {
    header: Header,
    payload: Cow<'a, [u8]>,
}

impl<'a> UnverifiedJws<'a> {
    /// Checks that the header's `alg` is the key's, then the signature over the octets received.
    ///
    /// # Errors
    /// [`JwsError::AlgorithmMismatch`], [`JwsError::BadSignature`].
    pub fn verify(self, key: &VerifyingKey) -> Result<VerifiedJws<'a>, JwsError> {
        self.check_algorithm(key)?;
        key.verify(&self.signing_input, &self.signature).map_err(|_| JwsError::BadSignature)?;
        Ok(VerifiedJws { header: self.header, payload: self.payload })
    }

    pub(crate) fn check_algorithm(&self, key: &VerifyingKey) -> Result<(), JwsError> {
        if key.accepts(self.header.algorithm()) { Ok(()) } else { Err(JwsError::AlgorithmMismatch) }
    }
}

impl VerifiedJws<'_> {
    /// The header, now covered by the signature.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload's octets.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub(crate) fn into_parts(self) -> (Header, Vec<u8>) {
        (self.header, self.payload.into_owned())
    }
}

/// The payload may be personal data, so only the header is shown.
impl fmt::Debug for VerifiedJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedJws").field("header", &self.header).finish_non_exhaustive()
    }
}
