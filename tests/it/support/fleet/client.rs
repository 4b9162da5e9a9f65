//! A client that keeps its connection, and is quick enough for a million requests.
//!
//! It never asks twice by itself: what got no answer is told as that, since it may have been done all the same.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::Reply;

/// Longest that an answer is waited for: longer than a proxy waits for its nodes.
const PATIENCE: Duration = Duration::from_secs(12);

/// Where somebody answers.
#[derive(Clone)]
pub(crate) enum Place {
    Port(SocketAddr),
    /// A Unix socket, which is reached from outside of a network namespace, too.
    Socket(PathBuf),
}

/// A connection of either kind.
enum Wire {
    Port(TcpStream),
    Socket(UnixStream),
}

/// One client, one request at a time.
pub(crate) struct Client {
    place: Place,
    wire: Option<Wire>,
    heard: Vec<u8>,
}

impl Client {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self::to(Place::Port(address))
    }

    pub(crate) fn to(place: Place) -> Self {
        Self {
            place,
            wire: None,
            heard: Vec::new(),
        }
    }

    /// The answer, or nothing where none came.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: editkey.test\r\n");
        for (name, value) in headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
        let reply = self.exchange(text.as_bytes());
        let over = reply
            .as_ref()
            .is_none_or(|reply| reply.header("connection") == Some("close"));
        if over {
            self.wire = None;
        }
        reply
    }

    fn exchange(&mut self, bytes: &[u8]) -> Option<Reply> {
        if self.wire.is_none() {
            self.wire = Some(Wire::to(&self.place)?);
        }
        let wire = self.wire.as_mut()?;
        wire.say(bytes)?;
        self.heard.clear();
        let mut piece = [0; 16 * 1024];
        loop {
            let count = wire.hear(&mut piece)?;
            self.heard.extend_from_slice(&piece[..count]);
            let whole = Reply::parse(&self.heard, false, count == 0);
            if whole.is_some() || count == 0 {
                return whole;
            }
        }
    }
}

impl Wire {
    fn to(place: &Place) -> Option<Self> {
        match place {
            Place::Port(address) => {
                let wire = TcpStream::connect_timeout(address, PATIENCE).ok()?;
                wire.set_nodelay(true).ok()?;
                wire.set_read_timeout(Some(PATIENCE)).ok()?;
                wire.set_write_timeout(Some(PATIENCE)).ok()?;
                Some(Self::Port(wire))
            }
            Place::Socket(path) => Self::to_socket(path),
        }
    }

    fn to_socket(path: &Path) -> Option<Self> {
        let wire = UnixStream::connect(path).ok()?;
        wire.set_read_timeout(Some(PATIENCE)).ok()?;
        wire.set_write_timeout(Some(PATIENCE)).ok()?;
        Some(Self::Socket(wire))
    }

    fn say(&mut self, bytes: &[u8]) -> Option<()> {
        match self {
            Self::Port(wire) => wire.write_all(bytes).ok(),
            Self::Socket(wire) => wire.write_all(bytes).ok(),
        }
    }

    fn hear(&mut self, piece: &mut [u8]) -> Option<usize> {
        match self {
            Self::Port(wire) => wire.read(piece).ok(),
            Self::Socket(wire) => wire.read(piece).ok(),
        }
    }
}
