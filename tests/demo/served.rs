//! The program, on a port of its own: every route, its limits, its keys, and what it says.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Beside the folder that this test is in. `cargo test` builds the examples too, unless it is asked for single tests.
fn program() -> PathBuf {
    let test = env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples/demo");
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let sources = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo")).unwrap();
    let newest = sources.map(|source| changed(&source.unwrap().path()).unwrap()).max();
    // One that was built before its source was changed would be tested in place of it.
    assert!(changed(&path) >= newest, "build it first: cargo build --features axum,provider --example demo");
    path
}

pub(crate) struct Demo {
    child: Child,
    address: String,
    said: BufReader<std::process::ChildStdout>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: String,
}

impl Demo {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect(&line).to_owned();
        assert!(address.starts_with("127.0.0.1:"));
        Self { child, address, said }
    }

    /// Sends octets as they are, and reads the answer to its end.
    fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // An answer may come before all of a refused body was taken.
        let _ = stream.write_all(request);
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("content-length: {}\r\n\r\n{body}", body.len());
        self.raw(request.as_bytes())
    }

    pub(crate) fn with(&self, token: &str, method: &str, path: &str) -> Answer {
        self.send(method, path, &[("authorization", &format!("Bearer {token}"))], "")
    }

    pub(crate) fn login_with(&self, headers: &[(&str, &str)]) -> Answer {
        self.send("POST", "/login", headers, r#"{"username":"admin","password":"secret"}"#)
    }

    pub(crate) fn login(&self) -> String {
        token(&self.login_with(&[]))
    }

    /// Asks it to stop, and gives how it ended and all it has said since it told its address.
    pub(crate) fn stop(mut self, signal: &str) -> (ExitStatus, String) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    #[track_caller]
    fn is(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.json()), (status, body), "{}", self.head);
        assert!(self.head.contains("content-type: application/json"), "{}", self.head);
        assert!(self.head.contains("cache-control: no-store"), "{}", self.head);
    }

    #[track_caller]
    pub(crate) fn is_challenge(&self, error: &str) {
        assert_eq!(self.status, 401, "{}", self.body);
        assert!(self.head.contains(&format!("www-authenticate: bearer realm=\"api\"{error}\r\n")), "{}", self.head);
        assert!(self.head.contains("content-type: application/problem+json"), "{}", self.head);
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no json: {}", self.body))
    }
}

#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// A folder of this test's own, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn refused(arguments: &[&str]) -> Output {
    Command::new(program()).args(["--port", "0"]).args(arguments).output().unwrap()
}

