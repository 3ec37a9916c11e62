//! What a `jti` made here says: which session, or with which store it was issued.

use crate::{
    encoding::base64url,
    id::{SessionId, UserKey},
    store::SessionKey,
};

/// The longest `jti` that can be revoked, in octets.
pub(super) const MAX_TOKEN_ID: usize = 256;

/// The `jti` of a tracked token: its user, session and generation, so that knowing the id is enough to find the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct TrackedId {
    pub(super) key: SessionKey,
    pub(super) generation: u32,
}

const TRACKED: u8 = 1;
const UNTRACKED: u8 = 2;

/// The octets of a tracked id.
const TRACKED_LEN: usize = 1 + UserKey::LEN + SessionId::LEN + 4;

impl TrackedId {
    /// The octets, which the MAC of a refresh token is about too.
    pub(super) fn octets(self) -> [u8; TRACKED_LEN] {
        let mut octets = [TRACKED; TRACKED_LEN];
        let parts = [self.key.user.octets().as_slice(), self.key.session.octets(), &self.generation.to_be_bytes()];
        for (to, from) in octets.iter_mut().skip(1).zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        octets
    }

    pub(super) fn from_octets(octets: &[u8]) -> Option<Self> {
        let (first, rest) = octets.split_first()?;
        let (user, rest) = rest.split_first_chunk::<{ UserKey::LEN }>()?;
        let (session, rest) = rest.split_first_chunk::<{ SessionId::LEN }>()?;
        let generation = u32::from_be_bytes(rest.try_into().ok()?);
        let key = SessionKey { user: UserKey::from_octets(*user), session: SessionId::from_octets(*session) };
        (*first == TRACKED).then_some(Self { key, generation })
    }

    pub(super) fn text(self) -> String {
        base64url::encode(&self.octets())
    }

    /// What an id says, or `None` if it is not one of these.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        // The length of the encoded octets, so that nothing long is decoded.
        if text.len() != TRACKED_LEN.div_ceil(3) * 4 - 2 {
            return None;
        }
        Self::from_octets(&base64url::decode(text.as_bytes()).ok()?)
    }
}

/// The `jti` of an untracked token: the store's incarnation and 128 random bits.
pub(super) fn untracked_id(incarnation: u64, random: [u8; 16]) -> String {
    base64url::encode(&[&[UNTRACKED][..], &incarnation.to_be_bytes(), &random].concat())
}

/// The incarnation that an untracked id names, if it is one made here.
pub(super) fn incarnation(text: &str) -> Option<u64> {
    if text.len() != 34 {
        return None;
    }
    let octets = base64url::decode(text.as_bytes()).ok()?;
    let (first, rest) = octets.split_first()?;
    let (incarnation, _) = rest.split_first_chunk::<8>()?;
    (*first == UNTRACKED).then_some(u64::from_be_bytes(*incarnation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracked_id_says_its_session_and_nothing_else_does() {
        let key = SessionKey { user: UserKey::from_octets([0xa5; 16]), session: SessionId::from_octets([0x5a; 16]) };
        let id = TrackedId { key, generation: 0x0102_0304 };
        let text = id.text();
        assert_eq!(text.len(), 50);
        assert!(TrackedId::from_text(&text) == Some(id));
        assert!(TrackedId::from_text(&text[1..]).is_none());
        assert!(TrackedId::from_text(&"A".repeat(50)).is_none(), "another version");
        assert!(TrackedId::from_text("").is_none());
        assert_eq!(incarnation(&text), None);
    }

    #[test]
    fn an_untracked_id_says_its_incarnation() {
        let text = untracked_id(u64::MAX - 1, [7; 16]);
        assert_eq!(text.len(), 34);
        assert_eq!(incarnation(&text), Some(u64::MAX - 1));
        assert!(TrackedId::from_text(&text).is_none());
        for other in ["", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", &"A".repeat(34)] {
            assert_eq!(incarnation(other), None, "{other}");
        }
    }
}
