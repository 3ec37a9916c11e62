//! A session as it is stored.

use std::time::Duration;

use super::codec::{Reader, Writer, broken};
use crate::{
    id::SessionId,
    store::{
        StoreError,
        rules::RotationState,
        types::{
            IssuedTimes, LoadedSession, OpenSession, OperationId, Rotate, SessionKind, SessionMetadata, SessionRecord,
            SessionStanding, StoreTime,
        },
    },
};

/// What every session has: all that a check reads.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Hot {
    pub(super) kind: SessionKind,
    pub(super) created: StoreTime,
    /// How many sessions there had been, to tell which is older within a millisecond.
    number: u64,
    pub(super) expires: StoreTime,
    /// The absolute end.
    end: Option<StoreTime>,
    pub(super) rotation: RotationState,
    pub(super) issued: IssuedTimes,
}

/// What only some have.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Cold {
    pub(super) metadata: SessionMetadata,
    pub(super) data: Option<Box<str>>,
    /// Which made room for it: a part of the answer to a repeated opening.
    pub(super) evicted: Vec<SessionId>,
}

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Record {
    pub(super) hot: Hot,
    pub(super) cold: Cold,
}

const PAIR: u8 = 1;
const HAS_END: u8 = 2;

impl Hot {
    fn write(&self) -> Writer {
        let (pair, seed) = match self.kind {
            SessionKind::Single => (0, 0),
            SessionKind::Pair { seed } => (PAIR, seed),
        };
        Writer::default()
            .octet(pair | if self.end.is_some() { HAS_END } else { 0 })
            .number(seed)
            .time(self.created)
            .number(self.number)
            .time(self.expires)
            .time(self.end.unwrap_or_default())
            .time(self.rotation.rotated)
            .short(self.rotation.generation)
            .number(self.rotation.operation.map_or(0, OperationId::as_u64))
            .number(self.issued.issued_at.cast_unsigned())
            .number(self.issued.expires_at.cast_unsigned())
    }

    fn read_from(reader: &mut Reader<'_>) -> Result<Self, StoreError> {
        let flags = reader.octet()?;
        if flags > PAIR | HAS_END {
            return Err(broken());
        }
        let seed = reader.number()?;
        let kind = if flags & PAIR == 0 { SessionKind::Single } else { SessionKind::Pair { seed } };
        let (created, number) = (reader.time()?, reader.number()?);
        let (expires, end, rotated) = (reader.time()?, reader.time()?, reader.time()?);
        let (generation, operation) = (reader.short()?, OperationId::from_u64(reader.number()?));
        let [issued_at, expires_at] = [reader.number()?, reader.number()?].map(u64::cast_signed);
        Ok(Self {
            kind,
            created,
            number,
            expires,
            end: (flags & HAS_END != 0).then_some(end),
            // Of generation 0 there is no operation.
            rotation: RotationState { generation, rotated, operation: (generation > 0).then_some(operation) },
            issued: IssuedTimes { issued_at, expires_at },
        })
    }

    /// Of a stored session, what a check needs.
    pub(super) fn read(octets: &[u8]) -> Result<Self, StoreError> {
        Self::read_from(&mut Reader(octets))
    }

    pub(super) fn is_pair(&self) -> bool {
        matches!(self.kind, SessionKind::Pair { .. })
    }

    /// By which a user's sessions are sorted, oldest first.
    pub(super) fn order(&self) -> (StoreTime, u64) {
        (self.created, self.number)
    }

    fn remaining(&self, now: StoreTime) -> Option<Duration> {
        self.end.map(|end| end.since(now))
    }

    fn expire_after(&mut self, now: StoreTime, lifetime: Duration) {
        let expires = now.plus(lifetime);
        self.expires = self.end.map_or(expires, |end| expires.min(end));
    }

    pub(super) fn standing(&self, now: StoreTime) -> SessionStanding {
        SessionStanding { generation: self.rotation.generation, pair: self.is_pair(), remaining: self.remaining(now) }
    }
}

impl Record {
    pub(super) fn new(open: &OpenSession, created: StoreTime, number: u64, evicted: Vec<SessionId>) -> Self {
        let mut hot = Hot {
            kind: open.kind,
            created,
            number,
            expires: created,
            end: open.absolute.map(|absolute| created.plus(absolute)),
            rotation: RotationState { generation: 0, rotated: created, operation: None },
            issued: open.issued,
        };
        hot.expire_after(created, open.lifetime);
        Self { hot, cold: Cold { metadata: open.metadata.clone(), data: open.data.clone(), evicted } }
    }

