//! What a connection must be, before it is used.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::PostgresConnectError;

/// What the caller has allowed by name.
#[derive(Clone, Copy, Default)]
pub(super) struct Allowed {
    pub(super) asynchronous_commit: bool,
    pub(super) fsync_off: bool,
    pub(super) full_page_writes_off: bool,
}

/// Sets a new connection up and reads, in the same round trip, what it has become.
///
/// - No name is looked for where other users may put objects of theirs.
/// - A server that nobody waits for any more stops by itself.
/// - Every statement here is made to go by an index: a plan that was made while a table was small must not stay in use.
/// - `synchronous_commit`: `on`, `remote_apply`, `remote_write` and `local` all wait until this server has written the
///   commit to its disk, so none of them loses it in a crash of this server. They differ in what a standby has, and
///   stay as they are set. `off` loses the last moments, so it is switched on.
pub(super) async fn prepare(client: &Client, allowed: Allowed, timeout: Duration) -> Result<(), PostgresConnectError> {
    let timeout = timeout.as_millis().clamp(1, i32::MAX as u128);
    let commit = if allowed.asynchronous_commit {
        "SET jwtward.asynchronous_commit = 'allowed'"
    } else {
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    };
    let answer = client
        .simple_query(&format!(
            "SET search_path = pg_catalog, pg_temp;
             SET default_transaction_isolation = 'read committed';
             SET statement_timeout = {timeout};
             SET idle_in_transaction_session_timeout = {timeout};
             SET enable_seqscan = off;
             SET jit = off;
             {commit};
             SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version,
                 pg_is_in_recovery()::text AS recovery, current_setting('transaction_read_only') AS read_only,
                 current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
                 current_setting('full_page_writes') AS full_page_writes"
        ))
        .await?;
    let row = answer.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    judge(row.ok_or(PostgresConnectError::Unexpected("no settings"))?, allowed)
}

fn judge(row: &SimpleQueryRow, allowed: Allowed) -> Result<(), PostgresConnectError> {
    let value = |name: &str| {
        row.try_get(name).ok().flatten().ok_or(PostgresConnectError::Unexpected("a setting without a value"))
    };
    if value("number")?.parse::<u32>().unwrap_or(0) < 130_000 {
        return Err(PostgresConnectError::ServerTooOld { found: value("version")?.to_owned() });
    }
    if value("recovery")? != "false" || value("read_only")? != "off" {
        return Err(PostgresConnectError::ReadOnly);
    }
    for (setting, allowed, remedy) in [
        (
            "synchronous_commit",
            allowed.asynchronous_commit,
            "set it to on, or accept the loss with danger_allow_asynchronous_commit()",
        ),
        (
            "fsync",
            allowed.fsync_off,
            "set it to on in postgresql.conf, or accept the loss with danger_allow_fsync_off()",
        ),
        (
            "full_page_writes",
            allowed.full_page_writes_off,
            "set it to on in postgresql.conf, or accept the loss with danger_allow_full_page_writes_off()",
        ),
    ] {
        let found = value(setting)?;
        if found == "off" && !allowed {
            return Err(PostgresConnectError::NotDurable { setting, found: found.to_owned(), remedy });
        }
    }
    Ok(())
}
