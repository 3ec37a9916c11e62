//! A PostgreSQL server of the installed package, in a folder of its own, on a free port of the loopback. It is stopped
//! and its folder removed when this process ends, however it ends.

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jwtward::store::{PostgresStore, PostgresStoreBuilder, tokio_postgres};

use crate::servers::free_port;

/// The database user's password. Nothing shows it.
pub(crate) const PASSWORD: &str = "canary-password";
/// Reached by broken servers only.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

static NUMBER: AtomicU32 = AtomicU32::new(0);
/// The server of all tests that leave it as it is.
static SHARED: LazyLock<Option<Server>> = LazyLock::new(|| Server::start(&[]));

/// The server that the tests share, or `None` after saying that there is none.
pub(crate) fn shared() -> Option<&'static Server> {
    SHARED.as_ref()
}

pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    settings: Vec<String>,
    running: Mutex<Option<Child>>,
    /// Stops the server when this end of its input is closed.
    _watch: Child,
}

impl Server {
    /// Starts one with these settings, beside those of the package; `None` after saying so where it is not installed.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var("JWTWARD_REQUIRE_SERVERS").unwrap_or_default();
            assert!(!required.split(' ').any(|name| name == "postgresql"), "postgresql is required and not installed");
            // Not captured, as what is printed with the macros is.
            let _ = writeln!(std::io::stderr(), "skipped: postgresql is not installed");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("jwtward-postgres-{}-{number}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let password = folder.join("password");
        fs::write(&password, PASSWORD).unwrap();
        let data = folder.join("data");
        let mut initdb = as_server(&programs.join("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", "app", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]);
        let made = initdb.arg("--pwfile").arg(&password).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let stop = format!(
            "cat > /dev/null; p=$(head -n1 '{0}/data/postmaster.pid' 2>/dev/null); \
             [ -n \"$p\" ] && kill -QUIT $p && while kill -0 $p 2>/dev/null; do sleep 0.1; done; rm -rf '{0}'",
            folder.display()
        );
        let watch = Command::new("sh").args(["-c", &stop]).stdin(Stdio::piped()).process_group(0).spawn().unwrap();
        let server = Self {
            folder,
            programs,
            port: free_port(),
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            running: Mutex::default(),
            _watch: watch,
        };
        server.run();
        Some(server)
    }

    /// Starts it, or starts it again after [`kill`](Self::kill), and waits until it answers.
    pub(crate) fn run(&self) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut postgres = as_server(&self.programs.join("postgres"));
        postgres.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        postgres.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"]);
        for setting in &self.settings {
            postgres.args(["-c", setting]);
        }
        let child = postgres.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        *self.running.lock().unwrap() = Some(child);
        let start = Instant::now();
        loop {
            let mut ready = Command::new(self.programs.join("pg_isready"));
            let ready = ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status().unwrap();
            if ready.success() {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{}", fs::read_to_string(self.folder.join("log")).unwrap());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills every process of it at once (SIGKILL), as a power failure does to what is in memory.
    pub(crate) fn kill(&self) {
        let mut running = self.running.lock().unwrap();
        let mut server = running.take().expect("it runs");
        let processes: Vec<String> =
            children(server.id()).into_iter().chain([server.id()]).map(|id| id.to_string()).collect();
        assert!(Command::new("kill").arg("-9").args(&processes).stderr(Stdio::null()).status().is_ok());
        server.wait().unwrap();
        // The server's own children are nobody's now: they are gone when they are no processes any more.
        let start = Instant::now();
        while processes.iter().any(|id| Path::new("/proc").join(id).exists()) {
            assert!(start.elapsed() < PATIENCE, "a killed process does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Makes a standby of it, before it is run again.
    pub(crate) fn make_standby(&self) {
        let signal = self.folder.join("data/standby.signal");
        fs::write(&signal, "").unwrap();
        if let Some((user, group)) = other_user() {
            chown(&signal, Some(user), Some(group)).unwrap();
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// How to connect to it.
    pub(crate) fn config(&self) -> tokio_postgres::Config {
        config(self.address())
    }

    /// Begins a store on it, in a schema that no other test uses.
    pub(crate) fn builder(&self) -> PostgresStoreBuilder {
        PostgresStore::builder(self.config()).schema(fresh_schema()).call_timeout(PATIENCE)
    }

    /// Runs statements as its owner.
    pub(crate) async fn execute(&self, statements: &str) {
        self.client().await.batch_execute(statements).await.unwrap();
    }

    pub(crate) async fn client(&self) -> tokio_postgres::Client {
        let (client, connection) = self.config().connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// How to connect to a server, or a proxy before it.
pub(crate) fn config(address: SocketAddr) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config.host(address.ip().to_string()).port(address.port()).user("app").password(PASSWORD).dbname("postgres");
    config
}

pub(crate) fn fresh_schema() -> String {
    format!("store_{}", NUMBER.fetch_add(1, Ordering::SeqCst))
}

/// Where the package's programs are: Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.map(|version| version.unwrap().path().join("bin")).collect();
    found.retain(|programs| programs.join("initdb").exists());
    found.sort();
    found.pop()
}

/// The server refuses to be root's.
fn other_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.starts_with("postgres:")).expect("the package makes the user postgres");
    let mut fields = user.split(':').skip(2).map(|field| field.parse().unwrap());
    Some((fields.next().unwrap(), fields.next().unwrap()))
}

fn as_server(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

/// The processes that this one has started.
fn children(parent: u32) -> Vec<u32> {
    let ids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let is_child = |id: &u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim().parse() == Ok(parent)))
    };
    ids.filter(is_child).collect()
}