    pub(super) fn rotate(&mut self, generation: u32, rotate: &Rotate, now: StoreTime) {
        self.hot.rotation = RotationState { generation, rotated: now, operation: Some(rotate.operation) };
        self.hot.issued = rotate.issued;
        self.hot.expire_after(now, rotate.lifetime);
        if let Some(data) = &rotate.data {
            self.cold.data.clone_from(data);
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let metadata = &self.cold.metadata;
        let writer = self.hot.write();
        if self.cold == Cold::default() {
            return writer.octets();
        }
        writer
            .ip(metadata.ip())
            .text(metadata.user_agent())
            .text(metadata.label())
            .text(self.cold.data.as_deref())
            .sessions(&self.cold.evicted)
            .octets()
    }

    pub(super) fn read(octets: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader(octets);
        let hot = Hot::read_from(&mut reader)?;
        if reader.end().is_ok() {
            return Ok(Self { hot, cold: Cold::default() });
        }
        let mut metadata = SessionMetadata::new();
        if let Some(ip) = reader.ip()? {
            metadata = metadata.with_ip(ip);
        }
        if let Some(user_agent) = reader.text()? {
            metadata = metadata.with_user_agent(user_agent);
        }
        if let Some(label) = reader.text()? {
            metadata = metadata.with_label(label);
        }
        let cold = Cold { metadata, data: reader.text()?.map(Into::into), evicted: reader.sessions()? };
        reader.end()?;
        Ok(Self { hot, cold })
    }

    pub(super) fn loaded(self, now: StoreTime) -> LoadedSession {
        LoadedSession {
            kind: self.hot.kind,
            generation: self.hot.rotation.generation,
            remaining: self.hot.remaining(now),
            data: self.cold.data,
        }
    }

    pub(super) fn listed(self, id: SessionId) -> SessionRecord {
        let Hot { created, expires, rotation, issued, .. } = self.hot;
        SessionRecord {
            id,
            pair: self.hot.is_pair(),
            created,
            expires,
            rotated: rotation.rotated,
            generation: rotation.generation,
            issued,
            metadata: self.cold.metadata,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn record() -> impl Strategy<Value = Record> {
        let time = || any::<u64>().prop_map(StoreTime::from_millis);
        let kind = prop_oneof![Just(SessionKind::Single), any::<u64>().prop_map(|seed| SessionKind::Pair { seed }),];
        let rotation = (any::<u32>(), time(), any::<u64>()).prop_map(|(generation, rotated, operation)| {
            RotationState { generation, rotated, operation: (generation > 0).then(|| OperationId::from_u64(operation)) }
        });
        let issued =
            (any::<i64>(), any::<i64>()).prop_map(|(issued_at, expires_at)| IssuedTimes { issued_at, expires_at });
        let hot = (kind, time(), any::<u64>(), time(), option::of(time()), rotation, issued).prop_map(
            |(kind, created, number, expires, end, rotation, issued)| Hot {
                kind,
                created,
                number,
                expires,
                end,
                rotation,
                issued,
            },
        );
        let ip = option::of(any::<[u8; 16]>().prop_map(|octets| {
            if octets[0] % 2 == 0 { IpAddr::from(octets) } else { IpAddr::from([octets[0], octets[1], octets[2], 7]) }
        }));
        let cold =
            (ip, option::of(".{0,40}"), option::of(".{0,10}"), option::of(".{0,80}"), vec(any::<[u8; 16]>(), 0..4))
                .prop_map(|(ip, agent, label, data, evicted)| {
                    let mut metadata = SessionMetadata::new();
                    metadata = ip.map_or(metadata.clone(), |ip| metadata.clone().with_ip(ip));
                    metadata = agent.map_or(metadata.clone(), |agent| metadata.clone().with_user_agent(&agent));
                    metadata = label.map_or(metadata.clone(), |label| metadata.clone().with_label(&label));
                    let evicted = evicted.into_iter().map(SessionId::from_octets).collect();
                    Cold { metadata, data: data.map(Into::into), evicted }
                });
        (hot, cold).prop_map(|(hot, cold)| Record { hot, cold })
    }

    proptest! {
        #[test]
        fn a_record_comes_back_as_it_was_written(record in record()) {
            let octets = record.write();
            prop_assert_eq!(Hot::read(&octets).unwrap(), record.hot);
            prop_assert_eq!(Record::read(&octets).unwrap(), record);
        }

        #[test]
        fn a_damaged_record_is_an_error_or_another_record(
            record in record(),
            at in any::<usize>(),
            octet in any::<u8>(),
        ) {
            let mut octets = record.write();
            for length in 0..octets.len() {
                // Cut short, it is never read to the end, unless what only some have is cut off whole.
                let read = Record::read(&octets[..length]);
                prop_assert!(read.is_err() || read.unwrap().cold == Cold::default());
            }
            let at = at % octets.len();
            octets[at] = octet;
            let _ = Record::read(&octets);
        }

        #[test]
        fn any_octets_are_read_without_a_panic(octets in vec(any::<u8>(), 0..300)) {
            let _ = Record::read(&octets);
        }
    }
}
