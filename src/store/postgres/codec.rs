//! How values are written for the database.

use std::{error::Error, net::IpAddr, time::Duration};

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::{StoreError, StoreTime, types::SessionMetadata};

/// 16 octets, as the database's type `uuid`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key(pub(super) [u8; 16]);

impl ToSql for Key {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }

    to_sql_checked!();
}

impl FromSql<'_> for Key {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }
}

/// The longest duration kept, in milliseconds: 31,688 years, far from the end of what a sum of two can hold.
const LONGEST: i64 = 1_000_000_000_000_000;

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

/// A time of the caller's. One that the database could not count past is held at the end.
pub(super) fn instant(time: StoreTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn time(millis: i64) -> StoreTime {
    StoreTime::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// What remains until an absolute end.
pub(super) fn remaining(millis: Option<i64>) -> Option<Duration> {
    millis.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

pub(super) fn generation(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(StoreError::new)
}

/// 4 octets or 16, so that an address of either family comes back as it was.
pub(super) fn ip(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().into(),
        IpAddr::V6(ip) => ip.octets().into(),
    }
}

pub(super) fn text(octets: &[u8]) -> Result<&str, StoreError> {
    std::str::from_utf8(octets).map_err(StoreError::new)
}

pub(super) fn data(octets: Option<&[u8]>) -> Result<Option<Box<str>>, StoreError> {
    octets.map(|octets| Ok(text(octets)?.into())).transpose()
}

pub(super) fn metadata(
    ip: Option<&[u8]>,
    user_agent: Option<&[u8]>,
    label: Option<&[u8]>,
) -> Result<SessionMetadata, StoreError> {
    let mut metadata = SessionMetadata::new();
    if let Some(octets) = ip {
        let ip = match (<[u8; 4]>::try_from(octets), <[u8; 16]>::try_from(octets)) {
            (Ok(v4), _) => v4.into(),
            (_, Ok(v6)) => v6.into(),
            _ => return Err(StoreError::new("not an address")),
        };
        metadata = metadata.with_ip(ip);
    }
    if let Some(octets) = user_agent {
        metadata = metadata.with_user_agent(text(octets)?);
    }
    if let Some(octets) = label {
        metadata = metadata.with_label(text(octets)?);
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_duration_or_time_wraps() {
        assert_eq!(millis(Duration::MAX), LONGEST);
        assert_eq!(millis(Duration::from_millis(7)), 7);
        assert_eq!(instant(StoreTime::from_millis(u64::MAX)), i64::MAX);
        assert_eq!((time(-1), time(7)), (StoreTime::from_millis(0), StoreTime::from_millis(7)));
        assert_eq!(remaining(Some(-1)), Some(Duration::ZERO));
        assert!(generation(-1).is_err() && generation(1 << 32).is_err());
        assert!(generation(u32::MAX.into()).is_ok());
    }

    #[test]
    fn an_address_is_of_four_octets_or_sixteen() {
        for address in ["192.0.2.1", "::ffff:192.0.2.1"] {
            let address: IpAddr = address.parse().unwrap();
            let octets = ip(address);
            assert_eq!(metadata(Some(&octets), None, None).unwrap().ip(), Some(address));
        }
        assert!(metadata(Some(&[1; 5]), None, None).is_err());
        assert!(metadata(None, Some(&[0xff]), None).is_err());
    }
}
