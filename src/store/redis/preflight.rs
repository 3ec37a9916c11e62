//! Whether the server keeps what it is told: looked at on every connection that is made, of a cluster on the first.

use redis::{
    FromRedisValue, Value,
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo},
};

use super::{connect::Link, error::RedisConnectError};
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

const RULES: [Rule; 3] = [
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
        setting: "maxmemory-policy",
        is_fine: |value, waived| value == "noeviction" || waived.eviction,
        remedy: "set it to noeviction, or allow it with danger_allow_eviction()",
    },
];

/// Looks at a server, or at every primary of a cluster.
pub(super) async fn preflight(link: &mut Link, waived: Waived) -> Result<(), RedisConnectError> {
    for Rule { setting, is_fine, remedy } in RULES {
        let values = match values(link, setting).await {
            Ok(values) => values,
            // Not told is one thing, not reached another.
            Err(error) if error.is_io_error() => {
                return Err(RedisConnectError::Unreachable(super::error::store_error(error)));
            }
            Err(_) if waived.unknown => return Ok(()),
            Err(error) => return Err(RedisConnectError::SettingsUnknown(StoreError::new(error))),
        };
        if values.is_empty() && !waived.unknown {
            return Err(RedisConnectError::SettingsUnknown(StoreError::new(format!("{setting} is not told"))));
        }
        if let Some(found) = values.into_iter().find(|value| !is_fine(value, waived)) {
            return Err(RedisConnectError::Unsafe { setting, found, remedy });
        }
    }
    Ok(())
}

/// A setting's value on each primary.
async fn values(link: &mut Link, setting: &'static str) -> redis::RedisResult<Vec<String>> {
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg(setting);
    let answers = match link {
        Link::Single(connection) => vec![connection.send_packed_command(&command).await?.extract_error()?],
        Link::Cluster(connection) => {
            let primaries = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
            match connection.route_command(command, primaries).await?.extract_error()? {
                Value::Map(nodes) => nodes.into_iter().map(|(_, answer)| answer).collect(),
                Value::Array(answers) => answers,
                other => vec![other],
            }
        }
    };
    // Each answer is the setting's name and its value; none if the server does not know the setting.
    let mut values = Vec::new();
    for answer in answers {
        let pairs = Vec::<(String, String)>::from_redis_value(answer)?;
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        values.extend(pairs.into_iter().map(|(_, value)| value));
    }
    Ok(values)
}
