//! The records, as octets: numbers are big-endian, times 48 bits of milliseconds.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use redis::Value;

use super::error::unexpected;
use crate::store::{
    StoreError,
    types::{IssuedTimes, SessionKind, SessionMetadata, StoreTime},
};

/// The longest time that is kept, in milliseconds: some 3,000 years. Anything longer is as good as that.
const LONGEST: u64 = 100_000_000_000_000;

/// A duration for a script.
pub(super) fn millis(duration: Duration) -> String {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).min(LONGEST).to_string()
}

/// Reads a record from its start.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (octets, rest) = self.0.split_first_chunk().ok_or_else(unexpected)?;
        self.0 = rest;
        Ok(*octets)
    }

    pub(super) fn time(&mut self) -> Result<StoreTime, StoreError> {
        let [a, b, c, d, e, f] = self.take()?;
        Ok(StoreTime::from_millis(u64::from_be_bytes([0, 0, a, b, c, d, e, f])))
    }

    /// A text with its length before it; a length of 65,535 is none.
    fn text(&mut self) -> Result<Option<&'a str>, StoreError> {
        let length = u16::from_be_bytes(self.take()?);
        if length == u16::MAX {
            return Ok(None);
        }
        let (text, rest) = self.0.split_at_checked(usize::from(length)).ok_or_else(unexpected)?;
        self.0 = rest;
        std::str::from_utf8(text).map(Some).map_err(|_| unexpected())
    }
}

/// A session, as `lua/user.lua` packs it.
pub(super) struct Session {
    pub(super) pair: bool,
    pub(super) generation: u32,
    pub(super) created: StoreTime,
    pub(super) expires: StoreTime,
    pub(super) end: Option<StoreTime>,
    pub(super) rotated: StoreTime,
    pub(super) issued: IssuedTimes,
}

impl Session {
    pub(super) fn read(record: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(record);
        let [kind] = reader.take()?;
        Ok(Self {
            pair: kind == 1,
            generation: u32::from_be_bytes(reader.take()?),
            created: reader.time()?,
            expires: reader.time()?,
            end: Some(reader.time()?).filter(|end| *end > StoreTime::default()),
            rotated: reader.time()?,
            issued: read_issued(&mut reader)?,
        })
    }
}

/// The kind's number, and the seed.
pub(super) const fn write_kind(kind: SessionKind) -> (&'static [u8], [u8; 8]) {
    match kind {
        SessionKind::Single => (b"0", [0; 8]),
        SessionKind::Pair { seed } => (b"1", seed.to_be_bytes()),
    }
}

pub(super) fn read_kind(kind: i64, seed: &[u8]) -> Result<SessionKind, StoreError> {
    match kind {
        0 => Ok(SessionKind::Single),
        1 => Ok(SessionKind::Pair { seed: u64::from_be_bytes(Reader::new(seed).take()?) }),
        _ => Err(unexpected()),
    }
}

pub(super) fn write_issued(issued: IssuedTimes) -> [u8; 16] {
    let both = (issued.issued_at as u64, issued.expires_at as u64);
    (u128::from(both.0) << 64 | u128::from(both.1)).to_be_bytes()
}

pub(super) fn read_issued(reader: &mut Reader<'_>) -> Result<IssuedTimes, StoreError> {
    Ok(IssuedTimes { issued_at: i64::from_be_bytes(reader.take()?), expires_at: i64::from_be_bytes(reader.take()?) })
}

/// Metadata: the address, then the user agent and the label. Nothing for none.
pub(super) fn write_metadata(metadata: &SessionMetadata) -> Vec<u8> {
    if metadata.is_empty() {
        return Vec::new();
    }
    let mut record = Vec::new();
    match metadata.ip() {
        None => record.push(0),
        Some(IpAddr::V4(ip)) => {
            record.push(4);
            record.extend(ip.octets());
        }
        Some(IpAddr::V6(ip)) => {
            record.push(6);
            record.extend(ip.octets());
        }
    }
    for text in [metadata.user_agent(), metadata.label()] {
        let length = text.map_or(u16::MAX, |text| u16::try_from(text.len()).unwrap_or(0));
        record.extend(length.to_be_bytes());
        record.extend(text.unwrap_or_default().bytes().take(usize::from(length)));
    }
    record
}

pub(super) fn read_metadata(record: &[u8]) -> Result<SessionMetadata, StoreError> {
    let mut metadata = SessionMetadata::new();
    if record.is_empty() {
        return Ok(metadata);
    }
    let mut reader = Reader::new(record);
    metadata = match reader.take()? {
        [0] => metadata,
        [4] => metadata.with_ip(IpAddr::from(reader.take::<4>()?)),
        [6] => metadata.with_ip(IpAddr::V6(Ipv6Addr::from(reader.take::<16>()?))),
        _ => return Err(unexpected()),
    };
    if let Some(user_agent) = reader.text()? {
        metadata = metadata.with_user_agent(user_agent);
    }
    if let Some(label) = reader.text()? {
        metadata = metadata.with_label(label);
    }
    Ok(metadata)
}

