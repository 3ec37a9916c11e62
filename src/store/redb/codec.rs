//! Records as octets: numbers of fixed width, little end first, and texts behind their lengths.

use std::net::IpAddr;

use crate::{
    id::{SessionId, UserKey},
    store::{
        StoreError,
        types::{SessionKey, StoreTime},
    },
};

/// A session's key: the user's octets, then its own.
pub(super) fn session_octets(key: SessionKey) -> [u8; 32] {
    let (user, session) = (key.user.octets(), key.session.octets());
    std::array::from_fn(|i| user.get(i).or_else(|| session.get(i.wrapping_sub(16))).copied().unwrap_or(0))
}

pub(super) fn session_id(octets: &[u8; 32]) -> SessionId {
    SessionId::from_octets(octets.last_chunk().copied().unwrap_or_default())
}

pub(super) fn user_of(octets: &[u8; 32]) -> UserKey {
    UserKey::from_octets(octets.first_chunk().copied().unwrap_or_default())
}

/// Writes a record.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn octet(mut self, octet: u8) -> Self {
        self.0.push(octet);
        self
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn short(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn time(self, time: StoreTime) -> Self {
        self.number(time.as_millis())
    }

    /// A text, or that there is none. None is longer than 2^32 - 2 octets: a file could not hold it.
    pub(super) fn text(self, text: Option<&str>) -> Self {
        let length = text.map_or(NONE, |text| u32::try_from(text.len()).unwrap_or(NONE));
        let mut writer = self.short(length);
        if let (Some(text), true) = (text, length != NONE) {
            writer.0.extend_from_slice(text.as_bytes());
        }
        writer
    }

    pub(super) fn ip(self, ip: Option<IpAddr>) -> Self {
        let mut writer = self.octet(match ip {
            None => 0,
            Some(IpAddr::V4(_)) => 4,
            Some(IpAddr::V6(_)) => 6,
        });
        match ip {
            None => {}
            Some(IpAddr::V4(ip)) => writer.0.extend_from_slice(&ip.octets()),
            Some(IpAddr::V6(ip)) => writer.0.extend_from_slice(&ip.octets()),
        }
        writer
    }

    pub(super) fn sessions(self, sessions: &[SessionId]) -> Self {
        let mut writer = self.short(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
        for session in sessions {
            writer.0.extend_from_slice(session.octets());
        }
        writer
    }

    pub(super) fn octets(self) -> Vec<u8> {
        self.0
    }
}

/// In the place of a length: there is no text.
const NONE: u32 = u32::MAX;

/// Reads a record, whatever it holds: what is too short or makes no sense is an error.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(broken)?;
        self.0 = rest;
        Ok(*first)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], StoreError> {
        let (first, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(first)
    }

    pub(super) fn octet(&mut self) -> Result<u8, StoreError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn number(&mut self) -> Result<u64, StoreError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn short(&mut self) -> Result<u32, StoreError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn time(&mut self) -> Result<StoreTime, StoreError> {
        self.number().map(StoreTime::from_millis)
    }

    pub(super) fn text(&mut self) -> Result<Option<&'a str>, StoreError> {
        let length = self.short()?;
        if length == NONE {
            return Ok(None);
        }
        let octets = self.slice(usize::try_from(length).map_err(|_| broken())?)?;
        std::str::from_utf8(octets).map(Some).map_err(|_| broken())
    }

    pub(super) fn ip(&mut self) -> Result<Option<IpAddr>, StoreError> {
        Ok(match self.octet()? {
            0 => None,
            4 => Some(self.array::<4>()?.into()),
            6 => Some(self.array::<16>()?.into()),
            _ => return Err(broken()),
        })
    }

    pub(super) fn sessions(&mut self) -> Result<Vec<SessionId>, StoreError> {
        let count = self.short()? as usize;
        let octets = self.slice(count.checked_mul(16).ok_or_else(broken)?)?;
        let (ids, _) = octets.as_chunks();
        Ok(ids.iter().map(|id| SessionId::from_octets(*id)).collect())
    }

    pub(super) fn end(&self) -> Result<(), StoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(broken()) }
    }
}

/// A record is not what this code wrote.
pub(super) fn broken() -> StoreError {
    StoreError::new("a record of the store's file is damaged")
}
