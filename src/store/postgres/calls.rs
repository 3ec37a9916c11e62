//! The contract, call by call.

use std::time::Duration;

use tokio_postgres::{Row, types::FromSql};

use super::{
    PostgresStore,
    codec::{self, Key},
    statements::Call,
};
use crate::{
    id::{SessionId, UserKey},
    store::{
        Store, StoreError,
        types::{
            Begin, Beginning, Capabilities, CheckToken, Cursor, Denial, DenyToken, EndSession, Ending, IssuedTimes,
            LoadedSession, OnReuse, OpenSession, Opening, Purged, RevokeUser, RevokedEntry, RevokedPage, Rotate,
            Rotation, SessionKey, SessionKind, SessionRecord, SessionStanding, Standing, StoreTime, WhenFull,
        },
    },
};

/// More than this in one page, or in one slice of a purge, is not asked for.
const MOST_ROWS: usize = 10_000;

const fn user(user: UserKey) -> Key {
    Key(*user.octets())
}

const fn sid(session: SessionId) -> Key {
    Key(*session.octets())
}

/// A column, by its place in the statement's text.
fn get<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, StoreError> {
    row.try_get(at).map_err(StoreError::new)
}

fn get_time(row: &Row, at: usize) -> Result<StoreTime, StoreError> {
    Ok(codec::time(get(row, at)?))
}

fn get_generation(row: &Row, at: usize) -> Result<u32, StoreError> {
    codec::generation(get(row, at)?)
}

fn no_such_answer() -> StoreError {
    StoreError::new("the database gave an answer that is not known")
}