/// What every step tells of a shard: the epoch, the incarnation, the floor of all.
pub(super) struct Shard {
    pub(super) epoch: StoreTime,
    pub(super) incarnation: u64,
    pub(super) floor: StoreTime,
}

impl Shard {
    pub(super) fn read(record: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(record);
        Ok(Self { epoch: reader.time()?, incarnation: u64::from_be_bytes(reader.take()?), floor: reader.time()? })
    }

    pub(super) fn write(epoch: StoreTime, incarnation: u64) -> Vec<u8> {
        let time = |time: StoreTime| time.as_millis().to_be_bytes().into_iter().skip(2);
        time(epoch).chain(incarnation.to_be_bytes()).chain(time(StoreTime::default())).collect()
    }
}

/// What is kept of a user beside sessions: the latest time that was told, the floor, and until when it is kept.
#[derive(Default)]
pub(super) struct User {
    pub(super) told: StoreTime,
    pub(super) floor: StoreTime,
}

impl User {
    pub(super) fn read(record: Option<&[u8]>) -> Result<Self, StoreError> {
        let Some(record) = record else { return Ok(Self::default()) };
        let mut reader = Reader::new(record);
        Ok(Self { told: reader.time()?, floor: reader.time()? })
    }
}

/// An answer as octets; `None` for none.
pub(super) fn octets(answer: &Value) -> Result<Option<&[u8]>, StoreError> {
    match answer {
        Value::Nil => Ok(None),
        Value::BulkString(octets) => Ok(Some(octets)),
        Value::ServerError(error) => Err(super::error::server_error(error.clone())),
        _ => Err(unexpected()),
    }
}

/// An answer as octets that must be there.
pub(super) fn some_octets(answer: &Value) -> Result<&[u8], StoreError> {
    octets(answer)?.ok_or_else(unexpected)
}

pub(super) fn number(answer: &Value) -> Result<i64, StoreError> {
    match answer {
        Value::Int(number) => Ok(*number),
        Value::ServerError(error) => Err(super::error::server_error(error.clone())),
        _ => Err(unexpected()),
    }
}

pub(super) fn unsigned(answer: &Value) -> Result<u64, StoreError> {
    u64::try_from(number(answer)?).map_err(|_| unexpected())
}

pub(super) fn array(answer: &Value) -> Result<&[Value], StoreError> {
    match answer {
        Value::Array(values) => Ok(values),
        Value::ServerError(error) => Err(super::error::server_error(error.clone())),
        _ => Err(unexpected()),
    }
}

pub(super) fn time(answer: &Value) -> Result<StoreTime, StoreError> {
    unsigned(answer).map(StoreTime::from_millis)
}

/// The answer to `TIME`: seconds and microseconds, as texts.
pub(super) fn clock(answer: &Value) -> Result<StoreTime, StoreError> {
    let [seconds, micros] = array(answer)? else { return Err(unexpected()) };
    let parse = |value: &Value| -> Result<u64, StoreError> {
        let text = std::str::from_utf8(some_octets(value)?).map_err(|_| unexpected())?;
        text.parse().map_err(|_| unexpected())
    };
    Ok(StoreTime::from_millis(parse(seconds)?.saturating_mul(1000).saturating_add(parse(micros)? / 1000)))
}

/// A text that was stored as it was given.
pub(super) fn text(answer: &Value) -> Result<Option<Box<str>>, StoreError> {
    let octets = octets(answer)?;
    octets.map(|octets| std::str::from_utf8(octets).map(Into::into).map_err(|_| unexpected())).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn metadata_come_back(ip in any::<Option<IpAddr>>(), agent in any::<Option<String>>(), label in any::<Option<String>>()) {
            let mut metadata = SessionMetadata::new();
            if let Some(ip) = ip { metadata = metadata.with_ip(ip); }
            if let Some(agent) = &agent { metadata = metadata.with_user_agent(agent); }
            if let Some(label) = &label { metadata = metadata.with_label(label); }
            prop_assert!(read_metadata(&write_metadata(&metadata)).unwrap() == metadata);
        }

        #[test]
        fn no_record_panics(record in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (read_metadata(&record), Session::read(&record), Shard::read(&record), User::read(Some(&record)));
        }

        #[test]
        fn times_come_back(issued_at: i64, expires_at: i64, seed: u64) {
            let issued = IssuedTimes { issued_at, expires_at };
            prop_assert_eq!(read_issued(&mut Reader::new(&write_issued(issued))).unwrap(), issued);
            let (_, octets) = write_kind(SessionKind::Pair { seed });
            let kind = SessionKind::Pair { seed };
            prop_assert!(read_kind(1, &octets).unwrap() == kind);
        }
    }

    #[test]
    fn a_shard_comes_back() {
        let epoch = StoreTime::from_millis(1_764_000_000_123);
        let shard = Shard::read(&Shard::write(epoch, 7)).unwrap();
        assert_eq!((shard.epoch, shard.incarnation, shard.floor), (epoch, 7, StoreTime::default()));
    }

    #[test]
    fn no_duration_is_beyond_what_a_script_can_count() {
        assert_eq!(millis(Duration::MAX), LONGEST.to_string());
        assert_eq!(millis(Duration::from_micros(1999)), "1");
    }
}
