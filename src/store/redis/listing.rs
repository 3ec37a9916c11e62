//! The list of what is revoked: shard after shard, in each the token ids, then the users, both in order. So a page's end is a place
//! that stays where it is, whatever is added or removed, and nothing is listed twice.

use std::{ops::Range, sync::Arc};

use redis::Value;

use super::{
    codec::{Reader, clock, some_octets, unsigned},
    error::unexpected,
    keys::SHARDS,
    store::Inner,
};
use crate::{
    id::UserKey,
    store::{
        StoreError,
        types::{Cursor, RevokedEntry, RevokedPage, StoreTime},
    },
};

/// The longest page.
const MOST: usize = 10_000;

/// After which entry of which shard a page begins.
#[derive(Default)]
struct After {
    shard: usize,
    entry: Option<Place>,
}

/// An entry's place within its shard: token ids come first, then users, as they are ordered here.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Token(Box<str>),
    User(UserKey),
}

impl Place {
    fn of(entry: &RevokedEntry) -> Self {
        match entry {
            RevokedEntry::Token { token_id, .. } => Self::Token(token_id.clone()),
            RevokedEntry::User { user, .. } => Self::User(*user),
        }
    }
}

impl After {
    fn read(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.as_str().splitn(3, ':');
        let shard = parts.next()?.parse().ok().filter(|shard| *shard < SHARDS)?;
        let entry = match (parts.next()?, parts.next()?) {
            ("token", id) => Place::Token(id.into()),
            ("user", key) => Place::User(key.parse().ok()?),
            _ => return None,
        };
        Some(Self { shard, entry: Some(entry) })
    }

    fn write(shard: usize, entry: &RevokedEntry) -> Cursor {
        Cursor::new(&match entry {
            RevokedEntry::Token { token_id, .. } => format!("{shard}:token:{token_id}"),
            RevokedEntry::User { user, .. } => format!("{shard}:user:{user}"),
        })
    }
}

impl Inner {
    pub(super) async fn page(self: &Arc<Self>, after: Option<&Cursor>, most: usize) -> Result<RevokedPage, StoreError> {
        let after = match after {
            Some(cursor) => After::read(cursor).ok_or_else(|| StoreError::new("not a cursor of this store"))?,
            None => After::default(),
        };
        let most = most.clamp(1, MOST);
        let sizes = self.sizes(after.shard..SHARDS).await?;
        let mut page = RevokedPage::default();
        let mut last_shard = after.shard;
        let (mut from, mut held) = (after.shard, 0);
        for (end, size) in (from + 1..=SHARDS).zip(sizes) {
            held += size;
            // Each is read whole, so no more of them than may fill the page.
            if held <= (most - page.entries.len()) as u64 && end < SHARDS {
                continue;
            }
            let shards = from..end;
            for (shard, mut entries) in shards.clone().zip(self.revoked_of(shards).await?) {
                if let (true, Some(last)) = (shard == after.shard, &after.entry) {
                    entries.retain(|(place, _)| place > last);
                }
                for (_, entry) in entries {
                    // One more than there is room for tells that this is not the last page.
                    if page.entries.len() == most {
                        page.next = page.entries.last().map(|last| After::write(last_shard, last));
                        return Ok(page);
                    }
                    page.entries.push(entry);
                    last_shard = shard;
                }
            }
            (from, held) = (end, 0);
        }
        Ok(page)
    }

    /// How much is listed in each of some shards, what is over included.
    async fn sizes(self: &Arc<Self>, shards: Range<usize>) -> Result<Vec<u64>, StoreError> {
        let read = |inner: &Self, shard, commands: &mut redis::Pipeline| {
            commands.cmd("HLEN").arg(inner.keys.denied(shard));
            commands.cmd("HLEN").arg(inner.keys.floors(shard));
        };
        let sizes: Vec<_> = self.on_shards(shards, read).await?.iter().map(unsigned).collect::<Result<_, _>>()?;
        Ok(sizes.chunks(2).map(|size| size.iter().sum()).collect())
    }

    /// What is revoked in each of some shards, in order. What is past its time is left out.
    async fn revoked_of(self: &Arc<Self>, shards: Range<usize>) -> Result<Vec<Vec<(Place, RevokedEntry)>>, StoreError> {
        let read = |inner: &Self, shard, commands: &mut redis::Pipeline| {
            commands.cmd("TIME");
            commands.cmd("HGETALL").arg(inner.keys.denied(shard));
            commands.cmd("HGETALL").arg(inner.keys.floors(shard));
        };
        let answers = self.on_shards(shards, read).await?;
        answers.chunks(3).map(entries).collect()
    }
}

fn entries(answers: &[Value]) -> Result<Vec<(Place, RevokedEntry)>, StoreError> {
    let [now, tokens, users] = answers else { return Err(unexpected()) };
    let now = clock(now)?;
    let mut entries = Vec::new();
    for (field, value) in pairs(tokens)? {
        // The field without a name is the sweep's.
        if field.is_empty() {
            continue;
        }
        let token_id = std::str::from_utf8(field).map_err(|_| unexpected())?.into();
        entries.push(RevokedEntry::Token { token_id, until: Reader::new(value).time()? });
    }
    for (field, value) in pairs(users)? {
        if field.is_empty() {
            continue;
        }
        let user = UserKey::from_octets(Reader::new(field).take()?);
        let mut value = Reader::new(value);
        entries.push(RevokedEntry::User { user, floor: value.time()?, until: value.time()? });
    }
    entries.retain(|entry| until(entry) > now);
    let mut entries: Vec<_> = entries.into_iter().map(|entry| (Place::of(&entry), entry)).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

const fn until(entry: &RevokedEntry) -> StoreTime {
    match entry {
        RevokedEntry::Token { until, .. } | RevokedEntry::User { until, .. } => *until,
    }
}

/// A field of a hash, and its value.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// The fields and values of a hash, in either protocol's form.
fn pairs(answer: &Value) -> Result<Vec<Pair<'_>>, StoreError> {
    match answer {
        Value::Map(pairs) => {
            pairs.iter().map(|(field, value)| Ok((some_octets(field)?, some_octets(value)?))).collect()
        }
        flat => {
            let flat = super::codec::array(flat)?;
            flat.chunks(2)
                .map(|pair| match pair {
                    [field, value] => Ok((some_octets(field)?, some_octets(value)?)),
                    _ => Err(unexpected()),
                })
                .collect()
        }
    }
}
