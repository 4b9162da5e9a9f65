//! Clients that read and save without a pause while servers come and go, by connections of every kind; each answer is
//! looked at, and none may be missing.
//!
//! What counts as broken: no connection to be had; an answer that is not the one, is cut off, or does not come. What does
//! not: a kept connection that ends after an answer with `Connection: close`, or that had ended before anything was said.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{Reply, eventually};

/// Longest wait for an answer: a request may stand in a queue while one process ends and the next starts.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a client goes.
#[derive(Clone)]
pub(super) enum Way {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// What one client does.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) way: Way,
    /// The path before `api/file`.
    pub(super) base: &'static str,
    pub(super) key: String,
    /// It saves, each time over what it saved before; else it reads.
    pub(super) saves: bool,
    /// It keeps its connection.
    pub(super) keeps: bool,
}

/// What clients saw so far.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) answers: AtomicUsize,
    /// Kept connections that ended as was said in the answer before.
    pub(super) announced: AtomicUsize,
    /// Kept connections that had ended when something was to be said.
    pub(super) ended_idle: AtomicUsize,
    pub(super) broken: Mutex<Vec<String>>,
    enough: AtomicBool,
}

impl Seen {
    /// Waits until so many more answers came.
    pub(super) fn more(&self, count: usize) {
        let before = self.answers.load(Ordering::Relaxed);
        eventually("more answers", PATIENCE, || {
            self.answers.load(Ordering::Relaxed) >= before + count || !self.whole()
        });
    }

    fn whole(&self) -> bool {
        self.broken.lock().expect("the list").is_empty()
    }
}

/// Lets all clients run while `meanwhile` does, and fails with the first answers that are broken.
pub(super) fn under(clients: &[Client], meanwhile: impl FnOnce(&Seen)) -> Seen {
    let seen = Seen::default();
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| client.run(&seen));
        }
        // However it ends, so do the clients.
        let _ended = Ended(&seen);
        seen.more(clients.len() * 4);
        meanwhile(&seen);
        seen.more(clients.len() * 4);
    });
    let broken = seen.broken.lock().expect("the list");
    let answers = seen.answers.load(Ordering::Relaxed);
    assert!(
        broken.is_empty(),
        "{} broken beside {answers} answers: {:#?}",
        broken.len(),
        broken.iter().take(5).collect::<Vec<_>>()
    );
    drop(broken);
    seen
}

struct Ended<'a>(&'a Seen);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.enough.store(true, Ordering::Relaxed);
    }
}

trait Stream: Read + Write {
    /// Whether the other side has ended it.
    fn has_ended(&self) -> bool;
}

impl Stream for TcpStream {
    fn has_ended(&self) -> bool {
        self.set_nonblocking(true).expect("a flag");
        let ended =
            !matches!(self.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.set_nonblocking(false).expect("a flag");
        ended
    }
}

impl Stream for UnixStream {
    fn has_ended(&self) -> bool {
        self.set_nonblocking(true).expect("a flag");
        // Nothing is to come before something is asked: no byte is lost here.
        let ended = !matches!((&mut &*self).read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.set_nonblocking(false).expect("a flag");
        ended
    }
}

impl Client {
    fn run(&self, seen: &Seen) {
        let mut kept: Option<Box<dyn Stream>> = None;
        let mut etag = String::new();
        let mut count = 0_usize;
        while !seen.enough.load(Ordering::Relaxed) {
            let saves = self.saves && !etag.is_empty();
            let body = if saves {
                format!("save {count}")
            } else {
                String::new()
            };
            match self.ask(&mut kept, &self.words(saves, &etag, &body), seen) {
                Ok(reply) if reply.status == if saves { 204 } else { 200 } => {
                    etag = reply.header("etag").unwrap_or_default().to_owned();
                    seen.answers.fetch_add(1, Ordering::Relaxed);
                }
                Ok(reply) => return self.broken(seen, count, &format!("{reply:?}")),
                Err(what) => return self.broken(seen, count, &what),
            }
            count += 1;
        }
    }

    fn broken(&self, seen: &Seen, count: usize, what: &str) {
        let verb = if self.saves { "save" } else { "read" };
        let kept = if self.keeps { "kept" } else { "new" };
        let line = format!("{verb} {count} by a {kept} connection: {what}");
        seen.broken.lock().expect("the list").push(line);
    }

    fn words(&self, saves: bool, etag: &str, body: &str) -> Vec<u8> {
        let (base, key) = (self.base, &self.key);
        let keep = if self.keeps { "keep-alive" } else { "close" };
        let head = format!(
            "api/file HTTP/1.1\r\nHost: editkey.test\r\nAuthorization: Bearer {key}\r\nConnection: {keep}\r\n"
        );
        if saves {
            let length = body.len();
            format!("PUT {base}{head}If-Match: {etag}\r\nContent-Length: {length}\r\n\r\n{body}")
                .into_bytes()
        } else {
            format!("GET {base}{head}\r\n").into_bytes()
        }
    }

    fn ask(
        &self,
        kept: &mut Option<Box<dyn Stream>>,
        words: &[u8],
        seen: &Seen,
    ) -> Result<Reply, String> {
        let mut stream = match kept.take() {
            Some(stream) if !stream.has_ended() => stream,
            Some(_) => {
                seen.ended_idle.fetch_add(1, Ordering::Relaxed);
                self.connect()?
            }
            None => self.connect()?,
        };
        stream
            .write_all(words)
            .map_err(|error| format!("saying it: {error}"))?;
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        let reply = loop {
            let count = stream
                .read(&mut buffer)
                .map_err(|error| format!("{error} after {} bytes", heard.len()))?;
            heard.extend_from_slice(buffer.get(..count).unwrap_or_default());
            match Reply::parse(&heard, false, count == 0) {
                Some(reply) => break reply,
                None if count == 0 => return Err(format!("the end after {} bytes", heard.len())),
                None => {}
            }
        };
        let closes = reply
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if self.keeps && closes {
            seen.announced.fetch_add(1, Ordering::Relaxed);
        } else if self.keeps {
            *kept = Some(stream);
        }
        Ok(reply)
    }

    fn connect(&self) -> Result<Box<dyn Stream>, String> {
        let failed = |error: std::io::Error| format!("connecting: {error}");
        match &self.way {
            Way::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, PATIENCE).map_err(failed)?;
                stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
                stream.set_nodelay(true).map_err(failed)?;
                Ok(Box::new(stream))
            }
            Way::Unix(path) => {
                let stream = UnixStream::connect(path).map_err(failed)?;
                stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
                Ok(Box::new(stream))
            }
        }
    }
}