#[test]
fn login_answers_as_promised() {
    let demo = Demo::start(&[]);
    let post = |body: &str| demo.send("POST", "/login", &[], body);
    for body in [
        "",
        "{",
        "[]",
        "null",
        r#"{"username":"admin"}"#,
        r#"{"username":"","password":"secret"}"#,
        r#"{"username":"admin","password":""}"#,
        r#"{"username":1,"password":"secret"}"#,
        r#"{"username":"admin","password":"secret","password":"secret"}"#,
        r#"{"username":"admin","password":"secret","label":1}"#,
        r#"{"username":"admin","password":"secret"} x"#,
    ] {
        post(body).is(400, &json!({"error": "Invalid request"}));
    }
    for body in [r#"{"username":"admin","password":"Secret"}"#, r#"{"username":"root","password":"secret"}"#] {
        post(body).is(401, &json!({"error": "Invalid credentials"}));
    }
    for count in 1..=3 {
        let answer = demo.login_with(&[]);
        let token = token(&answer);
        answer.is(200, &json!({"token": token, "active_sessions": count}));
    }
    let full = demo.login_with(&[]);
    full.is(429, &json!({"error": "Too many active sessions", "active_sessions": 3}));
    assert_eq!(full.body, r#"{"error":"Too many active sessions","active_sessions":3}"#);
}

#[test]
fn a_session_is_seen_refreshed_and_left() {
    let demo = Demo::start(&[]);
    let first = demo.login();

    let user = demo.with(&first, "GET", "/api/profile").json()["user"].clone();
    assert_eq!(user["iss"], "demo-app");
    assert_eq!(user["sub"], "admin");
    assert_eq!(user["aud"], json!(["api"]));
    assert_eq!(user["data"], json!({"role": "admin"}));
    assert_eq!(user["exp"].as_u64().unwrap() - user["iat"].as_u64().unwrap(), 3600);
    assert_eq!(user["nbf"], user["iat"]);

    let seen = demo.with(&first, "GET", "/api/sessions").json();
    assert_eq!(
        (&seen["active_sessions"], &seen["tokens"], &seen["limit"]),
        (&json!(1), &json!([user["jti"]]), &json!(3))
    );
    let session = &seen["sessions"][0];
    assert_eq!((&session["id"], &session["current"]), (&user["sid"], &json!(true)));
    assert_eq!((&session["ip"], &session["refreshes"]), (&json!("127.0.0.1"), &json!(0)));

    let answer = demo.with(&first, "POST", "/refresh");
    let second = token(&answer);
    answer.is(200, &json!({"token": second, "active_sessions": 1}));
    for (method, path) in
        [("POST", "/refresh"), ("GET", "/api/profile"), ("POST", "/logout"), ("DELETE", "/api/sessions")]
    {
        demo.with(&first, method, path).is_challenge(", error=\"invalid_token\"");
    }
    demo.with(&second, "POST", "/logout").is(200, &json!({"message": "Logged out successfully"}));
    demo.with(&second, "GET", "/api/profile").is_challenge(", error=\"invalid_token\"");
}

#[test]
fn one_session_is_ended_or_all_are() {
    let demo = Demo::start(&[]);
    let (mine, other) = (demo.login(), demo.login());
    let id = demo.with(&other, "GET", "/api/profile").json()["user"]["sid"].as_str().unwrap().to_owned();
    let path = format!("/api/sessions/{id}");
    demo.with(&mine, "DELETE", &path).is(200, &json!({"message": "Session revoked"}));
    for path in [&*path, "/api/sessions/none", "/api/sessions/AAAAAAAAAAAAAAAAAAAAAA", "/api/sessions/%ff"] {
        demo.with(&mine, "DELETE", path).is(404, &json!({"error": "Session not found"}));
    }
    demo.with(&other, "GET", "/api/profile").is_challenge(", error=\"invalid_token\"");
    let third = demo.login();
    demo.with(&mine, "DELETE", "/api/sessions").is(200, &json!({"message": "All sessions revoked"}));
    for token in [&mine, &third] {
        demo.with(token, "GET", "/api/sessions").is_challenge(", error=\"invalid_token\"");
    }
}

#[test]
fn what_is_protected_asks_for_a_token() {
    let demo = Demo::start(&[]);
    for (method, path) in [
        ("POST", "/logout"),
        ("POST", "/refresh"),
        ("GET", "/api/profile"),
        ("GET", "/api/sessions"),
        ("DELETE", "/api/sessions"),
        ("DELETE", "/api/sessions/AAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        demo.send(method, path, &[], "").is_challenge("");
        demo.send(method, path, &[("authorization", "Basic YWRtaW46c2VjcmV0")], "").is_challenge("");
        demo.with("not.a.token", method, path).is_challenge(", error=\"invalid_token\"");
    }
}

#[test]
fn what_is_public_is_there_for_all() {
    let demo = Demo::start(&[]);
    demo.send("GET", "/health", &[], "").is(200, &json!({"status": "ok"}));
    let page = demo.send("GET", "/", &[], "");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-type: text/html; charset=utf-8"));
    assert!(page.body.starts_with("<!doctype html>"));
    let policy = page.head.lines().find(|line| line.starts_with("content-security-policy: ")).unwrap();
    assert!(policy.starts_with("content-security-policy: default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert!(policy.contains("frame-ancestors 'none'"));

    demo.send("GET", "/nothing", &[], "").is(404, &json!({"error": "Not found"}));
    for (method, path, allowed) in
        [("GET", "/login", "post"), ("POST", "/health", "get,head"), ("PUT", "/logout", "post")]
    {
        let answer = demo.send(method, path, &[], "");
        answer.is(405, &json!({"error": "Method not allowed"}));
        assert!(answer.head.contains(&format!("allow: {allowed}\r\n")), "{}", answer.head);
    }
    for answer in [page, demo.send("GET", "/api/profile", &[], ""), demo.send("GET", "/nothing", &[], "")] {
        for header in ["x-content-type-options: nosniff", "referrer-policy: no-referrer", "x-frame-options: deny"] {
            assert!(answer.head.contains(header), "{header}: {}", answer.head);
        }
        assert!(answer.head.contains("content-security-policy: default-src 'none';"));
        assert!(answer.head.contains("cache-control: no-store"));
    }
}

#[test]
fn a_body_of_16_kib_is_taken_and_one_more_octet_is_not() {
    let demo = Demo::start(&[]);
    let body = |length: usize| {
        let start = r#"{"username":"admin","password":"secret""#;
        format!("{start}{}}}", " ".repeat(length - start.len() - 1))
    };
    let too_large = json!({"error": "Request too large"});
    assert_eq!(demo.send("POST", "/login", &[], &body(16 * 1024)).status, 200);
    demo.send("POST", "/login", &[], &body(16 * 1024 + 1)).is(413, &too_large);
    // Also where nobody reads it, and where its length is not told.
    demo.send("POST", "/logout", &[], &body(16 * 1024 + 1)).is(413, &too_large);
    let body = body(16 * 1024 + 1);
    let head = "POST /login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunked = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    demo.raw(chunked.as_bytes()).is(413, &too_large);
}

#[test]
fn the_key_set_is_empty_for_a_secret_and_shows_a_public_key() {
    let jwks = |demo: &Demo| demo.send("GET", "/.well-known/jwks.json", &[], "");
    let demo = Demo::start(&[]);
    let answer = jwks(&demo);
    assert_eq!((answer.status, &*answer.body), (200, r#"{"keys":[]}"#));
    assert!(answer.head.contains("cache-control: public, max-age=300"));

    let demo = Demo::start(&["--alg", "ES256"]);
    let keys = jwks(&demo).json()["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert_eq!((&keys[0]["kty"], &keys[0]["alg"], keys[0].get("d")), (&json!("EC"), &json!("ES256"), None));
    assert_eq!(demo.with(&demo.login(), "GET", "/api/profile").status, 200);
}

#[test]
fn keys_are_made_for_their_owner_alone_and_used_again() {
    let folder = folder("keys");
    for algorithm in ["HS256", "ES256"] {
        let [key, refresh] = ["key", "refresh"].map(|name| folder.join(format!("{algorithm}-{name}")));
        let arguments = |algorithm: &'static str| {
            let [key, refresh] = [&key, &refresh].map(|path| path.to_str().unwrap().to_owned());
            ["--alg".to_owned(), algorithm.to_owned(), "--key".to_owned(), key, "--refresh-key".to_owned(), refresh]
        };
        let arguments_here = arguments(algorithm);
        let arguments_here: Vec<_> = arguments_here.iter().map(String::as_str).collect();
        let demo = Demo::start(&arguments_here);
        let token = demo.login();
        let contents: Vec<_> = [&key, &refresh]
            .map(|path| {
                assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
                fs::read_to_string(path).unwrap()
            })
            .into();
        let (_, said) = demo.stop("TERM");
        assert!(contents.iter().all(|secret| !said.contains(secret.trim())));

        // The signature still holds; the session went with the memory.
        let demo = Demo::start(&arguments_here);
        demo.with(&token, "GET", "/api/profile").is_challenge(", error=\"invalid_token\"");
        assert_eq!(demo.with(&demo.login(), "GET", "/api/profile").status, 200);
        for (path, content) in [&key, &refresh].into_iter().zip(&contents) {
            assert_eq!(&fs::read_to_string(path).unwrap(), content);
        }
        // A key is for one algorithm.
        let other = arguments("HS512");
        let output = refused(&other.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(1));
        assert!(!String::from_utf8(output.stderr).unwrap().contains(contents[0].trim()));
    }
}

#[test]
fn arguments_that_do_not_go_together_are_refused_without_showing_them() {
    let said = |arguments: &[&str]| {
        let output = refused(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let url = "redis://user:canary@127.0.0.1:1/";
    assert_eq!(said(&["--store", url]), "error: this store needs --key FILE and --refresh-key FILE\n");
    let unknown = said(&["--store", "mysql://user:canary@127.0.0.1/"]);
    assert!(unknown.contains("redb:FILE") && !unknown.contains("canary"), "{unknown}");
    assert!(said(&["--alg", "none"]).contains("--alg"));
    assert!(said(&["--port", "65536"]).contains("--port"));
}

#[test]
fn a_forwarded_address_is_believed_from_a_trusted_proxy_alone() {
    let forwarded = [("x-forwarded-for", "192.0.2.1, 203.0.113.7"), ("user-agent", "Test/1.0")];
    let first = |demo: &Demo, headers: &[(&str, &str)]| {
        let token = token(&demo.login_with(headers));
        let session = demo.with(&token, "GET", "/api/sessions").json()["sessions"][0].clone();
        demo.with(&token, "POST", "/logout");
        session
    };
    let demo = Demo::start(&[]);
    let session = first(&demo, &forwarded);
    assert_eq!((&session["ip"], &session["user_agent"]), (&json!("127.0.0.1"), &json!("Test/1.0")));

    let demo = Demo::start(&["--trusted-proxy"]);
    assert_eq!(first(&demo, &forwarded)["ip"], "203.0.113.7");
    // What stands before the proxy's own word, the client may have written.
    assert_eq!(
        first(&demo, &[("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "2001:db8::1")])["ip"],
        "2001:db8::1"
    );
    for nonsense in ["nonsense", "203.0.113.7, ", "203.0.113.7:80"] {
        assert_eq!(first(&demo, &[("x-forwarded-for", nonsense)])["ip"], "127.0.0.1");
    }
    assert_eq!(first(&demo, &[])["ip"], "127.0.0.1");
}

#[test]
fn a_signal_ends_it_cleanly_also_with_connections_open() {
    for signal in ["TERM", "INT"] {
        let demo = Demo::start(&[]);
        let token = demo.login();
        // One that keeps its connection, and one that never finishes its request.
        let mut kept = TcpStream::connect(&demo.address).unwrap();
        kept.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut octet = [0];
        kept.read_exact(&mut octet).unwrap();
        let mut stuck = TcpStream::connect(&demo.address).unwrap();
        stuck.write_all(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{").unwrap();

        let begun = Instant::now();
        let (status, said) = demo.stop(signal);
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(begun.elapsed() < Duration::from_secs(60));
        assert!(!said.contains(&token));
        assert_eq!(said, "user admin, password secret; at most 3 sessions; Ctrl-C stops it\n");
    }
}
