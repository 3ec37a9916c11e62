//! Parsing: from text to [`UnverifiedJws`], checking form and size and nothing else.

use std::{borrow::Cow, fmt};

use tinyvec::TinyVec;

use super::{Header, JwsError, KnownHeaders, Malformed, VerifiedJws};
use crate::{
    encoding::{base64url, limits},
    key::{KeySet, VerifyingKey},
};

/// A well-formed JWS whose signature has not been checked. Its payload cannot be read from here: see
/// [`UnverifiedJws::verify`].
pub struct UnverifiedJws<'a> {
    pub(super) header: Header,
    /// The header as written.
    pub(super) header_text: &'a str,
    pub(super) signing_input: Cow<'a, [u8]>,
    pub(super) payload: Cow<'a, [u8]>,
    pub(super) signature: Signature,
}

/// A signature's octets. All but those of RSA fit in here.
pub(super) type Signature = TinyVec<[u8; 132]>;

impl<'a> UnverifiedJws<'a> {
    /// The default limit on a token's size, in octets.
    pub const DEFAULT_MAX_SIZE: usize = limits::DEFAULT_TOKEN;

    /// The largest limit that signers and verifiers can be given, in octets.
    pub const MAX_SIZE: usize = limits::MAX_TOKEN;

    /// Parses the compact serialization: three segments, the payload in the middle one.
    ///
    /// Length is checked first, before any decoding or allocation. Of the header, `b64` and every `crit` are refused.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(token: &'a str, max_size: usize) -> Result<Self, Malformed> {
        let segments = Segments::split(token, max_size)?;
        let header = segments.header(false)?;
        segments.attached(header)
    }

    /// Parses the compact serialization of a JWT, of which the header says more: no compression, no token within the token.
    pub(crate) fn parse_jwt(token: &'a str, max_size: usize, known: &KnownHeaders) -> Result<Self, Malformed> {
        let segments = Segments::split(token, max_size)?;
        let header = match known.get(segments.header) {
            Some(header) => header,
            None => segments.header(false)?,
        };
        header.check_jwt()?;
        segments.attached(header)
    }

    /// Parses a token whose middle segment is empty, with the payload from elsewhere (RFC 7515 appendix F).
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse_detached(token: &'a str, payload: &'a [u8], max_size: usize) -> Result<Self, Malformed> {
        let segments = Segments::split(token, max_size)?;
        let header = segments.header(false)?;
        segments.detached(header, payload)
    }

    /// Parses a token that may have the header parameter `b64` (RFC 7797), true or false, if `crit` names it.
    ///
    /// With `b64` false, the payload must come from elsewhere and is signed as it is. Such a token is never a JWT.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse_rfc7797(token: &'a str, payload: Option<&'a [u8]>, max_size: usize) -> Result<Self, Malformed> {
        let segments = Segments::split(token, max_size)?;
        let header = segments.header(true)?;
        match payload {
            Some(payload) => segments.detached(header, payload),
            None if header.payload_is_encoded() => segments.attached(header),
            None => Err(Malformed::UnencodedPayload),
        }
    }

    /// The header: an attacker's text, good for choosing among trusted keys and nothing else.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Verifies the signature with the key of the set that the header's `kid` and `alg` point to.
    ///
    /// # Errors
    /// [`JwsError`].
    pub fn verify_with_set(self, keys: &KeySet) -> Result<VerifiedJws<'a>, JwsError> {
        let key = self.select(keys).ok_or(JwsError::NoMatchingKey)?;
        self.verify(key)
    }

    pub(crate) fn select<'k>(&self, keys: &'k KeySet) -> Option<&'k VerifyingKey> {
        keys.select(self.header.key_id(), self.header.algorithm())
    }

    /// The header as written.
    pub(crate) const fn header_text(&self) -> &'a str {
        self.header_text
    }

    /// The payload as decoded, for a display that marks it as unverified.
    #[must_use]
    pub fn danger_unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

/// A token is a credential, so only its header is shown.
impl fmt::Debug for UnverifiedJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedJws").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The three segments as written.
struct Segments<'a> {
    /// Header, dot, payload: what is signed.
    signing_input: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Segments<'a> {
    fn split(token: &'a str, max_size: usize) -> Result<Self, Malformed> {
        if token.len() < limits::MIN_TOKEN {
            return Err(Malformed::TooShort);
        }
        if token.len() > max_size {
            return Err(Malformed::TooLarge { size: token.len(), limit: max_size });
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Malformed::Segments)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Malformed::Segments)?;
        // Looking at every octet is faster than stopping at the first dot: several at once.
        let third_dot = payload.bytes().fold(false, |dot, octet| dot | (octet == b'.'));
        if header.is_empty() || signature.is_empty() || third_dot {
            return Err(Malformed::Segments);
        }
        if header.len() > limits::HEADER {
            return Err(Malformed::HeaderTooLarge);
        }
        Ok(Self { signing_input, header, payload, signature })
    }

    fn header(&self, allow_b64: bool) -> Result<Header, Malformed> {
        Header::parse(&decode(self.header)?, allow_b64)
    }

    fn attached(self, header: Header) -> Result<UnverifiedJws<'a>, Malformed> {
        Ok(UnverifiedJws {
            header,
            header_text: self.header,
            payload: Cow::Owned(decode(self.payload)?),
            signature: decode_signature(self.signature)?,
            signing_input: Cow::Borrowed(self.signing_input.as_bytes()),
        })
    }

    fn detached(self, header: Header, payload: &'a [u8]) -> Result<UnverifiedJws<'a>, Malformed> {
        if !self.payload.is_empty() {
            return Err(Malformed::NotDetached);
        }
        // The signing input up to and with its dot is the header and an empty payload.
        let mut signing_input = self.signing_input.as_bytes().to_vec();
        if header.payload_is_encoded() {
            signing_input.extend_from_slice(base64url::encode(payload).as_bytes());
        } else {
            signing_input.extend_from_slice(payload);
        }
        Ok(UnverifiedJws {
            header,
            header_text: self.header,
            payload: Cow::Borrowed(payload),
            signature: decode_signature(self.signature)?,
            signing_input: Cow::Owned(signing_input),
        })
    }
}

/// Header and payload: anyone can read them.
fn decode(segment: &str) -> Result<Vec<u8>, Malformed> {
    base64url::decode_public(segment.as_bytes()).map_err(|_| Malformed::Base64)
}

/// In constant time: whoever has the signature beside the other two has the token.
fn decode_signature(segment: &str) -> Result<Signature, Malformed> {
    let mut octets = Signature::new();
    octets.resize(base64url::decoded_len(segment.len()), 0);
    base64url::decode_into(segment.as_bytes(), &mut octets).map_err(|_| Malformed::Base64)?;
    Ok(octets)
}
