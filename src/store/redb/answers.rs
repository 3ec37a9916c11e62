//! The answers to what removed something, for whoever asks again because a reply was lost.

use super::{
    codec::{Reader, Writer, broken},
    step::Step,
};
use crate::{
    id::SessionId,
    store::{
        StoreError,
        types::{OperationId, StoreTime},
    },
};

/// Which operation. An opening goes by its session.
pub(super) enum Name {
    Operation([u8; 8]),
    Open([u8; 32]),
}

impl Name {
    pub(super) fn operation(operation: OperationId) -> Self {
        Self::Operation(operation.as_u64().to_le_bytes())
    }

    pub(super) fn octets(&self) -> &[u8] {
        match self {
            Self::Operation(octets) => octets,
            Self::Open(octets) => octets,
        }
    }
}

pub(super) enum Answer {
    /// The session was opened, and has ended since.
    Opened {
        created: StoreTime,
        evicted: Vec<SessionId>,
    },
    Ended,
    Revoked {
        ended: u64,
    },
    Reused,
}

impl Answer {
    /// With the time until which it is kept in front.
    pub(super) fn write(&self, now: StoreTime) -> Vec<u8> {
        let writer = Writer::default().time(now.plus(Step::REMEMBERED));
        match self {
            Self::Opened { created, evicted } => writer.octet(0).time(*created).sessions(evicted),
            Self::Ended => writer.octet(1),
            Self::Revoked { ended } => writer.octet(2).number(*ended),
            Self::Reused => writer.octet(3),
        }
        .octets()
    }

    pub(super) fn read(octets: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader(octets);
        reader.time()?;
        let answer = match reader.octet()? {
            0 => Self::Opened { created: reader.time()?, evicted: reader.sessions()? },
            1 => Self::Ended,
            2 => Self::Revoked { ended: reader.number()? },
            3 => Self::Reused,
            _ => return Err(broken()),
        };
        reader.end()?;
        Ok(answer)
    }

    /// Until when it is kept.
    pub(super) fn until(octets: &[u8]) -> Result<StoreTime, StoreError> {
        Reader(octets).time()
    }
}