impl Store for PostgresStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: true, process_local: false }
    }

    async fn begin(&self, begin: &Begin) -> Result<Beginning, StoreError> {
        let reject = begin.limit.filter(|limit| limit.when_full == WhenFull::Reject);
        let row = self.row(Call::Begin, &[&self.told(), &user(begin.user), &reject.is_some()]).await?;
        self.was_told(get(&row, 0)?);
        let active = get::<Option<i64>>(&row, 3)?.map(i64::unsigned_abs);
        Ok(Beginning {
            begun: get_time(&row, 1)?,
            full: reject.and_then(|limit| active.filter(|active| *active >= limit.max.get().into())),
            incarnation: get::<i64>(&row, 2)?.cast_unsigned(),
        })
    }

    async fn open(&self, open: &OpenSession) -> Result<Opening, StoreError> {
        let seed = match open.kind {
            SessionKind::Single => None,
            SessionKind::Pair { seed } => Some(seed.cast_signed()),
        };
        let evict = match open.limit.map(|limit| limit.when_full) {
            None | Some(WhenFull::Reject) => false,
            Some(WhenFull::EvictOldest) => true,
        };
        let row = self
            .row(
                Call::Open,
                &[
                    &self.told(),
                    &user(open.key.user),
                    &sid(open.key.session),
                    &seed,
                    &codec::instant(open.begun),
                    &open.limit.map(|limit| i64::from(limit.max.get())),
                    &evict,
                    &codec::millis(open.lifetime),
                    &open.absolute.map(codec::millis),
                    &open.issued.issued_at,
                    &open.issued.expires_at,
                    &open.metadata.ip().map(codec::ip),
                    &open.metadata.user_agent().map(str::as_bytes),
                    &open.metadata.label().map(str::as_bytes),
                    &open.data.as_deref().map(str::as_bytes),
                ],
            )
            .await?;
        match get(&row, 0)? {
            "opened" => {
                let evicted = get::<Option<Vec<Key>>>(&row, 3)?.unwrap_or_default();
                let evicted = evicted.into_iter().map(|Key(octets)| SessionId::from_octets(octets)).collect();
                Ok(Opening::Opened { created: get_time(&row, 1)?, evicted })
            }
            "full" => Ok(Opening::Full { active: get::<i64>(&row, 2)?.unsigned_abs() }),
            "revoked" => Ok(Opening::Revoked),
            _ => Err(no_such_answer()),
        }
    }

    async fn check(&self, token: CheckToken<'_>) -> Result<Standing, StoreError> {
        let told = self.told();
        let (row, tracked) = match token {
            CheckToken::Tracked(key) => {
                (self.row(Call::Check, &[&told, &user(key.user), &sid(key.session)]).await?, true)
            }
            CheckToken::Untracked { user: of, token_id } => {
                (self.row(Call::CheckUntracked, &[&told, &user(of), &token_id.as_bytes()]).await?, false)
            }
        };
        self.was_told(get(&row, 0)?);
        let generation = if tracked { get::<Option<i64>>(&row, 6)? } else { None };
        let session = match generation {
            None => None,
            Some(generation) => Some(SessionStanding {
                generation: codec::generation(generation)?,
                pair: get(&row, 7)?,
                remaining: codec::remaining(get(&row, 8)?),
            }),
        };
        Ok(Standing {
            session,
            denied: get(&row, 5)?,
            user_floor: codec::time(get::<Option<i64>>(&row, 4)?.unwrap_or(0)),
            floor: get_time(&row, 1)?,
            epoch: get_time(&row, 2)?,
            incarnation: get::<i64>(&row, 3)?.cast_unsigned(),
        })
    }

    async fn load(&self, session: SessionKey) -> Result<Option<LoadedSession>, StoreError> {
        let with = (self.told(), user(session.user), sid(session.session));
        let rows = self.rows(Call::Load, &[&with.0, &with.1, &with.2]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let seed: Option<i64> = get(row, 1)?;
        Ok(Some(LoadedSession {
            kind: seed.map_or(SessionKind::Single, |seed| SessionKind::Pair { seed: seed.cast_unsigned() }),
            generation: get_generation(row, 0)?,
            remaining: codec::remaining(get(row, 2)?),
            data: codec::data(get(row, 3)?)?,
        }))
    }

    async fn rotate(&self, rotate: &Rotate) -> Result<Rotation, StoreError> {
        let data = rotate.data.as_ref().and_then(|data| data.as_deref());
        let end = match rotate.on_reuse {
            OnReuse::Refuse => false,
            OnReuse::EndSession => true,
        };
        let row = self
            .row(
                Call::Rotate,
                &[
                    &self.told(),
                    &user(rotate.key.user),
                    &sid(rotate.key.session),
                    &rotate.operation.as_u64().cast_signed(),
                    &i64::from(rotate.presented),
                    &codec::millis(rotate.lifetime),
                    &rotate.issued.issued_at,
                    &rotate.issued.expires_at,
                    &codec::millis(rotate.grace),
                    &end,
                    &rotate.data.is_some(),
                    &data.map(str::as_bytes),
                ],
            )
            .await?;
        match get(&row, 0)? {
            "rotated" => Ok(Rotation::Rotated { generation: get_generation(&row, 1)? }),
            "repeated" => Ok(Rotation::Repeated {
                generation: get_generation(&row, 1)?,
                issued: IssuedTimes { issued_at: get(&row, 2)?, expires_at: get(&row, 3)? },
                data: codec::data(get(&row, 4)?)?,
            }),
            "superseded" => Ok(Rotation::Superseded),
            "reused" => Ok(Rotation::Reused),
            "newer" => Ok(Rotation::Newer),
            "gone" => Ok(Rotation::Gone),
            _ => Err(no_such_answer()),
        }
    }

    async fn deny(&self, deny: &DenyToken) -> Result<Denial, StoreError> {
        let operation = deny.operation.as_u64().cast_signed();
        let keep = codec::millis(deny.keep);
        let row = self.row(Call::Deny, &[&self.told(), &deny.token_id.as_bytes(), &operation, &keep]).await?;
        Ok(if get::<i64>(&row, 0)? == operation { Denial::First } else { Denial::Already })
    }

    async fn is_denied(&self, token_id: &str) -> Result<bool, StoreError> {
        get(&self.row(Call::IsDenied, &[&token_id.as_bytes()]).await?, 0)
    }

    async fn end(&self, end: &EndSession) -> Result<Ending, StoreError> {
        let operation = end.operation.as_u64().cast_signed();
        let row = self.row(Call::End, &[&self.told(), &user(end.key.user), &sid(end.key.session), &operation]).await?;
        Ok(if get(&row, 0)? { Ending::Ended } else { Ending::Absent })
    }

    async fn revoke_user(&self, revoke: &RevokeUser) -> Result<u64, StoreError> {
        let (operation, keep) = (revoke.operation.as_u64().cast_signed(), codec::millis(revoke.keep));
        let row = self.row(Call::RevokeUser, &[&self.told(), &user(revoke.user), &operation, &keep]).await?;
        Ok(get::<i64>(&row, 0)?.unsigned_abs())
    }

    async fn raise_floor(&self, instant: StoreTime) -> Result<StoreTime, StoreError> {
        get_time(&self.row(Call::RaiseFloor, &[&self.told(), &codec::instant(instant)]).await?, 0)
    }

    async fn count(&self, of: UserKey) -> Result<u64, StoreError> {
        Ok(get::<i64>(&self.row(Call::Count, &[&self.told(), &user(of)]).await?, 0)?.unsigned_abs())
    }

    async fn list(&self, of: UserKey) -> Result<Vec<SessionRecord>, StoreError> {
        let record = |row: &Row| {
            Ok(SessionRecord {
                id: SessionId::from_octets(get::<Key>(row, 0)?.0),
                pair: get(row, 1)?,
                created: get_time(row, 2)?,
                expires: get_time(row, 3)?,
                rotated: get_time(row, 4)?,
                generation: get_generation(row, 5)?,
                issued: IssuedTimes { issued_at: get(row, 6)?, expires_at: get(row, 7)? },
                metadata: codec::metadata(get(row, 8)?, get(row, 9)?, get(row, 10)?)?,
            })
        };
        self.rows(Call::List, &[&self.told(), &user(of)]).await?.iter().map(record).collect()
    }

    /// First the token ids, in their order, then the users. A cursor is `t` and the id that was listed last, or `u` and
    /// the user.
    async fn list_revoked(&self, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        let most = most.clamp(1, MOST_ROWS);
        let after = after.map_or("t", Cursor::as_str);
        let mut entries = Vec::new();
        let mut from = None;
        if let Some(token_id) = after.strip_prefix('t') {
            let limit = most as i64;
            for row in &self.rows(Call::RevokedTokens, &[&token_id.as_bytes(), &limit]).await? {
                entries.push(RevokedEntry::Token {
                    token_id: codec::text(get(row, 0)?)?.into(),
                    until: get_time(row, 1)?,
                });
            }
        } else {
            let key = after.strip_prefix('u').and_then(|text| text.parse().ok());
            from = Some(user(key.ok_or_else(|| StoreError::new("not a cursor of this store"))?));
        }
        let left = most.saturating_sub(entries.len()) as i64;
        if left > 0 {
            for row in &self.rows(Call::RevokedUsers, &[&from, &left]).await? {
                entries.push(RevokedEntry::User {
                    user: UserKey::from_octets(get::<Key>(row, 0)?.0),
                    floor: get_time(row, 1)?,
                    until: get_time(row, 2)?,
                });
            }
        }
        // A full page may be the last: then the next one is empty.
        let next = match entries.last() {
            Some(RevokedEntry::Token { token_id, .. }) if entries.len() == most => Some(format!("t{token_id}")),
            Some(RevokedEntry::User { user, .. }) if entries.len() == most => Some(format!("u{user}")),
            _ => None,
        };
        Ok(RevokedPage { entries, next: next.map(|text| Cursor::new(&text)) })
    }

    /// Looks for nothing that has not ended, so it is done when it finds less than it may remove: a quarter of `slice`
    /// of each kind.
    async fn purge(&self, slice: usize, margin: Duration) -> Result<Purged, StoreError> {
        let slice = slice.clamp(1, MOST_ROWS).div_ceil(4) as i64;
        let row = self.row(Call::Purge, &[&self.told(), &slice, &codec::millis(margin)]).await?;
        Ok(Purged { removed: get::<i64>(&row, 0)?.unsigned_abs(), done: get(&row, 1)? })
    }

    async fn close(&self) {
        self.shut();
    }
}
