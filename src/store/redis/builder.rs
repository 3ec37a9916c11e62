//! Connecting a Redis store.

use std::{fmt, time::Duration};

use super::{error::RedisConnectError, preflight::Waived, store::RedisStore};

/// Connects a [`RedisStore`].
#[derive(Clone)]
pub struct RedisStoreBuilder {
    pub(super) urls: Vec<String>,
    pub(super) cluster: bool,
    pub(super) prefix: String,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) margin: Duration,
    pub(super) replicas: u32,
    pub(super) waived: Waived,
}

impl RedisStoreBuilder {
    pub(super) fn new(urls: Vec<String>, cluster: bool) -> Self {
        Self {
            urls,
            cluster,
            prefix: "jwtward:".to_owned(),
            connect_timeout: Duration::from_millis(500),
            response_timeout: Duration::from_millis(500),
            margin: Duration::from_secs(3600),
            replicas: 0,
            waived: Waived::default(),
        }
    }

    /// What all keys begin with: `jwtward:` by default. Two stores on one server need two. At most 32 letters, digits, `:`, `.`,
    /// `_` and `-`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How long connecting may take, 500 ms by default. A call that must connect first waits for this and one response timeout more.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long an answer may take, 500 ms by default. After that the call is refused and a new connection is made. Keep it below
    /// the provider's own deadline (`storeTimeoutMs`, 1,000 by default).
    #[must_use]
    pub const fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// For how long denied token ids and floors are kept past their end, in case the server's clock is set forward and back again:
    /// one hour by default. The server expires them by itself, so this stands in place of the provider's own margin.
    #[must_use]
    pub const fn clock_step_margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// After each change, waits until that many replicas have it (`WAIT`), and fails if they do not within half the response timeout.
    /// None by default. With one, a fail-over loses no acknowledged change, unless another replica is promoted.
    ///
    /// The change itself is made on the primary also when this fails: the caller does not know, and asks again under the same
    /// operation. Other calls on the connection wait meanwhile.
    #[must_use]
    pub const fn wait_for_replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Connects although `appendonly` is not `yes`: a server that is killed comes back with an old snapshot or with nothing. What
    /// was revoked since is accepted again. How appends are synced does not matter then.
    #[must_use]
    pub const fn danger_allow_without_appendonly(mut self) -> Self {
        self.waived.appendonly = true;
        self
    }

    /// Connects although `appendfsync` is `everysec`: up to two seconds of acknowledged revocations can be lost, when the machine
    /// loses power, and when the server is killed while its disk is busy. So is `no-appendfsync-on-rewrite yes`, with which all since
    /// the beginning of a rewrite of the append-only file can be lost. Changes take a fraction of the time that `always` takes.
    #[must_use]
    pub const fn danger_allow_appendfsync_everysec(mut self) -> Self {
        self.waived.everysec = true;
        self
    }

    /// Connects although `appendfsync` is `no`: a machine that loses power loses what its system had not written yet, by default
    /// up to half a minute of revocations. So is `no-appendfsync-on-rewrite yes`.
    #[must_use]
    pub const fn danger_allow_unsynced_appends(mut self) -> Self {
        self.waived.unsynced = true;
        self
    }

    /// Connects although `maxmemory-policy` is not `noeviction`: a server that is full drops sessions, which logs people out, and
    /// revocations, which lets revoked tokens in.
    #[must_use]
    pub const fn danger_allow_eviction(mut self) -> Self {
        self.waived.eviction = true;
        self
    }

    /// Connects to a server that does not tell its settings: the operator has looked them up, and vouches that `appendonly` is on,
    /// `appendfsync` is `always`, `no-appendfsync-on-rewrite` is `no`, and nothing is evicted. What a server, or any primary of a
    /// cluster, does tell is still judged.
    #[must_use]
    pub const fn danger_vouch_for_durability(mut self) -> Self {
        self.waived.unknown = true;
        self
    }

    /// Connects, looks at the server's settings, and begins the store if there is none under this prefix.
    ///
    /// # Errors
    /// [`RedisConnectError`].
    pub async fn connect(self) -> Result<RedisStore, RedisConnectError> {
        RedisStore::connect_with(self).await
    }
}

/// Without the URLs, which may hold a password.
impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("cluster", &self.cluster)
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("margin", &self.margin)
            .field("replicas", &self.replicas)
            .field("waived", &self.waived)
            .finish_non_exhaustive()
    }
}
