//! A TCP proxy before a real server, that fails as networks and servers do.
//!
//! It needs a tokio runtime with `net` and `time`, and ends when it is dropped. A mode counts for connections that are open and for
//! new ones.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What the proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Forwards everything.
    Pass,
    /// Nobody listens: connecting is refused, and open connections are closed.
    Refuse,
    /// Accepts, reads what is sent, and never answers; nothing reaches the server. Connections that lost something to this are
    /// closed when the mode changes.
    Hang,
    /// Requests reach the server, and its replies are thrown away; the connection stays open. Such connections are closed when the
    /// mode changes.
    Mute,
    /// A link that is down: nothing is read or forwarded, either way. When the mode changes, what was under way arrives late.
    BlackHole,
    /// Every connection is reset (RST), new ones as soon as they are accepted.
    Reset,
    /// Every chunk of a reply is held back for this long.
    Slow(Duration),
    /// What the server answers is replaced by octets of no protocol.
    Garbage,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: SocketAddr,
    mode: watch::Sender<Mode>,
    /// What the connections up to a number do, whatever the mode.
    for_open: Mutex<Option<(usize, Mode)>>,
    /// The reply to the next request that holds these octets is to be lost.
    lose: Mutex<Option<Vec<u8>>>,
    lost: AtomicUsize,
    connections: AtomicUsize,
}

impl Proxy {
    /// Listens on a free port of the loopback and forwards to `target`.
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            target,
            mode: watch::Sender::new(Mode::Pass),
            for_open: Mutex::default(),
            lose: Mutex::default(),
            lost: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, address, Arc::clone(&shared)));
        Self { address, shared, accepting }
    }

    /// Where to connect to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on does that.
    pub(crate) fn set(&self, mode: Mode) {
        self.shared.mode.send_replace(mode);
    }

    /// Does that for good on the connections that are open; new ones pass.
    pub(crate) fn set_for_open(&self, mode: Mode) {
        *self.shared.for_open.lock().expect("no panic under the lock") = Some((self.connections(), mode));
        self.shared.mode.send_replace(Mode::Pass);
    }

    /// Once: the next request (as it comes in one read) that holds `marker` is forwarded, the server's reply to it is awaited and
    /// thrown away, and the connection is closed. An empty marker is in every request.
    pub(crate) fn lose_reply_to(&self, marker: &[u8]) {
        *self.shared.lose.lock().expect("no panic under the lock") = Some(marker.to_vec());
    }

    /// How many replies were lost by `lose_reply_to`.
    pub(crate) fn lost(&self) -> usize {
        self.shared.lost.load(SeqCst)
    }

    /// How many connections were accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        // Connections end by themselves: they see the mode.
        self.shared.mode.send_replace(Mode::Refuse);
    }
}

async fn accept(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut mode = shared.mode.subscribe();
    let mut listener = Some(listener);
    loop {
        let now = *mode.borrow_and_update();
        if now == Mode::Refuse {
            listener = None;
        } else if listener.is_none() {
            // The port was ours and may be bound again at once (SO_REUSEADDR, which tokio sets).
            listener = TcpListener::bind(address).await.ok();
        }
        let changed = tokio::select! {
            changed = mode.changed() => changed,
            accepted = async { listener.as_ref().expect("not refusing").accept().await }, if listener.is_some() => {
                if let Ok((client, _)) = accepted {
                    let number = shared.connections.fetch_add(1, SeqCst) + 1;
                    tokio::spawn(forward(client, number, Arc::clone(&shared)));
                }
                Ok(())
            }
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn forward(mut client: TcpStream, number: usize, shared: Arc<Shared>) {
    let mut mode = shared.mode.subscribe();
    let (mut request, mut reply) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let Ok(mut server) = TcpStream::connect(shared.target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    // Something was swallowed, in that mode: after it the two sides do not understand each other any more.
    let mut swallowed = None;
    let mut lose_reply = false;
    loop {
        let mut now = *mode.borrow_and_update();
        if let Some((last, for_open)) = *shared.for_open.lock().expect("no panic under the lock")
            && number <= last
        {
            now = for_open;
        }
        if swallowed.is_some_and(|swallowing| swallowing != now) {
            return;
        }
        match now {
            Mode::Refuse => return,
            Mode::Reset => {
                let _ = client.set_zero_linger();
                return;
            }
            Mode::BlackHole => {
                if mode.changed().await.is_err() {
                    return;
                }
                continue;
            }
            _ => {}
        }
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { return },
            read = client.read(&mut request) => {
                let Ok(length @ 1..) = read else { return };
                let sent = &request[..length];
                if now == Mode::Hang {
                    swallowed = Some(now);
                    continue;
                }
                lose_reply |= shared.is_to_lose(sent);
                if server.write_all(sent).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut reply) => {
                let Ok(length @ 1..) = read else { return };
                if lose_reply {
                    shared.lost.fetch_add(1, SeqCst);
                    return;
                }
                match now {
                    Mode::Hang | Mode::Mute => {
                        swallowed = Some(now);
                        continue;
                    }
                    Mode::Slow(delay) => tokio::time::sleep(delay).await,
                    Mode::Garbage => {
                        let _ = client.write_all(&[0xfe; 64]).await;
                        return;
                    }
                    _ => {}
                }
                if client.write_all(&reply[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

impl Shared {
    fn is_to_lose(&self, request: &[u8]) -> bool {
        let mut lose = self.lose.lock().expect("no panic under the lock");
        let found = lose
            .as_ref()
            .is_some_and(|marker| marker.is_empty() || request.windows(marker.len()).any(|octets| octets == *marker));
        if found {
            *lose = None;
        }
        found
    }
}
