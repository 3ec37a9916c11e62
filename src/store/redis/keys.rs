//! The names of keys. Nothing of a subject or a token id is in them: users are hashes already, and token ids are fields of a hash.

use sha2::{Digest, Sha256};

use crate::id::UserKey;

/// How many parts the keys are spread over. What belongs to all is written once a shard, so not too many; a shard's lists are read
/// whole, so not too few.
pub(super) const SHARDS: usize = 256;

/// All keys of one store.
pub(super) struct Keys {
    prefix: Box<str>,
    tags: Box<[Box<str>]>,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into(), tags: tags() }
    }

    /// What the shards' copies are made from.
    pub(super) fn root(&self) -> String {
        format!("{}{{root}}", self.prefix)
    }

    /// A shard's copy of what belongs to all.
    pub(super) fn shard(&self, shard: usize) -> String {
        self.of_shard(shard, "g")
    }

    /// A shard's denied token ids.
    pub(super) fn denied(&self, shard: usize) -> String {
        self.of_shard(shard, "j")
    }

    /// A shard's list of users' floors.
    pub(super) fn floors(&self, shard: usize) -> String {
        self.of_shard(shard, "f")
    }

    /// A user's sessions, with his floor.
    pub(super) fn sessions(&self, user: UserKey) -> String {
        self.of_user(user, "s")
    }

    /// What only some of a user's sessions have.
    pub(super) fn cold(&self, user: UserKey) -> String {
        self.of_user(user, "m")
    }

    /// What a user's recent calls were answered.
    pub(super) fn answers(&self, user: UserKey) -> String {
        self.of_user(user, "o")
    }

    /// What is written beside one of those, so that replicas can be waited for.
    pub(super) fn mark(key: &str) -> String {
        let before = key.split_once('}').map_or(key, |(before, _)| before);
        format!("{before}}}:w")
    }

    fn of_shard(&self, shard: usize, what: &str) -> String {
        let tag = self.tags.get(shard).map_or("", |tag| tag);
        format!("{}{{{tag}}}:{what}", self.prefix)
    }

    fn of_user(&self, user: UserKey, what: &str) -> String {
        format!("{}:{user}", self.of_shard(shard_of_user(user), what))
    }
}

/// A user's shard. The user key is a hash, so its first octet is as good as any.
pub(super) fn shard_of_user(user: UserKey) -> usize {
    user.octets().first().copied().map_or(0, usize::from)
}

/// A token id's shard.
pub(super) fn shard_of_token(token_id: &str) -> usize {
    Sha256::digest(token_id).first().copied().map_or(0, usize::from)
}

/// Hash tags that spread the shards evenly over a cluster's slots: for each 256th part of them the first number that falls into it.
fn tags() -> Box<[Box<str>]> {
    let mut tags: Vec<Option<Box<str>>> = vec![None; SHARDS];
    let mut missing = SHARDS;
    for number in 0_u32.. {
        let tag = number.to_string();
        // 16,384 slots in 256 parts.
        let part = usize::from(slot(tag.as_bytes()) / 64);
        if let Some(place @ None) = tags.get_mut(part) {
            *place = Some(tag.into());
            missing -= 1;
        }
        if missing == 0 {
            break;
        }
    }
    tags.into_iter().flatten().collect()
}

/// A hash tag's slot, as the cluster specification has it: CRC-16/XMODEM, modulo 16,384.
fn slot(tag: &[u8]) -> u16 {
    let crc = tag.iter().fold(0_u16, |crc, octet| {
        (0..8)
            .fold(crc ^ (u16::from(*octet) << 8), |crc, _| if crc >> 15 == 1 { (crc << 1) ^ 0x1021 } else { crc << 1 })
    });
    crc % 16_384
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_slot_is_that_of_the_specification() {
        // The specification's check value, 0x31C3.
        assert_eq!(slot(b"123456789"), 0x31c3);
    }

    #[test]
    fn shards_are_spread_evenly_over_the_slots() {
        let tags = tags();
        let parts: BTreeSet<_> = tags.iter().map(|tag| slot(tag.as_bytes()) / 64).collect();
        assert_eq!((tags.len(), parts.len()), (SHARDS, SHARDS));
    }

    #[test]
    fn all_keys_of_a_user_have_one_tag_and_nothing_of_the_subject() {
        let keys = Keys::new("jwtward:");
        let user = UserKey::from_octets(*b"{}:*?[a]{}:*?[b]");
        let tag = keys.shard(shard_of_user(user)).trim_end_matches('g').to_owned();
        for key in [keys.sessions(user), keys.cold(user), keys.answers(user), keys.floors(shard_of_user(user))] {
            assert!(key.starts_with(&tag), "{key} {tag}");
            assert_eq!(key.matches(['{', '}']).count(), 2, "{key}");
            assert!(key.len() <= 40, "{key}");
            assert_eq!(Keys::mark(&key), format!("{tag}w"));
        }
    }
}
