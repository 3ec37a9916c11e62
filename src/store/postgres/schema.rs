//! The schema: its name, making it, and its version.

use std::sync::Arc;

use tokio_postgres::Client;

use super::PostgresConnectError;

/// The version of `schema.sql`.
const VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");

/// The name of a schema, checked, so that it may stand in a statement.
#[derive(Clone)]
pub(super) struct SchemaName(Arc<str>);

impl SchemaName {
    pub(super) fn new(name: &str) -> Result<Self, PostgresConnectError> {
        let first = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_');
        let fine = name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_');
        // The server cuts longer names, and keeps `pg_` for itself.
        if !first || !fine || name.len() > 63 || name.starts_with("pg_") {
            return Err(PostgresConnectError::SchemaName);
        }
        Ok(Self(name.into()))
    }

    /// The statement, with this schema's name in its place.
    pub(super) fn fill(&self, statement: &str) -> String {
        statement.replace("{schema}", &format!("\"{}\"", self.0)).replace("{floor_lock}", &self.lock("floor"))
    }

    /// An advisory lock of this schema's own.
    fn lock(&self, of: &str) -> String {
        format!("hashtextextended('jwtward {of} {}', 0)", self.0)
    }
}

/// Makes the schema unless it is there, and checks its version. Of several that begin at once, one makes it.
pub(super) async fn ensure(client: &mut Client, name: &SchemaName) -> Result<(), PostgresConnectError> {
    if let Some(found) = version(client, name).await? {
        known(found)?;
        return all_logged(client, name).await;
    }
    let incarnation = getrandom::u64().map_err(|_| PostgresConnectError::NoRandomness)?;
    let transaction = client.transaction().await?;
    // Others may be before, each for some tenths of a second; the whole has a deadline.
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    transaction.batch_execute(&format!("SELECT pg_advisory_xact_lock({})", name.lock("schema"))).await?;
    if let Some(found) = version(transaction.client(), name).await? {
        return known(found);
    }
    // Only where it is missing: that takes a right on the database, and an operator may have made the schema before.
    if transaction.query_opt("SELECT FROM pg_namespace WHERE nspname = $1", &[&&*name.0]).await?.is_none() {
        transaction.batch_execute(&name.fill("CREATE SCHEMA {schema}")).await?;
    }
    transaction.batch_execute(&name.fill(SCHEMA)).await?;
    let meta =
        name.fill("INSERT INTO {schema}.meta (version, epoch, incarnation) VALUES ($1, {schema}.present(0, 0), $2)");
    transaction.execute(&meta, &[&VERSION, &incarnation.cast_signed()]).await?;
    transaction.commit().await?;
    Ok(())
}

async fn version(client: &Client, name: &SchemaName) -> Result<Option<i32>, PostgresConnectError> {
    // Read as a table: to_regclass() may answer from a cache that does not know yet what another has made while this
    // one waited.
    let exists = "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname = $1 AND c.relname = 'meta'";
    if client.query_opt(exists, &[&&*name.0]).await?.is_none() {
        return Ok(None);
    }
    let row = client.query_opt(&name.fill("SELECT version FROM {schema}.meta WHERE one"), &[]).await?;
    let row = row.ok_or(PostgresConnectError::Unexpected("a schema without a version"))?;
    Ok(Some(row.try_get(0)?))
}

/// A table that was made UNLOGGED is empty after a crash.
async fn all_logged(client: &Client, name: &SchemaName) -> Result<(), PostgresConnectError> {
    let unlogged = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relpersistence <> 'p'";
    match client.query(unlogged, &[&&*name.0]).await?.first() {
        None => Ok(()),
        Some(row) => Err(PostgresConnectError::NotDurable {
            setting: "a table that is UNLOGGED",
            found: row.try_get(0)?,
            remedy: "run ALTER TABLE ... SET LOGGED on it",
        }),
    }
}

const fn known(found: i32) -> Result<(), PostgresConnectError> {
    match found {
        VERSION => Ok(()),
        _ => Err(PostgresConnectError::SchemaTooNew { found, known: VERSION }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_name_cannot_be_anything_else() {
        for name in ["jwtward", "_", "a1_", &"a".repeat(63)] {
            assert!(SchemaName::new(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "A", "a-b", "a b", "a\"b", "a'b", "a;b", "é", "pg_a", "a.b", "{schema}", &"a".repeat(64)]
        {
            assert!(SchemaName::new(name).is_err(), "{name}");
        }
    }
}
