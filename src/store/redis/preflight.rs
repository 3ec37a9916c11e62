//! Whether the server is a primary, and keeps what it is told: looked at on every connection that is made, of a cluster on the first.

use redis::{
    FromRedisValue, ServerError, Value,
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo},
};

use super::{
    connect::Link,
    error::{RedisConnectError, store_error},
};
use crate::store::StoreError;

/// What the operator takes upon himself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waived {
    pub(super) appendonly: bool,
    pub(super) everysec: bool,
    pub(super) unsynced: bool,
    pub(super) eviction: bool,
    pub(super) unknown: bool,
}

/// What a setting must be.
struct Rule {
    setting: &'static str,
    is_fine: fn(&str, Waived) -> bool,
    remedy: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        setting: "appendonly",
        is_fine: |value, waived| value == "yes" || waived.appendonly,
        remedy: "set it to yes, or allow it with danger_allow_without_appendonly()",
    },
    Rule {
        setting: "appendfsync",
        is_fine: |value, waived| match value {
            "always" => true,
            "everysec" if waived.everysec => true,
            // Where nothing is appended, nothing is synced.
            _ => waived.unsynced || waived.appendonly,
        },
        remedy: "set it to always, or allow everysec with danger_allow_appendfsync_everysec(), or anything with \
                 danger_allow_unsynced_appends()",
    },
    Rule {
        // With `yes` nothing is synced while the append-only file is rewritten, whatever `appendfsync` says.
        setting: "no-appendfsync-on-rewrite",
        is_fine: |value, waived| value == "no" || waived.everysec || waived.unsynced || waived.appendonly,
        remedy: "set it to no, or allow it with danger_allow_appendfsync_everysec(), danger_allow_unsynced_appends(), or \
                 danger_allow_without_appendonly()",
    },
    Rule {
        setting: "maxmemory-policy",
        is_fine: |value, waived| value == "noeviction" || waived.eviction,
        remedy: "set it to noeviction, or allow it with danger_allow_eviction()",
    },
];

/// Refuses a server whose answer to `ROLE` is not a primary's.
pub(super) fn primary(answer: Value) -> Result<(), RedisConnectError> {
    let unreachable = |error| RedisConnectError::Unreachable(store_error(error));
    let answer = Vec::<Value>::from_redis_value(answer.extract_error().map_err(unreachable)?);
    let role = answer.map_err(|error| unreachable(error.into()))?.into_iter().next().unwrap_or(Value::Nil);
    let role = String::from_redis_value(role).map_err(|error| unreachable(error.into()))?;
    if role == "master" { Ok(()) } else { Err(RedisConnectError::NotPrimary { role }) }
}

/// Looks at a server, or at every primary of a cluster.
pub(super) async fn preflight(link: &mut Link, waived: Waived) -> Result<(), RedisConnectError> {
    if let Link::Single(connection) = link {
        let role = connection.send_packed_command(&redis::cmd("ROLE")).await;
        primary(role.map_err(store_error).map_err(RedisConnectError::Unreachable)?)?;
    }
    for Rule { setting, is_fine, remedy } in RULES {
        for answer in answers(link, setting).await? {
            match value(answer) {
                Ok(found) if is_fine(&found, waived) => {}
                Ok(found) => return Err(RedisConnectError::Unsafe { setting, found, remedy }),
                Err(_) if waived.unknown => {}
                Err(error) => return Err(RedisConnectError::SettingsUnknown(error)),
            }
        }
    }
    Ok(())
}

/// What each primary answers when it is asked for a setting, errors among them.
async fn answers(link: &mut Link, setting: &'static str) -> Result<Vec<Value>, RedisConnectError> {
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg(setting);
    let answer = match link {
        Link::Single(connection) => connection.send_packed_command(&command).await.map(|answer| vec![answer]),
        Link::Cluster(connection) => {
            let primaries = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
            connection.route_command(command, primaries).await.map(|answer| match answer {
                Value::Map(nodes) if !nodes.is_empty() => nodes.into_iter().map(|(_, answer)| answer).collect(),
                other => vec![other],
            })
        }
    };
    match answer {
        Ok(answers) => Ok(answers),
        // Not told is one thing, not reached another.
        Err(error) => match ServerError::try_from(error) {
            Ok(error) => Ok(vec![Value::ServerError(error)]),
            Err(error) => Err(RedisConnectError::Unreachable(store_error(error))),
        },
    }
}

/// The value in an answer, which has the setting's name before it; an error if it is not told.
fn value(answer: Value) -> Result<String, StoreError> {
    let answer = answer.extract_error().map_err(StoreError::new)?;
    let pairs = Vec::<(String, String)>::from_redis_value(answer).map_err(StoreError::new)?;
    pairs.into_iter().next().map(|(_, value)| value).ok_or_else(|| StoreError::new("the setting is not known"))
}
