//! Making a PostgreSQL store.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use tokio_postgres::{
    Config, NoTls, Socket,
    config::{Host, SslMode, TargetSessionAttrs},
    tls::{MakeTlsConnect, TlsConnect},
};

use super::{
    PostgresConnectError, PostgresStore,
    connection::{Connector, Dial, Driver},
    preflight::Allowed,
    schema::SchemaName,
};

/// Builds a [`PostgresStore`].
pub struct PostgresStoreBuilder {
    config: Config,
    schema: String,
    pub(super) pool_size: usize,
    pub(super) call_timeout: Duration,
    allowed: Allowed,
    plaintext: bool,
}

impl PostgresStoreBuilder {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            schema: "jwtward".into(),
            pool_size: 16,
            call_timeout: Duration::from_secs(2),
            allowed: Allowed::default(),
            plaintext: false,
        }
    }

    /// The schema that holds the tables and functions: by default `jwtward`. Two stores in two schemas know nothing of
    /// each other.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// How many connections there may be at once: by default 16. All processes together must stay below the server's
    /// `max_connections`. A call waits for one that is free.
    #[must_use]
    pub const fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = if connections == 0 { 1 } else { connections };
        self
    }

    /// How long a call may take, with connecting and waiting for a free connection: by default 2 seconds. Then it fails
    /// as timed out, and the server stops it too. A provider refuses at its own deadline, `storeTimeoutMs`, which is
    /// usually shorter.
    #[must_use]
    pub const fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Lets `synchronous_commit = off` of the server, the database or the role be. Otherwise it is switched on for the
    /// store's own connections. **A crash of the server then loses the last moments**: logins, which only logs out, and
    /// revocations, which lets what was revoked in again.
    #[must_use]
    pub const fn danger_allow_asynchronous_commit(mut self) -> Self {
        self.allowed.asynchronous_commit = true;
        self
    }

    /// Accepts a server with `fsync = off`. **A crash of its machine may lose or destroy all data**, revocations among
    /// them.
    #[must_use]
    pub const fn danger_allow_fsync_off(mut self) -> Self {
        self.allowed.fsync_off = true;
        self
    }

    /// Accepts a server with `full_page_writes = off`. **A crash of its machine may destroy data silently**, unless its
    /// file system writes whole pages.
    #[must_use]
    pub const fn danger_allow_full_page_writes_off(mut self) -> Self {
        self.allowed.full_page_writes_off = true;
        self
    }

    /// Lets a connection leave this machine without encryption. **Whoever is on the way reads and changes everything**:
    /// he can let in whom he likes.
    #[must_use]
    pub const fn danger_allow_plaintext(mut self) -> Self {
        self.plaintext = true;
        self
    }

    /// Connects through a TLS connector, makes the schema if there is none, and checks that the server keeps what it
    /// acknowledges.
    ///
    /// Encryption is required: a server that does not offer it is refused, whatever `sslmode` the configuration has.
    /// That the server is the right one is for the connector to check.
    ///
    /// Its connections belong to the tokio runtime that this is called in.
    ///
    /// # Errors
    /// [`PostgresConnectError`].
    pub async fn connect<T>(mut self, tls: T) -> Result<PostgresStore, PostgresConnectError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        if !self.plaintext {
            self.config.ssl_mode(SslMode::Require);
        }
        self.finish(Arc::new(Driver(tls))).await
    }

    /// Connects without TLS: over a unix socket, or to a loopback address.
    ///
    /// # Errors
    /// [`PostgresConnectError`]; [`PostgresConnectError::Plaintext`] for any other address.
    pub async fn connect_local(self) -> Result<PostgresStore, PostgresConnectError> {
        if !self.plaintext && !stays_here(&self.config) {
            return Err(PostgresConnectError::Plaintext);
        }
        self.finish(Arc::new(Driver(NoTls))).await
    }

    async fn finish(mut self, dial: Arc<dyn Dial>) -> Result<PostgresStore, PostgresConnectError> {
        let schema = SchemaName::new(&self.schema)?;
        if self.config.get_application_name().is_none() {
            self.config.application_name("jwtward");
        }
        // Of several servers the primary; of one, a refusal that says what it is comes from the preflight.
        if self.config.get_hosts().len().max(self.config.get_hostaddrs().len()) > 1 {
            self.config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let connector = Connector::new(self.config.clone(), dial, schema, self.allowed, self.call_timeout);
        PostgresStore::connect(connector, &self).await
    }
}

/// Whether no address is another machine's. An explicit address is what is connected to, whatever the host's name.
fn stays_here(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    let local = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    !config.get_hosts().is_empty() && config.get_hosts().iter().all(local)
}

/// Without the configuration, which may hold a password.
impl fmt::Debug for PostgresStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStoreBuilder")
            .field("schema", &self.schema)
            .field("pool_size", &self.pool_size)
            .field("call_timeout", &self.call_timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for (config, local) in [
            ("host=/run/postgresql", true),
            ("host=localhost", true),
            ("host=127.0.0.1,::1", true),
            ("host=db.example hostaddr=127.0.0.1", true),
            ("host=localhost hostaddr=192.0.2.1", false),
            ("host=127.0.0.1,192.0.2.1", false),
            ("host=db.example", false),
            ("host=localhost.example", false),
            ("host=127.0.0.1.example", false),
            ("user=app", false),
        ] {
            assert_eq!(stays_here(&config.parse().unwrap()), local, "{config}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let builder = PostgresStore::builder("host=localhost password=canary user=app".parse().unwrap());
        assert!(!format!("{builder:?}").contains("canary"));
    }
}
