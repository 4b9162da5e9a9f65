//! HTTP by hand: requests that may be as wrong as a test wants them, replies as they came.
//!
//! It never follows a redirect, never repairs what it is told to send and never waits longer than its patience.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Jar;

/// How long an answer may take: the server gives a slow header block 5 s.
pub(crate) const PATIENCE: Duration = Duration::from_secs(9);
/// How long we listen on after a whole answer, for another one that should not come.
const SETTLE: Duration = Duration::from_millis(60);

/// One answer.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The first whole answer in `bytes`; `None` while there is none. Without a length, all bytes are its body.
    pub(crate) fn parse(bytes: &[u8], bodiless: bool, closed: bool) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let rest = &bytes[end + 4..];
        let mut lines = head.split("\r\n");
        let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        if (100..200).contains(&status) {
            return Self::parse(rest, bodiless, closed);
        }
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut reply = Self {
            status,
            headers,
            body: Vec::new(),
        };
        let length = reply
            .header("content-length")
            .and_then(|text| text.parse::<usize>().ok());
        let chunked = reply.header("transfer-encoding").is_some();
        reply.body = if bodiless || status == 204 || status == 304 {
            Vec::new()
        } else if let Some(length) = length {
            rest.get(..length)?.to_vec()
        } else if chunked {
            unchunk(rest)?
        } else if closed {
            rest.to_vec()
        } else {
            return None;
        };
        Some(reply)
    }

    /// The value of the first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {self:?}: {}", self.text()))
    }

    /// The access key in `Location`, if this sends the browser to a bookmark.
    pub(crate) fn key(&self) -> Option<String> {
        let (_, key) = self.header("location")?.split_once("?accesskey=")?;
        Some(key.to_owned())
    }

    /// All but `Date`: what two refusals must have in common, to the byte.
    pub(crate) fn but_for_date(&self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let but_date = |(name, _): &&(String, String)| !name.eq_ignore_ascii_case("date");
        let mut headers: Vec<_> = self.headers.iter().filter(but_date).cloned().collect();
        // The server writes them in the order of a hash table with a seed of its own for each answer.
        headers.sort();
        (self.status, headers, self.body.clone())
    }

    /// Fails unless the status is this one, showing what came instead.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}: {}", self.text());
        self
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{} {:?} ({} bytes)",
            self.status,
            self.headers,
            self.body.len()
        )
    }
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// One request, well-formed unless told otherwise.
#[derive(Clone)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    #[must_use]
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The same to another address.
    pub(crate) fn to(&self, target: String) -> Self {
        Self {
            target,
            ..self.clone()
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn bearer(self, secret: &str) -> Self {
        self.header("Authorization", &format!("Bearer {secret}"))
    }

    #[must_use]
    pub(crate) fn jar(self, jar: &Jar) -> Self {
        match jar.header() {
            Some(cookies) => self.header("Cookie", &cookies),
            None => self,
        }
    }

    #[must_use]
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    #[must_use]
    pub(crate) fn json(self, body: &serde_json::Value) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.to_string())
    }

    /// The bytes as sent to the server at `address`.
    pub(crate) fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nConnection: close\r\n",
            self.method, self.target
        );
        if !self.headers.iter().any(|(name, _)| name == "Host") {
            let _ = write!(head, "Host: {address}\r\n");
        }
        if !self.body.is_empty() || matches!(self.method.as_str(), "PUT" | "POST" | "PATCH") {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it and takes the answer, or nothing when the server is gone.
    pub(crate) fn try_send(&self, address: SocketAddr) -> Option<Reply> {
        let bodiless = self.method == "HEAD";
        let answer = exchange(address, &self.bytes(address), bodiless)?;
        Reply::parse(&answer.bytes, bodiless, answer.closed)
    }

    /// Sends it and takes the answer.
    #[track_caller]
    pub(crate) fn send(&self, address: SocketAddr) -> Reply {
        self.try_send(address)
            .unwrap_or_else(|| panic!("no answer to {} {}", self.method, self.target))
    }
}

/// What came back on a connection.
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    /// The server ended it; otherwise we left.
    pub(crate) closed: bool,
}

/// Says `bytes` and listens until the server closes, a whole answer is followed by silence, or patience ends.
/// `None` when there was no connection to be had.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8], bodiless: bool) -> Option<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_read_timeout(Some(SETTLE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    // A server that refuses early closes while we still speak; what it said is read all the same.
    let _ = stream.write_all(bytes);
    let give_up = Instant::now() + PATIENCE;
    let mut heard = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while Instant::now() < give_up {
        match stream.read(&mut buffer) {
            Ok(0) => {
                return Some(Answer {
                    bytes: heard,
                    closed: true,
                });
            }
            Ok(count) => heard.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if Reply::parse(&heard, bodiless, false).is_some() {
                    break;
                }
            }
            Err(_) => {
                return Some(Answer {
                    bytes: heard,
                    closed: true,
                });
            }
        }
    }
    Some(Answer {
        bytes: heard,
        closed: false,
    })
}

/// `text` as a part of a query, as PHP's `rawurlencode` would write it (or stricter).
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
