//! Real servers for tests: on free ports of the loopback, in directories of their own, ended by process id when they are dropped.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a server may take to start: reached by broken ones only.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a program is installed. If not, says visibly that what needs it is left out; where `JWTWARD_REQUIRE_SERVERS` names it,
/// that is a failure.
pub(crate) fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return true;
    }
    let required = std::env::var("JWTWARD_REQUIRE_SERVERS").unwrap_or_default();
    assert!(!required.split(' ').any(|name| name == program), "{program} is required and not installed");
    eprintln!("skipped: {program} is not installed");
    false
}

/// A port that nobody listens on, and that this process has not given out before. Below the ports that systems give to clients, and
/// 10,000 away from a cluster's second port.
pub(crate) fn free_port() -> u16 {
    static NEXT: Mutex<u16> = Mutex::new(0);
    let mut next = NEXT.lock().expect("no panic under the lock");
    loop {
        // Processes of one test run begin in different places.
        let step = u16::try_from(std::process::id() % 97).expect("below 97") * 100;
        let port = 12_000 + (step + *next) % 9_700;
        *next += 1;
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 10_000) {
            return port;
        }
    }
}

/// A directory of its own, removed when dropped.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("jwtward-{name}-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A `redis-server`, or one that takes the same settings.
pub(crate) struct RedisServer {
    program: &'static str,
    port: u16,
    directory: TempDir,
    settings: Vec<String>,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts one that keeps what it is told (`appendonly yes`), with further settings as on its command line, which override.
    pub(crate) fn start(program: &'static str, settings: &[&str]) -> Self {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { program, port: free_port(), directory: TempDir::new("redis"), settings, process: None };
        server.start_again();
        server
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Its process.
    pub(crate) fn pid(&self) -> String {
        self.process.as_ref().expect("it is running").id().to_string()
    }

    /// Starts it on the data that it left, and waits until it answers.
    pub(crate) fn start_again(&mut self) {
        assert!(self.process.is_none(), "it is running");
        let mut command = Command::new(self.program);
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]);
        command
            .args(["--appendfsync", "always", "--maxmemory-policy", "noeviction", "--daemonize", "no", "--dir"])
            .arg(self.directory.path());
        command.args(&self.settings).stdin(Stdio::null()).stderr(Stdio::null());
        let log = fs::File::create(self.directory.path().join("log")).expect("a log");
        self.process = Some(command.stdout(log).spawn().expect("the server starts"));
        let start = Instant::now();
        // Somebody else may have taken the port: what answers must be this process.
        let ours = format!("process_id:{}\r", self.pid());
        while !(self.cli(&["PING"]).contains("PONG") && self.cli(&["INFO", "server"]).contains(&ours)) {
            let ended = self.process.as_mut().expect("it was started").try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the server ended: {ended:?} {}", self.log());
            assert!(start.elapsed() < PATIENCE, "the server does not answer: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Ends it at once, as a crash does (SIGKILL).
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Asks something with the server's own client; nothing if it cannot be reached.
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        if TcpStream::connect(self.address()).is_err() {
            return String::new();
        }
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]).args(arguments);
        let output = command.output().expect("redis-cli is installed with the server");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A cluster, each primary with as many replicas as asked.
pub(crate) struct RedisCluster {
    pub(crate) nodes: Vec<RedisServer>,
}

impl RedisCluster {
    pub(crate) fn start(program: &'static str, primaries: usize, replicas: usize, settings: &[&str]) -> Self {
        let mut all =
            vec!["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"];
        all.extend(settings);
        let nodes: Vec<_> = (0..primaries * (1 + replicas)).map(|_| RedisServer::start(program, &all)).collect();
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(nodes.iter().map(|node| node.address().to_string()));
        create.args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"]);
        let output = create.output().expect("redis-cli is installed with the server");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let cluster = Self { nodes };
        let start = Instant::now();
        let whole = |node: &RedisServer| {
            let nodes = node.cli(&["CLUSTER", "NODES"]);
            let replicas_known = nodes.lines().filter(|line| line.contains("slave")).count();
            node.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok") && replicas_known == primaries * replicas
        };
        while !cluster.nodes.iter().all(whole) {
            assert!(start.elapsed() < PATIENCE, "the cluster does not come up");
            thread::sleep(Duration::from_millis(50));
        }
        cluster
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }
}
