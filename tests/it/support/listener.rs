//! A client of server-sent events that hears them as they come.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Request;

/// An open stream.
pub(crate) struct Listener {
    stream: TcpStream,
    heard: String,
    ended: bool,
}

impl Listener {
    /// Opens the stream that `request` asks for.
    pub(crate) fn open(address: SocketAddr, request: &Request) -> Self {
        let mut stream = TcpStream::connect(address).expect("a connection");
        let short = Duration::from_millis(20);
        stream.set_read_timeout(Some(short)).expect("a timeout");
        stream.write_all(&request.bytes(address)).expect("sent");
        Self {
            stream,
            heard: String::new(),
            ended: false,
        }
    }

    /// The head of the answer, once it is there.
    #[track_caller]
    pub(crate) fn head(&mut self) -> String {
        self.until("a head", Duration::from_secs(5), |heard| {
            let (head, _) = heard.split_once("\r\n\r\n")?;
            Some(head.to_ascii_lowercase())
        })
    }

    /// The next event of the key and how long it took to come.
    #[track_caller]
    pub(crate) fn event(&mut self, within: Duration) -> (Value, Duration) {
        self.named("key", within)
    }

    /// The next event of this name and how long it took to come. Those of other names stay.
    #[track_caller]
    pub(crate) fn named(&mut self, name: &str, within: Duration) -> (Value, Duration) {
        let since = Instant::now();
        let begins = format!("event: {name}\ndata: ");
        let data = self.until(&begins, within, |heard| {
            let (_, rest) = heard.split_once(&begins)?;
            Some(rest.split_once("\n\n")?.0.to_owned())
        });
        let took = since.elapsed();
        self.heard = self.heard.replacen(&format!("{begins}{data}\n\n"), "", 1);
        (serde_json::from_str(&data).expect("JSON"), took)
    }

    /// Whether an event of this name was heard, or is within this time.
    pub(crate) fn hears(&mut self, name: &str, within: Duration) -> bool {
        let give_up = Instant::now() + within;
        let begins = format!("event: {name}\n");
        while !self.heard.contains(&begins) && !self.ended && Instant::now() < give_up {
            self.hear();
        }
        self.heard.contains(&begins)
    }

    /// Whether the server ends the stream in time.
    pub(crate) fn ends(&mut self, within: Duration) -> bool {
        let give_up = Instant::now() + within;
        while !self.ended && Instant::now() < give_up {
            self.hear();
        }
        self.ended
    }

    #[track_caller]
    fn until(
        &mut self,
        what: &str,
        within: Duration,
        found: impl Fn(&str) -> Option<String>,
    ) -> String {
        let give_up = Instant::now() + within;
        loop {
            if let Some(found) = found(&self.heard) {
                return found;
            }
            assert!(
                Instant::now() < give_up && !self.ended,
                "no {what} within {within:?}: {:?}",
                self.heard
            );
            self.hear();
        }
    }

    fn hear(&mut self) {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.ended = true,
            Ok(count) => self.heard += &String::from_utf8_lossy(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => self.ended = true,
        }
    }
}
