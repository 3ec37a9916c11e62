//! Known flaws of JWT software in any language, replayed. A test's name begins with the number of its CVE; `docs/cves.md`
//! has a row for each. Where the flaw was in a library, the input is the one that it took; where it was in a product's own
//! settings, the table says what stands for it.
#![cfg(all(feature = "hs", feature = "rsa", feature = "es", feature = "eddsa"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod claims;
mod confusion;
mod encryption;
mod form;
mod keys;
mod signatures;
// What the attack catalogue's tests are made of; these use some of it.
#[allow(dead_code)]
#[path = "../attacks/support.rs"]
mod support;
mod table;
#[path = "../support/test_names.rs"]
mod test_names;
mod unsigned;
