//! Every bound on input, in one place, each with its reason. Sizes of whole inputs are checked before anything is decoded; the
//! others while reading, before an allocation or comparison that would grow with the input.

/// The largest token accepted by default, in octets. Web servers cap a header line at 8 to 16 KiB, so a longer token would
/// not arrive anyway.
pub(crate) const DEFAULT_TOKEN: usize = 8192;

/// The largest token size that can be configured, in octets. Verification is linear in it; above this a token is a file.
pub(crate) const MAX_TOKEN: usize = 1 << 20;

/// The smallest well-formed token: `e30` (the header `{}`), two dots, an empty payload and a one-octet signature.
pub(crate) const MIN_TOKEN: usize = 7;

/// The longest encoded header, in octets. Ours take under 100; a certificate chain (`x5c`), which is never used here, is what
/// makes a header long.
pub(crate) const HEADER: usize = 4096;

/// How deep JSON may nest. The parser recurses, so this bounds its stack; real claims nest 3 to 5 deep.
pub(crate) const DEPTH: usize = 32;

/// Members of one JSON object. Each name is compared with the earlier ones of its object, so this bounds a quadratic cost.
pub(crate) const MEMBERS: usize = 256;

/// Names in a header's `crit` or a JWK's `key_ops`. Each is compared with the earlier ones; eight operations are registered, and
/// one extension is known here.
pub(crate) const NAMES: usize = 16;

/// The longest JSON string, in octets as written. Only a token size raised far above the default can reach it.
pub(crate) const STRING: usize = 64 * 1024;

/// The longest JSON number, in octets as written. The longest shortest-form 64-bit float has 24.
pub(crate) const NUMBER: usize = 64;

/// The largest JWK Set, in octets, and also an issuer's metadata with the URL of one; and the most keys in one. An issuer publishes two or three keys of at most 2 KiB each.
pub(crate) const JWK_SET: usize = 256 * 1024;
/// See [`JWK_SET`].
pub(crate) const JWK_SET_KEYS: usize = 64;

/// The longest URL that keys are fetched from, in octets. Longer ones do not pass proxies, and none is known.
#[cfg(feature = "jwks-client")]
pub(crate) const URL: usize = 2048;

/// The largest key file or JWK, in octets: an RSA private key of 8192 bits as a JWK takes 6.2 KiB.
pub(crate) const KEY: usize = 64 * 1024;

/// What a form that carries a token may have beside it, in octets: names, a hint, a client's id.
#[cfg(feature = "tower")]
pub(crate) const FORM: usize = 4096;
