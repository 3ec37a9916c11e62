//! The attack catalogue's part about state: sessions, revocation, refresh and their store. A test's name begins with the number of
//! its row in `docs/attacks.md`. Hostile tokens are signed with the provider's own key unless the attack is on the signature, so
//! that nothing but the check under test can refuse them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod cache;
mod clock_jumps;
mod clocks;
mod ids;
mod limits;
mod lost;
mod outages;
mod probe;
mod races;
mod refresh_tokens;
mod reuse;
mod revoke_all;
mod support;
