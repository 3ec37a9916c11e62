//! One file a library.

mod josekit;
mod jsonwebtoken;
mod jwt_compact;
mod jwt_simple;
mod jwtward;
mod primitives;

use crate::{peer::Peer, token::Keys};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Ours,
    Peer,
    /// Signature alone, no token: a floor, not a peer.
    Primitive,
}

pub(crate) struct Library {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// `None` if it has no such algorithm.
    pub(crate) load: fn(&Keys) -> Option<Box<dyn Peer>>,
}

/// In the order of the table's columns.
pub(crate) const LIBRARIES: &[Library] = &[
    Library { name: "jwtward", kind: Kind::Ours, load: jwtward::load },
    #[cfg(feature = "prepared")]
    Library { name: "jwtward, prepared", kind: Kind::Ours, load: jwtward::load_prepared },
    Library { name: "jsonwebtoken, aws-lc", kind: Kind::Peer, load: jsonwebtoken::load_aws_lc },
    Library { name: "jsonwebtoken, RustCrypto", kind: Kind::Peer, load: jsonwebtoken::load_rust_crypto },
    Library { name: "jwt-simple", kind: Kind::Peer, load: jwt_simple::load },
    Library { name: "jwt-compact", kind: Kind::Peer, load: jwt_compact::load },
    Library { name: "josekit", kind: Kind::Peer, load: josekit::load },
    Library { name: "aws-lc-rs alone", kind: Kind::Primitive, load: primitives::load_aws_lc },
    Library { name: "RustCrypto alone", kind: Kind::Primitive, load: primitives::load_rust_crypto },
];

pub(crate) use jwtward::signing_key;
